// SPDX-License-Identifier: Apache-2.0
// The worker as a process of its own, and calls as such: arguments, errors, cancelling, an end in
// the middle.
#include "work_fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

/* --- calls --- */

static void an_unknown_operation_is_an_error(void **state) {
    const json_t *error = fails(*state, "token.explode", NULL, KF_E_UNSUPPORTED);
    assert_string_equal(text_of(error, "schema"), "keyfob.error/1");
    assert_non_null(strstr(text_of(error, "message"), "token.explode"));
    fails(*state, "", NULL, KF_E_UNSUPPORTED);
}

static void an_error_says_what_to_do_next(void **state) {
    struct front *front = *state;
    const json_t *error =
        fails(front, "token.show", json_pack("{s:s}", "token", "x"), KF_E_TOKEN_ABSENT);
    const json_t *next = json_array_get(json_object_get(error, "next"), 0);
    assert_string_equal(text_of(next, "cli"), "keyfob token list");
    assert_non_null(strstr(text_of(next, "text"), "Insert the token"));
    assert_string_not_equal(text_of(error, "key"), "");
}

/* Types nothing; the person went away or pressed "cancel" of the job. */
static json_t *cancel_job(struct front *front, const json_t *question) {
    json_t *cancel = json_pack("{s:b}", "cancel", true);
    assert_int_equal(wire_send(front->fd, cancel), KF_OK);
    json_decref(cancel);
    return NULL;
}

static void a_cancelled_job_ends_at_its_question(void **state) {
    struct front *front = *state;
    front->answer = cancel_job;
    fails(front, "container.read", json_pack("{s:s}", "token", "card"), KF_E_INTERRUPTED);
    front->answer = NULL;
    works(front, "container.read", json_pack("{s:s}", "token", "card"));
}

static json_t *leave(struct front *front, const json_t *question) {
    shutdown(front->fd, SHUT_WR);
    return NULL;
}

static void a_job_ends_when_the_front_is_gone(void **state) {
    struct front *front = *state;
    front->answer = leave;
    fails(front, "container.read", json_pack("{s:s}", "token", "card"), KF_E_INTERRUPTED);
}

/* Answers an earlier question, then the present one with nothing in it. */
static json_t *answer_another(struct front *front, const json_t *question) {
    json_t *late = json_pack("{s:i, s:s}", "answer", 77, "secret", "1234");
    assert_int_equal(wire_send(front->fd, late), KF_OK);
    json_decref(late);
    return json_pack("{s:s}", "text", "1234");
}

static void only_the_present_question_is_answered(void **state) {
    struct front *front = *state;
    front->answer = answer_another;
    fails(front, "container.read", json_pack("{s:s}", "token", "card"), KF_E_INPUT);
}

static void what_a_call_finds_wrong_is_not_said_of_the_next(void **state) {
    struct front *front = *state;
    fails(front, "token.show", json_pack("{s:s}", "token", "x"), KF_E_TOKEN_ABSENT);
    const json_t *error = fails(front, "token.show", NULL, KF_E_USAGE);
    assert_string_equal(text_of(error, "message"), "\"token\" is missing");
    assert_null(json_object_get(error, "request"));
}

/* --- arguments --- */

static void arguments_are_texts_of_a_query_or_json(void **state) {
    json_t *args =
        json_pack("{s:s, s:i, s:s, s:b, s:s, s:s, s:n, s:[]}", "text", "7", "number", 7, "yes",
                  "true", "flag", true, "no", "false", "empty", "", "null", "list");
    const struct work work = {.args = args};
    int64_t number = 0;
    const char *text = NULL;
    assert_int_equal(work_number(&work, "text", 0, &number), KF_OK);
    assert_int_equal(number, 7);
    assert_int_equal(work_number(&work, "number", 0, &number), KF_OK);
    assert_int_equal(work_number(&work, "empty", 5, &number), KF_OK);
    assert_int_equal(number, 5);
    assert_int_equal(work_number(&work, "null", 5, &number), KF_OK);
    assert_int_equal(work_number(&work, "yes", 0, &number), KF_E_INPUT);
    assert_int_equal(work_number(&work, "list", 0, &number), KF_E_INPUT);
    assert_true(work_flag(&work, "yes") && work_flag(&work, "flag"));
    assert_false(work_flag(&work, "no") || work_flag(&work, "empty") || work_flag(&work, "none"));
    assert_null(work_text(&work, "empty"));
    assert_int_equal(work_need(&work, "empty", &text), KF_E_USAGE);
    assert_null(work_object(&work, "list"));
    json_decref(args);
}

static kf_err bytes_of(const char *text, size_t max, kf_buf *ret_bytes) {
    json_t *args = json_pack("{s:s}", "file", text);
    const struct work work = {.args = args};
    kf_err code = work_bytes(&work, "file", max, ret_bytes);
    json_decref(args);
    return code;
}

static void base64_has_its_limits(void **state) {
    KF_AUTO(kf_buf) bytes = {0};
    assert_int_equal(bytes_of("S2V5\r\nZm9i", 6, &bytes), KF_OK);
    assert_string_equal(kf_buf_str(&bytes), "Keyfob");
    kf_buf_clear(&bytes);
    assert_int_equal(bytes_of("S2V5Zm9i", 5, &bytes), KF_E_TOO_LARGE);
    assert_int_equal(bytes_of("S2V5*m9i", 6, &bytes), KF_E_INPUT);
    assert_int_equal(bytes_of("", 6, &bytes), KF_E_USAGE);
    char *large = malloc(4000001);
    memset(large, 'A', 4000000);
    large[4000000] = '\0';
    assert_int_equal(bytes_of(large, 1000, &bytes), KF_E_TOO_LARGE);
    free(large);
    assert_int_equal(bytes.len, 0);
}

static void a_name_is_confirmed_as_it_is(void **state) {
    json_t *args = json_pack("{s:s}", "confirm", "card");
    const struct work work = {.args = args};
    assert_int_equal(work_confirmed(&work, "card"), KF_OK);
    assert_int_equal(work_confirmed(&work, "Card"), KF_E_USAGE);
    assert_int_equal(work_confirmed(&work, ""), KF_E_USAGE);
    json_decref(args);
}

/* --- the process --- */

static pid_t start(struct front *front) {
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        char *argv[] = {"keyfob",   "__worker", "--home",
                        front->dir, "--module", (char *)(uintptr_t)front->worker.module,
                        NULL};
        close(front->fd);
        dup2(front->worker.fd, 3);
        execv(KF_TEST_PROGRAM, argv);
        _exit(127);
    }
    assert_true(pid > 0);
    close(front->worker.fd);
    front->worker.fd = -1;
    return pid;
}

static void ask(struct front *front, const char *op, json_t *args) {
    json_t *message = json_pack("{s:i, s:s, s:o}", "call", 1, "op", op, "args", args);
    assert_int_equal(wire_send(front->fd, message), KF_OK);
    json_decref(message);
}

static json_t *hear(struct front *front) {
    json_t *message = NULL;
    assert_int_equal(wire_receive(front->fd, &front->inbox, &message), KF_OK);
    return message;
}

static int status_of(pid_t pid) {
    int status = 0;
    for (int i = 0; i < 1000 && waitpid(pid, &status, WNOHANG) == 0; i++)
        poll(NULL, 0, 10);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_process_serves_calls_until_the_front_closes(void **state) {
    struct front *front = *state;
    pid_t pid = start(front);
    ask(front, "token.list", json_object());
    ask(front, "settings.show", json_object());
    for (int i = 0; i < 2; i++) {
        json_t *message = hear(front);
        assert_non_null(json_object_get(message, "result"));
        json_decref(message);
    }
    shutdown(front->fd, SHUT_RDWR);
    assert_int_equal(status_of(pid), 0);
}

static void a_process_with_an_open_question_ends_with_its_front(void **state) {
    struct front *front = *state;
    pid_t pid = start(front);
    ask(front, "container.read", json_pack("{s:s}", "token", "card"));
    json_t *message = hear(front);
    assert_non_null(json_object_get(message, "question"));
    json_decref(message);
    shutdown(front->fd, SHUT_RDWR);
    assert_true(status_of(pid) >= 0);
}

static bool leaves_no_core(pid_t pid) {
    char path[64], line[256];
    bool none = false;
    snprintf(path, sizeof path, "/proc/%d/limits", (int)pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        long soft = -1, hard = -1;
        if (sscanf(line, "Max core file size %ld %ld", &soft, &hard) == 2)
            none = soft == 0 && hard == 0;
    }
    if (file)
        fclose(file);
    return none;
}

/* Ctrl-C in the front's terminal is for the front. */
static void a_process_leaves_no_core_and_signals_to_the_front(void **state) {
    struct front *front = *state;
    pid_t pid = start(front);
    ask(front, "settings.show", json_object());
    json_decref(hear(front));
    assert_true(leaves_no_core(pid));
    kill(pid, SIGINT);
    kill(pid, SIGHUP);
    ask(front, "settings.show", json_object());
    json_t *message = hear(front);
    assert_non_null(json_object_get(message, "result"));
    json_decref(message);
    shutdown(front->fd, SHUT_RDWR);
    assert_int_equal(status_of(pid), 0);
}

/* A message that is none ends the process: nothing sensible can follow. */
static void noise_on_the_line_ends_the_process(void **state) {
    struct front *front = *state;
    pid_t pid = start(front);
    assert_int_equal(send(front->fd, "\xff\xff\xff\xff{}", 6, MSG_NOSIGNAL), 6);
    assert_true(status_of(pid) > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_card, teardown_front)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(an_unknown_operation_is_an_error),
        TEST(an_error_says_what_to_do_next),
        TEST(a_cancelled_job_ends_at_its_question),
        TEST(a_job_ends_when_the_front_is_gone),
        TEST(only_the_present_question_is_answered),
        TEST(what_a_call_finds_wrong_is_not_said_of_the_next),
        cmocka_unit_test(arguments_are_texts_of_a_query_or_json),
        cmocka_unit_test(base64_has_its_limits),
        cmocka_unit_test(a_name_is_confirmed_as_it_is),
        TEST(a_process_serves_calls_until_the_front_closes),
        TEST(a_process_with_an_open_question_ends_with_its_front),
        TEST(a_process_leaves_no_core_and_signals_to_the_front),
        TEST(noise_on_the_line_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
