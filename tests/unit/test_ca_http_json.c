// SPDX-License-Identifier: Apache-2.0
// JSON through the HTTP door: what is sent, what is taken, and what is named when it is no JSON.
#include "unit/http_fixture.h"

static kf_double *d;
static kf_http *http;

static int start(void **state) {
    d = double_start("plain", DOUBLE_PLAIN);
    http = http_door(double_url(d), OPTIONS("timeout", "5"));
    return 0;
}

static int stop(void **state) {
    kf_http_free(http);
    double_stop(d);
    return 0;
}

static kf_err parse(const char *text, size_t len) {
    KF_AUTO_PTR(json_t) json = NULL;
    return kf_json_parse_answer(text, len, &json);
}

/* --- sending --- */

static void a_body_goes_out_as_json(void **state) {
    KF_AUTO(kf_http_answer) answer = {0};
    KF_AUTO_PTR(json_t) body = json_pack("{s:s}", "name", "\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0");
    KF_AUTO_PTR(json_t) json = NULL;
    OK(kf_http_json(http, "POST", "/orders", body, &answer, &json));
    assert_true(json_is_object(json));
    assert_string_equal(double_seen(d, "POST /orders", "content-type"), "application/json");
    assert_string_equal(double_seen(d, "POST /orders", "accept"), "application/json");
    assert_string_equal(double_seen(d, "POST /orders", "body"),
                        "{\"name\":\"\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0\"}");
}

static void a_question_has_no_body(void **state) {
    KF_AUTO(kf_http_answer) answer = {0};
    KF_AUTO_PTR(json_t) json = NULL;
    OK(kf_http_json(http, "GET", "/orders", NULL, &answer, &json));
    assert_string_equal(double_seen(d, "GET /orders", "content-type"), "");
    assert_string_equal(double_seen(d, "GET /orders", "body"), "");
}

/* --- taking --- */

static void an_empty_answer_is_no_value(void **state) {
    KF_AUTO(kf_http_answer) answer = {0};
    json_t *json = json_true();
    double_set(d, "fault", "empty");
    OK(kf_http_json(http, "GET", "/", NULL, &answer, &json));
    assert_null(json);
    assert_int_equal(answer.status, 200);
}

static void what_is_no_json_is_named(void **state) {
    static const struct {
        const char *fault, *words;
    } cases[] = {{"html", "127.0.0.1: it answers (status 200) with an HTML page instead of JSON"},
                 {"status:503", "(status 503) with plain text instead of JSON"},
                 {"deep", "127.0.0.1 (status 200): the answer's JSON is nested more than 32"}};
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO(kf_http_answer) answer = {0};
        json_t *json = NULL;
        double_set(d, "fault-count", "1");
        double_set(d, "fault", cases[i].fault);
        assert_says(kf_http_json(http, "POST", "/", NULL, &answer, &json), KF_E_CA_ANSWER,
                    cases[i].words);
        assert_null(json);
        assert_false(answer.unsent);
        assert_true(answer.status == 200 || answer.status == 503); /* still there to be read */
    }
}

static void json_of_an_error_is_read_too(void **state) {
    static const char bytes[] = "HTTP/1.1 400 Bad\r\nContent-Type: application/problem+json\r\n"
                                "Content-Length: 14\r\n\r\n{\"error\":\"no\"}";
    struct listener l = {.close_after = 1};
    KF_AUTO(kf_http_answer) answer = {0};
    KF_AUTO_PTR(json_t) json = NULL;
    listener_start(&l, bytes, strlen(bytes));
    kf_http *door = http_door(l.url, NULL);
    OK(kf_http_json(door, "POST", "/", NULL, &answer, &json));
    assert_int_equal(answer.status, 400);
    assert_string_equal(json_string_value(json_object_get(json, "error")), "no");
    kf_http_free(door);
    listener_stop(&l);
}

/* --- the parser --- */

static void one_value_of_any_kind_is_taken(void **state) {
    static const char *const good[] = {
        "{}",
        "[]",
        " null ",
        "true",
        "\"x\"",
        "-1.5e3",
        "{\"a\":{\"a\":1}}",
        "\xef\xbb\xbf{}",
        "[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[[\"]"};
    for (size_t i = 0; i < KF_COUNT(good); i++)
        OK(parse(good[i], strlen(good[i])));
}

static void everything_else_is_refused(void **state) {
    static const char *const bad[] = {"",
                                      "{} {}",
                                      "{",
                                      "{\"a\":1,\"a\":2}",
                                      "<html>",
                                      "\"\xff\xfe\"",
                                      "nul",
                                      "{'a':1}",
                                      "[1,]",
                                      "{\"\\u0000\":1}",
                                      " ",
                                      "99999999999999999999",
                                      "1e999",
                                      "\"\\ud800\"",
                                      "\xef\xbb\xbf",
                                      "\xef\xbb\xbf\xef\xbb\xbf{}"};
    for (size_t i = 0; i < KF_COUNT(bad); i++)
        if (parse(bad[i], strlen(bad[i])) != KF_E_CA_ANSWER)
            fail_msg("\"%s\" was taken", bad[i]);
    assert_int_equal(parse("\"a\0b\"", 5), KF_E_CA_ANSWER);
    assert_int_equal(parse("{}\0", 3), KF_E_CA_ANSWER);
}

static void thirty_two_levels_are_enough(void **state) {
    char text[67] = "";
    memset(text, '[', 32);
    memset(text + 32, ']', 32);
    OK(parse(text, 64));
    memset(text, '[', 33);
    memset(text + 33, ']', 33);
    assert_says(parse(text, 66), KF_E_CA_ANSWER, "nested more than 32");
}

static void a_million_levels_cost_no_stack(void **state) {
    const size_t len = 1000 * 1000;
    KF_AUTO_FREE char *text = malloc(len);
    memset(text, '{', len);
    assert_says(parse(text, len), KF_E_CA_ANSWER, "nested");
    KF_AUTO_FREE char *large = calloc(1, KF_HTTP_BODY_MAX + 1);
    assert_says(parse(large, KF_HTTP_BODY_MAX + 1), KF_E_CA_ANSWER, "1 MiB");
}

static void foreign_words_in_an_error_are_escaped(void **state) {
    assert_int_equal(parse("\x1b[2J", 4), KF_E_CA_ANSWER);
    assert_null(strchr(kf_error_sentence(KF_E_CA_ANSWER), '\x1b'));
}

/* jansson says near which word it stopped: of an answer that was cut off that is the last one. */
static void a_password_in_a_damaged_answer_is_not_in_the_error(void **state) {
    static const char *const damaged[] = {"{\"Password\":\"korova", "{\"Password\":\"korova\"",
                                          "{\"Password\":\"korova\" 1}", "{\"a\":1,\"korova\"}",
                                          "{\"near\":\"x near korova"};
    for (size_t i = 0; i < KF_COUNT(damaged); i++) {
        assert_says(parse(damaged[i], strlen(damaged[i])), KF_E_CA_ANSWER, "no JSON");
        assert_null(strstr(kf_error_sentence(KF_E_CA_ANSWER), "korova"));
    }
}

#define T(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(a_body_goes_out_as_json),
        T(a_question_has_no_body),
        T(an_empty_answer_is_no_value),
        T(what_is_no_json_is_named),
        T(json_of_an_error_is_read_too),
        cmocka_unit_test(one_value_of_any_kind_is_taken),
        cmocka_unit_test(everything_else_is_refused),
        cmocka_unit_test(thirty_two_levels_are_enough),
        cmocka_unit_test(a_million_levels_cost_no_stack),
        cmocka_unit_test(foreign_words_in_an_error_are_escaped),
        cmocka_unit_test(a_password_in_a_damaged_answer_is_not_in_the_error),
    };
    return cmocka_run_group_tests(tests, http_begin, http_end);
}
