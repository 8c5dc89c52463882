// SPDX-License-Identifier: Apache-2.0
// Orders at CertCentral whose answer was lost: found again, or surely not there.
#include "unit/digicert_fixture.h"

static void a_lost_order_is_found_by_our_id(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    double_set(dc.d, "fault", "lose");
    assert_int_equal(kf_ca_submit(dc.ca, &dc.order, &answer), KF_E_CA_UNREACHABLE);
    OK(kf_ca_lookup(dc.ca, &dc.order, &answer));
    assert_string_equal(answer.ticket, "542772");
    assert_issued(&answer);
    assert_int_equal(double_count(dc.d, "orders"), 1);
}

static void an_order_that_never_arrived_is_not_found(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    OK(kf_ca_lookup(dc.ca, &dc.order, &answer));
    assert_int_equal(answer.outcome, KF_CA_NOT_FOUND);
}

static void an_order_may_turn_up_late(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_FREE char *ticket = pending_order();
    double_set(dc.d, "alternate_lookup", "late:2");
    for (int i = 0; i < 2; i++) {
        OK(kf_ca_lookup(dc.ca, &dc.order, &answer));
        assert_int_equal(answer.outcome, KF_CA_NOT_FOUND);
    }
    OK(kf_ca_lookup(dc.ca, &dc.order, &answer));
    assert_string_equal(answer.ticket, ticket);
}

static void where_the_question_is_unknown_the_csr_tells(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_FREE char *memo = NULL;
    OK(kf_ca_remember(dc.ca, &dc.order, &memo));
    KF_AUTO_FREE char *ticket = pending_order();
    double_set(dc.d, "alternate_lookup", "off");
    dc.order.memo = memo;
    OK(kf_ca_lookup(dc.ca, &dc.order, &answer));
    assert_string_equal(answer.ticket, ticket);
}

static void where_the_question_is_not_allowed_the_csr_tells(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_FREE char *ticket = pending_order();
    double_set(dc.d, "fault", "status:403");
    double_set(dc.d, "fault-path", "/order/alternate");
    OK(kf_ca_lookup(dc.ca, &dc.order, &answer));
    assert_string_equal(answer.ticket, ticket);
}

static void the_old_order_is_not_its_renewal_with_the_same_key(void **state) {
    static const char *const told[] = {"yes", "no"};
    (void)state;
    KF_AUTO_FREE char *ticket = pending_order();
    double_set(dc.d, "alternate_lookup", "off");
    dc.order.client_id = "kf-renewal";
    dc.order.old_ticket = ticket;
    for (size_t i = 0; i < KF_COUNT(told); i++) {
        KF_AUTO(kf_answer) answer = {0};
        double_set(dc.d, "id_in_info", told[i]);
        OK(kf_ca_lookup(dc.ca, &dc.order, &answer));
        assert_int_equal(answer.outcome, KF_CA_NOT_FOUND);
    }
    dc.order.old_ticket = NULL; /* the key alone tells */
    KF_AUTO(kf_answer) answer = {0};
    OK(kf_ca_lookup(dc.ca, &dc.order, &answer));
    assert_string_equal(answer.ticket, ticket);
}

static void a_foreign_csr_is_not_ours(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_FREE char *ticket = pending_order();
    KF_AUTO_PTR(EVP_PKEY) other = EVP_EC_gen("P-256");
    KF_AUTO(kf_buf) csr = {0};
    make_csr(dc.context, other, "CN=Alice Example", "tls-client", &csr);
    dc.order = order_of("kf-other", &csr);
    double_set(dc.d, "alternate_lookup", "off");
    OK(kf_ca_lookup(dc.ca, &dc.order, &answer));
    assert_int_equal(answer.outcome, KF_CA_NOT_FOUND);
}

/* `count` orders of somebody else for another key; ours has not arrived. */
static void orders_of_others(int count) {
    const struct kf_ca_order ours = dc.order;
    KF_AUTO_PTR(EVP_PKEY) key = EVP_EC_gen("P-256");
    KF_AUTO(kf_buf) csr = {0};
    make_csr(dc.context, key, "CN=Bob", "tls-client", &csr);
    dc.order.csr = csr.data;
    dc.order.csr_len = csr.len;
    dc.order.client_id = "kf-other";
    double_set(dc.d, "decide", "pend");
    for (int i = 0; i < count; i++) {
        KF_AUTO(kf_answer) answer = {0};
        submit(&answer);
    }
    dc.order = ours;
    double_set(dc.d, "alternate_lookup", "off");
}

static void a_no_needs_every_order_to_be_looked_at(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    orders_of_others(200);
    OK(kf_ca_lookup(dc.ca, &dc.order, &answer));
    assert_int_equal(answer.outcome, KF_CA_NOT_FOUND);
    orders_of_others(1);
    assert_says(kf_ca_lookup(dc.ca, &dc.order, &answer), KF_E_UNSUPPORTED,
                "the comment \"keyfob kf-0123456789abcdef\"");
}

static void orders_from_before_are_not_looked_at(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_FREE char *later =
        kf_str("%lld", (long long)kf_context_now(dc.context) + 7200); /* the clocks may differ */
    orders_of_others(3);
    dc.order.memo = later;
    OK(kf_ca_lookup(dc.ca, &dc.order, &answer));
    assert_int_equal(answer.outcome, KF_CA_NOT_FOUND);
    assert_int_equal(double_count(dc.d, "polls"), 0);
}

static void a_look_up_that_fails_says_nothing(void **state) {
    static const char *const faults[] = {"status:500", "status:429", "html", "empty"};
    (void)state;
    KF_AUTO_FREE char *ticket = pending_order();
    for (size_t i = 0; i < KF_COUNT(faults); i++) {
        KF_AUTO(kf_answer) answer = {0};
        double_set(dc.d, "fault", faults[i]);
        kf_err err = kf_ca_lookup(dc.ca, &dc.order, &answer);
        if (err != KF_E_CA_UNREACHABLE && err != KF_E_CA_ANSWER)
            fail_msg("%s: %d", faults[i], err);
    }
}

static void what_was_found_is_kept_although_its_state_is_not_told(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    submit(&answer);
    double_set(dc.d, "fault", "status:500");
    double_set(dc.d, "fault-path", "GET /certificate/");
    OK(kf_ca_lookup(dc.ca, &dc.order, &answer));
    assert_int_equal(answer.outcome, KF_CA_WAIT);
    assert_string_equal(answer.ticket, "542772");
}

static void two_orders_are_for_a_person(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_FREE char *ticket = pending_order();
    double_set(dc.d, "alternate_lookup", "twice");
    assert_says(kf_ca_lookup(dc.ca, &dc.order, &answer), KF_E_NEEDS_OPERATOR, "542772, 542773");
}

static void our_id_with_another_key_is_for_a_person(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_FREE char *ticket = pending_order();
    KF_AUTO_PTR(EVP_PKEY) other = EVP_EC_gen("P-256");
    KF_AUTO(kf_buf) csr = {0};
    make_csr(dc.context, other, "CN=Alice Example", "tls-client", &csr);
    dc.order.csr = csr.data;
    dc.order.csr_len = csr.len;
    assert_says(kf_ca_lookup(dc.ca, &dc.order, &answer), KF_E_NEEDS_OPERATOR, "another key");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_lost_order_is_found_by_our_id),
        TEST(an_order_that_never_arrived_is_not_found),
        TEST(an_order_may_turn_up_late),
        TEST(where_the_question_is_unknown_the_csr_tells),
        TEST(where_the_question_is_not_allowed_the_csr_tells),
        TEST(the_old_order_is_not_its_renewal_with_the_same_key),
        TEST(a_foreign_csr_is_not_ours),
        TEST(a_no_needs_every_order_to_be_looked_at),
        TEST(orders_from_before_are_not_looked_at),
        TEST(a_look_up_that_fails_says_nothing),
        TEST(what_was_found_is_kept_although_its_state_is_not_told),
        TEST(two_orders_are_for_a_person),
        TEST(our_id_with_another_key_is_for_a_person),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
