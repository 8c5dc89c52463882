// SPDX-License-Identifier: Apache-2.0
// The registry medium: containers as rows of one SQLite file. A blob lies there in chunks, so that
// a part of a large container is read, and a change of it written, without the rest.
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "media/folder.h"
#include "media/lockfile.h"
#include "media/registry_rows.h"

struct registry {
    kf_medium medium;
    pthread_mutex_t mutex; /* for all below */
    _Atomic pid_t owner;   /* of the connection */
    kf_db *db;             /* NULL: not connected */
    dev_t device;          /* the file that it is connected to */
    ino_t inode;
};

/* --- the connection --- */

static void disconnect(struct registry *registry) {
    kf_db_close(registry->db);
    registry->db = NULL;
}

/* After a fork the mutex may be held by a thread that the child does not have, and the connection
 * is the parent's: kf_db_close() knows what to do with such a one. */
static struct registry *registry_enter(kf_medium *medium) {
    struct registry *registry = (struct registry *)medium;
    bool is_inherited = registry->owner != getpid();
    if (is_inherited) {
        pthread_mutex_init(&registry->mutex, NULL);
        registry->owner = getpid();
    }
    pthread_mutex_lock(&registry->mutex);
    if (is_inherited)
        disconnect(registry);
    return registry;
}

static void registry_leave(struct registry **registry) {
    pthread_mutex_unlock(&(*registry)->mutex);
}
#define INSIDE __attribute__((cleanup(registry_leave)))

static kf_err make_folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return KF_OK;
    KF_AUTO_FREE char *folder = strndup(path, (size_t)(slash - path));
    return folder ? kf_dir_make(folder) : kf_fail(KF_E_MEMORY, "out of memory");
}

static kf_err connect_new(struct registry *registry) {
    const char *path = registry->medium.place;
    struct stat st;
    KF_TRY(kf_db_open(path, &registry->db));
    kf_err err = kf_registry_prepare(registry->db);
    if (err == KF_OK && stat(path, &st) != 0)
        err = kf_fail_errno(errno, "opening the registry", path);
    if (err != KF_OK) {
        disconnect(registry);
        return err;
    }
    registry->device = st.st_dev;
    registry->inode = st.st_ino;
    return KF_OK;
}

/* Connected to the file that has the name now: what is written to one that was removed or replaced
 * would be lost. `make` makes a missing one; else it is KF_E_NOT_FOUND. */
static kf_err connect_to(struct registry *registry, bool make) {
    const char *path = registry->medium.place;
    struct stat st;
    bool is_there = stat(path, &st) == 0;
    if (!is_there && errno != ENOENT && errno != ENOTDIR)
        return kf_fail_errno(errno, "opening the registry", path);
    if (registry->db &&
        (!is_there || st.st_dev != registry->device || st.st_ino != registry->inode))
        disconnect(registry);
    if (!is_there && !make)
        return kf_fail(KF_E_NOT_FOUND, "there is no registry \"%s\" yet", path);
    if (!is_there)
        KF_TRY(make_folder_of(path));
    return registry->db ? KF_OK : connect_new(registry);
}

/* --- presence --- */

/* It is made when it is wanted. */
static bool registry_is_present(kf_medium *medium) {
    return true;
}

/* SQLite writes beside its file, too. */
static bool registry_is_writable(kf_medium *medium) {
    const char *slash = strrchr(medium->place, '/');
    KF_AUTO_FREE char *folder =
        slash ? strndup(medium->place, (size_t)(slash - medium->place)) : strdup(".");
    bool is_closed = kf_file_exists(medium->place) && access(medium->place, W_OK) != 0;
    return folder && !is_closed && kf_folder_can_make(folder);
}

/* --- list --- */

static kf_err collect_names(struct registry *registry, kf_buf *names) {
    kf_err err = connect_to(registry, false);
    if (err == KF_E_NOT_FOUND)
        return KF_OK;
    KF_TRY(err);
    return kf_registry_names(registry->db, names);
}

/* From a copy of the names, as `each` may well ask for more. */
static kf_err registry_list(kf_medium *medium, bool (*each)(void *arg, const char *name),
                            void *arg) {
    KF_AUTO(kf_buf) names = {0};
    {
        INSIDE struct registry *registry = registry_enter(medium);
        KF_TRY(collect_names(registry, &names));
    }
    for (size_t at = 0; at < names.len; at += strlen((char *)names.data + at) + 1)
        if (!each(arg, (char *)names.data + at))
            break;
    return KF_OK;
}

/* --- blobs --- */

static kf_err registry_stamp(kf_medium *medium, const char *name, struct kf_stamp *ret_stamp) {
    INSIDE struct registry *registry = registry_enter(medium);
    struct kf_stamp stamp = {0};
    kf_err err = connect_to(registry, false);
    if (err == KF_OK)
        err = kf_registry_stamp(registry->db, name, &stamp);
    if (err != KF_OK && err != KF_E_NOT_FOUND)
        return err;
    *ret_stamp = stamp;
    return KF_OK;
}

static kf_err registry_read(kf_medium *medium, const char *name, uint64_t offset, size_t len,
                            kf_buf *ret_bytes) {
    INSIDE struct registry *registry = registry_enter(medium);
    KF_TRY(connect_to(registry, false));
    return kf_registry_read(registry->db, name, offset, len, ret_bytes);
}

/* Rolled back it is not changed at all, and the error is kept. */
static kf_err roll_back(struct registry *registry, kf_err err) {
    struct kf_error_saved saved;
    kf_error_save(&saved);
    kf_db_rollback(registry->db);
    kf_error_restore(&saved);
    return err;
}

static kf_err registry_write(kf_medium *medium, const char *name, const void *data, size_t len,
                             bool is_new) {
    INSIDE struct registry *registry = registry_enter(medium);
    KF_TRY(connect_to(registry, true));
    KF_TRY(kf_db_begin(registry->db));
    kf_err err = kf_registry_put(registry->db, name, data, len, is_new);
    return err == KF_OK ? kf_db_commit(registry->db) : roll_back(registry, err);
}

static kf_err registry_remove(kf_medium *medium, const char *name) {
    INSIDE struct registry *registry = registry_enter(medium);
    KF_TRY(connect_to(registry, false));
    return kf_registry_remove(registry->db, name);
}

/* --- tries --- */

static kf_err registry_tries(kf_medium *medium, const char *name, struct kf_tries *ret_tries) {
    INSIDE struct registry *registry = registry_enter(medium);
    KF_TRY(connect_to(registry, false));
    return kf_registry_tries(registry->db, name, ret_tries);
}

static kf_err registry_set_tries(kf_medium *medium, const char *name,
                                 const struct kf_tries *tries) {
    INSIDE struct registry *registry = registry_enter(medium);
    KF_TRY(connect_to(registry, false));
    return kf_registry_set_tries(registry->db, name, tries);
}

/* --- lock --- */

/* Not a transaction: it is held while a password is tried, and others may read and write other
 * containers meanwhile. */
static kf_err registry_lock(kf_medium *medium, const char *name, int wait_ms,
                            kf_medium_lock *ret_lock) {
    KF_AUTO_FREE char *path = kf_str("%s.lock", medium->place);
    int fd = -1;
    if (!path)
        return kf_fail(KF_E_MEMORY, "out of memory");
    KF_TRY(make_folder_of(path));
    KF_TRY(kf_lockfile_take(path, name, wait_ms, &fd));
    *ret_lock = (kf_medium_lock){.medium = medium, .held = medium, .fd = fd};
    return KF_OK;
}

static void registry_unlock(kf_medium_lock *lock) {
    kf_lockfile_drop(lock->fd);
}

/* --- the medium --- */

static void registry_free(kf_medium *medium) {
    {
        INSIDE struct registry *registry = registry_enter(medium);
        disconnect(registry);
    }
    struct registry *registry = (struct registry *)medium;
    pthread_mutex_destroy(&registry->mutex);
    free(registry->medium.place);
    free(registry);
}

static const struct kf_medium_kind registry_kind = {
    .name = "registry",
    .list = registry_list,
    .is_present = registry_is_present,
    .is_writable = registry_is_writable,
    .stamp = registry_stamp,
    .read = registry_read,
    .write = registry_write,
    .remove = registry_remove,
    .tries = registry_tries,
    .set_tries = registry_set_tries,
    .lock = registry_lock,
    .unlock = registry_unlock,
    .free = registry_free,
};

kf_err kf_registry_medium_new(const char *path, kf_medium **ret_medium) {
    struct registry *registry = calloc(1, sizeof *registry);
    char *place = strdup(path);
    if (!registry || !place) {
        free(registry);
        free(place);
        return kf_fail(KF_E_MEMORY, "out of memory");
    }
    pthread_mutex_init(&registry->mutex, NULL);
    registry->owner = getpid();
    registry->medium = (kf_medium){.kind = &registry_kind, .place = place};
    *ret_medium = &registry->medium;
    return KF_OK;
}
