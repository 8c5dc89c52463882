// SPDX-License-Identifier: Apache-2.0
// Orders at CertCentral that are changed: cancelled, reissued, renewed, revoked.
#include "unit/digicert_fixture.h"

#include "x509/cert.h"

/* The leaf of an issued order, DER. */
static void issued_leaf(kf_buf *ret_der) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_certs) certs = {0};
    size_t len = 0;
    submit(&answer);
    OK(kf_certs_read(answer.body, answer.body_len, &certs));
    const uint8_t *der = kf_cert_der(certs.items[0], &len);
    OK(kf_buf_set(ret_der, der, len));
}

/* --- cancel --- */

static void a_waiting_order_is_canceled(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_FREE char *ticket = pending_order();
    OK(kf_ca_cancel(dc.ca, &dc.order, ticket, &answer));
    assert_int_equal(answer.outcome, KF_CA_REJECTED);
    assert_int_equal(double_count(dc.d, "canceled"), 1);
    poll_dc(ticket, &answer);
    assert_int_equal(answer.outcome, KF_CA_REJECTED);
}

static void cancelling_too_late_gives_the_certificate(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    submit(&answer);
    KF_AUTO_FREE char *ticket = strdup(answer.ticket);
    OK(kf_ca_cancel(dc.ca, &dc.order, ticket, &answer));
    assert_issued(&answer);
}

static void an_order_that_nobody_approved_is_rejected_instead(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    double_set(dc.d, "needs_approval", "yes");
    submit(&answer);
    KF_AUTO_FREE char *ticket = strdup(answer.ticket);
    OK(kf_ca_cancel(dc.ca, &dc.order, ticket, &answer));
    assert_int_equal(answer.outcome, KF_CA_REJECTED);
    assert_non_null(strstr(double_seen(dc.d, "PUT /request/", "body"), "rejected"));
}

static void who_may_not_reject_it_goes_on_waiting(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    double_set(dc.d, "needs_approval", "yes");
    double_set(dc.d, "skip_approval", "no");
    submit(&answer);
    KF_AUTO_FREE char *ticket = strdup(answer.ticket);
    OK(kf_ca_cancel(dc.ca, &dc.order, ticket, &answer));
    assert_person(&answer, "approver", "request");
}

static void cancelling_what_is_unreachable_is_an_error(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_FREE char *ticket = pending_order();
    double_set(dc.d, "fault", "status:503");
    assert_says(kf_ca_cancel(dc.ca, &dc.order, ticket, &answer), KF_E_CA_UNREACHABLE, "503");
}

/* --- reissue and renewal --- */

/* Another key for the same order. */
static void another_key(kf_buf *csr) {
    KF_AUTO_PTR(EVP_PKEY) key = EVP_EC_gen("P-384");
    make_csr(dc.context, key, "CN=Alice Example", "tls-client", csr);
    kf_buf_move(&dc.csr, csr);
    dc.order.csr = dc.csr.data;
    dc.order.csr_len = dc.csr.len;
    dc.order.client_id = "kf-second";
}

static void a_reissue_fills_the_same_order_with_another_key(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_buf) csr = {0};
    submit(&answer);
    KF_AUTO_FREE char *ticket = strdup(answer.ticket);
    another_key(&csr);
    dc.order.reissue = true;
    dc.order.old_ticket = ticket;
    submit(&answer);
    assert_issued(&answer);
    assert_string_equal(answer.ticket, ticket);
    assert_int_equal(double_count(dc.d, "orders"), 1);
    assert_int_equal(double_count(dc.d, "reissues"), 1);
}

static void the_old_certificate_is_no_answer_to_a_reissue(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_buf) csr = {0};
    submit(&answer);
    another_key(&csr);
    dc.order.reissue = true;
    poll_dc("542772", &answer);
    assert_int_equal(answer.outcome, KF_CA_WAIT);
    assert_non_null(strstr(answer.text, "reissued certificate is not there yet"));
}

static void a_lost_reissue_is_found_by_its_key(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_buf) csr = {0};
    submit(&answer);
    another_key(&csr);
    dc.order.reissue = true;
    dc.order.old_ticket = "542772";
    OK(kf_ca_lookup(dc.ca, &dc.order, &answer));
    assert_int_equal(answer.outcome, KF_CA_NOT_FOUND);
    double_set(dc.d, "fault", "lose");
    assert_int_equal(kf_ca_submit(dc.ca, &dc.order, &answer), KF_E_CA_UNREACHABLE);
    OK(kf_ca_lookup(dc.ca, &dc.order, &answer));
    assert_issued(&answer);
    assert_int_equal(double_count(dc.d, "reissues"), 1);
}

static void a_reissue_that_does_not_show_its_key_is_for_a_person_or_found(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_buf) csr = {0};
    submit(&answer);
    another_key(&csr);
    dc.order.reissue = true;
    dc.order.old_ticket = "542772";
    double_set(dc.d, "issue_after_polls", "9");
    double_set(dc.d, "csr_in_info", "no");
    submit(&answer);
    assert_int_equal(answer.outcome, KF_CA_WAIT);
    OK(kf_ca_lookup(dc.ca, &dc.order, &answer)); /* the list of reissues has it */
    assert_int_equal(answer.outcome, KF_CA_WAIT);
    KF_AUTO_PTR(EVP_PKEY) third = EVP_EC_gen("P-256");
    make_csr(dc.context, third, "CN=Alice Example", "tls-client", &csr);
    dc.order.csr = csr.data;
    dc.order.csr_len = csr.len;
    assert_says(kf_ca_lookup(dc.ca, &dc.order, &answer), KF_E_UNSUPPORTED, "for which key");
}

static void a_renewal_names_the_old_order(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    dc.order.old_ticket = "542001";
    submit(&answer);
    assert_issued(&answer);
    KF_AUTO_PTR(json_t) sent = seen_order();
    assert_int_equal(json_integer_value(json_object_get(sent, "renewal_of_order_id")), 542001);
}

/* --- revoke --- */

static struct kf_ca_revocation revocation_of(const kf_buf *leaf) {
    return (struct kf_ca_revocation){
        .cert = leaf->data, .cert_len = leaf->len, .reason = 1, .comment = "lost card"};
}

static void a_certificate_is_revoked_by_its_serial_number(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_buf) leaf = {0};
    issued_leaf(&leaf);
    const struct kf_ca_revocation order = revocation_of(&leaf);
    OK(kf_ca_revoke(dc.ca, &order, &answer));
    assert_int_equal(answer.outcome, KF_CA_ISSUED);
    assert_int_equal(double_count(dc.d, "revoked"), 1);
    const char *body = double_seen(dc.d, "PUT /certificate/", "body");
    assert_non_null(strstr(body, "lost card"));
    assert_non_null(strstr(body, "key_compromise"));
    assert_null(strstr(body, "skip_approval"));
}

static void what_a_reissue_replaced_can_be_revoked(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_buf) leaf = {0}, csr = {0};
    issued_leaf(&leaf);
    another_key(&csr);
    dc.order.reissue = true;
    dc.order.old_ticket = "542772";
    submit(&answer);
    const struct kf_ca_revocation order = revocation_of(&leaf);
    OK(kf_ca_revoke(dc.ca, &order, &answer));
    assert_int_equal(answer.outcome, KF_CA_ISSUED);
    poll_dc("542772", &answer);
    assert_issued(&answer);
}

static void revoking_twice_is_done_as_well(void **state) {
    (void)state;
    KF_AUTO(kf_buf) leaf = {0};
    issued_leaf(&leaf);
    const struct kf_ca_revocation order = revocation_of(&leaf);
    for (int i = 0; i < 2; i++) {
        KF_AUTO(kf_answer) answer = {0};
        OK(kf_ca_revoke(dc.ca, &order, &answer));
        assert_int_equal(answer.outcome, KF_CA_ISSUED);
    }
    assert_int_equal(double_count(dc.d, "revoked"), 1);
}

static void a_revocation_may_have_to_be_confirmed(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_buf) leaf = {0};
    issued_leaf(&leaf);
    const struct kf_ca_revocation order = revocation_of(&leaf);
    double_set(dc.d, "needs_approval", "yes");
    OK(kf_ca_revoke(dc.ca, &order, &answer));
    assert_person(&answer, "approver", "request 922433");
    assert_int_equal(double_count(dc.d, "revoked"), 0);
}

static void a_foreign_certificate_is_not_found(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_buf) leaf = {0};
    double_set(dc.d, "issue", "other-key");
    issued_leaf(&leaf);
    kf_double *other = double_start("digicert", DOUBLE_PLAIN);
    KF_AUTO_FREE char *url = kf_str("url=%s", double_url(other));
    move_dc(url);
    const struct kf_ca_revocation order = revocation_of(&leaf);
    OK(kf_ca_revoke(dc.ca, &order, &answer));
    assert_int_equal(answer.outcome, KF_CA_NOT_FOUND);
    double_stop(other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_waiting_order_is_canceled),
        TEST(cancelling_too_late_gives_the_certificate),
        TEST(an_order_that_nobody_approved_is_rejected_instead),
        TEST(who_may_not_reject_it_goes_on_waiting),
        TEST(cancelling_what_is_unreachable_is_an_error),
        TEST(a_reissue_fills_the_same_order_with_another_key),
        TEST(the_old_certificate_is_no_answer_to_a_reissue),
        TEST(a_lost_reissue_is_found_by_its_key),
        TEST(a_reissue_that_does_not_show_its_key_is_for_a_person_or_found),
        TEST(a_renewal_names_the_old_order),
        TEST(a_certificate_is_revoked_by_its_serial_number),
        TEST(what_a_reissue_replaced_can_be_revoked),
        TEST(revoking_twice_is_done_as_well),
        TEST(a_revocation_may_have_to_be_confirmed),
        TEST(a_foreign_certificate_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
