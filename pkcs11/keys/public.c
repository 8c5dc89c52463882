// SPDX-License-Identifier: Apache-2.0
// Public halves: made, compared, and written as DER.
#include "keys/public.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <string.h>

#include "keys/crypto.h"

struct kf_span kf_span_of(const kf_buf *buf) {
    return (struct kf_span){buf->data, buf->len};
}

static CK_ULONG bits_of(struct kf_span number) {
    CK_ULONG bits = number.len * 8;
    for (uint8_t top = number.len ? number.data[0] : 0xff; top && !(top & 0x80); top <<= 1)
        bits--;
    return bits;
}

static EVP_PKEY *pkey_from(const char *type, OSSL_PARAM *params) {
    EVP_PKEY_CTX *context = kf_key_maker(type);
    EVP_PKEY *pkey = NULL;
    if (context && EVP_PKEY_fromdata_init(context) > 0)
        EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params);
    EVP_PKEY_CTX_free(context);
    return pkey;
}

/* OSSL_PARAM integers are in the machine's own order. */
static bool put_native(uint8_t *ret_bytes, struct kf_span bytes) {
    BIGNUM *number = BN_bin2bn(bytes.data, (int)bytes.len, NULL);
    bool good = number && BN_bn2nativepad(number, ret_bytes, (int)bytes.len) > 0;
    BN_free(number);
    return good;
}

EVP_PKEY *kf_rsa_pkey(struct kf_span modulus, struct kf_span exponent) {
    uint8_t n[KF_RSA_BYTES_MAX], e[KF_RSA_EXPONENT_MAX];
    if (!put_native(n, modulus) || !put_native(e, exponent))
        return NULL;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, n, modulus.len),
                           OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, e, exponent.len),
                           OSSL_PARAM_END};
    return pkey_from("RSA", params);
}

static EVP_PKEY *pkey_from_point(const struct kf_curve *curve, struct kf_span point) {
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)point.data, point.len),
        curve->type == CKK_EC
            ? OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)curve->group, 0)
            : OSSL_PARAM_construct_end(),
        OSSL_PARAM_END};
    return pkey_from(curve->type == CKK_EC ? "EC" : curve->group, params);
}

static kf_public *public_new(CK_KEY_TYPE type) {
    kf_public *public_half = calloc(1, sizeof *public_half);
    if (!public_half)
        return NULL;
    atomic_init(&public_half->count, 1);
    public_half->type = type;
    return public_half;
}

/* PKCS#11 2.40, 2.1.2. */
static bool may_be_rsa(struct kf_span modulus, struct kf_span exponent) {
    CK_ULONG bits = bits_of(modulus);
    if (bits < KF_RSA_VERIFY_MIN || bits > KF_RSA_BITS_MAX || exponent.len == 0 ||
        exponent.len > KF_RSA_EXPONENT_MAX)
        return false;
    bool is_one = exponent.len == 1 && exponent.data[0] == 1;
    return !is_one && modulus.data[modulus.len - 1] & 1 && exponent.data[exponent.len - 1] & 1;
}

CK_RV kf_public_from_rsa(struct kf_span modulus, struct kf_span exponent, kf_public **ret_public) {
    KF_QUIET();
    modulus = kf_span_without_zeros(modulus);
    exponent = kf_span_without_zeros(exponent);
    if (!may_be_rsa(modulus, exponent))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    KF_AUTO_PTR(kf_public) made = public_new(CKK_RSA);
    if (!made || kf_buf_set(&made->modulus, modulus.data, modulus.len) != KF_OK ||
        kf_buf_set(&made->exponent, exponent.data, exponent.len) != KF_OK || !kf_crypto())
        return CKR_HOST_MEMORY;
    made->bits = bits_of(modulus);
    made->pkey = kf_rsa_pkey(modulus, exponent);
    if (!made->pkey)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    *ret_public = KF_MOVE(made);
    return CKR_OK;
}

/* Whether a point of a P curve lies on it, OpenSSL checks. */
static bool is_encoded_right(const struct kf_curve *curve, struct kf_span point) {
    if (point.len != curve->point_len)
        return false;
    return curve->type == CKK_EC ? point.data[0] == 0x04 : kf_edwards_is_sound(point.data);
}

CK_RV kf_public_from_point(const struct kf_curve *curve, struct kf_span point,
                           kf_public **ret_public) {
    KF_QUIET();
    if (!is_encoded_right(curve, point))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    KF_AUTO_PTR(kf_public) made = public_new(curve->type);
    if (!made || kf_buf_set(&made->point, point.data, point.len) != KF_OK || !kf_crypto())
        return CKR_HOST_MEMORY;
    made->curve = curve;
    made->bits = curve->bits;
    made->pkey = pkey_from_point(curve, point);
    if (!made->pkey)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    *ret_public = KF_MOVE(made);
    return CKR_OK;
}

kf_public *kf_public_ref(kf_public *public_half) {
    atomic_fetch_add_explicit(&public_half->count, 1, memory_order_relaxed);
    return public_half;
}

void kf_public_free(kf_public *public_half) {
    if (!public_half || atomic_fetch_sub(&public_half->count, 1) != 1)
        return;
    EVP_PKEY_free(public_half->pkey);
    kf_buf_clear(&public_half->modulus);
    kf_buf_clear(&public_half->exponent);
    kf_buf_clear(&public_half->point);
    free(public_half);
}

bool kf_public_equal(const kf_public *a, const kf_public *b) {
    return a->type == b->type && a->curve == b->curve && kf_buf_equal(&a->modulus, &b->modulus) &&
           kf_buf_equal(&a->exponent, &b->exponent) && kf_buf_equal(&a->point, &b->point);
}

size_t kf_public_size(const kf_public *public_half) {
    return public_half->curve ? public_half->curve->size : public_half->modulus.len;
}
