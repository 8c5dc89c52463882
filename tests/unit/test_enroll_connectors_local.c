// SPDX-License-Identifier: Apache-2.0
// The common suite, where it makes sense for the connectors without a service: the lab CA on this
// computer, and the manual one, whose certificates a person brings.
#include "unit/connector_bench.h"

#include <keyfob/labca.h>

#define BY_HAND ((void *)1)

static const struct service lab = {.name = "local", .fields = "{}"};
static const struct service hand = {.name = "manual", .fields = "{}"};

static size_t lab_orders(void) {
    KF_AUTO_PTR(json_t) list = NULL;
    assert_ok(kf_labca_list(context, CONNECTION, &list));
    return json_array_size(list);
}

static void open_lab(bool approval) {
    const struct kf_labca_order order = {.name = CONNECTION, .approval = approval};
    assert_ok(kf_labca_init(context, NULL, &order, NULL));
}

/* The issuer of what a person brings is the CA of a double that nobody speaks to. */
static int setup(void **state) {
    service = *state == BY_HAND ? &hand : &lab;
    open_home();
    d = double_start("plain", DOUBLE_PLAIN);
    put_old_certificate();
    make_csr();
    return 0;
}

/* --- the lab CA --- */

static void the_lab_issues_at_once(void **state) {
    open_lab(false);
    assert_ok(enroll());
    assert_state("done");
    assert_int_equal(lab_orders(), 1);
    assert_untouched();
}

static void the_lab_lets_wait_and_approves(void **state) {
    open_lab(true);
    assert_fails_with(enroll(), KF_E_PENDING);
    assert_fails_with(go_on(), KF_E_PENDING);
    assert_ok(kf_labca_approve(context, NULL, CONNECTION, 1));
    assert_ok(go_on());
    assert_state("done");
    assert_int_equal(lab_orders(), 1);
    assert_untouched();
}

static void the_lab_rejects(void **state) {
    open_lab(true);
    assert_fails_with(enroll(), KF_E_PENDING);
    assert_ok(kf_labca_reject(context, CONNECTION, 1, "not today"));
    assert_fails_with(go_on(), KF_E_REJECTED);
    assert_string_equal(request_text("reason"), "not today");
    assert_untouched();
}

/* --- by hand --- */

static void wait_for_hand(void) {
    KF_AUTO_FREE char *chain = double_ca_chain(d);
    assert_ok(kf_connection_add(context, CONNECTION, service->name, NULL, 0));
    accept_anchor(chain);
    kf_err err = enroll();
    if (err != KF_E_NEEDS_PERSON)
        assert_fails_with(err, KF_E_PENDING);
    assert_state("waiting");
}

static kf_err bring(const char *issue) {
    double_set(d, "issue", issue);
    KF_AUTO_FREE char *pem = double_issue(d, (char *)csr, csr_len, NULL, false, true);
    return kf_request_import(context, id, (uint8_t *)pem, strlen(pem));
}

static void a_person_brings_the_certificate(void **state) {
    wait_for_hand();
    assert_ok(bring(""));
    assert_state("done");
    assert_int_equal(stored(KF_STORE_PERSONAL), 2);
    assert_untouched();
}

static void a_person_brings_a_root_along(void **state) {
    wait_for_hand();
    assert_ok(bring("extra-root"));
    assert_state("done");
    assert_untouched();
}

/* What is brought is not what was asked for, whichever way; the right one is taken after it. */
static void a_person_brings_something_else(void **state) {
    static const char *const others[] = {"other-order", "other-key", "wrong-chain",
                                         "expired",     "ca",        "long"};
    wait_for_hand();
    for (size_t i = 0; i < KF_COUNT(others); i++) {
        assert_failed(bring(others[i]));
        assert_string_not_equal(request_text("state"), "done");
        assert_untouched();
    }
    assert_ok(bring(""));
    assert_state("done");
}

int main(void) {
#define LAB(test)  cmocka_unit_test_prestate_setup_teardown(test, setup, end, NULL)
#define HAND(test) cmocka_unit_test_prestate_setup_teardown(test, setup, end, BY_HAND)
    const struct CMUnitTest tests[] = {
        LAB(the_lab_issues_at_once),
        LAB(the_lab_lets_wait_and_approves),
        LAB(the_lab_rejects),
        HAND(a_person_brings_the_certificate),
        HAND(a_person_brings_a_root_along),
        HAND(a_person_brings_something_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
