// SPDX-License-Identifier: Apache-2.0
// Finding and opening a lab CA in the data folder.
#include "ca/labca.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "ca/connection.h"

#define LOCK_WAIT_MS 10000

static bool has_db(const char *folder, const char *name) {
    KF_AUTO_FREE char *path = kf_str("%s/%s/ca.db", folder, name);
    return path && kf_file_exists(path);
}

/* The names of all lab CAs as a sentence part; the last one seen in `ret_name`. */
static kf_err list_names(DIR *dir, const char *folder, kf_buf *names, size_t *ret_count,
                         char **ret_name) {
    const struct dirent *entry;
    size_t count = 0;
    while ((entry = readdir(dir))) {
        if (entry->d_name[0] == '.' || !has_db(folder, entry->d_name))
            continue;
        KF_TRY(kf_buf_printf(names, "%s\"%s\"", count++ ? ", " : "", entry->d_name));
        free(*ret_name);
        *ret_name = strdup(entry->d_name);
        if (!*ret_name)
            return kf_fail(KF_E_MEMORY, "out of memory");
    }
    *ret_count = count;
    return KF_OK;
}

static kf_err fail_none(const char *name) {
    if (name)
        kf_fail(KF_E_NOT_FOUND, "there is no lab CA \"%s\"", name);
    else
        kf_fail(KF_E_NOT_FOUND, "there is no lab CA");
    kf_error_hint("Make one with `keyfob ca init %s`.", name ? name : "NAME");
    return KF_E_NOT_FOUND;
}

static kf_err find_only(const char *folder, char **ret_name) {
    KF_AUTO(kf_buf) names = {0};
    KF_AUTO_FREE char *name = NULL;
    size_t count = 0;
    DIR *dir = opendir(folder);
    if (!dir && errno != ENOENT)
        return kf_fail_errno(errno, "opening the folder", folder);
    kf_err err = dir ? list_names(dir, folder, &names, &count, &name) : KF_OK;
    if (dir)
        closedir(dir);
    KF_TRY(err);
    if (count == 0)
        return fail_none(NULL);
    if (count > 1)
        return kf_fail(KF_E_USAGE, "there are several lab CAs, name one of %s", kf_buf_str(&names));
    *ret_name = KF_MOVE(name);
    return KF_OK;
}

static kf_err find(kf_labca *ca, const char *name) {
    KF_AUTO_FREE char *folder = kf_str("%s/ca", kf_context_data_dir(ca->context));
    if (!folder)
        return kf_fail(KF_E_MEMORY, "out of memory");
    if (!name) {
        KF_TRY(find_only(folder, &ca->name));
    } else {
        KF_TRY(kf_connection_name_check(name));
        if (!has_db(folder, name))
            return fail_none(name);
        ca->name = strdup(name);
    }
    ca->dir = ca->name ? kf_str("%s/%s", folder, ca->name) : NULL;
    return ca->dir ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

kf_err kf_labca_open(kf_context *context, const char *name, const struct kf_ca_signer *signer,
                     kf_labca **ret_ca) {
    KF_AUTO_PTR(kf_labca) ca = calloc(1, sizeof *ca);
    if (!ca)
        return kf_fail(KF_E_MEMORY, "out of memory for a lab CA");
    ca->context = context;
    ca->signer = signer;
    KF_TRY(find(ca, name));
    KF_TRY(kf_labca_store_open(ca->dir, &ca->db));
    kf_err err = kf_labca_store_load(ca);
    if (err == KF_E_NOT_FOUND)
        return fail_none(ca->name);
    KF_TRY(err);
    *ret_ca = KF_MOVE(ca);
    return KF_OK;
}

void kf_labca_close(kf_labca *ca) {
    if (!ca)
        return;
    kf_db_close(ca->db);
    kf_cert_free(ca->root);
    free(ca->name);
    free(ca->dir);
    free(ca->key_uri);
    free(ca->profiles);
    free(ca);
}

char *kf_labca_path(const kf_labca *ca, const char *file) {
    return kf_str("%s/%s", ca->dir, file);
}

kf_err kf_labca_lock(const kf_labca *ca, kf_lock *ret_lock) {
    KF_AUTO_FREE char *path = kf_labca_path(ca, "lock");
    if (!path)
        return kf_fail(KF_E_MEMORY, "out of memory");
    kf_err err = kf_lock_wait(path, LOCK_WAIT_MS, ret_lock);
    if (err == KF_E_BUSY)
        return kf_fail(KF_E_BUSY, "another process is at work in the lab CA \"%s\"", ca->name);
    return err;
}
