// SPDX-License-Identifier: Apache-2.0
// keyfob container: key pairs and their certificates on a token.
#include <string.h>

#include "medium.h"
#include "output.h"
#include "source.h"

/* Of a software container it would be said twice. */
static kf_err format_holder(const struct run *run, const json_t *row, const json_t *value,
                            kf_buf *out) {
    bool twice = strcmp(json_text(row, "label"), json_text(row, "token_label")) == 0 &&
                 strcmp(json_text(row, "medium"), "token") != 0;
    return run->term.out && twice ? KF_OK : format_text(run, row, value, out);
}

/* Only folders of a person's own: the others follow from the medium. */
static kf_err format_place(const struct run *run, const json_t *row, const json_t *value,
                           kf_buf *out) {
    const char *data = kf_context_data_dir(run->context), *place = json_text(row, "place");
    bool usual = strncmp(place, data, strlen(data)) == 0;
    return run->term.out && usual ? KF_OK : format_text(run, row, value, out);
}

static const struct column list_columns[] = {
    {"CONTAINER", "label", NULL},
    {"KEY", "type", format_key},
    {"CERTIFICATE", "subject_text", NULL},
    {"VALID UNTIL", "not_after", format_date},
    {"TOKEN", "token_label", format_holder},
    {"MEDIUM", "medium", NULL},
    {"PLACE", "place", format_place},
    {"ID", "id", format_for_programs},
};

/* A software container is there before it has a key. */
static kf_err add_empty(kf_token *token, json_t *list) {
    json_t *document = NULL;
    if (!token_is_software(token))
        return KF_OK;
    KF_TRY(container_whole_json(token, 0, &document));
    json_array_append_new(list, document);
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
    return kf_containers_count(containers) ? KF_OK : add_empty(token, list);
}

static bool medium_is_wanted(const struct run *run, kf_token *token) {
    struct kf_medium_info info;
    const char *wanted = run_option(run, OPT_MEDIUM);
    return !wanted || (kf_medium_info(token, &info) == KF_OK && strcmp(info.medium, wanted) == 0);
}

/* A token that fails does not hide the others. */
static kf_err add_all(struct run *run, json_t *list) {
    for (size_t i = 0; i < kf_tokens_count(run->tokens); i++) {
        kf_token *token = kf_tokens_at(run->tokens, i);
        if (!kf_token_info(token)->initialized || !medium_is_wanted(run, token))
            continue;
        kf_err code = add_containers(run, token, list);
        if (code != KF_OK && run_has(run, OPT_LOGIN))
            return code;
        if (code != KF_OK)
            note(run, "%s: %s", kf_token_info(token)->label, kf_error_sentence(code));
    }
    return KF_OK;
}

/* What is missing from the list because it could not be read. */
static void tell_unread(struct run *run) {
    for (size_t i = 0; !run->progress.verbose && i < kf_tokens_note_count(run->tokens); i++)
        note(run, "%s %s", term_mark(&run->term, MARK_NOTE), kf_tokens_note(run->tokens, i));
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
    KF_TRY(out_list(run, list, list_columns, KF_COUNT(list_columns), "container"));
    tell_unread(run);
    return KF_OK;
}

kf_err cmd_container_show(struct run *run) {
    KF_AUTO(container_source) source = {0};
    KF_AUTO_PTR(json_t) document = NULL;
    KF_TRY(source_find(run, run_argument(run, 0), run_has(run, OPT_LOGIN), &source));
    KF_TRY(source_json(&source, &document));
    return container_card(run, document);
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

static kf_err create_order(struct run *run, struct kf_container_order *ret_order) {
    *ret_order = (struct kf_container_order){.label = run_argument(run, 0),
                                             .type = KF_KEY_P256,
                                             .use = KF_USE_SIGN,
                                             .always_authenticate = run_has(run, OPT_ALWAYS_PIN),
                                             .exportable = run_has(run, OPT_EXPORTABLE)};
    if (run_has(run, OPT_KEY))
        KF_TRY(kf_key_type_parse(run_option(run, OPT_KEY), &ret_order->type));
    if (run_has(run, OPT_USE))
        KF_TRY(parse_use(run_option(run, OPT_USE), &ret_order->use));
    return run_id_style(run, &ret_order->id_style);
}

/* The token for a new key: one that is there, or a software container, made when it is not. */
static kf_err open_place(struct run *run, const char *name, kf_token **ret_token, bool *ret_made) {
    struct kf_medium_order order;
    char folder[PATH_MAX];
    if (!medium_is_software(run)) {
        KF_TRY(medium_refuse_options(run));
        return run_select_token(run, false, ret_token);
    }
    KF_TRY(medium_order(run, name, &order, folder));
    return medium_open(run, &order, ret_token, ret_made);
}

kf_err cmd_container_create(struct run *run) {
    struct kf_container_order order;
    kf_token *token = NULL;
    bool made = false;
    KF_TRY(create_order(run, &order));
    KF_TRY(open_place(run, order.label, &token, &made));
    kf_err code = kf_container_create(token, &order);
    if (code != KF_OK)
        return made ? medium_undo(run, token, code) : code;

    KF_AUTO_PTR(kf_containers) containers = NULL;
    KF_AUTO_PTR(json_t) document = NULL;
    size_t index = 0;
    KF_TRY(kf_containers_read(token, false, &containers));
    KF_TRY(kf_containers_find(containers, order.label, &index));
    KF_TRY(container_json(token, containers, index, &document));
    return container_card(run, document);
}

static const struct column check_columns[] = {
    {"CHECK", "name", NULL},
    {"RESULT", "ok", format_result},
    {"WHAT", "text", NULL},
};

/* Every sealed part of a software container, as one more step of the report. */
static kf_err check_medium(kf_token *token, json_t *report) {
    kf_err code = kf_medium_check(token, true);
    json_array_insert_new(
        json_object_get(report, "steps"), 0,
        json_pack("{s:s, s:b, s:s}", "name", "container", "ok", code == KF_OK, "text",
                  code == KF_OK ? "structure, sums and seals are right" : kf_error_sentence(code)));
    return code;
}

static kf_err show_report(struct run *run, const json_t *report) {
    return run_has(run, OPT_JSON) ? out_json(run, report)
                                  : out_list(run, json_at(report, "steps"), check_columns,
                                             KF_COUNT(check_columns), "check");
}

static kf_err check_software(struct run *run) {
    KF_AUTO(container_source) source = {0};
    KF_AUTO_PTR(json_t) report = NULL;
    struct kf_error_saved saved;
    const char *key = NULL;
    KF_TRY(source_find(run, run_argument(run, 0), false, &source));
    kf_err code = KF_OK;
    if (source.has_key) {
        KF_TRY(source_key(&source, &key));
        code = kf_container_check(source.token, key, &report);
        kf_error_save(&saved);
    }
    if (code != KF_OK && !report)
        return code;
    if (!report)
        report = json_pack("{s:s, s:s, s:[]}", "schema", "keyfob.container-check/1", "label",
                           kf_token_info(source.token)->label, "steps");
    kf_err medium_code = check_medium(source.token, report);
    if (medium_code != KF_OK) {
        kf_error_save(&saved);
        code = medium_code;
    }
    KF_TRY(show_report(run, report));
    if (code != KF_OK)
        kf_error_restore(&saved);
    return code;
}

kf_err cmd_container_check(struct run *run) {
    KF_AUTO_PTR(json_t) report = NULL;
    kf_token *token = NULL;
    KF_TRY(source_software(run, run_argument(run, 0), &token));
    if (token)
        return check_software(run);
    KF_TRY(source_key_token(run, run_argument(run, 0), &token));
    kf_err code = kf_container_check(token, run_argument(run, 0), &report);
    if (report)
        KF_TRY(show_report(run, report));
    return code;
}
