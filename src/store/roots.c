// SPDX-License-Identifier: Apache-2.0
// Trusted roots: the CA certificates that a person accepted by comparing the fingerprint.
#include "base/text.h"
#include "store/records.h"

#define FINGERPRINT_LEN 32 /* SHA-256 */
#define ROOTS_MAX       1024

/* KF_CERT_COUNT_MAX bounds what a CA sends; these came in one by one by the hand of a person. */
static kf_err add_root(kf_certs *roots, kf_cert *cert) {
    if (roots->count >= ROOTS_MAX)
        return kf_fail(KF_E_TOO_LARGE, "there are more than %d trusted roots", ROOTS_MAX);
    kf_cert **items = realloc(roots->items, (roots->count + 1) * sizeof(kf_cert *));
    if (!items)
        return kf_fail(KF_E_MEMORY, "out of memory for the trusted roots");
    roots->items = items;
    roots->items[roots->count++] = kf_cert_ref(cert);
    return KF_OK;
}

kf_err kf_store_roots(kf_context *context, kf_certs *ret_roots) {
    KF_AUTO(kf_certs) roots = {0};
    KF_AUTO(kf_record) record = {0};
    KF_AUTO(kf_rows) rows = {0};
    kf_db *db = NULL;
    bool found = false;
    KF_TRY(kf_store_open(context, &db));
    KF_TRY(kf_rows_open(
        db, &rows, "SELECT " KF_RECORD_COLUMNS " FROM certificates WHERE kind = 'root' ORDER BY id",
        NULL));
    for (;;) {
        KF_TRY(kf_record_next(&rows, &record, &found));
        if (!found)
            break;
        KF_TRY(add_root(&roots, record.cert));
    }
    kf_certs_clear(ret_roots);
    *ret_roots = roots;
    roots = (kf_certs){0};
    return KF_OK;
}

/* The right fingerprint is not in the sentence: it would be copied instead of compared. */
static kf_err check_fingerprint(const kf_cert *cert, const char *fingerprint) {
    KF_AUTO(kf_buf) given = {0};
    KF_AUTO(kf_buf) own = {0};
    if (!fingerprint || kf_unhex(fingerprint, &given) != KF_OK || given.len != FINGERPRINT_LEN)
        return kf_fail(KF_E_INPUT,
                       "\"%s\" is no SHA-256 fingerprint, which has %d hexadecimal digits",
                       fingerprint ? fingerprint : "", 2 * FINGERPRINT_LEN);
    KF_TRY(kf_unhex(kf_cert_fingerprint(cert), &own));
    if (kf_buf_equal(&given, &own))
        return KF_OK;
    kf_fail(KF_E_UNTRUSTED, "\"%s\" is not the certificate with the fingerprint that was compared",
            kf_cert_subject(cert));
    kf_error_hint("Ask the CA for its certificate and its SHA-256 fingerprint again, by another way"
                  " than the file came.");
    return KF_E_UNTRUSTED;
}

kf_err kf_store_accept_root(kf_context *context, kf_cert *cert, const char *fingerprint) {
    int64_t id = 0;
    KF_TRY(check_fingerprint(cert, fingerprint));
    if (!kf_cert_is_ca(cert))
        return kf_fail(KF_E_INPUT, "\"%s\" is not a CA certificate, so it cannot be a trusted root",
                       kf_cert_subject(cert));
    return kf_record_put(context, &(kf_record){.kind = KF_STORE_ROOT, .cert = cert}, &id);
}
