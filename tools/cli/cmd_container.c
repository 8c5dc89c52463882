// SPDX-License-Identifier: Apache-2.0
// keyfob container: key pairs and their certificates on a token.
#include <string.h>

#include "output.h"

static const struct column list_columns[] = {
    {"CONTAINER", "label", NULL},          {"KEY", "type", format_key},
    {"CERTIFICATE", "subject_text", NULL}, {"VALID UNTIL", "not_after", format_date},
    {"TOKEN", "token_label", NULL},        {"ID", "id", NULL},
};

static const struct column card_columns[] = {
    {"Container", "label", NULL},
    {"Key", "type", format_key},
    {"Certificate", "subject_text", NULL},
    {"Valid until", "not_after", format_date},
    {"Certificates", "certificates", NULL},
    {"Private key", "private", NULL},
    {"Public key", "public", NULL},
    {"Token", "token_label", NULL},
    {"URI", "uri", NULL},
    {"ID", "id", NULL},
};

/* The library's document, with the label of the token that it is on. */
static kf_err container_json(kf_token *token, const kf_containers *containers, size_t index,
                             json_t **ret_json) {
    json_t *document = NULL;
    KF_TRY(kf_container_json(containers, index, &document));
    json_object_set_new(document, "token_label", json_string(kf_token_info(token)->label));
    *ret_json = document;
    return KF_OK;
}

static kf_err add_containers(struct run *run, kf_token *token, json_t *list) {
    KF_AUTO_PTR(kf_containers) containers = NULL;
    KF_TRY(kf_containers_read(token, run_has(run, OPT_LOGIN), &containers));
    for (size_t i = 0; i < kf_containers_count(containers); i++) {
        json_t *document = NULL;
        KF_TRY(container_json(token, containers, i, &document));
        json_array_append_new(list, document);
    }
    return KF_OK;
}

/* A token that fails does not hide the others. */
static kf_err add_all(struct run *run, json_t *list) {
    for (size_t i = 0; i < kf_tokens_count(run->tokens); i++) {
        kf_token *token = kf_tokens_at(run->tokens, i);
        if (!kf_token_info(token)->initialized)
            continue;
        kf_err code = add_containers(run, token, list);
        if (code != KF_OK && run_has(run, OPT_LOGIN))
            return code;
        if (code != KF_OK)
            note(run, "%s: %s", kf_token_info(token)->label, kf_error_sentence(code));
    }
    return KF_OK;
}

kf_err cmd_container_list(struct run *run) {
    const char *selector = NULL;
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(run_token_selector(run, true, &selector));
    KF_TRY(run_open_tokens(run));
    if (selector) {
        kf_token *token = NULL;
        KF_TRY(kf_tokens_select(run->tokens, selector, &token));
        KF_TRY(add_containers(run, token, list));
    } else {
        KF_TRY(add_all(run, list));
    }
    return out_list(run, list, list_columns, KF_COUNT(list_columns), "container");
}

kf_err cmd_container_show(struct run *run) {
    KF_AUTO_PTR(kf_containers) containers = NULL;
    KF_AUTO_PTR(json_t) document = NULL;
    kf_token *token = NULL;
    size_t index = 0;
    KF_TRY(run_select_token(run, false, &token));
    KF_TRY(kf_containers_read(token, run_has(run, OPT_LOGIN), &containers));
    KF_TRY(kf_containers_find(containers, run_argument(run, 0), &index));
    KF_TRY(container_json(token, containers, index, &document));
    return out_card(run, document, card_columns, KF_COUNT(card_columns));
}

static kf_err parse_use(const char *text, unsigned *ret_use) {
    static const struct {
        const char *word;
        enum kf_key_use use;
    } words[] = {{"sign", KF_USE_SIGN}, {"decrypt", KF_USE_DECRYPT}, {"derive", KF_USE_DERIVE}};
    unsigned use = 0;
    for (const char *at = text; *at; at += strspn(at, ",")) {
        size_t len = strcspn(at, ","), i = 0;
        while (i < KF_COUNT(words) &&
               (strlen(words[i].word) != len || strncmp(words[i].word, at, len) != 0))
            i++;
        if (i == KF_COUNT(words))
            return kf_fail(KF_E_USAGE, "--use takes sign, decrypt and derive, not \"%.*s\"",
                           (int)len, at);
        use |= words[i].use;
        at += len;
    }
    *ret_use = use ? use : KF_USE_SIGN;
    return KF_OK;
}

kf_err run_id_style(const struct run *run, enum kf_id_style *ret_style) {
    const char *word = run_option(run, OPT_ID_STYLE);
    *ret_style = !word || strcmp(word, "ski") == 0 ? KF_ID_SKI
                 : strcmp(word, "nss") == 0        ? KF_ID_NSS
                                                   : KF_ID_KEEP;
    return KF_OK;
}

kf_err cmd_container_create(struct run *run) {
    struct kf_container_order order = {.label = run_argument(run, 0),
                                       .type = KF_KEY_P256,
                                       .use = KF_USE_SIGN,
                                       .always_authenticate = run_has(run, OPT_ALWAYS_PIN)};
    kf_token *token = NULL;
    if (run_has(run, OPT_KEY))
        KF_TRY(kf_key_type_parse(run_option(run, OPT_KEY), &order.type));
    if (run_has(run, OPT_USE))
        KF_TRY(parse_use(run_option(run, OPT_USE), &order.use));
    KF_TRY(run_id_style(run, &order.id_style));
    KF_TRY(run_select_token(run, false, &token));
    KF_TRY(kf_container_create(token, &order));

    KF_AUTO_PTR(kf_containers) containers = NULL;
    KF_AUTO_PTR(json_t) document = NULL;
    size_t index = 0;
    KF_TRY(kf_containers_read(token, false, &containers));
    KF_TRY(kf_containers_find(containers, order.label, &index));
    KF_TRY(container_json(token, containers, index, &document));
    return out_card(run, document, card_columns, KF_COUNT(card_columns));
}

static const struct column check_columns[] = {
    {"CHECK", "name", NULL},
    {"RESULT", "ok", format_result},
    {"WHAT", "text", NULL},
};

kf_err cmd_container_check(struct run *run) {
    KF_AUTO_PTR(json_t) report = NULL;
    kf_token *token = NULL;
    KF_TRY(run_select_token(run, false, &token));
    kf_err code = kf_container_check(token, run_argument(run, 0), &report);
    if (report && run_has(run, OPT_JSON))
        KF_TRY(out_json(run, report));
    else if (report)
        KF_TRY(out_list(run, json_at(report, "steps"), check_columns, KF_COUNT(check_columns),
                        "check"));
    return code;
}

kf_err cmd_container_delete(struct run *run) {
    const char *name = run_argument(run, 0);
    char question[512];
    kf_token *token = NULL;
    KF_TRY(run_select_token(run, false, &token));
    snprintf(question, sizeof question,
             "The key \"%s\" on %s will be destroyed for good. Type its name to go on: ", name,
             kf_token_info(token)->label);
    KF_TRY(run_confirm(run, question, name));
    KF_TRY(kf_container_delete(token, name));
    return out_done(
        run,
        json_pack("{s:s, s:s, s:b}", "schema", "keyfob.container/1", "label", name, "deleted", 1),
        "Deleted: %s", name);
}
