// SPDX-License-Identifier: Apache-2.0
// keyfob container import, export: keys from and to files, sealed with a password.
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "common/key_file.h"
#include "medium.h"
#include "output.h"
#include "source.h"


/* --- the file --- */

/* It may be a key in the clear. */
typedef struct key_bytes {
    kf_buf file;
} key_bytes;

static void key_bytes_clear(key_bytes *bytes) {
    if (bytes->file.data)
        explicit_bzero(bytes->file.data, bytes->file.len);
    kf_buf_clear(&bytes->file);
}

static kf_err read_key_file(struct run *run, const char *path, kf_buf *ret_file,
                            kf_secret **ret_password) {
    KF_TRY(run_read_file(path, KEY_FILE_MAX, ret_file));
    if (key_file_is_open(ret_file) && !run_has(run, OPT_FILE_PIN_SOURCE))
        return KF_OK;
    return pins_file_password(&run->pins, path, false, ret_password);
}

/* "/home/anna/Anna Smith.p12" as "Anna Smith". */
static kf_err name_from_path(const char *path, char **ret_name) {
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    *ret_name = strndup(base, dot && dot != base ? (size_t)(dot - base) : strlen(base));
    return *ret_name ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

/* --- import --- */

static kf_err open_target(struct run *run, const char *name, kf_token **ret_token, bool *ret_made) {
    struct kf_medium_order order;
    char folder[PATH_MAX];
    if (medium_is_software(run)) {
        if (run_has(run, OPT_TOKEN))
            return kf_fail(KF_E_USAGE, "--medium and --token name two places");
        KF_TRY(medium_order(run, name, &order, folder));
        return medium_open(run, &order, ret_token, ret_made);
    }
    KF_TRY(medium_refuse_options(run));
    KF_TRY(run_select_token(run, false, ret_token));
    if (run_has(run, OPT_EXPORTABLE) && !token_is_software(*ret_token))
        return kf_fail(KF_E_USAGE,
                       "--exportable is for software containers; a key on the token "
                       "\"%s\" never leaves it",
                       kf_token_info(*ret_token)->label);
    return KF_OK;
}

static bool is_yes(const char *answer) {
    return strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0;
}

/* Only a file by its own name: what a link leads to would stay. */
static bool can_be_removed(const char *path) {
    struct stat st;
    return lstat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static kf_err wants_removal(struct run *run, const char *path, bool *ret_wanted) {
    char question[PATH_MAX + 64], answer[1024];
    *ret_wanted = run_has(run, OPT_REMOVE_SOURCE);
    if (*ret_wanted || !run_can_ask(run) || run_has(run, OPT_JSON))
        return KF_OK;
    snprintf(question, sizeof question, "Remove the file %s now? [y/N] ", path);
    KF_TRY(run_ask(run, question, answer));
    *ret_wanted = is_yes(kf_str_trim(answer));
    return KF_OK;
}

/* The import is done whatever happens to the file. */
static kf_err remove_source(struct run *run, const char *path, bool *ret_removed) {
    bool wanted = false;
    *ret_removed = false;
    if (strcmp(path, "-") == 0)
        return KF_OK;
    if (!can_be_removed(path)) {
        note(run, "%s %s is a link or no file: remove what holds the key yourself.",
             term_mark(&run->term, MARK_NOTE), path);
        return KF_OK;
    }
    KF_TRY(wants_removal(run, path, &wanted));
    if (!wanted) {
        note(run, "%s The key is still in %s as well: remove it when it is no longer needed.",
             term_mark(&run->term, MARK_NOTE), path);
        return KF_OK;
    }
    if (unlink(path) != 0)
        return kf_fail_errno(errno, "removing", path);
    *ret_removed = true;
    note(run,
         "Removed: %s. That is no erasing: on an SSD or a USB stick parts of it can stay "
         "readable.",
         path);
    return KF_OK;
}

static kf_err imported(struct run *run, kf_token *token, const char *label, const char *path) {
    KF_AUTO_PTR(kf_containers) containers = NULL;
    KF_AUTO_PTR(json_t) document = NULL;
    size_t index = 0;
    bool removed = false;
    KF_TRY(kf_containers_read(token, false, &containers));
    KF_TRY(kf_containers_find(containers, label, &index));
    KF_TRY(container_json(token, containers, index, &document));
    kf_err code = remove_source(run, path, &removed);
    json_object_set_new(document, "source_removed", json_boolean(removed));
    KF_TRY(container_card(run, document));
    return code;
}

kf_err cmd_container_import(struct run *run) {
    const char *path = run_argument(run, 0), *name = run_option(run, OPT_CONTAINER);
    KF_AUTO_PTR(kf_secret) password = NULL;
    KF_AUTO_FREE char *from_path = NULL;
    KF_AUTO(key_bytes) bytes = {0};
    kf_token *token = NULL;
    KF_TRY(read_key_file(run, path, &bytes.file, &password));
    KF_TRY(name_from_path(path, &from_path));
    name = name ? name : from_path;
    bool made = false;
    kf_err code = open_target(run, name, &token, &made);
    const struct kf_key_file key = {
        .data = bytes.file.data, .len = bytes.file.len, .password = password};
    if (code == KF_OK)
        code = kf_container_import(token, &key, name, run_has(run, OPT_EXPORTABLE));
    key_bytes_clear(&bytes);
    if (code != KF_OK)
        return token && made ? medium_undo(run, token, code) : code;
    return imported(run, token, name, path);
}

/* --- export --- */

static kf_err read_format(const struct run *run, enum kf_key_format *ret_format) {
    const char *word = run_option(run, OPT_FORMAT);
    if (word && strcmp(word, "p12") != 0 && strcmp(word, "p8") != 0)
        return kf_fail(KF_E_USAGE, "--format takes p12 or p8, not \"%s\"", word);
    *ret_format = word && strcmp(word, "p8") == 0 ? KF_KEY_PKCS8 : KF_KEY_PKCS12;
    return KF_OK;
}

/* Before anything is asked. */
static kf_err check_out(const struct run *run) {
    const char *path = run_option(run, OPT_OUT);
    if (!path || strcmp(path, "-") == 0)
        return kf_fail(KF_E_USAGE, "a key goes to a file: name it with --out FILE");
    if (kf_file_exists(path) && !run_has(run, OPT_YES)) {
        kf_fail(KF_E_EXISTS, "there is already a file \"%s\"", path);
        kf_error_hint("Choose another name, or overwrite it with --yes.");
        return KF_E_EXISTS;
    }
    return KF_OK;
}

kf_err cmd_container_export(struct run *run) {
    KF_AUTO(container_source) source = {0};
    KF_AUTO_PTR(kf_secret) password = NULL;
    KF_AUTO_FREE uint8_t *data = NULL;
    enum kf_key_format format = KF_KEY_PKCS12;
    const char *key = NULL, *path = run_option(run, OPT_OUT);
    size_t len = 0;
    KF_TRY(read_format(run, &format));
    KF_TRY(check_out(run));
    KF_TRY(source_find(run, run_argument(run, 0), false, &source));
    KF_TRY(source_refuse_hardware(&source));
    KF_TRY(source_key(&source, &key));
    KF_TRY(pins_file_password(&run->pins, path, true, &password));
    KF_TRY(kf_container_export(source.token, key, format, password, &data, &len));
    KF_TRY(out_write_private(run, path, data, len));
    return out_done(run,
                    json_pack("{s:s, s:s, s:s, s:s}", "schema", "keyfob.export/1", "label", key,
                              "format", format == KF_KEY_PKCS8 ? "p8" : "p12", "file", path),
                    "Written: %s (mode 0600, sealed with its password)", path);
}
