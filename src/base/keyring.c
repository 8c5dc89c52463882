// SPDX-License-Identifier: Apache-2.0
// Secrets that must outlive the process, as files closed to others.
#include "base/keyring.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define FOLDER       "secrets"
#define NAME_MAX_LEN 64

/* "connection/4" and "password" become "connection-4.password"; NAME "" is the prefix of all. */
static kf_err file_name(const char *owner, const char *name, char ret_name[static 160]) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-/";
    if (strspn(owner, allowed) != strlen(owner) || strspn(name, allowed) != strlen(name) ||
        !*owner || strlen(owner) > NAME_MAX_LEN || strlen(name) > NAME_MAX_LEN)
        return kf_fail(KF_E_USAGE, "\"%.64s\" of \"%.64s\" cannot be the name of a secret", name,
                       owner);
    snprintf(ret_name, 160, "%s.%s", owner, name);
    for (char *at = ret_name; *at; at++) {
        if (*at == '/')
            *at = '-';
    }
    return KF_OK;
}

static kf_err file_path(kf_context *context, const char *owner, const char *name, char **ret_path) {
    char file[160];
    KF_AUTO_FREE char *folder = NULL;
    KF_TRY(file_name(owner, name, file));
    KF_TRY(kf_context_data_path(context, FOLDER, &folder));
    *ret_path = kf_str("%s/%s", folder, file);
    return *ret_path ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

kf_err kf_keyring_get(kf_context *context, const char *owner, const char *name,
                      kf_secret **ret_secret) {
    KF_AUTO_FREE char *path = NULL;
    KF_AUTO(kf_buf) bytes = {0};
    KF_TRY(file_path(context, owner, name, &path));
    kf_err err = kf_file_read_private(path, KF_SECRET_MAX, &bytes);
    if (err == KF_E_NOT_FOUND) {
        kf_error_clear();
        *ret_secret = NULL;
        return KF_OK;
    }
    if (err == KF_OK)
        err = kf_secret_copy(bytes.data, bytes.len, ret_secret);
    OPENSSL_cleanse(bytes.data, bytes.capacity);
    return err;
}

kf_err kf_keyring_put(kf_context *context, const char *owner, const char *name,
                      const kf_secret *secret) {
    KF_AUTO_FREE char *folder = NULL;
    KF_AUTO_FREE char *path = NULL;
    KF_TRY(kf_context_data_path(context, FOLDER, &folder));
    KF_TRY(kf_dir_make(folder));
    KF_TRY(file_path(context, owner, name, &path));
    return kf_file_write(path, kf_secret_data((kf_secret *)(uintptr_t)secret),
                         kf_secret_len(secret), 0600);
}

static kf_err remove_file(const char *path) {
    if (unlink(path) == 0 || errno == ENOENT)
        return KF_OK;
    return kf_fail_errno(errno, "removing", path);
}

static kf_err forget_all(const char *folder, const char *prefix) {
    DIR *dir = opendir(folder);
    kf_err err = KF_OK;
    if (!dir)
        return errno == ENOENT ? KF_OK : kf_fail_errno(errno, "reading", folder);
    for (struct dirent *entry; err == KF_OK && (entry = readdir(dir));) {
        if (!kf_str_starts(entry->d_name, prefix))
            continue;
        KF_AUTO_FREE char *path = kf_str("%s/%s", folder, entry->d_name);
        err = path ? remove_file(path) : kf_fail(KF_E_MEMORY, "out of memory");
    }
    closedir(dir);
    return err;
}

kf_err kf_keyring_forget(kf_context *context, const char *owner, const char *name) {
    char prefix[160];
    KF_AUTO_FREE char *folder = NULL;
    KF_AUTO_FREE char *path = NULL;
    if (name) {
        KF_TRY(file_path(context, owner, name, &path));
        return remove_file(path);
    }
    KF_TRY(file_name(owner, "", prefix));
    KF_TRY(kf_context_data_path(context, FOLDER, &folder));
    return forget_all(folder, prefix);
}
