// SPDX-License-Identifier: Apache-2.0
// ECDSA with an EC_KEY that has its private number for one call only.
//
// OpenSSL 3 deprecates EC_KEY in favour of EVP_PKEY, which cannot lend a number: making an
// EVP_PKEY for each signature takes as long as the signature.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "keys/signer.h"

#include <openssl/ec.h>

#include "keys/crypto.h"

KF_DEFINE_AUTO_PTR(ECDSA_SIG)

static bool ec_prepare(kf_signer *signer) {
    const kf_public *half = signer->public_half;
    EC_KEY *ec = EC_KEY_new_by_curve_name_ex(kf_crypto(), NULL, half->curve->nid);
    signer->tools = ec;
    /* Not by an engine that the host made its default. */
    return ec && EC_KEY_set_method(ec, EC_KEY_OpenSSL()) &&
           EC_KEY_oct2key(ec, half->point.data, half->point.len, NULL);
}

/* OpenSSL copies the number and clears its copy when the next one, or NULL, takes the place. */
static ECDSA_SIG *sign_lending(EC_KEY *ec, const kf_softkey *key, struct kf_span digest) {
    KF_AUTO_PTR(BIGNUM) d = kf_part_number(key, KF_D);
    ECDSA_SIG *signature = NULL;
    if (d && EC_KEY_set_private_key(ec, d))
        signature = ECDSA_do_sign(digest.data, (int)digest.len, ec);
    EC_KEY_set_private_key(ec, NULL);
    return signature;
}

static CK_RV ec_sign(kf_signer *signer, const kf_softkey *key, const struct kf_message *message,
                     uint8_t *ret_signature) {
    size_t size = signer->public_half->curve->size;
    struct kf_span digest = message->data;
    if (digest.len > size)
        digest.len = size; /* the leftmost bits count (PKCS#11 2.40, 2.3.6) */
    KF_AUTO_PTR(ECDSA_SIG) signature = sign_lending(signer->tools, key, digest);
    if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature), ret_signature, (int)size) < 0 ||
        BN_bn2binpad(ECDSA_SIG_get0_s(signature), ret_signature + size, (int)size) < 0)
        return CKR_FUNCTION_FAILED;
    return CKR_OK;
}

static void ec_release(void *tools) {
    EC_KEY_free(tools);
}

const struct kf_signer_kind kf_ec_signer = {
    .prepare = ec_prepare,
    .sign = ec_sign,
    .release = ec_release,
};
