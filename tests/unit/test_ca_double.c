// SPDX-License-Identifier: Apache-2.0
// The doubles' own server: what it says, what its faults do, how it shows itself over TLS.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <signal.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "double.h"
#include "remote.h"

static kf_double *d;
static char got[4 * 1024 * 1024];

static int start_plain(void **state) {
    d = double_start("plain", DOUBLE_PLAIN);
    return 0;
}

static int stop(void **state) {
    double_stop(d);
    return 0;
}

#define PLAIN(test) cmocka_unit_test_setup_teardown(test, start_plain, stop)

static int connect_to(const kf_double *to) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    at.sin_port = htons((uint16_t)atoi(strrchr(double_url(to), ':') + 1));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static void say(int fd, const char *text) {
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Reads until the other side ends or `enough` was read; gives the last result of recv(). */
static ssize_t hear(int fd, size_t enough, size_t *ret_len) {
    ssize_t n = 1;
    for (*ret_len = 0; *ret_len < enough && n > 0; *ret_len += n > 0 ? (size_t)n : 0)
        n = recv(fd, got + *ret_len, sizeof got - 1 - *ret_len, 0);
    got[*ret_len] = '\0';
    return n;
}

/* One request on a connection of its own. */
static ssize_t exchange(const char *request, size_t *ret_len) {
    int fd = connect_to(d);
    say(fd, request);
    ssize_t end = hear(fd, sizeof got - 1, ret_len);
    close(fd);
    return end;
}

#define GET "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

static ssize_t exchange_with(const char *fault, size_t *ret_len) {
    double_set(d, "fault", fault);
    return exchange(GET, ret_len);
}

static const char *body_of(void) {
    const char *end = strstr(got, "\r\n\r\n");
    assert_non_null(end);
    return end + 4;
}

static void one_connection_carries_many_requests(void **state) {
    static const char post[] = "POST /p%20q?a=1&b=x%2By HTTP/1.1\r\nHost: x\r\n"
                               "Content-Length: 9\r\nX-Note: mine\r\n\r\n{\"a\":\"b\"}";
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                 "Content-Length: 2\r\n\r\n{}";
    size_t len;
    int fd = connect_to(d);
    for (int i = 0; i < 1000; i++) {
        say(fd, post);
        hear(fd, sizeof answer - 1, &len);
        assert_string_equal(got, answer);
    }
    close(fd);
    assert_int_equal(double_count(d, "requests"), 1000);
    assert_int_equal(double_count(d, "connections"), 1);
    assert_string_equal(double_seen(d, "POST /p q", "x-note"), "mine");
    assert_string_equal(double_seen(d, "POST /p", "body"), "{\"a\":\"b\"}");
    assert_string_equal(double_seen(d, "/p", "query"), "a=1&b=x%2By");
    assert_string_equal(double_seen(d, "GET /p", "body"), "");
}

static void a_fault_happens_once(void **state) {
    size_t len;
    exchange_with("status:503", &len);
    assert_non_null(strstr(got, "HTTP/1.1 503 "));
    exchange(GET, &len);
    assert_non_null(strstr(got, "HTTP/1.1 200 "));
}

static void a_fault_is_counted_and_has_a_path(void **state) {
    size_t len;
    double_set(d, "fault-path", "POST /a");
    double_set(d, "fault-count", "2");
    exchange_with("empty", &len);
    assert_string_equal(body_of(), "{}");
    for (int i = 0; i < 3; i++) {
        exchange("POST /b/a HTTP/1.1\r\nConnection: close\r\n\r\n", &len);
        assert_string_equal(body_of(), i < 2 ? "" : "{}");
    }
    assert_int_equal(double_count(d, "faults"), 2);
}

static void answers_are_lost_in_every_way(void **state) {
    size_t len;
    assert_int_equal(exchange_with("refuse", &len), 0);
    assert_int_equal(len, 0);
    assert_int_equal(exchange_with("lose", &len), -1);
    assert_int_equal(len, 0);
    exchange_with("cut:20", &len);
    assert_string_equal(got, "HTTP/1.1 200 OK\r\nCon");
    exchange_with("truncate", &len);
    assert_non_null(strstr(got, "Content-Length: 2\r\n"));
    assert_string_equal(body_of(), "{");
    exchange_with("cut:-2", &len);
    assert_string_equal(body_of(), "");
    exchange_with("garbage", &len);
    assert_memory_equal(got, "\x16\x03\x01", 3);
}

static void answers_are_wrong_in_every_way(void **state) {
    size_t len;
    double_set(d, "redirect-to", "http://127.0.0.1:1/x");
    double_set(d, "retry-after", "120");
    exchange_with("redirect", &len);
    assert_non_null(strstr(got, "302 Found\r\n"));
    assert_non_null(strstr(got, "Location: http://127.0.0.1:1/x\r\n"));
    exchange_with("status:429", &len);
    assert_non_null(strstr(got, "Retry-After: 120\r\n"));
    exchange_with("html", &len);
    assert_non_null(strstr(got, "<html>"));
    exchange_with("deep", &len);
    assert_true(strspn(body_of(), "[") >= 100000);
    exchange_with("oversize", &len);
    assert_int_equal(strlen(body_of()), 2 * 1024 * 1024);
    exchange_with("oversize-stream", &len);
    assert_int_equal(len, sizeof got - 1);
    exchange_with("endless-headers", &len);
    assert_null(strstr(got, "\r\n\r\n"));
}

static void one_bit_of_an_answer_is_another(void **state) {
    size_t len, bits = 0;
    exchange_with("mangle:7", &len);
    assert_int_equal(strlen(body_of()), 2);
    for (size_t i = 0; i < 2; i++)
        bits += (size_t)__builtin_popcount((unsigned char)(body_of()[i] ^ "{}"[i]));
    assert_int_equal(bits, 1);
}

static int64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void slow_answers_do_not_hold_the_stop(void **state) {
    size_t len;
    int slow = connect_to(d), stalled = connect_to(d);
    double_set(d, "fault", "slow");
    say(slow, GET);
    hear(slow, 2, &len);
    assert_string_equal(got, "HT");
    double_set(d, "fault", "stall");
    say(stalled, GET);
    while (double_count(d, "faults") < 2)
        usleep(1000);
    int64_t before = milliseconds();
    double_stop(d);
    assert_true(milliseconds() - before < 1000);
    close(slow), close(stalled);
    d = NULL;
}

static void knobs_are_set_from_outside(void **state) {
    size_t len;
    exchange("POST /_double/knobs HTTP/1.1\r\nConnection: close\r\nContent-Length: 18\r\n\r\n"
             "{\"fault\": \"empty\"}",
             &len);
    exchange(GET, &len);
    assert_string_equal(body_of(), "");
    exchange("GET /_double/counters HTTP/1.1\r\nConnection: close\r\n\r\n", &len);
    assert_non_null(strstr(got, "\"requests\":1"));
    exchange("GET /_double/seen?request=GET+/a&header=host HTTP/1.1\r\nConnection: close\r\n\r\n",
             &len);
    assert_string_equal(body_of(), "x");
}

/* --- TLS --- */

struct handshake {
    long verified;
    bool done;
    int version;
};

static struct handshake shake_hands(enum double_tls mode) {
    d = double_start("plain", mode);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    assert_int_equal(SSL_CTX_load_verify_locations(context, double_tls_root(d), NULL), 1);
    SSL *ssl = SSL_new(context);
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), "127.0.0.1");
    int fd = connect_to(d);
    SSL_set_fd(ssl, fd);
    char answer[16];
    struct handshake seen = {.done = SSL_connect(ssl) == 1 &&
                                     SSL_write(ssl, GET, strlen(GET)) > 0 &&
                                     SSL_read(ssl, answer, sizeof answer) > 0};
    seen.verified = SSL_get_verify_result(ssl);
    seen.version = SSL_version(ssl);
    SSL_free(ssl);
    SSL_CTX_free(context);
    close(fd);
    double_stop(d);
    return seen;
}

static void tls_is_right_or_wrong_as_asked(void **state) {
    static const struct {
        enum double_tls mode;
        long verified;
        bool done;
    } modes[] = {
        {DOUBLE_TLS, X509_V_OK, true},
        {DOUBLE_TLS_EXPIRED, X509_V_ERR_CERT_HAS_EXPIRED, true},
        {DOUBLE_TLS_WRONG_HOST, X509_V_ERR_IP_ADDRESS_MISMATCH, true},
        {DOUBLE_TLS_SELF_SIGNED, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, true},
        {DOUBLE_TLS_CLIENT, X509_V_OK, false},
        {DOUBLE_TLS_1_0, X509_V_OK, true},
    };
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct handshake seen = shake_hands(modes[i].mode);
        assert_int_equal(seen.verified, modes[i].verified);
        assert_int_equal(seen.done, modes[i].done);
        assert_int_equal(seen.version == TLS1_VERSION, modes[i].mode == DOUBLE_TLS_1_0);
    }
}

/* --- in another process --- */

static void one_in_another_process_obeys_and_ends(void **state) {
    struct double_remote remote;
    double_remote_start("plain", &remote);
    char *chain = double_remote_ca_chain(&remote);
    assert_non_null(strstr(chain, "BEGIN CERTIFICATE"));
    double_remote_set(&remote, "fault", "empty");
    assert_int_equal(double_remote_count(&remote, "requests"), 0);
    double_remote_stop(&remote);
    assert_int_not_equal(kill(remote.pid, 0), 0);
    assert_int_not_equal(access(remote.ca_root, F_OK), 0); /* it has cleaned up */
    free(chain);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_in_another_process_obeys_and_ends),
        PLAIN(one_connection_carries_many_requests),
        PLAIN(a_fault_happens_once),
        PLAIN(a_fault_is_counted_and_has_a_path),
        PLAIN(answers_are_lost_in_every_way),
        PLAIN(answers_are_wrong_in_every_way),
        PLAIN(one_bit_of_an_answer_is_another),
        PLAIN(slow_answers_do_not_hold_the_stop),
        PLAIN(knobs_are_set_from_outside),
        cmocka_unit_test(tls_is_right_or_wrong_as_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
