// SPDX-License-Identifier: Apache-2.0
// Sealed bytes from one place to another. At every moment there is at least one whole container; a
// crash leaves two that are the same, and doing it again ends with one.
#include "module/transfer.h"

#include <string.h>

#include "base/auto.h"

enum { WAIT_MS = 10000 };

static kf_err read_blob(const struct kfm_spot *spot, kf_buf *ret_blob) {
    KF_AUTO(kf_buf) blob = {.max = KF_BLOB_MAX};
    KF_TRY(kf_medium_read(spot->medium, spot->name, 0, KF_BLOB_MAX, &blob));
    kf_buf_move(ret_blob, &blob);
    return KF_OK;
}

static kf_err check_written(const struct kfm_spot *to, const kf_buf *blob) {
    KF_AUTO(kf_buf) back = {0};
    KF_AUTO_PTR(kfc) container = NULL;
    KF_TRY(read_blob(to, &back));
    if (!kf_buf_equal(&back, blob))
        return kf_fail(KF_E_IO, "\"%s\" in %s reads back differently than it was written", to->name,
                       to->medium->place);
    return kfc_open(to->medium, to->name, &container);
}

kf_err kfm_blob_write(const struct kfm_spot *to, const kf_buf *blob) {
    KF_TRY(kf_medium_write(to->medium, to->name, blob->data, blob->len, true));
    kf_err error = check_written(to, blob);
    if (error == KF_OK)
        return KF_OK;
    struct kf_error_saved saved;
    kf_error_save(&saved);
    kf_medium_remove(to->medium, to->name);
    kf_error_restore(&saved);
    return error;
}

/* What stands there is not what was to be put there. */
static kf_err fail_exists(const struct kfm_spot *from, const struct kfm_spot *to) {
    KF_AUTO_PTR(kfc) here = NULL;
    KF_AUTO_PTR(kfc) there = NULL;
    if (kfc_open(from->medium, from->name, &here) != KF_OK ||
        kfc_open(to->medium, to->name, &there) != KF_OK ||
        memcmp(kfc_info(here)->uuid, kfc_info(there)->uuid, sizeof(kfc_info(here)->uuid)) != 0)
        return kf_fail(KF_E_EXISTS, "there is a container \"%s\" in %s already", to->name,
                       to->medium->place);
    kf_err error = kf_fail(
        KF_E_EXISTS,
        "the container \"%s\" is in %s and in %s, and they differ: state %llu and %llu", to->name,
        from->medium->place, to->medium->place, (unsigned long long)kfc_info(here)->generation,
        (unsigned long long)kfc_info(there)->generation);
    kf_error_hint("Look at both, and delete the one that is not wanted with `keyfob container "
                  "delete`.");
    return error;
}

/* One file under two names: in a folder that is mounted twice, or as names on a FAT stick that
 * differ in their case. What is removed from the one would be gone from the other. */
static bool is_same_file(const struct kfm_spot *from, const struct kfm_spot *to) {
    struct kf_stamp here = {0}, there = {0};
    return from->medium->kind == to->medium->kind &&
           kf_medium_stamp(from->medium, from->name, &here) == KF_OK &&
           kf_medium_stamp(to->medium, to->name, &there) == KF_OK && here.a == there.a &&
           here.b == there.b && here.c == there.c;
}

/* True in `ret_there` when an earlier run has done this half already. */
static kf_err look_there(const struct kfm_spot *from, const struct kfm_spot *to, const kf_buf *blob,
                         bool *ret_there) {
    KF_AUTO(kf_buf) there = {0};
    kf_err error = read_blob(to, &there);
    *ret_there = error == KF_OK;
    if (error == KF_E_NOT_FOUND || error == KF_E_TOKEN_REMOVED) {
        kf_error_clear();
        return KF_OK; /* writing makes the folder, or says that it is gone */
    }
    KF_TRY(error);
    if (is_same_file(from, to))
        return kf_fail(KF_E_EXISTS, "\"%s\" is in %s already, and the same file", to->name,
                       to->medium->place);
    return kf_buf_equal(&there, blob) ? KF_OK : fail_exists(from, to);
}

/* The count of wrong PINs goes along, or a move would set it back. */
static kf_err move_tries(const struct kfm_spot *from, const struct kfm_spot *to) {
    struct kf_tries tries = {0};
    KF_TRY(kf_medium_tries(from->medium, from->name, &tries));
    if (tries.user == 0 && tries.so == 0)
        return KF_OK;
    return kf_medium_set_tries(to->medium, to->name, &tries);
}

static kf_err check_source(const struct kfm_spot *from) {
    if (kf_medium_is_writable(from->medium))
        return KF_OK;
    kf_err error = kf_fail(KF_E_TOKEN_READ_ONLY,
                           "%s cannot be written, so \"%s\" cannot be taken away from there",
                           from->medium->place, from->name);
    kf_error_hint("Copy it instead: `keyfob container copy`.");
    return error;
}

kf_err kfm_blob_move(const struct kfm_spot *from, const struct kfm_spot *to) {
    KF_AUTO(kf_medium_lock) lock = {0};
    KF_AUTO(kf_buf) blob = {0};
    bool is_there = false;
    KF_TRY(check_source(from));
    KF_TRY(kf_medium_lock_take(from->medium, from->name, WAIT_MS, &lock));
    KF_TRY(read_blob(from, &blob));
    KF_TRY(look_there(from, to, &blob, &is_there));
    if (!is_there)
        KF_TRY(kfm_blob_write(to, &blob));
    KF_TRY(move_tries(from, to));
    return kf_medium_remove(from->medium, from->name);
}
