// SPDX-License-Identifier: Apache-2.0
// keyfob connection add, edit: the settings of a CA service, and its secrets.
#include <string.h>

#include "base/keyring.h"
#include "connection_view.h"
#include "login.h"
#include "secrets.h"
#include "tty.h"

/* --- what is set --- */

#define SETTINGS_MAX LINE_ARGUMENTS

/* Settings as the library takes them, and the secrets that go with them. */
typedef struct settings_input {
    const struct kf_connector *connector;
    const char *words[SETTINGS_MAX];
    size_t count;
    char *asked[SETTINGS_MAX]; /* words that were made from answers */
    size_t asked_count;
    struct {
        const char *name;
        kf_secret *secret;
    } secrets[SECRETS_MAX];
    size_t secret_count;
} settings_input;

static void settings_input_clear(settings_input *settings) {
    for (size_t i = 0; i < settings->asked_count; i++)
        free(settings->asked[i]);
    for (size_t i = 0; i < settings->secret_count; i++)
        kf_secret_free(settings->secrets[i].secret);
}

static const struct kf_ca_option *find_option(const struct kf_connector *connector,
                                              const char *word) {
    size_t len = strcspn(word, "=");
    for (size_t i = 0; i < connector->option_count; i++) {
        const char *name = connector->options[i].name;
        if (strlen(name) == len && strncmp(name, word, len) == 0)
            return &connector->options[i];
    }
    return NULL;
}

static bool is_given(const settings_input *settings, const struct kf_ca_option *option) {
    for (size_t i = 0; i < settings->count; i++)
        if (find_option(settings->connector, settings->words[i]) == option)
            return true;
    return false;
}

static kf_err add_word(settings_input *settings, const char *word) {
    if (settings->count == SETTINGS_MAX)
        return kf_fail(KF_E_USAGE, "there are more than %d settings", SETTINGS_MAX);
    settings->words[settings->count++] = word;
    return KF_OK;
}

/* --- asking --- */

static kf_err take_secret(struct run *run, settings_input *settings,
                          const struct kf_ca_option *option) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    KF_AUTO_FREE char *question = kf_str("%s: ", option->title);
    if (!question)
        return kf_fail(KF_E_MEMORY, "out of memory for the question");
    if (settings->secret_count == SECRETS_MAX)
        return kf_fail(KF_E_USAGE, "there are more than %d secrets", SECRETS_MAX);
    KF_TRY(secrets_get(run, option->name, question, &secret));
    settings->secrets[settings->secret_count].name = option->name;
    settings->secrets[settings->secret_count++].secret = KF_MOVE(secret);
    return KF_OK;
}

static void show_option(struct run *run, const struct kf_ca_option *option) {
    if (option->help)
        note(run, "  %s%s%s", term_dim(run->term.err_color), option->help,
             term_plain(run->term.err_color));
    if (option->choices)
        note(run, "  one of: %s", option->choices);
}

static kf_err ask_setting(struct run *run, settings_input *settings,
                          const struct kf_ca_option *option) {
    char answer[ANSWER_MAX];
    KF_AUTO_FREE char *question =
        kf_str("%s%s%s%s: ", option->title, option->fallback ? " [" : "",
               option->fallback ? option->fallback : "", option->fallback ? "]" : "");
    if (!question)
        return kf_fail(KF_E_MEMORY, "out of memory for the question");
    show_option(run, option);
    KF_TRY(run_ask(run, question, answer));
    const char *typed = kf_str_trim(answer);
    if (!*typed)
        return KF_OK;
    char *word = kf_str("%s=%s", option->name, typed);
    if (!word)
        return kf_fail(KF_E_MEMORY, "out of memory for a setting");
    settings->asked[settings->asked_count++] = word;
    return add_word(settings, word);
}

/* --- add --- */

/* What is required and was not given is asked for; a secret also when only its source is named. */
static kf_err complete(struct run *run, settings_input *settings) {
    const struct kf_connector *connector = settings->connector;
    for (size_t i = 0; i < connector->option_count; i++) {
        const struct kf_ca_option *option = &connector->options[i];
        bool secret = option->kind == KF_OPTION_SECRET;
        if (is_given(settings, option))
            continue;
        if (secret && (secrets_have(run, option->name) || option->required))
            KF_TRY(take_secret(run, settings, option));
        else if (!secret && option->required && run_can_ask(run))
            KF_TRY(ask_setting(run, settings, option));
    }
    return KF_OK;
}

static kf_err refuse_strange_secrets(const struct run *run, const struct kf_connector *connector) {
    for (size_t i = 0; i < run->secrets.count; i++) {
        const char *name = run->secrets.items[i].name;
        const struct kf_ca_option *option = find_option(connector, name);
        if (!option || option->kind != KF_OPTION_SECRET)
            return kf_fail(KF_E_USAGE, "the connector \"%s\" has no secret \"%s\"", connector->name,
                           name);
    }
    return KF_OK;
}

/* A word that is a secret, or no option, is left to the library, which says what is wrong. */
static bool words_are_options(const settings_input *settings) {
    for (size_t i = 0; i < settings->count; i++) {
        const struct kf_ca_option *option = find_option(settings->connector, settings->words[i]);
        if (!option || option->kind == KF_OPTION_SECRET)
            return false;
    }
    return true;
}

static kf_err read_settings(struct run *run, settings_input *settings) {
    settings->connector = kf_connector_find(run_argument(run, 1));
    for (size_t i = 2; i < run->line->argument_count; i++)
        KF_TRY(add_word(settings, run_argument(run, i)));
    if (!settings->connector || !words_are_options(settings))
        return KF_OK;
    KF_TRY(refuse_strange_secrets(run, settings->connector));
    return complete(run, settings);
}

static kf_err keep_secrets(struct run *run, const settings_input *settings) {
    KF_AUTO_FREE char *place = NULL;
    if (!settings->secret_count)
        return KF_OK;
    KF_TRY(kf_keyring_place(run->context, &place));
    for (size_t i = 0; i < settings->secret_count; i++)
        KF_TRY(kf_connection_secret(run->context, run_argument(run, 0), settings->secrets[i].name,
                                    settings->secrets[i].secret));
    note(run, "  Kept in %s.", place);
    return KF_OK;
}

/* Without its secrets the connection would be of no use. */
static kf_err add(struct run *run, const settings_input *settings) {
    const char *name = run_argument(run, 0);
    KF_TRY(kf_connection_add(run->context, name, run_argument(run, 1), settings->words,
                             settings->count));
    kf_err code = keep_secrets(run, settings);
    if (code == KF_OK)
        return KF_OK;
    struct kf_error_saved saved;
    kf_error_save(&saved);
    (void)kf_connection_remove(run->context, name);
    kf_error_restore(&saved);
    return code;
}

/* --- and then --- */

static kf_err say_yes(struct run *run, const char *question, bool *ret_yes) {
    char answer[ANSWER_MAX];
    KF_TRY(run_ask(run, question, answer));
    const char *typed = kf_str_trim(answer);
    *ret_yes = *typed != 'n' && *typed != 'N';
    return KF_OK;
}

/* A CA that cannot be reached today, or does not know the person yet, is set up all the same. */
static void tell_trouble(struct run *run, kf_err code) {
    note(run, "%s %s", term_mark(&run->term, MARK_NOTE), kf_error_sentence(code));
    if (*kf_error_next(code))
        note(run, "  %s", kf_error_next(code));
    kf_error_clear();
}

static kf_err offer_login(struct run *run, const char *name) {
    bool yes = false;
    KF_TRY(say_yes(run, "Sign in now? [Y/n]: ", &yes));
    if (!yes)
        return KF_OK;
    kf_err code = login_run(run, name, NULL);
    if (code != KF_OK && code != KF_E_INTERRUPTED)
        tell_trouble(run, code);
    return code == KF_E_INTERRUPTED ? code : KF_OK;
}

/* The CA is asked how things stand, when the person wants that; what comes of it is on the card. */
static kf_err offer_check(struct run *run, const struct kf_connector *connector) {
    KF_AUTO_PTR(json_t) document = NULL;
    const char *name = run_argument(run, 0);
    bool yes = connector->account && run_can_ask(run) && !run_has(run, OPT_YES);
    if (yes)
        KF_TRY(say_yes(run, "Test it now? [Y/n]: ", &yes));
    if (!yes)
        return KF_OK;
    kf_err code = kf_connection_check(run->context, name, &document);
    if (code != KF_OK)
        tell_trouble(run, code);
    else if (connector->login && strcmp(json_text(document, "standing"), "signed_out") == 0)
        return offer_login(run, name);
    return KF_OK;
}

kf_err cmd_connection_add(struct run *run) {
    KF_AUTO(settings_input) settings = {0};
    KF_AUTO_PTR(json_t) document = NULL;
    KF_TRY(read_settings(run, &settings));
    KF_TRY(add(run, &settings));
    kf_err code = offer_check(run, settings.connector);
    if (code == KF_E_INTERRUPTED) {
        kf_error_key("The connection is kept.");
        kf_error_hint("Go on with `keyfob connection check %s`.", run_argument(run, 0));
    }
    KF_TRY(code);
    KF_TRY(kf_connection_json(run->context, run_argument(run, 0), &document));
    KF_TRY(connection_card(run, document));
    connection_next(run, document);
    return KF_OK;
}

/* --- edit --- */

static kf_err edit_word(struct run *run, settings_input *settings, const char *word) {
    const struct kf_ca_option *option = find_option(settings->connector, word);
    if (strchr(word, '=') || !option)
        return add_word(settings, word); /* the library knows what to say of it */
    if (option->kind == KF_OPTION_SECRET)
        return take_secret(run, settings, option);
    if (!run_can_ask(run))
        return kf_fail(KF_E_USAGE, "\"%s\" wants a value: %s=VALUE", word, word);
    return ask_setting(run, settings, option);
}

static bool is_named(const struct run *run, const char *name) {
    for (size_t i = 1; i < run->line->argument_count; i++)
        if (strcmp(run_argument(run, i), name) == 0)
            return true;
    return false;
}

/* A secret whose source is named need not be named as a word too. */
static kf_err edit_settings(struct run *run, settings_input *settings) {
    KF_TRY(refuse_strange_secrets(run, settings->connector));
    for (size_t i = 1; i < run->line->argument_count; i++)
        KF_TRY(edit_word(run, settings, run_argument(run, i)));
    for (size_t i = 0; i < run->secrets.count; i++) {
        const char *name = run->secrets.items[i].name;
        if (!is_named(run, name))
            KF_TRY(take_secret(run, settings, find_option(settings->connector, name)));
    }
    return KF_OK;
}

kf_err cmd_connection_edit(struct run *run) {
    const char *name = run_argument(run, 0);
    KF_AUTO(settings_input) settings = {0};
    KF_AUTO_PTR(json_t) document = NULL;
    KF_TRY(run_connector(run, name, &settings.connector));
    KF_TRY(edit_settings(run, &settings));
    if (settings.count == 0 && settings.secret_count == 0)
        return kf_fail(KF_E_USAGE, "nothing to change was named");
    if (settings.count)
        KF_TRY(kf_connection_edit(run->context, name, settings.words, settings.count));
    KF_TRY(keep_secrets(run, &settings));
    KF_TRY(kf_connection_json(run->context, name, &document));
    KF_TRY(connection_card(run, document));
    connection_next(run, document);
    return KF_OK;
}
