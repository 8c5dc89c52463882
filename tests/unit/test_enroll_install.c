// SPDX-License-Identifier: Apache-2.0
// Issued, and the token is out, another one, full, or pulled out: nothing is lost, nothing is
// written twice.
#include "unit/enroll_fixture.h"

#include "token/key.h"

/* An order that waits; the certificate comes while the script `lines` holds. */
static kf_err issued_while(const char *lines) {
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    play(room, lines);
    return resume();
}

static void a_token_that_is_out_leaves_the_certificate_checked(void **state) {
    assert_says(issued_while("absent"), KF_E_TOKEN_ABSENT, room->serial);
    assert_state("verified");
    assert_non_null(strstr(kf_error_next(KF_E_TOKEN_ABSENT), "keyfob resume r-1"));
    assert_fails(kf_request_install(context, id), KF_E_TOKEN_ABSENT);
    play(room, "");
    assert_ok(kf_request_install(context, id));
    assert_enrolled();
    assert_int_equal(lab->polls, 1);
}

static void installing_needs_no_ca(void **state) {
    assert_fails(issued_while("absent"), KF_E_TOKEN_ABSENT);
    SCRIPT(poll, LOSE);
    play(room, "");
    assert_ok(resume());
    assert_enrolled();
    assert_int_equal(lab->polls, 1);
}

static void a_check_stops_before_the_token(void **state) {
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    int asked = room->person.asked;
    assert_ok(kf_request_check(context, id));
    assert_state("verified");
    assert_int_equal(room->person.asked, asked);
    assert_ok(kf_request_install(context, id));
    assert_enrolled();
}

static void nothing_is_installed_that_is_not_issued(void **state) {
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_fails(kf_request_install(context, id), KF_E_STATE);
    assert_int_equal(lab->polls, 0);
    assert_ok(resume());
    assert_fails(kf_request_install(context, id), KF_E_STATE);
}

static void another_token_with_the_same_name_gets_no_pin(void **state) {
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    int logins = calls(room, "C_Login");
    play(room, "replace serial=9999");
    assert_says(resume(), KF_E_TOKEN_OTHER, "9999");
    assert_int_equal(calls(room, "C_Login"), logins);
    assert_state("verified");
    play(room, "");
    assert_ok(resume());
    assert_enrolled();
}

static void two_tokens_that_look_alike_get_no_pin(void **state) {
    char twin[64];
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    int logins = calls(room, "C_Login");
    snprintf(twin, sizeof twin, "token label=card serial=%s", room->serial);
    play(room, twin);
    assert_fails(resume(), KF_E_TOKEN_AMBIGUOUS);
    assert_state("verified");
    assert_fails(enroll("a"), KF_E_TOKEN_AMBIGUOUS);
    assert_string_equal(id, "");
    assert_int_equal(calls(room, "C_Login"), logins);
}

static void a_full_token_keeps_the_certificate_for_later(void **state) {
    assert_fails(issued_while("full"), KF_E_TOKEN_FULL);
    assert_state("verified");
    assert_token(1, 0);
    KF_AUTO_PTR(json_t) json = NULL;
    assert_ok(kf_request_json(context, id, &json));
    assert_true(json_is_object(json_object_get(json, "certificate")));
    play(room, "");
    assert_ok(resume());
    assert_enrolled();
}

static void a_write_protected_token_keeps_the_certificate_for_later(void **state) {
    assert_fails(issued_while("write-protected"), KF_E_TOKEN_READ_ONLY);
    assert_state("verified");
    play(room, "");
    assert_ok(resume());
    assert_enrolled();
}

/* Written, but the answer was lost: as after a kill before the record. */
static void a_certificate_that_is_there_is_not_written_again(void **state) {
    assert_fails(issued_while("fail C_CreateObject 1 CKR_DEVICE_ERROR after"), KF_E_TOKEN_ERROR);
    assert_state("verified");
    play(room, "");
    assert_token(1, 1);
    assert_ok(resume());
    assert_enrolled();
}

static void a_wrong_pin_is_tried_once(void **state) {
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    int logins = calls(room, "C_Login");
    room->person.user_pin = "9999";
    assert_fails(resume(), KF_E_PIN_WRONG);
    assert_int_equal(calls(room, "C_Login"), logins + 1);
    assert_state("verified");
    room->person.user_pin = USER_PIN;
    assert_ok(resume());
    assert_enrolled();
}

static void one_wrong_pin_ends_a_round_of_requests(void **state) {
    size_t done = 9, open = 9;
    SCRIPT(submit, TAKE);
    for (int i = 0; i < 3; i++)
        assert_fails(enroll("a"), KF_E_PENDING);
    int logins = calls(room, "C_Login");
    room->person.user_pin = "9999";
    assert_fails(kf_resume_all(context, &done, &open), KF_E_PIN_WRONG);
    assert_int_equal(calls(room, "C_Login"), logins + 1);
    assert_int_equal(done, 0);
    assert_int_equal(open, 3);
}

static void a_key_that_is_gone_is_said_to_be_gone(void **state) {
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    struct bench bench = open_bench(&(struct room){.context = context}, "card");
    assert_ok(kf_container_delete(bench.token, request_text("container")));
    close_bench(&bench);
    assert_fails(resume(), KF_E_KEY_UNUSABLE);
    assert_state("verified");
    assert_non_null(strstr(kf_error_key_state(KF_E_KEY_UNUSABLE), "deleted"));
}

/* The token is pulled out at each call of the module in turn. */
static void a_token_pulled_out_at_any_call_loses_nothing(void **state) {
    int total = calls(room, NULL), unfinished = 0;
    assert_ok(enroll("a"));
    total = calls(room, NULL) - total;
    assert_in_range(total, 10, 400);
    for (int at = 1; at < total; at++) {
        char line[64];
        snprintf(line, sizeof line, "remove after %d", at);
        play(room, line);
        int before = lab->orders;
        kf_err err = enroll("a");
        play(room, "reinsert");
        unfinished += err != KF_OK;
        if (err != KF_OK && *id)
            assert_ok(resume());
        else if (err != KF_OK)
            assert_int_equal(lab->orders, before);
        if (*id)
            assert_state("done");
        assert_int_equal(lab->orders, before + (*id != 0));
    }
    assert_true(unfinished > total / 2);
    struct on_token seen = look_at_token();
    assert_int_equal(seen.privates, lab->orders);
    assert_int_equal(seen.publics, lab->orders);
    assert_int_equal(seen.certificates, lab->orders);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ENROLL(a_token_that_is_out_leaves_the_certificate_checked),
        ENROLL(installing_needs_no_ca),
        ENROLL(a_check_stops_before_the_token),
        ENROLL(nothing_is_installed_that_is_not_issued),
        ENROLL(another_token_with_the_same_name_gets_no_pin),
        ENROLL(two_tokens_that_look_alike_get_no_pin),
        ENROLL(a_full_token_keeps_the_certificate_for_later),
        ENROLL(a_write_protected_token_keeps_the_certificate_for_later),
        ENROLL(a_certificate_that_is_there_is_not_written_again),
        ENROLL(a_wrong_pin_is_tried_once),
        ENROLL(one_wrong_pin_ends_a_round_of_requests),
        ENROLL(a_key_that_is_gone_is_said_to_be_gone),
        ENROLL(a_token_pulled_out_at_any_call_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
