// SPDX-License-Identifier: Apache-2.0
// Orders at CertCentral that wait: who must act, when they are issued, and how they are fetched.
#include "unit/digicert_fixture.h"

/* --- who must act --- */

static void an_approver_is_named(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    double_set(dc.d, "needs_approval", "yes");
    submit(&answer);
    assert_person(&answer, "approver", "request 922432");
    poll_dc(answer.ticket, &answer);
    assert_person(&answer, "approver", "request 922432");
}

static void an_approved_order_is_issued(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    json_t *done = NULL;
    KF_AUTO_PTR(json_t) fields = json_pack("{s:s}", "request", "922432");
    double_set(dc.d, "needs_approval", "yes");
    submit(&answer);
    OK(kf_ca_act(dc.ca, "request-approve", fields, &done));
    json_decref(done);
    poll_dc(answer.ticket, &answer);
    assert_issued(&answer);
}

static void a_rejected_order_says_why(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    json_t *done = NULL;
    KF_AUTO_PTR(json_t)
    fields = json_pack("{s:s, s:s}", "request", "922432", "comment", "no budget");
    double_set(dc.d, "needs_approval", "yes");
    submit(&answer);
    OK(kf_ca_act(dc.ca, "request-reject", fields, &done));
    json_decref(done);
    poll_dc(answer.ticket, &answer);
    assert_int_equal(answer.outcome, KF_CA_REJECTED);
    assert_non_null(strstr(answer.text, "no budget"));
}

static void recipients_who_have_not_clicked_are_named(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    double_set(dc.d, "emails_validated", "no");
    submit(&answer);
    assert_int_equal(answer.outcome, KF_CA_WAIT);
    poll_dc(answer.ticket, &answer);
    assert_person(&answer, "recipient", "alice@example.com must click");
    double_set(dc.d, "emails_validated", "yes");
    poll_dc(answer.ticket, &answer);
    assert_issued(&answer);
}

static void an_unvalidated_domain_says_what_to_publish(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    double_set(dc.d, "domain", "pending");
    submit(&answer);
    poll_dc(answer.ticket, &answer);
    assert_person(&answer, "you", "TXT record \"example.com\" with the value \"ksj37");
}

static void an_unvalidated_organization_names_its_contact(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    double_set(dc.d, "organization", "pending");
    submit(&answer);
    poll_dc(answer.ticket, &answer);
    assert_person(&answer, "approver", "validation call");
}

static void an_order_without_csr_waits_for_the_recipient(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    dc.order.fields = "{" SPONSOR ",\"csr_later\":true}";
    submit(&answer);
    assert_person(&answer, "recipient", "in a browser");
    KF_AUTO_PTR(json_t) sent = seen_order();
    assert_null(json_object_get(json_object_get(sent, "certificate"), "csr"));
    poll_dc(answer.ticket, &answer);
    assert_person(&answer, "recipient", "CertCentral's e-mail");
}

/* --- states --- */

static void each_state_means_one_thing(void **state) {
    static const struct {
        const char *status;
        enum kf_ca_outcome outcome;
    } cases[] = {
        {"pending", KF_CA_WAIT},
        {"needs_approval", KF_CA_NEEDS_PERSON},
        {"processing", KF_CA_WAIT},
        {"reissue_pending", KF_CA_WAIT},
        {"waiting_pickup", KF_CA_NEEDS_PERSON},
        {"needs_csr", KF_CA_NEEDS_PERSON},
        {"approved", KF_CA_WAIT},
        {"issued", KF_CA_WAIT}, /* nothing to download yet */
        {"rejected", KF_CA_REJECTED},
        {"denied", KF_CA_REJECTED},
        {"canceled", KF_CA_REJECTED},
        {"CANCELED", KF_CA_REJECTED},
        {"expired", KF_CA_REJECTED},
        {"revoked", KF_CA_REJECTED},
        {"renewed", KF_CA_WAIT},
        {"not_renewed", KF_CA_WAIT},
        {"in_the_mail", KF_CA_WAIT},
        {"Issued!", KF_CA_WAIT},
        {"issued_soon", KF_CA_WAIT},
    };
    (void)state;
    KF_AUTO_FREE char *ticket = pending_order();
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO(kf_answer) answer = {0};
        double_set(dc.d, "status", cases[i].status);
        poll_dc(ticket, &answer);
        if (answer.outcome != cases[i].outcome)
            fail_msg("%s: %d", cases[i].status, answer.outcome);
        assert_string_equal(answer.ticket, ticket);
    }
}

static void an_unknown_state_is_shown(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_FREE char *ticket = pending_order();
    double_set(dc.d, "status", "in_the_mail");
    poll_dc(ticket, &answer);
    assert_non_null(strstr(answer.text, "\"in_the_mail\", a state that keyfob does not know"));
}

static void an_approved_order_with_a_certificate_is_fetched(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    submit(&answer);
    double_set(dc.d, "status", "approved");
    poll_dc(answer.ticket, &answer);
    assert_issued(&answer);
}

static void an_unknown_order_is_not_found(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    poll_dc("999", &answer);
    assert_int_equal(answer.outcome, KF_CA_NOT_FOUND);
}

static void a_ticket_that_is_no_number_is_not_sent(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    assert_says(kf_ca_poll(dc.ca, &dc.order, "../user/me", &answer), KF_E_INPUT, "not the number");
    assert_int_equal(double_count(dc.d, "requests"), 0);
}

static void too_many_polls_wait_longer(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_FREE char *ticket = pending_order();
    double_set(dc.d, "rate_limit", "1");
    poll_dc(ticket, &answer);
    KF_AUTO(kf_answer) again = {0};
    poll_dc(ticket, &again);
    assert_int_equal(again.outcome, KF_CA_WAIT);
    assert_int_equal(again.delay, 300);
}

/* --- the certificate --- */

static void it_is_fetched_in_whatever_form_there_is(void **state) {
    static const char *const downloads[] = {"", "no-noroot", "chain-only"};
    (void)state;
    KF_AUTO(kf_answer) placed = {0};
    submit(&placed);
    for (size_t i = 0; i < KF_COUNT(downloads); i++) {
        KF_AUTO(kf_answer) answer = {0};
        KF_AUTO(kf_certs) certs = {0};
        double_set(dc.d, "download", downloads[i]);
        double_set(dc.d, "crlf", i == 1 ? "no" : "yes");
        poll_dc(placed.ticket, &answer);
        assert_issued(&answer);
        OK(kf_certs_read(answer.body, answer.body_len, &certs));
        assert_int_equal(certs.count, i == 1 ? 3 : 2);
    }
}

static void what_cannot_be_downloaded_yet_is_asked_for_again(void **state) {
    static const char *const downloads[] = {"none", "garbage"};
    (void)state;
    KF_AUTO(kf_answer) placed = {0};
    submit(&placed);
    for (size_t i = 0; i < KF_COUNT(downloads); i++) {
        KF_AUTO(kf_answer) answer = {0};
        double_set(dc.d, "download", downloads[i]);
        poll_dc(placed.ticket, &answer);
        assert_int_equal(answer.outcome, KF_CA_WAIT);
        assert_non_null(strstr(answer.text, "cannot be downloaded yet"));
    }
}

static void a_stale_status_keeps_waiting(void **state) {
    (void)state;
    KF_AUTO(kf_answer) placed = {0};
    double_set(dc.d, "stale_status", "2");
    submit(&placed);
    for (int i = 0; i < 2; i++) {
        KF_AUTO(kf_answer) answer = {0};
        poll_dc(placed.ticket, &answer);
        assert_int_equal(answer.outcome, KF_CA_WAIT);
    }
    KF_AUTO(kf_answer) answer = {0};
    poll_dc(placed.ticket, &answer);
    assert_issued(&answer);
}

static void a_foreign_certificate_is_handed_on_to_be_judged(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    double_set(dc.d, "issue", "other-key");
    submit(&answer);
    poll_dc(answer.ticket, &answer);
    assert_int_equal(answer.outcome, KF_CA_ISSUED);
    assert_false(
        double_same_key((char *)answer.body, answer.body_len, (char *)dc.csr.data, dc.csr.len));
}

/* --- many at once --- */

/* Two orders of which the second changed; was that told? */
static void assert_told(void) {
    KF_AUTO(kf_answer) second = {0};
    KF_AUTO_FREE char *first = pending_order();
    double_set(dc.d, "decide", "issue");
    dc.order.client_id = "kf-second";
    submit(&second);
    double_set(dc.d, "decide", "pend");
    const char *tickets[] = {first, second.ticket, "1"};
    bool news[3] = {false, false, false};
    OK(kf_ca_changes(dc.ca, tickets, 3, kf_context_now(dc.context) - 60, news));
    assert_false(news[0]);
    assert_true(news[1]);
    assert_false(news[2]);
}

static void one_question_tells_which_orders_changed(void **state) {
    (void)state;
    assert_told();
    assert_int_equal(double_count(dc.d, "changes"), 1);
}

static void the_question_has_another_form(void **state) {
    (void)state;
    double_set(dc.d, "changes", "minutes");
    assert_told();
    assert_non_null(
        strstr(double_seen(dc.d, "GET /order/certificate/status", "query"), "minutes=11"));
}

static void where_it_cannot_be_asked_each_is_polled(void **state) {
    (void)state;
    const char *tickets[] = {"542772"};
    bool news[1] = {false};
    double_set(dc.d, "changes", "off");
    assert_says(kf_ca_changes(dc.ca, tickets, 1, 0, news), KF_E_UNSUPPORTED, "a week");
    assert_says(kf_ca_changes(dc.ca, tickets, 1, kf_context_now(dc.context), news),
                KF_E_UNSUPPORTED, "several orders");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(an_approver_is_named),
        TEST(an_approved_order_is_issued),
        TEST(a_rejected_order_says_why),
        TEST(recipients_who_have_not_clicked_are_named),
        TEST(an_unvalidated_domain_says_what_to_publish),
        TEST(an_unvalidated_organization_names_its_contact),
        TEST(an_order_without_csr_waits_for_the_recipient),
        TEST(each_state_means_one_thing),
        TEST(an_unknown_state_is_shown),
        TEST(an_approved_order_with_a_certificate_is_fetched),
        TEST(an_unknown_order_is_not_found),
        TEST(a_ticket_that_is_no_number_is_not_sent),
        TEST(too_many_polls_wait_longer),
        TEST(it_is_fetched_in_whatever_form_there_is),
        TEST(what_cannot_be_downloaded_yet_is_asked_for_again),
        TEST(a_stale_status_keeps_waiting),
        TEST(a_foreign_certificate_is_handed_on_to_be_judged),
        TEST(one_question_tells_which_orders_changed),
        TEST(the_question_has_another_form),
        TEST(where_it_cannot_be_asked_each_is_polled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
