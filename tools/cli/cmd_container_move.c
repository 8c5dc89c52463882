// SPDX-License-Identifier: Apache-2.0
// keyfob container copy, move, rename, delete: containers as wholes, and keys onto other tokens.
#include <limits.h>
#include <string.h>

#include "medium.h"
#include "output.h"
#include "source.h"

/* --- to another place --- */

/* The container as it is now, as the result. */
static kf_err show_token(struct run *run, kf_token *token, const char *done, const char *name) {
    KF_AUTO_PTR(kf_containers) containers = NULL;
    KF_AUTO_PTR(json_t) document = NULL;
    struct kf_medium_info info;
    KF_TRY(kf_medium_info(token, &info));
    KF_TRY(kf_containers_read(token, false, &containers));
    if (kf_containers_count(containers) == 1)
        KF_TRY(container_json(token, containers, 0, &document));
    else
        KF_TRY(container_whole_json(token, kf_containers_count(containers), &document));
    return out_done(run, KF_MOVE(document), "%s: %s (%s, %s)", done, name, info.medium, info.where);
}

static kf_err want_medium(const struct run *run) {
    const char *verb = run->line->command->verb;
    if (medium_is_software(run))
        return KF_OK;
    if (run_has(run, OPT_MEDIUM) && run->line->command->id == CMD_CONTAINER_COPY)
        kf_fail(KF_E_USAGE, "a token is named with --to TOKEN");
    else
        kf_fail(KF_E_USAGE, "where to? Name it with --medium registry or --medium disk");
    kf_error_hint("See `keyfob help container %s`.", verb);
    return KF_E_USAGE;
}

static kf_err copy_whole(struct run *run) {
    struct kf_medium_order order;
    struct kf_medium_info info;
    char folder[PATH_MAX];
    kf_token *token = NULL, *made = NULL;
    KF_TRY(want_medium(run));
    KF_TRY(source_token(run, &token));
    KF_TRY(kf_medium_info(token, &info));
    const char *name =
        run_has(run, OPT_NAME) ? run_option(run, OPT_NAME) : kf_token_info(token)->label;
    KF_TRY(medium_order(run, name, &order, folder));
    KF_TRY(kf_medium_copy(token, &order, &made));
    if (info.has_unblock && !order.unblock)
        note(run, "%s The copy has no unblock secret; --unblock would have set one.",
             term_mark(&run->term, MARK_NOTE));
    return show_token(run, made, "Copied", order.name);
}

static kf_err copy_key(struct run *run) {
    KF_AUTO(container_source) source = {0};
    kf_token *to = NULL;
    const char *key = NULL;
    if (run_has(run, OPT_MEDIUM) || run_has(run, OPT_NAME) || run_has(run, OPT_UNBLOCK))
        return kf_fail(KF_E_USAGE, "--to copies one key; --medium, --name and --unblock are for "
                                   "whole containers");
    KF_TRY(source_find(run, run_argument(run, 0), false, &source));
    KF_TRY(source_refuse_hardware(&source));
    KF_TRY(source_key(&source, &key));
    KF_TRY(kf_tokens_select(run->tokens, run_option(run, OPT_TO), &to));
    if (to == source.token)
        return kf_fail(KF_E_USAGE, "the key is on \"%s\" already", kf_token_info(to)->label);
    KF_TRY(kf_container_copy(source.token, key, to));

    KF_AUTO_PTR(json_t) document = NULL;
    KF_TRY(source_json(&source, &document));
    const struct kf_token_info *info = kf_token_info(to);
    json_object_set_new(document, "copied_to",
                        json_pack("{s:s, s:s, s:s}", "label", info->label, "serial", info->serial,
                                  "uri", info->uri));
    return out_done(run, KF_MOVE(document), "Copied: %s to %s (%s)", key, info->label,
                    info->serial);
}

kf_err cmd_container_copy(struct run *run) {
    return run_has(run, OPT_TO) ? copy_key(run) : copy_whole(run);
}

/* Where it goes is known, so the other of two places is the one that it comes from: an interrupted
 * move leaves one container in both. */
static kf_err move_source(struct run *run, const struct kf_medium_order *order,
                          kf_token **ret_token) {
    KF_AUTO_FREE char *place = medium_place(run, order);
    KF_TRY(run_open_tokens(run));
    if (place && source_elsewhere(run, run_argument(run, 0), place, ret_token))
        return KF_OK;
    return source_token(run, ret_token);
}

kf_err cmd_container_move(struct run *run) {
    struct kf_medium_order order;
    char folder[PATH_MAX];
    kf_token *token = NULL, *made = NULL;
    KF_TRY(want_medium(run));
    KF_TRY(medium_order(run, NULL, &order, folder));
    KF_TRY(move_source(run, &order, &token));
    order.name = kf_token_info(token)->label;
    KF_TRY(kf_medium_move(token, &order, &made));
    return show_token(run, made, "Moved", order.name);
}

/* An interrupted one is gone on with; it gives the new name first, then the place in the medium. */
static kf_err rename_source(struct run *run, const char *name, kf_token **ret_token) {
    kf_token *renamed = NULL;
    const char *old = run_argument(run, 0);
    kf_err code = source_token(run, ret_token);
    if (code != KF_E_TOKEN_ABSENT)
        return code;
    if (source_half_renamed(run, old, name, ret_token))
        return KF_OK;
    if (source_software(run, name, &renamed) != KF_OK || !renamed)
        return code;
    kf_fail(code, "there is no container \"%s\", but there is \"%s\"", old, name);
    kf_error_hint("Perhaps it was renamed before: `keyfob container list` shows what there is.");
    return code;
}

kf_err cmd_container_rename(struct run *run) {
    kf_token *token = NULL;
    const char *name = run_argument(run, 1);
    KF_TRY(rename_source(run, name, &token));
    KF_TRY(kf_medium_rename(token, name));
    return show_token(run, token, "Renamed", name);
}

/* --- away --- */

static kf_err deleted(struct run *run, const char *name) {
    return out_done(
        run,
        json_pack("{s:s, s:s, s:b}", "schema", "keyfob.container/1", "label", name, "deleted", 1),
        "Deleted: %s", name);
}

static kf_err delete_whole(struct run *run, kf_token *token) {
    KF_AUTO_PTR(kf_containers) containers = NULL;
    struct kf_medium_info info;
    char label[KF_LABEL_MAX + 1], question[2048];
    KF_TRY(kf_medium_info(token, &info));
    snprintf(label, sizeof label, "%s", kf_token_info(token)->label);
    KF_TRY(kf_containers_read(token, false, &containers));
    size_t count = kf_containers_count(containers);
    snprintf(
        question, sizeof question,
        "The container \"%s\" (%s, %s) with %zu key%s will be destroyed for good. Type its name "
        "to go on: ",
        label, info.medium, info.where, count, count == 1 ? "" : "s");
    KF_TRY(run_confirm(run, question, label));
    KF_TRY(kf_medium_remove(token));
    return deleted(run, label);
}

/* With --medium it is the one there, whatever others have its name. */
static kf_err delete_source(struct run *run, const char *name, kf_token **ret_token) {
    struct kf_medium_order order;
    char folder[PATH_MAX];
    if (!medium_is_software(run)) {
        KF_TRY(medium_refuse_options(run));
        return source_software(run, name, ret_token);
    }
    if (run_has(run, OPT_TOKEN))
        return kf_fail(KF_E_USAGE, "--medium and --token both say where: use one of them");
    KF_TRY(medium_order(run, name, &order, folder));
    KF_TRY(run_open_tokens(run));
    return kf_medium_find(run->tokens, &order, ret_token);
}

kf_err cmd_container_delete(struct run *run) {
    const char *name = run_argument(run, 0);
    char question[512];
    kf_token *token = NULL;
    KF_TRY(delete_source(run, name, &token));
    if (token)
        return delete_whole(run, token);
    KF_TRY(source_key_token(run, name, &token));
    snprintf(question, sizeof question,
             "The key \"%s\" on %s will be destroyed for good. Type its name to go on: ", name,
             kf_token_info(token)->label);
    KF_TRY(run_confirm(run, question, name));
    KF_TRY(kf_container_delete(token, name));
    return deleted(run, name);
}
