// SPDX-License-Identifier: Apache-2.0
// What is in the store as documents: keyfob.certificate/1 with what only the store knows.
#include <keyfob/renew.h>

#include "base/text.h"
#include "store/records.h"
#include "x509/json.h"

#define DAY     ((int64_t)24 * 60 * 60)
#define SOON    (28 * DAY)
#define FOREVER ((int64_t)1 << 40) /* seconds; every date of a certificate is nearer */

/* RFC 5280 4.1.2.5: both ends belong to the validity. */
static const char *status_of(const kf_record *record, int64_t now) {
    int64_t end = kf_cert_not_after(record->cert);
    const struct {
        bool applies;
        const char *status;
    } cases[] = {
        {record->revoked_at != 0, "revoked"},
        {record->superseded_by != 0, "superseded"},
        {now < kf_cert_not_before(record->cert), "not_yet_valid"},
        {now > end, "expired"},
        {end - now <= SOON, "expires_soon"},
        {true, "valid"},
    };
    size_t i = 0;
    while (!cases[i].applies)
        i++;
    return cases[i].status;
}

/* Whole days, rounded down: 0 is the last day, below 0 the certificate has ended. */
static int64_t days_left(const kf_record *record, int64_t now) {
    int64_t left = kf_cert_not_after(record->cert) - now;
    return left / DAY - (left % DAY < 0);
}

static kf_err set_time(json_t *object, const char *key, int64_t seconds) {
    char text[21];
    kf_time_text(seconds, text);
    return kf_json_set(object, key, seconds ? json_string(text) : json_null());
}

/* Asked for, or done. */
static kf_err set_revocation(json_t *object, const kf_record *record) {
    bool any = record->revoked_at || record->revocation;
    const char *reason = any ? kf_revocation_reason_name(record->revoked_reason) : NULL;
    KF_TRY(set_time(object, "revoked_at", record->revoked_at));
    KF_TRY(kf_json_set(object, "revoked_reason", reason ? json_string(reason) : json_null()));
    if (!record->revocation)
        return KF_OK;
    KF_AUTO_PTR(json_t) asked = json_pack("{s:s}", "text", record->revocation);
    KF_TRY(kf_json_ready(asked));
    KF_TRY(set_time(asked, "asked_at", record->revocation_at));
    return kf_json_set(object, "revocation", KF_MOVE(asked));
}

static kf_err record_json(const kf_record *record, int64_t now, json_t **ret_json) {
    KF_AUTO_PTR(json_t) document = NULL;
    char id[KF_STORE_ID_SIZE], by[KF_STORE_ID_SIZE];
    kf_record_id(record->id, id);
    kf_record_id(record->superseded_by, by);
    KF_TRY(kf_cert_json(record->cert, &document));
    KF_AUTO_PTR(json_t)
    more = json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:s?, s:I}", "id", id, "store",
                     kf_store_kind_name(record->kind), "key_uri", record->key_uri, "request",
                     record->request, "status", status_of(record, now), "superseded_by",
                     record->superseded_by ? by : NULL, "days_left",
                     (json_int_t)days_left(record, now));
    KF_TRY(kf_json_ready(more));
    KF_TRY(set_revocation(more, record));
    if (json_object_update(document, more) != 0)
        return kf_json_ready(NULL);
    *ret_json = KF_MOVE(document);
    return KF_OK;
}

kf_err kf_store_json(kf_context *context, const char *name, json_t **ret_json) {
    KF_AUTO(kf_record) record = {0};
    KF_TRY(kf_record_find(context, name, &record));
    return record_json(&record, kf_context_now(context), ret_json);
}

static kf_err rows_json(kf_rows *rows, int64_t now, json_t **ret_json) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_AUTO(kf_record) record = {0};
    bool found = false;
    KF_TRY(kf_json_ready(list));
    for (;;) {
        json_t *document = NULL;
        KF_TRY(kf_record_next(rows, &record, &found));
        if (!found)
            break;
        KF_TRY(record_json(&record, now, &document));
        KF_TRY(kf_json_append(list, document));
    }
    *ret_json = KF_MOVE(list);
    return KF_OK;
}

kf_err kf_store_list_json(kf_context *context, enum kf_store_kind kind, json_t **ret_json) {
    KF_AUTO(kf_rows) rows = {0};
    kf_db *db = NULL;
    if (!kf_store_kind_name(kind))
        return kf_fail(KF_E_USAGE, "the store has no kind %d", (int)kind);
    KF_TRY(kf_store_open(context, &db));
    KF_TRY(kf_rows_open(db, &rows,
                        "SELECT " KF_RECORD_COLUMNS " FROM certificates WHERE kind = ? ORDER BY id",
                        "s", kf_store_kind_name(kind)));
    return rows_json(&rows, kf_context_now(context), ret_json);
}

kf_err kf_store_needs_renewal(kf_context *context, int64_t seconds, json_t **ret_json) {
    KF_AUTO(kf_rows) rows = {0};
    kf_db *db = NULL;
    int64_t now = kf_context_now(context);
    if (seconds < 0)
        return kf_fail(KF_E_USAGE, "the time before the end is negative");
    KF_TRY(kf_store_open(context, &db));
    KF_TRY(kf_rows_open(db, &rows,
                        "SELECT " KF_RECORD_COLUMNS " FROM certificates WHERE kind = 'personal'"
                        " AND superseded_by IS NULL AND revoked_at IS NULL"
                        " AND not_after <= ? ORDER BY not_after, id",
                        "i", now + (seconds < FOREVER ? seconds : FOREVER)));
    return rows_json(&rows, now, ret_json);
}
