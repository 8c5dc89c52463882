// SPDX-License-Identifier: Apache-2.0
// A key that the lab CA knows already: certified again only to renew a certificate of its own.
#include "ca/labca.h"

#include <string.h>

#include "base/text.h"

kf_err kf_labca_find_cert(kf_labca *ca, const uint8_t *der, size_t len, kf_labca_row *row) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    KF_AUTO(kf_buf) serial = {0};
    KF_TRY(kf_cert_parse(der, len, &cert));
    if (kf_unhex(kf_cert_serial(cert), &serial) != KF_OK)
        return kf_fail(KF_E_NOT_FOUND, "the certificate has a negative serial number");
    struct kf_labca_key_value key = {.by = KF_LABCA_BY_SERIAL, .bytes = &serial};
    KF_TRY(kf_labca_row_find(ca, &key, row));
    return row->cert.len == len && memcmp(row->cert.data, der, len) == 0
               ? KF_OK
               : kf_fail(KF_E_NOT_FOUND, "the certificate is of another CA");
}

static kf_err fail_known_key(const kf_labca_row *old) {
    return kf_fail(KF_E_POLICY,
                   old->state == KF_LABCA_WAITING
                       ? "this key waits for a certificate already (request %lld)"
                       : "this key is already certified (request %lld)",
                   (long long)old->id);
}

kf_err kf_labca_renews_key(kf_labca *ca, const struct kf_ca_order *order, kf_labca_row *row,
                           const kf_labca_row *known) {
    KF_AUTO(kf_labca_row) old = {0};
    KF_AUTO(kf_labca_row) other = {0};
    if (!order->old_cert_len)
        return fail_known_key(known);
    kf_err err = kf_labca_find_cert(ca, order->old_cert, order->old_cert_len, &old);
    if (err == KF_E_NOT_FOUND || (err == KF_OK && !kf_buf_equal(&old.spki_hash, &row->spki_hash)))
        return fail_known_key(known);
    KF_TRY(err);
    if (old.state != KF_LABCA_ISSUED)
        return kf_fail(KF_E_POLICY,
                       "the certificate of request %lld is revoked, so its key is not "
                       "certified again",
                       (long long)old.id);
    if (!kf_str_equal(old.subject, row->subject))
        return kf_fail(KF_E_POLICY, "the certificate of request %lld is for another subject",
                       (long long)old.id);
    struct kf_labca_key_value by = {.by = KF_LABCA_BY_RENEWS, .id = old.id};
    err = kf_labca_row_find(ca, &by, &other);
    if (err == KF_OK)
        return kf_fail(KF_E_POLICY, "request %lld renews this certificate already",
                       (long long)other.id);
    row->renews = old.id;
    return err;
}
