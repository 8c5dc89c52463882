// SPDX-License-Identifier: Apache-2.0
// A worker in a thread, and the front played by the test: it calls, hears steps and questions, and
// answers as its person does.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <pthread.h>

#include "web/worker/worker.h"

#define FAST                                                                                       \
    "scrypt='14' wait='no'" /* our own module takes a moment for each password otherwise           \
                             */

/* Who answers: `answer` gives the members beside the question's number, e.g. {"secret": "1234"}. */
struct front;
typedef json_t *front_answer_fn(struct front *front, const json_t *question);

struct front {
    char dir[256];
    char serial[16]; /* of the scripted token, which remembers those that it has seen */
    int fd;
    wire_inbox inbox;
    struct worker worker;
    front_answer_fn *answer; /* NULL: the usual PINs */
    front_answer_fn *window; /* of a question that a window asks; NULL: the window has it */
    const char *pin, *so_pin, *new_pin, *new_so_pin;
    size_t stop_after; /* cancel the question after so many; 0: never */
    /* Of the last call: */
    json_t *result, *error;
    json_t *steps, *questions, *events;
};

struct front_call {
    struct worker *worker;
    const json_t *message;
};

static void *front_thread(void *arg) {
    struct front_call *call = arg;
    worker_call(call->worker, call->message);
    return NULL;
}

static json_t *usual_answer(struct front *front, const json_t *question) {
    static const char *const words[] = {"user", "so", "key", "new_user", "new_so"};
    const char *pins[] = {front->pin, front->so_pin, front->pin, front->new_pin, front->new_so_pin};
    const char *pin = json_string_value(json_object_get(question, "pin"));
    bool stops = front->stop_after && json_array_size(front->questions) >= front->stop_after;
    for (size_t i = 0; !stops && pin && i < KF_COUNT(words); i++)
        if (strcmp(words[i], pin) == 0)
            return json_pack("{s:s}", "secret", pins[i]);
    return json_pack("{s:b}", "cancel", true);
}

/* Answers the question, unless it is one for the keypad or a window. */
static void front_answer(struct front *front, const json_t *question) {
    const json_t *number = json_object_get(question, "question");
    json_array_append(front->questions, (json_t *)(uintptr_t)question);
    bool in_window = json_is_true(json_object_get(question, "window"));
    bool on_keypad = strcmp(json_string_value(json_object_get(question, "kind")), "keypad") == 0;
    front_answer_fn *fn = in_window || on_keypad ? front->window
                          : front->answer        ? front->answer
                                                 : usual_answer;
    json_t *answer = fn ? fn(front, question) : NULL;
    if (!answer)
        return;
    json_object_set(answer, "answer", (json_t *)(uintptr_t)number);
    assert_int_equal(wire_send(front->fd, answer), KF_OK);
    json_decref(answer);
}

static void front_forget(struct front *front) {
    json_t **all[] = {&front->result, &front->error, &front->steps, &front->questions,
                      &front->events};
    for (size_t i = 0; i < KF_COUNT(all); i++) {
        json_decref(*all[i]);
        *all[i] = NULL;
    }
}

static bool front_take(struct front *front, const json_t *message) {
    json_t *step = json_object_get(message, "step"), *event = json_object_get(message, "event");
    if (step)
        json_array_append(front->steps, step);
    if (event)
        json_array_append(front->events, event);
    if (json_object_get(message, "question"))
        front_answer(front, json_object_get(message, "question"));
    front->result = json_incref(json_object_get(message, "result"));
    front->error = json_incref(json_object_get(message, "error"));
    return front->result || front->error;
}

/* One call; takes over `args`. Afterwards `result` or `error` is there. */
__attribute__((unused)) static void front_call(struct front *front, const char *op, json_t *args) {
    static int64_t number;
    json_t *message = json_pack("{s:I, s:s, s:o}", "call", (json_int_t)++number, "op", op, "args",
                                args ? args : json_object());
    struct front_call call = {.worker = &front->worker, .message = message};
    pthread_t thread;
    front_forget(front);
    front->steps = json_array();
    front->questions = json_array();
    front->events = json_array();
    assert_non_null(message);
    assert_int_equal(pthread_create(&thread, NULL, front_thread, &call), 0);
    for (bool ended = false; !ended;) {
        json_t *got = NULL;
        assert_int_equal(wire_receive(front->fd, &front->inbox, &got), KF_OK);
        assert_non_null(got);
        ended = front_take(front, got);
        json_decref(got);
    }
    pthread_join(thread, NULL);
    json_decref(message);
}

/* Borrowed until the next call. */
__attribute__((unused)) static const json_t *works(struct front *front, const char *op,
                                                   json_t *args) {
    front_call(front, op, args);
    if (front->error)
        json_dumpf(front->error, stderr, JSON_INDENT(1));
    assert_null(front->error);
    return front->result;
}

__attribute__((unused)) static const json_t *fails(struct front *front, const char *op,
                                                   json_t *args, kf_err code) {
    front_call(front, op, args);
    assert_non_null(front->error);
    assert_string_equal(json_string_value(json_object_get(front->error, "code")),
                        kf_error_info(code)->code);
    return front->error;
}

/* "" where there is none. */
__attribute__((unused)) static const char *text_of(const json_t *json, const char *name) {
    const char *text = json_string_value(json_object_get(json, name));
    return text ? text : "";
}

__attribute__((unused)) static const json_t *at(const json_t *json, const char *name,
                                                size_t index) {
    const json_t *item = json_array_get(json_object_get(json, name), index);
    assert_non_null(item);
    return item;
}

__attribute__((unused)) static void front_write(const struct front *front, const char *name,
                                                const char *text) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", front->dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static struct front *front_new(void) {
    struct front *front = calloc(1, sizeof *front);
    const char *tmp = getenv("TMPDIR");
    int ends[2];
    snprintf(front->dir, sizeof front->dir, "%s/keyfob-test-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(front->dir));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    front->fd = ends[0];
    front->worker = (struct worker){.fd = ends[1], .home = front->dir};
    front->pin = front->new_pin = "1234";
    front->so_pin = front->new_so_pin = "12345678";
    unsetenv("DISPLAY");
    unsetenv("WAYLAND_DISPLAY");
    return front;
}

/* Software containers only: our own module, and no other one. */
__attribute__((unused)) static int setup_own(void **state) {
    struct front *front = front_new();
    front_write(front, "keyfob.conf", "[module keyfob]\nreserved = " FAST "\n");
    front->worker.module = "keyfob";
    *state = front;
    return 0;
}

/* The scripted token "card". */
__attribute__((unused)) static void play(struct front *front, const char *lines) {
    char script[1024];
    snprintf(script, sizeof script, "token label=card serial=%s\n%s\n", front->serial, lines);
    front_write(front, "script", script);
}

__attribute__((unused)) static int setup_card(void **state) {
    static int cards;
    struct front *front = front_new();
    char path[512];
    snprintf(front->serial, sizeof front->serial, "%d", 1000 + ++cards);
    snprintf(path, sizeof path, "%s/script", front->dir);
    setenv("FAKE_TOKEN", path, 1);
    snprintf(path, sizeof path, "%s/state", front->dir);
    assert_int_equal(mkdir(path, 0700), 0);
    setenv("FAKE_TOKEN_STATE", path, 1);
    snprintf(path, sizeof path, "%s/trace", front->dir);
    setenv("FAKE_TOKEN_TRACE", path, 1);
    front->worker.module = KF_TEST_FAKE_TOKEN;
    play(front, "");
    *state = front;
    return 0;
}

/* How many calls of this function the scripted token has seen. */
__attribute__((unused)) static int traced(const struct front *front, const char *name) {
    char path[512], line[256];
    int count = 0;
    snprintf(path, sizeof path, "%s/trace", front->dir);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        count += strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ' ';
    fclose(file);
    return count;
}

__attribute__((unused)) static int teardown_front(void **state) {
    struct front *front = *state;
    char command[512];
    front_forget(front);
    worker_clear(&front->worker);
    wire_inbox_clear(&front->inbox);
    close(front->fd);
    if (front->worker.fd >= 0)
        close(front->worker.fd);
    snprintf(command, sizeof command, "rm -rf '%s'", front->dir);
    assert_int_equal(system(command), 0);
    free(front);
    return 0;
}
