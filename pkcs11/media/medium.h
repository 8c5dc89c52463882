// SPDX-License-Identifier: Apache-2.0
// A medium: a small store of sealed blobs, one blob a container. It knows nothing of what is in
// them. Disk folders, the registry and memory are media; callers go through the doors below.
#pragma once

#include "base/buf.h"

#include <stdint.h>

#define KF_BLOB_MAX      ((size_t)64 * 1024 * 1024) /* bytes of one container */
#define KF_NAME_MAX      64                         /* bytes of a container's name in its medium */
#define KF_LOCK_NAME_MAX (KF_NAME_MAX + 8) /* of a lock: a container's name, maybe with "/login"   \
                                            */
#define KF_MEDIUM_MAX 4096                 /* containers that one medium lists */

typedef struct kf_medium kf_medium;

/* Changes whenever the blob does, cheaply read (a stat, one row). All zero = there is none. */
struct kf_stamp {
    uint64_t a, b, c;
};

/* Wrong PINs in a row, kept beside the blob so that a wrong PIN never rewrites key material. A
 * courtesy: whoever can write the medium can set it back. */
struct kf_tries {
    uint32_t user, so;
    int64_t last; /* seconds since the epoch of the last wrong one; 0 = none */
};

/* An exclusive lock between processes and threads, that dies with its process. */
typedef struct kf_medium_lock {
    const kf_medium *medium;
    void *held; /* NULL = not held, so that `= {0}` is an empty lock */
    int fd;
} kf_medium_lock;

/* What a kind of medium is. All are expected to be safe for many threads, to take `name`s that
 * kf_medium_name_check() lets pass, and to fail with KF_E_NOT_FOUND, KF_E_EXISTS, KF_E_DISK_FULL,
 * KF_E_PERMISSION, KF_E_IO, KF_E_TOKEN_REMOVED (the folder itself is gone), KF_E_TOO_LARGE. */
struct kf_medium_kind {
    const char *name; /* "disk", "registry", "memory" */
    /* Expected to call `each` with the name of every container there, in no order, until it gives
     * false. A medium that is away (stick pulled, no registry yet) lists nothing and is no error.
     */
    kf_err (*list)(kf_medium *medium, bool (*each)(void *arg, const char *name), void *arg);
    /* Expected to tell whether the medium is there and, if so, can be written. */
    bool (*is_present)(kf_medium *medium);
    bool (*is_writable)(kf_medium *medium);
    /* Expected to give zeros, and no error, when there is no such container. */
    kf_err (*stamp)(kf_medium *medium, const char *name, struct kf_stamp *ret_stamp);
    /* Expected to give up to `len` bytes from `offset`; fewer only at the end of the blob. Holds
     * nothing open afterwards, so that a stick can be unmounted. */
    kf_err (*read)(kf_medium *medium, const char *name, uint64_t offset, size_t len,
                   kf_buf *ret_bytes);
    /* Expected to replace the blob durably: old or new after a crash, never a third; on disk before
     * it returns. `is_new` makes an existing one KF_E_EXISTS; without it, a missing one is made.
     * The caller holds the lock: writers that do not may be refused with KF_E_BUSY. */
    kf_err (*write)(kf_medium *medium, const char *name, const void *data, size_t len, bool is_new);
    /* Expected to remove blob, tries and copies kept of them; KF_E_NOT_FOUND. */
    kf_err (*remove)(kf_medium *medium, const char *name);
    /* Tries: none yet is all zero. Expected to be on disk before `set_tries` returns. */
    kf_err (*tries)(kf_medium *medium, const char *name, struct kf_tries *ret_tries);
    kf_err (*set_tries)(kf_medium *medium, const char *name, const struct kf_tries *tries);
    kf_err (*lock)(kf_medium *medium, const char *name, int wait_ms, kf_medium_lock *ret_lock);
    void (*unlock)(kf_medium_lock *lock);
    void (*free)(kf_medium *medium);
};

/* Every medium's struct begins with this. */
struct kf_medium {
    const struct kf_medium_kind *kind;
    char *place; /* what a person is shown: the folder, or the path of registry.db, or "memory" */
};

/* `folder` need not exist yet: it is made (0700) at the first write when `make_folder`, else a
 * medium without its folder is not present. Files are NAME.kfc, NAME.kfc.bak, NAME.tries, and
 * one .keyfob.lock for all. */
kf_err kf_disk_medium_new(const char *folder, bool make_folder, kf_medium **ret_medium);
/* registry.db, made at the first write. A connection that was open in the parent of a fork is never
 * used in the child. */
kf_err kf_registry_medium_new(const char *path, kf_medium **ret_medium);
/* Gone with the process. */
kf_err kf_memory_medium_new(kf_medium **ret_medium);
void kf_medium_free(kf_medium *medium);
KF_DEFINE_AUTO_PTR(kf_medium)

/* 1 to KF_NAME_MAX bytes of UTF-8 that show as they are, no "/", not beginning with ".";
 * KF_E_INPUT. */
kf_err kf_medium_name_check(const char *name);

/* The doors. */
kf_err kf_medium_list(kf_medium *medium, bool (*each)(void *arg, const char *name), void *arg);
bool kf_medium_is_present(kf_medium *medium);
bool kf_medium_is_writable(kf_medium *medium);
kf_err kf_medium_stamp(kf_medium *medium, const char *name, struct kf_stamp *ret_stamp);
kf_err kf_medium_read(kf_medium *medium, const char *name, uint64_t offset, size_t len,
                      kf_buf *ret_bytes);
kf_err kf_medium_write(kf_medium *medium, const char *name, const void *data, size_t len,
                       bool is_new);
kf_err kf_medium_remove(kf_medium *medium, const char *name);
kf_err kf_medium_tries(kf_medium *medium, const char *name, struct kf_tries *ret_tries);
kf_err kf_medium_set_tries(kf_medium *medium, const char *name, const struct kf_tries *tries);
kf_err kf_medium_lock_take(kf_medium *medium, const char *name, int wait_ms,
                           kf_medium_lock *ret_lock);
/* Another lock of the same container, for checking one PIN after the other. */
kf_err kf_medium_turn_take(kf_medium *medium, const char *name, int wait_ms,
                           kf_medium_lock *ret_lock);
void kf_medium_lock_clear(kf_medium_lock *lock);
