// SPDX-License-Identifier: Apache-2.0
// Orders at CryptoPro UC 2.0: sent, asked about, confirmed.
#include "unit/cryptopro_fixture.h"

static void what_is_sent_is_base64_on_one_line(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_buf) wanted = {0};
    submit(&answer);
    OK(kf_base64(&wanted, csr.data, csr.len));
    assert_string_equal(double_seen(cp_double, "POST /ui/api/certrequest", "body"),
                        kf_buf_str(&wanted));
    assert_string_equal(double_seen(cp_double, "POST /ui/api/certrequest", "Content-Type"),
                        "application/octet-stream");
}

static void a_certificate_that_is_there_at_once_comes_with_the_answer(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    submit(&answer);
    assert_int_equal(answer.outcome, KF_CA_ISSUED);
    assert_non_null(answer.ticket);
    assert_our_certificate(&answer);
    assert_int_equal(double_count(cp_double, "orders"), 1);
}

static void pending_becomes_issued(void **state) {
    KF_AUTO(kf_answer) submitted = {0}, answer = {0};
    double_set(cp_double, "decide", "pend");
    submit(&submitted);
    assert_int_equal(submitted.outcome, KF_CA_WAIT);
    assert_int_equal(poll_ticket(submitted.ticket, &answer), KF_CA_WAIT);
    assert_string_equal(answer.ticket, submitted.ticket);
    double_set(cp_double, "pending", "issue");
    open_again();
    assert_int_equal(poll_ticket(submitted.ticket, &answer), KF_CA_ISSUED);
    assert_our_certificate(&answer);
}

static void every_letter_that_waits_waits_in_either_case(void **state) {
    static const struct {
        const char *letter, *words;
    } cases[] = {{"Q", "queued"}, {"A", "accepted"}, {"P", "sent to the CA"}, {"X", "not know"}};
    KF_AUTO(kf_answer) submitted = {0};
    double_set(cp_double, "decide", "pend");
    submit(&submitted);
    for (size_t i = 0; i < KF_COUNT(cases) * 2; i++) {
        KF_AUTO(kf_answer) answer = {0};
        double_set(cp_double, "letter", cases[i / 2].letter);
        double_set(cp_double, "lower", i % 2 ? "yes" : "");
        assert_int_equal(poll_ticket(submitted.ticket, &answer), KF_CA_WAIT);
        assert_non_null(strstr(answer.text, cases[i / 2].words));
    }
}

static void every_letter_that_ends_is_a_rejection_in_its_own_words(void **state) {
    static const struct {
        const char *letter, *words;
    } cases[] = {{"R", "rejected by an operator"}, {"D", "denied by the CA"}, {"E", "CA error"}};
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO(kf_answer) answer = {0};
        double_set(cp_double, "refusal", cases[i].letter);
        double_set(cp_double, "decide", "reject");
        submit(&answer);
        assert_int_equal(answer.outcome, KF_CA_REJECTED);
        assert_non_null(strstr(answer.text, cases[i].words));
    }
}

static void the_certificate_is_taken_in_any_form(void **state) {
    static const char *const forms[] = {"der", "base64", "pem"};
    for (size_t i = 0; i < KF_COUNT(forms); i++) {
        KF_AUTO(kf_answer) answer = {0};
        double_set(cp_double, "rawcert", forms[i]);
        submit(&answer);
        assert_int_equal(answer.outcome, KF_CA_ISSUED);
        assert_our_certificate(&answer);
    }
}

static void the_issuer_comes_along_and_the_root_does_not(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_certs) certs = {0};
    submit(&answer);
    OK(kf_certs_read(answer.body, answer.body_len, &certs));
    assert_int_equal(certs.count, 2);
    assert_string_equal(kf_cert_subject(certs.items[1]), kf_cert_issuer(certs.items[0]));
    assert_false(kf_cert_is_self_issued(certs.items[1]));
}

static void a_service_that_hides_its_ca_still_issues(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_certs) certs = {0};
    double_set(cp_double, "fault-path", "cacertificate");
    double_set(cp_double, "fault", "status:404");
    submit(&answer);
    OK(kf_certs_read(answer.body, answer.body_len, &certs));
    assert_int_equal(certs.count, 1);
}

static void complete_without_a_certificate_waits(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    double_set(cp_double, "stale", "yes");
    submit(&answer);
    assert_int_equal(answer.outcome, KF_CA_WAIT);
    KF_AUTO_FREE char *ticket = strdup(answer.ticket);
    double_set(cp_double, "stale", "");
    assert_int_equal(poll_ticket(ticket, &answer), KF_CA_ISSUED);
}

/* The order is there: an id that is lost now would be an order that is lost. */
static void a_certificate_that_cannot_be_fetched_does_not_lose_the_order(void **state) {
    static const char *const faults[] = {"lose", "html", "status:500", "status:401", "empty"};
    for (size_t i = 0; i < KF_COUNT(faults); i++) {
        KF_AUTO(kf_answer) answer = {0};
        double_set(cp_double, "fault-path", "rawcert");
        double_set(cp_double, "fault-count", "-1");
        double_set(cp_double, "fault", faults[i]);
        submit(&answer);
        assert_int_equal(answer.outcome, KF_CA_WAIT);
        double_set(cp_double, "fault", "");
        KF_AUTO_FREE char *ticket = strdup(answer.ticket);
        assert_int_equal(poll_ticket(ticket, &answer), KF_CA_ISSUED);
    }
}

static void an_unconfirmed_registration_is_tried_again(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    double_set(cp_double, "registration", "Q");
    submit(&answer);
    assert_int_equal(answer.outcome, KF_CA_RETRY);
    assert_true(answer.delay > 0);
    assert_non_null(strstr(answer.text, "not confirmed"));
    assert_int_equal(double_count(cp_double, "orders"), 0);
}

static void a_user_who_may_not_is_rejected_with_the_words_of_the_service(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    double_set(cp_double, "fault-path", "POST /ui/api/certrequest");
    double_set(cp_double, "fault", "status:403");
    submit(&answer);
    assert_int_equal(answer.outcome, KF_CA_REJECTED);
    assert_non_null(strstr(answer.text, "403"));
}

static void what_the_service_refuses_is_rejected(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order = order_of("id-1", &csr);
    order.csr_len -= 5;
    OK(kf_ca_submit(ca, &order, &answer));
    assert_int_equal(answer.outcome, KF_CA_REJECTED);
    assert_non_null(strstr(answer.text, "not a certificate request"));
}

static kf_err submit_under(const char *fault) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order = order_of("id-1", &csr);
    double_set(cp_double, "fault-path", "POST /ui/api/certrequest");
    double_set(cp_double, "fault", fault);
    return kf_ca_submit(ca, &order, &answer);
}

static void an_order_of_unknown_fate_is_never_called_not_taken(void **state) {
    static const char *const faults[] = {"refuse",     "lose",       "status:500",
                                         "status:502", "status:504", "cut:20"};
    for (size_t i = 0; i < KF_COUNT(faults); i++)
        assert_int_equal(submit_under(faults[i]), KF_E_CA_UNREACHABLE);
    assert_int_equal(submit_under("html"), KF_E_CA_ANSWER);
    assert_int_equal(submit_under("empty"), KF_E_CA_ANSWER);
    assert_int_equal(submit_under("status:404"), KF_E_CA_ANSWER);
    assert_int_equal(submit_under("status:401"), KF_E_CA_LOGIN);
}

static void an_order_whose_answer_is_lost_was_sent_once(void **state) {
    assert_int_equal(submit_under("lose"), KF_E_CA_UNREACHABLE);
    assert_int_equal(double_count(cp_double, "orders"), 1);
}

static void too_many_requests_are_sent_again(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    double_set(cp_double, "fault-path", "POST /ui/api/certrequest");
    double_set(cp_double, "retry-after", "120");
    double_set(cp_double, "fault", "status:429");
    submit(&answer);
    assert_int_equal(answer.outcome, KF_CA_RETRY);
    assert_int_equal(answer.delay, 120);
}

static void nobody_signed_in_sends_nothing(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order = order_of("id-1", &csr);
    assert_says(kf_ca_submit(ca, &order, &answer), KF_E_CA_LOGIN, "nobody is signed in");
    assert_int_equal(double_count(cp_double, "requests"), 0);
}

static void polling_tells_what_went_wrong(void **state) {
    KF_AUTO(kf_answer) submitted = {0}, answer = {0};
    static const struct {
        const char *fault;
        kf_err err;
    } cases[] = {{"status:401", KF_E_CA_LOGIN},
                 {"status:403", KF_E_CA_LOGIN},
                 {"status:500", KF_E_CA_UNREACHABLE},
                 {"refuse", KF_E_CA_UNREACHABLE},
                 {"html", KF_E_CA_ANSWER},
                 {"deep", KF_E_CA_ANSWER}};
    struct kf_ca_order order = order_of("id-1", &csr);
    submit(&submitted);
    double_set(cp_double, "fault-count", "-1");
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        double_set(cp_double, "fault", cases[i].fault);
        assert_int_equal(kf_ca_poll(ca, &order, submitted.ticket, &answer), cases[i].err);
    }
}

static void the_service_says_when_to_ask_again(void **state) {
    static const char *const faults[] = {"status:429", "status:503"};
    KF_AUTO(kf_answer) submitted = {0}, answer = {0};
    submit(&submitted);
    double_set(cp_double, "retry-after", "300");
    for (size_t i = 0; i < KF_COUNT(faults); i++) {
        double_set(cp_double, "fault", faults[i]);
        assert_int_equal(poll_ticket(submitted.ticket, &answer), KF_CA_WAIT);
        assert_int_equal(answer.delay, 300);
        assert_string_equal(answer.ticket, submitted.ticket);
    }
}

static void a_ticket_that_nobody_knows_is_not_found(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    assert_int_equal(poll_ticket("00000000-0000-4000-8000-000000000000", &answer), KF_CA_NOT_FOUND);
    assert_int_equal(poll_ticket("../../admin?x=1#", &answer), KF_CA_NOT_FOUND);
    assert_string_equal(double_seen(cp_double, "GET ..", "query"), "");
}

static void strange_members_do_no_harm(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    double_set(cp_double, "nulls", "yes");
    submit(&answer);
    assert_int_equal(answer.outcome, KF_CA_ISSUED);
    KF_AUTO_FREE char *ticket = strdup(answer.ticket);
    assert_int_equal(poll_ticket(ticket, &answer), KF_CA_ISSUED);
}

static void one_question_tells_which_orders_have_news(void **state) {
    KF_AUTO(kf_answer) waiting = {0}, issued = {0};
    bool news[3] = {true, false, false};
    submit(&issued);
    double_set(cp_double, "decide", "pend");
    submit(&waiting);
    const char *tickets[] = {waiting.ticket, issued.ticket, "not-in-the-list"};
    long before = double_count(cp_double, "requests");
    OK(kf_ca_changes(ca, tickets, 3, 0, news));
    assert_int_equal(double_count(cp_double, "requests"), before + 1);
    assert_false(news[0]);
    assert_true(news[1]);
    assert_true(news[2]);
}

/* --- K --- */

static void k_is_sent_only_when_told_to(void **state) {
    KF_AUTO(kf_answer) submitted = {0}, answer = {0};
    struct kf_ca_order order = order_of("id-1", &csr);
    submit(&submitted);
    poll_ticket(submitted.ticket, &answer);
    assert_int_equal(double_count(cp_double, "acknowledged"), 0);
    OK(kf_ca_acknowledge(ca, &order, submitted.ticket));
    assert_int_equal(double_count(cp_double, "acknowledged"), 1);
    assert_string_equal(double_seen(cp_double, "POST /ui/api/certrequest/", "body"),
                        "{\"Status\":\"K\"}");
}

static void a_second_k_is_fine(void **state) {
    KF_AUTO(kf_answer) submitted = {0}, answer = {0};
    struct kf_ca_order order = order_of("id-1", &csr);
    submit(&submitted);
    OK(kf_ca_acknowledge(ca, &order, submitted.ticket));
    OK(kf_ca_acknowledge(ca, &order, submitted.ticket));
    double_set(cp_double, "repeat-k", "409");
    OK(kf_ca_acknowledge(ca, &order, submitted.ticket));
    assert_int_equal(double_count(cp_double, "acknowledged"), 1);
    assert_int_equal(poll_ticket(submitted.ticket, &answer), KF_CA_ISSUED);
}

static void a_k_that_is_refused_is_told(void **state) {
    KF_AUTO(kf_answer) submitted = {0};
    struct kf_ca_order order = order_of("id-1", &csr);
    double_set(cp_double, "decide", "pend");
    submit(&submitted);
    assert_says(kf_ca_acknowledge(ca, &order, submitted.ticket), KF_E_CA_ANSWER,
                "cannot be confirmed");
    assert_says(kf_ca_acknowledge(ca, &order, "nobody-knows"), KF_E_CA_ANSWER, "no such request");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SIGNED_IN(what_is_sent_is_base64_on_one_line),
        SIGNED_IN(a_certificate_that_is_there_at_once_comes_with_the_answer),
        SIGNED_IN(pending_becomes_issued),
        SIGNED_IN(every_letter_that_waits_waits_in_either_case),
        SIGNED_IN(every_letter_that_ends_is_a_rejection_in_its_own_words),
        SIGNED_IN(the_certificate_is_taken_in_any_form),
        SIGNED_IN(the_issuer_comes_along_and_the_root_does_not),
        SIGNED_IN(a_service_that_hides_its_ca_still_issues),
        SIGNED_IN(complete_without_a_certificate_waits),
        SIGNED_IN(a_certificate_that_cannot_be_fetched_does_not_lose_the_order),
        SIGNED_IN(an_unconfirmed_registration_is_tried_again),
        SIGNED_IN(a_user_who_may_not_is_rejected_with_the_words_of_the_service),
        SIGNED_IN(what_the_service_refuses_is_rejected),
        SIGNED_IN(an_order_of_unknown_fate_is_never_called_not_taken),
        SIGNED_IN(an_order_whose_answer_is_lost_was_sent_once),
        SIGNED_IN(too_many_requests_are_sent_again),
        AT_UC(nobody_signed_in_sends_nothing),
        SIGNED_IN(polling_tells_what_went_wrong),
        SIGNED_IN(the_service_says_when_to_ask_again),
        SIGNED_IN(a_ticket_that_nobody_knows_is_not_found),
        SIGNED_IN(strange_members_do_no_harm),
        SIGNED_IN(one_question_tells_which_orders_have_news),
        SIGNED_IN(k_is_sent_only_when_told_to),
        SIGNED_IN(a_second_k_is_fine),
        SIGNED_IN(a_k_that_is_refused_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
