// SPDX-License-Identifier: Apache-2.0
// The files of the keyring: each holds a secret, or says that the Secret Service has it.
#include "base/keyring_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define FOLDER   "secrets"
#define PART_MAX 64
/* OWNER.NAME, or ".OWNER." as the beginning of a temporary file's name */
#define FILE_NAME_MAX (2 * PART_MAX + 3)

/* The first line; the secret's bytes follow the first of them. */
static const char in_file[] = "keyfob.secret/1 file\n";
static const char in_service[] = "keyfob.secret/1 service\n";

/* --- names --- */

static bool is_part(const char *text) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-/";
    size_t len = strlen(text);
    return len > 0 && len <= PART_MAX && strspn(text, allowed) == len;
}

kf_err kf_ring_check_name(const char *owner, const char *name) {
    if (is_part(owner) && is_part(name))
        return KF_OK;
    return kf_fail(KF_E_USAGE, "\"%.64s\" of \"%.64s\" cannot be the name of a secret", name,
                   owner);
}

/* "connection/4" and "password" become "connection_4.password": neither "_" nor "." is allowed in a
 * part, so no two secrets have the same file. NULL: the beginning of all of the owner's. */
static void name_file(const char *owner, const char *name, char ret_name[static FILE_NAME_MAX]) {
    snprintf(ret_name, FILE_NAME_MAX, "%s.%s", owner, name ? name : "");
    for (char *at = ret_name; *at; at++)
        *at = (char)(*at == '/' ? '_' : *at);
}

/* --- the folder --- */

static kf_err check_folder(const char *folder) {
    struct stat st;
    if (lstat(folder, &st) != 0)
        return kf_fail_errno(errno, "opening the folder", folder);
    if (!S_ISDIR(st.st_mode))
        return kf_fail(KF_E_PERMISSION, "\"%s\" is not a folder", folder);
    if (st.st_uid != geteuid())
        return kf_fail(KF_E_PERMISSION, "the folder \"%s\" belongs to another user", folder);
    if (!(st.st_mode & 077))
        return KF_OK;
    kf_fail(KF_E_PERMISSION, "the folder \"%s\" is open to other users (mode %03o)", folder,
            (unsigned)st.st_mode & 0777);
    kf_error_hint("Close it with `chmod 700 %s`, and change the passwords and keys that lie there.",
                  folder);
    return KF_E_PERMISSION;
}

kf_err kf_ring_folder(kf_context *context, bool make, char **ret_folder) {
    KF_AUTO_FREE char *folder = NULL;
    KF_TRY(kf_context_data_path(context, FOLDER, &folder));
    if (make)
        KF_TRY(kf_dir_make(folder));
    KF_TRY(check_folder(folder));
    *ret_folder = KF_MOVE(folder);
    return KF_OK;
}

static kf_err path_of(kf_context *context, bool make, const char *owner, const char *name,
                      char **ret_path) {
    char file[FILE_NAME_MAX];
    KF_AUTO_FREE char *folder = NULL;
    KF_TRY(kf_ring_folder(context, make, &folder));
    name_file(owner, name, file);
    *ret_path = kf_str("%s/%s", folder, file);
    return *ret_path ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

/* --- reading --- */

static kf_err parse(const char *path, const kf_buf *bytes, enum kf_ring_place *ret_place,
                    kf_secret **ret_secret) {
    size_t first = sizeof in_file - 1;
    if (bytes->len == sizeof in_service - 1 && memcmp(bytes->data, in_service, bytes->len) == 0) {
        *ret_place = KF_RING_SERVICE;
        return KF_OK;
    }
    if (bytes->len <= first || memcmp(bytes->data, in_file, first) != 0) {
        kf_fail(KF_E_INPUT, "\"%s\" is damaged, or of a newer keyfob", path);
        kf_error_hint("Remove the file and set the secret again.");
        return KF_E_INPUT;
    }
    if (ret_secret)
        KF_TRY(kf_secret_copy(bytes->data + first, bytes->len - first, ret_secret));
    *ret_place = KF_RING_FILE;
    return KF_OK;
}

static kf_err read_path(const char *path, enum kf_ring_place *ret_place, kf_secret **ret_secret) {
    KF_AUTO(kf_buf) bytes = {0};
    KF_TRY(kf_file_read_private(path, KF_SECRET_MAX + sizeof in_service, &bytes));
    kf_err err = parse(path, &bytes, ret_place, ret_secret);
    OPENSSL_cleanse(bytes.data, bytes.capacity);
    return err;
}

/* No folder or no file: nowhere. */
static kf_err or_nowhere(kf_err err, enum kf_ring_place *ret_place) {
    if (err != KF_E_NOT_FOUND)
        return err;
    kf_error_clear();
    *ret_place = KF_RING_NOWHERE;
    return KF_OK;
}

kf_err kf_ring_read(kf_context *context, const char *owner, const char *name,
                    enum kf_ring_place *ret_place, kf_secret **ret_secret) {
    KF_AUTO_FREE char *path = NULL;
    kf_err err = path_of(context, false, owner, name, &path);
    return or_nowhere(err == KF_OK ? read_path(path, ret_place, ret_secret) : err, ret_place);
}

static kf_err find_path(const char *path, enum kf_ring_place *ret_place) {
    kf_err err = read_path(path, ret_place, NULL);
    if (err != KF_E_PERMISSION && err != KF_E_INPUT && err != KF_E_TOO_LARGE)
        return err;
    kf_error_clear();
    *ret_place = KF_RING_FILE;
    return KF_OK;
}

kf_err kf_ring_find(kf_context *context, const char *owner, const char *name,
                    enum kf_ring_place *ret_place) {
    KF_AUTO_FREE char *path = NULL;
    kf_err err = path_of(context, false, owner, name, &path);
    return or_nowhere(err == KF_OK ? find_path(path, ret_place) : err, ret_place);
}

/* --- writing --- */

kf_err kf_ring_write(kf_context *context, const char *owner, const char *name,
                     const kf_secret *secret) {
    uint8_t bytes[sizeof in_file - 1 + KF_SECRET_MAX];
    size_t first = sizeof in_file - 1;
    KF_AUTO_FREE char *path = NULL;
    KF_TRY(path_of(context, true, owner, name, &path));
    if (!secret)
        return kf_file_write(path, in_service, sizeof in_service - 1, 0600);
    size_t len = kf_secret_len(secret);
    memcpy(bytes, in_file, first);
    memcpy(bytes + first, kf_secret_data((kf_secret *)(uintptr_t)secret), len);
    kf_err err = kf_file_write(path, bytes, first + len, 0600);
    OPENSSL_cleanse(bytes, sizeof bytes);
    return err;
}

/* --- all of an owner's --- */

/* Calls `each` for the files of the owner (of one `name`, or all); with `leftovers` also for those
 * that killed writers left: .OWNER.NAME.0123456789abcdef.tmp */
struct walk {
    const char *owner, *name;
    bool leftovers;
    kf_err (*each)(const char *path, void *arg);
    void *arg;
};

static bool is_wanted(const struct walk *walk, const char *entry) {
    char own[FILE_NAME_MAX];
    name_file(walk->owner, walk->name, own);
    if (*entry != '.')
        return walk->name ? kf_str_equal(entry, own) : kf_str_starts(entry, own);
    size_t len = strlen(own);
    return walk->leftovers && kf_str_starts(entry + 1, own) &&
           (!walk->name || entry[1 + len] == '.');
}

static kf_err walk_folder(const char *folder, const struct walk *walk) {
    DIR *dir = opendir(folder);
    kf_err err = KF_OK;
    if (!dir)
        return kf_fail_errno(errno, "reading the folder", folder);
    for (struct dirent *entry; err == KF_OK && (entry = readdir(dir));) {
        if (!is_wanted(walk, entry->d_name))
            continue;
        KF_AUTO_FREE char *path = kf_str("%s/%s", folder, entry->d_name);
        err = path ? walk->each(path, walk->arg) : kf_fail(KF_E_MEMORY, "out of memory");
    }
    closedir(dir);
    return err;
}

/* KF_OK without a call when there is no folder. */
static kf_err walk_files(kf_context *context, const struct walk *walk) {
    KF_AUTO_FREE char *folder = NULL;
    kf_err err = kf_ring_folder(context, false, &folder);
    if (err == KF_OK)
        return walk_folder(folder, walk);
    if (err != KF_E_NOT_FOUND)
        return err;
    kf_error_clear();
    return KF_OK;
}

static kf_err remove_file(const char *path, void *arg) {
    (void)arg;
    return unlink(path) == 0 || errno == ENOENT ? KF_OK : kf_fail_errno(errno, "removing", path);
}

/* After a crash a secret must not come back. */
static kf_err sync_folder(kf_context *context) {
    KF_AUTO_FREE char *folder = NULL;
    kf_err err = kf_ring_folder(context, false, &folder);
    if (err == KF_E_NOT_FOUND) {
        kf_error_clear();
        return KF_OK;
    }
    KF_TRY(err);
    KF_AUTO_CLOSE int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        return kf_fail_errno(errno, "writing to disk the folder", folder);
    return KF_OK;
}

kf_err kf_ring_remove(kf_context *context, const char *owner, const char *name) {
    struct walk walk = {.owner = owner, .name = name, .leftovers = true, .each = remove_file};
    KF_TRY(walk_files(context, &walk));
    return sync_folder(context);
}

static kf_err look(const char *path, void *arg) {
    enum kf_ring_place place = KF_RING_NOWHERE;
    KF_TRY(or_nowhere(find_path(path, &place), &place)); /* it may be gone meanwhile */
    *(bool *)arg = *(bool *)arg || place == KF_RING_SERVICE;
    return KF_OK;
}

kf_err kf_ring_any_in_service(kf_context *context, const char *owner, bool *ret_any) {
    bool any = false;
    struct walk walk = {.owner = owner, .each = look, .arg = &any};
    KF_TRY(walk_files(context, &walk));
    *ret_any = any;
    return KF_OK;
}
