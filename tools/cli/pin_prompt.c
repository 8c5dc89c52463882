// SPDX-License-Identifier: Apache-2.0
// The PIN question: which PIN, of which token, why, and how many tries are left.
#include "pin_prompt.h"

#include <ctype.h>
#include <string.h>

#include "base/context.h"
#include "base/text.h"
#include "common/password.h"
#include "tty.h"

#define NEW_PIN_ROUNDS 3

static const char *const titles[][2] = {
    [KF_PIN_USER] = {"PIN", "password"},
    [KF_PIN_SO] = {"SO PIN", "unblock secret"},
    [KF_PIN_KEY] = {"PIN", "password"},
    [KF_PIN_NEW_USER] = {"new PIN", "new password"},
    [KF_PIN_NEW_SO] = {"new SO PIN", "new unblock secret"},
};

const char *pin_title(const struct kf_pin_question *question) {
    return titles[question->kind][question->software];
}

static bool is_new(enum kf_pin_kind kind) {
    return kind == KF_PIN_NEW_USER || kind == KF_PIN_NEW_SO;
}

/* "09143328" as "0914 3328", the way it is printed on tokens. Other serials stay as they are. */
static void group_serial(const char *serial, char ret_text[static 24]) {
    size_t len = strlen(serial);
    if (len == 8)
        snprintf(ret_text, 24, "%.4s %.4s", serial, serial + 4);
    else
        snprintf(ret_text, 24, "%.23s", serial);
}

char *pin_question_text(const struct kf_pin_question *question) {
    char serial[24];
    group_serial(question->token_serial ? question->token_serial : "", serial);
    const char *container = question->container, *label = question->token_label;
    const char *why = question->why && !is_new(question->kind) ? question->why : NULL;
    const char *again = question->kind == KF_PIN_KEY ? " again" : "";
    const char *title = pin_title(question);
    if (question->software && kf_str_equal(container, label))
        container = NULL; /* it would be said twice */
    return kf_str("%c%s%s for %s%s%s%s%s%s%s%s%s: ", toupper((unsigned char)title[0]), title + 1,
                  again, label && *label ? label : "the new token", serial[0] ? " (" : "", serial,
                  serial[0] ? ")" : "", why ? " " : "", why ? why : "",
                  container ? " (container \"" : "", container ? container : "",
                  container ? "\")" : "");
}

/* What the token's flags say; PKCS#11 has no counter. */
static kf_err warn_of_tries(const struct kf_pin_question *question) {
    char answer[ANSWER_MAX];
    if (is_new(question->kind) || question->tries == KF_TRIES_OK)
        return KF_OK;
    if (question->tries == KF_TRIES_LOW) {
        fputs(question->software ? "The last one was wrong; ten wrong ones in a row block it.\n"
                                 : "Few tries are left.\n",
              stderr);
        return KF_OK;
    }
    KF_TRY(tty_ask(question->software
                       ? "Last try: a wrong password blocks the container. Type yes to go on: "
                       : "Last try: a wrong PIN blocks the token. Type yes to go on: ",
                   answer));
    if (strcmp(answer, "yes") == 0)
        return KF_OK;
    kf_fail(KF_E_INTERRUPTED, "the last try was not used");
    kf_error_key(question->software ? "The keys are safe; no password was tried."
                                    : "The keys are safe; no PIN was tried.");
    kf_error_hint("Look the %s up first; if it is forgotten: `keyfob pin unblock`.",
                  pin_title(question));
    return KF_E_INTERRUPTED;
}

/* What a new PIN must be like, and how it is asked for. */
struct rules {
    const char *text; /* the question */
    const char *what; /* "new PIN" */
    size_t min_len, max_len;
    bool strong;
};

static bool length_fits(const struct rules *rules, size_t len) {
    if (len > 0 && len >= rules->min_len && (!rules->max_len || len <= rules->max_len))
        return true;
    if (rules->max_len)
        fprintf(stderr, "It must have %zu to %zu characters.\n",
                rules->min_len ? rules->min_len : 1, rules->max_len);
    else
        fputs("It is too short.\n", stderr);
    return false;
}

static bool strength_fits(const struct rules *rules, kf_secret *pin) {
    if (!rules->strong || password_check(pin, "it") == KF_OK)
        return true;
    const char *why = kf_error_sentence(KF_E_POLICY);
    fprintf(stderr, "%c%s.\n%s\n", toupper((unsigned char)why[0]), why + 1,
            kf_error_next(KF_E_POLICY));
    return false;
}

static kf_err ask_new_once(const struct rules *rules, bool *ret_good, kf_secret **ret_pin) {
    KF_AUTO_PTR(kf_secret) pin = NULL;
    KF_AUTO_PTR(kf_secret) again = NULL;
    *ret_good = false;
    KF_TRY(tty_ask_secret(rules->text, &pin));
    if (!length_fits(rules, kf_secret_len(pin)) || !strength_fits(rules, pin))
        return KF_OK;
    KF_TRY(tty_ask_secret("Once more: ", &again));
    if (!kf_secret_equal(pin, again)) {
        fputs("They are not the same.\n", stderr);
        return KF_OK;
    }
    *ret_good = true;
    *ret_pin = KF_MOVE(pin);
    return KF_OK;
}

static kf_err ask_new(const struct rules *rules, kf_secret **ret_pin) {
    bool good = false;
    for (int round = 0; round < NEW_PIN_ROUNDS && !good; round++)
        KF_TRY(ask_new_once(rules, &good, ret_pin));
    if (!good)
        return kf_fail(KF_E_PIN_LENGTH, "no %s was chosen", rules->what);
    return KF_OK;
}

kf_err pin_prompt(const struct kf_pin_question *question, bool strong, kf_secret **ret_pin) {
    KF_AUTO_FREE char *text = pin_question_text(question);
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory for the question");
    const struct rules rules = {.text = text,
                                .what = pin_title(question),
                                .min_len = question->min_len,
                                .max_len = question->max_len,
                                .strong = strong};
    if (is_new(question->kind))
        return ask_new(&rules, ret_pin);
    KF_TRY(warn_of_tries(question));
    return tty_ask_secret(text, ret_pin);
}

kf_err pin_prompt_file(const char *file, kf_secret **ret_password) {
    KF_AUTO_FREE char *text = kf_str("Password of the file %s: ", file);
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory for the question");
    return tty_ask_secret(text, ret_password);
}

kf_err pin_prompt_new_file(const char *file, bool strong, kf_secret **ret_password) {
    KF_AUTO_FREE char *text = kf_str("New password for the file %s: ", file);
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory for the question");
    const struct rules rules = {.text = text, .what = "new password", .strong = strong};
    return ask_new(&rules, ret_password);
}
