// SPDX-License-Identifier: Apache-2.0
// The checks before anything that a CA sent is written to a token: all deviations in one sentence.
#include "x509/issued.h"

#include <string.h>

#include "base/text.h"
#include "x509/extensions.h"
#include "x509/issued_names.h"
#include "x509/usage.h"

#define DAY 86400
/* CAs round up, and count the first and the last day. */
#define VALIDITY_SLACK_DAYS 2

struct check {
    const kf_cert *cert;
    const struct kf_issued_rules *rules;
    kf_buf why; /* what deviates */
};

static kf_err check_form(struct check *check) {
    X509 *x509 = kf_cert_x509(check->cert);
    KF_AUTO(kf_buf) oid = {0};
    if (X509_get_ext_count(x509) > KF_EXTENSIONS_MAX)
        return kf_issued_note(&check->why, "it has more than %d extensions", KF_EXTENSIONS_MAX);
    if (kf_extensions_twice(X509_get0_extensions(x509), &oid))
        KF_TRY(kf_issued_note(&check->why, "it has the extension %s twice", kf_buf_str(&oid)));
    if (X509_get_extension_flags(x509) & EXFLAG_INVALID)
        KF_TRY(kf_issued_note(&check->why, "its extensions are damaged"));
    return KF_OK;
}

/* X509_check_ca() also knows a version 1 root and key usages without basicConstraints. */
static kf_err check_ca(struct check *check) {
    const kf_profile *profile = check->rules->profile;
    bool is_ca = X509_check_ca(kf_cert_x509(check->cert)) != 0 || kf_cert_is_ca(check->cert);
    bool asked = profile && kf_profile_is_ca(profile);
    if (is_ca && !asked)
        return kf_issued_note(&check->why, "it is a CA certificate");
    return !is_ca && asked ? kf_issued_note(&check->why, "it is not a CA certificate") : KF_OK;
}

static kf_err check_names(struct check *check) {
    if (check->rules->ca_may_change_subject)
        return KF_OK;
    return kf_issued_names(check->cert, check->rules->csr, &check->why);
}

static kf_err note_difference(struct check *check, const char *what, const kf_usages *have,
                              const kf_usages *want,
                              kf_err (*less)(const kf_usages *a, const kf_usages *b,
                                             kf_buf *ret_names)) {
    KF_AUTO(kf_buf) more = {0}, lack = {0};
    KF_TRY(less(have, want, &more));
    KF_TRY(less(want, have, &lack));
    if (more.len)
        KF_TRY(kf_issued_note(&check->why, "its %s has %.250s which was not asked for", what,
                              kf_buf_str(&more)));
    if (lack.len)
        KF_TRY(kf_issued_note(&check->why, "its %s lacks %.250s", what, kf_buf_str(&lack)));
    return KF_OK;
}

/* No extension means every use (RFC 5280 4.2.1.3, 4.2.1.12), which is more than was asked. */
static kf_err compare_usages(struct check *check, const kf_usages *have, const kf_usages *want) {
    if (want->has_bits && !have->has_bits)
        KF_TRY(kf_issued_note(&check->why, "it has no key usage"));
    else
        KF_TRY(note_difference(check, "key usage", have, want, kf_usages_bits_less));
    if (want->list && !have->list)
        return kf_issued_note(&check->why, "it has no extended key usage");
    return note_difference(check, "extended key usage", have, want, kf_usages_list_less);
}

/* What the profile puts into a request for this key is what may come back. */
static kf_err wanted_usages(const struct kf_issued_rules *rules, kf_usages *ret_usages) {
    KF_AUTO_PTR(X509_EXTENSIONS) list = NULL;
    KF_TRY(kf_profile_extensions(rules->profile, kf_csr_key_type(rules->csr), &list));
    return kf_usages_read(list, ret_usages);
}

/* Without a profile only this is sure: no request of keyfob is for issuing. */
static kf_err check_usages_alone(struct check *check, const kf_usages *have) {
    if (have->bits & (KU_KEY_CERT_SIGN | KU_CRL_SIGN))
        return kf_issued_note(&check->why, "its key usage allows it to act as a CA");
    return KF_OK;
}

static kf_err check_usages(struct check *check) {
    KF_AUTO(kf_usages) have = {0}, want = {0};
    if (kf_usages_read(X509_get0_extensions(kf_cert_x509(check->cert)), &have) != KF_OK)
        return kf_issued_note(&check->why, "its key usages cannot be read");
    if (!check->rules->profile)
        return check_usages_alone(check, &have);
    KF_TRY(wanted_usages(check->rules, &want));
    return compare_usages(check, &have, &want);
}

static kf_err check_period(struct check *check) {
    const struct kf_issued_rules *rules = check->rules;
    int64_t from = kf_cert_not_before(check->cert), to = kf_cert_not_after(check->cert);
    char text[21];
    if (to <= from)
        return kf_issued_note(&check->why, "its validity ends before it begins");
    if (to <= rules->now) {
        kf_time_text(to, text);
        KF_TRY(kf_issued_note(&check->why, "it expired at %s", text));
    }
    if (from > rules->now + DAY) {
        kf_time_text(from, text);
        KF_TRY(kf_issued_note(&check->why, "it becomes valid only at %s", text));
    }
    int64_t days = (to - from) / DAY;
    int64_t most = rules->profile ? kf_profile_validity_days(rules->profile) : 0;
    if (most > 0 && to - from > (most + VALIDITY_SLACK_DAYS) * DAY)
        return kf_issued_note(&check->why, "it is valid for %lld days but the profile allows %lld",
                              (long long)days, (long long)most);
    return KF_OK;
}

/* At the first moment of its validity when that is still to come: a clock that is behind must not
 * look like a foreign CA. */
static kf_err check_chain(struct check *check, const kf_certs *answer, kf_certs *ret_chain) {
    const struct kf_issued_rules *rules = check->rules;
    int64_t from = kf_cert_not_before(check->cert);
    int64_t when = from > rules->now && from <= rules->now + DAY ? from : rules->now;
    kf_err err = kf_chain_build(check->cert, answer, rules->anchors, when, ret_chain);
    if (err != KF_E_UNTRUSTED)
        return err;
    return kf_issued_note(&check->why, KF_ISSUED_ROOTLESS ": %.300s", kf_error_sentence(err));
}

static kf_err (*const checks[])(struct check *check) = {check_form, check_ca, check_period,
                                                        check_names, check_usages};

static kf_err fail_pending(const kf_cert *cert) {
    char text[21];
    kf_time_text(kf_cert_not_before(cert), text);
    kf_fail(KF_E_PENDING, "the certificate is good but becomes valid only at %s", text);
    kf_error_hint("Check this computer's clock; otherwise run `keyfob resume` after that time.");
    return KF_E_PENDING;
}

static kf_err check_leaf(const kf_cert *cert, const kf_certs *answer,
                         const struct kf_issued_rules *rules, kf_certs *ret_chain) {
    struct check check = {.cert = cert, .rules = rules};
    KF_AUTO(kf_certs) chain = {0};
    kf_err err = KF_OK;
    for (size_t i = 0; err == KF_OK && i < KF_COUNT(checks); i++)
        err = checks[i](&check);
    if (err == KF_OK)
        err = check_chain(&check, answer, &chain);
    if (err == KF_OK && check.why.len)
        err = kf_fail(KF_E_QUARANTINED, "the certificate \"%.150s\" is not what was asked for: %s",
                      kf_cert_subject(cert), kf_buf_str(&check.why));
    kf_buf_clear(&check.why);
    KF_TRY(err);
    if (kf_cert_not_before(cert) > rules->now)
        return fail_pending(cert);
    kf_certs_clear(ret_chain);
    *ret_chain = chain;
    chain = (kf_certs){0};
    return KF_OK;
}

/* Newest first; equally old ones by fingerprint, so that the answer's order never matters. */
static int newest_first(const void *a, const void *b) {
    const kf_cert *left = *(kf_cert *const *)a, *right = *(kf_cert *const *)b;
    int64_t difference = kf_cert_not_before(right) - kf_cert_not_before(left);
    if (difference)
        return difference < 0 ? -1 : 1;
    return strcmp(kf_cert_fingerprint(left), kf_cert_fingerprint(right));
}

static kf_err find_leaves(const kf_certs *answer, const kf_csr *csr, kf_certs *ret_leaves) {
    KF_AUTO(kf_buf) spki = {0};
    KF_TRY(kf_csr_spki(csr, &spki));
    for (size_t i = 0; i < answer->count; i++)
        if (kf_cert_has_spki(answer->items[i], spki.data, spki.len))
            KF_TRY(kf_certs_add(ret_leaves, answer->items[i]));
    if (answer->count == 0)
        return kf_fail(KF_E_QUARANTINED, "the answer has no certificate");
    if (ret_leaves->count == 0 && answer->count == 1)
        return kf_fail(KF_E_QUARANTINED, "the certificate \"%.300s\" is for another key",
                       kf_cert_subject(answer->items[0]));
    if (ret_leaves->count == 0)
        return kf_fail(KF_E_QUARANTINED, "each of the %zu certificates is for another key",
                       answer->count);
    qsort(ret_leaves->items, ret_leaves->count, sizeof *ret_leaves->items, newest_first);
    return KF_OK;
}

kf_err kf_issued_check(const kf_certs *answer, const struct kf_issued_rules *rules,
                       kf_certs *ret_chain) {
    KF_AUTO(kf_certs) leaves = {0};
    KF_TRY(find_leaves(answer, rules->csr, &leaves));
    struct kf_error_saved first;
    for (size_t i = 0; i < leaves.count; i++) {
        kf_err err = check_leaf(leaves.items[i], answer, rules, ret_chain);
        if (err != KF_E_QUARANTINED)
            return err;
        if (i == 0)
            kf_error_save(&first);
    }
    kf_error_restore(&first);
    return KF_E_QUARANTINED;
}
