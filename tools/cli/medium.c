// SPDX-License-Identifier: Apache-2.0
// Software containers on the command line: --medium and its sisters, finding one, making one.
#include "medium.h"

#include <limits.h>
#include <string.h>

#include "common/folder.h"
#include "output.h"

/* --- the options --- */

bool medium_is_software(const struct run *run) {
    const char *medium = run_option(run, OPT_MEDIUM);
    return medium && strcmp(medium, "token") != 0;
}

kf_err medium_refuse_options(const struct run *run) {
    static const struct {
        enum option_id option;
        const char *name;
    } others[] = {{OPT_DIR, "dir"}, {OPT_UNBLOCK, "unblock"}};
    for (size_t i = 0; i < KF_COUNT(others); i++)
        if (run_has(run, others[i].option)) {
            kf_fail(KF_E_USAGE, "--%s is for a software container", others[i].name);
            kf_error_hint("Add --medium registry or --medium disk.");
            return KF_E_USAGE;
        }
    return KF_OK;
}

static kf_err read_folder(struct run *run, char ret_folder[static PATH_MAX]) {
    const char *folder = run_option(run, OPT_DIR);
    KF_TRY(folder_open(folder, ret_folder));
    if (!folder_has_permissions(ret_folder))
        note(run, "%s %s has no permissions: whoever holds the stick can copy the container.",
             term_mark(&run->term, MARK_NOTE), ret_folder);
    return KF_OK;
}

kf_err medium_order(struct run *run, const char *name, struct kf_medium_order *ret_order,
                    char ret_folder[static PATH_MAX]) {
    const char *medium = run_option(run, OPT_MEDIUM);
    *ret_order = (struct kf_medium_order){
        .medium = medium, .name = name, .unblock = run_has(run, OPT_UNBLOCK)};
    if (!run_has(run, OPT_DIR))
        return KF_OK;
    if (strcmp(medium, "disk") != 0)
        return kf_fail(KF_E_USAGE, "--dir is for --medium disk; the registry has its own place");
    KF_TRY(read_folder(run, ret_folder));
    ret_order->folder = ret_folder;
    return KF_OK;
}

char *medium_place(const struct run *run, const struct kf_medium_order *order) {
    const char *data = kf_context_data_dir(run->context);
    if (strcmp(order->medium, "registry") == 0)
        return kf_str("%s/registry.db", data);
    return order->folder ? strdup(order->folder) : kf_str("%s/containers", data);
}

/* --- finding and making --- */

static kf_err refuse_used(const struct kf_medium_order *order, kf_token *token) {
    KF_AUTO_PTR(kf_containers) containers = NULL;
    KF_TRY(kf_containers_read(token, false, &containers));
    if (kf_containers_count(containers) == 0)
        return KF_OK;
    kf_fail(KF_E_EXISTS, "the %s has a container \"%s\" with a key already", order->medium,
            order->name);
    kf_error_hint("Choose another name with --container, or add a key to it with `--token %s` "
                  "instead of --medium.",
                  kf_token_info(token)->serial);
    return KF_E_EXISTS;
}

kf_err medium_look(struct run *run, const struct kf_medium_order *order, kf_token **ret_token) {
    kf_token *token = NULL;
    KF_TRY(run_open_tokens(run));
    kf_err code = kf_medium_find(run->tokens, order, &token);
    if (code == KF_E_NOT_FOUND)
        kf_error_clear();
    else if (code == KF_OK)
        KF_TRY(refuse_used(order, token));
    else
        return code;
    *ret_token = token;
    return KF_OK;
}

/* What a password on a file is worth, before one is chosen. */
static void tell_worth(struct run *run, const struct kf_medium_order *order) {
    note(run, "Anyone who copies the container can try passwords: take 10 or more mixed "
              "characters, or a sentence.");
    if (!order->unblock)
        note(run, "%s Without --unblock there is no second secret: a lost password loses the keys.",
             term_mark(&run->term, MARK_NOTE));
}

static kf_err make(struct run *run, const struct kf_medium_order *order, kf_token **ret_token) {
    kf_token *token = NULL;
    tell_worth(run, order);
    pins_keep(&run->pins);
    KF_TRY(kf_medium_make(run->tokens, order, &token));
    const struct kf_token_info *info = kf_token_info(token);
    KF_TRY(pins_keep_for(&run->pins, info->label, info->serial));
    *ret_token = token;
    return KF_OK;
}

kf_err medium_open(struct run *run, const struct kf_medium_order *order, kf_token **ret_token,
                   bool *ret_made) {
    kf_token *token = NULL;
    KF_TRY(medium_look(run, order, &token));
    *ret_made = !token;
    if (!token)
        return make(run, order, ret_token);
    if (order->unblock)
        note(run, "%s \"%s\" is there already; --unblock counts only for a new container.",
             term_mark(&run->term, MARK_NOTE), order->name);
    *ret_token = token;
    return KF_OK;
}

kf_err medium_undo(struct run *run, kf_token *token, kf_err code) {
    KF_AUTO_PTR(kf_containers) containers = NULL;
    struct kf_error_saved saved;
    kf_error_save(&saved);
    if (kf_containers_read(token, false, &containers) == KF_OK &&
        kf_containers_count(containers) == 0 && kf_medium_remove(token) == KF_OK)
        note(run, "%s The new container was removed again.", term_mark(&run->term, MARK_NOTE));
    kf_error_restore(&saved);
    return code;
}

/* --- what a token is --- */

bool token_is_software(kf_token *token) {
    struct kf_medium_info info;
    kf_err code = kf_medium_info(token, &info);
    return code == KF_OK && strcmp(info.medium, "token") != 0;
}

kf_err token_add_medium(kf_token *token, json_t *document) {
    struct kf_medium_info info;
    KF_TRY(kf_medium_info(token, &info));
    json_object_set_new(document, "medium", json_string(info.medium));
    if (*info.where)
        json_object_set_new(document, "place", json_string(info.where));
    if (strcmp(info.medium, "token") != 0)
        json_object_set_new(document, "unblock", json_boolean(info.has_unblock));
    return KF_OK;
}
