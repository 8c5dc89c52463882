// SPDX-License-Identifier: Apache-2.0
// Software containers of the arguments: where one is or will be.
#include "web/worker/media.h"

#include <string.h>

#include "base/text.h"
#include "common/folder.h"
#include "web/worker/token_view.h"

static const char *text_in(const json_t *given, const char *name) {
    const char *text = json_string_value(json_object_get(given, name));
    return text && *text ? text : NULL;
}

static kf_err read_folder(struct work *work, const char *folder, char ret_folder[static PATH_MAX]) {
    KF_TRY(folder_open(folder, ret_folder));
    if (!folder_has_permissions(ret_folder))
        kf_step(work->context, "note", KF_STEP_NOTE, 0,
                "%s has no permissions: whoever holds the stick can copy the container",
                ret_folder);
    return KF_OK;
}

kf_err media_order(struct work *work, const json_t *given, const char *name,
                   struct kf_medium_order *ret_order, char ret_folder[static PATH_MAX]) {
    const char *medium = text_in(given, "medium"), *folder = text_in(given, "folder");
    if (!medium)
        return kf_fail(KF_E_USAGE, "\"medium\" is missing");
    bool is_disk = strcmp(medium, "disk") == 0;
    if (!is_disk && strcmp(medium, "registry") != 0)
        return kf_fail(KF_E_USAGE, "the medium is \"registry\" or \"disk\", not \"%s\"", medium);
    if (folder && !is_disk)
        return kf_fail(KF_E_USAGE, "a folder is for the medium \"disk\"; the registry has its own "
                                   "place");
    *ret_order =
        (struct kf_medium_order){.medium = is_disk ? "disk" : "registry",
                                 .name = name,
                                 .unblock = json_is_true(json_object_get(given, "unblock"))};
    if (!folder)
        return KF_OK;
    KF_TRY(read_folder(work, folder, ret_folder));
    ret_order->folder = ret_folder;
    return KF_OK;
}

char *media_place(const struct work *work, const struct kf_medium_order *order) {
    const char *data = kf_context_data_dir(work->context);
    if (strcmp(order->medium, "registry") == 0)
        return kf_str("%s/registry.db", data);
    return order->folder ? strdup(order->folder) : kf_str("%s/containers", data);
}

static kf_err refuse_hardware(kf_token *token) {
    if (token_is_software(token))
        return KF_OK;
    kf_fail(KF_E_NOT_ON_TOKEN, "\"%s\" is a token, not a software container",
            kf_token_info(token)->label);
    kf_error_key("Its keys never leave it.");
    kf_error_hint("Choose a container in the registry or on a disk.");
    return KF_E_NOT_ON_TOKEN;
}

kf_err media_token(struct work *work, kf_token **ret_token) {
    kf_token *token = NULL;
    KF_TRY(work_token(work, &token));
    KF_TRY(refuse_hardware(token));
    *ret_token = token;
    return KF_OK;
}

/* --- one container in two places --- */

static bool is_named(const kf_token *token, const char *name) {
    const struct kf_token_info *info = kf_token_info(token);
    return strcmp(info->uri, name) == 0 || strcmp(info->serial, name) == 0 ||
           strcmp(info->label, name) == 0;
}

static bool is_in(kf_token *token, const char *place) {
    struct kf_medium_info info;
    return kf_medium_info(token, &info) == KF_OK && strcmp(info.where, place) == 0;
}

/* NULL when it is not that. */
static kf_token *find_elsewhere(kf_tokens *tokens, const char *name, const char *place) {
    kf_token *there = NULL, *elsewhere = NULL;
    size_t count = 0;
    for (size_t i = 0; i < kf_tokens_count(tokens); i++) {
        kf_token *token = kf_tokens_at(tokens, i);
        if (!is_named(token, name))
            continue;
        *(is_in(token, place) ? &there : &elsewhere) = token;
        count++;
    }
    bool is_one = count == 2 && there && elsewhere &&
                  strcmp(kf_token_info(there)->serial, kf_token_info(elsewhere)->serial) == 0;
    return is_one ? elsewhere : NULL;
}

kf_err media_token_to_move(struct work *work, const struct kf_medium_order *order,
                           kf_token **ret_token) {
    KF_AUTO_FREE char *place = media_place(work, order);
    kf_tokens *tokens = NULL;
    const char *name = NULL;
    KF_TRY(work_need(work, "token", &name));
    KF_TRY(work_tokens(work, &tokens));
    kf_token *elsewhere = place ? find_elsewhere(tokens, name, place) : NULL;
    if (!elsewhere)
        return media_token(work, ret_token);
    *ret_token = elsewhere;
    return KF_OK;
}
