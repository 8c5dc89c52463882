// SPDX-License-Identifier: Apache-2.0
// Ordering at privacyIDEA: each of its traps, and no order twice.
#include "unit/privacyidea_fixture.h"

static enum kf_ca_outcome look_up(const char *memo, kf_answer *answer) {
    struct kf_ca_order order = order_with("{}");
    order.memo = memo;
    OK(kf_ca_lookup(ca, &order, answer));
    return answer->outcome;
}

static enum kf_ca_outcome look(const char *ticket, kf_answer *answer) {
    struct kf_ca_order order = order_with("{}");
    OK(kf_ca_poll(ca, &order, ticket, answer));
    return answer->outcome;
}

/* Of the CSR's key, and nothing else? */
static void assert_certificate(const kf_answer *answer) {
    KF_AUTO(kf_certs) certs = {0};
    KF_AUTO_PTR(kf_csr) request = NULL;
    KF_AUTO(kf_buf) spki = {0};
    OK(kf_certs_read(answer->body, answer->body_len, &certs));
    OK(kf_csr_read(csr.data, csr.len, &request));
    OK(kf_csr_spki(request, &spki));
    assert_int_equal(certs.count, 1);
    assert_true(kf_cert_has_spki(certs.items[0], spki.data, spki.len));
}

static json_t *sent(void) {
    json_t *body = json_loads(double_seen(server, "POST /token/init", "body"), 0, NULL);
    assert_non_null(body);
    return body;
}

static const char *sent_text(const json_t *body, const char *name) {
    const char *text = json_string_value(json_object_get(body, name));
    return text ? text : "";
}

/* --- at once --- */

static void an_order_is_issued_at_once_under_our_serial(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_PTR(json_t) body = NULL;
    assert_int_equal(submit(&answer), KF_CA_ISSUED);
    assert_certificate(&answer);
    assert_string_equal(answer.ticket, PI_SERIAL);
    body = sent();
    assert_string_equal(sent_text(body, "type"), "certificate");
    assert_string_equal(sent_text(body, "ca"), "localCA");
    assert_string_equal(sent_text(body, "serial"), PI_SERIAL);
}

static void the_request_goes_with_lf_and_its_own_label(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_PTR(json_t) body = NULL;
    submit(&answer);
    body = sent();
    const char *pem = sent_text(body, "request");
    assert_true(kf_str_starts(pem, "-----BEGIN CERTIFICATE REQUEST-----\n"));
    assert_null(strchr(pem, '\r'));
}

static void the_fields_of_the_form_are_sent(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_PTR(json_t) body = NULL;
    OK(submit_with("{\"template\":\"localCA/webserver\",\"description\":\"PIV 9a\",\"realm\":\"\","
                   "\"container_serial\":\"SMPH01\",\"validity_period_end\":\"2027-01-31\"}",
                   &answer));
    body = sent();
    assert_string_equal(sent_text(body, "ca"), "localCA");
    assert_string_equal(sent_text(body, "template"), "webserver");
    assert_string_equal(sent_text(body, "description"), "PIV 9a");
    assert_string_equal(sent_text(body, "container_serial"), "SMPH01");
    assert_string_equal(sent_text(body, "validity_period_end"), "2027-01-31T00:00+0000");
    assert_null(json_object_get(body, "realm"));
}

static void an_administrator_orders_for_somebody(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_PTR(json_t) token = NULL;
    sign_in_as("admin", "adminpw");
    OK(submit_with("{\"user\":\"bob\",\"realm\":\"realm1\"}", &answer));
    OK(kf_ca_records(ca, "tokens", PI_SERIAL, &token));
    assert_string_equal(json_string_value(json_object_get(token, "owner")), "bob@realm1");
}

static void every_kind_of_key_and_name_is_taken(void **state) {
    static const char *const names[] = {"Ed25519", "P-384", "RSA"};
    for (size_t i = 0; i < KF_COUNT(names); i++) {
        KF_AUTO(kf_answer) answer = {0};
        KF_AUTO_FREE char *id = kf_str("key-%zu", i);
        EVP_PKEY_free(key);
        key = i == 0   ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
              : i == 1 ? EVP_EC_gen("P-384")
                       : EVP_RSA_gen(2048);
        make_request("CN=Алиса", "tls-client");
        struct kf_ca_order order = order_of(id, &csr);
        OK(kf_ca_submit(ca, &order, &answer));
        assert_certificate(&answer);
    }
}

/* --- traps --- */

static void an_empty_request_is_never_sent(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order = order_with("{}");
    order.csr_len = 0;
    assert_says(kf_ca_submit(ca, &order, &answer), KF_E_INPUT, "no certificate request");
    assert_string_equal(double_seen(server, "POST /token/init", "path"), "");
}

static void success_without_a_certificate_is_none(void **state) {
    KF_AUTO(kf_answer) answer = {0}, polled = {0};
    set("hide-tokeninfo", "certificate");
    assert_int_equal(submit(&answer), KF_CA_ISSUED); /* the answer to the order shows it */
    assert_int_equal(look(PI_SERIAL, &polled), KF_CA_NEEDS_PERSON);
    assert_string_equal(polled.who, "ca");
    assert_non_null(strstr(polled.text, "hide_tokeninfo"));
}

static void an_order_that_pends_and_is_lost_is_for_an_operator_and_not_sent_again(void **state) {
    KF_AUTO(kf_answer) answer = {0}, again = {0};
    const char *fields = "{\"template\":\"msCA/ManualUser\"}";
    struct kf_ca_order order = order_with(fields);
    KF_AUTO_FREE char *memo = NULL;
    OK(kf_ca_remember(ca, &order, &memo));
    order.memo = memo;
    assert_says(kf_ca_submit(ca, &order, &answer), KF_E_NEEDS_OPERATOR, "pending");
    assert_string_equal(memo, "microsoft");
    assert_says(kf_ca_lookup(ca, &order, &again), KF_E_UNSUPPORTED, "may have the order");
    assert_int_equal(count("orders"), 1);
}

static void a_server_that_keeps_a_pending_token_is_polled(void **state) {
    KF_AUTO(kf_answer) answer = {0}, waiting = {0}, issued = {0};
    set("pending-csr", "token_pending");
    OK(submit_with("{\"template\":\"msCA/ManualUser\"}", &answer));
    assert_int_equal(answer.outcome, KF_CA_WAIT);
    assert_int_equal(look(answer.ticket, &waiting), KF_CA_WAIT);
    set("pending", "issue");
    assert_int_equal(look(answer.ticket, &issued), KF_CA_ISSUED);
    assert_certificate(&issued);
}

static void a_denied_token_is_rejected_and_a_stale_one_waits(void **state) {
    KF_AUTO(kf_answer) answer = {0}, stale = {0}, denied = {0};
    set("pending-csr", "token_pending");
    OK(submit_with("{\"template\":\"msCA/ManualUser\"}", &answer));
    set("pending", "reject");
    set("stale", "yes");
    assert_int_equal(look(answer.ticket, &stale), KF_CA_WAIT);
    set("stale", "");
    assert_int_equal(look(answer.ticket, &denied), KF_CA_REJECTED);
}

static void what_the_ca_denies_is_rejected_in_its_words(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    OK(submit_with("{\"template\":\"msCA/DenyUser\"}", &answer));
    assert_int_equal(answer.outcome, KF_CA_REJECTED);
    assert_string_equal(answer.text, "ERR504: Denied by Policy Module");
}

static void the_same_subject_twice_is_rejected_with_the_usual_reason(void **state) {
    KF_AUTO(kf_answer) first = {0}, second = {0};
    set("unique-subject", "yes");
    assert_int_equal(submit(&first), KF_CA_ISSUED);
    struct kf_ca_order order = order_of("another", &csr);
    OK(kf_ca_submit(ca, &order, &second));
    assert_int_equal(second.outcome, KF_CA_REJECTED);
    assert_non_null(strstr(second.text, "certified before"));
}

static void an_error_inside_the_server_is_rejected_only_when_no_token_is_there(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    OK(submit_with("{\"ca\":\"nopeCA\"}", &answer));
    assert_int_equal(answer.outcome, KF_CA_REJECTED);
    assert_non_null(strstr(answer.text, "unknown CA or template"));
    assert_int_equal(count("orders"), 0);
}

static void every_other_no_is_rejected(void **state) {
    static const char *const codes[] = {"10", "303", "404", "503", "504", "904", "1610", "77777"};
    for (size_t i = 0; i < KF_COUNT(codes); i++) {
        KF_AUTO(kf_answer) answer = {0};
        set("error", codes[i]);
        assert_int_equal(submit(&answer), KF_CA_REJECTED);
    }
    assert_int_equal(count("orders"), 0);
}

/* privacyIDEA throws the token away when it stumbles; what the CA has is there all the same. */
static void an_error_after_a_microsoft_ca_was_asked_is_no_rejection(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order = order_with("{\"template\":\"msCA/AutoUser\"}");
    order.memo = "microsoft";
    set("error", "-500");
    assert_says(kf_ca_submit(ca, &order, &answer), KF_E_NEEDS_OPERATOR, "may have the order");
    order.memo = "local";
    OK(kf_ca_submit(ca, &order, &answer));
    assert_int_equal(answer.outcome, KF_CA_REJECTED);
}

static void a_required_attestation_is_said_and_taken(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    set("attestation", "require");
    assert_int_equal(submit(&answer), KF_CA_REJECTED);
    assert_non_null(strstr(answer.text, "attestation certificate"));
}

/* --- lost answers --- */

static void a_lost_answer_is_looked_up_and_adopted(void **state) {
    KF_AUTO(kf_answer) lost = {0}, found = {0};
    set("fault", "lose");
    set("fault-path", "POST /token/init");
    assert_int_equal(submit_with("{}", &lost), KF_E_CA_UNREACHABLE);
    assert_int_equal(look_up("local", &found), KF_CA_ISSUED);
    assert_certificate(&found);
    assert_int_equal(count("orders"), 1);
}

static void an_order_that_never_arrived_is_not_found_at_a_local_ca(void **state) {
    KF_AUTO(kf_answer) lost = {0}, found = {0};
    set("fault", "refuse");
    set("fault-path", "POST /token/init");
    assert_int_equal(submit_with("{}", &lost), KF_E_CA_UNREACHABLE);
    assert_int_equal(look_up("local", &found), KF_CA_NOT_FOUND);
}

static void an_order_of_unknown_fate_is_for_an_operator_when_the_kind_of_ca_is_not_known(
    void **state) {
    KF_AUTO(kf_answer) found = {0};
    KF_AUTO_FREE char *memo = NULL;
    struct kf_ca_order order = order_with("{}");
    set("may-list", "no");
    OK(kf_ca_remember(ca, &order, &memo));
    assert_null(memo);
    assert_says(kf_ca_lookup(ca, &order, &found), KF_E_UNSUPPORTED, PI_SERIAL);
    edit("ca-type=local");
    OK(kf_ca_remember(ca, &order, &memo));
    assert_string_equal(memo, "local");
}

static void an_account_that_may_not_look_leaves_it_to_an_operator(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order = order_with("{}");
    set("may-see", "no");
    assert_int_equal(submit(&answer), KF_CA_ISSUED);
    assert_says(kf_ca_lookup(ca, &order, &answer), KF_E_UNSUPPORTED, "may not look");
}

static void a_serial_that_is_there_is_adopted_and_never_enrolled_again(void **state) {
    KF_AUTO(kf_answer) first = {0}, second = {0};
    assert_int_equal(submit(&first), KF_CA_ISSUED);
    assert_int_equal(submit(&second), KF_CA_ISSUED);
    assert_memory_equal(first.body, second.body, first.body_len);
    assert_int_equal(count("re-enrolled"), 0);
    assert_int_equal(count("orders"), 1);
}

static void answers_that_cannot_be_read_leave_the_order_to_be_found(void **state) {
    static const char *const faults[] = {"after:html",    "after:empty",      "truncate",
                                         "after:garbage", "after:status:502", "after:deep",
                                         "after:oversize"};
    for (size_t i = 0; i < KF_COUNT(faults); i++) {
        KF_AUTO(kf_answer) lost = {0}, found = {0};
        KF_AUTO_FREE char *id = kf_str("fault-%zu", i);
        struct kf_ca_order order = order_of(id, &csr);
        set("fault", faults[i]);
        set("fault-path", "POST /token/init");
        assert_int_not_equal(kf_ca_submit(ca, &order, &lost), KF_OK);
        OK(kf_ca_lookup(ca, &order, &found));
        assert_int_equal(found.outcome, KF_CA_ISSUED);
    }
    assert_int_equal(count("orders"), KF_COUNT(faults));
}

static void too_many_requests_means_not_taken(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    set("fault", "status:429");
    set("fault-path", "POST /token/init");
    set("retry-after", "120");
    assert_int_equal(submit(&answer), KF_CA_RETRY);
    assert_int_equal(answer.delay, 120);
}

static void a_revoked_token_is_no_certificate(void **state) {
    KF_AUTO(kf_answer) answer = {0}, polled = {0};
    KF_AUTO_PTR(json_t) said = NULL;
    KF_AUTO_PTR(json_t) fields = json_pack("{s:s}", "serial", PI_SERIAL);
    submit(&answer);
    OK(kf_ca_act(ca, "token-revoke", fields, &said));
    assert_int_equal(look(PI_SERIAL, &polled), KF_CA_REJECTED);
    assert_int_equal(look("KF00", &polled), KF_CA_NOT_FOUND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        PI_TEST_SIGNED(an_order_is_issued_at_once_under_our_serial),
        PI_TEST_SIGNED(the_request_goes_with_lf_and_its_own_label),
        PI_TEST_SIGNED(the_fields_of_the_form_are_sent),
        PI_TEST(an_administrator_orders_for_somebody),
        PI_TEST_SIGNED(every_kind_of_key_and_name_is_taken),
        PI_TEST_SIGNED(an_empty_request_is_never_sent),
        PI_TEST_SIGNED(success_without_a_certificate_is_none),
        PI_TEST_SIGNED(an_order_that_pends_and_is_lost_is_for_an_operator_and_not_sent_again),
        PI_TEST_SIGNED(a_server_that_keeps_a_pending_token_is_polled),
        PI_TEST_SIGNED(a_denied_token_is_rejected_and_a_stale_one_waits),
        PI_TEST_SIGNED(what_the_ca_denies_is_rejected_in_its_words),
        PI_TEST_SIGNED(the_same_subject_twice_is_rejected_with_the_usual_reason),
        PI_TEST_SIGNED(an_error_inside_the_server_is_rejected_only_when_no_token_is_there),
        PI_TEST_SIGNED(every_other_no_is_rejected),
        PI_TEST_SIGNED(an_error_after_a_microsoft_ca_was_asked_is_no_rejection),
        PI_TEST_SIGNED(a_required_attestation_is_said_and_taken),
        PI_TEST_SIGNED(a_lost_answer_is_looked_up_and_adopted),
        PI_TEST_SIGNED(an_order_that_never_arrived_is_not_found_at_a_local_ca),
        PI_TEST_SIGNED(
            an_order_of_unknown_fate_is_for_an_operator_when_the_kind_of_ca_is_not_known),
        PI_TEST_SIGNED(an_account_that_may_not_look_leaves_it_to_an_operator),
        PI_TEST_SIGNED(a_serial_that_is_there_is_adopted_and_never_enrolled_again),
        PI_TEST_SIGNED(answers_that_cannot_be_read_leave_the_order_to_be_found),
        PI_TEST_SIGNED(too_many_requests_means_not_taken),
        PI_TEST_SIGNED(a_revoked_token_is_no_certificate),
    };
    return cmocka_run_group_tests_name("ca_privacyidea_order", tests, NULL, NULL);
}
