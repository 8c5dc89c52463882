// SPDX-License-Identifier: Apache-2.0
// Fuzz target: a registry whose rows hold anything, of any type, in tables without rules. Listing,
// reading and changing them never crashes, and never gives more than was asked for.
//
// Input: for each value a byte that names its type, then the value: 0 NULL, 1 an integer of eight
// bytes, 2 text and 3 a blob and 4 a real number, each after a byte with their length; 5 a blob of
// sixteen times that length. Seven values are the container, every three more a chunk of it.
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/db.h"
#include "base/text.h"
#include "media/medium.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The disk need not keep any of it. */
__attribute__((visibility("default"))) int fsync(int fd) {
    return 0;
}
__attribute__((visibility("default"))) int fdatasync(int fd) {
    return 0;
}

enum { COLUMNS_MAX = 7, CHUNKS_MAX = 8, BLOB_MAX = 16 * 255 };

struct input {
    const uint8_t *data;
    size_t len;
};

static size_t take(struct input *input, void *ret_bytes, size_t len) {
    size_t got = len < input->len ? len : input->len;
    memcpy(ret_bytes, input->data, got);
    input->data += got;
    input->len -= got;
    return got;
}

static uint8_t take_byte(struct input *input) {
    uint8_t byte = 0;
    take(input, &byte, 1);
    return byte;
}

/* `bytes` has room for BLOB_MAX and a NUL, and outlives the value. */
static struct kf_value take_value(struct input *input, uint8_t *bytes, bool *ret_real) {
    uint8_t type = take_byte(input) % 6;
    struct kf_value value = {.type = type == 2 || type == 4 ? 's' : 'b'};
    *ret_real = type == 4;
    if (type == 1) {
        value.type = 'i';
        take(input, &value.number, sizeof value.number);
    } else if (type > 1) {
        size_t len = (size_t)take_byte(input) * (type == 5 ? 16 : 1);
        memset(bytes, 'x', len + 1);
        take(input, bytes, len < 255 ? len : 255);
        bytes[len] = '\0';
        value.data = bytes;
        value.len = len;
    }
    return value;
}

static void put_row(kf_db *db, struct input *input, const char *table, size_t columns) {
    static uint8_t bytes[COLUMNS_MAX][BLOB_MAX + 1];
    struct kf_value values[COLUMNS_MAX];
    KF_AUTO(kf_buf) sql = {0};
    kf_err err = kf_buf_printf(&sql, "INSERT INTO %s VALUES (", table);
    for (size_t i = 0; i < columns; i++) {
        bool is_real = false;
        values[i] = take_value(input, bytes[i], &is_real);
        err = err == KF_OK
                  ? kf_buf_printf(&sql, "%s%s", i ? ", " : "", is_real ? "CAST(? AS REAL)" : "?")
                  : err;
    }
    if (err != KF_OK || kf_buf_add_str(&sql, ")") != KF_OK ||
        kf_db_run_values(db, kf_buf_str(&sql), values, columns) != KF_OK)
        abort();
}

/* Tables of the right names that the registry takes for its own. */
static kf_db *open_database(const char *path) {
    static const char *const statements[] = {
        "CREATE TABLE kf_rooms (room TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID",
        "INSERT INTO kf_rooms VALUES ('registry', 1)",
        "CREATE TABLE containers (id, name, size, stamp, tries_user, tries_so, tries_last)",
        "CREATE TABLE chunks (container, place, data)"};
    kf_db *db = NULL;
    if (kf_db_open(path, &db) != KF_OK)
        abort();
    for (size_t i = 0; i < KF_COUNT(statements); i++)
        if (kf_db_run(db, statements[i], NULL) != KF_OK)
            abort();
    return db;
}

static struct {
    char folder[64];
    char path[96];
    kf_db *db;
    kf_medium *medium;
} fixed;

static void remove_files(void) {
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    kf_medium_free(fixed.medium);
    kf_db_close(fixed.db);
    for (size_t i = 0; i < KF_COUNT(suffixes); i++) {
        KF_AUTO_FREE char *file = kf_str("%s%s", fixed.path, suffixes[i]);
        if (file)
            unlink(file);
    }
    rmdir(fixed.folder);
}

static void begin(void) {
    snprintf(fixed.folder, sizeof fixed.folder, "/tmp/keyfob-fuzz.XXXXXX");
    if (!mkdtemp(fixed.folder))
        abort();
    snprintf(fixed.path, sizeof fixed.path, "%s/registry.db", fixed.folder);
    fixed.db = open_database(fixed.path);
    if (kf_registry_medium_new(fixed.path, &fixed.medium) != KF_OK)
        abort();
    atexit(remove_files);
}

static void read_parts(kf_medium *medium, const char *name) {
    static const struct {
        uint64_t offset;
        size_t len;
    } parts[] = {{0, 0}, {0, 100}, {7, 9}, {16380, 8}, {1, SIZE_MAX}, {UINT64_MAX, 5}};
    for (size_t i = 0; i < KF_COUNT(parts); i++) {
        KF_AUTO(kf_buf) bytes = {0};
        if (kf_medium_read(medium, name, parts[i].offset, parts[i].len, &bytes) == KF_OK &&
            (bytes.len > parts[i].len || bytes.len > KF_BLOB_MAX))
            abort();
    }
}

static bool use(void *arg, const char *name) {
    struct kf_stamp stamp;
    struct kf_tries tries = {0};
    if (kf_medium_name_check(name) != KF_OK)
        abort();
    read_parts(fixed.medium, name);
    kf_medium_stamp(fixed.medium, name, &stamp);
    kf_medium_tries(fixed.medium, name, &tries);
    kf_medium_set_tries(fixed.medium, name, &tries);
    kf_medium_write(fixed.medium, name, "x", 1, false);
    kf_medium_remove(fixed.medium, name);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct input input = {data, size};
    if (!fixed.db)
        begin();
    if (kf_db_run(fixed.db, "DELETE FROM containers", NULL) != KF_OK ||
        kf_db_run(fixed.db, "DELETE FROM chunks", NULL) != KF_OK)
        abort();
    put_row(fixed.db, &input, "containers", 7);
    for (int i = 0; i < CHUNKS_MAX && input.len; i++)
        put_row(fixed.db, &input, "chunks", 3);
    kf_medium_list(fixed.medium, use, NULL);
    use(NULL, "a");
    return 0;
}
