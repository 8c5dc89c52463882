// SPDX-License-Identifier: Apache-2.0
// Connections and fork(). SQLite keeps by process and file which locks it holds; the child of a
// fork inherits that knowledge but not the locks. A connection that it opens then believes itself
// locked, others take the write-ahead log away under it, and what it commits is lost. So the first
// thing that a child does is to make SQLite forget what was inherited: the connections are closed
// without a checkpoint, which, as they are idle, releases memory and descriptors and touches
// neither the log nor the parent's locks (those belong to the parent's process).
#include "base/sqlite.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

static struct {
    pthread_mutex_t mutex;
    _Atomic pid_t locks; /* the process that the mutex works for */
    pid_t opened;        /* the one that opened what is in the list */
    kf_db *first;
} connections = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* The child of a fork has one thread; the mutex may be held by one that it does not have. The first
 * process may have many threads already, and its mutex is good as it is. */
static void enter(void) {
    pid_t nobody = 0;
    atomic_compare_exchange_strong(&connections.locks, &nobody, getpid());
    if (connections.locks != getpid()) {
        pthread_mutex_init(&connections.mutex, NULL);
        connections.locks = getpid();
    }
    pthread_mutex_lock(&connections.mutex);
}

static bool is_busy(sqlite3 *sqlite) {
    sqlite3_stmt *at = NULL;
    while ((at = sqlite3_next_stmt(sqlite, at)))
        if (sqlite3_stmt_busy(at))
            return true;
    return !sqlite3_get_autocommit(sqlite);
}

/* False when the fork came in the middle of its use: then it cannot be put in order. */
static bool leave(kf_db *db) {
    if (!db->sqlite)
        return true;
    sqlite3_mutex *mutex = sqlite3_db_mutex(db->sqlite);
    if (sqlite3_mutex_try(mutex) != SQLITE_OK)
        return false;
    bool busy = is_busy(db->sqlite);
    sqlite3_mutex_leave(mutex);
    if (busy)
        return false;
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return kf_db_disconnect(db);
}

/* What cannot be left stays in the list. */
static kf_err leave_inherited(void) {
    if (connections.opened == getpid())
        return KF_OK;
    for (; connections.first; connections.first = connections.first->next)
        if (!leave(connections.first))
            return kf_fail(KF_E_STATE, "this process was forked while \"%s\" was in use",
                           connections.first->path);
    connections.opened = getpid();
    return KF_OK;
}

kf_err kf_db_note(kf_db *db) {
    enter();
    kf_err err = leave_inherited();
    if (err == KF_OK) {
        db->next = connections.first;
        connections.first = db;
    }
    pthread_mutex_unlock(&connections.mutex);
    return err;
}

bool kf_db_forget(kf_db *db) {
    enter();
    leave_inherited();
    bool is_ours = connections.opened == getpid();
    for (kf_db **at = &connections.first; *at && is_ours; at = &(*at)->next)
        if (*at == db) {
            *at = db->next;
            break;
        }
    pthread_mutex_unlock(&connections.mutex);
    return is_ours || !db->sqlite;
}
