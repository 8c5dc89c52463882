// SPDX-License-Identifier: Apache-2.0
// Issuing: policy, serial number, signature, in this order and each on disk before the next.
#include "ca/labca.h"

#include <openssl/rand.h>
#include <string.h>

#include "base/text.h"

#define DAY          ((int64_t)24 * 3600)
#define DAYS_DEFAULT 365
#define BACKDATE     60 /* seconds, for clocks that are a little behind */
#define SERIAL_LEN   20 /* RFC 5280 4.1.2.2: at most 20 octets */

kf_err kf_labca_examine(const kf_labca *ca, const kf_csr *csr, const char *name,
                        kf_profile **ret_profile) {
    KF_AUTO_PTR(kf_profile) profile = NULL;
    if (!name || !*name)
        return kf_fail(KF_E_POLICY, "the request names no profile");
    if (ca->profiles && !kf_str_has_word(ca->profiles, name))
        return kf_fail(KF_E_POLICY, "the lab CA \"%s\" does not issue the profile \"%s\", only %s",
                       ca->name, name, ca->profiles);
    KF_TRY(kf_profile_load(ca->context, name, &profile));
    if (kf_profile_is_ca(profile))
        return kf_fail(KF_E_POLICY, "the profile \"%s\" is for CAs, which this one does not issue",
                       name);
    KF_TRY(kf_issue_allowed(csr, profile));
    *ret_profile = KF_MOVE(profile);
    return KF_OK;
}

/* Positive, 159 random bits, never with a leading zero: one length for all. */
static kf_err make_serial(kf_buf *ret_serial) {
    uint8_t serial[SERIAL_LEN];
    if (RAND_bytes(serial, sizeof serial) != 1)
        return kf_fail(KF_E_CRYPTO, "the random number generator failed");
    serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40);
    return kf_buf_set(ret_serial, serial, sizeof serial);
}

kf_err kf_labca_decide(const kf_labca *ca, kf_labca_row *row, const kf_profile *profile) {
    int64_t days = kf_profile_validity_days(profile);
    int64_t from = kf_context_now(ca->context) - BACKDATE;
    int64_t root_from = kf_cert_not_before(ca->root), root_to = kf_cert_not_after(ca->root);
    row->not_before = from > root_from ? from : root_from;
    row->not_after = row->not_before + (days > 0 ? days : DAYS_DEFAULT) * DAY;
    row->not_after = row->not_after < root_to ? row->not_after : root_to;
    if (row->not_after <= row->not_before)
        return kf_fail(KF_E_POLICY, "the certificate of the lab CA \"%s\" has expired", ca->name);
    row->state = KF_LABCA_SIGNING;
    return make_serial(&row->serial);
}

static kf_err make_cert(const kf_labca *ca, const kf_labca_row *row, kf_cert **ret_cert) {
    KF_AUTO_PTR(EVP_PKEY) key = NULL;
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_AUTO_PTR(kf_profile) profile = NULL;
    if (row->serial.len != SERIAL_LEN)
        return kf_fail(KF_E_DATABASE, "request %lld of the lab CA \"%s\" has no serial number",
                       (long long)row->id, ca->name);
    KF_TRY(kf_csr_read(row->csr.data, row->csr.len, &csr));
    KF_TRY(kf_profile_load(ca->context, row->profile, &profile));
    KF_TRY(kf_labca_key(ca, &key));
    struct kf_issuer issuer = {.cert = ca->root, .key = key};
    struct kf_issue_order order = {
        .csr = csr, .profile = profile, .not_before = row->not_before, .not_after = row->not_after};
    memcpy(order.serial, row->serial.data, SERIAL_LEN);
    return kf_issue_cert(&issuer, &order, ret_cert);
}

kf_err kf_labca_sign(kf_labca *ca, kf_labca_row *row) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    size_t len = 0;
    KF_TRY(make_cert(ca, row, &cert));
    const uint8_t *der = kf_cert_der(cert, &len);
    KF_TRY(kf_buf_set(&row->cert, der, len));
    row->state = KF_LABCA_ISSUED;
    return kf_labca_row_update(ca, row, KF_LABCA_SIGNING);
}
