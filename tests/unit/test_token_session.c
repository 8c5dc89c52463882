// SPDX-License-Identifier: Apache-2.0
// One login a session, one try a PIN.
#include "unit/token_fixture.h"

static void one_login_serves_the_whole_session(void **state) {
    struct room *room = *state;
    make_token("card");
    struct bench bench = open_bench(room, "card");
    assert_ok(kf_session_login(bench.session, KF_PIN_USER, NULL, "to test"));
    assert_ok(kf_session_login(bench.session, KF_PIN_USER, NULL, "to test"));
    assert_int_equal(room->person.asked, 1);
    assert_string_equal(room->person.last_step, "pin: logged in to \"card\"");
    close_bench(&bench);
}

static void a_wrong_pin_is_tried_once_and_the_flags_are_read_again(void **state) {
    struct room *room = *state;
    make_token("card");
    room->person.user_pin = "9999";
    struct bench bench = open_bench(room, "card");
    assert_fails(kf_session_login(bench.session, KF_PIN_USER, NULL, "to test"), KF_E_PIN_WRONG);
    assert_non_null(strstr(kf_error_sentence(KF_E_PIN_WRONG), "few tries are left"));
    assert_int_equal(room->person.asked, 1);
    assert_int_equal(kf_token_info(bench.token)->user_tries, KF_TRIES_LOW);
    close_bench(&bench);
}

static void a_stored_pin_is_not_used_when_few_tries_are_left(void **state) {
    struct room *room = *state;
    make_token("card");
    room->ui.pin_is_stored = true;
    renew_context(room, SOFTHSM);
    room->person.user_pin = "9999";
    struct bench bench = open_bench(room, "card");
    assert_fails(kf_session_login(bench.session, KF_PIN_USER, NULL, "to test"), KF_E_PIN_WRONG);
    room->person.user_pin = USER_PIN;
    assert_fails(kf_session_login(bench.session, KF_PIN_USER, NULL, "to test"), KF_E_PIN_LOW);
    assert_int_equal(room->person.asked, 1);
    close_bench(&bench);
}

static void a_pin_that_cannot_be_right_uses_no_try(void **state) {
    struct room *room = *state;
    make_token("card");
    struct bench bench = open_bench(room, "card");
    room->person.user_pin = "";
    assert_fails(kf_session_login(bench.session, KF_PIN_USER, NULL, "to test"), KF_E_PIN_LENGTH);
    room->person.user_pin = "123";
    assert_fails(kf_session_login(bench.session, KF_PIN_USER, NULL, "to test"), KF_E_PIN_LENGTH);
    assert_ok(kf_token_refresh(bench.token));
    assert_int_equal(kf_token_info(bench.token)->user_tries, KF_TRIES_OK);
    close_bench(&bench);
}

static void without_a_person_the_pin_is_missed(void **state) {
    struct room *room = *state;
    make_token("card");
    room->ui.pin = NULL;
    renew_context(room, SOFTHSM);
    struct bench bench = open_bench(room, "card");
    assert_fails(kf_session_login(bench.session, KF_PIN_USER, NULL, "to test"), KF_E_PIN_NEEDED);
    close_bench(&bench);
}

static void the_next_session_needs_no_pin_until_logout(void **state) {
    struct room *room = *state;
    make_token("card");
    struct bench bench = open_bench(room, "card");
    assert_ok(kf_session_login(bench.session, KF_PIN_USER, NULL, "to test"));
    kf_session_free(bench.session);
    assert_ok(kf_session_open(bench.token, &bench.session));
    assert_ok(kf_session_login(bench.session, KF_PIN_USER, NULL, "to test"));
    assert_int_equal(room->person.asked, 1);
    assert_ok(kf_session_logout(bench.session));
    assert_ok(kf_session_login(bench.session, KF_PIN_USER, NULL, "to test"));
    assert_int_equal(room->person.asked, 2);
    close_bench(&bench);
}

static void an_empty_token_has_no_key_ids(void **state) {
    make_token("card");
    struct bench bench = open_bench(*state, "card");
    KF_AUTO(kf_buf) ids = {0};
    assert_ok(kf_session_login(bench.session, KF_PIN_USER, NULL, "to test"));
    assert_ok(kf_session_key_ids(bench.session, &ids));
    assert_string_equal(kf_buf_str(&ids), "");
    close_bench(&bench);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup_softhsm, teardown_room)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(one_login_serves_the_whole_session),
        TEST(a_wrong_pin_is_tried_once_and_the_flags_are_read_again),
        TEST(a_stored_pin_is_not_used_when_few_tries_are_left),
        TEST(a_pin_that_cannot_be_right_uses_no_try),
        TEST(without_a_person_the_pin_is_missed),
        TEST(the_next_session_needs_no_pin_until_logout),
        TEST(an_empty_token_has_no_key_ids),
    };
    return cmocka_run_group_tests_name("token/session", tests, NULL, NULL);
}
