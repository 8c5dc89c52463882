// SPDX-License-Identifier: Apache-2.0
// The table of mechanisms (PKCS#11 2.40, tables of chapter 2; 3.0, 6.3).
#include "keys/mechanism.h"

#include "keys/operation.h"

#define SIGNS    (CKF_SIGN | CKF_VERIFY)
#define CIPHERS  (CKF_ENCRYPT | CKF_DECRYPT)
#define ON_CURVE (CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS)

/* Sizes: bits of the modulus, bits of the field. */
#define RSA_INFO(flags)                                                                            \
    { KF_RSA_VERIFY_MIN, KF_RSA_BITS_MAX, flags }
#define EC_INFO(flags)                                                                             \
    { 256, 521, (flags) | ON_CURVE }
#define EDWARDS_INFO(flags)                                                                        \
    { 255, 255, (flags) | ON_CURVE }
#define RSA_SIGN(type, hash)                                                                       \
    { type, KF_SCHEME_RSA_PKCS1, CKK_RSA, hash, RSA_INFO(SIGNS) }
#define PSS_SIGN(type, hash)                                                                       \
    { type, KF_SCHEME_RSA_PSS, CKK_RSA, hash, RSA_INFO(SIGNS) }
#define ECDSA_SIGN(type, hash)                                                                     \
    { type, KF_SCHEME_ECDSA, CKK_EC, hash, EC_INFO(SIGNS) }
#define DIGEST(type)                                                                               \
    {                                                                                              \
        type, KF_SCHEME_DIGEST, 0, type, {                                                         \
            0, 0, CKF_DIGEST                                                                       \
        }                                                                                          \
    }
#define PAIR_GEN(type, key_type, ...)                                                              \
    { type, KF_SCHEME_ELSEWHERE, key_type, 0, __VA_ARGS__ }

static const struct kf_mechanism mechanisms[] = {
    PAIR_GEN(CKM_RSA_PKCS_KEY_PAIR_GEN, CKK_RSA,
             {KF_RSA_BITS_MIN, KF_RSA_BITS_MAX, CKF_GENERATE_KEY_PAIR}),
    {CKM_RSA_PKCS, KF_SCHEME_RSA_PKCS1, CKK_RSA, 0, RSA_INFO(SIGNS | CIPHERS)},
    {CKM_RSA_X_509, KF_SCHEME_RSA_RAW, CKK_RSA, 0, RSA_INFO(SIGNS | CIPHERS)},
    {CKM_RSA_PKCS_OAEP, KF_SCHEME_RSA_OAEP, CKK_RSA, 0, RSA_INFO(CIPHERS)},
    RSA_SIGN(CKM_SHA1_RSA_PKCS, CKM_SHA_1),
    RSA_SIGN(CKM_SHA224_RSA_PKCS, CKM_SHA224),
    RSA_SIGN(CKM_SHA256_RSA_PKCS, CKM_SHA256),
    RSA_SIGN(CKM_SHA384_RSA_PKCS, CKM_SHA384),
    RSA_SIGN(CKM_SHA512_RSA_PKCS, CKM_SHA512),
    PSS_SIGN(CKM_RSA_PKCS_PSS, 0),
    PSS_SIGN(CKM_SHA1_RSA_PKCS_PSS, CKM_SHA_1),
    PSS_SIGN(CKM_SHA224_RSA_PKCS_PSS, CKM_SHA224),
    PSS_SIGN(CKM_SHA256_RSA_PKCS_PSS, CKM_SHA256),
    PSS_SIGN(CKM_SHA384_RSA_PKCS_PSS, CKM_SHA384),
    PSS_SIGN(CKM_SHA512_RSA_PKCS_PSS, CKM_SHA512),
    PAIR_GEN(CKM_EC_KEY_PAIR_GEN, CKK_EC, EC_INFO(CKF_GENERATE_KEY_PAIR)),
    ECDSA_SIGN(CKM_ECDSA, 0),
    ECDSA_SIGN(CKM_ECDSA_SHA1, CKM_SHA_1),
    ECDSA_SIGN(CKM_ECDSA_SHA224, CKM_SHA224),
    ECDSA_SIGN(CKM_ECDSA_SHA256, CKM_SHA256),
    ECDSA_SIGN(CKM_ECDSA_SHA384, CKM_SHA384),
    ECDSA_SIGN(CKM_ECDSA_SHA512, CKM_SHA512),
    {CKM_ECDH1_DERIVE, KF_SCHEME_ELSEWHERE, CKK_EC, 0, EC_INFO(CKF_DERIVE)},
    PAIR_GEN(CKM_EC_EDWARDS_KEY_PAIR_GEN, CKK_EC_EDWARDS, EDWARDS_INFO(CKF_GENERATE_KEY_PAIR)),
    {CKM_EDDSA, KF_SCHEME_EDDSA, CKK_EC_EDWARDS, 0, EDWARDS_INFO(SIGNS)},
    DIGEST(CKM_SHA_1),
    DIGEST(CKM_SHA224),
    DIGEST(CKM_SHA256),
    DIGEST(CKM_SHA384),
    DIGEST(CKM_SHA512),
};

const struct kf_mechanism *kf_mechanism_find(CK_MECHANISM_TYPE type) {
    for (size_t i = 0; i < KF_COUNT(mechanisms); i++)
        if (mechanisms[i].type == type)
            return &mechanisms[i];
    return NULL;
}

size_t kf_mechanism_count(void) {
    return KF_COUNT(mechanisms);
}

CK_MECHANISM_TYPE kf_mechanism_at(size_t index) {
    return mechanisms[index].type;
}

CK_RV kf_mechanism_info(CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *ret_info) {
    const struct kf_mechanism *mechanism = kf_mechanism_find(type);
    if (!mechanism)
        return CKR_MECHANISM_INVALID;
    *ret_info = mechanism->info;
    return CKR_OK;
}
