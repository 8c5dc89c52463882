// SPDX-License-Identifier: Apache-2.0
// The PIN question: which PIN, of which token, why, and how many tries are left.
#include "pin_prompt.h"

#include <string.h>

#include "base/context.h"
#include "base/text.h"
#include "tty.h"

#define NEW_PIN_ROUNDS 3

static const char *const titles[] = {
    [KF_PIN_USER] = "PIN",         [KF_PIN_SO] = "SO PIN",         [KF_PIN_KEY] = "PIN",
    [KF_PIN_NEW_USER] = "new PIN", [KF_PIN_NEW_SO] = "new SO PIN",
};

const char *pin_title(enum kf_pin_kind kind) {
    return titles[kind];
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
    return kf_str("%s%s%s for %s%s%s%s%s%s%s%s%s: ", is_new(question->kind) ? "N" : "",
                  titles[question->kind] + is_new(question->kind), again,
                  label && *label ? label : "the new token", serial[0] ? " (" : "", serial,
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
        fputs("Few tries are left.\n", stderr);
        return KF_OK;
    }
    KF_TRY(tty_ask("Last try: a wrong PIN blocks the token. Type yes to go on: ", answer));
    if (strcmp(answer, "yes") == 0)
        return KF_OK;
    kf_fail(KF_E_INTERRUPTED, "the last try was not used");
    kf_error_key("The keys are safe; no PIN was tried.");
    kf_error_hint("Look the PIN up first; if it is forgotten: `keyfob pin unblock`.");
    return KF_E_INTERRUPTED;
}

static bool length_fits(const struct kf_pin_question *question, size_t len) {
    if (len > 0 && len >= question->min_len && (!question->max_len || len <= question->max_len))
        return true;
    if (question->max_len)
        fprintf(stderr, "It must have %zu to %zu characters.\n",
                question->min_len ? question->min_len : 1, question->max_len);
    else
        fputs("It is too short.\n", stderr);
    return false;
}

static kf_err ask_new_once(const struct kf_pin_question *question, const char *text, bool *ret_good,
                           kf_secret **ret_pin) {
    KF_AUTO_PTR(kf_secret) pin = NULL;
    KF_AUTO_PTR(kf_secret) again = NULL;
    *ret_good = false;
    KF_TRY(tty_ask_secret(text, &pin));
    if (!length_fits(question, kf_secret_len(pin)))
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

static kf_err ask_new(const struct kf_pin_question *question, const char *text,
                      kf_secret **ret_pin) {
    bool good = false;
    for (int round = 0; round < NEW_PIN_ROUNDS && !good; round++)
        KF_TRY(ask_new_once(question, text, &good, ret_pin));
    if (!good)
        return kf_fail(KF_E_PIN_LENGTH, "no %s was chosen", titles[question->kind]);
    return KF_OK;
}

kf_err pin_prompt(const struct kf_pin_question *question, kf_secret **ret_pin) {
    KF_AUTO_FREE char *text = pin_question_text(question);
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory for the question");
    if (is_new(question->kind))
        return ask_new(question, text, ret_pin);
    KF_TRY(warn_of_tries(question));
    return tty_ask_secret(text, ret_pin);
}
