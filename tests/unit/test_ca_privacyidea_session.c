// SPDX-License-Identifier: Apache-2.0
// Sessions of privacyIDEA: how they end, whose they are, and what is never repeated.
#include "unit/privacyidea_fixture.h"

static enum kf_ca_standing standing(void) {
    KF_AUTO(kf_account) account = {0};
    OK(kf_ca_account(ca, &account));
    return account.standing;
}

static void a_session_that_ended_is_replaced_with_the_kept_password(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    keep_password("alicepw");
    set("session", "2");
    assert_int_equal(submit(&answer), KF_CA_ISSUED);
    assert_int_equal(count("logins"), 2);
    assert_int_equal(count("orders"), 1);
}

static void without_a_kept_password_a_sign_in_is_wanted_and_nothing_was_taken(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    set("session", "2");
    assert_says(submit_with("{}", &answer), KF_E_CA_LOGIN, "the session has ended");
    assert_int_equal(count("orders"), 0);
    assert_int_equal(standing(), KF_CA_SIGNED_OUT);
}

static void a_clock_that_is_wrong_ends_no_session(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    clock_shift = 30 * 86400;
    open_again();
    assert_int_equal(submit(&answer), KF_CA_ISSUED);
    assert_int_equal(count("logins"), 1);
}

static void a_session_that_ends_at_once_is_not_asked_for_without_end(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    keep_password("alicepw");
    set("session", "2");
    set("jwt-seconds", "-10");
    assert_says(submit_with("{}", &answer), KF_E_CA_LOGIN, "its own session");
    assert_true(count("logins") <= 3);
    assert_int_equal(count("orders"), 0);
}

static void a_wrong_kept_password_is_tried_once(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    keep_password("old");
    set("session", "2");
    for (int i = 0; i < 3; i++) {
        open_again();
        assert_says(submit_with("{}", &answer), KF_E_CA_LOGIN, "password");
    }
    assert_int_equal(count("denied"), 1);
    keep_password("alicepw");
    open_again();
    assert_int_equal(submit(&answer), KF_CA_ISSUED);
}

static void a_phone_is_not_rung_again_and_again_by_itself(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    keep_password("alicepw");
    set("session", "2");
    set("second-factor", "push");
    for (int i = 0; i < 3; i++) {
        open_again();
        assert_says(submit_with("{}", &answer), KF_E_CA_LOGIN, "wants a sign-in");
    }
    assert_int_equal(count("challenges"), 1);
}

static void logging_out_forgets_the_session(void **state) {
    OK(kf_ca_logout(ca));
    open_again();
    assert_int_equal(standing(), KF_CA_SIGNED_OUT);
}

static void a_server_that_is_not_there_for_the_sign_in_takes_no_order(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    keep_password("alicepw");
    set("session", "2");
    set("fault", "refuse");
    set("fault-path", "POST /auth");
    assert_int_equal(submit(&answer), KF_CA_RETRY);
    assert_int_equal(submit(&answer), KF_CA_ISSUED);
    assert_int_equal(count("orders"), 1);
}

static void a_server_with_trouble_of_its_own_has_not_refused_the_password(void **state) {
    KF_AUTO(kf_answer) broken = {0}, busy = {0}, answer = {0};
    keep_password("alicepw");
    set("session", "2");
    set("auth-error", "yes");
    assert_int_equal(submit(&broken), KF_CA_RETRY);
    set("auth-error", "");
    set("fault", "status:429");
    set("retry-after", "300");
    set("fault-path", "POST /auth");
    assert_int_equal(submit(&busy), KF_CA_RETRY);
    assert_int_equal(busy.delay, 300);
    open_again();
    assert_int_equal(submit(&answer), KF_CA_ISSUED);
    assert_int_equal(count("orders"), 1);
}

static void a_kept_password_is_not_tried_for_somebody_else(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    keep_password("alicepw");
    assert_int_equal(login_round("bob", NULL, NULL, &answer), KF_CA_NEEDS_PERSON);
    assert_int_equal(count("denied"), 0);
}

/* An order of bob's that alice looks for is not there, and would be sent once more. */
static void after_the_session_of_one_nothing_is_asked_as_another(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    keep_password("alicepw");
    sign_in_as("bob", "bobpw");
    set("session", "2");
    open_again();
    assert_says(submit_with("{}", &answer), KF_E_CA_LOGIN, "whoever signed in");
    assert_int_equal(count("logins"), 1);
    sign_in_as("alice", "alicepw");
    set("session", "3");
    open_again();
    assert_int_equal(submit(&answer), KF_CA_ISSUED);
}

static void a_session_is_of_the_user_and_the_address_in_the_settings(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    kf_double *elsewhere = double_start("privacyidea", DOUBLE_PLAIN);
    KF_AUTO_FREE char *there = kf_str("url=%s", double_url(elsewhere));
    KF_AUTO_FREE char *here = kf_str("url=%s", double_url(server));
    edit(there);
    assert_says(submit_with("{}", &answer), KF_E_CA_LOGIN, "nobody is signed in");
    assert_int_equal(double_count(elsewhere, "requests"), 0);
    edit(here);
    edit("user=bob");
    assert_says(submit_with("{}", &answer), KF_E_CA_LOGIN, "nobody is signed in");
    edit("user=alice");
    assert_int_equal(submit(&answer), KF_CA_ISSUED);
    double_stop(elsewhere);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        PI_TEST_SIGNED(a_session_that_ended_is_replaced_with_the_kept_password),
        PI_TEST_SIGNED(without_a_kept_password_a_sign_in_is_wanted_and_nothing_was_taken),
        PI_TEST_SIGNED(a_clock_that_is_wrong_ends_no_session),
        PI_TEST_SIGNED(a_session_that_ends_at_once_is_not_asked_for_without_end),
        PI_TEST_SIGNED(a_wrong_kept_password_is_tried_once),
        PI_TEST_SIGNED(a_phone_is_not_rung_again_and_again_by_itself),
        PI_TEST_SIGNED(logging_out_forgets_the_session),
        PI_TEST_SIGNED(a_server_that_is_not_there_for_the_sign_in_takes_no_order),
        PI_TEST_SIGNED(a_server_with_trouble_of_its_own_has_not_refused_the_password),
        PI_TEST(a_kept_password_is_not_tried_for_somebody_else),
        PI_TEST(after_the_session_of_one_nothing_is_asked_as_another),
        PI_TEST_SIGNED(a_session_is_of_the_user_and_the_address_in_the_settings),
    };
    return cmocka_run_group_tests_name("ca_privacyidea_session", tests, NULL, NULL);
}
