// SPDX-License-Identifier: Apache-2.0
// Tokens are initialised, and their PINs set, changed and unblocked.
#include <jansson.h>

#include "unit/token_fixture.h"

static void try_pin(struct room *room, const char *pin, kf_err expected) {
    struct bench bench = open_bench(room, "card");
    room->person.user_pin = pin;
    assert_int_equal(kf_session_login(bench.session, KF_PIN_USER, NULL, "to test"), expected);
    close_bench(&bench);
}

static void a_blank_token_is_prepared_with_two_pins(void **state) {
    struct room *room = *state;
    kf_tokens *tokens = NULL;
    kf_token *token = NULL;
    assert_ok(kf_tokens_open(room->context, &tokens));
    assert_ok(kf_token_init(tokens, "new", "card", false, &token));
    assert_string_equal(kf_token_info(token)->label, "card");
    assert_true(kf_token_info(token)->user_pin_set);
    assert_int_equal(room->person.asked, 2);
    kf_tokens_free(tokens);
    try_pin(room, USER_PIN, KF_OK);
}

static void a_token_with_content_is_erased_only_when_told_so(void **state) {
    struct room *room = *state;
    make_token("card");
    kf_tokens *tokens = NULL;
    kf_token *token = NULL;
    assert_ok(kf_tokens_open(room->context, &tokens));
    assert_fails(kf_token_init(tokens, "card", "new name", false, &token), KF_E_EXISTS);
    assert_int_equal(room->person.asked, 0);
    assert_ok(kf_token_init(tokens, "card", "new name", true, &token));
    assert_string_equal(kf_token_info(token)->label, "new name");
    kf_tokens_free(tokens);
}

static void erasing_needs_the_right_so_pin(void **state) {
    struct room *room = *state;
    make_token("card");
    kf_tokens *tokens = NULL;
    kf_token *token = NULL;
    room->person.so_pin = "00000000";
    assert_ok(kf_tokens_open(room->context, &tokens));
    assert_fails(kf_token_init(tokens, "card", "card", true, &token), KF_E_PIN_WRONG);
    kf_tokens_free(tokens);
    try_pin(room, USER_PIN, KF_OK);
}

static void labels_that_do_not_fit_are_refused(void **state) {
    struct room *room = *state;
    kf_tokens *tokens = NULL;
    kf_token *token = NULL;
    const char *const labels[] = {
        "", " x", "x ", "a\nb", "\xff", "123456789012345678901234567890123", "a\u202eb"};
    assert_ok(kf_tokens_open(room->context, &tokens));
    for (size_t i = 0; i < KF_COUNT(labels); i++)
        assert_fails(kf_token_init(tokens, "new", labels[i], false, &token), KF_E_USAGE);
    assert_int_equal(room->person.asked, 0);
    kf_tokens_free(tokens);
}

static void the_user_pin_is_changed_by_its_owner(void **state) {
    struct room *room = *state;
    make_token("card");
    struct bench bench = open_bench(room, "card");
    room->person.new_user_pin = "4321";
    assert_ok(kf_pin_change(bench.token));
    close_bench(&bench);
    try_pin(room, USER_PIN, KF_E_PIN_WRONG);
    try_pin(room, "4321", KF_OK);
}

static void a_wrong_old_pin_changes_nothing(void **state) {
    struct room *room = *state;
    make_token("card");
    struct bench bench = open_bench(room, "card");
    room->person.user_pin = "9999";
    room->person.new_user_pin = "4321";
    assert_fails(kf_pin_change(bench.token), KF_E_PIN_WRONG);
    assert_int_equal(kf_token_info(bench.token)->user_tries, KF_TRIES_LOW);
    close_bench(&bench);
    try_pin(room, USER_PIN, KF_OK);
}

static void the_officer_gives_a_new_pin(void **state) {
    struct room *room = *state;
    make_token("card");
    kf_tokens *tokens = NULL;
    kf_token *token = NULL;
    assert_ok(kf_tokens_open(room->context, &tokens));
    assert_ok(kf_tokens_select(tokens, "card", &token));
    assert_fails(kf_pin_set(token), KF_E_STATE);
    room->person.new_user_pin = "4321";
    assert_ok(kf_pin_unblock(token));
    kf_tokens_free(tokens);
    try_pin(room, "4321", KF_OK);
}

static void the_so_pin_is_changed_by_the_officer(void **state) {
    struct room *room = *state;
    make_token("card");
    kf_tokens *tokens = NULL;
    kf_token *token = NULL;
    assert_ok(kf_tokens_open(room->context, &tokens));
    assert_ok(kf_tokens_select(tokens, "card", &token));
    room->person.new_so_pin = "87654321";
    assert_ok(kf_pin_set_so(token));
    assert_fails(kf_pin_unblock(token), KF_E_PIN_WRONG);
    room->person.so_pin = "87654321";
    assert_ok(kf_pin_unblock(token));
    kf_tokens_free(tokens);
}

static void a_good_token_passes_the_test_and_keeps_nothing(void **state) {
    struct room *room = *state;
    make_token("card");
    struct bench bench = open_bench(room, "card");
    json_t *json = NULL;
    assert_ok(kf_token_test(bench.token, &json));
    assert_true(json_is_true(json_object_get(json, "ok")));
    assert_int_equal(json_array_size(json_object_get(json, "steps")), 7);
    json_decref(json);
    KF_AUTO(kf_buf) ids = {0};
    assert_ok(kf_session_key_ids(bench.session, &ids));
    assert_string_equal(kf_buf_str(&ids), "");
    close_bench(&bench);
}

static void a_token_says_what_it_can_do(void **state) {
    struct room *room = *state;
    make_token("card");
    struct bench bench = open_bench(room, "card");
    json_t *json = NULL, *modules = NULL;
    assert_ok(kf_token_json(bench.token, true, &json));
    assert_string_equal(json_string_value(json_object_get(json, "label")), "card");
    assert_int_equal(json_array_size(json_object_get(json, "key_types")), 7);
    assert_true(json_array_size(json_object_get(json, "mechanisms")) > 10);
    assert_ok(kf_tokens_modules_json(bench.tokens, &modules));
    assert_int_equal(json_array_size(modules), 1);
    assert_true(json_is_null(json_object_get(json_array_get(modules, 0), "error")));
    json_decref(modules);
    json_decref(json);
    close_bench(&bench);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup_softhsm, teardown_room)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_blank_token_is_prepared_with_two_pins),
        TEST(a_token_with_content_is_erased_only_when_told_so),
        TEST(erasing_needs_the_right_so_pin),
        TEST(labels_that_do_not_fit_are_refused),
        TEST(the_user_pin_is_changed_by_its_owner),
        TEST(a_wrong_old_pin_changes_nothing),
        TEST(the_officer_gives_a_new_pin),
        TEST(the_so_pin_is_changed_by_the_officer),
        TEST(a_good_token_passes_the_test_and_keeps_nothing),
        TEST(a_token_says_what_it_can_do),
    };
    return cmocka_run_group_tests_name("token/pin", tests, NULL, NULL);
}
