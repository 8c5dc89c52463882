// SPDX-License-Identifier: Apache-2.0
// The lab CA and a key that it has certified before: again only to renew a certificate of its own.
#include "unit/ca_fixture.h"

#include <keyfob/renew.h>

#include "ca/labca.h"

static kf_context *context;
static kf_ca *ca;
static EVP_PKEY *key;
static kf_buf csr, old; /* old: the certificate of the order "one", DER */

static enum kf_ca_outcome submit(const struct kf_ca_order *order, kf_answer *answer) {
    OK(kf_ca_submit(ca, order, answer));
    return answer->outcome;
}

static struct kf_ca_order renewal(const char *id, const kf_buf *request) {
    struct kf_ca_order order = order_of(id, request);
    order.old_cert = old.data;
    order.old_cert_len = old.len;
    return order;
}

static void keep_leaf(const kf_answer *answer, kf_buf *ret_der) {
    KF_AUTO(kf_certs) certs = {0};
    size_t len = 0;
    OK(kf_certs_read(answer->body, answer->body_len, &certs));
    const uint8_t *der = kf_cert_der(certs.items[0], &len);
    OK(kf_buf_set(ret_der, der, len));
}

static int open_with(void **state, bool approval) {
    KF_AUTO(kf_answer) answer = {0};
    make_base_dir(state);
    context = open_home();
    make_lab(context, approval);
    key = EVP_EC_gen("P-256");
    make_csr(context, key, "CN=Anna", "tls-client", &csr);
    OK(kf_ca_open(context, "lab", NULL, &ca));
    struct kf_ca_order order = order_of("one", &csr);
    if (submit(&order, &answer) == KF_CA_WAIT) {
        OK(kf_labca_approve(context, NULL, "lab", 1));
        OK(kf_ca_submit(ca, &order, &answer));
    }
    keep_leaf(&answer, &old);
    return 0;
}

static int setup(void **state) {
    return open_with(state, false);
}

static int setup_approving(void **state) {
    return open_with(state, true);
}

static int teardown(void **state) {
    kf_ca_close(ca);
    kf_context_free(context);
    EVP_PKEY_free(key);
    kf_buf_clear(&csr);
    kf_buf_clear(&old);
    return remove_base_dir(state);
}

static void assert_refused(const struct kf_ca_order *order, const char *part) {
    KF_AUTO(kf_answer) answer = {0};
    assert_int_equal(submit(order, &answer), KF_CA_REJECTED);
    if (!strstr(answer.text, part))
        fail_msg("got \"%s\", wanted \"%s\"", answer.text, part);
}

static void a_renewal_of_the_same_key_gets_a_new_certificate(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_buf) new = {0};
    struct kf_ca_order order = renewal("two", &csr);
    assert_int_equal(submit(&order, &answer), KF_CA_ISSUED);
    keep_leaf(&answer, &new);
    assert_false(kf_buf_equal(&new, &old));
}

static void the_same_renewal_gives_the_same_certificate(void **state) {
    KF_AUTO(kf_answer) first = {0}, second = {0};
    struct kf_ca_order order = renewal("two", &csr);
    submit(&order, &first);
    submit(&order, &second);
    assert_int_equal(first.body_len, second.body_len);
    assert_memory_equal(first.body, second.body, first.body_len);
}

static void each_certificate_is_renewed_once(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order = renewal("two", &csr), again = renewal("three", &csr);
    submit(&order, &answer);
    assert_refused(&again, "request 2 renews this certificate already");
    keep_leaf(&answer, &old);
    again = renewal("three", &csr);
    assert_int_equal(submit(&again, &answer), KF_CA_ISSUED);
}

static void without_the_old_certificate_the_key_is_refused(void **state) {
    struct kf_ca_order order = order_of("two", &csr);
    assert_refused(&order, "already certified");
}

static void another_subject_is_no_renewal(void **state) {
    KF_AUTO(kf_buf) other = {0};
    make_csr(context, key, "CN=Berta", "tls-client", &other);
    struct kf_ca_order order = renewal("two", &other);
    assert_refused(&order, "another subject");
}

static void the_certificate_of_another_key_does_not_help(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_buf) other = {0};
    KF_AUTO_PTR(EVP_PKEY) other_key = EVP_EC_gen("P-256");
    make_csr(context, other_key, "CN=Anna", "tls-client", &other);
    struct kf_ca_order order = order_of("two", &other), order3 = renewal("three", &csr);
    submit(&order, &answer);
    keep_leaf(&answer, &old);
    order3 = renewal("three", &csr);
    assert_refused(&order3, "already certified");
}

static void a_certificate_that_it_did_not_issue_does_not_help(void **state) {
    struct kf_ca_order order = renewal("two", &csr);
    old.data[old.len - 1] ^= 1; /* as from another CA with the same serial number */
    assert_refused(&order, "already certified");
    order.old_cert_len = 3;
    KF_AUTO(kf_answer) answer = {0};
    assert_int_equal(submit(&order, &answer), KF_CA_REJECTED);
}

static void a_revoked_certificate_is_not_renewed(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_revocation revocation = {.cert = old.data, .cert_len = old.len, .reason = 1};
    struct kf_ca_order order = renewal("two", &csr);
    OK(kf_ca_revoke(ca, &revocation, &answer));
    assert_refused(&order, "is revoked");
}

static void a_new_key_is_an_order_like_any_other(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_buf) other = {0};
    KF_AUTO_PTR(EVP_PKEY) other_key = EVP_EC_gen("P-256");
    make_csr(context, other_key, "CN=Anna", "tls-client", &other);
    struct kf_ca_order order = renewal("two", &other);
    assert_int_equal(submit(&order, &answer), KF_CA_ISSUED);
}

static void a_renewal_waits_for_the_operator_as_well(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order = renewal("two", &csr), again = renewal("three", &csr);
    assert_int_equal(submit(&order, &answer), KF_CA_WAIT);
    assert_refused(&again, "renews this certificate already");
    OK(kf_labca_reject(context, "lab", 2, "not now"));
    assert_int_equal(submit(&again, &answer), KF_CA_WAIT);
    OK(kf_labca_approve(context, NULL, "lab", 3));
    assert_int_equal(submit(&again, &answer), KF_CA_ISSUED);
}

/* As an older keyfob left its database. */
static void go_back_before_renewals(void) {
    KF_AUTO_FREE char *dir = kf_str("%s/ca/lab", base_dir);
    kf_db *db = NULL;
    OK(kf_labca_store_open(dir, &db));
    OK(kf_db_run(db, "DROP INDEX requests_renews", NULL));
    OK(kf_db_run(db, "DROP INDEX requests_any_key", NULL));
    OK(kf_db_run(db, "DROP INDEX requests_key", NULL));
    OK(kf_db_run(db, "ALTER TABLE requests DROP COLUMN renews", NULL));
    OK(kf_db_run(db,
                 "CREATE UNIQUE INDEX requests_key ON requests (spki_hash)"
                 " WHERE state <> 'rejected'",
                 NULL));
    OK(kf_db_run(db, "UPDATE kf_rooms SET version = 1 WHERE room = 'labca'", NULL));
    kf_db_close(db);
}

static void certificates_of_an_older_keyfob_are_renewed(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order = renewal("two", &csr);
    kf_ca_close(KF_MOVE(ca));
    go_back_before_renewals();
    OK(kf_ca_open(context, "lab", NULL, &ca));
    assert_int_equal(submit(&order, &answer), KF_CA_ISSUED);
}

/* --- reasons --- */

static void reasons_are_named_in_any_spelling(void **state) {
    static const char *const words[] = {"keyCompromise", "keycompromise", "KEY_COMPROMISE",
                                        "key-compromise"};
    int reason = -1;
    for (size_t i = 0; i < KF_COUNT(words); i++) {
        OK(kf_revocation_reason_parse(words[i], &reason));
        assert_int_equal(reason, 1);
    }
    assert_says(kf_revocation_reason_parse("lost", &reason), KF_E_USAGE, "cessationOfOperation");
    assert_says(kf_revocation_reason_parse("", &reason), KF_E_USAGE, "unspecified");
    assert_says(kf_revocation_reason_parse("key", &reason), KF_E_USAGE, "unspecified");
    assert_int_equal(reason, 1);
    assert_null(kf_revocation_reason_name(7));
    assert_null(kf_revocation_reason_name(8));
    assert_string_equal(kf_revocation_reason_name(10), "aACompromise");
}

#define LAB(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        LAB(a_renewal_of_the_same_key_gets_a_new_certificate),
        LAB(the_same_renewal_gives_the_same_certificate),
        LAB(each_certificate_is_renewed_once),
        LAB(without_the_old_certificate_the_key_is_refused),
        LAB(another_subject_is_no_renewal),
        LAB(the_certificate_of_another_key_does_not_help),
        LAB(a_certificate_that_it_did_not_issue_does_not_help),
        LAB(a_revoked_certificate_is_not_renewed),
        LAB(certificates_of_an_older_keyfob_are_renewed),
        LAB(a_new_key_is_an_order_like_any_other),
        cmocka_unit_test_setup_teardown(a_renewal_waits_for_the_operator_as_well, setup_approving,
                                        teardown),
        cmocka_unit_test(reasons_are_named_in_any_spelling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
