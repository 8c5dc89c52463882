// SPDX-License-Identifier: Apache-2.0
// One-time codes: one use, one minute, five tries.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <string.h>

#include "web/front/codes.h"

#define MINUTE ((int64_t)60 * 1000)

static int64_t now;
static int64_t read_clock(void) {
    return now;
}

static int set_up(void **state) {
    codes *made = NULL;
    now = 1000000;
    assert_int_equal(codes_new(read_clock, &made), KF_OK);
    *state = made;
    return 0;
}

static int tear_down(void **state) {
    codes_free(*state);
    return 0;
}

static const char *mint(void **state, enum code_kind kind, int64_t ms) {
    static char text[CODE_TEXT];
    assert_int_equal(codes_mint(*state, kind, ms, text), KF_OK);
    return text;
}

static void a_link_has_128_bits_and_opens_once(void **state) {
    const char *code = mint(state, CODE_LINK, MINUTE);
    assert_int_equal(strlen(code), 32);
    assert_int_equal(codes_use(*state, code), KF_OK);
    assert_int_equal(codes_use(*state, code), KF_E_SIGN_IN);
}

static void a_short_code_is_taken_as_people_type_it(void **state) {
    const char *code = mint(state, CODE_TYPED, MINUTE);
    assert_int_equal(strlen(code), 9);
    assert_int_equal(code[4], '-');
    char typed[CODE_TEXT] = {0};
    for (size_t i = 0; code[i]; i++)
        typed[i] = code[i] == '1'   ? 'l'
                   : code[i] == '0' ? 'o'
                   : code[i] == '-' ? ' '
                                    : (char)tolower(code[i]);
    assert_int_equal(codes_use(*state, typed), KF_OK);
    assert_int_equal(codes_use(*state, code), KF_E_SIGN_IN);
}

static void codes_expire(void **state) {
    char link[CODE_TEXT], typed[CODE_TEXT];
    strcpy(link, mint(state, CODE_LINK, MINUTE));
    strcpy(typed, mint(state, CODE_TYPED, 10 * MINUTE));
    now += MINUTE;
    assert_int_equal(codes_use(*state, link), KF_E_SIGN_IN);
    now += 9 * MINUTE - 1;
    assert_int_equal(codes_use(*state, typed), KF_OK);
}

static void nothing_else_is_a_code(void **state) {
    mint(state, CODE_LINK, MINUTE);
    mint(state, CODE_TYPED, MINUTE);
    const char *const wrong[] = {"",           "-",         "0000", "0000-000",
                                 "0000-00000", "UUUU-UUUU", "%s",   "\xff\xff"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(codes_use(*state, wrong[i]), KF_E_SIGN_IN);
}

static void guess(void **state, int times, kf_err wanted) {
    for (int i = 0; i < times; i++)
        assert_int_equal(codes_use(*state, "0000-0000"), wanted);
}

static void five_wrong_ones_close_the_door_for_a_while(void **state) {
    char typed[CODE_TEXT], link[CODE_TEXT];
    strcpy(typed, mint(state, CODE_TYPED, 60 * MINUTE));
    strcpy(link, mint(state, CODE_LINK, 60 * MINUTE));
    guess(state, 5, KF_E_SIGN_IN);
    assert_int_equal(codes_use(*state, typed), KF_E_BUSY);
    assert_int_equal(codes_use(*state, link), KF_OK); /* it cannot be guessed */
    now += MINUTE;
    assert_int_equal(codes_use(*state, typed), KF_OK);
}

static void the_wait_doubles(void **state) {
    guess(state, 5, KF_E_SIGN_IN);
    now += MINUTE;
    guess(state, 5, KF_E_SIGN_IN);
    now += 2 * MINUTE - 1;
    guess(state, 1, KF_E_BUSY);
    now += 1;
    guess(state, 1, KF_E_SIGN_IN);
}

static void slow_mistakes_are_forgiven(void **state) {
    for (int i = 0; i < 20; i++, now += 2 * MINUTE)
        guess(state, 1, KF_E_SIGN_IN);
}

static void the_oldest_code_goes_when_there_are_too_many(void **state) {
    char first[CODE_TEXT], second[CODE_TEXT];
    strcpy(first, mint(state, CODE_LINK, 60 * MINUTE));
    now++;
    strcpy(second, mint(state, CODE_LINK, 60 * MINUTE));
    for (int i = 0; i < 15; i++, now++)
        mint(state, CODE_LINK, 60 * MINUTE);
    assert_int_equal(codes_use(*state, first), KF_E_SIGN_IN);
    assert_int_equal(codes_use(*state, second), KF_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_link_has_128_bits_and_opens_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_short_code_is_taken_as_people_type_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(codes_expire, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_else_is_a_code, set_up, tear_down),
        cmocka_unit_test_setup_teardown(five_wrong_ones_close_the_door_for_a_while, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_wait_doubles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(slow_mistakes_are_forgiven, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_oldest_code_goes_when_there_are_too_many, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
