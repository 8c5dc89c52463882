// SPDX-License-Identifier: Apache-2.0
// The changes to a medium that the tests of faults and kills make again and again, and how to tell
// whether the old or the new state is there: a third one there must never be.
#pragma once

#include <dirent.h>

#include "media_fixture.h"

#define OLD_TEXT "the old content"
#define NEW_TEXT "the new content, which is longer"

enum found { FOUND_OLD, FOUND_NEW, FOUND_ANOTHER };

/* --- asking --- */

static bool tries_are(kf_medium *medium, uint32_t user) {
    struct kf_tries tries = {0};
    return kf_medium_tries(medium, "a", &tries) == KF_OK && tries.user == user;
}

static bool is_missing(kf_medium *medium) {
    KF_AUTO(kf_buf) bytes = {0};
    struct kf_stamp stamp = {1, 1, 1};
    return kf_medium_read(medium, "a", 0, 99, &bytes) == KF_E_NOT_FOUND &&
           kf_medium_stamp(medium, "a", &stamp) == KF_OK && stamp.a == 0;
}

/* --- changes --- */

static kf_err put_old(kf_medium *medium) {
    const struct kf_tries tries = {.user = 2, .last = 1};
    KF_TRY(write_text(medium, "a", OLD_TEXT, false));
    return kf_medium_set_tries(medium, "a", &tries);
}

static kf_err put_none(kf_medium *medium) {
    kf_err err = kf_medium_remove(medium, "a");
    return err == KF_E_NOT_FOUND ? KF_OK : err;
}

/* Not even a folder or a registry. */
static kf_err put_nothing(kf_medium *medium) {
    static const char *const files[] = {"registry.db", "registry.db-wal", "registry.db-shm"};
    KF_TRY(put_none(medium));
    for (size_t i = 0; i < KF_COUNT(files); i++)
        unlink(in_dir(files[i]));
    unlink(in_dir("disk/.keyfob.lock"));
    rmdir(in_dir("disk"));
    return KF_OK;
}

static kf_err replace(kf_medium *medium) {
    return write_text(medium, "a", NEW_TEXT, false);
}

static enum found after_replace(kf_medium *medium) {
    if (!tries_are(medium, 2))
        return FOUND_ANOTHER;
    return holds_text(medium, "a", OLD_TEXT)   ? FOUND_OLD
           : holds_text(medium, "a", NEW_TEXT) ? FOUND_NEW
                                               : FOUND_ANOTHER;
}

static kf_err make_new(kf_medium *medium) {
    return write_text(medium, "a", NEW_TEXT, true);
}

static enum found after_new(kf_medium *medium) {
    return is_missing(medium)                                          ? FOUND_OLD
           : holds_text(medium, "a", NEW_TEXT) && tries_are(medium, 0) ? FOUND_NEW
                                                                       : FOUND_ANOTHER;
}

static kf_err count_try(kf_medium *medium) {
    const struct kf_tries tries = {.user = 3, .last = 2};
    return kf_medium_set_tries(medium, "a", &tries);
}

static enum found after_try(kf_medium *medium) {
    if (!holds_text(medium, "a", OLD_TEXT))
        return FOUND_ANOTHER;
    return tries_are(medium, 2) ? FOUND_OLD : tries_are(medium, 3) ? FOUND_NEW : FOUND_ANOTHER;
}

static kf_err forgive(kf_medium *medium) {
    const struct kf_tries none = {0};
    return kf_medium_set_tries(medium, "a", &none);
}

static enum found after_forgiving(kf_medium *medium) {
    if (!holds_text(medium, "a", OLD_TEXT))
        return FOUND_ANOTHER;
    return tries_are(medium, 2) ? FOUND_OLD : tries_are(medium, 0) ? FOUND_NEW : FOUND_ANOTHER;
}

/* The count goes before the container does. */
static enum found after_remove(kf_medium *medium) {
    if (is_missing(medium))
        return FOUND_NEW;
    return holds_text(medium, "a", OLD_TEXT) ? FOUND_OLD : FOUND_ANOTHER;
}

static kf_err remove_it(kf_medium *medium) {
    return kf_medium_remove(medium, "a");
}

static const struct change {
    const char *name;
    kf_err (*prepare)(kf_medium *medium);
    kf_err (*change)(kf_medium *medium);
    enum found (*found)(kf_medium *medium);
} changes[] = {
    {"replace", put_old, replace, after_replace}, {"new", put_none, make_new, after_new},
    {"count", put_old, count_try, after_try},     {"forgive", put_old, forgive, after_forgiving},
    {"remove", put_old, remove_it, after_remove}, {"first", put_nothing, make_new, after_new},
};

/* As callers do: under the lock. */
static kf_err change_locked(const struct change *change, kf_medium *medium) {
    KF_AUTO(kf_medium_lock) lock = {0};
    KF_TRY(kf_medium_lock_take(medium, "a", 1000, &lock));
    return change->change(medium);
}

/* Nothing but containers and their counts; the registry's own files are SQLite's business. */
static bool is_tidy(void) {
    DIR *folder = opendir(in_dir("disk"));
    bool tidy = true;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        const char *name = entry->d_name;
        tidy = tidy && (!strcmp(name, ".") || !strcmp(name, "..") || !strcmp(name, "a.kfc") ||
                        !strcmp(name, "a.kfc.bak") || !strcmp(name, "a.tries") ||
                        !strcmp(name, ".keyfob.lock"));
    }
    if (folder)
        closedir(folder);
    return tidy;
}

/* After whatever happened, the next one who changes it finds everything in order. */
static bool goes_on(const struct kind *kind) {
    KF_AUTO_PTR(kf_medium) medium = medium_of(kind);
    return put_old(medium) == KF_OK && change_locked(&changes[0], medium) == KF_OK &&
           holds_text(medium, "a", NEW_TEXT) && change_locked(&changes[2], medium) == KF_OK &&
           is_tidy();
}

/* Brings the medium into the state before the change. */
static void prepare(const struct change *change, const struct kind *kind) {
    KF_AUTO_PTR(kf_medium) medium = medium_of(kind);
    assert_int_equal(change->prepare(medium), KF_OK);
}

static enum found found_after(const struct change *change, const struct kind *kind) {
    KF_AUTO_PTR(kf_medium) medium = medium_of(kind);
    return change->found(medium);
}
