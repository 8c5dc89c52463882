// SPDX-License-Identifier: Apache-2.0
// A private SoftHSM2 and a scripted person for the tests of the token room.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include <keyfob/container.h>

#include "base/context.h"
#include "token/session.h"

#define SOFTHSM               "/usr/lib/softhsm/libsofthsm2.so"
#define USER_PIN              "1234"
#define SO_PIN                "12345678"
#define assert_ok(e)          assert_ok_((e), __FILE__, __LINE__)
#define assert_fails(e, code) assert_int_equal((e), (code))

/* The person: answers with these PINs and remembers what was asked. */
struct person {
    const char *user_pin, *so_pin, *new_user_pin, *new_so_pin;
    int asked;
    enum kf_pin_tries tries_seen;
    char last_step[256];
};

struct room {
    char dir[256];
    char serial[16]; /* of the scripted token */
    struct person person;
    struct kf_ui ui;
    kf_context *context;
};

__attribute__((unused)) static void assert_ok_(kf_err error, const char *file, int line) {
    if (error != KF_OK)
        fprintf(stderr, "%s: %s\n", kf_error_info(error)->code, kf_error_sentence(error));
    _assert_int_equal(error, KF_OK, file, line);
}

static kf_err answer_pin(void *arg, const struct kf_pin_question *question, kf_secret **ret_pin) {
    struct person *person = arg;
    const char *pins[] = {[KF_PIN_USER] = person->user_pin,
                          [KF_PIN_SO] = person->so_pin,
                          [KF_PIN_KEY] = person->user_pin,
                          [KF_PIN_NEW_USER] = person->new_user_pin,
                          [KF_PIN_NEW_SO] = person->new_so_pin};
    person->asked++;
    person->tries_seen = question->tries;
    const char *pin = pins[question->kind];
    if (pin == NULL)
        return kf_fail(KF_E_PIN_NEEDED, "nobody knows this PIN");
    if (pin[0] == '\0')
        return kf_secret_new(1, ret_pin);
    return kf_secret_copy(pin, strlen(pin), ret_pin);
}

static void note_step(void *arg, const struct kf_step *step) {
    struct person *person = arg;
    snprintf(person->last_step, sizeof(person->last_step), "%s: %s", step->name, step->text);
}

__attribute__((unused)) static void write_text(const char *dir, const char *name,
                                               const char *text) {
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void make_dir(struct room *room) {
    const char *tmp = getenv("TMPDIR");
    snprintf(room->dir, sizeof(room->dir), "%s/keyfob-test-XXXXXX", tmp != NULL ? tmp : "/tmp");
    assert_non_null(mkdtemp(room->dir));
}

/* A context whose only module is `module`, and a person who knows the usual PINs. */
static void make_context(struct room *room, const char *module) {
    room->person = (struct person){
        .user_pin = USER_PIN, .so_pin = SO_PIN, .new_user_pin = USER_PIN, .new_so_pin = SO_PIN};
    room->ui = (struct kf_ui){.arg = &room->person, .pin = answer_pin, .step = note_step};
    struct kf_context_options options = {.home = room->dir, .module = module, .ui = &room->ui};
    assert_ok(kf_context_new(&options, &room->context));
}

/* After a change of room->ui. */
__attribute__((unused)) static void renew_context(struct room *room, const char *module) {
    kf_context_free(room->context);
    struct kf_context_options options = {.home = room->dir, .module = module, .ui = &room->ui};
    assert_ok(kf_context_new(&options, &room->context));
}

__attribute__((unused)) static int setup_softhsm(void **state) {
    struct room *room = calloc(1, sizeof(*room));
    make_dir(room);
    char text[1024], path[512];
    snprintf(path, sizeof(path), "%s/tokens", room->dir);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(text, sizeof(text),
             "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", path);
    write_text(room->dir, "softhsm2.conf", text);
    snprintf(path, sizeof(path), "%s/softhsm2.conf", room->dir);
    setenv("SOFTHSM2_CONF", path, 1);
    make_context(room, SOFTHSM);
    *state = room;
    return 0;
}

/* The scripted token "card" with these lines. Its state is in the room, so that it lives on when
 * the module is loaded again; each room has a serial number of its own, as the module remembers
 * tokens. */
__attribute__((unused)) static void play(struct room *room, const char *lines) {
    char script[1024];
    snprintf(script, sizeof(script), "token label=card serial=%s\n%s\n", room->serial, lines);
    write_text(room->dir, "script.new", script);
    char from[512], to[512];
    snprintf(from, sizeof(from), "%s/script.new", room->dir);
    snprintf(to, sizeof(to), "%s/script", room->dir);
    assert_int_equal(rename(from, to), 0);
}

__attribute__((unused)) static int setup_fake(void **state) {
    struct room *room = calloc(1, sizeof(*room));
    make_dir(room);
    char path[512];
    snprintf(path, sizeof(path), "%s/script", room->dir);
    setenv("FAKE_TOKEN", path, 1);
    snprintf(path, sizeof(path), "%s/state", room->dir);
    assert_int_equal(mkdir(path, 0700), 0);
    setenv("FAKE_TOKEN_STATE", path, 1);
    snprintf(path, sizeof(path), "%s/trace", room->dir);
    setenv("FAKE_TOKEN_TRACE", path, 1);
    static int rooms;
    snprintf(room->serial, sizeof(room->serial), "%04d", ++rooms);
    play(room, "");
    make_context(room, KF_TEST_FAKE_TOKEN);
    *state = room;
    return 0;
}

/* How many calls (`name` NULL: all) the module has seen. */
__attribute__((unused)) static int calls(const struct room *room, const char *name) {
    char path[512], line[256];
    snprintf(path, sizeof(path), "%s/trace", room->dir);
    FILE *file = fopen(path, "r");
    int count = 0;
    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        count +=
            name == NULL || (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ' ');
    if (file != NULL)
        fclose(file);
    return count;
}

__attribute__((unused)) static int teardown_room(void **state) {
    struct room *room = *state;
    kf_context_free(room->context);
    char command[512];
    snprintf(command, sizeof(command), "rm -rf '%s'", room->dir);
    assert_int_equal(system(command), 0);
    free(room);
    return 0;
}

__attribute__((unused)) static void run(const char *command) {
    assert_int_equal(system(command), 0);
}

__attribute__((unused)) static void make_token(const char *label) {
    char command[256];
    snprintf(command, sizeof(command),
             "softhsm2-util --init-token --free --label '%s' --pin " USER_PIN " --so-pin " SO_PIN
             " >/dev/null",
             label);
    run(command);
}

/* Token "card" and a session with it. */
struct bench {
    kf_tokens *tokens;
    kf_token *token;
    kf_session *session;
};

__attribute__((unused)) static struct bench open_bench(struct room *room, const char *label) {
    struct bench bench = {0};
    assert_ok(kf_tokens_open(room->context, &bench.tokens));
    assert_ok(kf_tokens_select(bench.tokens, label, &bench.token));
    assert_ok(kf_session_open(bench.token, &bench.session));
    return bench;
}

__attribute__((unused)) static void close_bench(struct bench *bench) {
    kf_session_free(bench->session);
    kf_tokens_free(bench->tokens);
    *bench = (struct bench){0};
}
