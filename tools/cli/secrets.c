// SPDX-License-Identifier: Apache-2.0
// Secrets for a CA: from --secret-source NAME=SOURCE, or asked for without echo.
#include "secrets.h"

#include <string.h>

#include "run.h"
#include "tty.h"

static void hint_sources(const char *name) {
    kf_error_hint("Use --secret-source %s=prompt, file:PATH, fd:N, env:VAR or askpass:PROGRAM.",
                  name);
}

/* The text is never shown: it may be the secret itself. */
static kf_err take_source(const char *text, struct secret_source *item) {
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return kf_fail(KF_E_USAGE, "--secret-source wants NAME=SOURCE, such as "
                                   "password=file:PATH");
    item->name = strndup(text, (size_t)(equals - text));
    if (!item->name)
        return kf_fail(KF_E_MEMORY, "out of memory");
    if (pin_source_parse(equals + 1, &item->source) != KF_OK || item->source.from == PIN_PAD) {
        kf_fail(KF_E_PIN_SOURCE, "that is no source of a secret; a secret itself is never an "
                                 "argument");
        hint_sources(item->name);
        return KF_E_PIN_SOURCE;
    }
    item->source.what = "secret";
    return item->source.from == PIN_ENV ? pin_source_keep(&item->source) : KF_OK;
}

kf_err secrets_init(struct secrets *secrets, const struct line *line) {
    for (size_t i = 0; i < line->given_count; i++) {
        if (line->given[i].option != OPT_SECRET_SOURCE)
            continue;
        if (secrets->count == SECRETS_MAX)
            return kf_fail(KF_E_USAGE, "there are more than %d secrets", SECRETS_MAX);
        KF_TRY(take_source(line->given[i].value, &secrets->items[secrets->count++]));
    }
    return KF_OK;
}

void secrets_clear(struct secrets *secrets) {
    for (size_t i = 0; i < secrets->count; i++) {
        free(secrets->items[i].name);
        kf_secret_free(secrets->items[i].source.kept);
    }
    *secrets = (struct secrets){0};
}

static struct secret_source *find(const struct run *run, const char *name) {
    struct secrets *secrets = (struct secrets *)(uintptr_t)&run->secrets;
    for (size_t i = 0; i < secrets->count; i++)
        if (strcmp(secrets->items[i].name, name) == 0)
            return &secrets->items[i];
    return NULL;
}

bool secrets_have(const struct run *run, const char *name) {
    return find(run, name) != NULL;
}

static kf_err ask(struct run *run, const char *name, const char *question, kf_secret **ret_secret) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    if (!run_can_ask(run)) {
        kf_fail(KF_E_NEEDS_PERSON, "a secret is needed, \"%s\": %.*s", name,
                (int)(strcspn(question, ":") < 200 ? strcspn(question, ":") : 200), question);
        kf_error_key("Nothing was sent.");
        kf_error_hint("Give a source with --secret-source %s=file:PATH, or run it at a terminal "
                      "without --no-input.",
                      name);
        return KF_E_NEEDS_PERSON;
    }
    progress_pause(&run->progress);
    KF_TRY(tty_ask_secret(question, &secret));
    if (kf_secret_len(secret) > 0)
        *ret_secret = KF_MOVE(secret);
    return KF_OK;
}

kf_err secrets_get_optional(struct run *run, const char *name, const char *question,
                            kf_secret **ret_secret) {
    struct secret_source *item = find(run, name);
    if (!item || item->source.from == PIN_PROMPT)
        return ask(run, name, question, ret_secret);
    kf_err code = pin_source_read(&item->source, question, ret_secret);
    if (code == KF_E_PIN_SOURCE) {
        kf_error_key("Nothing was sent.");
        hint_sources(name);
    }
    return code;
}

kf_err secrets_get(struct run *run, const char *name, const char *question,
                   kf_secret **ret_secret) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    KF_TRY(secrets_get_optional(run, name, question, &secret));
    *ret_secret = KF_MOVE(secret);
    if (*ret_secret)
        return KF_OK;
    kf_fail(KF_E_INTERRUPTED, "nothing was typed");
    kf_error_key("Nothing was sent.");
    kf_error_hint("Run the command again when you are ready.");
    return KF_E_INTERRUPTED;
}
