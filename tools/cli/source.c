// SPDX-License-Identifier: Apache-2.0
// What a CONTAINER on the command line names.
#include "source.h"

#include <string.h>
#include <strings.h>

#include "medium.h"
#include "output.h"

void container_source_clear(container_source *source) {
    kf_containers_free(source->containers);
    source->containers = NULL;
}

/* --- documents --- */

/* The library's document, with the token that it is on. */
kf_err container_json(kf_token *token, const kf_containers *containers, size_t index,
                      json_t **ret_json) {
    KF_AUTO_PTR(json_t) document = NULL;
    KF_TRY(kf_container_json(containers, index, &document));
    json_object_set_new(document, "token_label", json_string(kf_token_info(token)->label));
    KF_TRY(token_add_medium(token, document));
    *ret_json = KF_MOVE(document);
    return KF_OK;
}

kf_err container_whole_json(kf_token *token, size_t keys, json_t **ret_json) {
    const struct kf_token_info *info = kf_token_info(token);
    KF_AUTO_PTR(json_t)
    document = json_pack("{s:s, s:s, s:s, s:s, s:I, s:b}", "schema", "keyfob.container/1", "label",
                         info->label, "token_label", info->label, "uri", info->uri, "keys",
                         (json_int_t)keys, "empty", keys == 0);
    if (!document)
        return kf_fail(KF_E_MEMORY, "out of memory for a document");
    KF_TRY(token_add_medium(token, document));
    *ret_json = KF_MOVE(document);
    return KF_OK;
}

kf_err source_json(const container_source *source, json_t **ret_json) {
    if (!source->has_key)
        return container_whole_json(source->token, 0, ret_json);
    return container_json(source->token, source->containers, source->index, ret_json);
}

/* Tokens show private keys to those who are logged in: "no" would frighten others. */
static kf_err format_private(const struct run *run, const json_t *row, const json_t *value,
                             kf_buf *out) {
    if (json_is_true(value) || run_has(run, OPT_LOGIN) || !run->term.out)
        return format_text(run, row, value, out);
    return kf_buf_add_str(out, "hidden until the login (--login)");
}

static const struct column card_columns[] = {
    {"Container", "label", NULL},
    {"Key", "type", format_key},
    {"Keys", "keys", NULL},
    {"Certificate", "subject_text", NULL},
    {"Valid until", "not_after", format_date},
    {"Certificates", "certificates", NULL},
    {"Private key", "private", format_private},
    {"Public key", "public", NULL},
    {"Token", "token_label", NULL},
    {"Medium", "medium", NULL},
    {"Place", "place", NULL},
    {"Unblock secret", "unblock", NULL},
    {"URI", "uri", NULL},
    {"ID", "id", NULL},
};

kf_err container_card(struct run *run, const json_t *document) {
    return out_card(run, document, card_columns, KF_COUNT(card_columns));
}

/* --- finding --- */

static bool is_uri(const char *name) {
    return strncasecmp(name, "pkcs11:", strlen("pkcs11:")) == 0;
}

static bool is_named(kf_token *token, const char *name) {
    const struct kf_token_info *info = kf_token_info(token);
    return info->initialized &&
           (strcmp(info->label, name) == 0 || strcmp(info->serial, name) == 0) &&
           token_is_software(token);
}

/* NULL when no software container is meant. Two of one name are told as two tokens of one name. */
static kf_err find_software(struct run *run, const char *name, kf_token **ret_token) {
    size_t count = 0;
    kf_token *token = NULL;
    *ret_token = NULL;
    for (size_t i = 0; i < kf_tokens_count(run->tokens); i++)
        if (is_named(kf_tokens_at(run->tokens, i), name) && count++ == 0)
            token = kf_tokens_at(run->tokens, i);
    if (count > 1 || is_uri(name))
        KF_TRY(kf_tokens_select(run->tokens, name, &token));
    if (token && token_is_software(token))
        *ret_token = token;
    return KF_OK;
}

static bool is_in(kf_token *token, const char *place) {
    struct kf_medium_info info;
    return kf_medium_info(token, &info) == KF_OK && strcmp(info.where, place) == 0;
}

bool source_elsewhere(struct run *run, const char *name, const char *place, kf_token **ret_token) {
    kf_token *there = NULL, *elsewhere = NULL;
    size_t count = 0;
    for (size_t i = 0; i < kf_tokens_count(run->tokens); i++) {
        kf_token *token = kf_tokens_at(run->tokens, i);
        if (!is_named(token, name))
            continue;
        kf_token **which = is_in(token, place) ? &there : &elsewhere;
        *which = token;
        count++;
    }
    if (count != 2 || !there || !elsewhere ||
        strcmp(kf_token_info(there)->serial, kf_token_info(elsewhere)->serial) != 0)
        return false;
    *ret_token = elsewhere;
    return true;
}

bool source_half_renamed(struct run *run, const char *old, const char *name, kf_token **ret_token) {
    for (size_t i = 0; i < kf_tokens_count(run->tokens); i++) {
        struct kf_medium_info info;
        kf_token *token = kf_tokens_at(run->tokens, i);
        if (!is_named(token, name) || kf_medium_info(token, &info) != KF_OK ||
            strcmp(info.name, old) != 0)
            continue;
        *ret_token = token;
        return true;
    }
    return false;
}

static kf_err several_keys(const container_source *source) {
    const char *label = kf_token_info(source->token)->label;
    size_t count = kf_containers_count(source->containers);
    kf_fail(KF_E_USAGE, "the container \"%s\" holds %zu keys", label, count);
    kf_error_hint("`keyfob container list %s` shows them; name one beside `--token %s`.", label,
                  kf_token_info(source->token)->serial);
    return KF_E_USAGE;
}

/* The key that the container was made for. */
static kf_err choose_key(struct run *run, container_source *source) {
    const char *label = kf_token_info(source->token)->label;
    const char *wanted = run_option(run, OPT_CONTAINER);
    size_t count = kf_containers_count(source->containers);
    source->has_key = count > 0;
    if (wanted)
        return kf_containers_find(source->containers, wanted, &source->index);
    source->index = 0;
    for (size_t i = 0; count > 1 && i < count; i++)
        if (strcmp(kf_containers_at(source->containers, i)->label, label) == 0) {
            source->index = i;
            return KF_OK;
        }
    return count > 1 ? several_keys(source) : KF_OK;
}

/* What was said of it when it was read, as one that is damaged is no token; else of a medium that
 * could not be listed, and may have it. */
static const char *find_note(const struct run *run, const char *name) {
    KF_AUTO_FREE char *quoted = kf_str("container \"%s\"", name);
    const char *found = NULL;
    for (size_t i = 0; quoted && i < kf_tokens_note_count(run->tokens); i++) {
        const char *said = kf_tokens_note(run->tokens, i);
        if (strstr(said, quoted))
            return said;
        if (!found && !kf_str_starts(said, "module "))
            found = said;
    }
    return found;
}

static void hint_unread(const struct run *run, const char *name, const char *otherwise) {
    const char *said = find_note(run, name);
    kf_error_hint("%s", said ? said : otherwise);
}

/* Of several tokens the one that has it, as far as they show it without a login. */
static kf_err search_tokens(struct run *run, const char *name, kf_token **ret_token) {
    kf_token *found = NULL;
    size_t count = 0, index = 0;
    for (size_t i = 0; i < kf_tokens_count(run->tokens); i++) {
        KF_AUTO_PTR(kf_containers) containers = NULL;
        kf_token *token = kf_tokens_at(run->tokens, i);
        if (kf_token_info(token)->initialized &&
            kf_containers_read(token, false, &containers) == KF_OK &&
            kf_containers_find(containers, name, &index) == KF_OK && count++ == 0)
            found = token;
    }
    if (count == 1) {
        kf_error_clear();
        *ret_token = found;
        return KF_OK;
    }
    if (count == 0) {
        kf_fail(KF_E_NOT_FOUND, "there is no container \"%s\"", name);
        hint_unread(run, name,
                    "`keyfob container list` shows what there is. What a token hides until the "
                    "login is named with --token TOKEN.");
        return KF_E_NOT_FOUND;
    }
    kf_fail(KF_E_TOKEN_AMBIGUOUS, "%zu tokens have a container \"%s\"", count, name);
    kf_error_hint("`keyfob container list` shows them; name one with --token TOKEN.");
    return KF_E_TOKEN_AMBIGUOUS;
}

kf_err source_key_token(struct run *run, const char *name, kf_token **ret_token) {
    kf_err code = is_uri(name) && !run_has(run, OPT_TOKEN)
                      ? kf_tokens_select(run->tokens, name, ret_token)
                      : run_select_token(run, false, ret_token);
    if (code != KF_E_TOKEN_AMBIGUOUS || run_has(run, OPT_TOKEN))
        return code;
    return search_tokens(run, name, ret_token);
}

static kf_err find_key(struct run *run, const char *name, bool login, container_source *source) {
    KF_TRY(source_key_token(run, name, &source->token));
    KF_TRY(kf_containers_read(source->token, login, &source->containers));
    source->has_key = true;
    return kf_containers_find(source->containers, name, &source->index);
}

kf_err source_software(struct run *run, const char *name, kf_token **ret_token) {
    *ret_token = NULL;
    if (run_has(run, OPT_TOKEN))
        return KF_OK;
    KF_TRY(run_open_tokens(run));
    return find_software(run, name, ret_token);
}

kf_err source_find(struct run *run, const char *name, bool login, container_source *ret_source) {
    kf_token *software = NULL;
    KF_TRY(source_software(run, name, &software));
    if (!software)
        return find_key(run, name, login, ret_source);
    ret_source->token = software;
    ret_source->whole = true;
    KF_TRY(kf_containers_read(software, login, &ret_source->containers));
    return choose_key(run, ret_source);
}

kf_err source_token(struct run *run, kf_token **ret_token) {
    kf_token *token = NULL;
    kf_err code = run_select_token(run, true, &token);
    if (code == KF_E_TOKEN_ABSENT && !run_has(run, OPT_TOKEN)) {
        kf_fail(code, "there is no software container \"%s\"", run_argument(run, 0));
        hint_unread(run, run_argument(run, 0),
                    "`keyfob container list` shows what there is; if it is on a stick, put that "
                    "in.");
    }
    KF_TRY(code);
    if (!token_is_software(token)) {
        kf_fail(KF_E_NOT_ON_TOKEN, "\"%s\" is a token, not a software container",
                kf_token_info(token)->label);
        kf_error_key("Its keys never leave it.");
        kf_error_hint("`keyfob container list` shows the media.");
        return KF_E_NOT_ON_TOKEN;
    }
    *ret_token = token;
    return KF_OK;
}

kf_err source_key(container_source *source, const char **ret_name) {
    KF_AUTO(kf_buf) hex = {0};
    if (!source->has_key)
        return kf_fail(KF_E_NOT_FOUND, "the container \"%s\" has no key",
                       kf_token_info(source->token)->label);
    const struct kf_container_info *info = kf_containers_at(source->containers, source->index);
    KF_TRY(kf_hex(&hex, info->id, info->id_len, 0));
    snprintf(source->id, sizeof source->id, "%s", kf_buf_str(&hex));
    *ret_name = *info->label ? info->label : source->id;
    return KF_OK;
}

kf_err source_refuse_hardware(const container_source *source) {
    if (token_is_software(source->token))
        return KF_OK;
    kf_fail(KF_E_NOT_ON_TOKEN, "the key lies on the token \"%s\" and never leaves it",
            kf_token_info(source->token)->label);
    kf_error_key("The key is safe on its token.");
    kf_error_hint("Enroll a second certificate on the other token: `keyfob enroll --token TOKEN`.");
    return KF_E_NOT_ON_TOKEN;
}
