// SPDX-License-Identifier: Apache-2.0
// Calls about tokens: the list, one of them, preparing one, trying one out.
#include "work_fixture.h"

static void a_token_is_listed_with_its_medium(void **state) {
    const json_t *list = works(*state, "token.list", NULL);
    const json_t *token = at(list, "items", 0);
    assert_string_equal(text_of(list, "schema"), "keyfob.tokens/1");
    assert_string_equal(text_of(token, "label"), "card");
    assert_string_equal(text_of(json_object_get(token, "medium"), "medium"), "token");
    assert_int_equal(json_array_size(json_object_get(token, "containers")), 0);
    assert_int_equal(json_integer_value(json_object_get(list, "blank")), 0);
}

static void the_list_is_one_look(void **state) {
    struct front *front = *state;
    works(front, "token.list", NULL);
    assert_int_equal(traced(front, "C_Initialize"), 1);
    assert_int_equal(traced(front, "C_Finalize"), 1);
    assert_int_equal(traced(front, "C_GetTokenInfo"), 1);
    assert_int_equal(traced(front, "C_OpenSession"), 1);
    assert_int_equal(traced(front, "C_Login"), 0);
}

static void a_call_ends_logged_out(void **state) {
    struct front *front = *state;
    works(front, "container.read", json_pack("{s:s}", "token", "card"));
    works(front, "container.read", json_pack("{s:s}", "token", "card"));
    assert_int_equal(traced(front, "C_Login"), 2);
    assert_int_equal(traced(front, "C_Finalize"), 2);
}

static void blank_tokens_are_counted(void **state) {
    struct front *front = *state;
    play(front, "token label=new serial=0002 uninitialized");
    const json_t *list = works(front, "token.list", NULL);
    assert_int_equal(json_array_size(json_object_get(list, "items")), 1);
    assert_int_equal(json_integer_value(json_object_get(list, "blank")), 1);
}

static void a_token_that_fails_does_not_hide_the_others(void **state) {
    struct front *front = *state;
    play(front, "token label=good serial=0003\nfail C_OpenSession 1 CKR_DEVICE_ERROR");
    const json_t *list = works(front, "token.list", NULL);
    const json_t *bad = at(list, "items", 0), *good = at(list, "items", 1);
    assert_string_equal(text_of(json_object_get(bad, "error"), "code"), "token_error");
    assert_string_equal(text_of(bad, "label"), "card");
    assert_null(json_object_get(good, "error"));
}

static void a_module_that_does_not_load_is_a_note(void **state) {
    struct front *front = *state;
    front->worker.module = "/nonexistent/vendor.so";
    const json_t *list = works(front, "token.list", NULL);
    assert_int_equal(json_array_size(json_object_get(list, "items")), 0);
    assert_non_null(strstr(json_string_value(at(list, "notes", 0)), "/nonexistent/vendor.so"));
}

static void one_token_is_shown_with_what_it_can_do(void **state) {
    struct front *front = *state;
    const json_t *token = works(front, "token.show", json_pack("{s:s}", "token", front->serial));
    assert_string_equal(text_of(token, "serial"), front->serial);
    assert_true(json_array_size(json_object_get(token, "key_types")) > 3);
    fails(front, "token.show", json_pack("{s:s}", "token", "other"), KF_E_TOKEN_ABSENT);
    fails(front, "token.show", NULL, KF_E_USAGE);
}

static void a_token_is_tried_out_with_one_pin(void **state) {
    struct front *front = *state;
    const json_t *report = works(front, "token.test", json_pack("{s:s}", "token", "card"));
    assert_true(json_is_true(json_object_get(report, "ok")));
    assert_int_equal(json_array_size(front->questions), 1);
    const json_t *question = json_array_get(front->questions, 0);
    assert_string_equal(text_of(question, "kind"), "pin");
    assert_string_equal(text_of(question, "pin"), "user");
    assert_string_equal(text_of(json_object_get(question, "token"), "serial"), front->serial);
    assert_string_equal(text_of(question, "tries"), "ok");
    assert_int_equal(json_integer_value(json_object_get(question, "min")), 4);
}

static void a_report_says_what_went_wrong(void **state) {
    struct front *front = *state;
    play(front, "lie sign wrong");
    const json_t *report = works(front, "token.test", json_pack("{s:s}", "token", "card"));
    assert_true(json_is_false(json_object_get(report, "ok")));
    assert_string_equal(text_of(json_object_get(report, "error"), "schema"), "keyfob.error/1");
    assert_true(json_array_size(json_object_get(report, "steps")) >= 2);
}

static void a_blank_token_is_prepared(void **state) {
    struct front *front = *state;
    play(front, "token label=x serial=0009 uninitialized");
    const json_t *token = works(front, "token.init", json_pack("{s:s}", "label", "anna"));
    assert_string_equal(text_of(token, "label"), "anna");
    assert_int_equal(json_array_size(front->questions), 2);
    assert_string_equal(text_of(json_array_get(front->questions, 0), "pin"), "new_so");
    assert_string_equal(text_of(json_array_get(front->questions, 1), "pin"), "new_user");
}

static void erasing_wants_the_label_typed(void **state) {
    struct front *front = *state;
    json_t *args = json_pack("{s:s, s:s, s:b}", "label", "new", "token", "card", "erase", true);
    fails(front, "token.init", json_deep_copy(args), KF_E_USAGE);
    json_object_set_new(args, "confirm", json_string("Card"));
    fails(front, "token.init", json_deep_copy(args), KF_E_USAGE);
    assert_int_equal(json_array_size(front->questions), 0);
    json_object_set_new(args, "confirm", json_string("card"));
    assert_string_equal(text_of(works(front, "token.init", args), "label"), "new");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_card, teardown_front)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_token_is_listed_with_its_medium),
        TEST(the_list_is_one_look),
        TEST(a_call_ends_logged_out),
        TEST(blank_tokens_are_counted),
        TEST(a_token_that_fails_does_not_hide_the_others),
        TEST(a_module_that_does_not_load_is_a_note),
        TEST(one_token_is_shown_with_what_it_can_do),
        TEST(a_token_is_tried_out_with_one_pin),
        TEST(a_report_says_what_went_wrong),
        TEST(a_blank_token_is_prepared),
        TEST(erasing_wants_the_label_typed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
