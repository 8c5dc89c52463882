// SPDX-License-Identifier: Apache-2.0
// The journal: one row a request in the database, changed only by compare-and-swap, with its
// history.
#include "enroll/journal.h"

#include <jansson.h>
#include <pwd.h>
#include <string.h>

#include "base/text.h"

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
    "CREATE INDEX requests_state ON requests (state);"
    "CREATE INDEX history_request ON history (request);"
    "CREATE TRIGGER history_is_kept BEFORE DELETE ON history"
    " BEGIN SELECT RAISE(ABORT, 'history is never deleted'); END;"
    "CREATE TRIGGER history_is_final BEFORE UPDATE ON history"
    " BEGIN SELECT RAISE(ABORT, 'history is never changed'); END;"
    /* REPLACE deletes without a DELETE */
    "CREATE TRIGGER history_is_added_to BEFORE INSERT ON history"
    " WHEN EXISTS (SELECT 1 FROM history WHERE id = NEW.id)"
    " BEGIN SELECT RAISE(ABORT, 'history is never replaced'); END;",
};

/* The row's columns besides number, state, seq, created and updated, which have code of their own.
 */
static const struct column {
    const char *name;
    char type; /* as in struct kf_value */
    bool fixed;
    size_t offset;
} columns[] = {
#define COLUMN(field, type, fixed)                                                                 \
    { #field, type, fixed, offsetof(kf_request, field) }
    COLUMN(who, 's', true),           COLUMN(connection, 's', true),
    COLUMN(client_id, 's', true),     COLUMN(profile, 's', true),
    COLUMN(profile_hash, 's', true),  {"order_json", 's', true, offsetof(kf_request, order)},
    COLUMN(token_uri, 's', true),     COLUMN(token_label, 's', true),
    COLUMN(token_serial, 's', true),  COLUMN(container, 's', true),
    COLUMN(cka_id, 'b', true),        COLUMN(keys_before, 's', true),
    COLUMN(spki, 'b', false),         COLUMN(csr, 'b', false),
    COLUMN(key_uri, 's', false),      COLUMN(attempt, 'i', false),
    COLUMN(sent_at, 'i', false),      COLUMN(sent_hash, 's', false),
    COLUMN(not_accepted, 'i', false), COLUMN(ticket, 's', false),
    COLUMN(checked_at, 'i', false),   COLUMN(next_poll, 'i', false),
    COLUMN(polls, 'i', false),        COLUMN(ca_text, 's', false),
    COLUMN(ca_who, 's', false),       COLUMN(problem, 's', false),
    COLUMN(answer, 'b', false),       COLUMN(answer_hash, 's', false),
    COLUMN(chain, 'b', false),        COLUMN(reason, 's', false),
    COLUMN(cert_id, 's', false),      COLUMN(key_left, 'i', false),
#undef COLUMN
};
enum { COLUMNS = KF_COUNT(columns) };

static void *field(const struct column *column, const kf_request *request) {
    return (char *)(uintptr_t)request + column->offset;
}

void kf_request_clear(kf_request *request) {
    for (size_t i = 0; i < COLUMNS; i++) {
        if (columns[i].type == 's')
            free(*(char **)field(&columns[i], request));
        else if (columns[i].type == 'b')
            kf_buf_clear(field(&columns[i], request));
    }
    *request = (kf_request){0};
}

void kf_request_id(const kf_request *request, char ret_id[static KF_REQUEST_ID_MAX]) {
    snprintf(ret_id, KF_REQUEST_ID_MAX, "r-%lld", (long long)request->number);
}

static kf_err open_journal(kf_context *context, kf_db **ret_db) {
    KF_TRY(kf_context_db(context, ret_db));
    return kf_db_schema(*ret_db, "journal", schema, KF_COUNT(schema));
}

static struct kf_value value_of(const struct column *column, const kf_request *request) {
    struct kf_value value = {.type = column->type};
    if (column->type == 's') {
        value.data = *(char **)field(column, request);
    } else if (column->type == 'i') {
        value.number = *(int64_t *)field(column, request);
    } else {
        const kf_buf *bytes = field(column, request);
        value.data = bytes->len > 0 ? bytes->data : NULL;
        value.len = bytes->len;
    }
    return value;
}

static kf_err take_column(kf_rows *rows, int place, const struct column *column,
                          kf_request *request) {
    if (column->type == 'i') {
        *(int64_t *)field(column, request) = kf_rows_int(rows, place);
    } else if (kf_rows_is_null(rows, place)) {
        return KF_OK;
    } else if (column->type == 's') {
        char *copy = strdup(kf_rows_text(rows, place));
        if (!copy)
            return kf_fail(KF_E_MEMORY, "out of memory");
        *(char **)field(column, request) = copy;
    } else {
        size_t len = 0;
        const uint8_t *data = kf_rows_blob(rows, place, &len);
        return kf_buf_set(field(column, request), data, len);
    }
    return KF_OK;
}

/* --- history --- */

const char *kf_journal_user(void) {
    static _Thread_local char name[64];
    struct passwd entry, *found = NULL;
    char space[1024];
    if (getpwuid_r(getuid(), &entry, space, sizeof space, &found) == 0 && found)
        snprintf(name, sizeof name, "%s", found->pw_name);
    else
        snprintf(name, sizeof name, "uid %u", (unsigned)getuid());
    return name;
}

static kf_err add_history(kf_context *context, kf_db *db, const kf_request *request,
                          const char *from, const char *to, const char *note) {
    return kf_db_run(db,
                     "INSERT INTO history (request, seq, at, who, from_state, to_state, note)"
                     " VALUES (?, ?, ?, ?, ?, ?, ?)",
                     "iiissss", request->number, request->seq, kf_context_now(context),
                     kf_journal_user(), from, to, note);
}

kf_err kf_journal_note(kf_context *context, const kf_request *request, const char *note) {
    kf_db *db = NULL;
    KF_TRY(open_journal(context, &db));
    const char *state = kf_request_state_name(request->state);
    return add_history(context, db, request, state, state, note);
}

kf_err kf_journal_history(kf_context *context, const kf_request *request, json_t **ret_items) {
    kf_db *db = NULL;
    KF_AUTO(kf_rows) rows = {0};
    KF_TRY(open_journal(context, &db));
    KF_TRY(kf_rows_open(db, &rows,
                        "SELECT at, who, from_state, to_state, note FROM history"
                        " WHERE request = ? ORDER BY id",
                        "i", request->number));
    json_t *items = json_array();
    bool found = false;
    kf_err err = KF_OK;
    while ((err = kf_rows_next(&rows, &found)) == KF_OK && found) {
        char at[21];
        kf_time_text(kf_rows_int(&rows, 0), at);
        json_array_append_new(items, json_pack("{s:s s:s? s:s? s:s? s:s?}", "at", at, "who",
                                               kf_rows_text(&rows, 1), "from",
                                               kf_rows_text(&rows, 2), "to", kf_rows_text(&rows, 3),
                                               "note", kf_rows_text(&rows, 4)));
    }
    if (err != KF_OK) {
        json_decref(items);
        return err;
    }
    *ret_items = items;
    return KF_OK;
}

/* --- writing --- */

static kf_err build_sql(kf_buf *sql, const char *begin, bool with_fixed, const char *each,
                        const char *end) {
    KF_TRY(kf_buf_add_str(sql, begin));
    for (size_t i = 0; i < COLUMNS; i++) {
        if (with_fixed || !columns[i].fixed)
            KF_TRY(kf_buf_printf(sql, ", %s%s", columns[i].name, each));
    }
    return kf_buf_add_str(sql, end);
}

static kf_err insert_row(kf_db *db, kf_request *request) {
    KF_AUTO(kf_buf) sql = {0};
    KF_TRY(build_sql(&sql, "INSERT INTO requests (state, seq, created, updated", true, "",
                     ") VALUES (?, ?, ?, ?"));
    for (size_t i = 0; i < COLUMNS; i++)
        KF_TRY(kf_buf_add_str(&sql, ", ?"));
    KF_TRY(kf_buf_add_str(&sql, ")"));
    struct kf_value values[4 + COLUMNS] = {
        {.type = 's', .data = kf_request_state_name(request->state)},
        {.type = 'i', .number = request->seq},
        {.type = 'i', .number = request->created},
        {.type = 'i', .number = request->updated},
    };
    for (size_t i = 0; i < COLUMNS; i++)
        values[4 + i] = value_of(&columns[i], request);
    KF_TRY(kf_db_run_values(db, kf_buf_str(&sql), values, KF_COUNT(values)));
    request->number = kf_db_last_id(db);
    return KF_OK;
}

static kf_err begin_in(kf_context *context, kf_db *db, kf_request *request) {
    KF_TRY(insert_row(db, request));
    return add_history(context, db, request, NULL, kf_request_state_name(request->state),
                       "recorded");
}

kf_err kf_journal_begin(kf_context *context, kf_request *request) {
    kf_db *db = NULL;
    KF_TRY(open_journal(context, &db));
    request->created = request->updated = kf_context_now(context);
    request->seq = 1;
    KF_TRY(kf_db_begin(db));
    kf_err err = begin_in(context, db, request);
    if (err == KF_OK)
        err = kf_db_commit(db);
    else
        kf_db_rollback(db);
    if (err != KF_OK)
        request->number = 0;
    return err;
}

static kf_err update_row(kf_db *db, const kf_request *request, enum kf_request_state to,
                         int64_t now) {
    KF_AUTO(kf_buf) sql = {0};
    KF_TRY(build_sql(&sql, "UPDATE requests SET state = ?, seq = ?, updated = ?", false, " = ?",
                     " WHERE number = ? AND seq = ?"));
    struct kf_value values[5 + COLUMNS] = {
        {.type = 's', .data = kf_request_state_name(to)},
        {.type = 'i', .number = request->seq + 1},
        {.type = 'i', .number = now},
    };
    size_t n = 3;
    for (size_t i = 0; i < COLUMNS; i++) {
        if (!columns[i].fixed)
            values[n++] = value_of(&columns[i], request);
    }
    values[n++] = (struct kf_value){.type = 'i', .number = request->number};
    values[n++] = (struct kf_value){.type = 'i', .number = request->seq};
    KF_TRY(kf_db_run_values(db, kf_buf_str(&sql), values, n));
    if (kf_db_changes(db) == 1)
        return KF_OK;
    return kf_fail(KF_E_BUSY, "request r-%lld was changed by another process",
                   (long long)request->number);
}

kf_err kf_journal_move_in(kf_context *context, kf_request *request, enum kf_request_state to,
                          const char *note) {
    kf_db *db = NULL;
    KF_TRY(open_journal(context, &db));
    if (!kf_move_allowed(request->state, to))
        return kf_fail(KF_E_STATE, "request r-%lld cannot go from \"%s\" to \"%s\"",
                       (long long)request->number, kf_request_state_name(request->state),
                       kf_request_state_name(to));
    int64_t now = kf_context_now(context);
    KF_TRY(update_row(db, request, to, now));
    KF_TRY(add_history(context, db, request, kf_request_state_name(request->state),
                       kf_request_state_name(to), note));
    request->state = to;
    request->seq++;
    request->updated = now;
    return KF_OK;
}

kf_err kf_journal_move(kf_context *context, kf_request *request, enum kf_request_state to,
                       const char *note) {
    kf_db *db = NULL;
    KF_TRY(open_journal(context, &db));
    enum kf_request_state before = request->state;
    int64_t seq = request->seq;
    KF_TRY(kf_db_begin(db));
    kf_err err = kf_journal_move_in(context, request, to, note);
    if (err == KF_OK)
        err = kf_db_commit(db);
    else
        kf_db_rollback(db);
    if (err != KF_OK) {
        request->state = before;
        request->seq = seq;
    }
    return err;
}

kf_err kf_journal_save(kf_context *context, kf_request *request) {
    kf_db *db = NULL;
    KF_TRY(open_journal(context, &db));
    int64_t now = kf_context_now(context);
    KF_TRY(update_row(db, request, request->state, now));
    request->seq++;
    request->updated = now;
    return KF_OK;
}

/* --- reading --- */

static kf_err take_row(kf_rows *rows, kf_request *request) {
    request->number = kf_rows_int(rows, 0);
    KF_TRY(kf_state_parse(kf_rows_text(rows, 1), &request->state));
    request->seq = kf_rows_int(rows, 2);
    request->created = kf_rows_int(rows, 3);
    request->updated = kf_rows_int(rows, 4);
    for (size_t i = 0; i < COLUMNS; i++)
        KF_TRY(take_column(rows, 5 + (int)i, &columns[i], request));
    return KF_OK;
}

static kf_err load_number(kf_context *context, int64_t number, kf_request *ret_request) {
    kf_db *db = NULL;
    KF_AUTO(kf_buf) sql = {0};
    KF_AUTO(kf_rows) rows = {0};
    KF_AUTO(kf_request) request = {0};
    bool found = false;
    KF_TRY(open_journal(context, &db));
    KF_TRY(build_sql(&sql, "SELECT number, state, seq, created, updated", true, "",
                     " FROM requests WHERE number = ?"));
    KF_TRY(kf_rows_open(db, &rows, kf_buf_str(&sql), "i", number));
    KF_TRY(kf_rows_next(&rows, &found));
    if (!found)
        return kf_fail(KF_E_NOT_FOUND, "there is no request r-%lld", (long long)number);
    KF_TRY(take_row(&rows, &request));
    kf_request_clear(ret_request);
    *ret_request = request;
    request = (kf_request){0};
    return KF_OK;
}

kf_err kf_journal_load(kf_context *context, const char *id, kf_request *ret_request) {
    int64_t number = 0;
    const char *digits = kf_str_starts(id, "r-") ? id + 2 : id;
    if (kf_parse_number(digits, "the request", 1, INT64_MAX, &number) != KF_OK)
        return kf_fail(KF_E_NOT_FOUND, "\"%s\" is not the id of a request, such as \"r-1\"", id);
    return load_number(context, number, ret_request);
}

static bool exists(kf_context *context, const char *sql, const uint8_t *data, size_t len,
                   int64_t except) {
    kf_db *db = NULL;
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    return open_journal(context, &db) == KF_OK &&
           kf_rows_open(db, &rows, sql, "bi", data, len, except) == KF_OK &&
           kf_rows_next(&rows, &found) == KF_OK && found;
}

bool kf_journal_knows_key(kf_context *context, const uint8_t *spki, size_t len, int64_t except) {
    return exists(context, "SELECT 1 FROM requests WHERE spki = ? AND number <> ?", spki, len,
                  except);
}

bool kf_journal_knows_id(kf_context *context, const uint8_t *id, size_t len, int64_t except) {
    return exists(context, "SELECT 1 FROM requests WHERE cka_id = ? AND number <> ?", id, len,
                  except);
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
        [KF_JOURNAL_OPEN] = "SELECT number FROM requests WHERE state NOT IN"
                            " ('done', 'rejected', 'failed', 'withdrawn') OR key_left = 1"
                            " ORDER BY number",
    };
    kf_db *db = NULL;
    KF_AUTO(kf_rows) rows = {0};
    KF_TRY(open_journal(context, &db));
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
