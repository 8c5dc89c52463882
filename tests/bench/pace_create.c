// SPDX-License-Identifier: Apache-2.0
// Certificate objects a second; without a module, files written so that they outlive a crash.

#include "pace.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/x509.h>

enum { OBJECTS_MAX = 1000000, SERIAL_BYTES = 8, ID_BYTES = 20, FILE_BYTES = 1200, NAME_BYTES = 16 };

// A certificate whose serial number is found in it and changed: modules look at no signature, but
// some refuse the same certificate twice.
struct blank {
    CK_BYTE *der, *serial;
    CK_ULONG size;
    CK_BYTE *name, *serial_der;
    CK_ULONG name_size;
};

static const CK_BYTE mark[SERIAL_BYTES] = {0x4b, 0x45, 0x59, 0x46, 0x4f, 0x42, 0x21, 0x21};

static X509 *make_certificate(void) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    BIGNUM *serial = BN_bin2bn(mark, sizeof(mark), NULL);
    X509_NAME *name = X509_get_subject_name(certificate);

    X509_set_version(certificate, X509_VERSION_3);
    BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate));
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)"bench", -1, -1,
                               0);
    X509_set_issuer_name(certificate, name);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 24 * 60 * 60);
    X509_set_pubkey(certificate, key);
    if (X509_sign(certificate, key, EVP_sha256()) <= 0)
        errx(EXIT_FAILURE, "no certificate");
    BN_free(serial);
    EVP_PKEY_free(key);
    return certificate;
}

static struct blank make_blank(void) {
    struct blank blank = {0};
    X509 *certificate = make_certificate();

    blank.size = (CK_ULONG)i2d_X509(certificate, &blank.der);
    blank.name_size = (CK_ULONG)i2d_X509_NAME(X509_get_subject_name(certificate), &blank.name);
    blank.serial = memmem(blank.der, blank.size, mark, sizeof(mark));
    if (!blank.serial)
        errx(EXIT_FAILURE, "the certificate has lost its serial number");
    blank.serial_der = blank.serial - 2; // its tag and its length come before it
    X509_free(certificate);
    return blank;
}

static void create(const struct pace *pace, const struct blank *blank, CK_BYTE id[ID_BYTES]) {
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_BBOOL yes = CK_TRUE;
    CK_OBJECT_HANDLE object;
    CK_ATTRIBUTE attributes[] = {
        {CKA_CLASS, &class, sizeof(class)},
        {CKA_CERTIFICATE_TYPE, &type, sizeof(type)},
        {CKA_TOKEN, &yes, sizeof(yes)},
        {CKA_ID, id, ID_BYTES},
        {CKA_LABEL, "bench", 5},
        {CKA_SUBJECT, blank->name, blank->name_size},
        {CKA_ISSUER, blank->name, blank->name_size},
        {CKA_SERIAL_NUMBER, blank->serial_der, SERIAL_BYTES + 2},
        {CKA_VALUE, blank->der, blank->size},
    };

    pace_check(pace->p11->C_CreateObject(pace->session, attributes, 9, &object), "C_CreateObject");
}

// A new file in the place of a temporary one, and both it and its name on the disk.
static void write_file(int folder, long number) {
    static const char content[FILE_BYTES] = {1};
    char name[NAME_BYTES];
    int file = openat(folder, "new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    snprintf(name, sizeof(name), "%ld", number);
    if (file < 0 || write(file, content, sizeof(content)) != (ssize_t)sizeof(content) ||
        fdatasync(file) != 0 || close(file) != 0 || renameat(folder, "new", folder, name) != 0 ||
        fsync(folder) != 0)
        err(EXIT_FAILURE, "file %ld", number);
}

double pace_write_files(long first, long count) {
    int folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    double started = pace_now();

    for (long i = 0; i < count; i++)
        write_file(folder, first + i);
    return pace_now() - started;
}

static double create_objects(const struct pace *pace, long first, long count) {
    struct blank blank = make_blank();
    double started = pace_now();

    for (long i = 0; i < count; i++) {
        CK_BYTE id[ID_BYTES] = {0};
        long number = first + i;

        for (int byte = 0; byte < 4; byte++)
            blank.serial[SERIAL_BYTES - 1 - byte] = id[byte] = (CK_BYTE)(number >> 8 * byte);
        create(pace, &blank, id);
    }
    return pace_now() - started;
}

void pace_create(const struct pace *pace, char **arguments) {
    long first = pace_number(arguments[0], OBJECTS_MAX);
    long count = pace_number(arguments[1], OBJECTS_MAX);
    double taken = pace->p11 ? create_objects(pace, first, count) : pace_write_files(first, count);

    printf("%.1f\n", (double)count * 1e3 / taken);
}
