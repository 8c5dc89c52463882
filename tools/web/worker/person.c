// SPDX-License-Identifier: Apache-2.0
// The way to the person: steps and questions go to the front, answers come back.
#include <string.h>

#include "web/worker/worker.h"

/* --- questions --- */

/* The answer to the present question, NULL when what came is of another one. */
static json_t *take_answer(struct worker *worker) {
    json_t *answer = worker->answer;
    worker->answer = NULL;
    if (json_integer_value(json_object_get(answer, "answer")) == worker->questions)
        return answer;
    json_decref(answer);
    return NULL;
}

static kf_err fail_cancelled(void) {
    kf_fail(KF_E_INTERRUPTED, "cancelled");
    return KF_E_INTERRUPTED;
}

static kf_err wait_for_answer(struct worker *worker, json_t **ret_answer) {
    json_t *answer = NULL;
    while (!answer) {
        worker_listen(worker, -1);
        if (worker->cancelled)
            return fail_cancelled();
        answer = take_answer(worker);
    }
    if (json_is_true(json_object_get(answer, "cancel"))) {
        json_decref(answer);
        return fail_cancelled();
    }
    *ret_answer = answer;
    return KF_OK;
}

static kf_err ask(struct worker *worker, json_t *question, json_t **ret_answer) {
    json_object_set_new(question, "question", json_integer(++worker->questions));
    KF_TRY(worker_tell(worker, "question", question));
    return wait_for_answer(worker, ret_answer);
}

static kf_err ask_secret(struct worker *worker, json_t *question, kf_secret **ret_secret) {
    json_t *answer = NULL;
    KF_TRY(ask(worker, question, &answer));
    const char *secret = json_string_value(json_object_get(answer, "secret"));
    kf_err code = secret ? kf_secret_copy(secret, strlen(secret), ret_secret)
                         : kf_fail(KF_E_INPUT, "the answer has no \"secret\"");
    json_decref(answer); /* wiped: see keyfob_work() */
    return code;
}

kf_err work_ask(struct work *work, json_t *question, json_t **ret_answer) {
    if (!question)
        return kf_fail(KF_E_MEMORY, "out of memory for a question");
    return ask(work->worker, question, ret_answer);
}

kf_err work_ask_secret(struct work *work, json_t *question, kf_secret **ret_secret) {
    if (!question)
        return kf_fail(KF_E_MEMORY, "out of memory for a question");
    return ask_secret(work->worker, question, ret_secret);
}

/* --- PINs --- */

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
                            const char *problem) {
    return json_pack("{s:s, s:s, s:{s:s, s:s}, s:s*, s:s, s:s, s:b, s:I, s:I, s:s*}", "kind", kind,
                     "pin", pin_words[question->kind], "token", "label", question->token_label,
                     "serial", question->token_serial, "container", question->container, "why",
                     question->why, "tries", tries_words[question->tries], "software",
                     question->software, "min", (json_int_t)question->min_len, "max",
                     (json_int_t)question->max_len, "problem", problem);
}

/* The library refuses it too, but then the whole operation would begin again. */
static bool has_length(const struct kf_pin_question *question, const kf_secret *pin) {
    size_t len = kf_secret_len(pin);
    return len > 0 && len >= question->min_len &&
           (question->max_len == 0 || len <= question->max_len);
}

static kf_err ask_pin(struct worker *worker, const struct kf_pin_question *question,
                      kf_secret **ret_pin) {
    const char *problem = question->again ? "pin_wrong" : NULL;
    for (;;) {
        json_t *text = pin_question(question, "pin", problem);
        kf_secret *pin = NULL;
        if (!text)
            return kf_fail(KF_E_MEMORY, "out of memory for a question");
        KF_TRY(ask_secret(worker, text, &pin));
        if (has_length(question, pin)) {
            *ret_pin = pin;
            return KF_OK;
        }
        kf_secret_free(pin);
        problem = "pin_length";
    }
}

static kf_err ui_pin(void *arg, const struct kf_pin_question *question, kf_secret **ret_pin) {
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
static void ui_keypad(void *arg, const struct kf_pin_question *question) {
    struct worker *worker = arg;
    json_t *text = pin_question(question, "keypad", question->again ? "pin_wrong" : NULL);
    struct kf_error_saved saved;
    kf_error_save(&saved);
    if (text && json_object_set_new(text, "question", json_integer(++worker->questions)) == 0)
        worker_tell(worker, "question", text);
    kf_error_restore(&saved);
}

/* --- steps --- */

static const char *const state_words[] = {
    [KF_STEP_BEGIN] = "begin", [KF_STEP_DONE] = "done", [KF_STEP_FAILED] = "failed",
    [KF_STEP_WAIT] = "wait",   [KF_STEP_NOTE] = "note",
};

static void ui_step(void *arg, const struct kf_step *step) {
    json_t *text =
        json_pack("{s:s, s:s, s:s, s:I}", "name", step->name, "state", state_words[step->state],
                  "text", step->text, "ms", (json_int_t)step->ms);
    struct kf_error_saved saved;
    kf_error_save(&saved);
    if (text)
        worker_tell(arg, "step", text); /* that the front is gone shows in ui_interrupted() */
    kf_error_restore(&saved);
}

static bool ui_interrupted(void *arg) {
    struct worker *worker = arg;
    worker_listen(worker, 0);
    return worker->cancelled;
}

const struct kf_ui worker_ui = {.pin = ui_pin,
                                .keypad = ui_keypad,
                                .step = ui_step,
                                .interrupted = ui_interrupted,
                                .asks_again = true};
