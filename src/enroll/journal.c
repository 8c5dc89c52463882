// SPDX-License-Identifier: Apache-2.0
// The journal: one row a request in the database, changed only by compare-and-swap, with its
// history.
#include "enroll/journal.h"

#include <string.h>

#include "base/text.h"
#include "enroll/journal_row.h"

/* Whose turn it is, as kf_next_json() says it of the first line: "action" is this person's. */
#define TURN                                                                                       \
    "CASE WHEN key_left THEN 'action'"                                                             \
    " WHEN state IN ('done', 'rejected', 'failed', 'withdrawn') THEN 'done'"                       \
    " WHEN state = 'waiting' AND answer IS NULL AND NOT coalesce(login, 0)"                        \
    "  AND coalesce(ca_who, 'ca') <> 'you' THEN 'pending'"                                         \
    " WHEN state = 'written' AND problem IS NOT NULL AND NOT coalesce(login, 0) THEN 'pending'"    \
    " WHEN state = 'quarantined' AND revocation IS NOT NULL THEN 'pending'"                        \
    " ELSE 'action' END"

/* What a request is found by. */
#define NAMES                                                                                      \
    "CASE WHEN json_valid(order_json) THEN coalesce(json_extract(order_json, '$.subject'), '')"    \
    " || replace(replace(coalesce(json_extract(order_json, '$.sans'), ''),"                        \
    "  '\"kind\":', ' '), '\"value\":', ' ') ELSE '' END"
#define WORDS                                                                                      \
    NAMES                                                                                          \
        " || ' ' || connection || ' ' || coalesce(profile, '') || ' ' || coalesce(container, '')"  \
        " || ' ' || coalesce(token_label, '') || ' ' || coalesce(token_serial, '')"                \
        " || ' ' || coalesce(ticket, '') || ' ' || coalesce(cert_id, '')"

static const char *const schema[] = {
    "CREATE TABLE requests ("
    " number INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL, seq INTEGER NOT NULL,"
    " created INTEGER NOT NULL, updated INTEGER NOT NULL, who TEXT, connection TEXT NOT NULL,"
    " client_id TEXT NOT NULL UNIQUE, profile TEXT, profile_hash TEXT, order_json TEXT NOT NULL,"
    " token_uri TEXT, token_label TEXT, token_serial TEXT, container TEXT, cka_id BLOB,"
    " keys_before TEXT, spki BLOB, csr BLOB, key_uri TEXT, attempt INTEGER, sent_at INTEGER,"
    " sent_hash TEXT, not_accepted INTEGER, ticket TEXT, checked_at INTEGER, next_poll INTEGER,"
    " polls INTEGER, ca_text TEXT, ca_who TEXT, problem TEXT, answer BLOB, answer_hash TEXT,"
    " chain BLOB, reason TEXT, cert_id TEXT, key_left INTEGER);"
    "CREATE TABLE history (id INTEGER PRIMARY KEY, request INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " at INTEGER NOT NULL, who TEXT, from_state TEXT, to_state TEXT, note TEXT);"
    "CREATE INDEX history_request ON history (request);"
    "CREATE TRIGGER history_is_kept BEFORE DELETE ON history"
    " BEGIN SELECT RAISE(ABORT, 'history is never deleted'); END;"
    "CREATE TRIGGER history_is_final BEFORE UPDATE ON history"
    " BEGIN SELECT RAISE(ABORT, 'history is never changed'); END;"
    /* REPLACE deletes without a DELETE */
    "CREATE TRIGGER history_is_added_to BEFORE INSERT ON history"
    " WHEN EXISTS (SELECT 1 FROM history WHERE id = NEW.id)"
    " BEGIN SELECT RAISE(ABORT, 'history is never replaced'); END;",
    /* What can still go on; src/ca reads it before it lets a connection go. */
    "CREATE VIEW open_requests AS SELECT * FROM requests"
    " WHERE state NOT IN ('done', 'rejected', 'failed', 'withdrawn');",
    /* Renewals, revocations, and what connectors and people are remembered by. */
    "ALTER TABLE requests ADD COLUMN memo TEXT;"
    "ALTER TABLE requests ADD COLUMN ca_since INTEGER;"
    "ALTER TABLE requests ADD COLUMN login INTEGER;"
    "ALTER TABLE requests ADD COLUMN renews TEXT;"
    "ALTER TABLE requests ADD COLUMN old_cert BLOB;"
    "ALTER TABLE requests ADD COLUMN old_ticket TEXT;"
    "ALTER TABLE requests ADD COLUMN reissue INTEGER;"
    "ALTER TABLE requests ADD COLUMN same_key INTEGER;"
    "ALTER TABLE requests ADD COLUMN told INTEGER;"
    "ALTER TABLE requests ADD COLUMN revoked_at INTEGER;"
    "ALTER TABLE requests ADD COLUMN revoked_reason INTEGER;"
    "ALTER TABLE requests ADD COLUMN revocation TEXT;"
    /* A certificate is renewed by one request at a time. */
    "CREATE UNIQUE INDEX requests_renews ON requests (renews)"
    " WHERE state NOT IN ('done', 'rejected', 'failed', 'withdrawn');",
    /* Lists are read from a narrow table: the rows themselves hold requests and certificates. */
    "CREATE TABLE request_list ("
    " number INTEGER PRIMARY KEY, turn TEXT NOT NULL, words TEXT NOT NULL);"
    "CREATE INDEX request_list_turn ON request_list (turn, number);"
    "CREATE VIEW request_lines AS SELECT number, " TURN " AS turn, " WORDS " AS words"
    " FROM requests;"
    "INSERT INTO request_list SELECT number, turn, words FROM request_lines;"
    "CREATE TRIGGER request_is_listed AFTER INSERT ON requests BEGIN"
    " INSERT INTO request_list SELECT number, turn, words FROM request_lines"
    "  WHERE number = NEW.number; END;"
    "CREATE TRIGGER request_is_listed_anew AFTER UPDATE ON requests BEGIN"
    " UPDATE request_list SET (turn, words) = (SELECT turn, words FROM request_lines"
    "  WHERE number = NEW.number) WHERE number = NEW.number; END;",
};

kf_err kf_journal_open(kf_context *context, kf_db **ret_db) {
    KF_TRY(kf_context_db(context, ret_db));
    return kf_db_schema(*ret_db, "journal", schema, KF_COUNT(schema));
}

/* --- writing --- */

static kf_err begin_in(kf_context *context, kf_db *db, kf_request *request) {
    kf_err err = kf_row_insert(db, request);
    if (err == KF_E_EXISTS && request->renews)
        return kf_fail(KF_E_STATE, "another request renews the certificate \"%s\" already",
                       request->renews);
    KF_TRY(err);
    return kf_history_add(context, db, request, NULL, kf_request_state_name(request->state),
                          "recorded");
}

kf_err kf_journal_begin(kf_context *context, kf_request *request) {
    return kf_journal_begin_with(context, request, &(struct kf_journal_also){0});
}

kf_err kf_journal_begin_with(kf_context *context, kf_request *request,
                             const struct kf_journal_also *also) {
    kf_db *db = NULL;
    KF_TRY(kf_journal_open(context, &db));
    request->created = request->updated = kf_context_now(context);
    request->seq = 1;
    KF_TRY(kf_db_begin(db));
    kf_err err = begin_in(context, db, request);
    if (err == KF_OK && also->write)
        err = also->write(also->arg, db, request->number);
    err = kf_db_end(db, err);
    if (err != KF_OK)
        request->number = 0;
    return err;
}

kf_err kf_journal_move_in(kf_context *context, kf_request *request, enum kf_request_state to,
                          const char *note) {
    kf_db *db = NULL;
    KF_TRY(kf_journal_open(context, &db));
    if (!kf_move_allowed(request->state, to))
        return kf_fail(KF_E_STATE, "request r-%lld cannot go from \"%s\" to \"%s\"",
                       (long long)request->number, kf_request_state_name(request->state),
                       kf_request_state_name(to));
    int64_t now = kf_context_now(context);
    KF_TRY(kf_row_update(db, request, to, now));
    KF_TRY(kf_history_add(context, db, request, kf_request_state_name(request->state),
                          kf_request_state_name(to), note));
    request->state = to;
    request->seq++;
    request->updated = now;
    return KF_OK;
}

kf_err kf_journal_move(kf_context *context, kf_request *request, enum kf_request_state to,
                       const char *note) {
    kf_db *db = NULL;
    KF_TRY(kf_journal_open(context, &db));
    enum kf_request_state before = request->state;
    int64_t seq = request->seq;
    KF_TRY(kf_db_begin(db));
    kf_err err = kf_db_end(db, kf_journal_move_in(context, request, to, note));
    if (err != KF_OK) {
        request->state = before;
        request->seq = seq;
    }
    return err;
}

kf_err kf_journal_save(kf_context *context, kf_request *request) {
    kf_db *db = NULL;
    KF_TRY(kf_journal_open(context, &db));
    int64_t now = kf_context_now(context);
    KF_TRY(kf_row_update(db, request, request->state, now));
    request->seq++;
    request->updated = now;
    return KF_OK;
}

/* Only when to ask next, which is nobody's promise: so whoever is asking just now is not disturbed
 * by a new `seq`, and may overwrite it. */
kf_err kf_journal_signed_in(kf_context *context, const char *connection) {
    kf_db *db = NULL;
    KF_TRY(kf_journal_open(context, &db));
    return kf_db_run(db,
                     "UPDATE requests SET login = 0, problem = NULL, next_poll = ?"
                     " WHERE connection = ? AND login = 1",
                     "is", kf_context_now(context), connection);
}

/* --- reading --- */

kf_err kf_journal_load(kf_context *context, const char *id, kf_request *ret_request) {
    int64_t number = 0;
    const char *digits = kf_str_starts(id, "r-") ? id + 2 : id;
    if (kf_parse_number(digits, "the request", 1, INT64_MAX, &number) != KF_OK)
        return kf_fail(KF_E_NOT_FOUND, "\"%s\" is not the id of a request, such as \"r-1\"", id);
    kf_db *db = NULL;
    KF_TRY(kf_journal_open(context, &db));
    return kf_row_select(db, number, ret_request);
}

kf_err kf_journal_knows_key(kf_context *context, const uint8_t *spki, size_t len, int64_t except,
                            bool *ret_known) {
    kf_db *db = NULL;
    KF_AUTO(kf_rows) rows = {0};
    KF_TRY(kf_journal_open(context, &db));
    KF_TRY(kf_rows_open(db, &rows, "SELECT 1 FROM requests WHERE spki = ? AND number <> ?", "bi",
                        spki, len, except));
    return kf_rows_next(&rows, ret_known);
}

kf_err kf_journal_knows_id(kf_context *context, const uint8_t *id, size_t len, int64_t except,
                           bool *ret_known) {
    kf_db *db = NULL;
    KF_AUTO(kf_rows) rows = {0};
    KF_TRY(kf_journal_open(context, &db));
    KF_TRY(kf_rows_open(db, &rows, "SELECT 1 FROM requests WHERE cka_id = ? AND number <> ?", "bi",
                        id, len, except));
    return kf_rows_next(&rows, ret_known);
}

kf_err kf_journal_knows_label(kf_context *context, const char *token_uri, const char *label,
                              bool *ret_known) {
    kf_db *db = NULL;
    KF_AUTO(kf_rows) rows = {0};
    KF_TRY(kf_journal_open(context, &db));
    KF_TRY(kf_rows_open(db, &rows,
                        "SELECT 1 FROM open_requests WHERE token_uri = ? AND container = ?", "ss",
                        token_uri, label));
    return kf_rows_next(&rows, ret_known);
}

kf_err kf_journal_renewing(kf_context *context, const char *certificate,
                           char ret_id[static KF_REQUEST_ID_MAX]) {
    kf_db *db = NULL;
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    KF_TRY(kf_journal_open(context, &db));
    KF_TRY(kf_rows_open(db, &rows, "SELECT number FROM open_requests WHERE renews = ?", "s",
                        certificate));
    KF_TRY(kf_rows_next(&rows, &found));
    ret_id[0] = '\0';
    if (found)
        snprintf(ret_id, KF_REQUEST_ID_MAX, "r-%lld", (long long)kf_rows_int(&rows, 0));
    return KF_OK;
}

static kf_err read_numbers(kf_rows *rows, int64_t **ret_numbers, size_t *ret_count) {
    KF_AUTO_FREE int64_t *numbers = NULL;
    size_t count = 0, room = 0;
    bool found = false;
    while (true) {
        KF_TRY(kf_rows_next(rows, &found));
        if (!found)
            break;
        if (count == room) {
            room = room ? 2 * room : 64;
            int64_t *more = realloc(numbers, room * sizeof *more);
            if (!more)
                return kf_fail(KF_E_MEMORY, "out of memory");
            numbers = more;
        }
        numbers[count++] = kf_rows_int(rows, 0);
    }
    *ret_numbers = KF_MOVE(numbers);
    *ret_count = count;
    return KF_OK;
}

kf_err kf_journal_numbers(kf_context *context, enum kf_journal_which which, int64_t **ret_numbers,
                          size_t *ret_count) {
    static const char *const sql[] = {
        [KF_JOURNAL_ALL] = "SELECT number FROM requests ORDER BY number DESC",
        [KF_JOURNAL_OPEN] = "SELECT number FROM open_requests UNION"
                            " SELECT number FROM requests WHERE key_left = 1 ORDER BY number",
    };
    kf_db *db = NULL;
    KF_AUTO(kf_rows) rows = {0};
    KF_TRY(kf_journal_open(context, &db));
    KF_TRY(kf_rows_open(db, &rows, sql[which], NULL));
    return read_numbers(&rows, ret_numbers, ret_count);
}

kf_err kf_journal_lock(kf_context *context, const kf_request *request, kf_lock *ret_lock) {
    KF_AUTO_FREE char *folder = NULL;
    KF_TRY(kf_context_data_path(context, "locks", &folder));
    KF_TRY(kf_dir_make(folder));
    KF_AUTO_FREE char *path = kf_str("%s/r-%lld", folder, (long long)request->number);
    if (!path)
        return kf_fail(KF_E_MEMORY, "out of memory");
    kf_err err = kf_lock_take(path, ret_lock);
    if (err == KF_E_BUSY)
        return kf_fail(KF_E_BUSY, "another keyfob process is working on request r-%lld",
                       (long long)request->number);
    return err;
}
