// SPDX-License-Identifier: Apache-2.0
// PINs as the front sees them: what is asked, how a wrong one is answered, and what is refused
// before a try is used.
#include "work_fixture.h"

static json_t *card(void) {
    return json_pack("{s:s}", "token", "card");
}

/* The `number`-th question of the last call, from 0. */
static const json_t *question(struct front *front, size_t number) {
    const json_t *item = json_array_get(front->questions, number);
    assert_non_null(item);
    return item;
}

/* Types these one after the other, and cancels at the end. */
static const char *typed[4];

static json_t *answer_in_turn(struct front *front, const json_t *asked) {
    size_t number = json_array_size(front->questions) - 1;
    if (number >= KF_COUNT(typed) || !typed[number])
        return json_pack("{s:b}", "cancel", true);
    return json_pack("{s:s}", "secret", typed[number]);
}

static void type(struct front *front, const char *first, const char *second, const char *third,
                 const char *fourth) {
    const char *all[] = {first, second, third, fourth};
    memcpy(typed, all, sizeof typed);
    front->answer = answer_in_turn;
}

/* --- wrong ones --- */

static void the_levels_are_told_until_it_is_blocked(void **state) {
    struct front *front = *state;
    play(front, "pin-tries 3");
    type(front, "9999", "8888", "7777", "6666");
    const json_t *error = fails(front, "container.read", card(), KF_E_PIN_LOCKED);
    assert_non_null(strstr(text_of(error, "message"), "blocked now"));
    assert_int_equal(json_array_size(front->questions), 3);
    assert_string_equal(text_of(question(front, 0), "tries"), "ok");
    assert_null(json_object_get(question(front, 0), "problem"));
    assert_string_equal(text_of(question(front, 1), "tries"), "low");
    assert_string_equal(text_of(question(front, 1), "problem"), "pin_wrong");
    assert_string_equal(text_of(question(front, 2), "tries"), "last");
    fails(front, "container.read", card(), KF_E_PIN_LOCKED);
    assert_int_equal(json_array_size(front->questions), 0);
}

static void the_right_one_after_a_wrong_one_goes_on(void **state) {
    struct front *front = *state;
    play(front, "pin-tries 3");
    type(front, "9999", "1234", NULL, NULL);
    works(front, "container.read", card());
    assert_int_equal(json_array_size(front->questions), 2);
}

static void a_length_that_cannot_be_right_uses_no_try(void **state) {
    struct front *front = *state;
    play(front, "pin-tries 3\nmin-pin 4 max-pin 8");
    type(front, "123", "123456789", "", "1234");
    works(front, "container.read", card());
    assert_int_equal(json_array_size(front->questions), 4);
    assert_string_equal(text_of(question(front, 1), "problem"), "pin_length");
    assert_string_equal(text_of(question(front, 3), "problem"), "pin_length");
    assert_string_equal(text_of(question(front, 3), "tries"), "ok");
    assert_int_equal(json_integer_value(json_object_get(question(front, 0), "max")), 8);
}

static void who_cancels_used_no_try(void **state) {
    struct front *front = *state;
    play(front, "pin-tries 3");
    type(front, NULL, NULL, NULL, NULL);
    fails(front, "container.read", card(), KF_E_INTERRUPTED);
    type(front, "1234", NULL, NULL, NULL);
    works(front, "container.read", card());
    assert_string_equal(text_of(question(front, 0), "tries"), "ok");
}

static void the_keypad_of_a_reader_asks_by_itself(void **state) {
    struct front *front = *state;
    play(front, "pinpad");
    works(front, "container.read", card());
    assert_int_equal(json_array_size(front->questions), 1);
    assert_string_equal(text_of(question(front, 0), "kind"), "keypad");
    play(front, "pinpad cancel");
    fails(front, "container.read", card(), KF_E_INTERRUPTED);
}

/* --- changing --- */

static bool opens_with(struct front *front, const char *pin) {
    type(front, pin, NULL, NULL, NULL);
    front_call(front, "container.read", card());
    return front->result != NULL;
}

static void a_pin_is_changed_with_the_old_one(void **state) {
    struct front *front = *state;
    type(front, "1234", "4321", NULL, NULL);
    const json_t *token = works(front, "pin.change", card());
    assert_string_equal(text_of(token, "label"), "card");
    assert_string_equal(text_of(question(front, 0), "pin"), "user");
    assert_string_equal(text_of(question(front, 1), "pin"), "new_user");
    assert_string_equal(text_of(json_array_get(front->events, 0), "type"), "token.changed");
    assert_true(opens_with(front, "4321"));
    assert_false(opens_with(front, "1234"));
}

static void a_wrong_old_pin_is_asked_for_again(void **state) {
    struct front *front = *state;
    play(front, "pin-tries 3");
    type(front, "9999", "4321", "1234", NULL);
    works(front, "pin.change", card());
    assert_string_equal(text_of(question(front, 2), "pin"), "user");
    assert_string_equal(text_of(question(front, 2), "problem"), "pin_wrong");
    assert_true(opens_with(front, "4321"));
}

static void a_blocked_pin_is_set_by_the_officer(void **state) {
    struct front *front = *state;
    play(front, "pin-tries 3");
    type(front, "9999", "9999", "9999", NULL);
    fails(front, "container.read", card(), KF_E_PIN_LOCKED);
    type(front, "12345678", "5678", NULL, NULL);
    const json_t *token = works(front, "pin.unblock", card());
    assert_string_equal(text_of(json_object_get(token, "pin"), "tries"), "ok");
    assert_string_equal(text_of(question(front, 0), "pin"), "so");
    assert_true(opens_with(front, "5678"));
}

static void a_wrong_officer_is_told_the_tries(void **state) {
    struct front *front = *state;
    play(front, "so-pin-tries 3");
    type(front, "00000000", NULL, NULL, NULL);
    fails(front, "pin.unblock", card(), KF_E_INTERRUPTED);
    assert_string_equal(text_of(question(front, 1), "tries"), "low");
    assert_string_equal(text_of(json_array_get(front->events, 0), "type"), "token.changed");
}

static void an_officer_who_erases_may_try_again(void **state) {
    struct front *front = *state;
    play(front, "so-pin-tries 3");
    type(front, "00000000", "5678", "12345678", NULL);
    works(front, "token.init",
          json_pack("{s:s, s:s, s:b, s:s}", "token", "card", "label", "card", "erase", true,
                    "confirm", "card"));
    assert_string_equal(text_of(question(front, 2), "pin"), "so");
    assert_string_equal(text_of(question(front, 2), "problem"), "pin_wrong");
    assert_string_equal(text_of(question(front, 2), "tries"), "low");
    assert_true(opens_with(front, "5678"));
}

static void a_pin_that_is_there_is_not_set_again(void **state) {
    struct front *front = *state;
    const json_t *error = fails(front, "pin.set", card(), KF_E_STATE);
    const json_t *next = json_array_get(json_object_get(error, "next"), 0);
    assert_string_equal(text_of(next, "cli"), "keyfob pin change");
    assert_int_equal(json_array_size(front->questions), 0);
}

static void the_officers_pin_is_changed(void **state) {
    struct front *front = *state;
    type(front, "12345678", "87654321", NULL, NULL);
    works(front, "pin.set_so", card());
    type(front, "87654321", "1111", NULL, NULL);
    works(front, "pin.unblock", card());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_card, teardown_front)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_levels_are_told_until_it_is_blocked),
        TEST(the_right_one_after_a_wrong_one_goes_on),
        TEST(a_length_that_cannot_be_right_uses_no_try),
        TEST(who_cancels_used_no_try),
        TEST(the_keypad_of_a_reader_asks_by_itself),
        TEST(a_pin_is_changed_with_the_old_one),
        TEST(a_wrong_old_pin_is_asked_for_again),
        TEST(a_blocked_pin_is_set_by_the_officer),
        TEST(a_wrong_officer_is_told_the_tries),
        TEST(an_officer_who_erases_may_try_again),
        TEST(a_pin_that_is_there_is_not_set_again),
        TEST(the_officers_pin_is_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
