// SPDX-License-Identifier: Apache-2.0
// Orders at CertCentral: issued at once, waiting, refused, lost on the way.
#include "unit/digicert_fixture.h"

static void an_order_that_needs_nothing_is_issued_at_once(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    submit(&answer);
    assert_issued(&answer);
    assert_string_equal(answer.ticket, "542772");
    assert_int_equal(double_count(dc.d, "orders"), 1);
}

static void the_key_goes_only_into_its_header(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    submit(&answer);
    assert_string_equal(double_seen(dc.d, "POST /order", "X-DC-DEVKEY"), API_KEY);
    assert_null(strstr(double_seen(dc.d, "POST /order", "body"), API_KEY));
    assert_null(strstr(double_seen(dc.d, "POST /order", "query"), API_KEY));
    assert_null(strstr(double_seen(dc.d, "POST /order", "path"), API_KEY));
}

static void without_a_key_nothing_is_sent(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    kf_ca_close(KF_MOVE(dc.ca));
    OK(kf_connection_secret(dc.context, "dc", "api-key", NULL));
    OK(kf_ca_open(dc.context, "dc", NULL, &dc.ca));
    assert_says(kf_ca_submit(dc.ca, &dc.order, &answer), KF_E_CA_LOGIN, "is not set");
    assert_int_equal(double_count(dc.d, "requests"), 0);
}

static void a_wrong_key_wants_a_sign_in(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    double_set(dc.d, "key", "another");
    assert_says(kf_ca_submit(dc.ca, &dc.order, &answer), KF_E_CA_LOGIN, "Invalid API key");
    assert_int_equal(double_count(dc.d, "orders"), 0);
}

static void a_key_that_may_not_order_wants_a_sign_in(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    double_set(dc.d, "restricted", "view");
    assert_says(kf_ca_submit(dc.ca, &dc.order, &answer), KF_E_CA_LOGIN, "permission");
}

static void a_refusal_has_the_words_of_the_ca(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    double_set(dc.d, "errors_as_object", "yes");
    dc.order.fields = "{\"template\":\"unheard_of\",\"recipients\":[\"a@example.com\"],"
                      "\"organization\":1,\"common_name\":\"A\",\"agreement\":true}";
    submit(&answer);
    assert_int_equal(answer.outcome, KF_CA_REJECTED);
    assert_non_null(strstr(answer.text, "product was not found"));
}

static void an_order_without_its_organization_is_refused(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    dc.order.fields = "{\"template\":\"client_premium\",\"recipients\":\"a@example.com\","
                      "\"first_name\":\"A\",\"last_name\":\"B\",\"agreement\":true}";
    submit(&answer);
    assert_int_equal(answer.outcome, KF_CA_REJECTED);
    assert_non_null(strstr(answer.text, "organization is missing"));
    assert_int_equal(double_count(dc.d, "orders"), 0);
}

static void too_many_requests_are_sent_again_later(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    double_set(dc.d, "fault", "status:429");
    double_set(dc.d, "retry-after", "120");
    submit(&answer);
    assert_int_equal(answer.outcome, KF_CA_RETRY);
    assert_int_equal(answer.delay, 120);
    assert_int_equal(double_count(dc.d, "orders"), 0);
}

static void an_order_whose_fate_is_unknown_is_not_repeated(void **state) {
    static const char *const faults[] = {"lose",          "after:html",       "after:empty",
                                         "truncate",      "after:status:500", "after:status:502",
                                         "after:garbage", "after:status:408", "cut:20"};
    (void)state;
    for (size_t i = 0; i < KF_COUNT(faults); i++) {
        KF_AUTO(kf_answer) answer = {0};
        double_set(dc.d, "fault", faults[i]);
        double_set(dc.d, "fault-path", "POST /order");
        kf_err err = kf_ca_submit(dc.ca, &dc.order, &answer);
        if (err != KF_E_CA_UNREACHABLE && err != KF_E_CA_ANSWER)
            fail_msg("%s: %d", faults[i], err);
        assert_int_equal(double_count(dc.d, "orders"), (long)i + 1);
        double_set(dc.d, "fault", "");
    }
}

static void an_order_that_cannot_have_left_is_sent_again(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    move_dc("url=http://127.0.0.1:1/services/v2");
    submit(&answer);
    assert_int_equal(answer.outcome, KF_CA_RETRY);
}

static void ids_may_come_as_texts(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    double_set(dc.d, "ids_as_strings", "yes");
    double_set(dc.d, "issue_after_polls", "1");
    submit(&answer);
    assert_string_equal(answer.ticket, "542772");
    poll_dc("542772", &answer);
    assert_int_equal(answer.outcome, KF_CA_WAIT);
    poll_dc("542772", &answer);
    assert_issued(&answer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(an_order_that_needs_nothing_is_issued_at_once),
        TEST(the_key_goes_only_into_its_header),
        TEST(without_a_key_nothing_is_sent),
        TEST(a_wrong_key_wants_a_sign_in),
        TEST(a_key_that_may_not_order_wants_a_sign_in),
        TEST(a_refusal_has_the_words_of_the_ca),
        TEST(an_order_without_its_organization_is_refused),
        TEST(too_many_requests_are_sent_again_later),
        TEST(an_order_whose_fate_is_unknown_is_not_repeated),
        TEST(an_order_that_cannot_have_left_is_sent_again),
        TEST(ids_may_come_as_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
