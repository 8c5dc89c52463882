// SPDX-License-Identifier: Apache-2.0
// Calls that sign in to a CA, in as many rounds as it wants, and that register with one.
#include "unit/work_service.h"

static json_t *login_as(const char *user) {
    return json_pack("{s:s, s:{s:s}}", "connection", "corp", "fields", "user", user);
}

static void a_password_signs_in(void **state) {
    struct front *front = *state;
    will_give(front, "pass-word", NULL);
    const json_t *after = works(front, "connection.login", login_as("anna"));
    assert_string_equal(text_of(after, "standing"), "connected");
    assert_string_equal(service.secrets[0], "pass-word");
    assert_non_null(strstr(service.fields, "anna"));
    const json_t *question = json_array_get(front->questions, 0);
    assert_string_equal(text_of(question, "kind"), "secret");
    assert_string_equal(text_of(question, "text"), "Password");
}

static void the_secret_is_in_no_result_and_no_step(void **state) {
    struct front *front = *state;
    will_give(front, "pass-word", NULL);
    works(front, "connection.login", login_as("anna"));
    KF_AUTO_PTR(json_t) all = json_pack("[O, O, O]", front->result, front->steps, front->events);
    KF_AUTO_FREE char *text = json_dumps(all, 0);
    assert_null(strstr(text, "pass-word"));
}

static void a_second_factor_is_asked_for_in_the_words_of_the_ca(void **state) {
    struct front *front = *state;
    service.outcomes[0] = KF_CA_NEEDS_PERSON;
    service.outcomes[1] = KF_CA_ISSUED;
    service.text = "Enter the number from your device";
    will_give(front, "pass-word", "123456");
    works(front, "connection.login", login_as("anna"));
    assert_string_equal(service.secrets[1], "123456");
    assert_string_equal(service.tickets[1], "t-1");
    assert_string_equal(text_of(json_array_get(front->questions, 1), "text"), service.text);
}

static void a_phone_is_waited_for(void **state) {
    struct front *front = *state;
    service.outcomes[0] = service.outcomes[1] = KF_CA_WAIT;
    service.outcomes[2] = KF_CA_ISSUED;
    service.text = "Confirm on your phone";
    will_give(front, "pass-word", NULL);
    works(front, "connection.login", login_as("anna"));
    assert_int_equal(service.rounds, 3);
    assert_string_equal(service.secrets[1], "-");
    assert_string_equal(text_of(json_array_get(front->steps, 0), "state"), "wait");
}

static void a_refused_password_is_not_tried_again(void **state) {
    struct front *front = *state;
    service.outcomes[0] = KF_CA_REJECTED;
    service.text = "wrong password";
    will_give(front, "pass-word", "pass-word");
    const json_t *error = fails(front, "connection.login", login_as("anna"), KF_E_REJECTED);
    assert_int_equal(service.rounds, 1);
    assert_non_null(strstr(text_of(error, "message"), "wrong password"));
}

static void a_missing_user_is_named_before_anything_is_asked(void **state) {
    struct front *front = *state;
    const json_t *error =
        fails(front, "connection.login", json_pack("{s:s}", "connection", "corp"), KF_E_USAGE);
    assert_string_equal(text_of(at(error, "problems", 0), "field"), "user");
    assert_int_equal(json_array_size(front->questions), 0);
    assert_int_equal(service.rounds, 0);
}

static void a_cancelled_question_ends_it(void **state) {
    struct front *front = *state;
    will_give(front, NULL, NULL);
    fails(front, "connection.login", login_as("anna"), KF_E_INTERRUPTED);
    assert_int_equal(service.rounds, 0);
}

static void a_person_who_has_had_enough_ends_it(void **state) {
    struct front *front = *state;
    for (size_t i = 0; i < 8; i++)
        service.outcomes[i] = KF_CA_NEEDS_PERSON;
    service.text = "and once more";
    secrets_given = 0;
    front->answer = give_secrets;
    secrets_to_give[0] = secrets_to_give[1] = secrets_to_give[2] = secrets_to_give[3] = "x";
    fails(front, "connection.login", login_as("anna"), KF_E_INTERRUPTED);
    assert_int_equal(service.rounds, 4);
}

static void signing_out_forgets(void **state) {
    struct front *front = *state;
    will_give(front, "pass-word", NULL);
    works(front, "connection.login", login_as("anna"));
    json_t *args = json_pack("{s:s, s:b}", "connection", "corp", "all", 1);
    const json_t *after = works(front, "connection.logout", args);
    assert_string_equal(text_of(after, "standing"), "signed_out");
    fails(front, "connection.logout", NULL, KF_E_USAGE);
}

static void nobody_signs_in_to_a_lab_ca(void **state) {
    works(*state, "labca.init", NULL);
    fails(*state, "connection.login", json_pack("{s:s}", "connection", "test-ca"),
          KF_E_UNSUPPORTED);
    fails(*state, "connection.register", json_pack("{s:s}", "connection", "test-ca"),
          KF_E_UNSUPPORTED);
}

/* --- registering --- */

static json_t *register_as(const char *email) {
    return json_pack("{s:s, s:{s:s}}", "connection", "corp", "fields", "email", email);
}

static void a_registration_asks_for_its_secret(void **state) {
    struct front *front = *state;
    will_give(front, "a key phrase", NULL);
    const json_t *after = works(front, "connection.register", register_as("a@example.org"));
    assert_non_null(strstr(service.fields, "a key phrase"));
    const json_t *registration = json_object_get(after, "registration");
    assert_true(json_is_true(json_object_get(registration, "confirmed")));
}

static void a_registration_that_waits_is_no_error(void **state) {
    struct front *front = *state;
    service.outcome = KF_CA_WAIT;
    service.text = "an operator looks at it";
    will_give(front, "a key phrase", NULL);
    const json_t *after = works(front, "connection.register", register_as("a@example.org"));
    const json_t *registration = json_object_get(after, "registration");
    assert_true(json_is_false(json_object_get(registration, "confirmed")));
    assert_string_equal(text_of(registration, "text"), service.text);
}

static void a_wrong_field_is_named_before_the_secret_is_asked(void **state) {
    struct front *front = *state;
    const json_t *error = fails(front, "connection.register", register_as("nonsense"), KF_E_USAGE);
    assert_string_equal(text_of(at(error, "problems", 0), "field"), "email");
    assert_int_equal(json_array_size(front->questions), 0);
}

static void a_refused_registration_has_the_words_of_the_ca(void **state) {
    struct front *front = *state;
    service.outcome = KF_CA_REJECTED;
    service.text = "no such department";
    will_give(front, "a key phrase", NULL);
    const json_t *error =
        fails(front, "connection.register", register_as("a@example.org"), KF_E_REJECTED);
    assert_non_null(strstr(text_of(error, "message"), "no such department"));
}

#define SERVICE(test) cmocka_unit_test_setup_teardown(test, setup_service, teardown_front)

int main(void) {
    const struct CMUnitTest tests[] = {
        SERVICE(a_password_signs_in),
        SERVICE(the_secret_is_in_no_result_and_no_step),
        SERVICE(a_second_factor_is_asked_for_in_the_words_of_the_ca),
        SERVICE(a_phone_is_waited_for),
        SERVICE(a_refused_password_is_not_tried_again),
        SERVICE(a_missing_user_is_named_before_anything_is_asked),
        SERVICE(a_cancelled_question_ends_it),
        SERVICE(a_person_who_has_had_enough_ends_it),
        SERVICE(signing_out_forgets),
        SERVICE(nobody_signs_in_to_a_lab_ca),
        SERVICE(a_registration_asks_for_its_secret),
        SERVICE(a_registration_that_waits_is_no_error),
        SERVICE(a_wrong_field_is_named_before_the_secret_is_asked),
        SERVICE(a_refused_registration_has_the_words_of_the_ca),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
