// SPDX-License-Identifier: Apache-2.0
// From a leaf to an anchor, by OpenSSL's verifier (RFC 5280 6), with nothing fetched.
#include "x509/cert.h"

#include <openssl/err.h>

#include "x509/gost_chain.h"
#include "x509/name.h"

KF_DEFINE_AUTO_PTR_WITH(X509_STORE, X509_STORE_free)
KF_DEFINE_AUTO_PTR_WITH(X509_STORE_CTX, X509_STORE_CTX_free)

#define DEPTH_MAX 8
/* 112 bits: no RSA below 2048, no SHA-1 but in the anchor's own signature, which is not looked at.
 */
#define SECURITY_LEVEL 2

/* After `"SUBJECT" `; what is not here gets OpenSSL's words. */
static const struct {
    int error;
    const char *what;
} reasons[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED, "has expired"},
    {X509_V_ERR_CERT_NOT_YET_VALID, "is not valid yet"},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, "has a signature that is not its issuer's"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, "has an issuer that is not among the trusted roots"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "has an issuer that was not found"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "has an issuer that was not found"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "is signed by itself and not a trusted root"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "is a root, but not a trusted one"},
    {X509_V_ERR_CERT_CHAIN_TOO_LONG, "is too far away from a root"},
    {X509_V_ERR_INVALID_CA, "has issued a certificate without being a CA"},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, "may not have so many CAs below it"},
    {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, "may not issue certificates by its key usage"},
    {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, "has a critical extension that is not understood"},
    {X509_V_ERR_PERMITTED_VIOLATION, "has a name that its CA may not give"},
    {X509_V_ERR_EXCLUDED_VIOLATION, "has a name that its CA may not give"},
    {X509_V_ERR_EE_KEY_TOO_SMALL, "has a key that is too short"},
    {X509_V_ERR_CA_KEY_TOO_SMALL, "has a key that is too short for a CA"},
    {X509_V_ERR_CA_MD_TOO_WEAK, "is signed with a hash that is too weak"},
};

static const char *reason_of(int error) {
    for (size_t i = 0; i < KF_COUNT(reasons); i++)
        if (reasons[i].error == error)
            return reasons[i].what;
    return NULL;
}

static kf_err fail_untrusted(X509_STORE_CTX *ctx) {
    int error = X509_STORE_CTX_get_error(ctx);
    const X509 *current = X509_STORE_CTX_get_current_cert(ctx);
    const char *reason = reason_of(error);
    KF_AUTO(kf_buf) name = {0};
    ERR_clear_error();
    if (current)
        KF_TRY(kf_name_text(X509_get_subject_name(current), &name));
    if (reason)
        return kf_fail(KF_E_UNTRUSTED, "\"%s\" %s", kf_buf_str(&name), reason);
    return kf_fail(KF_E_UNTRUSTED, "\"%s\": %s", kf_buf_str(&name),
                   X509_verify_cert_error_string(error));
}

/* Borrowed references: the caller's lists live longer. */
static STACK_OF(X509) * stack_of(const kf_certs *certs) {
    STACK_OF(X509) *stack = sk_X509_new_null();
    for (size_t i = 0; stack && certs && i < certs->count; i++)
        if (!sk_X509_push(stack, kf_cert_x509(certs->items[i]))) {
            sk_X509_free(stack);
            return NULL;
        }
    return stack;
}

static kf_err fill_store(X509_STORE *store, const kf_certs *anchors) {
    if (!anchors || !anchors->count)
        return kf_fail(KF_E_UNTRUSTED, "there is no trusted root to lead to");
    for (size_t i = 0; i < anchors->count; i++)
        if (!X509_STORE_add_cert(store, kf_cert_x509(anchors->items[i])))
            return kf_fail_openssl(KF_E_CRYPTO, "taking a trusted root");
    return KF_OK;
}

static void set_rules(X509_STORE_CTX *ctx, int64_t now) {
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_time(rules, (time_t)now);
    X509_VERIFY_PARAM_set_depth(rules, DEPTH_MAX);
    X509_VERIFY_PARAM_set_auth_level(rules, SECURITY_LEVEL);
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_ANY);
}

static kf_err keep_chain(const STACK_OF(X509) * found, kf_certs *ret_chain) {
    KF_AUTO(kf_certs) chain = {0};
    for (int i = 0; i < sk_X509_num(found); i++) {
        X509 *x509 = sk_X509_value(found, i);
        KF_AUTO_PTR(kf_cert) cert = NULL;
        X509_up_ref(x509);
        KF_TRY(kf_cert_from_x509(x509, &cert));
        KF_TRY(kf_certs_add(&chain, cert));
    }
    kf_certs_clear(ret_chain);
    *ret_chain = chain;
    chain = (kf_certs){0};
    return KF_OK;
}

static kf_err verify(const kf_cert *leaf, X509_STORE *store, STACK_OF(X509) * pool, int64_t now,
                     kf_certs *ret_chain) {
    KF_AUTO_PTR(X509_STORE_CTX) ctx = X509_STORE_CTX_new();
    if (!ctx || !X509_STORE_CTX_init(ctx, store, kf_cert_x509(leaf), pool))
        return kf_fail_openssl(KF_E_CRYPTO, "checking the chain");
    set_rules(ctx, now);
    if (X509_verify_cert(ctx) != 1)
        return fail_untrusted(ctx);
    ERR_clear_error();
    return keep_chain(X509_STORE_CTX_get0_chain(ctx), ret_chain);
}

/* Its signature is one of GOST, and no engine has taught OpenSSL to verify it. */
static bool is_unknown_to_openssl(const kf_cert *cert) {
    struct kf_gost_signed parts;
    return kf_cert_gost(cert, &parts) &&
           EVP_get_digestbynid(parts.type == KF_KEY_GOST_256 ? NID_id_GostR3411_2012_256
                                                             : NID_id_GostR3411_2012_512) == NULL;
}

kf_err kf_chain_build(const kf_cert *leaf, const kf_certs *pool, const kf_certs *anchors,
                      int64_t now, kf_certs *ret_chain) {
    KF_AUTO_PTR(X509_STORE) store = X509_STORE_new();
    if (!store)
        return kf_fail_openssl(KF_E_MEMORY, "checking the chain");
    KF_TRY(fill_store(store, anchors));
    STACK_OF(X509) *untrusted = stack_of(pool);
    if (!untrusted)
        return kf_fail(KF_E_MEMORY, "out of memory for a chain");
    kf_err err = verify(leaf, store, untrusted, now, ret_chain);
    sk_X509_free(untrusted);
    if (err == KF_E_UNTRUSTED && is_unknown_to_openssl(leaf))
        return kf_chain_by_name(leaf, pool, anchors, now, ret_chain);
    return err;
}
