// SPDX-License-Identifier: Apache-2.0
// A chain by names: for certificates whose signatures OpenSSL does not know.
#include "x509/gost_chain.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/quiet.h"
#include "x509/name.h"

KF_DEFINE_AUTO_PTR_WITH(AUTHORITY_KEYID, AUTHORITY_KEYID_free)

#define DEPTH_MAX 8

static bool issued(const kf_cert *issuer, const kf_cert *cert) {
    X509 *above = kf_cert_x509(issuer), *below = kf_cert_x509(cert);
    struct kf_gost_signed parts;
    if (X509_NAME_cmp(X509_get_subject_name(above), X509_get_issuer_name(below)) != 0)
        return false;
    KF_AUTO_PTR(AUTHORITY_KEYID)
    id = X509_get_ext_d2i(below, NID_authority_key_identifier, NULL, NULL);
    if (id && X509_check_akid(above, id) != X509_V_OK)
        return false;
    return kf_cert_gost(cert, &parts) || kf_cert_signed_by(cert, issuer);
}

static kf_cert *find(const kf_certs *certs, const kf_cert *cert) {
    for (size_t i = 0; certs && i < certs->count; i++)
        if (issued(certs->items[i], cert))
            return certs->items[i];
    return NULL;
}

static kf_err untrusted(const kf_cert *cert, const char *why) {
    return kf_fail(KF_E_UNTRUSTED, "\"%s\" %s", kf_cert_subject(cert), why);
}

static kf_err check(const kf_cert *cert, bool must_be_ca, int64_t now) {
    uint32_t flags = X509_get_extension_flags(kf_cert_x509(cert));
    if (flags & (EXFLAG_INVALID | EXFLAG_CRITICAL))
        return untrusted(cert, "has a critical extension that is not understood");
    if (kf_cert_not_after(cert) < now)
        return untrusted(cert, "has expired");
    if (kf_cert_not_before(cert) > now)
        return untrusted(cert, "is not valid yet");
    if (!must_be_ca)
        return KF_OK;
    if (!kf_cert_is_ca(cert))
        return untrusted(cert, "has issued a certificate without being a CA");
    return X509_get_key_usage(kf_cert_x509(cert)) & KU_KEY_CERT_SIGN
               ? KF_OK
               : untrusted(cert, "may not issue certificates by its key usage");
}

/* `at` is at the end of `chain`; its issuer is added until that is an anchor. */
static kf_err climb(kf_certs *chain, const kf_certs *pool, const kf_certs *anchors, int64_t now) {
    for (int depth = 0; depth < DEPTH_MAX; depth++) {
        const kf_cert *at = chain->items[chain->count - 1];
        kf_cert *anchor = find(anchors, at);
        kf_cert *next = anchor ? anchor : find(pool, at);
        if (!next)
            return untrusted(at, "has an issuer that was not found");
        KF_TRY(check(next, true, now));
        KF_TRY(kf_certs_add(chain, next));
        if (anchor)
            return KF_OK;
    }
    return untrusted(chain->items[0], "is too far away from a root");
}

kf_err kf_chain_by_name(const kf_cert *leaf, const kf_certs *pool, const kf_certs *anchors,
                        int64_t now, kf_certs *ret_chain) {
    KF_AUTO(kf_certs) chain = {0};
    KF_QUIET();
    KF_TRY(check(leaf, false, now));
    KF_TRY(kf_certs_add(&chain, (kf_cert *)(uintptr_t)leaf));
    KF_TRY(climb(&chain, pool, anchors, now));
    kf_certs_clear(ret_chain);
    *ret_chain = chain;
    chain = (kf_certs){0};
    return KF_OK;
}
