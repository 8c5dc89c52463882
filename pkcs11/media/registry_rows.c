// SPDX-License-Identifier: Apache-2.0
// The rows of the registry. A blob lies there in chunks, so that a part of a large container is
// read, and a change of it written, without the rest. What is read may be anything: the file is the
// user's, and others wrote to it.
#include "media/registry_rows.h"

#include <string.h>

#define CHUNK ((size_t)16 * 1024)

static const char *const schema[] = {
    "CREATE TABLE containers ("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE,"
    " size INTEGER NOT NULL,"  /* bytes of the blob */
    " stamp INTEGER NOT NULL," /* a random number at each write */
    " tries_user INTEGER NOT NULL DEFAULT 0,"
    " tries_so INTEGER NOT NULL DEFAULT 0,"
    " tries_last INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE chunks ("
    " container INTEGER NOT NULL REFERENCES containers ON DELETE CASCADE,"
    " place INTEGER NOT NULL,"
    " data BLOB NOT NULL,"
    " PRIMARY KEY (container, place));",
};

kf_err kf_registry_prepare(kf_db *db) {
    return kf_db_schema(db, "registry", schema, KF_COUNT(schema));
}

static kf_err fail_not_found(const char *name) {
    return kf_fail(KF_E_NOT_FOUND, "there is no container \"%s\" in the registry", name);
}

static kf_err fail_damaged(const char *name) {
    kf_fail(KF_E_INPUT, "the container \"%s\" is damaged in the registry", name);
    kf_error_hint("Restore the registry from a backup, or remove the container.");
    return KF_E_INPUT;
}

/* --- reading --- */

kf_err kf_registry_names(kf_db *db, kf_buf *names) {
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    KF_TRY(kf_rows_open(db, &rows,
                        "SELECT name FROM containers WHERE typeof(name) = 'text' LIMIT ?", "i",
                        (int64_t)KF_MEDIUM_MAX));
    KF_TRY(kf_rows_next(&rows, &found));
    while (found) {
        const char *name = kf_rows_text(&rows, 0);
        if (name && kf_medium_name_check(name) == KF_OK)
            KF_TRY(kf_buf_add(names, name, strlen(name) + 1));
        KF_TRY(kf_rows_next(&rows, &found));
    }
    return KF_OK;
}

/* Opens the row of a container with the columns that `sql` names. */
static kf_err find_row(kf_db *db, const char *name, const char *sql, kf_rows *ret_rows) {
    bool found = false;
    KF_TRY(kf_rows_open(db, ret_rows, sql, "s", name));
    KF_TRY(kf_rows_next(ret_rows, &found));
    return found ? KF_OK : fail_not_found(name);
}

kf_err kf_registry_stamp(kf_db *db, const char *name, struct kf_stamp *ret_stamp) {
    KF_AUTO(kf_rows) rows = {0};
    KF_TRY(find_row(db, name, "SELECT id, stamp, size FROM containers WHERE name = ?", &rows));
    *ret_stamp = (struct kf_stamp){.a = (uint64_t)kf_rows_int(&rows, 0),
                                   .b = (uint64_t)kf_rows_int(&rows, 1),
                                   .c = (uint64_t)kf_rows_int(&rows, 2)};
    return KF_OK;
}

/* A part of a blob, as it is put together from chunks in their order. */
struct part {
    const char *name;
    uint64_t offset, end; /* as asked for; `end` is cut at the end of the blob */
    kf_buf bytes;
};

/* Of the present row: size, place, data; the last two NULL when there is no chunk in the range. */
static kf_err add_chunk(kf_rows *rows, struct part *part) {
    int64_t size = kf_rows_int(rows, 0), place = kf_rows_int(rows, 1);
    if (size < 0 || (uint64_t)size > KF_BLOB_MAX)
        return fail_damaged(part->name);
    part->end = part->end < (uint64_t)size ? part->end : (uint64_t)size;
    uint64_t want = part->offset + part->bytes.len, from = (uint64_t)place * CHUNK;
    if (want >= part->end)
        return KF_OK;
    uint64_t expected = from >= (uint64_t)size          ? 0
                        : (uint64_t)size - from < CHUNK ? (uint64_t)size - from
                                                        : CHUNK;
    size_t len = 0;
    const uint8_t *data = kf_rows_blob(rows, 2, &len);
    if (!data || len != expected || want < from || want - from >= len)
        return fail_damaged(part->name);
    size_t last = part->end - from < len ? (size_t)(part->end - from) : len;
    return kf_buf_add(&part->bytes, data + (want - from), last - (size_t)(want - from));
}

/* One statement, and so one state of the container. */
static kf_err read_part(kf_db *db, struct part *part) {
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    KF_TRY(kf_rows_open(db, &rows,
                        "SELECT size, place, data FROM containers LEFT JOIN chunks"
                        " ON container = id AND place BETWEEN ?2 AND ?3 WHERE name = ?1"
                        " ORDER BY place",
                        "sii", part->name, (int64_t)(part->offset / CHUNK),
                        (int64_t)(part->end / CHUNK)));
    KF_TRY(kf_rows_next(&rows, &found));
    if (!found)
        return fail_not_found(part->name);
    while (found) {
        KF_TRY(add_chunk(&rows, part));
        KF_TRY(kf_rows_next(&rows, &found));
    }
    if (part->offset + part->bytes.len < part->end)
        return fail_damaged(part->name);
    return KF_OK;
}

kf_err kf_registry_read(kf_db *db, const char *name, uint64_t offset, size_t len,
                        kf_buf *ret_bytes) {
    uint64_t from = offset < KF_BLOB_MAX ? offset : KF_BLOB_MAX;
    uint64_t most = KF_BLOB_MAX - from;
    struct part part = {.name = name,
                        .offset = from,
                        .end = from + (len < most ? len : most),
                        .bytes = {.max = KF_BLOB_MAX}};
    kf_err err = read_part(db, &part);
    if (err == KF_OK)
        kf_buf_move(ret_bytes, &part.bytes);
    kf_buf_clear(&part.bytes);
    return err;
}

/* --- writing --- */

/* Makes the row or stamps it anew. */
static kf_err put_row(kf_db *db, const char *name, size_t len, bool is_new, int64_t *ret_id) {
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    KF_TRY(kf_rows_open(db, &rows, "SELECT id FROM containers WHERE name = ?", "s", name));
    KF_TRY(kf_rows_next(&rows, &found));
    if (found && is_new)
        return kf_fail(KF_E_EXISTS, "there is already a container \"%s\" in the registry", name);
    int64_t id = found ? kf_rows_int(&rows, 0) : 0;
    kf_rows_clear(&rows);
    if (found) {
        KF_TRY(kf_db_run(db, "UPDATE containers SET size = ?, stamp = random() WHERE id = ?", "ii",
                         (int64_t)len, id));
    } else {
        KF_TRY(kf_db_run(db, "INSERT INTO containers (name, size, stamp) VALUES (?, ?, random())",
                         "si", name, (int64_t)len));
        id = kf_db_last_id(db);
    }
    *ret_id = id;
    return KF_OK;
}

/* Chunks that are as they were are not written again. */
static kf_err put_chunks(kf_db *db, int64_t id, const uint8_t *data, size_t len) {
    size_t places = (len + CHUNK - 1) / CHUNK;
    for (size_t i = 0; i < places; i++) {
        size_t part = len - i * CHUNK < CHUNK ? len - i * CHUNK : CHUNK;
        KF_TRY(kf_db_run(db,
                         "INSERT INTO chunks (container, place, data) VALUES (?, ?, ?)"
                         " ON CONFLICT (container, place) DO UPDATE SET data = excluded.data"
                         " WHERE data IS NOT excluded.data",
                         "iib", id, (int64_t)i, (const void *)(data + i * CHUNK), part));
    }
    return kf_db_run(db, "DELETE FROM chunks WHERE container = ? AND place >= ?", "ii", id,
                     (int64_t)places);
}

kf_err kf_registry_put(kf_db *db, const char *name, const void *data, size_t len, bool is_new) {
    int64_t id = 0;
    KF_TRY(put_row(db, name, len, is_new, &id));
    return put_chunks(db, id, data, len);
}

kf_err kf_registry_remove(kf_db *db, const char *name) {
    KF_TRY(kf_db_run(db, "DELETE FROM containers WHERE name = ?", "s", name));
    return kf_db_changes(db) > 0 ? KF_OK : fail_not_found(name);
}

/* --- tries --- */

static uint32_t count_of(int64_t number) {
    return number < 0 ? 0 : number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
}

kf_err kf_registry_tries(kf_db *db, const char *name, struct kf_tries *ret_tries) {
    KF_AUTO(kf_rows) rows = {0};
    KF_TRY(find_row(
        db, name, "SELECT tries_user, tries_so, tries_last FROM containers WHERE name = ?", &rows));
    *ret_tries = (struct kf_tries){.user = count_of(kf_rows_int(&rows, 0)),
                                   .so = count_of(kf_rows_int(&rows, 1)),
                                   .last = kf_rows_int(&rows, 2)};
    return KF_OK;
}

kf_err kf_registry_set_tries(kf_db *db, const char *name, const struct kf_tries *tries) {
    KF_TRY(kf_db_run(db,
                     "UPDATE containers SET tries_user = ?, tries_so = ?, tries_last = ?"
                     " WHERE name = ?",
                     "iiis", (int64_t)tries->user, (int64_t)tries->so, tries->last, name));
    return kf_db_changes(db) > 0 ? KF_OK : fail_not_found(name);
}
