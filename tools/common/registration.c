// SPDX-License-Identifier: Apache-2.0
// Registering keyfob's own module with p11-kit: the file keyfob.module of a user, or of all of
// them.
#include "common/registration.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include <keyfob/medium.h>

#include "base/context.h"
#include "base/file.h"
#include "base/text.h"

#define MODULE_FILE_MAX ((size_t)16 << 10)
#define SYSTEM_MODULES  "/etc/pkcs11/modules" /* of the administrator, pkcs11.conf(5) */
#define MARK_LINE       "# Written by keyfob module register; --remove takes it out again."

/* --- what the file says --- */

static kf_err find_module(const char **ret_path) {
    *ret_path = kf_own_path();
    if (*ret_path)
        return KF_OK;
    kf_fail(KF_E_NOT_FOUND, "keyfob's own module keyfob-pkcs11.so is not there");
    kf_error_hint("Install keyfob again.");
    return KF_E_NOT_FOUND;
}

/* The folder that the module would take by itself (XDG Base Directory Specification). */
static char *usual_home(void) {
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    if (data && data[0] == '/')
        return kf_str("%s/keyfob", data);
    return home ? kf_str("%s/.local/share/keyfob", home) : NULL;
}

/* The data folder when it is another one than the usual; NULL otherwise. */
static kf_err other_home(kf_context *context, char **ret_home) {
    char full[PATH_MAX];
    KF_AUTO_FREE char *usual = usual_home();
    KF_AUTO_FREE char *inside = NULL;
    *ret_home = NULL;
    if (kf_str_equal(usual, kf_context_data_dir(context)))
        return KF_OK;
    KF_TRY(kf_context_data_path(context, "", &inside)); /* makes the folder */
    if (!realpath(inside, full))
        return kf_fail_errno(errno, "opening the folder", inside);
    if (strchr(full, '\n') || (strchr(full, '\'') && strchr(full, '"')))
        return kf_fail(KF_E_INPUT, "the folder \"%s\" has signs that p11-kit cannot take", full);
    *ret_home = strdup(full);
    return *ret_home ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

static kf_err write_text(const char *module, const char *home, kf_buf *ret_text) {
    KF_TRY(kf_buf_printf(ret_text, "%s\nmodule: %s\n", MARK_LINE, module));
    char quote = home && strchr(home, '\'') ? '"' : '\'';
    return home ? kf_buf_printf(ret_text, "x-init-reserved: home=%c%s%c\n", quote, home, quote)
                : KF_OK;
}

/* --- where the file is --- */

/* DESTDIR as for `make install`: for those who build images and packages. */
static kf_err system_folder(char **ret_folder) {
    const char *root = getenv("DESTDIR");
    *ret_folder = kf_str("%s%s", root ? root : "", SYSTEM_MODULES);
    return *ret_folder ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

static kf_err user_folder(char **ret_folder) {
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    bool has_config = config && *config; /* p11-kit takes relative ones as well */
    if (!has_config && !(home && *home))
        return kf_fail(KF_E_CONFIG, "there is no folder for it: neither HOME nor XDG_CONFIG_HOME "
                                    "is set");
    *ret_folder = has_config ? kf_str("%s/pkcs11/modules", config)
                             : kf_str("%s/.config/pkcs11/modules", home);
    return *ret_folder ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

bool registration_is_there(void) {
    KF_AUTO_FREE char *user = NULL;
    const char *folders[] = {NULL, SYSTEM_MODULES, KEYFOB_P11_PACKAGE_MODULES};
    if (geteuid() != 0 && user_folder(&user) == KF_OK)
        folders[0] = user;
    kf_error_clear();
    for (size_t i = 0; i < KF_COUNT(folders); i++) {
        KF_AUTO_FREE char *path = folders[i] ? kf_str("%s/keyfob.module", folders[i]) : NULL;
        if (path && kf_file_exists(path))
            return true;
    }
    return false;
}

/* Every user reads it, whatever the umask of the administrator. */
static kf_err make_system_folder(const char *path) {
    KF_AUTO_FREE char *copy = strdup(path);
    if (!copy)
        return kf_fail(KF_E_MEMORY, "out of memory");
    for (char *at = strchr(copy + 1, '/'); at; at = strchr(at + 1, '/')) {
        *at = '\0';
        if (mkdir(copy, 0755) != 0 && errno != EEXIST)
            return kf_fail_errno(errno, "making the folder", copy);
        *at = '/';
    }
    if (mkdir(copy, 0755) != 0 && errno != EEXIST)
        return kf_fail_errno(errno, "making the folder", copy);
    return KF_OK;
}

static kf_err write_system(const char *folder, const char *path, const kf_buf *text) {
    mode_t before = umask(022);
    kf_err code = make_system_folder(folder);
    if (code == KF_OK)
        code = kf_file_write(path, text->data, text->len, 0644);
    umask(before);
    if (code == KF_E_PERMISSION && geteuid() != 0)
        kf_error_hint("It belongs to the administrator: `sudo keyfob module register --system`.");
    return code;
}

/* --- registering --- */

struct place {
    bool system, exists, ours, same;
    char *folder, *path;
    kf_buf text; /* what is to stand there */
};

static void place_clear(struct place *place) {
    free(place->folder);
    free(place->path);
    kf_buf_clear(&place->text);
}

static kf_err look(struct place *place) {
    KF_AUTO(kf_buf) old = {0};
    kf_err code = kf_file_read(place->path, MODULE_FILE_MAX, &old);
    if (code == KF_E_NOT_FOUND) {
        kf_error_clear();
        return KF_OK;
    }
    KF_TRY(code);
    place->exists = true;
    place->ours = kf_str_starts(kf_buf_str(&old), MARK_LINE);
    place->same = strcmp(kf_buf_str(&old), kf_buf_str(&place->text)) == 0;
    return KF_OK;
}

static kf_err place_open(kf_context *context, const struct registration_order *order,
                         struct place *place) {
    const char *module = NULL;
    KF_AUTO_FREE char *home = NULL;
    place->system = order->system;
    KF_TRY(place->system ? system_folder(&place->folder) : user_folder(&place->folder));
    place->path = kf_str("%s/keyfob.module", place->folder);
    if (!place->path)
        return kf_fail(KF_E_MEMORY, "out of memory");
    if (order->remove)
        return look(place);
    KF_TRY(find_module(&module));
    if (!place->system)
        KF_TRY(other_home(context, &home));
    KF_TRY(write_text(module, home, &place->text));
    return look(place);
}

static kf_err refuse_foreign(const struct registration_order *order, const struct place *place) {
    if (!place->exists || place->ours || order->overwrite)
        return KF_OK;
    kf_fail(KF_E_EXISTS, "\"%s\" is there and was not written by keyfob", place->path);
    kf_error_hint("Look at it; --yes %s it.", order->remove ? "removes" : "overwrites");
    return KF_E_EXISTS;
}

static kf_err remove_file(const struct registration_order *order, const struct place *place) {
    if (!place->exists)
        return KF_OK;
    KF_TRY(refuse_foreign(order, place));
    return unlink(place->path) == 0 ? KF_OK : kf_fail_errno(errno, "removing", place->path);
}

static kf_err write_file(const struct registration_order *order, const struct place *place) {
    KF_TRY(refuse_foreign(order, place));
    if (place->same)
        return KF_OK;
    if (place->system)
        return write_system(place->folder, place->path, &place->text);
    KF_TRY(kf_dir_make(place->folder));
    return kf_file_write(place->path, place->text.data, place->text.len, 0644);
}

kf_err registration_change(kf_context *context, const struct registration_order *order,
                           struct registration *ret_registration) {
    __attribute__((cleanup(place_clear))) struct place place = {0};
    KF_TRY(place_open(context, order, &place));
    KF_TRY(order->remove ? remove_file(order, &place) : write_file(order, &place));
    *ret_registration = (struct registration){
        .registered = !order->remove, .changed = order->remove ? place.exists : !place.same};
    snprintf(ret_registration->file, sizeof ret_registration->file, "%s", place.path);
    return KF_OK;
}
