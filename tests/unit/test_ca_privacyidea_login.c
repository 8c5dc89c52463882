// SPDX-License-Identifier: Apache-2.0
// Signing in at privacyIDEA: each second factor, and the account.
#include "unit/privacyidea_fixture.h"

static enum kf_ca_standing standing(void) {
    KF_AUTO(kf_account) account = {0};
    OK(kf_ca_account(ca, &account));
    return account.standing;
}

static void a_password_signs_in_and_the_session_is_kept(void **state) {
    KF_AUTO(kf_account) account = {0};
    sign_in_as("alice", "alicepw");
    open_again();
    OK(kf_ca_account(ca, &account));
    assert_int_equal(account.standing, KF_CA_CONNECTED);
    assert_string_equal(account.name, "alice@realm1");
    assert_true(kf_str_starts(account.text, "session until 20"));
    assert_int_equal(count("logins"), 1);
}

static void a_wrong_password_is_rejected_in_its_words(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    assert_int_equal(login_round("alice", "nope", NULL, &answer), KF_CA_REJECTED);
    assert_string_equal(answer.text, "Authentication failure. Wrong credentials");
    assert_int_equal(standing(), KF_CA_SIGNED_OUT);
}

static void a_hidden_status_changes_nothing(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    set("hide-auth-error-status", "yes");
    assert_int_equal(login_round("alice", "nope", NULL, &answer), KF_CA_REJECTED);
    sign_in_as("alice", "alicepw");
}

static void the_password_goes_as_json_and_the_session_bare(void **state) {
    sign_in_as("alice", "alicepw");
    assert_int_equal(standing(), KF_CA_CONNECTED);
    assert_string_equal(double_seen(server, "POST /auth", "content-type"), "application/json");
    assert_non_null(strstr(double_seen(server, "POST /auth", "body"), "\"password\":\"alicepw\""));
    const char *session = double_seen(server, "GET /auth/rights", "pi-authorization");
    assert_true(kf_str_starts(session, "eyJ"));
    assert_string_equal(double_seen(server, "GET /auth/rights", "authorization"), "");
}

static void a_password_with_every_kind_of_character_arrives(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_PTR(json_t) body = NULL;
    const char *password = "a\"b\\c%+& \t\x01дé";
    login_round("alice", password, NULL, &answer);
    body = json_loads(double_seen(server, "POST /auth", "body"), 0, NULL);
    assert_string_equal(json_string_value(json_object_get(body, "password")), password);
}

static void without_a_password_it_is_asked_for(void **state) {
    KF_AUTO(kf_answer) first = {0}, second = {0};
    assert_int_equal(login_round(NULL, NULL, NULL, &first), KF_CA_NEEDS_PERSON);
    assert_non_null(strstr(first.text, "alice"));
    assert_int_equal(count("requests"), 0);
    assert_int_equal(login_round(NULL, "alicepw", first.ticket, &second), KF_CA_ISSUED);
}

/* --- second factors --- */

static void pin_and_otp_go_in_one(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    set("second-factor", "otp");
    assert_int_equal(login_round("alice", "alicepw", NULL, &answer), KF_CA_REJECTED);
    sign_in_as("alice", "alicepw123456");
}

static void a_challenge_is_asked_in_its_words_and_answered(void **state) {
    KF_AUTO(kf_answer) first = {0}, second = {0};
    set("second-factor", "challenge");
    assert_int_equal(login_round("alice", "alicepw", NULL, &first), KF_CA_NEEDS_PERSON);
    assert_string_equal(first.text, "please enter otp: ");
    assert_null(strstr(first.ticket, "alicepw"));
    open_again();
    assert_int_equal(login_round(NULL, "123456", first.ticket, &second), KF_CA_ISSUED);
}

static void a_wrong_answer_to_a_challenge_is_rejected(void **state) {
    KF_AUTO(kf_answer) first = {0}, second = {0};
    set("second-factor", "challenge");
    login_round("alice", "alicepw", NULL, &first);
    assert_int_equal(login_round(NULL, "000000", first.ticket, &second), KF_CA_REJECTED);
}

static void a_push_is_waited_for_until_it_is_confirmed(void **state) {
    KF_AUTO(kf_answer) first = {0}, second = {0}, third = {0};
    set("second-factor", "push");
    assert_int_equal(login_round("alice", "alicepw", NULL, &first), KF_CA_WAIT);
    assert_true(first.delay > 0);
    assert_int_equal(login_round(NULL, NULL, first.ticket, &second), KF_CA_WAIT);
    set("push", "accept");
    assert_int_equal(login_round(NULL, NULL, second.ticket, &third), KF_CA_ISSUED);
    assert_int_equal(count("challenges"), 1);
}

static void a_push_that_is_declined_is_rejected(void **state) {
    KF_AUTO(kf_answer) first = {0}, second = {0};
    set("second-factor", "push");
    login_round("alice", "alicepw", NULL, &first);
    set("push", "decline");
    assert_int_equal(login_round(NULL, NULL, first.ticket, &second), KF_CA_REJECTED);
}

static void with_both_factors_either_will_do(void **state) {
    KF_AUTO(kf_answer) first = {0}, typed = {0}, pushed = {0}, waiting = {0};
    set("second-factor", "both");
    assert_int_equal(login_round("alice", "alicepw", NULL, &first), KF_CA_NEEDS_PERSON);
    assert_int_equal(login_round(NULL, "123456", first.ticket, &typed), KF_CA_ISSUED);
    assert_int_equal(login_round(NULL, NULL, first.ticket, &waiting), KF_CA_WAIT);
    set("push", "accept");
    assert_int_equal(login_round(NULL, NULL, first.ticket, &pushed), KF_CA_ISSUED);
}

static void a_factor_that_cannot_be_done_here_is_named(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    set("second-factor", "webauthn");
    assert_says(try_round("alice", "alicepw", NULL, &answer), KF_E_UNSUPPORTED, "webauthn");
}

/* --- the account --- */

static void a_server_with_trouble_of_its_own_says_nothing_of_the_account(void **state) {
    KF_AUTO(kf_account) account = {0};
    set("auth-error", "yes");
    assert_says(kf_ca_account(ca, &account), KF_E_CA_ANSWER, "database is locked");
}

static void an_account_without_the_right_is_told(void **state) {
    KF_AUTO(kf_account) account = {0};
    set("may-enroll", "no");
    OK(kf_ca_account(ca, &account));
    assert_non_null(strstr(account.text, "may not enroll"));
}

static void a_new_user_is_registered_where_that_is_offered(void **state) {
    KF_AUTO(kf_answer) answer = {0}, again = {0};
    const char *fields = "{\"username\":\"carol\",\"givenname\":\"Carol\",\"surname\":\"Jones\","
                         "\"email\":\"carol@example.org\",\"password\":\"secret\"}";
    OK(kf_ca_register(ca, fields, &answer));
    assert_int_equal(answer.outcome, KF_CA_ISSUED);
    OK(kf_ca_register(ca, "{\"username\":\"alice\"}", &again));
    assert_int_equal(again.outcome, KF_CA_REJECTED);
    set("register", "no");
    assert_says(kf_ca_register(ca, fields, &answer), KF_E_UNSUPPORTED, "registration");
    assert_int_equal(count("registered"), 1);
}

static void the_test_names_server_and_version(void **state) {
    KF_AUTO_FREE char *text = NULL;
    OK(kf_ca_test(ca, &text));
    assert_string_equal(text, "privacyIDEA 3.11.4 at 127.0.0.1");
}

static void a_page_instead_of_an_answer_is_said(void **state) {
    KF_AUTO_FREE char *text = NULL;
    set("fault", "html");
    assert_says(kf_ca_test(ca, &text), KF_E_CA_ANSWER, "no privacyIDEA");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        PI_TEST(a_password_signs_in_and_the_session_is_kept),
        PI_TEST(a_wrong_password_is_rejected_in_its_words),
        PI_TEST(a_hidden_status_changes_nothing),
        PI_TEST(the_password_goes_as_json_and_the_session_bare),
        PI_TEST(a_password_with_every_kind_of_character_arrives),
        PI_TEST(without_a_password_it_is_asked_for),
        PI_TEST(pin_and_otp_go_in_one),
        PI_TEST(a_challenge_is_asked_in_its_words_and_answered),
        PI_TEST(a_wrong_answer_to_a_challenge_is_rejected),
        PI_TEST(a_push_is_waited_for_until_it_is_confirmed),
        PI_TEST(a_push_that_is_declined_is_rejected),
        PI_TEST(with_both_factors_either_will_do),
        PI_TEST(a_factor_that_cannot_be_done_here_is_named),
        PI_TEST_SIGNED(a_server_with_trouble_of_its_own_says_nothing_of_the_account),
        PI_TEST_SIGNED(an_account_without_the_right_is_told),
        PI_TEST(a_new_user_is_registered_where_that_is_offered),
        PI_TEST(the_test_names_server_and_version),
        PI_TEST(a_page_instead_of_an_answer_is_said),
    };
    return cmocka_run_group_tests_name("ca_privacyidea_login", tests, NULL, NULL);
}
