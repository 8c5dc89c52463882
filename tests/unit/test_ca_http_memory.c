// SPDX-License-Identifier: Apache-2.0
// Nothing of a credential, a secret body or a secret answer stays in memory: looked for in all of
// it, as the service runs in a process of its own.
#include "unit/http_fixture.h"

#include <fcntl.h>
#include <signal.h>

#include "remote.h"
#include "unit/keys_scan.h"

/* The text exists masked only, but while it is used. */
#define SECRET_LEN 48
static uint8_t masked[SECRET_LEN];
static struct scan scan;

static void unmask(uint8_t text[SECRET_LEN]) {
    for (size_t i = 0; i < SECRET_LEN; i++)
        text[i] = masked[i] ^ 0x55;
}

static void make_secret(void) {
    uint8_t text[SECRET_LEN];
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, text, sizeof text), sizeof text);
    close(fd);
    for (size_t i = 0; i < SECRET_LEN; i++) {
        text[i] = (uint8_t)('a' + text[i] % 26);
        masked[i] = text[i] ^ 0x55;
    }
    scan = (struct scan){0};
    scan_add(&scan, text, sizeof text);
    explicit_bzero(text, sizeof text);
}

static size_t found(void) {
    struct scan_result result = scan_memory(&scan);
    assert_true(result.read > 0);
    return result.in_arena + result.elsewhere;
}

static struct double_remote remote;

static int start(void **state) {
    double_remote_start("plain", &remote);
    make_secret();
    return http_begin(state);
}

static int stop(void **state) {
    double_remote_stop(&remote);
    return http_end(state);
}

static void the_search_finds_what_is_there(void **state) {
    KF_AUTO_FREE uint8_t *copy = malloc(SECRET_LEN);
    unmask(copy);
    assert_true(found() > 0);
    explicit_bzero(copy, SECRET_LEN);
    assert_int_equal(found(), 0);
}

static void a_credential_is_gone_with_the_door(void **state) {
    kf_http *http = http_door(remote.url, NULL);
    KF_AUTO(kf_http_answer) answer = {0};
    kf_secret *secret = NULL;
    OK(kf_secret_new(SECRET_LEN, &secret));
    unmask(kf_secret_data(secret));
    kf_secret_set_len(secret, SECRET_LEN);
    OK(kf_http_credential(http, "PI-Authorization", secret));
    OK(http_do(http, "GET", "/", &answer));
    OK(kf_http_basic(http, "anna", secret));
    OK(http_do(http, "POST", "/", &answer));
    kf_secret_free(secret);
    assert_true(found() > 0); /* the door still has it */
    kf_http_free(http);
    assert_int_equal(found(), 0);
}

static void a_secret_body_is_gone_with_the_door(void **state) {
    kf_http *http = http_door(remote.url, NULL);
    KF_AUTO(kf_http_answer) answer = {0};
    uint8_t body[SECRET_LEN];
    unmask(body);
    OK(kf_http_send(http,
                    &(struct kf_http_request){.method = "POST",
                                              .path = "/auth",
                                              .type = "text/plain",
                                              .body = body,
                                              .body_len = sizeof body},
                    &answer));
    explicit_bzero(body, sizeof body);
    kf_http_free(http);
    assert_int_equal(found(), 0);
}

/* The listener's own buffers are on its stack; the child keeps them. */
static void a_secret_answer_is_gone_when_it_is_cleared(void **state) {
    int pipe_fds[2];
    unsigned port = 0;
    assert_int_equal(pipe(pipe_fds), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        static char text[65536];
        struct listener l = {.close_after = 1};
        int n = snprintf(text, sizeof text,
                         "HTTP/1.1 200 OK\r\nContent-Length: 40048\r\n\r\n%40000s", "");
        unmask((uint8_t *)text + n);
        listener_start(&l, text, (size_t)n + SECRET_LEN);
        if (write(pipe_fds[1], &l.port, sizeof l.port) != sizeof l.port)
            _exit(1);
        pthread_join(l.thread, NULL);
        _exit(0);
    }
    assert_int_equal(read(pipe_fds[0], &port, sizeof port), sizeof port);
    KF_AUTO_FREE char *url = kf_str("http://127.0.0.1:%u", port);
    kf_http *http = http_door(url, NULL);
    kf_http_answer answer = {0};
    OK(http_do(http, "GET", "/", &answer));
    assert_int_equal(answer.body.len, 40048);
    assert_true(found() > 0);
    kf_http_answer_clear(&answer);
    kf_http_free(http);
    assert_int_equal(found(), 0);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void a_secret_in_a_json_document_is_gone_with_it(void **state) {
    static const char start_of[] = "{\"token\":\"";
    char text[sizeof start_of + SECRET_LEN + 2] = "";
    json_t *json = NULL, *copy = NULL;
    strcpy(text, start_of);
    unmask((uint8_t *)text + strlen(start_of));
    strcat(text, "\"}");
    OK(kf_json_parse_answer(text, strlen(text), &json));
    explicit_bzero(text, sizeof text);
    copy = json_deep_copy(json);
    char *written = json_dumps(copy, JSON_COMPACT);
    explicit_bzero(written, strlen(written));
    free(written);
    assert_true(found() > 0);
    json_decref(json);
    json_decref(copy);
    assert_int_equal(found(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_search_finds_what_is_there),
        cmocka_unit_test(a_credential_is_gone_with_the_door),
        cmocka_unit_test(a_secret_body_is_gone_with_the_door),
        cmocka_unit_test(a_secret_answer_is_gone_when_it_is_cleared),
        cmocka_unit_test(a_secret_in_a_json_document_is_gone_with_it),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
