// SPDX-License-Identifier: Apache-2.0
// Calls under test: a loop, a bus that remembers, and a worker that does what its operation's name
// says. The worker is this very program, started again.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "base/auto.h"
#include "base/context.h"
#include "base/text.h"
#include "web/calls/calls.h"
#include "web/calls/inside.h"
#include "web/errors.h"
#include "web/wire.h"

KF_DEFINE_AUTO_PTR_WITH(json_t, json_decref)

#define KF_UNUSED __attribute__((unused)) /* not by every test */

/* --- the worker --- */

static int64_t worker_call;

static void say(const char *name, json_t *value) {
    json_t *message = json_pack("{s:I, s:o}", "call", (json_int_t)worker_call, name, value);
    (void)wire_send(3, message);
    json_decref(message);
}

static void say_step(const char *name, const char *state, const char *text) {
    say("step",
        json_pack("{s:s, s:s, s:s, s:i}", "name", name, "state", state, "text", text, "ms", 1));
}

static json_t *hear(void) {
    static wire_inbox inbox;
    json_t *message = NULL;
    if (wire_receive(3, &inbox, &message) != KF_OK || !message)
        _exit(0);
    return message;
}

static void work_ask_pin(const json_t *args) {
    (void)args;
    say("question", json_pack("{s:i, s:s}", "question", 1, "kind", "pin"));
    json_t *answer = hear();
    if (json_object_get(answer, "cancel")) {
        kf_fail(KF_E_INTERRUPTED, "cancelled");
        say("error", error_json(KF_E_INTERRUPTED));
    } else {
        const char *secret = json_string_value(json_object_get(answer, "secret"));
        say("result", json_pack("{s:b, s:I}", "right", kf_str_equal(secret, "1234"), "answer",
                                json_integer_value(json_object_get(answer, "answer"))));
    }
    json_decref(answer);
}

static void work_wait_for_cancel(const json_t *args) {
    (void)args;
    json_decref(hear());
    kf_fail(KF_E_INTERRUPTED, "cancelled");
    say("error", error_json(KF_E_INTERRUPTED));
}

static void work_steps(const json_t *args) {
    (void)args;
    say_step("keygen", "begin", "making the key");
    say_step("keygen", "done", "the key is made");
    say_step("note", "note", "one");
    say_step("note", "note", "two");
    say("result", json_object());
}

static void work_many_steps(const json_t *args) {
    char name[32];
    (void)args;
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "row %d", i);
        say_step(name, "done", "a text of some length that fills the list of steps");
    }
    say("result", json_object());
}

static void work_hang(const json_t *args) {
    (void)args;
    signal(SIGTERM, SIG_IGN);
    for (;;)
        pause();
}

static void work_deaf(const json_t *args) {
    (void)args;
    shutdown(3, SHUT_RD);
    say("question", json_pack("{s:i}", "question", 1));
    for (;;)
        pause();
}

static void work_crash(const json_t *args) {
    (void)args;
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}

static void work_garbage(const json_t *args) {
    (void)args;
    (void)!write(3, "\x7f\xff\xff\xffnothing", 11);
    for (;;)
        pause();
}

static void work_echo(const json_t *args) {
    say("result", json_pack("{s:i, s:O?}", "pid", (int)getpid(), "args", args));
}

static void work_large(const json_t *args) {
    size_t len = (size_t)json_integer_value(json_object_get(args, "size"));
    char *text = malloc(len + 1);
    memset(text, 'x', len);
    text[len] = '\0';
    say("result", json_pack("{s:s}", "text", text));
    free(text);
}

static void work_event_of_session(const json_t *args) {
    static const char *const types[] = {"session.ended", "request.changed"};
    (void)args;
    for (size_t i = 0; i < KF_COUNT(types); i++) {
        json_t *event =
            json_pack("{s:{s:s, s:{s:s}}}", "event", "type", types[i], "data", "id", "r-1");
        (void)wire_send(3, event);
        json_decref(event);
    }
    say("result", json_object());
}

static void work_descriptors(const json_t *args) {
    json_t *open = json_array();
    DIR *folder = opendir("/proc/self/fd");
    (void)args;
    for (struct dirent *entry; (entry = readdir(folder));)
        if (*entry->d_name != '.' && atoi(entry->d_name) != dirfd(folder))
            json_array_append_new(open, json_integer(atoi(entry->d_name)));
    closedir(folder);
    say("result", json_pack("{s:o}", "open", open));
}

static void work_slow(const json_t *args) {
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    work_echo(args);
}

static void work_count(const json_t *args) {
    static int count;
    (void)args;
    say("result", json_pack("{s:i}", "count", ++count));
}

static const struct {
    const char *op;
    void (*run)(const json_t *args);
} works[] = {
    {"ask_pin", work_ask_pin},
    {"wait", work_wait_for_cancel},
    {"steps", work_steps},
    {"many_steps", work_many_steps},
    {"hang", work_hang},
    {"deaf", work_deaf},
    {"crash", work_crash},
    {"garbage", work_garbage},
    {"echo", work_echo},
    {"large", work_large},
    {"event", work_event_of_session},
    {"descriptors", work_descriptors},
    {"slow", work_slow},
    {"count", work_count},
    {"watch.tokens", work_wait_for_cancel},
    {"watch.database", work_wait_for_cancel},
    {"agent.run", work_wait_for_cancel},
};

KF_UNUSED _Noreturn static void be_worker(void) {
    for (;;) {
        json_t *message = hear();
        const char *op = json_string_value(json_object_get(message, "op"));
        worker_call = json_integer_value(json_object_get(message, "call"));
        for (size_t i = 0; op && i < KF_COUNT(works); i++)
            if (strcmp(op, works[i].op) == 0)
                works[i].run(json_object_get(message, "args"));
        json_decref(message);
    }
}

/* --- the front's side --- */

#define OWN "owner-1"

struct bench {
    loop *loop;
    bus *bus;
    calls *calls;
    /* What calls_ask() was answered last, and how often. */
    int answers, status;
    json_t *result, *error;
    /* Events of OWN. */
    json_t *events;
    bool late;
};

static void remember_event(void *arg, uint64_t id, const char *type, const char *data) {
    struct bench *bench = arg;
    json_array_append_new(bench->events, json_pack("{s:I, s:s, s:o}", "id", (json_int_t)id, "type",
                                                   type, "data", json_loads(data, 0, NULL)));
}

KF_UNUSED static void remember_answer(void *arg, int status, const json_t *result,
                                      const json_t *error) {
    struct bench *bench = arg;
    json_decref(bench->result);
    json_decref(bench->error);
    bench->answers++;
    bench->status = status;
    bench->result = json_deep_copy(result);
    bench->error = json_deep_copy(error);
}

static bool never(struct bench *bench) {
    (void)bench;
    return false;
}

static bool (*until_what)(struct bench *bench);
static void stop_when_true(void *arg) {
    struct bench *bench = arg;
    if (until_what(bench))
        loop_stop(bench->loop);
}

static void set_up(struct bench *bench, const struct calls_options *options) {
    *bench = (struct bench){.events = json_array()};
    assert_int_equal(loop_new(&bench->loop), KF_OK);
    until_what = never;
    loop_after_wait(bench->loop, stop_when_true, bench);
    assert_int_equal(bus_new(&bench->bus), KF_OK);
    assert_int_equal(calls_new(bench->loop, bench->bus, options, &bench->calls), KF_OK);
    assert_int_equal(bus_join(bench->bus, OWN, 0, remember_event, bench), KF_OK);
}

KF_UNUSED static void set_up_with_this(struct bench *bench) {
    set_up(bench, &(struct calls_options){0});
}

static void tear_down(struct bench *bench) {
    calls_free(bench->calls);
    bus_free(bench->bus);
    loop_free(bench->loop);
    json_decref(bench->result);
    json_decref(bench->error);
    json_decref(bench->events);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left, no zombie either */
    assert_int_equal(errno, ECHILD);
}

static void stop_late(void *arg) {
    struct bench *bench = arg;
    bench->late = true;
    loop_stop(bench->loop);
}

/* Runs the loop until `what`; false when it does not come within `ms`. */
static bool run_until(struct bench *bench, bool (*what)(struct bench *bench), int64_t ms) {
    uint64_t timer = 0;
    until_what = what;
    if (what(bench))
        return true;
    bench->late = false;
    assert_int_equal(loop_after(bench->loop, ms, stop_late, bench, &timer), KF_OK);
    assert_int_equal(loop_run(bench->loop), KF_OK);
    loop_forget(bench->loop, timer);
    return !bench->late;
}

static int wanted_answers;
KF_UNUSED static bool has_answers(struct bench *bench) {
    return bench->answers >= wanted_answers;
}

KF_UNUSED static void run_until_answers(struct bench *bench, int count) {
    wanted_answers = count;
    assert_true(run_until(bench, has_answers, 20000));
}

/* Asks, and runs until the answer. */
KF_UNUSED static void ask(struct bench *bench, const struct route *route, json_t *args) {
    int before = bench->answers;
    struct call call = {.route = route, .args = args, .owner = OWN};
    calls_ask(bench->calls, &call, remember_answer, bench);
    run_until_answers(bench, before + 1);
}

KF_UNUSED static json_int_t result_number(const struct bench *bench, const char *name) {
    return json_integer_value(json_object_get(bench->result, name));
}

KF_UNUSED static const char *error_word(const struct bench *bench) {
    return json_string_value(json_object_get(bench->error, "code"));
}

static const char *text_of(const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

KF_UNUSED static size_t open_descriptors(void) {
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

/* A main() for tests whose worker is the test itself. */
#define MAIN_OF_TESTS(tests)                                                                       \
    int main(int argc, char **argv) {                                                              \
        if (argc > 1 && strcmp(argv[1], "__worker") == 0)                                          \
            be_worker();                                                                           \
        return cmocka_run_group_tests(tests, NULL, NULL);                                          \
    }
