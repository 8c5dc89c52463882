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

kf_err worker_announce(struct worker *worker, json_t *question) {
    if (!question)
        return kf_fail(KF_E_MEMORY, "out of memory for a question");
    json_object_set_new(question, "question", json_integer(++worker->questions));
    json_decref(worker->answer); /* to an earlier one */
    worker->answer = NULL;
    return worker_tell(worker, "question", question);
}

static kf_err worker_ask(struct worker *worker, json_t *question, json_t **ret_answer) {
    KF_TRY(worker_announce(worker, question));
    return wait_for_answer(worker, ret_answer);
}

kf_err worker_ask_secret(struct worker *worker, json_t *question, kf_secret **ret_secret) {
    json_t *answer = NULL;
    KF_TRY(worker_ask(worker, question, &answer));
    const char *secret = json_string_value(json_object_get(answer, "secret"));
    kf_err code = !secret   ? kf_fail(KF_E_INPUT, "the answer has no \"secret\"")
                  : *secret ? kf_secret_copy(secret, strlen(secret), ret_secret)
                            : kf_secret_new(1, ret_secret); /* empty: whoever asked says so */
    json_decref(answer);                                    /* wiped: see keyfob_work() */
    return code;
}

kf_err work_ask(struct work *work, json_t *question, json_t **ret_answer) {
    if (!question)
        return kf_fail(KF_E_MEMORY, "out of memory for a question");
    return worker_ask(work->worker, question, ret_answer);
}

kf_err work_ask_secret(struct work *work, json_t *question, kf_secret **ret_secret) {
    if (!question)
        return kf_fail(KF_E_MEMORY, "out of memory for a question");
    return worker_ask_secret(work->worker, question, ret_secret);
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

const struct kf_ui worker_ui = {.pin = worker_pin,
                                .keypad = worker_keypad,
                                .step = ui_step,
                                .interrupted = ui_interrupted,
                                .asks_again = true};
