// SPDX-License-Identifier: Apache-2.0
// Changes: SQLite says whether anybody committed something, stamps say what it was.
#include <keyfob/changes.h>

#include <string.h>

#include "base/text.h"
#include "ca/connection.h"
#include "enroll/journal_row.h"
#include "store/store.h"

#define SLACK     2 /* seconds: when a row was stamped, and when it was committed */
#define SEEN_MAX  1000
#define NAMED_MAX 1000 /* connections */

static const char *const schema[] = {
    "CREATE INDEX requests_updated ON requests (updated, seq);"
    "CREATE INDEX certificates_stamp ON certificates"
    " (superseded_by, revoked_at, revocation_at, key_uri);",
};

struct seen_request {
    int64_t number, seq;
};

struct seen_connection {
    char *name;
    uint64_t stamp;
    bool there;
};

struct kf_changes {
    kf_context *context;
    kf_db *db;
    int64_t version; /* SQLite's: grows when another connection commits */
    int64_t looked_at;
    struct seen_request requests[SEEN_MAX]; /* those that were changed just before, by number */
    size_t request_count;
    struct seen_connection *connections;
    size_t connection_count;
    int64_t certificates[6];
};

typedef void tell_fn(void *arg, const struct kf_change *change);
static void tell_nobody(void *arg, const struct kf_change *change) {
    (void)arg;
    (void)change;
}

/* --- requests: what was written since, other than in the form already seen --- */

static bool is_seen(const kf_changes *changes, const struct seen_request *row) {
    for (size_t i = 0; i < changes->request_count; i++)
        if (changes->requests[i].number == row->number)
            return changes->requests[i].seq == row->seq;
    return false;
}

static void tell_request(int64_t number, tell_fn *tell, void *arg) {
    char id[32];
    snprintf(id, sizeof id, "r-%lld", (long long)number);
    tell(arg, &(struct kf_change){.what = KF_CHANGED_REQUEST, .name = id});
}

/* A clock that was turned back makes the window begin where it stands now. */
static kf_err read_requests(kf_changes *changes, int64_t now, struct seen_request *ret_rows,
                            size_t *ret_count) {
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    int64_t since = changes->looked_at && changes->looked_at < now ? changes->looked_at : now;
    KF_TRY(kf_rows_open(changes->db, &rows,
                        "SELECT number, seq FROM requests WHERE updated >= ? LIMIT ?", "ii",
                        since - SLACK, (int64_t)SEEN_MAX + 1));
    *ret_count = 0;
    for (;;) {
        KF_TRY(kf_rows_next(&rows, &found));
        if (!found)
            return KF_OK;
        if (*ret_count < SEEN_MAX)
            ret_rows[*ret_count] = (struct seen_request){.number = kf_rows_int(&rows, 0),
                                                         .seq = kf_rows_int(&rows, 1)};
        ++*ret_count;
    }
}

static kf_err look_at_requests(kf_changes *changes, tell_fn *tell, void *arg) {
    struct seen_request rows[SEEN_MAX];
    size_t count = 0;
    int64_t now = kf_context_now(changes->context);
    KF_TRY(read_requests(changes, now, rows, &count));
    bool much = count > SEEN_MAX;
    if (much)
        tell(arg, &(struct kf_change){.what = KF_CHANGED_MUCH});
    for (size_t i = 0; !much && i < count; i++)
        if (!is_seen(changes, &rows[i]))
            tell_request(rows[i].number, tell, arg);
    changes->request_count = much ? 0 : count;
    memcpy(changes->requests, rows, changes->request_count * sizeof *rows);
    changes->looked_at = now;
    return KF_OK;
}

/* --- connections: there are few, each is looked at whole --- */

static uint64_t add_to_stamp(uint64_t stamp, const char *text) {
    for (const char *at = text ? text : ""; *at; at++)
        stamp = (stamp ^ (uint8_t)*at) * 1099511628211ULL; /* FNV-1a */
    return (stamp ^ 0xff) * 1099511628211ULL;
}

static kf_err note_connection(kf_changes *changes, const char *name, uint64_t stamp,
                              bool *ret_changed) {
    for (size_t i = 0; i < changes->connection_count; i++) {
        struct seen_connection *seen = &changes->connections[i];
        if (strcmp(seen->name, name) != 0)
            continue;
        *ret_changed = seen->stamp != stamp;
        seen->stamp = stamp;
        seen->there = true;
        return KF_OK;
    }
    size_t size = (changes->connection_count + 1) * sizeof *changes->connections;
    struct seen_connection *more = realloc(changes->connections, size);
    if (!more)
        return kf_fail(KF_E_MEMORY, "out of memory for the connections");
    changes->connections = more;
    char *copy = strdup(name);
    if (!copy)
        return kf_fail(KF_E_MEMORY, "out of memory for the connections");
    more[changes->connection_count++] =
        (struct seen_connection){.name = copy, .stamp = stamp, .there = true};
    *ret_changed = true;
    return KF_OK;
}

static void tell_connection(const char *name, tell_fn *tell, void *arg) {
    tell(arg, &(struct kf_change){.what = KF_CHANGED_CONNECTION, .name = name});
}

static void tell_removed_connections(kf_changes *changes, tell_fn *tell, void *arg) {
    size_t kept = 0;
    for (size_t i = 0; i < changes->connection_count; i++) {
        struct seen_connection *seen = &changes->connections[i];
        if (seen->there) {
            changes->connections[kept++] = *seen;
            continue;
        }
        tell_connection(seen->name, tell, arg);
        free(seen->name);
    }
    changes->connection_count = kept;
}

static kf_err look_at_connections(kf_changes *changes, tell_fn *tell, void *arg) {
    KF_AUTO(kf_rows) rows = {0};
    bool found = false, changed = false;
    for (size_t i = 0; i < changes->connection_count; i++)
        changes->connections[i].there = false;
    KF_TRY(kf_rows_open(changes->db, &rows,
                        "SELECT name, id, connector, settings, standing, account, standing_text,"
                        " checked_at, reached_at, problem,"
                        " (SELECT group_concat(fingerprint) FROM anchors WHERE connection = id)"
                        " FROM connections LIMIT ?",
                        "i", (int64_t)NAMED_MAX));
    for (;;) {
        KF_TRY(kf_rows_next(&rows, &found));
        if (!found)
            break;
        uint64_t stamp = 14695981039346656037ULL;
        for (int column = 1; column <= 10; column++)
            stamp = add_to_stamp(stamp, kf_rows_text(&rows, column));
        KF_TRY(note_connection(changes, kf_rows_text(&rows, 0), stamp, &changed));
        if (changed)
            tell_connection(kf_rows_text(&rows, 0), tell, arg);
    }
    tell_removed_connections(changes, tell, arg);
    return KF_OK;
}

/* --- certificates: sums over an index --- */

static kf_err look_at_certificates(kf_changes *changes, tell_fn *tell, void *arg) {
    KF_AUTO(kf_rows) rows = {0};
    bool found = false, changed = false;
    KF_TRY(kf_rows_open(changes->db, &rows,
                        "SELECT count(*), total(id), total(superseded_by), total(revoked_at),"
                        " total(revocation_at), total(length(key_uri)) FROM certificates",
                        NULL));
    KF_TRY(kf_rows_next(&rows, &found));
    for (int i = 0; found && i < (int)KF_COUNT(changes->certificates); i++) {
        int64_t sum = kf_rows_int(&rows, i);
        changed |= sum != changes->certificates[i];
        changes->certificates[i] = sum;
    }
    if (changed)
        tell(arg, &(struct kf_change){.what = KF_CHANGED_CERTIFICATES});
    return KF_OK;
}

/* --- all of them --- */

static kf_err read_version(kf_changes *changes, int64_t *ret_version) {
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    KF_TRY(kf_rows_open(changes->db, &rows, "PRAGMA data_version", NULL));
    KF_TRY(kf_rows_next(&rows, &found));
    *ret_version = kf_rows_int(&rows, 0);
    return KF_OK;
}

kf_err kf_changes_look(kf_changes *changes, tell_fn *tell, void *arg) {
    int64_t version = 0;
    KF_TRY(read_version(changes, &version));
    if (version == changes->version)
        return KF_OK;
    KF_TRY(look_at_requests(changes, tell, arg));
    KF_TRY(look_at_connections(changes, tell, arg));
    KF_TRY(look_at_certificates(changes, tell, arg));
    changes->version = version;
    return KF_OK;
}

static kf_err open_all(kf_changes *changes) {
    KF_TRY(kf_journal_open(changes->context, &changes->db));
    KF_TRY(kf_connection_db(changes->context, &changes->db));
    KF_TRY(kf_store_prepare(changes->context));
    KF_TRY(kf_db_schema(changes->db, "changes", schema, KF_COUNT(schema)));
    return kf_changes_look(changes, tell_nobody, NULL);
}

void kf_changes_free(kf_changes *changes) {
    if (!changes)
        return;
    for (size_t i = 0; i < changes->connection_count; i++)
        free(changes->connections[i].name);
    free(changes->connections);
    free(changes);
}

kf_err kf_changes_open(kf_context *context, kf_changes **ret_changes) {
    kf_changes *changes = calloc(1, sizeof *changes);
    if (!changes)
        return kf_fail(KF_E_MEMORY, "out of memory for the changes");
    changes->context = context;
    changes->version = -1;
    kf_err err = open_all(changes);
    if (err != KF_OK) {
        kf_changes_free(changes);
        return err;
    }
    *ret_changes = changes;
    return KF_OK;
}
