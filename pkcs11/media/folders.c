// SPDX-License-Identifier: Apache-2.0
// The folders in which containers are looked for.
#include "media/folders.h"

#include <dirent.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "media/medium.h"

enum { LIST_MAX = KF_FOLDERS_MAX * (PATH_MAX + 1), ENTRIES_MAX = 4 * KF_MEDIUM_MAX };

struct folders {
    char *paths[KF_FOLDERS_MAX];
    size_t count;
};

static void folders_clear(struct folders *folders) {
    for (size_t i = 0; i < folders->count; i++)
        free(folders->paths[i]);
    folders->count = 0;
}
#define FOLDERS __attribute__((cleanup(folders_clear))) struct folders

static bool has(const struct folders *folders, const char *path) {
    for (size_t i = 0; i < folders->count; i++)
        if (kf_str_equal(folders->paths[i], path))
            return true;
    return false;
}

/* Takes `path`; what is one too many, or there already, is left out. */
static void take(struct folders *folders, char *path) {
    if (!path || folders->count == KF_FOLDERS_MAX || has(folders, path))
        free(path);
    else
        folders->paths[folders->count++] = path;
}

static bool is_good(const char *path) {
    return path[0] == '/' && strlen(path) < PATH_MAX && kf_text_plain(path, strlen(path));
}

static char *path_in(const char *folder, const char *name) {
    return kf_str("%s/%s", folder, name);
}

/* --- the list of folders that were used before --- */

/* Lines that are no good are passed over. */
static kf_err read_list(const char *data_dir, struct folders *folders) {
    KF_AUTO(kf_buf) text = {0};
    KF_AUTO_FREE char *path = path_in(data_dir, "folders");
    if (!path)
        return kf_fail(KF_E_MEMORY, "out of memory");
    kf_err err = kf_file_read_private(path, LIST_MAX, &text);
    if (err == KF_E_NOT_FOUND || (err == KF_OK && text.len == 0))
        return KF_OK;
    KF_TRY(err);
    char *state = NULL;
    for (char *line = strtok_r((char *)text.data, "\n", &state); line;
         line = strtok_r(NULL, "\n", &state))
        if (is_good(line))
            take(folders, strdup(line));
    return KF_OK;
}

static kf_err write_list(const char *data_dir, const struct folders *folders) {
    KF_AUTO(kf_buf) text = {.max = LIST_MAX};
    KF_AUTO_FREE char *path = path_in(data_dir, "folders");
    if (!path)
        return kf_fail(KF_E_MEMORY, "out of memory");
    for (size_t i = 0; i < folders->count; i++)
        KF_TRY(kf_buf_printf(&text, "%s\n", folders->paths[i]));
    return kf_file_write(path, text.data, text.len, 0600);
}

static kf_err add_to_list(const char *data_dir, const char *folder) {
    FOLDERS folders = {.count = 0};
    KF_TRY(read_list(data_dir, &folders));
    if (has(&folders, folder))
        return KF_OK;
    if (folders.count >= KF_FOLDERS_MAX - 1) /* the default one has a place as well */
        return kf_fail(KF_E_TOO_LARGE, "%d folders with containers are remembered already",
                       KF_FOLDERS_MAX - 1);
    take(&folders, strdup(folder));
    return write_list(data_dir, &folders);
}

static kf_err drop_from_list(const char *data_dir, const char *folder) {
    FOLDERS folders = {.count = 0};
    KF_TRY(read_list(data_dir, &folders));
    for (size_t i = 0; i < folders.count; i++) {
        if (!kf_str_equal(folders.paths[i], folder))
            continue;
        free(folders.paths[i]);
        folders.paths[i] = folders.paths[--folders.count];
        return write_list(data_dir, &folders);
    }
    return kf_fail(KF_E_NOT_FOUND, "the folder \"%s\" is not remembered", folder);
}

/* Two programs may remember something at once. */
static kf_err change_list(kf_err (*change)(const char *data_dir, const char *folder),
                          const char *data_dir, const char *folder) {
    enum { WAIT_MS = 5000 };
    KF_AUTO(kf_lock) held = {0};
    KF_TRY(kf_dir_make(data_dir));
    KF_AUTO_FREE char *lock = path_in(data_dir, "folders.lock");
    if (!lock)
        return kf_fail(KF_E_MEMORY, "out of memory");
    KF_TRY(kf_lock_wait(lock, WAIT_MS, &held));
    return change(data_dir, folder);
}

static bool is_default(const char *data_dir, const char *folder) {
    KF_AUTO_FREE char *usual = path_in(data_dir, "containers");
    KF_AUTO_FREE char *real = usual ? realpath(usual, NULL) : NULL;
    return real && kf_str_equal(real, folder);
}

kf_err kf_folders_remember(const char *data_dir, const char *folder) {
    struct stat st;
    KF_AUTO_FREE char *real = realpath(folder, NULL);
    if (!real || stat(real, &st) != 0)
        return kf_fail(KF_E_NOT_FOUND, "there is no folder \"%s\"", folder);
    if (!S_ISDIR(st.st_mode))
        return kf_fail(KF_E_INPUT, "\"%s\" is not a folder", folder);
    if (!is_good(real))
        return kf_fail(KF_E_INPUT, "the folder's name \"%s\" is no plain text", real);
    return is_default(data_dir, real) ? KF_OK : change_list(add_to_list, data_dir, real);
}

kf_err kf_folders_forget(const char *data_dir, const char *folder) {
    KF_AUTO_FREE char *real = realpath(folder, NULL);
    kf_err err = change_list(drop_from_list, data_dir, real ? real : folder);
    if (err == KF_E_NOT_FOUND && real && !kf_str_equal(real, folder))
        err = change_list(drop_from_list, data_dir, folder);
    return err;
}

/* --- sticks --- */

static bool is_container(const char *entry) {
    size_t len = strlen(entry);
    return entry[0] != '.' && len > 4 && strcmp(entry + len - 4, ".kfc") == 0;
}

/* Calls `each` with the names in a folder until it gives false. */
static void each_entry(const char *folder, bool (*each)(void *arg, const char *name), void *arg) {
    DIR *entries = opendir(folder);
    const struct dirent *entry = NULL;
    for (int i = 0; entries && i < ENTRIES_MAX && (entry = readdir(entries)); i++)
        if (entry->d_name[0] != '.' && !each(arg, entry->d_name))
            break;
    if (entries)
        closedir(entries);
}

static bool note_container(void *arg, const char *name) {
    bool *found = arg;
    *found = is_container(name);
    return !*found;
}

struct sticks {
    struct folders *folders;
    const char *below;
};

static bool take_stick(void *arg, const char *name) {
    const struct sticks *sticks = arg;
    struct stat st;
    bool has_container = false;
    KF_AUTO_FREE char *root = path_in(sticks->below, name);
    KF_AUTO_FREE char *own = root ? path_in(root, "keyfob") : NULL;
    if (!own || !is_good(root) || stat(root, &st) != 0 || !S_ISDIR(st.st_mode) ||
        kf_dir_check_local(root) != KF_OK)
        return true;
    each_entry(root, note_container, &has_container);
    if (has_container)
        take(sticks->folders, KF_MOVE(root));
    if (stat(own, &st) == 0 && S_ISDIR(st.st_mode))
        take(sticks->folders, KF_MOVE(own));
    return sticks->folders->count < KF_FOLDERS_MAX;
}

static void find_sticks(const char *mounts, struct folders *folders) {
    static const char *const places[] = {"/media", "/run/media"};
    if (mounts) {
        each_entry(mounts, take_stick, &(struct sticks){folders, mounts});
        return;
    }
    const char *user = secure_getenv("USER");
    if (!user || !*user || user[0] == '.' || strchr(user, '/'))
        return;
    for (size_t i = 0; i < KF_COUNT(places); i++) {
        KF_AUTO_FREE char *below = path_in(places[i], user);
        if (below)
            each_entry(below, take_stick, &(struct sticks){folders, below});
    }
}

kf_err kf_folders_each(const char *data_dir, const char *mounts,
                       bool (*each)(void *arg, const char *folder), void *arg) {
    FOLDERS folders = {.count = 0};
    take(&folders, path_in(data_dir, "containers"));
    kf_err err = read_list(data_dir, &folders);
    struct kf_error_saved saved;
    kf_error_save(&saved);
    find_sticks(mounts, &folders);
    for (size_t i = 0; i < folders.count; i++)
        if (!each(arg, folders.paths[i]))
            break;
    kf_error_restore(&saved);
    return err;
}
