// SPDX-License-Identifier: Apache-2.0
// CryptoPro UC 2.0: an order of unknown fate is found by its public key, or not taken at all.
#include "unit/cryptopro_fixture.h"

static char *memo;

static int stop_remembering(void **state) {
    free(memo);
    memo = NULL;
    return stop_uc(state);
}

/* A request of the same user with another key, from another program. */
static void order_of_another(void) {
    KF_AUTO_PTR(EVP_PKEY) other = EVP_EC_gen("P-256");
    KF_AUTO(kf_buf) bytes = {0};
    KF_AUTO(kf_answer) answer = {0};
    make_csr(context, other, "CN=Other", "tls-client", &bytes);
    struct kf_ca_order order = order_of("other", &bytes);
    OK(kf_ca_submit(ca, &order, &answer));
}

static void remember(void) {
    struct kf_ca_order order = order_of("id-1", &csr);
    OK(kf_ca_remember(ca, &order, &memo));
}

static void lose_the_answer(void) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order = order_of("id-1", &csr);
    double_set(cp_double, "fault-path", "POST /ui/api/certrequest");
    double_set(cp_double, "fault", "lose");
    assert_int_equal(kf_ca_submit(ca, &order, &answer), KF_E_CA_UNREACHABLE);
    double_set(cp_double, "fault", "");
}

static kf_err look(kf_answer *answer) {
    struct kf_ca_order order = order_of("id-1", &csr);
    order.memo = memo;
    kf_answer_clear(answer);
    return kf_ca_lookup(ca, &order, answer);
}

static void thousands_of_requests_are_remembered(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    double_set(cp_double, "decide", "pend");
    for (int i = 0; i < 1800; i++)
        submit(&answer);
    remember();
    OK(look(&answer));
    assert_int_equal(answer.outcome, KF_CA_NOT_FOUND);
}

static void what_never_arrived_is_not_found(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    order_of_another();
    remember();
    OK(look(&answer));
    assert_int_equal(answer.outcome, KF_CA_NOT_FOUND);
}

static void an_order_is_adopted_by_the_key_of_its_certificate(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    order_of_another();
    remember();
    lose_the_answer();
    order_of_another();
    open_again();
    OK(look(&answer));
    assert_int_equal(answer.outcome, KF_CA_ISSUED);
    assert_our_certificate(&answer);
    assert_int_equal(double_count(cp_double, "orders"), 3);
}

static void an_order_is_adopted_by_the_csr_that_the_list_carries(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    remember();
    double_set(cp_double, "decide", "pend");
    double_set(cp_double, "list-csr", "yes");
    lose_the_answer();
    order_of_another();
    OK(look(&answer));
    assert_int_equal(answer.outcome, KF_CA_WAIT);
    KF_AUTO_FREE char *ticket = strdup(answer.ticket);
    double_set(cp_double, "pending", "issue");
    assert_int_equal(poll_ticket(ticket, &answer), KF_CA_ISSUED);
    assert_our_certificate(&answer);
}

static void a_new_one_that_cannot_be_compared_yet_is_looked_at_again(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    remember();
    double_set(cp_double, "decide", "pend");
    lose_the_answer();
    OK(look(&answer));
    assert_int_equal(answer.outcome, KF_CA_RETRY);
    assert_non_null(strstr(answer.text, "may be this one"));
    double_set(cp_double, "pending", "issue");
    OK(look(&answer));
    assert_int_equal(answer.outcome, KF_CA_ISSUED);
    assert_our_certificate(&answer);
}

static void a_new_one_that_ended_without_a_certificate_is_for_a_person(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    remember();
    double_set(cp_double, "decide", "reject");
    lose_the_answer();
    assert_says(look(&answer), KF_E_UNSUPPORTED, "7f4b0001-0000-4000-8000-00000000000a");
    double_set(cp_double, "list-csr", "yes");
    OK(look(&answer));
    assert_int_equal(answer.outcome, KF_CA_REJECTED);
}

static void somebody_elses_new_one_is_not_ours(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    remember();
    order_of_another();
    OK(look(&answer));
    assert_int_equal(answer.outcome, KF_CA_NOT_FOUND);
}

static void two_for_the_same_key_are_for_a_person(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    remember();
    lose_the_answer();
    lose_the_answer();
    assert_says(look(&answer), KF_E_NEEDS_OPERATOR, "2 requests for this key");
}

static void without_a_memo_only_the_key_counts(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    order_of_another();
    OK(look(&answer));
    assert_int_equal(answer.outcome, KF_CA_NOT_FOUND);
    lose_the_answer();
    OK(look(&answer));
    assert_int_equal(answer.outcome, KF_CA_ISSUED);
    memo = strdup("no JSON");
    OK(look(&answer));
    assert_int_equal(answer.outcome, KF_CA_ISSUED);
}

static void a_list_that_cannot_be_read_finds_nothing_and_says_so(void **state) {
    static const struct {
        const char *fault;
        kf_err err;
    } cases[] = {{"status:401", KF_E_CA_LOGIN},
                 {"status:500", KF_E_CA_UNREACHABLE},
                 {"html", KF_E_CA_ANSWER},
                 {"empty", KF_E_CA_ANSWER},
                 {"truncate", KF_E_CA_UNREACHABLE}};
    KF_AUTO(kf_answer) answer = {0};
    remember();
    lose_the_answer();
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        double_set(cp_double, "fault", cases[i].fault);
        double_set(cp_double, "fault-count", "-1");
        kf_err err = look(&answer);
        if (err != cases[i].err)
            fail_msg("%s: %d (%s)", cases[i].fault, err, kf_error_sentence(err));
    }
}

/* A certificate that is not there for a moment must not become "not found": that would order twice.
 */
static void a_certificate_that_cannot_be_fetched_is_not_another_ones(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    remember();
    lose_the_answer();
    double_set(cp_double, "stale", "yes");
    OK(look(&answer));
    assert_int_equal(answer.outcome, KF_CA_RETRY);
    double_set(cp_double, "fault-path", "rawcert");
    double_set(cp_double, "fault", "status:503");
    assert_int_equal(look(&answer), KF_E_CA_UNREACHABLE);
}

static void an_order_needs_the_list_before_it_is_sent(void **state) {
    struct kf_ca_order order = order_of("id-1", &csr);
    double_set(cp_double, "fault", "status:500");
    assert_int_equal(kf_ca_remember(ca, &order, &memo), KF_E_CA_UNREACHABLE);
    assert_null(memo);
}

#define LOOKING(test) cmocka_unit_test_setup_teardown(test, start_signed_in, stop_remembering)

/* --- lists and the CA's certificates --- */

static void the_lists_are_told_in_words(void **state) {
    KF_AUTO_PTR(json_t) requests = NULL;
    KF_AUTO_PTR(json_t) certificates = NULL;
    KF_AUTO_PTR(json_t) one = NULL;
    order_of_another();
    OK(kf_ca_records(ca, "requests", NULL, &requests));
    assert_int_equal(json_array_size(requests), 1);
    const char *id = text_in(json_array_get(requests, 0), "id");
    assert_string_equal(text_in(json_array_get(requests, 0), "state"), "complete");
    OK(kf_ca_records(ca, "requests", id, &one));
    assert_string_equal(text_in(one, "status"), "C");
    assert_string_equal(text_in(one, "UserId"), "fedorov");
    OK(kf_ca_records(ca, "certificates", NULL, &certificates));
    assert_string_equal(text_in(json_array_get(certificates, 0), "state"), "valid");
    json_decref(one);
    one = NULL;
    assert_int_equal(kf_ca_records(ca, "requests", "nobody", &one), KF_E_NOT_FOUND);
}

static void a_list_that_the_service_does_not_have_is_said_plainly(void **state) {
    KF_AUTO_PTR(json_t) list = NULL;
    assert_says(kf_ca_records(ca, "revocation-requests", NULL, &list), KF_E_UNSUPPORTED,
                "does not list revocation requests");
    double_set(cp_double, "revocations", "yes");
    OK(kf_ca_records(ca, "revocation-requests", NULL, &list));
    assert_int_equal(json_array_size(list), 1);
}

static void nobody_can_ask_for_a_revocation_there(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_revocation order = {.cert = csr.data, .cert_len = csr.len};
    assert_says(kf_ca_revoke(ca, &order, &answer), KF_E_UNSUPPORTED, "CryptoPro UC 2.0");
}

static void the_cas_certificates_are_offered_without_signing_in(void **state) {
    KF_AUTO(kf_certs) certs = {0};
    OK(kf_ca_roots(ca, &certs));
    assert_int_equal(certs.count, 2);
    double_set(cp_double, "fault", "status:404");
    assert_says(kf_ca_roots(ca, &certs), KF_E_CA_ANSWER, "does not offer them");
    double_set(cp_double, "fault", "html");
    assert_int_equal(kf_ca_roots(ca, &certs), KF_E_CA_ANSWER);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        LOOKING(thousands_of_requests_are_remembered),
        LOOKING(what_never_arrived_is_not_found),
        LOOKING(an_order_is_adopted_by_the_key_of_its_certificate),
        LOOKING(an_order_is_adopted_by_the_csr_that_the_list_carries),
        LOOKING(a_new_one_that_cannot_be_compared_yet_is_looked_at_again),
        LOOKING(a_new_one_that_ended_without_a_certificate_is_for_a_person),
        LOOKING(somebody_elses_new_one_is_not_ours),
        LOOKING(two_for_the_same_key_are_for_a_person),
        LOOKING(without_a_memo_only_the_key_counts),
        LOOKING(a_list_that_cannot_be_read_finds_nothing_and_says_so),
        LOOKING(a_certificate_that_cannot_be_fetched_is_not_another_ones),
        LOOKING(an_order_needs_the_list_before_it_is_sent),
        SIGNED_IN(the_lists_are_told_in_words),
        SIGNED_IN(a_list_that_the_service_does_not_have_is_said_plainly),
        SIGNED_IN(nobody_can_ask_for_a_revocation_there),
        AT_UC(the_cas_certificates_are_offered_without_signing_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
