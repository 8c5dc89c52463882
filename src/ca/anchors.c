// SPDX-License-Identifier: Apache-2.0
// Trust anchors of connections: only what a person has compared becomes one.
#include <string.h>

#include "base/text.h"
#include "ca/opened.h"

kf_err kf_anchor_add(kf_context *context, int64_t connection, const kf_cert *cert) {
    kf_db *db = NULL;
    size_t len = 0;
    const uint8_t *der = kf_cert_der(cert, &len);
    KF_AUTO(kf_certs) present = {0};
    KF_TRY(kf_anchors_load(context, connection, &present));
    if (present.count == KF_CERT_COUNT_MAX)
        return kf_fail(KF_E_TOO_LARGE, "the connection has %d trust anchors already",
                       KF_CERT_COUNT_MAX);
    KF_TRY(kf_connection_db(context, &db));
    return kf_db_run(db,
                     "INSERT OR IGNORE INTO anchors (connection, fingerprint, cert, accepted)"
                     " VALUES (?, ?, ?, ?)",
                     "isbi", connection, kf_cert_fingerprint(cert), der, len,
                     kf_context_now(context));
}

static kf_err read_anchors(kf_rows *rows, kf_certs *anchors) {
    for (bool found = true;;) {
        KF_TRY(kf_rows_next(rows, &found));
        if (!found)
            return KF_OK;
        KF_AUTO_PTR(kf_cert) cert = NULL;
        size_t len = 0;
        const uint8_t *der = kf_rows_blob(rows, 0, &len);
        KF_TRY(kf_cert_parse(der, len, &cert));
        KF_TRY(kf_certs_add(anchors, cert));
    }
}

kf_err kf_anchors_load(kf_context *context, int64_t connection, kf_certs *ret_anchors) {
    kf_db *db = NULL;
    KF_AUTO(kf_rows) rows = {0};
    KF_AUTO(kf_certs) anchors = {0};
    KF_TRY(kf_connection_db(context, &db));
    KF_TRY(kf_rows_open(db, &rows,
                        "SELECT cert FROM anchors WHERE connection = ?"
                        " ORDER BY accepted, fingerprint",
                        "i", connection));
    KF_TRY(read_anchors(&rows, &anchors));
    kf_certs_clear(ret_anchors);
    *ret_anchors = anchors;
    anchors = (kf_certs){0};
    return KF_OK;
}

static kf_err read_fingerprint(const char *text, kf_buf *ret_digest) {
    if (kf_unhex(text, ret_digest) != KF_OK || ret_digest->len != 32)
        return kf_fail(KF_E_USAGE, "\"%.120s\" is not a SHA-256 fingerprint of 64 hex digits",
                       text);
    return KF_OK;
}

static kf_err find(const kf_certs *from, const kf_buf *digest, kf_cert **ret_cert) {
    for (size_t i = 0; i < from->count; i++) {
        KF_AUTO(kf_buf) own = {0};
        KF_TRY(kf_unhex(kf_cert_fingerprint(from->items[i]), &own));
        if (kf_buf_equal(&own, digest)) {
            *ret_cert = from->items[i];
            return KF_OK;
        }
    }
    kf_fail(KF_E_NOT_FOUND, "none of the %zu certificate%s has that fingerprint", from->count,
            from->count == 1 ? "" : "s");
    kf_error_hint("Accept nothing before the CA has told you its fingerprint by another way.");
    return KF_E_NOT_FOUND;
}

kf_err kf_connection_accept(kf_context *context, const char *name, const kf_certs *from,
                            const char *fingerprint, kf_cert **ret_cert) {
    KF_AUTO(kf_buf) digest = {0};
    KF_AUTO(kf_connection) connection = {0};
    kf_cert *cert = NULL;
    KF_TRY(kf_connection_load(context, name, &connection));
    KF_TRY(read_fingerprint(fingerprint, &digest));
    KF_TRY(find(from, &digest, &cert));
    /* RFC 5280 4.2.1.9: without basicConstraints CA it may not issue anything. */
    if (!kf_cert_is_ca(cert))
        return kf_fail(KF_E_INPUT, "\"%s\" is not the certificate of a CA", kf_cert_subject(cert));
    KF_TRY(kf_anchor_add(context, connection.id, cert));
    if (ret_cert)
        *ret_cert = kf_cert_ref(cert);
    return KF_OK;
}
