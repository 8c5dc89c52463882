// SPDX-License-Identifier: Apache-2.0
// New keys: OpenSSL makes the numbers, they move into the arena, and the half that OpenSSL had is
// cleared.
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <string.h>

#include "keys/crypto.h"
#include "keys/private.h"
#include "keys/scrub.h"

KF_DEFINE_AUTO_PTR(EVP_PKEY)
KF_DEFINE_AUTO_PTR(EVP_PKEY_CTX)

/* A number that OpenSSL holds, big-endian into `room`, which lies in the arena. */
static bool export_number(const EVP_PKEY *pkey, const char *name, uint8_t *room, size_t len) {
    OSSL_PARAM params[] = {OSSL_PARAM_construct_BN(name, room, len), OSSL_PARAM_END};
    if (EVP_PKEY_get_params(pkey, params) <= 0 || params[0].return_size > len)
        return false;
    KF_AUTO_PTR(BIGNUM) number = BN_native2bn(room, (int)params[0].return_size, NULL);
    return number && BN_bn2binpad(number, room, (int)len) >= 0;
}

static EVP_PKEY *run_keygen(EVP_PKEY_CTX *context) {
    EVP_PKEY *pkey = NULL;
    return EVP_PKEY_generate(context, &pkey) > 0 ? pkey : NULL;
}

/* --- RSA --- */

static EVP_PKEY *make_rsa(CK_ULONG bits, struct kf_span exponent) {
    KF_AUTO_PTR(EVP_PKEY_CTX) context = kf_key_maker("RSA");
    KF_AUTO_PTR(BIGNUM) e = BN_bin2bn(exponent.data, (int)exponent.len, NULL);
    if (!context || !e || EVP_PKEY_keygen_init(context) <= 0 ||
        EVP_PKEY_CTX_set_rsa_keygen_bits(context, (int)bits) <= 0 ||
        EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, e) <= 0)
        return NULL;
    return run_keygen(context);
}

/* Where in the scratch room each number lies, in the order of enum kf_part, then the modulus. */
static const char *const rsa_names[] = {
    OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,   OSSL_PKEY_PARAM_RSA_FACTOR2,
    OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
    OSSL_PKEY_PARAM_RSA_N};

static CK_RV rsa_into_arena(const EVP_PKEY *pkey, kf_arena *arena, size_t size,
                            struct kf_span exponent, kf_softkey **ret_key) {
    KF_AUTO(kf_locked) scratch = {0};
    if (kf_locked_new(arena, KF_COUNT(rsa_names) * size, &scratch) != KF_OK)
        return CKR_HOST_MEMORY;
    struct kf_numbers numbers = {.exponent = exponent};
    for (size_t i = 0; i < KF_COUNT(rsa_names); i++) {
        uint8_t *room = scratch.data + i * size;
        if (!export_number(pkey, rsa_names[i], room, size))
            return CKR_FUNCTION_FAILED;
        *(i < KF_PARTS ? &numbers.part[i] : &numbers.modulus) = (struct kf_span){room, size};
    }
    return kf_softkey_from_rsa(arena, &numbers, KF_CHECK_RELATIONS, ret_key);
}

static CK_RV generate_rsa(kf_arena *arena, const struct kf_softkey_order *order,
                          kf_softkey **ret_key) {
    static const uint8_t f4[] = {1, 0, 1};
    struct kf_span exponent = {f4, sizeof f4};
    if (order->exponent)
        exponent = kf_span_without_zeros((struct kf_span){order->exponent, order->exponent_len});
    if (order->modulus_bits < KF_RSA_BITS_MIN || order->modulus_bits > KF_RSA_BITS_MAX ||
        order->modulus_bits % 8 != 0)
        return CKR_KEY_SIZE_RANGE;
    bool is_one = exponent.len == 1 && exponent.data[0] == 1;
    if (exponent.len == 0 || exponent.len > KF_RSA_EXPONENT_MAX || is_one ||
        !(exponent.data[exponent.len - 1] & 1))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    KF_AUTO_PTR(EVP_PKEY) pkey = make_rsa(order->modulus_bits, exponent);
    if (!pkey)
        return CKR_FUNCTION_FAILED;
    return rsa_into_arena(pkey, arena, order->modulus_bits / 8, exponent, ret_key);
}

/* --- curves --- */

static EVP_PKEY *make_on_curve(const struct kf_curve *curve) {
    const char *type = curve->type == CKK_EC ? "EC" : curve->group;
    KF_AUTO_PTR(EVP_PKEY_CTX) context = kf_key_maker(type);
    if (!context || EVP_PKEY_keygen_init(context) <= 0)
        return NULL;
    if (curve->type == CKK_EC && EVP_PKEY_CTX_set_group_name(context, curve->group) <= 0)
        return NULL;
    return run_keygen(context);
}

/* Not by EVP_PKEY_get_raw_private_key(): it copies the seed to the heap and leaves it there. */
static bool export_secret(const EVP_PKEY *pkey, const struct kf_curve *curve, kf_locked *secret) {
    size_t len = 0;
    if (curve->type == CKK_EC)
        return export_number(pkey, OSSL_PKEY_PARAM_PRIV_KEY, secret->data, secret->len);
    return EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, secret->data,
                                           secret->len, &len) > 0 &&
           len == secret->len;
}

static CK_RV generate_on_curve(kf_arena *arena, const struct kf_softkey_order *order,
                               kf_softkey **ret_key) {
    const struct kf_curve *curve = NULL;
    KF_AUTO(kf_locked) secret = {0};
    if (!order->ec_params)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    CK_TRY(kf_curve_find(order->ec_params, order->ec_params_len, order->type, &curve));
    if (kf_locked_new(arena, curve->size, &secret) != KF_OK)
        return CKR_HOST_MEMORY;
    KF_AUTO_PTR(EVP_PKEY) pkey = make_on_curve(curve);
    if (!pkey || !export_secret(pkey, curve, &secret))
        return CKR_FUNCTION_FAILED;
    return kf_softkey_from_curve(arena, curve, (struct kf_span){secret.data, secret.len},
                                 (struct kf_span){0}, ret_key);
}

CK_RV kf_softkey_generate(kf_arena *arena, const struct kf_softkey_order *order,
                          kf_softkey **ret_key) {
    KF_QUIET();
    KF_SCRUB();
    if (!kf_crypto())
        return CKR_HOST_MEMORY;
    switch (order->type) {
    case CKK_RSA:
        return generate_rsa(arena, order, ret_key);
    case CKK_EC:
    case CKK_EC_EDWARDS:
        return generate_on_curve(arena, order, ret_key);
    default:
        return CKR_ATTRIBUTE_VALUE_INVALID;
    }
}
