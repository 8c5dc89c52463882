// SPDX-License-Identifier: Apache-2.0
// The doors to a medium: names and sizes are checked here, so that no kind has to.
#include "media/medium.h"

#include <string.h>

#include "base/text.h"

kf_err kf_medium_name_check(const char *name) {
    size_t len = name ? strlen(name) : 0;
    if (len == 0)
        return kf_fail(KF_E_INPUT, "a container's name is empty");
    if (len > KF_NAME_MAX)
        return kf_fail(KF_E_INPUT, "the container's name \"%s\" has more than %d bytes", name,
                       KF_NAME_MAX);
    if (!kf_text_plain(name, len))
        return kf_fail(KF_E_INPUT, "the container's name \"%s\" is no plain text", name);
    if (name[0] == '.' || strchr(name, '/'))
        return kf_fail(KF_E_INPUT, "a container's name has no \"/\" and begins with no dot: \"%s\"",
                       name);
    return KF_OK;
}

kf_err kf_medium_list(kf_medium *medium, bool (*each)(void *arg, const char *name), void *arg) {
    return medium->kind->list(medium, each, arg);
}

bool kf_medium_is_present(kf_medium *medium) {
    return medium->kind->is_present(medium);
}

bool kf_medium_is_writable(kf_medium *medium) {
    return medium->kind->is_writable(medium);
}

kf_err kf_medium_stamp(kf_medium *medium, const char *name, struct kf_stamp *ret_stamp) {
    KF_TRY(kf_medium_name_check(name));
    return medium->kind->stamp(medium, name, ret_stamp);
}

kf_err kf_medium_read(kf_medium *medium, const char *name, uint64_t offset, size_t len,
                      kf_buf *ret_bytes) {
    KF_TRY(kf_medium_name_check(name));
    return medium->kind->read(medium, name, offset, len, ret_bytes);
}

kf_err kf_medium_write(kf_medium *medium, const char *name, const void *data, size_t len,
                       bool is_new) {
    KF_TRY(kf_medium_name_check(name));
    if (len > KF_BLOB_MAX)
        return kf_fail(KF_E_TOO_LARGE, "the container \"%s\" would have more than %zu bytes", name,
                       KF_BLOB_MAX);
    return medium->kind->write(medium, name, data, len, is_new);
}

kf_err kf_medium_remove(kf_medium *medium, const char *name) {
    KF_TRY(kf_medium_name_check(name));
    return medium->kind->remove(medium, name);
}

kf_err kf_medium_tries(kf_medium *medium, const char *name, struct kf_tries *ret_tries) {
    KF_TRY(kf_medium_name_check(name));
    return medium->kind->tries(medium, name, ret_tries);
}

kf_err kf_medium_set_tries(kf_medium *medium, const char *name, const struct kf_tries *tries) {
    KF_TRY(kf_medium_name_check(name));
    return medium->kind->set_tries(medium, name, tries);
}

static kf_err take(kf_medium *medium, const char *name, int wait_ms, kf_medium_lock *ret_lock) {
    kf_medium_lock lock = {0};
    KF_TRY(medium->kind->lock(medium, name, wait_ms, &lock));
    kf_medium_lock_clear(ret_lock);
    *ret_lock = lock;
    return KF_OK;
}

kf_err kf_medium_lock_take(kf_medium *medium, const char *name, int wait_ms,
                           kf_medium_lock *ret_lock) {
    KF_TRY(kf_medium_name_check(name));
    return take(medium, name, wait_ms, ret_lock);
}

/* No container's name has a slash. */
kf_err kf_medium_turn_take(kf_medium *medium, const char *name, int wait_ms,
                           kf_medium_lock *ret_lock) {
    char turn[KF_LOCK_NAME_MAX + 1];
    KF_TRY(kf_medium_name_check(name));
    snprintf(turn, sizeof turn, "%s/login", name);
    return take(medium, turn, wait_ms, ret_lock);
}

void kf_medium_lock_clear(kf_medium_lock *lock) {
    if (lock && lock->held)
        lock->medium->kind->unlock(lock);
    if (lock)
        *lock = (kf_medium_lock){0};
}

void kf_medium_free(kf_medium *medium) {
    if (medium)
        medium->kind->free(medium);
}
