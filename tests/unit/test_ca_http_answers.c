// SPDX-License-Identifier: Apache-2.0
// What may come back through the HTTP door: redirects, too much, too little, too slowly, nothing.
#include "unit/http_fixture.h"

static kf_double *d;
static kf_http *http;

static int start(void **state) {
    d = double_start("plain", DOUBLE_PLAIN);
    http = http_door(double_url(d), OPTIONS("timeout", "3"));
    return 0;
}

static int stop(void **state) {
    kf_http_free(http);
    double_stop(d);
    return 0;
}

static kf_err post(kf_http_answer *answer) {
    return kf_http_send(http,
                        &(struct kf_http_request){.method = "POST",
                                                  .path = "/order",
                                                  .type = "application/json",
                                                  .body = "{}",
                                                  .body_len = 2},
                        answer);
}

/* The fault gives the error, and the request counts as sent; the one after it works. */
static void expect(const char *fault, kf_err err, const char *part) {
    KF_AUTO(kf_http_answer) answer = {0};
    double_set(d, "fault-count", "1");
    double_set(d, "fault", fault);
    assert_says(post(&answer), err, part);
    assert_false(answer.unsent);
    assert_null(answer.body.data);
    OK(post(&answer));
}

/* --- redirects --- */

static void a_redirect_is_an_error_and_nothing_arrives_there(void **state) {
    static const char *const statuses[] = {"300", "301", "302", "303", "307", "308"};
    struct listener other = {0};
    KF_AUTO_PTR(kf_secret) key = http_secret("s3cret");
    listener_start(&other, ANSWER_OK, strlen(ANSWER_OK));
    OK(kf_http_credential(http, "Authorization", key));
    for (size_t i = 0; i < KF_COUNT(statuses); i++) {
        KF_AUTO_FREE char *text = kf_str("HTTP/1.1 %s Moved\r\nLocation: %s/x\r\n"
                                         "Content-Length: 0\r\n\r\n",
                                         statuses[i], other.url);
        struct listener from = {.close_after = 1};
        KF_AUTO(kf_http_answer) answer = {0};
        listener_start(&from, text, strlen(text));
        kf_http *door = http_door(from.url, NULL);
        OK(kf_http_credential(door, "Authorization", key));
        assert_says(http_do(door, "POST", "/order", &answer), KF_E_CA_ANSWER, other.url);
        kf_http_free(door);
        listener_stop(&from);
    }
    assert_int_equal(other.connections, 0);
    assert_int_equal(other.bytes, 0);
    listener_stop(&other);
}

static void a_redirect_to_any_scheme_or_the_own_origin_is_an_error(void **state) {
    KF_AUTO_FREE char *own = kf_str("%s/elsewhere", double_url(d));
    const char *const places[] = {
        own, "/elsewhere", "https://evil.com/", "file:///etc/passwd", "//evil.com/", ""};
    for (size_t i = 0; i < KF_COUNT(places); i++) {
        double_set(d, "redirect-to", places[i]);
        expect("redirect", KF_E_CA_ANSWER, "redirect (status 302)");
    }
    assert_string_equal(double_seen(d, "elsewhere", "path"), "");
}

static void the_place_of_a_redirect_is_shown_harmlessly(void **state) {
    double_set(d, "redirect-to", "https://evil.com/\x1b[31mred");
    expect("redirect", KF_E_CA_ANSWER, "\\x1b[31mred");
}

/* --- too much --- */

static void a_large_answer_is_cut_off(void **state) {
    expect("oversize", KF_E_CA_ANSWER, "more than 1 MiB");
    expect("oversize-stream", KF_E_CA_ANSWER, "more than 1 MiB");
}

static void endless_headers_are_cut_off(void **state) {
    expect("endless-headers", KF_E_CA_ANSWER, "64 KiB of headers");
}

/* What one listener answers to one request of a door with a short timeout. */
static kf_err ask_raw(const char *bytes, size_t len, kf_http_answer *answer) {
    struct listener l = {.close_after = 1};
    listener_start(&l, bytes, len);
    kf_http *door = http_door(l.url, OPTIONS("timeout", "3"));
    kf_err err = http_do(door, "GET", "/", answer);
    kf_http_free(door);
    listener_stop(&l);
    return err;
}

static void endless_interim_answers_are_cut_off(void **state) {
    static const char interim[] = "HTTP/1.1 100 Continue\r\nX-More: and more\r\n\r\n";
    KF_AUTO(kf_buf) many = {0};
    KF_AUTO(kf_http_answer) answer = {0};
    for (int i = 0; i < 2000; i++)
        OK(kf_buf_add_str(&many, interim));
    assert_says(ask_raw(kf_buf_str(&many), many.len, &answer), KF_E_CA_ANSWER, "headers");
}

/* 64 MiB of zeros in 64 KiB (RFC 1952), whether named as the content or the transfer. */
static void a_gzip_bomb_does_not_explode(void **state) {
    assert_int_equal(make_base_dir(state), 0);
    static const char *const encodings[] = {"Content-Encoding", "Transfer-Encoding"};
    KF_AUTO_FREE char *command = kf_str("head -c 67108864 /dev/zero | gzip -9 > %s/bomb", base_dir);
    assert_int_equal(system(command), 0);
    FILE *file = fopen(in_base_dir("bomb"), "r");
    static char bomb[256 * 1024];
    size_t len = fread(bomb, 1, sizeof bomb, file);
    fclose(file);
    for (size_t i = 0; i < KF_COUNT(encodings); i++) {
        KF_AUTO(kf_buf) bytes = {0};
        KF_AUTO(kf_http_answer) answer = {0};
        OK(kf_buf_printf(&bytes, "HTTP/1.1 200 OK\r\n%s: gzip\r\nConnection: close\r\n\r\n",
                         encodings[i]));
        OK(kf_buf_add(&bytes, bomb, len));
        kf_err err = ask_raw((const char *)bytes.data, bytes.len, &answer);
        assert_true(err == KF_OK || err == KF_E_CA_ANSWER);
        assert_true(answer.body.len <= KF_HTTP_BODY_MAX);
    }
    remove_base_dir(state);
}

static void an_answer_of_exactly_the_limit_is_taken(void **state) {
    KF_AUTO(kf_buf) bytes = {0};
    KF_AUTO(kf_http_answer) answer = {0};
    KF_AUTO_FREE char *body = malloc(KF_HTTP_BODY_MAX + 1);
    memset(body, ' ', KF_HTTP_BODY_MAX + 1);
    OK(kf_buf_add_str(&bytes, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"));
    OK(kf_buf_add(&bytes, body, KF_HTTP_BODY_MAX));
    OK(ask_raw((const char *)bytes.data, bytes.len, &answer));
    assert_int_equal(answer.body.len, KF_HTTP_BODY_MAX);
    OK(kf_buf_add(&bytes, " ", 1));
    assert_says(ask_raw((const char *)bytes.data, bytes.len, &answer), KF_E_CA_ANSWER, "1 MiB");
}

/* --- too little --- */

static void a_lost_answer_is_an_unknown_fate(void **state) {
    expect("lose", KF_E_CA_UNREACHABLE, "127.0.0.1: ");
    expect("refuse", KF_E_CA_UNREACHABLE, "closed without an answer");
    expect("truncate", KF_E_CA_UNREACHABLE, "cut before the answer's end");
}

static void an_answer_cut_at_every_byte_is_never_taken(void **state) {
    struct listener l = {.close_after = 1};
    const size_t whole = strlen(ANSWER_OK);
    listener_start(&l, ANSWER_OK, whole);
    for (size_t len = 0; len < whole; len++) {
        KF_AUTO(kf_http_answer) answer = {0};
        l.len = len;
        kf_http *door = http_door(l.url, NULL);
        kf_err err = http_do(door, "POST", "/order", &answer);
        kf_http_free(door);
        if (err != KF_E_CA_UNREACHABLE && err != KF_E_CA_ANSWER)
            fail_msg("%zu bytes of the answer: %d", len, err);
        assert_false(answer.unsent);
    }
    assert_int_equal(l.requests, whole);
    listener_stop(&l);
}

static void garbage_is_no_answer(void **state) {
    expect("garbage", KF_E_CA_ANSWER, "not HTTP");
}

static void an_order_is_not_sent_again_when_a_kept_connection_breaks(void **state) {
    struct listener l = {.swallow = 2}; /* keeps the connection, takes the second, and hangs up */
    KF_AUTO(kf_http_answer) answer = {0};
    listener_start(&l, ANSWER_OK, strlen(ANSWER_OK));
    kf_http *door = http_door(l.url, NULL);
    OK(http_do(door, "POST", "/order", &answer));
    assert_says(http_do(door, "POST", "/order", &answer), KF_E_CA_UNREACHABLE,
                "closed without an answer");
    assert_false(answer.unsent);
    assert_int_equal(l.requests, 2);
    kf_http_free(door);
    listener_stop(&l);
}

static void a_question_is_asked_again_when_a_kept_connection_breaks(void **state) {
    struct listener l = {.swallow = 2};
    KF_AUTO(kf_http_answer) answer = {0};
    listener_start(&l, ANSWER_OK, strlen(ANSWER_OK));
    kf_http *door = http_door(l.url, NULL);
    OK(http_do(door, "GET", "/", &answer));
    OK(http_do(door, "GET", "/", &answer));
    assert_int_equal(l.requests, 3);
    assert_int_equal(l.connections, 2);
    kf_http_free(door);
    listener_stop(&l);
}

/* --- too slowly --- */

static void a_stalled_answer_ends_at_the_timeout(void **state) {
    int64_t begun = kf_monotonic_ms();
    KF_AUTO(kf_http_answer) answer = {0};
    double_set(d, "fault", "stall");
    assert_says(post(&answer), KF_E_CA_UNREACHABLE, "no answer within 3 seconds");
    assert_false(answer.unsent);
    assert_true(kf_monotonic_ms() - begun < 6000);
}

static void a_dripping_answer_is_given_up(void **state) {
    KF_AUTO_FREE char *bytes = kf_str("HTTP/1.1 200 OK\r\n\r\n%500s", "");
    struct listener l = {.at_once = 25};
    int64_t begun = kf_monotonic_ms();
    KF_AUTO(kf_http_answer) answer = {0};
    listener_start(&l, bytes, strlen(bytes));
    kf_http *patient = http_door(l.url, OPTIONS("timeout", "600"));
    assert_says(http_do(patient, "GET", "/", &answer), KF_E_CA_UNREACHABLE, "too slowly");
    assert_true(kf_monotonic_ms() - begun < 10000);
    kf_http_free(patient);
    listener_stop(&l);
}

static void *interrupt_soon(void *arg) {
    usleep(300 * 1000);
    http_interrupted = true;
    return NULL;
}

static void a_person_who_wants_to_stop_does_not_wait(void **state) {
    int64_t begun = kf_monotonic_ms();
    pthread_t thread;
    KF_AUTO(kf_http_answer) answer = {0};
    double_set(d, "fault", "stall");
    pthread_create(&thread, NULL, interrupt_soon, NULL);
    assert_int_equal(post(&answer), KF_E_INTERRUPTED);
    pthread_join(thread, NULL);
    http_interrupted = false;
    assert_false(answer.unsent);
    assert_true(kf_monotonic_ms() - begun < 2500);
}

/* --- nobody there --- */

static void what_never_left_may_be_sent_again(void **state) {
    struct listener gone = {0};
    listener_start(&gone, "", 0);
    listener_stop(&gone);
    const struct {
        const char *url, *words;
    } cases[] = {{gone.url, "nothing answers at port"},
                 {"https://nobody.invalid", "no host of this name"}};
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO(kf_http_answer) answer = {0};
        KF_AUTO_PTR(kf_http) door = http_door(cases[i].url, NULL);
        assert_says(http_do(door, "POST", "/", &answer), KF_E_CA_UNREACHABLE, cases[i].words);
        assert_true(answer.unsent);
    }
}

/* --- when to come again --- */

static void retry_after_is_seconds_or_a_date_within_bounds(void **state) {
    static const struct {
        const char *text;
        int64_t seconds;
    } cases[] = {
        {"120", 120},
        {"0", 60},
        {"-1", 60},
        {"59", 60},
        {"86400", 86400},
        {"86401", 86400},
        {"1000000000000", 86400},
        {"99999999999999999999999999999999999999999", 86400},
        {"soon", 60},
        {"1.5", 60},
        {"Fri, 20 Nov 2026 09:05:00 GMT", 300}, /* RFC 9110 5.6.7, all three forms */
        {"Friday, 20-Nov-26 09:05:00 GMT", 300},
        {"Fri Nov 20 09:05:00 2026", 300},
        {"Fri, 20 Nov 2020 09:05:00 GMT", 60},
        {"Fri, 20 Nov 2037 09:05:00 GMT", 86400},
        {"Fri, 99 Nov 2026 99:05:00 GMT", 60},
        {"", 0},
    };
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO(kf_http_answer) answer = {0};
        KF_AUTO_FREE char *bytes =
            kf_str("HTTP/1.1 503 No\r\nDate: Fri, 20 Nov 2026 09:00:00 GMT\r\n"
                   "retry-AFTER: %s\r\nContent-Length: 0\r\n\r\n",
                   cases[i].text);
        OK(ask_raw(bytes, strlen(bytes), &answer));
        assert_int_equal(answer.status, 503);
        if (answer.retry_after != cases[i].seconds)
            fail_msg("\"%s\": %lld", cases[i].text, (long long)answer.retry_after);
    }
}

static void only_the_last_answers_headers_count(void **state) {
    static const char bytes[] =
        "HTTP/1.1 103 Early Hints\r\nRetry-After: 500\r\nContent-Type: text/html\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Type: Application/JSON ; charset=utf-8\r\n"
        "Content-Length: 2\r\n\r\n[]";
    KF_AUTO(kf_http_answer) answer = {0};
    OK(ask_raw(bytes, strlen(bytes), &answer));
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.retry_after, 0);
    assert_string_equal(answer.type, "application/json");
}

/* --- what it means for an order --- */

static void what_surely_was_not_taken_is_tried_again(void **state) {
    KF_AUTO(kf_http_answer) answer = {0};
    struct kf_ca_answer said = {0};
    bool settled = false;
    double_set(d, "retry-after", "300");
    double_set(d, "fault", "status:429");
    OK(kf_http_unsettled(post(&answer), &answer, &said, &settled));
    assert_true(settled);
    assert_int_equal(said.outcome, KF_CA_RETRY);
    assert_int_equal(said.delay, 300);
    kf_ca_answer_clear(&said);

    KF_AUTO_PTR(kf_http) nobody = http_door("https://nobody.invalid", NULL);
    OK(kf_http_unsettled(http_do(nobody, "POST", "/", &answer), &answer, &said, &settled));
    assert_true(settled);
    assert_int_equal(said.outcome, KF_CA_RETRY);
    assert_non_null(strstr(said.text, "no host of this name"));
    kf_ca_answer_clear(&said);

    http_interrupted = true;
    OK(kf_http_unsettled(post(&answer), &answer, &said, &settled));
    http_interrupted = false;
    assert_true(settled);
    assert_int_equal(said.outcome, KF_CA_RETRY);
    kf_ca_answer_clear(&said);
}

static void what_may_have_been_taken_is_an_unknown_fate(void **state) {
    static const char *const faults[] = {"status:408", "status:425", "status:502", "status:503",
                                         "status:504", "lose",       "refuse"};
    for (size_t i = 0; i < KF_COUNT(faults); i++) {
        KF_AUTO(kf_http_answer) answer = {0};
        struct kf_ca_answer said = {0};
        bool settled = false;
        double_set(d, "fault-count", "1");
        double_set(d, "fault", faults[i]);
        assert_says(kf_http_unsettled(post(&answer), &answer, &said, &settled), KF_E_CA_UNREACHABLE,
                    "it is unknown whether");
        assert_false(settled);
    }
}

static void an_answer_is_read_by_the_connector(void **state) {
    static const char *const statuses[] = {"200", "201", "400", "401", "403", "404", "500"};
    for (size_t i = 0; i < KF_COUNT(statuses); i++) {
        KF_AUTO(kf_http_answer) answer = {0};
        KF_AUTO_FREE char *fault = kf_str("status:%s", statuses[i]);
        struct kf_ca_answer said = {0};
        bool settled = true;
        double_set(d, "fault-count", "1");
        double_set(d, "fault", fault);
        OK(kf_http_unsettled(post(&answer), &answer, &said, &settled));
        assert_false(settled);
        assert_int_equal(answer.status, atoi(statuses[i]));
    }
}

#define T(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(a_redirect_is_an_error_and_nothing_arrives_there),
        T(a_redirect_to_any_scheme_or_the_own_origin_is_an_error),
        T(the_place_of_a_redirect_is_shown_harmlessly),
        T(a_large_answer_is_cut_off),
        T(endless_headers_are_cut_off),
        T(endless_interim_answers_are_cut_off),
        T(a_gzip_bomb_does_not_explode),
        T(an_answer_of_exactly_the_limit_is_taken),
        T(a_lost_answer_is_an_unknown_fate),
        T(an_answer_cut_at_every_byte_is_never_taken),
        T(garbage_is_no_answer),
        T(an_order_is_not_sent_again_when_a_kept_connection_breaks),
        T(a_question_is_asked_again_when_a_kept_connection_breaks),
        T(a_stalled_answer_ends_at_the_timeout),
        T(a_dripping_answer_is_given_up),
        T(a_person_who_wants_to_stop_does_not_wait),
        T(what_never_left_may_be_sent_again),
        T(retry_after_is_seconds_or_a_date_within_bounds),
        T(only_the_last_answers_headers_count),
        T(what_surely_was_not_taken_is_tried_again),
        T(what_may_have_been_taken_is_an_unknown_fate),
        T(an_answer_is_read_by_the_connector),
    };
    return cmocka_run_group_tests(tests, http_begin, http_end);
}
