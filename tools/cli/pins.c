// SPDX-License-Identifier: Apache-2.0
// Which PIN source answers which question, and the new password that is kept for its container.
#include <string.h>

#include "base/context.h"
#include "base/text.h"
#include "common/password.h"
#include "pin.h"
#include "pin_prompt.h"

static kf_err source_init(struct pin_source *source, const char *text, const char *what) {
    if (!text)
        return KF_OK;
    kf_err code = pin_source_parse(text, source);
    if (code == KF_OK && source->from == PIN_ENV)
        code = pin_source_keep(source);
    return code == KF_OK ? KF_OK : kf_fail_in(code, "%s", what);
}

kf_err pins_init(struct pins *pins, const struct line *line, bool no_input) {
    const char *user = line->value[OPT_PIN_SOURCE];
    const char *variable = getenv("KEYFOB_PIN_SOURCE");
    bool from_environment = !user && variable && *variable;
    pins->command = line->command->id;
    pins->no_input = no_input;
    KF_TRY(source_init(&pins->user, from_environment ? variable : user,
                       from_environment ? "KEYFOB_PIN_SOURCE" : "--pin-source"));
    pins->weak_password = line->value[OPT_WEAK_PASSWORD] != NULL;
    KF_TRY(source_init(&pins->so, line->value[OPT_SO_PIN_SOURCE], "--so-pin-source"));
    KF_TRY(source_init(&pins->file, line->value[OPT_FILE_PIN_SOURCE], "--file-pin-source"));
    return source_init(&pins->fresh, line->value[OPT_NEW_PIN_SOURCE], "--new-pin-source");
}

void pins_clear(struct pins *pins) {
    struct pin_source *all[] = {&pins->user, &pins->so, &pins->fresh, &pins->file};
    for (size_t i = 0; i < KF_COUNT(all); i++) {
        kf_secret_free(all[i]->kept);
        all[i]->kept = NULL;
    }
    kf_secret_free(pins->kept.secret);
    free(pins->kept.token_label);
    free(pins->kept.token_serial);
    pins->kept = (struct pin_kept){0};
}

static bool logs_in_as_so(enum command_id command) {
    return command == CMD_TOKEN_INIT || command == CMD_PIN_SET || command == CMD_PIN_UNBLOCK ||
           command == CMD_PIN_SET_SO;
}

static const struct pin_source *login_source(const struct pins *pins) {
    return logs_in_as_so(pins->command) ? &pins->so : &pins->user;
}

bool pins_are_stored(const struct pins *pins) {
    enum pin_from from = login_source(pins)->from;
    return from == PIN_FILE || from == PIN_FD || from == PIN_ENV;
}

bool pins_use_pad(const struct pins *pins) {
    return login_source(pins)->from == PIN_PAD;
}

/* A new user PIN may come from --pin-source where that one is not needed for the old PIN; the SO
 * PIN that a token is initialised with comes from --so-pin-source. */
static struct pin_source *source_for(struct pins *pins, enum kf_pin_kind kind) {
    switch (kind) {
    case KF_PIN_SO:
        return &pins->so;
    case KF_PIN_NEW_SO:
        return pins->command == CMD_PIN_SET_SO ? &pins->fresh : &pins->so;
    case KF_PIN_NEW_USER:
        return pins->fresh.given || pins->command == CMD_PIN_CHANGE ? &pins->fresh : &pins->user;
    default:
        return &pins->user;
    }
}

static bool is_new(enum kf_pin_kind kind) {
    return kind == KF_PIN_NEW_USER || kind == KF_PIN_NEW_SO;
}

/* --- the new password of a software container --- */

void pins_keep(struct pins *pins) {
    pins->kept.wanted = true;
}

kf_err pins_keep_for(struct pins *pins, const char *token_label, const char *token_serial) {
    struct pin_kept *kept = &pins->kept;
    kept->wanted = false;
    kept->token_label = strdup(token_label);
    kept->token_serial = strdup(token_serial);
    if (!kept->token_label || !kept->token_serial)
        return kf_fail(KF_E_MEMORY, "out of memory");
    return KF_OK;
}

static bool is_kept_for(const struct pins *pins, const struct kf_pin_question *question) {
    const struct pin_kept *kept = &pins->kept;
    bool asks_user = question->kind == KF_PIN_USER || question->kind == KF_PIN_KEY;
    return asks_user && kept->secret && kept->token_serial &&
           kf_str_equal(kept->token_label, question->token_label) &&
           kf_str_equal(kept->token_serial, question->token_serial);
}

static kf_err copy_of(kf_secret *secret, kf_secret **ret_copy) {
    return kf_secret_copy(kf_secret_data(secret), kf_secret_len(secret), ret_copy);
}

static kf_err keep_new(struct pins *pins, const struct kf_pin_question *question, kf_secret *pin) {
    if (!pins->kept.wanted || question->kind != KF_PIN_NEW_USER)
        return KF_OK;
    kf_secret_free(pins->kept.secret);
    pins->kept.secret = NULL;
    return copy_of(pin, &pins->kept.secret);
}

/* --- answering --- */

/* The option that answers it next time. */
static const char *source_option(struct pins *pins, const struct kf_pin_question *question) {
    if (question->kind == KF_PIN_NEW_USER)
        return "--new-pin-source";
    const struct pin_source *source = source_for(pins, question->kind);
    return source == &pins->so      ? "--so-pin-source"
           : source == &pins->fresh ? "--new-pin-source"
                                    : "--pin-source";
}

static kf_err nobody_to_ask(struct pins *pins, const struct kf_pin_question *question) {
    bool has_serial = question->token_serial && *question->token_serial;
    kf_fail(KF_E_PIN_NEEDED, "the %s of %s \"%s\"%s%s%s is needed%s%s", pin_title(question),
            question->software ? "container" : "token", question->token_label,
            has_serial ? " (" : "", has_serial ? question->token_serial : "", has_serial ? ")" : "",
            question->why ? " " : "", question->why ? question->why : "");
    kf_error_hint("Give a source with %s, or run it at a terminal without --no-input.",
                  source_option(pins, question));
    return KF_E_PIN_NEEDED;
}

static kf_err from_source(struct pins *pins, struct pin_source *source,
                          const struct kf_pin_question *question, kf_secret **ret_pin) {
    KF_AUTO_PTR(kf_secret) pin = NULL;
    KF_AUTO_FREE char *text = pin_question_text(question);
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory for the question");
    KF_TRY(pin_source_read(source, text, &pin));
    if (is_new(question->kind) && question->software && !pins->weak_password)
        KF_TRY(password_check(pin, question->kind == KF_PIN_NEW_SO ? "the new unblock secret"
                                                                   : "the new password"));
    *ret_pin = KF_MOVE(pin);
    return KF_OK;
}

static kf_err answer(struct pins *pins, const struct kf_pin_question *question,
                     kf_secret **ret_pin) {
    struct pin_source *source = source_for(pins, question->kind);
    if (is_kept_for(pins, question))
        return copy_of(pins->kept.secret, ret_pin);
    if (source->from == PIN_PAD)
        return kf_fail(KF_E_PIN_SOURCE, "token \"%s\" has no pin pad", question->token_label);
    if (source->from == PIN_PROMPT && pins->no_input)
        return nobody_to_ask(pins, question);
    if (source->from == PIN_PROMPT)
        return pin_prompt(question, question->software && !pins->weak_password, ret_pin);
    return from_source(pins, source, question, ret_pin);
}

kf_err pins_answer(struct pins *pins, const struct kf_pin_question *question, kf_secret **ret_pin) {
    KF_AUTO_PTR(kf_secret) pin = NULL;
    KF_TRY(answer(pins, question, &pin));
    KF_TRY(keep_new(pins, question, pin));
    *ret_pin = KF_MOVE(pin);
    return KF_OK;
}

/* --- key files --- */

static kf_err ask_for_file(struct pins *pins, const char *file, bool fresh,
                           kf_secret **ret_password) {
    if (pins->no_input) {
        kf_fail(KF_E_PIN_NEEDED, "the password of the file \"%s\" is needed", file);
        kf_error_hint("Give a source with --file-pin-source, or run it at a terminal without "
                      "--no-input.");
        return KF_E_PIN_NEEDED;
    }
    return fresh ? pin_prompt_new_file(file, !pins->weak_password, ret_password)
                 : pin_prompt_file(file, ret_password);
}

kf_err pins_file_password(struct pins *pins, const char *file, bool fresh,
                          kf_secret **ret_password) {
    KF_AUTO_PTR(kf_secret) password = NULL;
    if (pins->file.from == PIN_PAD)
        return kf_fail(KF_E_PIN_SOURCE, "a pin pad knows no file's password");
    if (pins->file.from == PIN_PROMPT)
        return ask_for_file(pins, file, fresh, ret_password);
    KF_AUTO_FREE char *text =
        kf_str("%s for the file %s: ", fresh ? "New password" : "Password", file);
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory for the question");
    KF_TRY(pin_source_read(&pins->file, text, &password));
    if (fresh && !pins->weak_password)
        KF_TRY(password_check(password, "the new password"));
    *ret_password = KF_MOVE(password);
    return KF_OK;
}
