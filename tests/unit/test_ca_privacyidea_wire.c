// SPDX-License-Identifier: Apache-2.0
// Reading what privacyIDEA sends: also what it should not.
#include "unit/ca_fixture.h"

#include "ca/privacyidea/wire.h"
#include "x509/json.h"

static kf_err read_text(const char *text, pi_reply *reply) {
    return pi_reply_read(text, strlen(text), reply);
}

static void read_ok(const char *text, pi_reply *reply) {
    OK(read_text(text, reply));
}

static void an_error_is_known_by_its_code(void **state) {
    KF_AUTO(pi_reply) reply = {0};
    read_ok("{\"detail\":null,\"result\":{\"status\":false,\"error\":{\"code\":4305,\"message\":"
            "\"over\"}},\"new\":1}",
            &reply);
    assert_false(reply.ok);
    assert_int_equal(reply.code, PI_SESSION_ENDED);
    assert_string_equal(reply.message, "over");
}

static void what_is_not_of_privacyidea_is_refused(void **state) {
    static const char *const texts[] = {
        "",
        "<html>",
        "[]",
        "null",
        "{}",
        "{\"result\":true}",
        "{\"result\":{\"value\":true}}",
        "{\"result\":{\"status\":\"true\"}}",
        "{\"result\":{\"status\":true}",
        "{\"result\":{\"status\":true},\"result\":{\"status\":false}}",
    };
    for (size_t i = 0; i < KF_COUNT(texts); i++) {
        KF_AUTO(pi_reply) reply = {0};
        assert_int_equal(read_text(texts[i], &reply), KF_E_CA_ANSWER);
        assert_null(reply.json);
    }
}

static void members_of_wrong_types_are_as_if_absent(void **state) {
    KF_AUTO(pi_reply) reply = {0};
    struct pi_token token = {0};
    read_ok("{\"version\":3,\"detail\":[],\"result\":{\"status\":true,\"authentication\":{},"
            "\"value\":{\"serial\":\"A\",\"info\":\"x\",\"active\":1,\"rollout_state\":null}}}",
            &reply);
    assert_string_equal(reply.version, "");
    assert_null(reply.detail);
    assert_true(pi_token_read(reply.value, &token));
    assert_string_equal(token.state, "");
    assert_null(token.certificate);
    assert_false(token.active);
}

static void serials_are_checked_before_they_are_sent(void **state) {
    assert_true(pi_serial_ok("KF0123456789ABCDEF0123456789ABCDEF"));
    assert_true(pi_serial_ok("CRT0027E423"));
    assert_false(pi_serial_ok(NULL));
    assert_false(pi_serial_ok(""));
    assert_false(pi_serial_ok("KF*"));
    assert_false(pi_serial_ok("KF/1"));
    assert_false(pi_serial_ok("KF0123456789ABCDEF0123456789ABCDEF1234567")); /* 41 */
}

static void modes_of_a_challenge_are_told_apart(void **state) {
    KF_AUTO(pi_reply) reply = {0};
    struct pi_challenge challenge = {0};
    read_ok(
        "{\"detail\":{\"transaction_id\":\"017\",\"multi_challenge\":[{\"client_mode\":\"poll\"},"
        "{\"client_mode\":\"webauthn\"}]},\"result\":{\"status\":true}}",
        &reply);
    OK(pi_challenge_read(&reply, &challenge));
    assert_true(challenge.can_poll);
    assert_false(challenge.can_answer);
    assert_string_equal(challenge.other, "webauthn");
}

static void a_challenge_of_an_old_server_is_typed(void **state) {
    KF_AUTO(pi_reply) reply = {0};
    struct pi_challenge challenge = {0};
    read_ok("{\"detail\":{\"transaction_id\":\"017\"},\"result\":{\"status\":true}}", &reply);
    OK(pi_challenge_read(&reply, &challenge));
    assert_true(challenge.can_answer);
}

static void a_transaction_that_is_a_path_is_refused(void **state) {
    static const char *const ids[] = {"", "../x", "a b", "0?x=1"};
    for (size_t i = 0; i < KF_COUNT(ids); i++) {
        KF_AUTO(pi_reply) reply = {0};
        KF_AUTO_FREE char *text =
            kf_str("{\"detail\":{\"transaction_id\":\"%s\"},\"result\":{\"status\":true}}", ids[i]);
        struct pi_challenge challenge = {0};
        read_ok(text, &reply);
        assert_int_equal(pi_challenge_read(&reply, &challenge), KF_E_CA_ANSWER);
    }
}

static void a_session_says_whose_it_is_and_when_it_ends(void **state) {
    static const char jwt[] = "eyJ0eXAiOiJKV1QifQ."
                              "eyJ1c2VybmFtZSI6ImFsaWNlIiwicmVhbG0iOiJyMSIsInJvbGUiOiJ1c2VyIiwiZXhw"
                              "IjoxNzk1MTYzMTI3fQ.c2ln";
    struct pi_claims claims = {0};
    assert_true(pi_claims_read(jwt, strlen(jwt), &claims));
    assert_string_equal(claims.user, "alice");
    assert_string_equal(claims.realm, "r1");
    assert_int_equal(claims.expires, 1795163127);
}

static void what_is_no_session_says_nothing(void **state) {
    static const char *const texts[] = {"", ".", "..", "a.b.c", "a.W10.c", "a.eyJ", "....."};
    for (size_t i = 0; i < KF_COUNT(texts); i++) {
        struct pi_claims claims = {0};
        assert_false(pi_claims_read(texts[i], strlen(texts[i]), &claims));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_known_by_its_code),
        cmocka_unit_test(what_is_not_of_privacyidea_is_refused),
        cmocka_unit_test(members_of_wrong_types_are_as_if_absent),
        cmocka_unit_test(serials_are_checked_before_they_are_sent),
        cmocka_unit_test(modes_of_a_challenge_are_told_apart),
        cmocka_unit_test(a_challenge_of_an_old_server_is_typed),
        cmocka_unit_test(a_transaction_that_is_a_path_is_refused),
        cmocka_unit_test(a_session_says_whose_it_is_and_when_it_ends),
        cmocka_unit_test(what_is_no_session_says_nothing),
    };
    return cmocka_run_group_tests_name("ca_privacyidea_wire", tests, NULL, NULL);
}
