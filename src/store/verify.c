// SPDX-License-Identifier: Apache-2.0
// From a certificate to a trusted root with what is in the store: keyfob.chain/1.
#include "base/text.h"
#include "store/records.h"
#include "x509/json.h"

/* How many certificates of the issuer's name are tried. */
#define CANDIDATES_MAX 64

static bool has(const kf_certs *certs, const kf_cert *cert) {
    for (size_t i = 0; i < certs->count; i++)
        if (kf_cert_equal(certs->items[i], cert))
            return true;
    return false;
}

/* By name, as RFC 5280 4.1.2.4 chains them, and by the signature, so that a crowd of certificates
 * with the issuer's name does not push the right one out. */
static kf_err add_issuers(kf_db *db, const kf_cert *cert, kf_certs *pool) {
    KF_AUTO(kf_rows) rows = {0};
    KF_AUTO(kf_record) record = {0};
    bool found = false;
    KF_TRY(kf_rows_open(db, &rows,
                        "SELECT " KF_RECORD_COLUMNS " FROM certificates"
                        " WHERE subject = ? COLLATE NOCASE AND kind IN ('intermediate', 'other')"
                        " ORDER BY kind = 'other', not_after DESC, id LIMIT ?",
                        "si", kf_cert_issuer(cert), (int64_t)CANDIDATES_MAX));
    while (pool->count < KF_CERT_COUNT_MAX) {
        KF_TRY(kf_record_next(&rows, &record, &found));
        if (!found)
            return KF_OK;
        if (!has(pool, record.cert) && kf_cert_signed_by(cert, record.cert))
            KF_TRY(kf_certs_add(pool, record.cert));
    }
    return KF_OK;
}

kf_err kf_store_pool(kf_context *context, kf_cert *cert, kf_certs *ret_pool) {
    KF_AUTO(kf_certs) pool = {0};
    kf_db *db = NULL;
    KF_TRY(kf_store_open(context, &db));
    KF_TRY(kf_certs_add(&pool, cert));
    for (size_t i = 0; i < pool.count; i++)
        KF_TRY(add_issuers(db, pool.items[i], &pool));
    kf_certs_clear(ret_pool);
    *ret_pool = pool;
    pool = (kf_certs){0};
    return KF_OK;
}

static kf_err add_short(json_t *list, const kf_cert *cert) {
    char end[21];
    kf_time_text(kf_cert_not_after(cert), end);
    return kf_json_append(list, json_pack("{s:s, s:s, s:s}", "subject_text", kf_cert_subject(cert),
                                          "fingerprint_sha256", kf_cert_fingerprint(cert),
                                          "not_after", end));
}

static kf_err chain_json(const kf_certs *chain, const char *reason, json_t **ret_json) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    for (size_t i = 0; i < chain->count; i++)
        KF_TRY(add_short(list, chain->items[i]));
    json_t *report = json_pack("{s:s, s:b, s:s?, s:O}", "schema", "keyfob.chain/1", "trusted",
                               reason == NULL, "reason", reason, "chain", list);
    KF_TRY(kf_json_ready(report));
    *ret_json = report;
    return KF_OK;
}

/* What is not trusted is shown with the issuers that were found. */
kf_err kf_store_verify(kf_context *context, kf_cert *cert, json_t **ret_json) {
    KF_AUTO(kf_certs) roots = {0};
    KF_AUTO(kf_certs) pool = {0};
    KF_AUTO(kf_certs) chain = {0};
    struct kf_error_saved saved;
    KF_TRY(kf_store_roots(context, &roots));
    KF_TRY(kf_store_pool(context, cert, &pool));
    kf_err err = kf_chain_build(cert, &pool, &roots, kf_context_now(context), &chain);
    if (err == KF_OK)
        return chain_json(&chain, NULL, ret_json);
    if (err != KF_E_UNTRUSTED)
        return err;
    kf_error_save(&saved);
    KF_TRY(chain_json(&pool, saved.sentence, ret_json));
    kf_error_restore(&saved);
    kf_error_hint("Add what is missing with `keyfob store add FILE`, a root with --fingerprint.");
    return err;
}
