// SPDX-License-Identifier: Apache-2.0
// RSA with an RSA object that has no private numbers: OpenSSL pads and blinds, then asks us for the
// power, and we lend the numbers to it for that time.
//
// OpenSSL 3 deprecates RSA and RSA_METHOD in favour of EVP_PKEY, which cannot lend: an EVP_PKEY for
// each signature loses the blinding and the Montgomery form of the modulus, and takes twice the
// time. The power itself is OpenSSL's: of a second RSA object that lives for it alone.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "keys/signer.h"

#include <openssl/rsa.h>

#include "keys/crypto.h"

struct rsa_tools {
    RSA *rsa;
    RSA_METHOD *method;
    EVP_MD *hash, *mgf;             /* PSS: as named below */
    const struct kf_hash *named[2]; /* what `hash` and `mgf` are */
    const kf_softkey *key;          /* during a call only */
};

/* --- the power --- */

/* The RSA object owns the numbers that it is given, and clears them with itself. */
static bool give_numbers(RSA *rsa, const RSA *from, const kf_softkey *key) {
    BIGNUM *n = BN_dup(RSA_get0_n(from)), *e = BN_dup(RSA_get0_e(from));
    BIGNUM *d = kf_part_number(key, KF_D);
    if (n && e && d && RSA_set0_key(rsa, n, e, d))
        return true;
    BN_free(n);
    BN_free(e);
    BN_clear_free(d);
    return false;
}

static bool give_primes(RSA *rsa, const kf_softkey *key) {
    BIGNUM *p = kf_part_number(key, KF_P), *q = kf_part_number(key, KF_Q);
    if (p && q && RSA_set0_factors(rsa, p, q))
        return true;
    BN_clear_free(p);
    BN_clear_free(q);
    return false;
}

static bool give_exponents(RSA *rsa, const kf_softkey *key) {
    BIGNUM *dp = kf_part_number(key, KF_DP), *dq = kf_part_number(key, KF_DQ);
    BIGNUM *qinv = kf_part_number(key, KF_QINV);
    if (dp && dq && qinv && RSA_set0_crt_params(rsa, dp, dq, qinv))
        return true;
    BN_clear_free(dp);
    BN_clear_free(dq);
    BN_clear_free(qinv);
    return false;
}

/* What OpenSSL calls with the padded and blinded number. Its own function checks the result, as one
 * with a wrong bit would give the primes away (Boneh, DeMillo, Lipton 1997), and then takes the
 * slow way without them. */
static int rsa_power(BIGNUM *ret_m, const BIGNUM *c, RSA *rsa, BN_CTX *context) {
    const struct rsa_tools *tools = RSA_meth_get0_app_data(RSA_get_method(rsa));
    const RSA_METHOD *openssl = RSA_PKCS1_OpenSSL();
    RSA *whole = RSA_new();
    bool good = whole && RSA_set_method(whole, openssl) && give_numbers(whole, rsa, tools->key) &&
                give_primes(whole, tools->key) && give_exponents(whole, tools->key) &&
                RSA_meth_get_mod_exp(openssl)(ret_m, c, whole, context);
    RSA_free(whole);
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
    tools->rsa = rsa_new(signer->public_half);
    tools->method = RSA_meth_dup(RSA_PKCS1_OpenSSL());
    if (!tools->rsa || !tools->method || !RSA_meth_set_mod_exp(tools->method, rsa_power) ||
        !RSA_meth_set0_app_data(tools->method, tools) ||
        !RSA_set_method(tools->rsa, tools->method)) /* nor by an engine of the host's */
        return false;
    RSA_set_flags(tools->rsa, RSA_FLAG_EXT_PKEY);
    return true;
}

static void rsa_release(void *pointer) {
    struct rsa_tools *tools = pointer;
    if (!tools)
        return;
    RSA_free(tools->rsa);
    RSA_meth_free(tools->method);
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
