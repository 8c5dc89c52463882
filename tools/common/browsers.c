// SPDX-License-Identifier: Apache-2.0
// Where browsers keep their NSS databases: a profile each (Firefox), or one for the user
// (Chromium).
#include "common/browsers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/text.h"
#include "common/nssdb.h"

/* "~" is the home folder, "@config" and "@data" the XDG folders. `locks` NULL: Firefox, whose
 * profiles are the folders in `where` and have their locks inside. */
static const struct place {
    const char *browser, *where;
    const char *locks[2];
    bool sandboxed;
} places[] = {
    {"Firefox", "~/.mozilla/firefox", {0}, false},
    {"Firefox", "@config/mozilla/firefox", {0}, false},
    {"Firefox (snap)", "~/snap/firefox/common/.mozilla/firefox", {0}, true},
    {"Firefox (flatpak)", "~/.var/app/org.mozilla.firefox/.mozilla/firefox", {0}, true},
    {"Firefox (flatpak)", "~/.var/app/org.mozilla.firefox/config/mozilla/firefox", {0}, true},
    {"Chromium",
     "~/.pki/nssdb",
     {"@config/chromium/SingletonLock", "@config/google-chrome/SingletonLock"},
     false},
    {"Chromium",
     "@data/pki/nssdb",
     {"@config/chromium/SingletonLock", "@config/google-chrome/SingletonLock"},
     false},
    {"Chromium (snap)",
     "~/snap/chromium/current/.pki/nssdb",
     {"~/snap/chromium/common/chromium/SingletonLock"},
     true},
    {"Chromium (flatpak)",
     "~/.var/app/org.chromium.Chromium/.pki/nssdb",
     {"~/.var/app/org.chromium.Chromium/config/chromium/SingletonLock"},
     true},
    {"Chrome (flatpak)",
     "~/.var/app/com.google.Chrome/.pki/nssdb",
     {"~/.var/app/com.google.Chrome/config/google-chrome/SingletonLock"},
     true},
};

static const struct {
    const char *word, *variable, *below_home;
} bases[] = {
    {"~", "HOME", NULL},
    {"@config", "XDG_CONFIG_HOME", ".config"},
    {"@data", "XDG_DATA_HOME", ".local/share"},
};

/* NULL when the folder is not known, or when out of memory. */
static char *expand(const char *path) {
    const char *home = getenv("HOME");
    for (size_t i = 0; i < KF_COUNT(bases); i++) {
        if (!kf_str_starts(path, bases[i].word))
            continue;
        const char *rest = path + strlen(bases[i].word), *value = getenv(bases[i].variable);
        if (value && value[0] == '/')
            return kf_str("%s%s", value, rest);
        if (bases[i].below_home && home)
            return kf_str("%s/%s%s", home, bases[i].below_home, rest);
    }
    return NULL;
}

/* --- does it run --- */

static bool process_lives(const char *digits) {
    char *end = NULL;
    long pid = strtol(digits, &end, 10);
    return pid > 0 && *end == '\0' && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

/* What a link says that begins with something else and ends with the number of a process. */
static bool link_lives(const char *path, char before_number) {
    char target[512];
    ssize_t len = readlink(path, target, sizeof target - 1);
    if (len <= 0)
        return false;
    target[len] = '\0';
    const char *number = strrchr(target, before_number);
    return number && process_lives(number + 1);
}

/* Firefox holds a lock on .parentlock, which stays behind; where it is not, the link "lock" names
 * address and process: "127.0.1.1:+4711". */
static bool firefox_runs(const char *profile) {
    KF_AUTO_FREE char *file = kf_str("%s/.parentlock", profile);
    KF_AUTO_FREE char *link = kf_str("%s/lock", profile);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    KF_AUTO_CLOSE int fd = file ? open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    if (fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0)
        return lock.l_type != F_UNLCK;
    return link && link_lives(link, '+');
}

/* Chromium's link names computer and process: "anna-laptop-4711". */
static bool chromium_runs(const struct place *place) {
    for (size_t i = 0; i < KF_COUNT(place->locks) && place->locks[i]; i++) {
        KF_AUTO_FREE char *path = expand(place->locks[i]);
        if (path && link_lives(path, '-'))
            return true;
    }
    return false;
}

/* --- finding them --- */

static kf_err add(const struct place *place, const char *folder,
                  struct browser_profiles *profiles) {
    if (!nssdb_is_there(folder))
        return KF_OK;
    if (profiles->count == BROWSER_PROFILES_MAX)
        return kf_fail(KF_E_TOO_LARGE, "there are more than %zu profiles", BROWSER_PROFILES_MAX);
    struct browser_profile *profile = &profiles->items[profiles->count++];
    snprintf(profile->folder, sizeof profile->folder, "%s", folder);
    profile->browser = place->browser;
    profile->sandboxed = place->sandboxed;
    profile->running = place->locks[0] ? chromium_runs(place) : firefox_runs(folder);
    return KF_OK;
}

static int visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static kf_err add_folders(const struct place *place, const char *where,
                          struct browser_profiles *profiles) {
    struct dirent **entries = NULL;
    int count = scandir(where, &entries, visible, alphasort);
    kf_err code = KF_OK;
    for (int i = 0; i < count; i++) {
        KF_AUTO_FREE char *folder = kf_str("%s/%s", where, entries[i]->d_name);
        free(entries[i]);
        if (folder && code == KF_OK)
            code = add(place, folder, profiles);
    }
    free(entries);
    return code;
}

kf_err browsers_find(struct browser_profiles *ret_profiles) {
    ret_profiles->count = 0;
    for (size_t i = 0; i < KF_COUNT(places); i++) {
        KF_AUTO_FREE char *where = expand(places[i].where);
        if (!where)
            continue;
        KF_TRY(places[i].locks[0] ? add(&places[i], where, ret_profiles)
                                  : add_folders(&places[i], where, ret_profiles));
    }
    return KF_OK;
}

/* The known one of that folder, so that its locks count; else as Firefox has them. */
kf_err browsers_take(const char *folder, struct browser_profiles *ret_profiles) {
    static const struct place given = {.browser = "NSS"};
    char full[PATH_MAX], other[PATH_MAX];
    if (!realpath(folder, full))
        return kf_fail_errno(errno, "opening the folder", folder);
    KF_TRY(browsers_find(ret_profiles));
    for (size_t i = 0; i < ret_profiles->count; i++)
        if (realpath(ret_profiles->items[i].folder, other) && strcmp(full, other) == 0) {
            ret_profiles->items[0] = ret_profiles->items[i];
            ret_profiles->count = 1;
            return KF_OK;
        }
    ret_profiles->count = 0;
    KF_TRY(add(&given, full, ret_profiles));
    if (ret_profiles->count > 0)
        return KF_OK;
    kf_fail(KF_E_NOT_FOUND, "the folder \"%s\" holds no NSS database (cert9.db)", folder);
    kf_error_hint("Name the profile's own folder; Firefox shows it on its page about:profiles.");
    return KF_E_NOT_FOUND;
}
