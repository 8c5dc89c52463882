// SPDX-License-Identifier: Apache-2.0
// A request as a row of the database: which field is which column, and the statements made from
// that.
#include "enroll/journal_row.h"

#include <string.h>

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
    COLUMN(who, 's', true),
    COLUMN(connection, 's', true),
    COLUMN(client_id, 's', true),
    COLUMN(profile, 's', true),
    COLUMN(profile_hash, 's', true),
    {"order_json", 's', true, offsetof(kf_request, order)},
    COLUMN(token_uri, 's', true),
    COLUMN(token_label, 's', true),
    COLUMN(token_serial, 's', true),
    COLUMN(container, 's', true),
    COLUMN(cka_id, 'b', true),
    COLUMN(keys_before, 's', true),
    COLUMN(renews, 's', true),
    COLUMN(old_cert, 'b', true),
    COLUMN(old_ticket, 's', true),
    COLUMN(reissue, 'i', true),
    COLUMN(same_key, 'i', true),
    COLUMN(memo, 's', false),
    COLUMN(ca_since, 'i', false),
    COLUMN(login, 'i', false),
    COLUMN(told, 'i', false),
    COLUMN(revoked_at, 'i', false),
    COLUMN(revoked_reason, 'i', false),
    COLUMN(revocation, 's', false),
    COLUMN(spki, 'b', false),
    COLUMN(csr, 'b', false),
    COLUMN(key_uri, 's', false),
    COLUMN(attempt, 'i', false),
    COLUMN(sent_at, 'i', false),
    COLUMN(sent_hash, 's', false),
    COLUMN(not_accepted, 'i', false),
    COLUMN(ticket, 's', false),
    COLUMN(checked_at, 'i', false),
    COLUMN(next_poll, 'i', false),
    COLUMN(polls, 'i', false),
    COLUMN(ca_text, 's', false),
    COLUMN(ca_who, 's', false),
    COLUMN(problem, 's', false),
    COLUMN(answer, 'b', false),
    COLUMN(answer_hash, 's', false),
    COLUMN(chain, 'b', false),
    COLUMN(reason, 's', false),
    COLUMN(cert_id, 's', false),
    COLUMN(key_left, 'i', false),
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

static kf_err build_sql(kf_buf *sql, const char *begin, bool with_fixed, const char *each,
                        const char *end) {
    KF_TRY(kf_buf_add_str(sql, begin));
    for (size_t i = 0; i < COLUMNS; i++) {
        if (columns[i].fixed && !with_fixed)
            continue;
        KF_TRY(kf_buf_add_str(sql, ", "));
        KF_TRY(kf_buf_add_str(sql, columns[i].name));
        KF_TRY(kf_buf_add_str(sql, each));
    }
    return kf_buf_add_str(sql, end);
}

kf_err kf_row_insert(kf_db *db, kf_request *request) {
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

kf_err kf_row_update(kf_db *db, const kf_request *request, enum kf_request_state to, int64_t now) {
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

kf_err kf_row_select(kf_db *db, int64_t number, kf_request *ret_request) {
    KF_AUTO(kf_buf) sql = {0};
    KF_AUTO(kf_rows) rows = {0};
    KF_AUTO(kf_request) request = {0};
    bool found = false;
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
