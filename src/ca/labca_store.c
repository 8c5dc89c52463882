// SPDX-License-Identifier: Apache-2.0
// The lab CA's database: the CA itself and its requests.
#include "ca/labca.h"

#include <string.h>

#include "base/text.h"

/* One row a request. A key is certified once: every row that was not rejected holds its key. */
static const char *const schema[] = {
    "CREATE TABLE authority (one INTEGER PRIMARY KEY CHECK (one = 1), created INTEGER NOT NULL,"
    " key_uri TEXT, profiles TEXT, approval INTEGER NOT NULL, root BLOB NOT NULL,"
    " crl_number INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE requests (id INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL,"
    " client_id TEXT NOT NULL UNIQUE, profile TEXT NOT NULL, subject TEXT NOT NULL,"
    " spki_hash BLOB NOT NULL, csr BLOB NOT NULL, serial BLOB UNIQUE, cert BLOB,"
    " not_before INTEGER NOT NULL, not_after INTEGER NOT NULL, reason TEXT,"
    " revoked_at INTEGER NOT NULL, revoked_reason INTEGER NOT NULL, created INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX requests_key ON requests (spki_hash) WHERE state <> 'rejected';"
    "CREATE TRIGGER serial_is_final BEFORE UPDATE OF serial ON requests"
    " WHEN OLD.serial IS NOT NULL AND OLD.serial IS NOT NEW.serial"
    " BEGIN SELECT RAISE(ABORT, 'a serial number is never changed'); END;",
    /* The same key again only as the renewal of a certificate, and of each only once. */
    "ALTER TABLE requests ADD COLUMN renews INTEGER REFERENCES requests (id);"
    "DROP INDEX requests_key;"
    "CREATE UNIQUE INDEX requests_key ON requests (spki_hash)"
    " WHERE state <> 'rejected' AND renews IS NULL;"
    "CREATE UNIQUE INDEX requests_renews ON requests (renews) WHERE state <> 'rejected';"
    "CREATE INDEX requests_any_key ON requests (spki_hash);",
};

static const char *const states[] = {
    [KF_LABCA_WAITING] = "waiting",   [KF_LABCA_SIGNING] = "signing", [KF_LABCA_ISSUED] = "issued",
    [KF_LABCA_REJECTED] = "rejected", [KF_LABCA_REVOKED] = "revoked",
};

#define COLUMNS                                                                                    \
    "SELECT id, state, client_id, profile, subject, spki_hash, csr, serial, cert, not_before,"     \
    " not_after, reason, revoked_at, revoked_reason, created, renews FROM requests "

kf_err kf_labca_store_open(const char *dir, kf_db **ret_db) {
    KF_AUTO_FREE char *path = kf_str("%s/ca.db", dir);
    kf_db *db = NULL;
    if (!path)
        return kf_fail(KF_E_MEMORY, "out of memory");
    KF_TRY(kf_db_open(path, &db));
    kf_err err = kf_db_schema(db, "labca", schema, KF_COUNT(schema));
    if (err != KF_OK) {
        kf_db_close(db);
        return err;
    }
    *ret_db = db;
    return KF_OK;
}

static kf_err copy_text(kf_rows *rows, int column, char **ret_text) {
    const char *text = kf_rows_text(rows, column);
    *ret_text = text ? strdup(text) : NULL;
    return text && !*ret_text ? kf_fail(KF_E_MEMORY, "out of memory") : KF_OK;
}

static kf_err copy_blob(kf_rows *rows, int column, kf_buf *ret_bytes) {
    size_t len = 0;
    const uint8_t *data = kf_rows_blob(rows, column, &len);
    if (!data)
        return KF_OK; /* NULL stays NULL: two empty serials would not be unique */
    return kf_buf_set(ret_bytes, data, len);
}

/* --- the CA itself --- */

kf_err kf_labca_store_load(kf_labca *ca) {
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    size_t len = 0;
    KF_TRY(kf_rows_open(ca->db, &rows, "SELECT key_uri, profiles, approval, root FROM authority",
                        NULL));
    KF_TRY(kf_rows_next(&rows, &found));
    if (!found)
        return kf_fail(KF_E_NOT_FOUND, "the lab CA \"%s\" was not finished", ca->name);
    KF_TRY(copy_text(&rows, 0, &ca->key_uri));
    KF_TRY(copy_text(&rows, 1, &ca->profiles));
    ca->approval = kf_rows_int(&rows, 2) != 0;
    const uint8_t *root = kf_rows_blob(&rows, 3, &len);
    if (kf_cert_parse(root, len, &ca->root) != KF_OK)
        return kf_fail_in(KF_E_DATABASE, "the root of the lab CA \"%s\" is damaged", ca->name);
    return KF_OK;
}

kf_err kf_labca_store_init(kf_labca *ca) {
    size_t len = 0;
    const uint8_t *root = kf_cert_der(ca->root, &len);
    return kf_db_run(ca->db,
                     "INSERT INTO authority (one, created, key_uri, profiles, approval, root)"
                     " VALUES (1, ?, ?, ?, ?, ?)",
                     "issib", kf_context_now(ca->context), ca->key_uri, ca->profiles,
                     (int64_t)ca->approval, root, len);
}

kf_err kf_labca_next_crl(kf_labca *ca, int64_t *ret_number) {
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    KF_TRY(kf_db_run(ca->db, "UPDATE authority SET crl_number = crl_number + 1", NULL));
    KF_TRY(kf_rows_open(ca->db, &rows, "SELECT crl_number FROM authority", NULL));
    KF_TRY(kf_rows_next(&rows, &found));
    *ret_number = kf_rows_int(&rows, 0);
    return KF_OK;
}

/* --- requests --- */

void kf_labca_row_clear(kf_labca_row *row) {
    if (!row)
        return;
    free(row->client_id);
    free(row->profile);
    free(row->subject);
    free(row->reason);
    kf_buf_clear(&row->spki_hash);
    kf_buf_clear(&row->csr);
    kf_buf_clear(&row->serial);
    kf_buf_clear(&row->cert);
    *row = (kf_labca_row){0};
}

static kf_err read_state(const char *text, enum kf_labca_state *ret_state) {
    for (size_t i = 0; i < KF_COUNT(states); i++) {
        if (kf_str_equal(states[i], text)) {
            *ret_state = (enum kf_labca_state)i;
            return KF_OK;
        }
    }
    return kf_fail(KF_E_DATABASE, "a request of the lab CA has the unknown state \"%s\"", text);
}

static kf_err read_row(kf_rows *rows, kf_labca_row *row) {
    row->id = kf_rows_int(rows, 0);
    KF_TRY(read_state(kf_rows_text(rows, 1), &row->state));
    KF_TRY(copy_text(rows, 2, &row->client_id));
    KF_TRY(copy_text(rows, 3, &row->profile));
    KF_TRY(copy_text(rows, 4, &row->subject));
    KF_TRY(copy_blob(rows, 5, &row->spki_hash));
    KF_TRY(copy_blob(rows, 6, &row->csr));
    KF_TRY(copy_blob(rows, 7, &row->serial));
    KF_TRY(copy_blob(rows, 8, &row->cert));
    row->not_before = kf_rows_int(rows, 9);
    row->not_after = kf_rows_int(rows, 10);
    KF_TRY(copy_text(rows, 11, &row->reason));
    row->revoked_at = kf_rows_int(rows, 12);
    row->revoked_reason = kf_rows_int(rows, 13);
    row->created = kf_rows_int(rows, 14);
    row->renews = kf_rows_int(rows, 15);
    return KF_OK;
}

kf_err kf_labca_rows_open(kf_labca *ca, kf_rows *ret_rows) {
    return kf_rows_open(ca->db, ret_rows, COLUMNS "ORDER BY id", NULL);
}

kf_err kf_labca_rows_next(kf_rows *rows, kf_labca_row *row, bool *ret_found) {
    kf_labca_row_clear(row);
    KF_TRY(kf_rows_next(rows, ret_found));
    return *ret_found ? read_row(rows, row) : KF_OK;
}

static kf_err open_by(kf_labca *ca, const struct kf_labca_key_value *key, kf_rows *rows) {
    if (key->by == KF_LABCA_BY_ID)
        return kf_rows_open(ca->db, rows, COLUMNS "WHERE id = ?", "i", key->id);
    if (key->by == KF_LABCA_BY_CLIENT)
        return kf_rows_open(ca->db, rows, COLUMNS "WHERE client_id = ?", "s", key->client_id);
    if (key->by == KF_LABCA_BY_RENEWS)
        return kf_rows_open(ca->db, rows, COLUMNS "WHERE renews = ? AND state <> 'rejected'", "i",
                            key->id);
    return kf_rows_open(ca->db, rows,
                        key->by == KF_LABCA_BY_KEY ? COLUMNS
                            "WHERE spki_hash = ? AND state <> 'rejected' ORDER BY id DESC"
                                                   : COLUMNS "WHERE serial = ?",
                        "b", key->bytes->data, key->bytes->len);
}

kf_err kf_labca_row_find(kf_labca *ca, const struct kf_labca_key_value *key,
                         kf_labca_row *ret_row) {
    KF_AUTO(kf_rows) rows = {0};
    KF_AUTO(kf_labca_row) row = {0};
    bool found = false;
    KF_TRY(open_by(ca, key, &rows));
    KF_TRY(kf_labca_rows_next(&rows, &row, &found));
    if (!found)
        return kf_fail(KF_E_NOT_FOUND, "the lab CA \"%s\" has no such request", ca->name);
    kf_labca_row_clear(ret_row);
    *ret_row = row;
    row = (kf_labca_row){0};
    return KF_OK;
}

kf_err kf_labca_row_insert(kf_labca *ca, kf_labca_row *row) {
    KF_TRY(kf_db_run(ca->db,
                     "INSERT INTO requests (state, client_id, profile, subject, spki_hash, csr,"
                     " serial, not_before, not_after, revoked_at, revoked_reason, created, renews)"
                     " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, nullif(?, 0))",
                     "ssssbbbiiii", states[row->state], row->client_id, row->profile, row->subject,
                     row->spki_hash.data, row->spki_hash.len, row->csr.data, row->csr.len,
                     row->serial.data, row->serial.len, row->not_before, row->not_after,
                     row->created, row->renews));
    row->id = kf_db_last_id(ca->db);
    return KF_OK;
}

kf_err kf_labca_row_update(kf_labca *ca, const kf_labca_row *row, enum kf_labca_state from) {
    KF_TRY(kf_db_run(ca->db,
                     "UPDATE requests SET state = ?, serial = ?, cert = ?, not_before = ?,"
                     " not_after = ?, reason = ?, revoked_at = ?, revoked_reason = ?"
                     " WHERE id = ? AND state = ?",
                     "sbbiisiiis", states[row->state], row->serial.data, row->serial.len,
                     row->cert.data, row->cert.len, row->not_before, row->not_after, row->reason,
                     row->revoked_at, row->revoked_reason, row->id, states[from]));
    if (kf_db_changes(ca->db) != 1)
        return kf_fail(KF_E_BUSY, "request %lld of the lab CA was changed by another process",
                       (long long)row->id);
    return KF_OK;
}

kf_err kf_labca_count(kf_labca *ca, int64_t *ret_issued, int64_t *ret_waiting) {
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    KF_TRY(kf_rows_open(ca->db, &rows,
                        "SELECT ifnull(sum(state IN ('issued', 'revoked')), 0),"
                        " ifnull(sum(state IN ('waiting', 'signing')), 0) FROM requests",
                        NULL));
    KF_TRY(kf_rows_next(&rows, &found));
    *ret_issued = kf_rows_int(&rows, 0);
    *ret_waiting = kf_rows_int(&rows, 1);
    return KF_OK;
}
