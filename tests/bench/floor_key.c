// SPDX-License-Identifier: Apache-2.0
// A P-256 key pair on a token and the certificate beside it.

#include "floor_key.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/rand.h>

// CKA_EC_POINT is an OCTET STRING around the point (PKCS#11 2.40 mechanisms, section 2.3.3).
enum { POINT_BYTES = 65, POINT_DER_BYTES = POINT_BYTES + 2 };

static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;
static CK_BYTE prime256v1[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};

static EVP_PKEY *public_key_from_point(CK_BYTE *point) {
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 10),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, POINT_BYTES),
        OSSL_PARAM_END,
    };
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *key = NULL;

    if (!context || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        errx(EXIT_FAILURE, "the token's public key is no point on P-256");
    EVP_PKEY_CTX_free(context);
    return key;
}

static EVP_PKEY *read_public_key(const struct floor *floor, CK_OBJECT_HANDLE object) {
    CK_BYTE point[POINT_DER_BYTES];
    CK_ATTRIBUTE wanted = {CKA_EC_POINT, point, sizeof(point)};

    floor_check(floor->p11->C_GetAttributeValue(floor->session, object, &wanted, 1),
                "C_GetAttributeValue");
    if (wanted.ulValueLen != sizeof(point))
        errx(EXIT_FAILURE, "CKA_EC_POINT has %lu bytes", wanted.ulValueLen);
    return public_key_from_point(point + 2);
}

struct floor_key floor_key_generate(const struct floor *floor, const char *label) {
    struct floor_key key = {.label = label};
    CK_OBJECT_HANDLE public_object;
    CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};

    if (RAND_bytes(key.id, sizeof(key.id)) != 1)
        errx(EXIT_FAILURE, "no random bytes");

    CK_ATTRIBUTE public_half[] = {
        {CKA_TOKEN, &yes, sizeof(yes)},
        {CKA_VERIFY, &yes, sizeof(yes)},
        {CKA_EC_PARAMS, prime256v1, sizeof(prime256v1)},
        {CKA_ID, key.id, sizeof(key.id)},
        {CKA_LABEL, (char *)label, strlen(label)},
    };
    CK_ATTRIBUTE private_half[] = {
        {CKA_TOKEN, &yes, sizeof(yes)},
        {CKA_PRIVATE, &yes, sizeof(yes)},
        {CKA_SENSITIVE, &yes, sizeof(yes)},
        {CKA_EXTRACTABLE, &no, sizeof(no)},
        {CKA_SIGN, &yes, sizeof(yes)},
        {CKA_ID, key.id, sizeof(key.id)},
        {CKA_LABEL, (char *)label, strlen(label)},
    };
    floor_check(floor->p11->C_GenerateKeyPair(floor->session, &mechanism, public_half, 5,
                                              private_half, 7, &public_object, &key.private_key),
                "C_GenerateKeyPair");
    key.public_key = read_public_key(floor, public_object);
    return key;
}

void floor_key_store(const struct floor *floor, const struct floor_key *key, X509 *certificate) {
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_OBJECT_HANDLE object;
    unsigned char *value = NULL, *subject = NULL, *issuer = NULL, *serial = NULL;
    int value_size = i2d_X509(certificate, &value);
    int subject_size = i2d_X509_NAME(X509_get_subject_name(certificate), &subject);
    int issuer_size = i2d_X509_NAME(X509_get_issuer_name(certificate), &issuer);
    int serial_size = i2d_ASN1_INTEGER(X509_get0_serialNumber(certificate), &serial);

    if (value_size < 0 || subject_size < 0 || issuer_size < 0 || serial_size < 0)
        errx(EXIT_FAILURE, "the certificate cannot be encoded");

    CK_ATTRIBUTE attributes[] = {
        {CKA_CLASS, &class, sizeof(class)},
        {CKA_CERTIFICATE_TYPE, &type, sizeof(type)},
        {CKA_TOKEN, &yes, sizeof(yes)},
        {CKA_PRIVATE, &no, sizeof(no)},
        {CKA_ID, (CK_BYTE *)key->id, sizeof(key->id)},
        {CKA_LABEL, (char *)key->label, strlen(key->label)},
        {CKA_SUBJECT, subject, (CK_ULONG)subject_size},
        {CKA_ISSUER, issuer, (CK_ULONG)issuer_size},
        {CKA_SERIAL_NUMBER, serial, (CK_ULONG)serial_size},
        {CKA_VALUE, value, (CK_ULONG)value_size},
    };
    floor_check(floor->p11->C_CreateObject(floor->session, attributes, 10, &object),
                "C_CreateObject");
    OPENSSL_free(value);
    OPENSSL_free(subject);
    OPENSSL_free(issuer);
    OPENSSL_free(serial);
}
