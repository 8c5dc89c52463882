// SPDX-License-Identifier: Apache-2.0
// What the tests of pkcs11/keys share: an arena, keys of each kind, and short ways to use them.
#pragma once

#include "base_fixture.h"

#include "keys/crypto.h"
#include "keys/operation.h"

static kf_arena *arena;

enum which { P256, P384, P521, ED25519, RSA2048, KINDS };

static const uint8_t oid_p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t oid_p384[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
static const uint8_t oid_p521[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23};
static const uint8_t oid_ed25519[] = {0x06, 0x03, 0x2b, 0x65, 0x70};

static const struct softkey_kind {
    const char *name;
    struct kf_softkey_order order;
    CK_MECHANISM_TYPE plain, hashed; /* mechanisms that sign */
    size_t signature_len;
} kinds[KINDS] = {
    [P256] = {"P-256",
              {.type = CKK_EC, .ec_params = oid_p256, .ec_params_len = sizeof oid_p256},
              CKM_ECDSA,
              CKM_ECDSA_SHA256,
              64},
    [P384] = {"P-384",
              {.type = CKK_EC, .ec_params = oid_p384, .ec_params_len = sizeof oid_p384},
              CKM_ECDSA,
              CKM_ECDSA_SHA384,
              96},
    [P521] = {"P-521",
              {.type = CKK_EC, .ec_params = oid_p521, .ec_params_len = sizeof oid_p521},
              CKM_ECDSA,
              CKM_ECDSA_SHA512,
              132},
    [ED25519] = {"Ed25519",
                 {.type = CKK_EC_EDWARDS,
                  .ec_params = oid_ed25519,
                  .ec_params_len = sizeof oid_ed25519},
                 CKM_EDDSA,
                 CKM_EDDSA,
                 64},
    [RSA2048] = {"RSA 2048",
                 {.type = CKK_RSA, .modulus_bits = 2048},
                 CKM_RSA_PKCS,
                 CKM_SHA256_RSA_PKCS,
                 256},
};

/* One of each kind for the whole run. */
static kf_softkey *keys[KINDS];

__attribute__((unused)) static int make_arena(void **state) {
    return kf_arena_new(&arena) == KF_OK ? 0 : -1;
}

__attribute__((unused)) static int make_keys(void **state) {
    if (make_arena(state) != 0)
        return -1;
    for (int i = 0; i < KINDS; i++)
        if (kf_softkey_generate(arena, &kinds[i].order, &keys[i]) != CKR_OK)
            return -1;
    return 0;
}

__attribute__((unused)) static int free_keys(void **state) {
    for (int i = 0; i < KINDS; i++) {
        kf_softkey_free(keys[i]);
        keys[i] = NULL;
    }
    kf_arena_free(arena);
    return 0;
}

/* One operation in one go. */
__attribute__((unused)) static CK_RV run_with(enum kf_operation_kind kind, CK_MECHANISM mechanism,
                                              kf_softkey *key, const void *data, size_t len,
                                              uint8_t *out, CK_ULONG *out_len) {
    kf_operation *operation = NULL;
    CK_RV rv = kf_operation_begin(&operation, kind, &mechanism, key);
    if (rv == CKR_OK)
        rv = kf_operation_finish(operation, data, len, out, out_len);
    kf_operation_free(operation);
    return rv;
}

__attribute__((unused)) static CK_RV sign_with(CK_MECHANISM mechanism, kf_softkey *key,
                                               const void *data, size_t len,
                                               uint8_t ret_signature[512], CK_ULONG *ret_len) {
    *ret_len = 512;
    return run_with(KF_OPERATION_SIGN, mechanism, key, data, len, ret_signature, ret_len);
}

__attribute__((unused)) static CK_RV verify_with(CK_MECHANISM mechanism, kf_softkey *key,
                                                 const void *data, size_t len,
                                                 const uint8_t *signature, size_t signature_len) {
    kf_operation *operation = NULL;
    CK_RV rv = kf_operation_begin(&operation, KF_OPERATION_VERIFY, &mechanism, key);
    if (rv == CKR_OK)
        rv = kf_operation_verify(operation, data, len, signature, signature_len);
    kf_operation_free(operation);
    return rv;
}

#define PLAIN(type) ((CK_MECHANISM){type, NULL, 0})

/* The public half of a key as a key of its own. */
__attribute__((unused)) static kf_softkey *public_of(const kf_softkey *key) {
    CK_KEY_TYPE type = kf_softkey_type(key);
    bool is_rsa = type == CKK_RSA;
    kf_buf one = {0}, two = {0};
    kf_softkey *made = NULL;
    CK_ATTRIBUTE_TYPE names[] = {is_rsa ? CKA_MODULUS : CKA_EC_PARAMS,
                                 is_rsa ? CKA_PUBLIC_EXPONENT : CKA_EC_POINT};
    assert_int_equal(kf_softkey_public_attribute(key, names[0], &one), CKR_OK);
    assert_int_equal(kf_softkey_public_attribute(key, names[1], &two), CKR_OK);
    CK_ATTRIBUTE attrs[] = {{CKA_KEY_TYPE, &type, sizeof type},
                            {names[0], one.data, one.len},
                            {names[1], two.data, two.len}};
    assert_int_equal(kf_softkey_from_public(attrs, 3, &made), CKR_OK);
    kf_buf_clear(&one);
    kf_buf_clear(&two);
    return made;
}

/* Every mechanism that signs, but PSS, which wants parameters. */
__attribute__((unused)) static const struct {
    CK_MECHANISM_TYPE type;
    enum which key;
    size_t data_len; /* 0: any */
} signing[] = {
    {CKM_RSA_PKCS, RSA2048, 51},
    {CKM_RSA_X_509, RSA2048, 200},
    {CKM_SHA1_RSA_PKCS, RSA2048, 0},
    {CKM_SHA224_RSA_PKCS, RSA2048, 0},
    {CKM_SHA256_RSA_PKCS, RSA2048, 0},
    {CKM_SHA384_RSA_PKCS, RSA2048, 0},
    {CKM_SHA512_RSA_PKCS, RSA2048, 0},
    {CKM_ECDSA, P256, 32},
    {CKM_ECDSA, P384, 20},
    {CKM_ECDSA, P521, 64},
    {CKM_ECDSA, P256, 64},
    {CKM_ECDSA_SHA1, P256, 0},
    {CKM_ECDSA_SHA224, P256, 0},
    {CKM_ECDSA_SHA256, P256, 0},
    {CKM_ECDSA_SHA384, P384, 0},
    {CKM_ECDSA_SHA512, P521, 0},
    {CKM_ECDSA_SHA512, P256, 0},
    {CKM_EDDSA, ED25519, 0},
};
