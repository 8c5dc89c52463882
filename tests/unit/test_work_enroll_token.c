// SPDX-License-Identifier: Apache-2.0
// Calls that enroll on a token with a PIN, on the scripted one: wrong PINs, tokens that are pulled.
#include "unit/work_enroll.h"

static int setup_token(void **state) {
    setenv("KEYFOB_KEYRING", "files", 1);
    if (setup_card(state) != 0)
        return -1;
    works(*state, "labca.init", NULL);
    works(*state, "labca.init", json_pack("{s:s, s:b}", "name", "slow", "approval", 1));
    return 0;
}

static json_t *on_card(const char *connection) {
    return json_pack("{s:s, s:s, s:{s:s}, s:s}", "connection", connection, "profile", "tls-client",
                     "subject", "CN", "Anna", "token", "card");
}

static void a_key_is_made_on_the_token_with_one_pin(void **state) {
    struct front *front = *state;
    const json_t *request = works(front, "enroll.start", on_card("test-ca"));
    assert_string_equal(text_of(request, "mark"), "issued_installed");
    assert_string_equal(text_of(json_object_get(request, "token"), "label"), "card");
    assert_int_equal(json_array_size(front->questions), 1);
    assert_string_equal(text_of(json_array_get(front->questions, 0), "pin"), "user");
}

static void key_and_container_are_as_they_were_chosen(void **state) {
    json_t *order = on_card("test-ca");
    json_object_set_new(order, "key", json_string("p384"));
    json_object_set_new(order, "container", json_string("my key"));
    const json_t *request = works(*state, "enroll.start", order);
    assert_string_equal(text_of(request, "container"), "my key");
    assert_string_equal(text_of(json_object_get(request, "key"), "type"), "p384");
}

static void the_plan_names_the_key_that_the_token_makes(void **state) {
    struct front *front = *state;
    const json_t *plan = works(front, "enroll.plan", on_card("test-ca"));
    assert_string_equal(text_of(plan, "key"), "p256");
    assert_string_equal(text_of(plan, "medium"), "token");
    assert_int_equal(json_array_size(front->questions), 0);
}

static void a_token_that_is_out_is_asked_for(void **state) {
    json_t *order = on_card("test-ca");
    json_object_set_new(order, "token", json_string("other"));
    const json_t *error = fails(*state, "enroll.start", order, KF_E_TOKEN_ABSENT);
    assert_null(json_object_get(error, "request"));
}

static json_t *wrong_once(struct front *front, const json_t *question) {
    bool again = strcmp(text_of(question, "problem"), "pin_wrong") == 0;
    return json_pack("{s:s}", "secret", again ? front->pin : "9999");
}

static void a_wrong_pin_is_asked_again_in_the_same_call(void **state) {
    struct front *front = *state;
    front->answer = wrong_once;
    const json_t *request = works(front, "enroll.start", on_card("test-ca"));
    assert_string_equal(text_of(request, "mark"), "issued_installed");
    assert_int_equal(json_array_size(front->questions), 2);
}

static void a_token_that_is_pulled_leaves_a_request_to_resume(void **state) {
    struct front *front = *state;
    play(front, "fail C_GenerateKeyPair 1 CKR_DEVICE_REMOVED");
    const json_t *error = fails(front, "enroll.start", on_card("test-ca"), KF_E_TOKEN_REMOVED);
    assert_string_equal(text_of(error, "request"), "r-1");
    play(front, "");
    const json_t *request = works(front, "request.resume", json_pack("{s:s}", "request", "r-1"));
    assert_string_equal(text_of(request, "mark"), "issued_installed");
}

static void a_certificate_waits_for_the_token_to_come_back(void **state) {
    struct front *front = *state;
    works(front, "enroll.start", on_card("slow"));
    works(front, "labca.approve", json_pack("{s:s, s:i}", "name", "slow", "id", 1));
    json_t *of = json_pack("{s:s}", "request", "r-1");
    assert_string_equal(text_of(works(front, "request.check", json_incref(of)), "mark"),
                        "issued_to_install");
    front_write(front, "script", "token label=other serial=0002\n");
    front_call(front, "request.install", json_incref(of));
    assert_string_equal(text_of(front->error, "request"), "r-1");
    play(front, "");
    assert_string_equal(text_of(works(front, "request.install", of), "mark"), "issued_installed");
}

static void a_renewal_takes_the_key_and_container_it_is_given(void **state) {
    struct front *front = *state;
    const json_t *request = works(front, "enroll.start", on_card("test-ca"));
    KF_AUTO_FREE char *id = strdup(text_of(json_object_get(request, "certificate"), "id"));
    json_t *args =
        json_pack("{s:s, s:s, s:s}", "certificate", id, "container", "new key", "key", "rsa2048");
    request = works(front, "certificate.renew", args);
    assert_string_equal(text_of(request, "container"), "new key");
    assert_string_equal(text_of(json_object_get(request, "key"), "type"), "rsa2048");
}

#define TOKEN(test) cmocka_unit_test_setup_teardown(test, setup_token, teardown_front)

int main(void) {
    const struct CMUnitTest tests[] = {
        TOKEN(a_key_is_made_on_the_token_with_one_pin),
        TOKEN(key_and_container_are_as_they_were_chosen),
        TOKEN(the_plan_names_the_key_that_the_token_makes),
        TOKEN(a_token_that_is_out_is_asked_for),
        TOKEN(a_wrong_pin_is_asked_again_in_the_same_call),
        TOKEN(a_token_that_is_pulled_leaves_a_request_to_resume),
        TOKEN(a_certificate_waits_for_the_token_to_come_back),
        TOKEN(a_renewal_takes_the_key_and_container_it_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
