// SPDX-License-Identifier: Apache-2.0
// RSA with an RSA object that has no private numbers: OpenSSL pads and blinds, then asks us for the
// power, and we lend the numbers to it for that time.
//
// OpenSSL 3 deprecates RSA and RSA_METHOD in favour of EVP_PKEY, which cannot lend: an EVP_PKEY for
// each signature loses the blinding and the Montgomery form of the modulus, and takes twice the
// time. A second RSA object in the callback would spare us the lines below, but sets up the modulus
// again and misses the goal (93 % of a cached key against 96 %).
#define OPENSSL_SUPPRESS_DEPRECATED
#include "keys/signer.h"

#include <openssl/rsa.h>

#include "keys/crypto.h"

struct rsa_tools {
    RSA *rsa;
    RSA_METHOD *method;
    BN_MONT_CTX *modulus;
    EVP_MD *hash, *mgf;             /* PSS: as named below */
    const struct kf_hash *named[2]; /* what `hash` and `mgf` are */
    const kf_softkey *key;          /* during a call only */
};

/* --- the power --- */

/* The numbers of one call. */
struct lent {
    BIGNUM *p, *q, *dp, *dq, *qinv;
    BN_MONT_CTX *mod_p, *mod_q;
};

/* Clears: BN_MONT_CTX_free() does, too. */
static void lent_clear(struct lent *lent) {
    BIGNUM *const numbers[] = {lent->p, lent->q, lent->dp, lent->dq, lent->qinv};
    for (size_t i = 0; i < KF_COUNT(numbers); i++)
        BN_clear_free(numbers[i]);
    BN_MONT_CTX_free(lent->mod_p);
    BN_MONT_CTX_free(lent->mod_q);
}

static bool lend(const kf_softkey *key, BN_CTX *context, struct lent *ret_lent) {
    *ret_lent = (struct lent){.p = kf_part_number(key, KF_P),
                              .q = kf_part_number(key, KF_Q),
                              .dp = kf_part_number(key, KF_DP),
                              .dq = kf_part_number(key, KF_DQ),
                              .qinv = kf_part_number(key, KF_QINV),
                              .mod_p = BN_MONT_CTX_new(),
                              .mod_q = BN_MONT_CTX_new()};
    return ret_lent->p && ret_lent->q && ret_lent->dp && ret_lent->dq && ret_lent->qinv &&
           ret_lent->mod_p && ret_lent->mod_q &&
           BN_MONT_CTX_set(ret_lent->mod_p, ret_lent->p, context) &&
           BN_MONT_CTX_set(ret_lent->mod_q, ret_lent->q, context);
}

/* number mod prime, in constant time: out of Montgomery's form and into it again takes whatever is
 * below prime * 2^bits. */
static bool reduce(BIGNUM *ret_rest, const BIGNUM *number, BN_MONT_CTX *prime, BN_CTX *context) {
    return BN_from_montgomery(ret_rest, number, prime, context) &&
           BN_to_montgomery(ret_rest, ret_rest, prime, context);
}

/* RFC 8017 5.1.2, 2b: m1 = c^dp mod p, m2 = c^dq mod q, h = (m1 - m2) * qinv mod p,
 * m = m2 + q * h. As p and q are of the same length, m2 < q < 2p and m1 + 2p - m2 is positive. */
static bool power(struct lent *lent, const BIGNUM *c, BIGNUM *ret_m, BN_CTX *context) {
    BIGNUM *m1 = BN_CTX_get(context), *m2 = BN_CTX_get(context), *h = BN_CTX_get(context);
    if (!h)
        return false;
    BN_set_flags(m1, BN_FLG_CONSTTIME);
    BN_set_flags(m2, BN_FLG_CONSTTIME);
    BN_set_flags(h, BN_FLG_CONSTTIME);
    return reduce(m1, c, lent->mod_p, context) && reduce(m2, c, lent->mod_q, context) &&
           BN_mod_exp_mont_consttime_x2(m1, m1, lent->dp, lent->p, lent->mod_p, m2, m2, lent->dq,
                                        lent->q, lent->mod_q, context) &&
           BN_uadd(h, m1, lent->p) && BN_uadd(h, h, lent->p) && BN_usub(h, h, m2) &&
           reduce(h, h, lent->mod_p, context) && BN_to_montgomery(h, h, lent->mod_p, context) &&
           BN_mod_mul_montgomery(h, h, lent->qinv, lent->mod_p, context) &&
           BN_mul(ret_m, h, lent->q, context) && BN_uadd(ret_m, ret_m, m2);
}

/* A result with one wrong bit would give the primes away (Boneh, DeMillo, Lipton 1997). */
static bool is_right(const struct rsa_tools *tools, const BIGNUM *c, const BIGNUM *m,
                     BN_CTX *context) {
    const BIGNUM *n, *e;
    RSA_get0_key(tools->rsa, &n, &e, NULL);
    BIGNUM *back = BN_CTX_get(context);
    return back && BN_mod_exp_mont(back, m, e, n, context, tools->modulus) && BN_cmp(back, c) == 0;
}

/* What OpenSSL calls with the padded and blinded number. */
static int rsa_power(BIGNUM *ret_m, const BIGNUM *c, RSA *rsa, BN_CTX *context) {
    const struct rsa_tools *tools = RSA_meth_get0_app_data(RSA_get_method(rsa));
    struct lent lent = {0};
    BN_CTX_start(context);
    bool good = lend(tools->key, context, &lent) && power(&lent, c, ret_m, context) &&
                is_right(tools, c, ret_m, context);
    lent_clear(&lent);
    BN_CTX_end(context);
    return good;
}

/* --- setting up --- */

/* An RSA object in our own library context, which RSA_new() cannot give. */
static RSA *rsa_new(const kf_public *public_half) {
    EVP_PKEY *pkey =
        kf_rsa_pkey(kf_span_of(&public_half->modulus), kf_span_of(&public_half->exponent));
    RSA *rsa = pkey ? EVP_PKEY_get1_RSA(pkey) : NULL;
    EVP_PKEY_free(pkey);
    return rsa;
}

static bool rsa_prepare(kf_signer *signer) {
    struct rsa_tools *tools = calloc(1, sizeof *tools);
    signer->tools = tools;
    if (!tools)
        return false;
    KF_AUTO_PTR(BN_CTX) context = BN_CTX_new_ex(kf_crypto());
    tools->rsa = rsa_new(signer->public_half);
    tools->method = RSA_meth_dup(RSA_PKCS1_OpenSSL());
    tools->modulus = BN_MONT_CTX_new();
    if (!context || !tools->rsa || !tools->method || !tools->modulus ||
        !RSA_meth_set_mod_exp(tools->method, rsa_power) ||
        !RSA_meth_set0_app_data(tools->method, tools) ||
        !RSA_set_method(tools->rsa, tools->method)) /* nor by an engine of the host's */
        return false;
    RSA_set_flags(tools->rsa, RSA_FLAG_EXT_PKEY);
    const BIGNUM *n = RSA_get0_n(tools->rsa);
    return BN_MONT_CTX_set(tools->modulus, n, context);
}

static void rsa_release(void *pointer) {
    struct rsa_tools *tools = pointer;
    if (!tools)
        return;
    RSA_free(tools->rsa);
    RSA_meth_free(tools->method);
    BN_MONT_CTX_free(tools->modulus);
    EVP_MD_free(tools->hash);
    EVP_MD_free(tools->mgf);
    free(tools);
}

/* --- signing --- */

static const EVP_MD *fetch(struct rsa_tools *tools, size_t place, const struct kf_hash *hash) {
    EVP_MD **kept = place == 0 ? &tools->hash : &tools->mgf;
    if (tools->named[place] == hash)
        return *kept;
    EVP_MD_free(*kept);
    *kept = EVP_MD_fetch(kf_crypto(), hash->name, NULL);
    tools->named[place] = *kept ? hash : NULL;
    return *kept;
}

static bool sign_pss(struct rsa_tools *tools, const struct kf_message *message,
                     uint8_t *ret_signature) {
    uint8_t block[KF_RSA_BYTES_MAX];
    const struct kf_parameter *parameter = message->parameter;
    const EVP_MD *hash = fetch(tools, 0, parameter->hash), *mgf = fetch(tools, 1, parameter->mgf);
    return hash && mgf &&
           RSA_padding_add_PKCS1_PSS_mgf1(tools->rsa, block, message->data.data, hash, mgf,
                                          (int)parameter->salt_len) &&
           RSA_private_encrypt(RSA_size(tools->rsa), block, ret_signature, tools->rsa,
                               RSA_NO_PADDING) > 0;
}

static bool sign_pkcs1(struct rsa_tools *tools, const struct kf_message *message,
                       uint8_t *ret_signature) {
    struct kf_span data = message->data;
    unsigned len = 0;
    if (message->parameter->hash)
        return RSA_sign(message->parameter->hash->nid, data.data, (unsigned)data.len, ret_signature,
                        &len, tools->rsa) > 0;
    return RSA_private_encrypt((int)data.len, data.data, ret_signature, tools->rsa,
                               RSA_PKCS1_PADDING) > 0;
}

static CK_RV rsa_sign_with(struct rsa_tools *tools, const kf_public *public_half,
                           const struct kf_message *message, uint8_t *ret_signature) {
    uint8_t block[KF_RSA_BYTES_MAX];
    bool good = false;
    if (message->scheme == KF_SCHEME_RSA_RAW) {
        CK_TRY(kf_raw_block(public_half, message->data, block));
        good = RSA_private_encrypt(RSA_size(tools->rsa), block, ret_signature, tools->rsa,
                                   RSA_NO_PADDING) > 0;
    } else if (message->scheme == KF_SCHEME_RSA_PSS) {
        good = sign_pss(tools, message, ret_signature);
    } else if (message->scheme == KF_SCHEME_RSA_PKCS1) {
        good = sign_pkcs1(tools, message, ret_signature);
    }
    return good ? CKR_OK : CKR_FUNCTION_FAILED;
}

static CK_RV rsa_sign(kf_signer *signer, const kf_softkey *key, const struct kf_message *message,
                      uint8_t *ret_signature) {
    struct rsa_tools *tools = signer->tools;
    tools->key = key;
    CK_RV rv = rsa_sign_with(tools, signer->public_half, message, ret_signature);
    tools->key = NULL;
    return rv;
}

const struct kf_signer_kind kf_rsa_signer = {
    .prepare = rsa_prepare,
    .sign = rsa_sign,
    .release = rsa_release,
};
