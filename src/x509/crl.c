// SPDX-License-Identifier: Apache-2.0
// Making revocation lists (RFC 5280 5).
#include "x509/issue.h"

#include <openssl/err.h>

#include "x509/extensions.h"
#include "x509/issue_parts.h"

KF_DEFINE_AUTO_PTR_WITH(ASN1_ENUMERATED, ASN1_ENUMERATED_free)
KF_DEFINE_AUTO_PTR_WITH(ASN1_INTEGER, ASN1_INTEGER_free)
KF_DEFINE_AUTO_PTR_WITH(ASN1_TIME, ASN1_TIME_free)
KF_DEFINE_AUTO_PTR_WITH(X509_CRL, X509_CRL_free)
KF_DEFINE_AUTO_PTR_WITH(X509_REVOKED, X509_REVOKED_free)

#define REASON_NONE   0
#define REASON_UNUSED 7
#define REASON_REMOVE 8 /* only in delta lists */
#define REASON_LAST   10

static kf_err set_reason(X509_REVOKED *entry, int reason) {
    if (reason == REASON_NONE) /* RFC 5280 5.3.1: absent rather than "unspecified" */
        return KF_OK;
    if (reason < 0 || reason > REASON_LAST || reason == REASON_UNUSED || reason == REASON_REMOVE)
        return kf_fail(KF_E_INPUT, "%d is not a reason for a revocation", reason);
    KF_AUTO_PTR(ASN1_ENUMERATED) value = ASN1_ENUMERATED_new();
    if (!value || !ASN1_ENUMERATED_set(value, reason) ||
        !X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, value, 0, 0))
        return kf_fail_openssl(KF_E_CRYPTO, "noting the reason of a revocation");
    return KF_OK;
}

static kf_err add_revoked(X509_CRL *crl, const struct kf_revoked *revoked) {
    KF_AUTO_PTR(X509_REVOKED) entry = X509_REVOKED_new();
    KF_AUTO_PTR(ASN1_INTEGER) serial = ASN1_INTEGER_new();
    KF_AUTO_PTR(ASN1_TIME) when = ASN1_TIME_new();
    if (!entry || !serial || !when)
        return kf_fail(KF_E_MEMORY, "out of memory for a revocation list");
    KF_TRY(kf_issue_serial(revoked->serial, revoked->serial_len, serial));
    KF_TRY(kf_issue_time(revoked->when, when));
    KF_TRY(set_reason(entry, revoked->reason));
    if (!X509_REVOKED_set_serialNumber(entry, serial) ||
        !X509_REVOKED_set_revocationDate(entry, when) || !X509_CRL_add0_revoked(crl, entry))
        return kf_fail_openssl(KF_E_CRYPTO, "adding to the revocation list");
    entry = NULL;
    return KF_OK;
}

static kf_err set_times(X509_CRL *crl, int64_t this_update, int64_t next_update) {
    KF_AUTO_PTR(ASN1_TIME) this = ASN1_TIME_new();
    KF_AUTO_PTR(ASN1_TIME) next = ASN1_TIME_new();
    if (!this || !next)
        return kf_fail(KF_E_MEMORY, "out of memory for a revocation list");
    KF_TRY(kf_issue_time(this_update, this));
    KF_TRY(kf_issue_time(next_update, next));
    if (!X509_CRL_set1_lastUpdate(crl, this) || !X509_CRL_set1_nextUpdate(crl, next))
        return kf_fail_openssl(KF_E_CRYPTO, "dating the revocation list");
    return KF_OK;
}

static kf_err set_extensions(X509_CRL *crl, const kf_cert *issuer, int64_t number) {
    KF_AUTO_PTR(X509_EXTENSIONS) list = NULL;
    KF_AUTO_PTR(ASN1_INTEGER) value = ASN1_INTEGER_new();
    if (!value || number < 0 || !ASN1_INTEGER_set_int64(value, number))
        return kf_fail(KF_E_INPUT, "the number of the revocation list is not positive");
    KF_TRY(kf_issue_authority(&list, issuer));
    KF_TRY(kf_issue_extension(&list, NID_crl_number, false, value));
    for (int i = 0; i < sk_X509_EXTENSION_num(list); i++)
        if (!X509_CRL_add_ext(crl, sk_X509_EXTENSION_value(list, i), -1))
            return kf_fail_openssl(KF_E_CRYPTO, "adding an extension");
    return KF_OK;
}

static kf_err sign(X509_CRL *crl, const struct kf_issuer *issuer) {
    X509_CRL_sort(crl);
    if (!X509_CRL_sign(crl, issuer->key, kf_issue_digest(issuer->key)))
        return kf_fail_openssl(KF_E_CRYPTO, "signing the revocation list");
    int verified = X509_CRL_verify(crl, X509_get0_pubkey(kf_cert_x509(issuer->cert)));
    ERR_clear_error();
    if (verified != 1)
        return kf_fail(KF_E_KEY_UNUSABLE,
                       "the CA's key made a signature that its certificate does not verify");
    return KF_OK;
}

static kf_err encode(const X509_CRL *crl, kf_buf *ret_der) {
    uint8_t *der = NULL;
    int len = i2d_X509_CRL(crl, &der);
    if (len <= 0)
        return kf_fail_openssl(KF_E_CRYPTO, "encoding the revocation list");
    kf_err err = kf_buf_set(ret_der, der, (size_t)len);
    OPENSSL_free(der);
    return err;
}

kf_err kf_issue_crl(const struct kf_issuer *issuer, const struct kf_revoked *revoked, size_t count,
                    int64_t number, int64_t this_update, int64_t next_update, kf_buf *ret_der) {
    KF_AUTO_PTR(X509_CRL) crl = X509_CRL_new();
    if (next_update <= this_update)
        return kf_fail(KF_E_INPUT, "the revocation list ends before it begins");
    if (!crl || !X509_CRL_set_version(crl, X509_CRL_VERSION_2) ||
        !X509_CRL_set_issuer_name(crl, X509_get_subject_name(kf_cert_x509(issuer->cert))))
        return kf_fail_openssl(KF_E_CRYPTO, "making a revocation list");
    KF_TRY(set_times(crl, this_update, next_update));
    for (size_t i = 0; i < count; i++)
        KF_TRY(add_revoked(crl, &revoked[i]));
    KF_TRY(set_extensions(crl, issuer->cert, number));
    KF_TRY(sign(crl, issuer));
    return encode(crl, ret_der);
}
