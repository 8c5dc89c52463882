// SPDX-License-Identifier: Apache-2.0
// A CA in the same process: signs a client certificate with a key from a file.

#include "floor_ca.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

enum { SERIAL_BYTES = 16, VALID_SECONDS = 24 * 60 * 60 };

static const struct {
    int nid;
    const char *value;
} extensions[] = {
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_key_usage, "critical,digitalSignature"},
    {NID_ext_key_usage, "clientAuth"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid:always"},
};

static FILE *open_file(const char *path) {
    FILE *file = fopen(path, "re");

    if (!file)
        err(EXIT_FAILURE, "%s", path);
    return file;
}

struct floor_ca floor_ca_open(const char *certificate_path, const char *key_path) {
    FILE *certificate = open_file(certificate_path);
    FILE *key = open_file(key_path);
    struct floor_ca ca = {
        .certificate = PEM_read_X509(certificate, NULL, NULL, NULL),
        .key = PEM_read_PrivateKey(key, NULL, NULL, NULL),
    };

    if (!ca.certificate || !ca.key)
        errx(EXIT_FAILURE, "\"%s\" and \"%s\" are no CA", certificate_path, key_path);
    fclose(certificate);
    fclose(key);
    return ca;
}

static void set_serial(X509 *certificate) {
    unsigned char bytes[SERIAL_BYTES];

    if (RAND_bytes(bytes, sizeof(bytes)) != 1)
        errx(EXIT_FAILURE, "no random bytes");
    bytes[0] = (bytes[0] & 0x7f) | 0x40; // positive and of full length (RFC 5280 4.1.2.2)

    BIGNUM *number = BN_bin2bn(bytes, sizeof(bytes), NULL);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
}

static void add_extensions(X509 *certificate, X509 *issuer) {
    X509V3_CTX context;

    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
        X509_EXTENSION *extension =
            X509V3_EXT_conf_nid(NULL, &context, extensions[i].nid, extensions[i].value);

        if (!extension || X509_add_ext(certificate, extension, -1) != 1)
            errx(EXIT_FAILURE, "cannot add the extension \"%s\"", extensions[i].value);
        X509_EXTENSION_free(extension);
    }
}

X509 *floor_ca_issue(const struct floor_ca *ca, const X509_NAME *subject, EVP_PKEY *public_key) {
    X509 *certificate = X509_new();

    X509_set_version(certificate, X509_VERSION_3);
    set_serial(certificate);
    X509_set_subject_name(certificate, subject);
    X509_set_issuer_name(certificate, X509_get_subject_name(ca->certificate));
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_SECONDS);
    X509_set_pubkey(certificate, public_key);
    add_extensions(certificate, ca->certificate);
    if (X509_sign(certificate, ca->key, EVP_sha256()) <= 0)
        errx(EXIT_FAILURE, "the CA cannot sign");
    return certificate;
}

X509 *floor_ca_sign(const struct floor_ca *ca, X509_REQ *csr) {
    EVP_PKEY *public_key = X509_REQ_get0_pubkey(csr);

    if (!public_key || X509_REQ_verify(csr, public_key) != 1)
        errx(EXIT_FAILURE, "the request's signature does not verify");
    return floor_ca_issue(ca, X509_REQ_get_subject_name(csr), public_key);
}
