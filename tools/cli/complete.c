// SPDX-License-Identifier: Apache-2.0
// Names for completion: tokens, containers, requests and the like. No PIN is asked, no error is
// told.
#include <string.h>

#include "medium.h"
#include "output.h"

static const char *begins; /* what was typed of the word */

static void offer(const char *word, const char *what) {
    if (*word && kf_str_starts(word, begins))
        printf("%s\t%s\n", word, what);
}

static void offer_list(const json_t *list, const char *word, const char *what) {
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) offer(json_text(item, word), json_text(item, what));
}

static kf_err offer_tokens(struct run *run) {
    KF_TRY(run_open_tokens(run));
    for (size_t i = 0; i < kf_tokens_count(run->tokens); i++) {
        const struct kf_token_info *info = kf_token_info(kf_tokens_at(run->tokens, i));
        if (!info->initialized)
            continue;
        offer(info->label, info->serial);
        offer(info->serial, info->label);
    }
    return KF_OK;
}

/* The keys on a token; a software container goes by its own name as well. */
static void offer_keys(kf_token *token) {
    const struct kf_token_info *info = kf_token_info(token);
    KF_AUTO_PTR(kf_containers) containers = NULL;
    bool named = !token_is_software(token);
    if (kf_containers_read(token, false, &containers) != KF_OK)
        return;
    for (size_t i = 0; i < kf_containers_count(containers); i++) {
        const char *label = kf_containers_at(containers, i)->label;
        offer(label, info->label);
        named = named || strcmp(label, info->label) == 0;
    }
    if (!named)
        offer(info->label, info->serial);
}

static kf_err offer_containers(struct run *run) {
    const char *wanted = run_option(run, OPT_TOKEN);
    KF_TRY(run_open_tokens(run));
    for (size_t i = 0; i < kf_tokens_count(run->tokens); i++) {
        kf_token *token = kf_tokens_at(run->tokens, i);
        const struct kf_token_info *info = kf_token_info(token);
        bool named = !wanted || strcmp(wanted, info->label) == 0 ||
                     strcmp(wanted, info->serial) == 0 || strcmp(wanted, info->uri) == 0;
        if (named && info->initialized)
            offer_keys(token);
    }
    return KF_OK;
}

static kf_err offer_connections(struct run *run) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_TRY(kf_connections_json(run->context, &list));
    offer_list(list, "name", "title");
    return KF_OK;
}

static kf_err offer_requests(struct run *run) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_TRY(kf_requests_json(run->context, false, &list));
    offer_list(list, "id", "subject_text");
    return KF_OK;
}

static kf_err offer_profiles(struct run *run) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_TRY(kf_profiles_json(run->context, &list));
    offer_list(list, "name", "title");
    return KF_OK;
}

static kf_err offer_certs(struct run *run) {
    static const enum kf_store_kind kinds[] = {KF_STORE_PERSONAL, KF_STORE_ROOT,
                                               KF_STORE_INTERMEDIATE, KF_STORE_OTHER};
    for (size_t i = 0; i < KF_COUNT(kinds); i++) {
        KF_AUTO_PTR(json_t) list = NULL;
        KF_TRY(kf_store_list_json(run->context, kinds[i], &list));
        offer_list(list, "id", "subject_text");
    }
    return KF_OK;
}

static kf_err offer_connectors(struct run *run) {
    for (size_t i = 0; i < kf_connector_count(); i++)
        offer(kf_connector_at(i)->name, kf_connector_at(i)->title);
    return KF_OK;
}

/* A lab CA has a connection of the same name. */
static kf_err offer_cas(struct run *run) {
    KF_AUTO_PTR(json_t) list = NULL;
    size_t i;
    json_t *item;
    KF_TRY(kf_connections_json(run->context, &list));
    json_array_foreach(list, i, item) {
        if (strcmp(json_text(item, "connector"), "local") == 0)
            offer(json_text(item, "name"), json_text(item, "title"));
    }
    return KF_OK;
}

static kf_err offer_batches(struct run *run) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_TRY(kf_batches_json(run->context, &list));
    offer_list(list, "id", "name");
    return KF_OK;
}

/* --- what belongs to a connector --- */

/* Of `connection VERB NAME ...`: the words after the noun, the verb first. */
static const char *word_at(const struct run *run, size_t index) {
    return index < run->line->argument_count ? run->line->arguments[index] : "";
}

/* In `connection add NAME CONNECTOR` it is named, elsewhere it is that of the connection. */
static const struct kf_connector *connector_of(struct run *run) {
    KF_AUTO_PTR(json_t) document = NULL;
    if (strcmp(word_at(run, 0), "add") == 0)
        return kf_connector_find(word_at(run, 2));
    if (kf_connection_json(run->context, word_at(run, 1), &document) != KF_OK)
        return NULL;
    return kf_connector_find(json_text(document, "connector"));
}

static void offer_value(const char *name, const char *what) {
    KF_AUTO_FREE char *word = kf_str("%s=", name);
    if (word)
        offer(word, what);
}

static kf_err offer_settings(struct run *run) {
    const struct kf_connector *connector = connector_of(run);
    for (size_t i = 0; connector && i < connector->option_count; i++) {
        const struct kf_ca_option *option = &connector->options[i];
        if (option->kind != KF_OPTION_SECRET)
            offer_value(option->name, option->title);
        else if (strcmp(word_at(run, 0), "edit") == 0)
            offer(option->name, option->title); /* it will be asked for */
    }
    return KF_OK;
}

static kf_err offer_records(struct run *run) {
    const struct kf_connector *connector = connector_of(run);
    for (size_t i = 0; connector && i < connector->kind_count; i++)
        offer(connector->kinds[i].name, connector->kinds[i].title);
    return KF_OK;
}

static kf_err offer_actions(struct run *run) {
    const struct kf_connector *connector = connector_of(run);
    for (size_t i = 0; connector && i < connector->action_count; i++)
        offer(connector->actions[i].name, connector->actions[i].title);
    return KF_OK;
}

/* Only those of actions are known without asking a CA. */
static kf_err offer_fields(struct run *run) {
    const struct kf_connector *connector = connector_of(run);
    for (size_t i = 0; connector && i < connector->action_count; i++) {
        const struct kf_ca_action *action = &connector->actions[i];
        if (strcmp(action->name, word_at(run, 2)) != 0)
            continue;
        for (size_t at = 0; at < action->field_count; at++)
            offer_value(action->fields[at].name, action->fields[at].title);
    }
    return KF_OK;
}

static const struct {
    const char *what;
    kf_err (*offer)(struct run *run);
} offers[] = {
    {"TOKEN", offer_tokens},           {"CONTAINER", offer_containers},
    {"CONNECTION", offer_connections}, {"REQUEST", offer_requests},
    {"PROFILE", offer_profiles},       {"CERT", offer_certs},
    {"CONNECTOR", offer_connectors},   {"CA", offer_cas},
    {"SETTING", offer_settings},       {"RECORDS", offer_records},
    {"ACTION", offer_actions},         {"FIELD", offer_fields},
    {"BATCH", offer_batches},
};

__attribute__((visibility("default"))) keyfob_complete_fn keyfob_complete;

int keyfob_complete(const struct line *line, const char *what, const char *prefix) {
    begins = prefix;
    struct run run = {.line = line, .no_input = true, .progress.quiet = true};
    const struct kf_context_options wanted = {.home = run_option(&run, OPT_HOME),
                                              .module = run_option(&run, OPT_MODULE)};
    run.progress.term = &run.term;
    if (kf_context_new(&wanted, &run.context) != KF_OK)
        return 1;
    for (size_t i = 0; i < KF_COUNT(offers); i++)
        if (strcmp(offers[i].what, what) == 0)
            (void)offers[i].offer(&run);
    kf_tokens_free(run.tokens);
    kf_context_free(run.context);
    return 0;
}
