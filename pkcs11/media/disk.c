// SPDX-License-Identifier: Apache-2.0
// The disk medium: a folder, on a stick for example, with one file NAME.kfc a container. Nothing in
// it stays open between two calls, so that a stick can be taken out.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "media/disk_file.h"
#include "media/folder.h"
#include "media/lockfile.h"
#include "media/tries.h"

#define SUFFIX ".kfc"

struct disk {
    kf_medium medium;
    bool make_folder;
};

/* --- names --- */

/* The name in a file's name, or false when it is no container's. */
static bool name_of(const char *entry, char ret_name[static KF_NAME_MAX + 1]) {
    size_t len = strlen(entry), suffix = strlen(SUFFIX);
    if (len <= suffix || len - suffix > KF_NAME_MAX || strcmp(entry + len - suffix, SUFFIX) != 0)
        return false;
    snprintf(ret_name, KF_NAME_MAX + 1, "%.*s", (int)(len - suffix), entry);
    return kf_medium_name_check(ret_name) == KF_OK;
}

static kf_err check_fits(int folder, const char *name) {
    char last = name[strlen(name) - 1];
    if (kf_folder_is_plain(folder) && (strpbrk(name, "\\:*?\"<>|") || last == '.' || last == ' '))
        return kf_fail(KF_E_INPUT,
                       "the disk's file system takes no name with \\ : * ? \" < > | or ending with "
                       "a dot or a blank: \"%s\"",
                       name);
    return KF_OK;
}

/* --- the folder --- */

/* A folder that need not exist has no containers; one that must is a stick that was taken out. */
static kf_err open_folder(const kf_medium *medium, enum kf_folder_use use, int *ret_fd) {
    const struct disk *disk = (const struct disk *)medium;
    if (disk->make_folder && use == KF_FOLDER_WRITE && !kf_file_exists(medium->place))
        KF_TRY(kf_dir_make(medium->place));
    kf_err err = kf_folder_open(medium->place, use, ret_fd);
    if (err == KF_E_NOT_FOUND && !disk->make_folder) {
        kf_fail(KF_E_TOKEN_REMOVED, "the folder \"%s\" is not there", medium->place);
        kf_error_hint("Put the disk in again that it is on.");
        return KF_E_TOKEN_REMOVED;
    }
    return err;
}

static bool disk_is_present(kf_medium *medium) {
    KF_AUTO_CLOSE int folder = open(medium->place, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return errno == ENOENT && ((struct disk *)medium)->make_folder;
    return !kf_folder_is_pulled(folder);
}

static bool disk_is_writable(kf_medium *medium) {
    KF_AUTO_CLOSE int folder = -1;
    bool is_missing = !kf_file_exists(medium->place);
    if (is_missing ? !((struct disk *)medium)->make_folder
                   : kf_folder_open(medium->place, KF_FOLDER_WRITE, &folder) != KF_OK)
        return false;
    return kf_folder_can_make(medium->place);
}

/* --- list --- */

static bool is_file(int folder, const struct dirent *entry) {
    struct stat st;
    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_REG;
    return fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

static kf_err collect_names(DIR *entries, const char *path, kf_buf *names) {
    char name[KF_NAME_MAX + 1];
    for (size_t count = 0; count < KF_MEDIUM_MAX;) {
        errno = 0;
        const struct dirent *entry = readdir(entries);
        if (!entry && errno)
            return kf_fail_errno(errno, "reading the folder", path);
        if (!entry)
            break;
        if (!name_of(entry->d_name, name) || !is_file(dirfd(entries), entry))
            continue;
        KF_TRY(kf_buf_add(names, name, strlen(name) + 1));
        count++;
    }
    return KF_OK;
}

/* From a copy of the names, so that nothing is open while `each` does what it likes. */
static kf_err disk_list(kf_medium *medium, bool (*each)(void *arg, const char *name), void *arg) {
    KF_AUTO(kf_buf) names = {0};
    int folder = -1;
    kf_err err = open_folder(medium, KF_FOLDER_READ, &folder);
    if (err == KF_E_NOT_FOUND || err == KF_E_TOKEN_REMOVED)
        return KF_OK;
    KF_TRY(err);
    DIR *entries = fdopendir(folder);
    if (!entries) {
        kf_auto_close_(&folder);
        return kf_fail_errno(errno, "reading the folder", medium->place);
    }
    err = kf_folder_told(folder, medium->place, collect_names(entries, medium->place, &names));
    closedir(entries);
    KF_TRY(err);
    for (size_t at = 0; at < names.len; at += strlen((char *)names.data + at) + 1)
        if (!each(arg, (char *)names.data + at))
            break;
    return KF_OK;
}

/* --- reading --- */

static kf_err disk_read(kf_medium *medium, const char *name, uint64_t offset, size_t len,
                        kf_buf *ret_bytes) {
    const struct kf_disk_file file = kf_disk_file(medium->place, name, SUFFIX);
    KF_AUTO_CLOSE int folder = -1;
    KF_TRY(open_folder(medium, KF_FOLDER_READ, &folder));
    return kf_folder_told(folder, medium->place,
                          kf_disk_file_read(folder, &file, offset, len, ret_bytes));
}

/* One stat while all is well. */
static kf_err disk_stamp(kf_medium *medium, const char *name, struct kf_stamp *ret_stamp) {
    const struct kf_disk_file file = kf_disk_file(medium->place, name, SUFFIX);
    struct stat st;
    struct kf_stamp stamp = {0};
    if (lstat(file.path, &st) == 0) {
        stamp = (struct kf_stamp){.a = (uint64_t)st.st_ino,
                                  .b = (uint64_t)st.st_mtim.tv_sec * 1000000000u +
                                       (uint64_t)st.st_mtim.tv_nsec,
                                  .c = (uint64_t)st.st_size};
    } else {
        int error = errno;
        KF_AUTO_CLOSE int folder = -1;
        kf_err err = open_folder(medium, KF_FOLDER_READ, &folder);
        if (err != KF_OK && err != KF_E_NOT_FOUND)
            return err;
        if (err == KF_OK && error != ENOENT)
            return kf_folder_told(folder, medium->place,
                                  kf_fail_errno(error, "looking at", file.path));
    }
    *ret_stamp = stamp;
    return KF_OK;
}

/* --- writing --- */

static kf_err write_file(int folder, const struct kf_disk_file *file,
                         const struct kf_disk_file *tries, const void *data, size_t len,
                         bool is_new) {
    /* The count of a container that somebody removed by hand is nothing to the new one. */
    if (is_new && !kf_disk_file_is_there(folder, file))
        unlinkat(folder, tries->name, 0);
    const struct kf_replacement order = {
        .name = file->name, .path = file->path, .mode = 0600, .is_new = is_new, .keep_old = true};
    return kf_file_replace(folder, &order, data, len);
}

static kf_err disk_write(kf_medium *medium, const char *name, const void *data, size_t len,
                         bool is_new) {
    const struct kf_disk_file file = kf_disk_file(medium->place, name, SUFFIX),
                              tries = kf_disk_file(medium->place, name, ".tries");
    KF_AUTO_CLOSE int folder = -1;
    KF_TRY(open_folder(medium, KF_FOLDER_WRITE, &folder));
    KF_TRY(check_fits(folder, name));
    return kf_folder_told(folder, medium->place,
                          write_file(folder, &file, &tries, data, len, is_new));
}

static kf_err sync_folder(int folder, const char *path) {
    if (TEMP_FAILURE_RETRY(fsync(folder)) != 0)
        return kf_fail_errno(errno, "writing to disk the folder", path);
    return KF_OK;
}

/* The container itself goes last: until then it can be removed again. */
static kf_err remove_files(const kf_medium *medium, int folder, const char *name) {
    static const char *const suffixes[] = {".kfc.bak", ".tries", SUFFIX};
    const struct kf_disk_file file = kf_disk_file(medium->place, name, SUFFIX);
    if (!kf_disk_file_is_there(folder, &file))
        return kf_disk_file_not_found(&file);
    for (size_t i = 0; i < KF_COUNT(suffixes); i++) {
        const struct kf_disk_file one = kf_disk_file(medium->place, name, suffixes[i]);
        KF_TRY(kf_disk_file_remove(folder, &one));
    }
    return sync_folder(folder, medium->place);
}

static kf_err disk_remove(kf_medium *medium, const char *name) {
    KF_AUTO_CLOSE int folder = -1;
    KF_TRY(open_folder(medium, KF_FOLDER_WRITE, &folder));
    return kf_folder_told(folder, medium->place, remove_files(medium, folder, name));
}

/* --- tries --- */

/* What cannot be read counts for nothing: whoever can garble it can remove it as well. */
static kf_err disk_tries(kf_medium *medium, const char *name, struct kf_tries *ret_tries) {
    const struct kf_disk_file file = kf_disk_file(medium->place, name, SUFFIX),
                              tries = kf_disk_file(medium->place, name, ".tries");
    KF_AUTO(kf_buf) text = {0};
    KF_AUTO_CLOSE int folder = -1;
    KF_TRY(open_folder(medium, KF_FOLDER_READ, &folder));
    if (!kf_disk_file_is_there(folder, &file))
        return kf_folder_told(folder, medium->place, kf_disk_file_not_found(&file));
    kf_err err = kf_disk_file_read(folder, &tries, 0, KF_TRIES_TEXT_MAX, &text);
    if (err == KF_E_IO || err == KF_E_MEMORY)
        return kf_folder_told(folder, medium->place, err);
    *ret_tries = kf_tries_read(&text);
    return KF_OK;
}

static kf_err put_tries(int folder, const struct kf_disk_file *file, const struct kf_tries *tries) {
    KF_AUTO(kf_buf) text = {0};
    if (kf_tries_are_none(tries) && !kf_disk_file_is_there(folder, file))
        return KF_OK;
    if (kf_tries_are_none(tries)) {
        KF_TRY(kf_disk_file_remove(folder, file));
        return sync_folder(folder, file->path);
    }
    const struct kf_replacement order = {.name = file->name, .path = file->path, .mode = 0600};
    KF_TRY(kf_tries_write(tries, &text));
    return kf_file_replace(folder, &order, text.data, text.len);
}

static kf_err disk_set_tries(kf_medium *medium, const char *name, const struct kf_tries *tries) {
    const struct kf_disk_file file = kf_disk_file(medium->place, name, SUFFIX),
                              count = kf_disk_file(medium->place, name, ".tries");
    KF_AUTO_CLOSE int folder = -1;
    KF_TRY(open_folder(medium, KF_FOLDER_WRITE, &folder));
    if (!kf_disk_file_is_there(folder, &file))
        return kf_folder_told(folder, medium->place, kf_disk_file_not_found(&file));
    return kf_folder_told(folder, medium->place, put_tries(folder, &count, tries));
}

/* --- lock --- */

static kf_err disk_lock(kf_medium *medium, const char *name, int wait_ms,
                        kf_medium_lock *ret_lock) {
    KF_AUTO_CLOSE int folder = -1;
    KF_TRY(open_folder(medium, KF_FOLDER_WRITE, &folder));
    KF_TRY(check_fits(folder, name));
    KF_AUTO_FREE char *path = kf_str("%s/.keyfob.lock", medium->place);
    if (!path)
        return kf_fail(KF_E_MEMORY, "out of memory");
    int fd = -1;
    kf_err err = kf_lockfile_take(path, name, wait_ms, &fd);
    if (err != KF_OK)
        return kf_folder_told(folder, medium->place, err);
    *ret_lock = (kf_medium_lock){.medium = medium, .held = medium, .fd = fd};
    return KF_OK;
}

static void disk_unlock(kf_medium_lock *lock) {
    kf_lockfile_drop(lock->fd);
}

/* --- the medium --- */

static void disk_free(kf_medium *medium) {
    free(medium->place);
    free(medium);
}

static const struct kf_medium_kind disk_kind = {
    .name = "disk",
    .list = disk_list,
    .is_present = disk_is_present,
    .is_writable = disk_is_writable,
    .stamp = disk_stamp,
    .read = disk_read,
    .write = disk_write,
    .remove = disk_remove,
    .tries = disk_tries,
    .set_tries = disk_set_tries,
    .lock = disk_lock,
    .unlock = disk_unlock,
    .free = disk_free,
};

kf_err kf_disk_medium_new(const char *folder, bool make_folder, kf_medium **ret_medium) {
    size_t len = strlen(folder);
    while (len > 1 && folder[len - 1] == '/')
        len--;
    if (len == 0 || len > PATH_MAX - KF_NAME_MAX - 16)
        return kf_fail(KF_E_INPUT, "a folder's name is empty or too long");
    struct disk *disk = calloc(1, sizeof *disk);
    char *place = strndup(folder, len);
    if (!disk || !place) {
        free(disk);
        free(place);
        return kf_fail(KF_E_MEMORY, "out of memory");
    }
    *disk =
        (struct disk){.medium = {.kind = &disk_kind, .place = place}, .make_folder = make_folder};
    *ret_medium = &disk->medium;
    return KF_OK;
}
