// SPDX-License-Identifier: Apache-2.0
// What the lab CA's operator does: list, approve, reject.
#include "ca/labca.h"

#include <jansson.h>
#include <keyfob/renew.h>
#include <string.h>

#include "base/text.h"
#include "x509/json.h"

/* A request whose signature was cut off still waits, for those outside. */
static const char *const titles[] = {
    [KF_LABCA_WAITING] = "waiting",   [KF_LABCA_SIGNING] = "waiting", [KF_LABCA_ISSUED] = "issued",
    [KF_LABCA_REJECTED] = "rejected", [KF_LABCA_REVOKED] = "revoked",
};

static kf_err set_time(json_t *object, const char *key, int64_t time) {
    char text[21];
    if (time == 0)
        return KF_OK;
    kf_time_text(time, text);
    return kf_json_set(object, key, json_string(text));
}

static kf_err set_details(json_t *object, const kf_labca_row *row) {
    KF_AUTO(kf_buf) serial = {0};
    KF_TRY(set_time(object, "created_at", row->created));
    if (row->cert.len) {
        KF_TRY(kf_hex(&serial, row->serial.data, row->serial.len, 0));
        KF_TRY(kf_json_set(object, "serial", json_string(kf_buf_str(&serial))));
        KF_TRY(set_time(object, "not_before", row->not_before));
        KF_TRY(set_time(object, "not_after", row->not_after));
    }
    if (row->reason)
        KF_TRY(kf_json_set(object, "reason", json_string(row->reason)));
    if (row->state != KF_LABCA_REVOKED)
        return KF_OK;
    KF_TRY(set_time(object, "revoked_at", row->revoked_at));
    return kf_json_set(object, "revoked_reason",
                       json_string(kf_revocation_reason_name((int)row->revoked_reason)));
}

static kf_err row_json(const kf_labca *ca, const kf_labca_row *row, json_t **ret_object) {
    KF_AUTO_PTR(json_t)
    object =
        json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:s}", "schema", "keyfob.ca-request/1", "ca",
                  ca->name, "id", (json_int_t)row->id, "state", titles[row->state], "client_id",
                  row->client_id, "profile", row->profile, "subject_text", row->subject);
    KF_TRY(kf_json_ready(object));
    KF_TRY(set_details(object, row));
    *ret_object = KF_MOVE(object);
    return KF_OK;
}

kf_err kf_labca_list(kf_context *context, const char *name, json_t **ret_json) {
    KF_AUTO_PTR(kf_labca) ca = NULL;
    KF_AUTO(kf_rows) rows = {0};
    KF_AUTO(kf_labca_row) row = {0};
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    KF_TRY(kf_labca_open(context, name, NULL, &ca));
    KF_TRY(kf_labca_rows_open(ca, &rows));
    for (bool found = true;;) {
        json_t *object = NULL;
        KF_TRY(kf_labca_rows_next(&rows, &row, &found));
        if (!found)
            break;
        KF_TRY(row_json(ca, &row, &object));
        KF_TRY(kf_json_append(list, object));
    }
    /* Before `ca`, whose database the rows need, is closed. */
    kf_rows_clear(&rows);
    *ret_json = KF_MOVE(list);
    return KF_OK;
}

/* --- decisions --- */

static kf_err find(kf_labca *ca, int64_t id, kf_labca_row *row) {
    struct kf_labca_key_value key = {.by = KF_LABCA_BY_ID, .id = id};
    kf_err err = kf_labca_row_find(ca, &key, row);
    if (err == KF_E_NOT_FOUND)
        return kf_fail(KF_E_NOT_FOUND, "the lab CA \"%s\" has no request %lld", ca->name,
                       (long long)id);
    return err;
}

static kf_err fail_decided(const kf_labca *ca, const kf_labca_row *row) {
    kf_fail(KF_E_STATE, "request %lld of the lab CA \"%s\" is %s already", (long long)row->id,
            ca->name, titles[row->state]);
    kf_error_hint("Look at it with `keyfob ca list`.");
    return KF_E_STATE;
}

/* The profile may have changed since the request came, so it is examined again. */
static kf_err decide(kf_labca *ca, kf_labca_row *row) {
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_AUTO_PTR(kf_profile) profile = NULL;
    KF_TRY(kf_csr_read(row->csr.data, row->csr.len, &csr));
    KF_TRY(kf_labca_examine(ca, csr, row->profile, &profile));
    KF_TRY(kf_labca_decide(ca, row, profile));
    return kf_labca_row_update(ca, row, KF_LABCA_WAITING);
}

kf_err kf_labca_approve(kf_context *context, const struct kf_ca_signer *signer, const char *name,
                        int64_t id) {
    KF_AUTO_PTR(kf_labca) ca = NULL;
    KF_AUTO(kf_lock) lock = {0};
    KF_AUTO(kf_labca_row) row = {0};
    KF_TRY(kf_labca_open(context, name, signer, &ca));
    KF_TRY(kf_labca_lock(ca, &lock));
    KF_TRY(find(ca, id, &row));
    if (row.state == KF_LABCA_WAITING)
        KF_TRY(decide(ca, &row));
    return row.state == KF_LABCA_SIGNING ? kf_labca_sign(ca, &row) : fail_decided(ca, &row);
}

kf_err kf_labca_reject(kf_context *context, const char *name, int64_t id, const char *reason) {
    KF_AUTO_PTR(kf_labca) ca = NULL;
    KF_AUTO(kf_lock) lock = {0};
    KF_AUTO(kf_labca_row) row = {0};
    KF_TRY(kf_labca_open(context, name, NULL, &ca));
    KF_TRY(kf_labca_lock(ca, &lock));
    KF_TRY(find(ca, id, &row));
    enum kf_labca_state from = row.state;
    /* A certificate whose signing was cut off has left nobody's hands. */
    if (from != KF_LABCA_WAITING && from != KF_LABCA_SIGNING)
        return fail_decided(ca, &row);
    row.state = KF_LABCA_REJECTED;
    row.reason = strdup(reason && *reason ? reason : "rejected by the operator");
    if (!row.reason)
        return kf_fail(KF_E_MEMORY, "out of memory");
    return kf_labca_row_update(ca, &row, from);
}
