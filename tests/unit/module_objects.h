// SPDX-License-Identifier: Apache-2.0
// What the tests of objects share: one token for a whole group, a session that has logged in, and
// templates.
#pragma once

#include "module_fixture.h"

#include "base/auto.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

static CK_SLOT_ID slot;
static CK_SESSION_HANDLE session; /* may write, has logged in */

__attribute__((unused)) static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
__attribute__((unused)) static CK_OBJECT_CLASS data_class = CKO_DATA, cert_class = CKO_CERTIFICATE,
                                               public_class = CKO_PUBLIC_KEY,
                                               private_class = CKO_PRIVATE_KEY,
                                               secret_class = CKO_SECRET_KEY;
__attribute__((unused)) static CK_KEY_TYPE rsa = CKK_RSA, ec = CKK_EC, edwards = CKK_EC_EDWARDS,
                                           generic = CKK_GENERIC_SECRET, aes = CKK_AES;
__attribute__((unused)) static CK_CERTIFICATE_TYPE x509 = CKC_X_509;
__attribute__((unused)) static CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48,
                                                 0xce, 0x3d, 0x03, 0x01, 0x07};
__attribute__((unused)) static CK_BYTE ed25519[] = {0x06, 0x03, 0x2b, 0x65, 0x70};
__attribute__((unused)) static CK_ULONG bits_2048 = 2048;
__attribute__((unused)) static CK_MECHANISM make_rsa = {CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0},
                                            make_ec = {CKM_EC_KEY_PAIR_GEN, NULL, 0},
                                            make_edwards = {CKM_EC_EDWARDS_KEY_PAIR_GEN, NULL, 0};

#define FLAG(type, value)                                                                          \
    { type, &(value), sizeof(CK_BBOOL) }
#define NUMBER(type, value)                                                                        \
    { type, &(value), sizeof(CK_ULONG) }
#define BYTES(type, value)                                                                         \
    { type, (value), sizeof(value) }
#define TEXT(type, value)                                                                          \
    { type, (value), sizeof(value) - 1 }
#define TEMPLATE(...) (CK_ATTRIBUTE[]){__VA_ARGS__}, KF_COUNT(((CK_ATTRIBUTE[]){__VA_ARGS__}))

__attribute__((unused)) static int start_objects(void **state) {
    if (start_module(state) != 0)
        return -1;
    slot = make_token("keyfob memory", "objects");
    session = open_session(slot, CKF_RW_SESSION);
    return login(session, CKU_USER, USER_PIN) == CKR_OK ? 0 : -1;
}

/* Log in again, when a test logged out. */
__attribute__((unused)) static int log_in(void **state) {
    CK_RV rv = login(session, CKU_USER, USER_PIN);
    return rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN ? 0 : -1;
}

__attribute__((unused)) static CK_RV create(CK_ATTRIBUTE *attributes, CK_ULONG count,
                                            CK_OBJECT_HANDLE *ret_handle) {
    return C_CreateObject(session, attributes, count, ret_handle);
}

__attribute__((unused)) static CK_OBJECT_HANDLE created(CK_ATTRIBUTE *attributes, CK_ULONG count) {
    CK_OBJECT_HANDLE handle = 0;
    assert_ok(create(attributes, count, &handle));
    assert_int_not_equal(handle, 0);
    return handle;
}

struct pair {
    CK_OBJECT_HANDLE public, private;
};

__attribute__((unused)) static struct pair make_pair(CK_MECHANISM *mechanism, CK_BBOOL token,
                                                     char *id) {
    struct pair pair = {0};
    CK_ATTRIBUTE public[] = {
        FLAG(CKA_TOKEN, token), {CKA_ID, id, strlen(id)}, {CKA_EC_PARAMS, p256, sizeof p256}};
    CK_ATTRIBUTE private[] = {FLAG(CKA_TOKEN, token), {CKA_ID, id, strlen(id)}};
    if (mechanism == &make_rsa)
    public[2] = (CK_ATTRIBUTE)NUMBER(CKA_MODULUS_BITS, bits_2048);
    if (mechanism == &make_edwards)
    public[2] = (CK_ATTRIBUTE)BYTES(CKA_EC_PARAMS, ed25519);
    assert_ok(
        C_GenerateKeyPair(session, mechanism, public, 3, private, 2, &pair.public, &pair.private));
    return pair;
}

__attribute__((unused)) static CK_RV get(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                                         void *value, CK_ULONG *len) {
    CK_ATTRIBUTE wanted = {type, value, *len};
    CK_RV rv = C_GetAttributeValue(session, object, &wanted, 1);
    *len = wanted.ulValueLen;
    return rv;
}

__attribute__((unused)) static bool flag_of(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
    CK_BBOOL value = 2;
    CK_ULONG len = sizeof value;
    assert_ok(get(object, type, &value, &len));
    assert_int_equal(len, sizeof value);
    assert_true(value <= CK_TRUE);
    return value;
}

__attribute__((unused)) static CK_ULONG number_of(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
    CK_ULONG value = 0, len = sizeof value;
    assert_ok(get(object, type, &value, &len));
    assert_int_equal(len, sizeof value);
    return value;
}

__attribute__((unused)) static bool bytes_are(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                                              const void *value, size_t len) {
    CK_BYTE found[4096];
    CK_ULONG found_len = sizeof found;
    assert_ok(get(object, type, found, &found_len));
    return found_len == len && (len == 0 || memcmp(found, value, len) == 0);
}

__attribute__((unused)) static CK_RV set(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                                         void *value, CK_ULONG len) {
    CK_ATTRIBUTE attribute = {type, value, len};
    return C_SetAttributeValue(session, object, &attribute, 1);
}

/* How many objects match, and the first of them. */
__attribute__((unused)) static CK_ULONG find_in(CK_SESSION_HANDLE where, CK_ATTRIBUTE *attributes,
                                                CK_ULONG count, CK_OBJECT_HANDLE *ret_first) {
    CK_OBJECT_HANDLE handles[64] = {0};
    CK_ULONG found = 0;
    assert_ok(C_FindObjectsInit(where, attributes, count));
    assert_ok(C_FindObjects(where, handles, 64, &found));
    assert_ok(C_FindObjectsFinal(where));
    if (ret_first)
        *ret_first = handles[0];
    return found;
}

__attribute__((unused)) static CK_ULONG find(CK_ATTRIBUTE *attributes, CK_ULONG count) {
    return find_in(session, attributes, count, NULL);
}

/* A self-signed certificate as DER; free it with OPENSSL_free(). */
__attribute__((unused)) static int make_cert(unsigned char **ret_der, long serial) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)"Objects", -1, -1,
                               0);
    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), serial);
    X509_set_issuer_name(cert, name);
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key);
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    *ret_der = NULL;
    int len = i2d_X509(cert, ret_der);
    X509_free(cert);
    EVP_PKEY_free(key);
    assert_true(len > 0);
    return len;
}
