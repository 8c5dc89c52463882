// SPDX-License-Identifier: Apache-2.0
// keyfob module list, register: the modules there are, and keyfob's own one for other programs.
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "output.h"

#define MODULE_FILE_MAX ((size_t)16 << 10)
#define SYSTEM_MODULES  "/etc/pkcs11/modules" /* of the administrator, pkcs11.conf(5) */
#define MARK_LINE       "# Written by keyfob module register; --remove takes it out again."

static const struct column module_columns[] = {
    {"MODULE", "name", NULL},
    {"SLOTS", "slots", NULL},
    {"PATH", "path", NULL},
    {"PROBLEM", "error", NULL},
};

kf_err cmd_module_list(struct run *run) {
    KF_AUTO_PTR(json_t) modules = NULL;
    KF_TRY(run_open_tokens(run));
    KF_TRY(kf_tokens_modules_json(run->tokens, &modules));
    return out_list(run, modules, module_columns, KF_COUNT(module_columns), "module");
}

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
static kf_err other_home(struct run *run, char **ret_home) {
    char full[PATH_MAX];
    KF_AUTO_FREE char *usual = usual_home();
    KF_AUTO_FREE char *inside = NULL;
    *ret_home = NULL;
    if (kf_str_equal(usual, kf_context_data_dir(run->context)))
        return KF_OK;
    KF_TRY(kf_context_data_path(run->context, "", &inside)); /* makes the folder */
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

bool run_module_is_registered(void) {
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

static kf_err place_open(struct run *run, struct place *place) {
    const char *module = NULL;
    KF_AUTO_FREE char *home = NULL;
    place->system = run_has(run, OPT_SYSTEM);
    KF_TRY(place->system ? system_folder(&place->folder) : user_folder(&place->folder));
    place->path = kf_str("%s/keyfob.module", place->folder);
    if (!place->path)
        return kf_fail(KF_E_MEMORY, "out of memory");
    if (run_has(run, OPT_REMOVE))
        return look(place);
    KF_TRY(find_module(&module));
    if (place->system && run_has(run, OPT_HOME))
        return kf_fail(KF_E_USAGE, "--home is one user's folder, --system is for all of them");
    if (!place->system)
        KF_TRY(other_home(run, &home));
    KF_TRY(write_text(module, home, &place->text));
    return look(place);
}

static kf_err refuse_foreign(struct run *run, const struct place *place) {
    if (!place->exists || place->ours || run_has(run, OPT_YES))
        return KF_OK;
    kf_fail(KF_E_EXISTS, "\"%s\" is there and was not written by keyfob", place->path);
    kf_error_hint("Look at it; --yes %s it.", run_has(run, OPT_REMOVE) ? "removes" : "overwrites");
    return KF_E_EXISTS;
}

static json_t *result_json(const struct place *place, bool registered, bool changed) {
    return json_pack("{s:s, s:s, s:b, s:b, s:b}", "schema", "keyfob.registration/1", "file",
                     place->path, "system", place->system, "registered", registered, "changed",
                     changed);
}

/* p11-kit leaves a user's own configuration out for root. */
static void tell_next(struct run *run, const struct place *place) {
    if (!place->system && geteuid() == 0)
        note(run,
             "%s You are root, and for root p11-kit reads no user's configuration: "
             "`keyfob module register --system` registers it for all users.",
             term_mark(&run->term, MARK_NOTE));
    note(run, "  Look:      p11-kit list-modules");
    note(run, "  Browsers:  keyfob module browsers, then start Firefox or Chromium again");
}

static kf_err remove_file(struct run *run, const struct place *place) {
    if (!place->exists)
        return out_done(run, result_json(place, false, false), "Was not registered: %s",
                        place->path);
    KF_TRY(refuse_foreign(run, place));
    if (unlink(place->path) != 0)
        return kf_fail_errno(errno, "removing", place->path);
    return out_done(run, result_json(place, false, true),
                    "Removed: %s; programs that run keep the module until they end", place->path);
}

static kf_err write_file(struct run *run, const struct place *place) {
    if (place->system)
        KF_TRY(write_system(place->folder, place->path, &place->text));
    else {
        KF_TRY(kf_dir_make(place->folder));
        KF_TRY(kf_file_write(place->path, place->text.data, place->text.len, 0644));
    }
    return KF_OK;
}

kf_err cmd_module_register(struct run *run) {
    __attribute__((cleanup(place_clear))) struct place place = {0};
    KF_TRY(place_open(run, &place));
    if (run_has(run, OPT_REMOVE))
        return remove_file(run, &place);
    KF_TRY(refuse_foreign(run, &place));
    if (!place.same)
        KF_TRY(write_file(run, &place));
    KF_TRY(out_done(run, result_json(&place, true, !place.same), "%s: %s",
                    place.same ? "Registered already" : "Registered", place.path));
    tell_next(run, &place);
    return KF_OK;
}
