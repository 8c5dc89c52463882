// SPDX-License-Identifier: Apache-2.0
// Questions for PINs: in the page, in a window of the desktop, on the reader's keypad.
#include <string.h>

#include "base/text.h"
#include "common/password.h"
#include "web/worker/window.h"

static const char *const pin_words[] = {
    [KF_PIN_USER] = "user",         [KF_PIN_SO] = "so",         [KF_PIN_KEY] = "key",
    [KF_PIN_NEW_USER] = "new_user", [KF_PIN_NEW_SO] = "new_so",
};
static const char *const tries_words[] = {
    [KF_TRIES_OK] = "ok",
    [KF_TRIES_LOW] = "low",
    [KF_TRIES_LAST] = "last",
    [KF_TRIES_LOCKED] = "locked",
};

static json_t *pin_question(const struct kf_pin_question *question, const char *kind,
                            const char *problem, bool window) {
    return json_pack("{s:s, s:s, s:{s:s, s:s}, s:s*, s:s, s:s, s:b, s:I, s:I, s:s*, s:o*}", "kind",
                     kind, "pin", pin_words[question->kind], "token", "label",
                     question->token_label, "serial", question->token_serial, "container",
                     question->container, "why", question->why, "tries",
                     tries_words[question->tries], "software", question->software, "min",
                     (json_int_t)question->min_len, "max", (json_int_t)question->max_len, "problem",
                     problem, "window", window ? json_true() : NULL);
}

/* The library refuses it too, but then the whole operation would begin again. */
static bool has_length(const struct kf_pin_question *question, const kf_secret *pin) {
    size_t len = kf_secret_len(pin);
    return len > 0 && len >= question->min_len &&
           (question->max_len == 0 || len <= question->max_len);
}

static bool is_new(enum kf_pin_kind kind) {
    return kind == KF_PIN_NEW_USER || kind == KF_PIN_NEW_SO;
}

/* NULL: it can be used. */
static const char *problem_of(const struct kf_pin_question *question, kf_secret *pin) {
    if (!has_length(question, pin))
        return "pin_length";
    if (is_new(question->kind) && question->software && password_check(pin, "") != KF_OK) {
        kf_error_clear();
        return "password_weak";
    }
    return NULL;
}

/* --- in a window --- */

static const char *name_of(const struct kf_pin_question *question) {
    bool is_so = question->kind == KF_PIN_SO || question->kind == KF_PIN_NEW_SO;
    if (question->software)
        return is_so ? "unblock secret" : "password";
    return is_so ? "SO PIN" : "PIN";
}

static const char *problem_text(const struct kf_pin_question *question, const char *problem) {
    if (!problem)
        return NULL;
    if (strcmp(problem, "pin_length") == 0)
        return "It has a length that is not taken; no try was used.";
    if (strcmp(problem, "password_weak") == 0)
        return "It can be guessed: take 10 or more characters of 3 kinds, or a sentence.";
    return question->software ? "That was wrong." : "Wrong PIN.";
}

static const char *tries_text(const struct kf_pin_question *question) {
    static const char *const texts[] = {
        [KF_TRIES_OK] = "",
        [KF_TRIES_LOW] = "\nFew tries are left.",
        [KF_TRIES_LAST] = "\nOne last try is left: a wrong one blocks it.",
        [KF_TRIES_LOCKED] = "",
    };
    return texts[question->tries];
}

/* Names the token and why, as the dialog of the page does. */
static kf_err ask_window(struct worker *worker, const struct kf_pin_question *question,
                         const char *problem, kf_secret **ret_pin) {
    const char *name = name_of(question);
    bool fresh = is_new(question->kind);
    KF_AUTO_FREE char *text =
        kf_str("%s %s of \"%s\" (%s)%s%s%s", fresh ? "Choose the" : "Enter the", name,
               question->token_label, question->token_serial, question->why ? " " : "",
               question->why ? question->why : "", tries_text(question));
    KF_AUTO_FREE char *prompt = kf_str("%s:", name);
    if (!text || !prompt)
        return kf_fail(KF_E_MEMORY, "out of memory for a question");
    const struct window_question shown = {.title = "keyfob",
                                          .text = text,
                                          .prompt = prompt,
                                          .repeat = fresh ? "Again:" : NULL,
                                          .problem = problem_text(question, problem)};
    KF_TRY(worker_announce(worker, pin_question(question, "pin", problem, true)));
    return window_ask(worker, &shown, ret_pin);
}

/* --- asking --- */

/* In a window of the desktop where there is one; what cannot be shown there is asked in the page.
 */
static kf_err ask_once(struct worker *worker, const struct kf_pin_question *question,
                       const char *problem, kf_secret **ret_pin) {
    if (!worker->without_window && window_is_wanted(worker->context)) {
        kf_err code = ask_window(worker, question, problem, ret_pin);
        if (code != KF_E_PIN_SOURCE)
            return code;
        kf_error_clear();
        worker->without_window = true;
    }
    json_t *text = pin_question(question, "pin", problem, false);
    return text ? worker_ask_secret(worker, text, ret_pin)
                : kf_fail(KF_E_MEMORY, "out of memory for a question");
}

static kf_err ask_pin(struct worker *worker, const struct kf_pin_question *question,
                      kf_secret **ret_pin) {
    const char *problem = question->again ? "pin_wrong" : NULL;
    KF_AUTO_PTR(kf_secret) pin = NULL;
    do {
        kf_secret_free(KF_MOVE(pin));
        KF_TRY(ask_once(worker, question, problem, &pin));
        problem = problem_of(question, pin);
    } while (problem);
    *ret_pin = KF_MOVE(pin);
    return KF_OK;
}

kf_err worker_pin(void *arg, const struct kf_pin_question *question, kf_secret **ret_pin) {
    struct worker *worker = arg;
    KF_AUTO_PTR(kf_secret) pin = NULL;
    if (!question->again)
        KF_TRY(kept_pin_get(worker->work, question, &pin));
    if (!pin) {
        KF_TRY(ask_pin(worker, question, &pin));
        KF_TRY(kept_pin_note(worker->work, question, pin));
    }
    *ret_pin = KF_MOVE(pin);
    return KF_OK;
}

/* No answer comes. */
void worker_keypad(void *arg, const struct kf_pin_question *question) {
    struct kf_error_saved saved;
    kf_error_save(&saved);
    worker_announce(arg,
                    pin_question(question, "keypad", question->again ? "pin_wrong" : NULL, false));
    kf_error_restore(&saved);
}
