// SPDX-License-Identifier: Apache-2.0
// The worker's process: one call after the other until the front's end of the socket closes.
#include "web/worker/worker.h"

#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define FRONT 3 /* the descriptor */

/* --- the line to the front --- */

kf_err worker_tell(struct worker *worker, const char *name, json_t *value) {
    KF_AUTO_PTR(json_t)
    message = json_pack("{s:I, s:o}", "call", (json_int_t)worker->call, name, value);
    return message ? wire_send(worker->fd, message) : kf_fail(KF_E_MEMORY, "out of memory");
}

static void take(struct worker *worker, json_t *message) {
    if (json_object_get(message, "answer")) {
        json_decref(worker->answer);
        worker->answer = message;
        return;
    }
    if (json_object_get(message, "call")) {
        if (!worker->waiting)
            worker->waiting = json_array();
        json_array_append(worker->waiting, message);
    } else if (json_is_true(json_object_get(message, "cancel"))) {
        worker->cancelled = true;
    }
    json_decref(message);
}

/* How many whole ones have arrived. */
static kf_err take_all(struct worker *worker, size_t *ret_count) {
    json_t *message = NULL;
    for (*ret_count = 0;; ++*ret_count) {
        KF_TRY(wire_inbox_next(&worker->inbox, &message));
        if (!message)
            return KF_OK;
        take(worker, message);
    }
}

/* What came together with the call stands in the inbox already. */
static kf_err listen_for(struct worker *worker, int ms) {
    struct pollfd front = {.fd = worker->fd, .events = POLLIN};
    size_t count = 0;
    KF_TRY(take_all(worker, &count));
    if (count > 0 || poll(&front, 1, ms) <= 0)
        return KF_OK;
    KF_TRY(wire_inbox_fill(&worker->inbox, worker->fd));
    return take_all(worker, &count);
}

void worker_listen(struct worker *worker, int ms) {
    struct kf_error_saved saved;
    if (worker->inbox.ended)
        return;
    kf_error_save(&saved); /* whoever asks in passing keeps its own error */
    if (listen_for(worker, ms) != KF_OK)
        worker->inbox.ended = true; /* nothing sensible can follow */
    if (worker->inbox.ended)
        worker->cancelled = true;
    kf_error_restore(&saved);
}

/* --- a call --- */

static const struct op *const tables[] = {
    token_ops, pin_ops,    medium_ops,  container_ops,   module_ops, settings_ops, connection_ops,
    labca_ops, enroll_ops, request_ops, certificate_ops, watch_ops,  agent_ops,
};

static kf_err find_op(const char *name, const struct op **ret_op) {
    for (size_t i = 0; name && i < KF_COUNT(tables); i++)
        for (const struct op *op = tables[i]; op->name; op++)
            if (strcmp(op->name, name) == 0) {
                *ret_op = op;
                return KF_OK;
            }
    return kf_fail(KF_E_UNSUPPORTED, "there is no operation \"%s\"", name ? name : "");
}

static kf_err open_context(struct worker *worker) {
    if (worker->context)
        return KF_OK;
    struct kf_ui ui = worker_ui;
    ui.arg = worker;
    const struct kf_context_options wanted = {
        .home = worker->home, .module = worker->module, .ui = &ui};
    return kf_context_new(&wanted, &worker->context);
}

static kf_err run_call(struct work *work, const char *name, json_t **ret_result) {
    const struct op *op = NULL;
    KF_TRY(find_op(name, &op));
    KF_TRY(open_context(work->worker));
    work->context = work->worker->context;
    return op->run(work, ret_result);
}

static void forget_call(struct worker *worker) {
    json_decref(worker->answer);
    worker->answer = NULL;
    worker->work = NULL;
    worker->questions = 0;
    worker->cancelled = worker->inbox.ended;
}

/* Takes over `result`. */
static kf_err tell_end(struct work *work, kf_err code, json_t *result) {
    if (code == KF_OK) {
        code = worker_tell(work->worker, "result", result);
        if (code != KF_E_TOO_LARGE && code != KF_E_MEMORY)
            return code;
    } else {
        json_decref(result);
    }
    return worker_tell(work->worker, "error", work_error(work, code));
}

kf_err worker_call(struct worker *worker, const json_t *message) {
    struct work work = {.worker = worker, .args = json_object_get(message, "args")};
    const char *name = json_string_value(json_object_get(message, "op"));
    json_t *result = NULL;
    forget_call(worker);
    worker->work = &work;
    worker->call = json_integer_value(json_object_get(message, "call"));
    kf_error_clear();
    kf_err code = run_call(&work, name, &result);
    struct kf_error_saved saved;
    kf_error_save(&saved);
    kept_pin_drop(&work);
    kf_tokens_free(work.tokens); /* logged out before anybody hears that it is done */
    kf_error_restore(&saved);
    code = tell_end(&work, code, result);
    json_decref(work.problems);
    forget_call(worker);
    return code;
}

void worker_clear(struct worker *worker) {
    forget_call(worker);
    kf_context_free(worker->context);
    worker->context = NULL;
    json_decref(worker->waiting);
    wire_inbox_clear(&worker->inbox);
}

/* The next message; NULL when the front is gone. */
static kf_err next_message(struct worker *worker, json_t **ret_message) {
    if (json_array_size(worker->waiting) == 0)
        return wire_receive(worker->fd, &worker->inbox, ret_message);
    *ret_message = json_incref(json_array_get(worker->waiting, 0));
    json_array_remove(worker->waiting, 0);
    return KF_OK;
}

static kf_err work(struct worker *worker) {
    for (;;) {
        KF_AUTO_PTR(json_t) message = NULL;
        KF_TRY(next_message(worker, &message));
        if (!message)
            return KF_OK;
        if (json_object_get(message, "call")) /* else it is of a call that has ended */
            KF_TRY(worker_call(worker, message));
    }
}

/* --- the process --- */

/* No core dump, no other process that looks into this one's memory: PINs pass through it. */
static void protect_process(void) {
    const struct rlimit none = {0};
    setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* its leak check looks into its own process */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

/* Ctrl-C in the terminal of the front ends the front; what this does is ended in order then. */
static void leave_signals_to_front(void) {
    static const int numbers[] = {SIGINT, SIGHUP, SIGPIPE};
    for (size_t i = 0; i < KF_COUNT(numbers); i++)
        signal(numbers[i], SIG_IGN);
}

/* JSON may hold secrets: what jansson gives back is wiped. */
static void wipe_and_free(void *memory) {
    if (memory)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

static bool read_options(int argc, char **argv, struct worker *worker) {
    static const struct option options[] = {
        {"home", required_argument, NULL, 'h'},
        {"module", required_argument, NULL, 'm'},
        {0},
    };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        switch (option) {
        case 'h':
            worker->home = optarg;
            break;
        case 'm':
            worker->module = optarg;
            break;
        default:
            return false;
        }
    return optind == argc;
}

__attribute__((visibility("default"))) __typeof__(keyfob_work) keyfob_work;

int keyfob_work(int argc, char **argv) {
    struct worker worker = {.fd = FRONT};
    protect_process();
    leave_signals_to_front();
    json_set_alloc_funcs(malloc, wipe_and_free);
    if (!read_options(argc, argv, &worker))
        return kf_error_info(KF_E_USAGE)->exit;
    fcntl(FRONT, F_SETFD, FD_CLOEXEC); /* the programs that it starts have no part in it */
    kf_err code = work(&worker);
    worker_clear(&worker);
    return code == KF_OK ? 0 : kf_error_info(code)->exit;
}
