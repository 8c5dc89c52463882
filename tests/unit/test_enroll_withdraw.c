// SPDX-License-Identifier: Apache-2.0
// Withdrawing: freely before anything was sent, afterwards only with the CA's final no or by
// abandoning; the key goes last and its destruction is repeated until it happened.
#include "unit/enroll_fixture.h"

static void assert_withdrawn(void) {
    KF_AUTO(kf_request) r = {0};
    assert_state("withdrawn");
    load(&r);
    assert_int_equal(r.key_left, 0);
    assert_token(0, 0);
    assert_fails(resume(), KF_E_STATE);
    assert_fails(kf_request_withdraw(context, id, true), KF_E_STATE);
}

static void make_draft(const char *script) {
    play(room, script);
    assert_fails(enroll("a"), KF_E_TOKEN_ERROR);
    play(room, "");
    assert_state("draft");
}

static void a_draft_without_a_key_is_withdrawn(void **state) {
    make_draft("fail C_GenerateKeyPair 1 CKR_DEVICE_ERROR");
    assert_ok(kf_request_withdraw(context, id, false));
    assert_withdrawn();
}

static void a_draft_with_a_key_is_withdrawn_with_it(void **state) {
    make_draft("fail C_GenerateKeyPair 1 CKR_DEVICE_ERROR after");
    assert_token(1, 0);
    assert_ok(kf_request_withdraw(context, id, false));
    assert_withdrawn();
}

static void a_draft_with_half_a_key_is_withdrawn_with_it(void **state) {
    make_draft("no-public-object\nfail C_GenerateKeyPair 1 CKR_DEVICE_ERROR after");
    assert_ok(kf_request_withdraw(context, id, false));
    assert_withdrawn();
}

static void a_draft_with_a_key_under_an_own_id_is_withdrawn_with_it(void **state) {
    make_draft("own-id\nfail C_GenerateKeyPair 1 CKR_DEVICE_ERROR after");
    assert_token(1, 0);
    assert_ok(kf_request_withdraw(context, id, false));
    assert_withdrawn();
}

static void a_key_that_was_not_requested_is_withdrawn(void **state) {
    play(room, "lie sign wrong");
    assert_fails(enroll("a"), KF_E_KEY_UNUSABLE);
    play(room, "");
    assert_state("key");
    assert_ok(kf_request_withdraw(context, id, false));
    assert_withdrawn();
    assert_int_equal(lab->cancels, 0);
}

static void what_may_have_been_sent_stays_until_the_ca_says_no(void **state) {
    SCRIPT(submit, TAKE_AND_LOSE);
    assert_fails(enroll("a"), KF_E_CA_UNREACHABLE);
    assert_says(kf_request_withdraw(context, id, false), KF_E_STATE, "may still issue");
    assert_non_null(strstr(kf_error_next(KF_E_STATE), "--abandon"));
    assert_state("submitting");
    assert_token(1, 0);
    assert_ok(kf_request_withdraw(context, id, true));
    assert_withdrawn();
}

static void a_waiting_order_is_withdrawn_when_the_ca_cancels_it(void **state) {
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    SCRIPT(cancel, REJECT);
    assert_ok(kf_request_withdraw(context, id, false));
    assert_int_equal(lab->cancels, 1);
    assert_withdrawn();
}

static void a_ca_that_does_not_cancel_keeps_the_order(void **state) {
    static const enum reply replies[] = {TAKE, TAKE_AND_ISSUE, ASK_LATER, LOSE, GIBBERISH};
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    for (size_t i = 0; i < KF_COUNT(replies); i++) {
        SCRIPT(cancel, replies[i]);
        assert_int_not_equal(kf_request_withdraw(context, id, false), KF_OK);
        assert_state("waiting");
    }
    assert_ok(resume());
    assert_enrolled();
}

static void a_certificate_that_comes_instead_of_the_no_is_kept(void **state) {
    SCRIPT(submit, TAKE);
    SCRIPT(cancel, TAKE_AND_ISSUE);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_says(kf_request_withdraw(context, id, false), KF_E_STATE, "had issued the certificate");
    assert_non_null(strstr(kf_error_next(KF_E_STATE), "keyfob resume r-1"));
    SCRIPT(poll, REJECT);
    assert_ok(resume());
    assert_enrolled();
    assert_int_equal(lab->polls, 0);
}

static void what_the_ca_did_not_take_is_withdrawn_freely(void **state) {
    SCRIPT(submit, ASK_LATER);
    assert_fails(enroll("c"), KF_E_CA_UNREACHABLE);
    assert_ok(kf_request_withdraw(context, id, false));
    assert_withdrawn();
}

static void what_was_sent_before_it_was_not_taken_stays(void **state) {
    SCRIPT(submit, TAKE_AND_LOSE, ASK_LATER);
    assert_fails(enroll("b"), KF_E_CA_UNREACHABLE);
    assert_fails(resume(), KF_E_CA_UNREACHABLE);
    assert_fails(kf_request_withdraw(context, id, false), KF_E_STATE);
    assert_token(1, 0);
}

static void an_unknown_fate_is_only_abandoned(void **state) {
    SCRIPT(submit, LOSE);
    assert_fails(enroll("c"), KF_E_CA_UNREACHABLE);
    assert_fails(resume(), KF_E_NEEDS_OPERATOR);
    assert_fails(kf_request_withdraw(context, id, false), KF_E_STATE);
    assert_ok(kf_request_withdraw(context, id, true));
    assert_withdrawn();
}

static void a_rejected_order_is_withdrawn_without_asking(void **state) {
    SCRIPT(submit, REJECT);
    assert_fails(enroll("a"), KF_E_REJECTED);
    assert_ok(kf_request_withdraw(context, id, false));
    assert_withdrawn();
    assert_int_equal(lab->cancels, 0);
}

static void a_quarantined_certificate_is_abandoned_with_its_key(void **state) {
    lab->flaw = OTHER_SUBJECT;
    assert_fails(enroll("a"), KF_E_QUARANTINED);
    assert_fails(kf_request_withdraw(context, id, false), KF_E_STATE);
    assert_ok(kf_request_withdraw(context, id, true));
    assert_withdrawn();
}

static void what_is_issued_is_not_withdrawn(void **state) {
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_ok(kf_request_check(context, id));
    assert_fails(kf_request_withdraw(context, id, true), KF_E_STATE);
    assert_ok(resume());
    assert_fails(kf_request_withdraw(context, id, true), KF_E_STATE);
    assert_enrolled();
}

/* The certificate has arrived and waits for its next record: as after a kill there. */
static void a_certificate_that_has_arrived_is_not_thrown_away(void **state) {
    KF_AUTO(kf_request) r = {0};
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    load(&r);
    assert_ok(kf_buf_set(&r.answer, "certificate", 11));
    assert_ok(kf_journal_save(context, &r));
    assert_fails(kf_request_withdraw(context, id, true), KF_E_STATE);
    assert_state("waiting");
    assert_token(1, 0);
}

/* --- the sweep --- */

/* How many things are still to be done. */
static size_t to_do(void) {
    KF_AUTO_PTR(json_t) json = NULL;
    assert_ok(kf_request_json(context, id, &json));
    return json_array_size(json_object_get(json, "next"));
}

static void a_token_that_is_out_is_swept_later(void **state) {
    size_t done = 0, open = 9;
    SCRIPT(submit, REJECT);
    assert_fails(enroll("a"), KF_E_REJECTED);
    play(room, "absent");
    assert_fails(kf_request_withdraw(context, id, false), KF_E_TOKEN_ABSENT);
    assert_state("withdrawn");
    assert_int_equal(to_do(), 1);
    assert_fails(resume(), KF_E_TOKEN_ABSENT);
    play(room, "");
    assert_token(1, 0);
    assert_ok(kf_resume_all(context, &done, &open));
    assert_int_equal(done, 1);
    assert_int_equal(open, 0);
    assert_int_equal(to_do(), 0);
    assert_withdrawn();
}

static void a_destroy_that_fails_anywhere_is_repeated(void **state) {
    for (int at = 1; at <= 2; at++) {
        static const char *const when[] = {"", " after"};
        for (size_t i = 0; i < KF_COUNT(when); i++) {
            char line[96];
            SCRIPT(submit, REJECT);
            assert_fails(enroll("a"), KF_E_REJECTED);
            snprintf(line, sizeof line, "fail C_DestroyObject %d CKR_DEVICE_ERROR%s", at, when[i]);
            play(room, line);
            assert_fails(kf_request_withdraw(context, id, false), KF_E_TOKEN_ERROR);
            assert_state("withdrawn");
            play(room, "");
            assert_ok(kf_request_withdraw(context, id, false));
            assert_withdrawn();
        }
    }
}

/* Between the withdrawal and the return of the token: a certificate came by another way, and its
 * key was certified again. */
static void a_key_that_another_request_has_by_now_is_not_swept(void **state) {
    KF_AUTO(kf_request) r = {0};
    KF_AUTO(kf_request) other = {0};
    char first[KF_REQUEST_ID_MAX];
    SCRIPT(submit, REJECT);
    assert_fails(enroll("a"), KF_E_REJECTED);
    load(&r);
    memcpy(first, id, sizeof first);
    play(room, "absent");
    assert_fails(kf_request_withdraw(context, id, false), KF_E_TOKEN_ABSENT);
    play(room, "");
    assert_fails(enroll("a"), KF_E_REJECTED);
    load(&other);
    assert_ok(kf_buf_set(&other.spki, r.spki.data, r.spki.len));
    assert_ok(kf_journal_save(context, &other));
    assert_ok(kf_resume_all(context, NULL, NULL));
    assert_token(2, 0);
    memcpy(id, first, sizeof first);
    assert_int_equal(to_do(), 0);
}

static void the_history_shows_the_withdrawal_and_the_destroyed_key(void **state) {
    KF_AUTO_PTR(json_t) history = NULL;
    const char *to = NULL, *note = NULL;
    SCRIPT(submit, REJECT);
    assert_fails(enroll("a"), KF_E_REJECTED);
    assert_ok(kf_request_withdraw(context, id, false));
    assert_ok(kf_request_history_json(context, id, &history));
    size_t count = json_array_size(history);
    json_unpack(json_array_get(history, count - 2), "{s:s}", "to", &to);
    json_unpack(json_array_get(history, count - 1), "{s:s}", "note", &note);
    assert_string_equal(to, "withdrawn");
    assert_non_null(strstr(note, "destroyed"));
}

static void other_keys_on_the_token_stay(void **state) {
    assert_ok(enroll("a"));
    SCRIPT(submit, REJECT);
    assert_fails(enroll("a"), KF_E_REJECTED);
    assert_token(2, 1);
    assert_ok(kf_request_withdraw(context, id, false));
    assert_token(1, 1);
}

/* Cards number the places of their keys, and another key can be in the place by now. */
static void another_key_in_the_place_of_the_withdrawn_one_stays(void **state) {
    KF_AUTO(kf_request) kept = {0};
    KF_AUTO(kf_request) r = {0};
    play(room, "own-id\nread-only-attributes CKA_ID");
    assert_ok(enroll("a"));
    load(&kept);
    SCRIPT(submit, REJECT);
    assert_fails(enroll("a"), KF_E_REJECTED);
    load(&r);
    free(r.key_uri);
    r.key_uri = KF_MOVE(kept.key_uri);
    assert_ok(kf_journal_save(context, &r));
    assert_ok(kf_request_withdraw(context, id, false));
    assert_token(1, 1);
}

static void a_key_in_its_own_place_is_withdrawn(void **state) {
    static const char *const scripts[] = {"own-id\nread-only-attributes CKA_ID",
                                          "own-id\nread-only-attributes CKA_ID\nno-public-object"};
    for (size_t i = 0; i < KF_COUNT(scripts); i++) {
        play(room, scripts[i]);
        SCRIPT(submit, REJECT);
        assert_fails(enroll("a"), KF_E_REJECTED);
        assert_ok(kf_request_withdraw(context, id, false));
        assert_withdrawn();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ENROLL(a_draft_without_a_key_is_withdrawn),
        ENROLL(a_draft_with_a_key_is_withdrawn_with_it),
        ENROLL(a_draft_with_half_a_key_is_withdrawn_with_it),
        ENROLL(a_draft_with_a_key_under_an_own_id_is_withdrawn_with_it),
        ENROLL(a_key_that_was_not_requested_is_withdrawn),
        ENROLL(what_may_have_been_sent_stays_until_the_ca_says_no),
        ENROLL(a_waiting_order_is_withdrawn_when_the_ca_cancels_it),
        ENROLL(a_ca_that_does_not_cancel_keeps_the_order),
        ENROLL(a_certificate_that_comes_instead_of_the_no_is_kept),
        ENROLL(what_the_ca_did_not_take_is_withdrawn_freely),
        ENROLL(what_was_sent_before_it_was_not_taken_stays),
        ENROLL(an_unknown_fate_is_only_abandoned),
        ENROLL(a_rejected_order_is_withdrawn_without_asking),
        ENROLL(a_quarantined_certificate_is_abandoned_with_its_key),
        ENROLL(what_is_issued_is_not_withdrawn),
        ENROLL(a_certificate_that_has_arrived_is_not_thrown_away),
        ENROLL(a_token_that_is_out_is_swept_later),
        ENROLL(a_destroy_that_fails_anywhere_is_repeated),
        ENROLL(a_key_that_another_request_has_by_now_is_not_swept),
        ENROLL(the_history_shows_the_withdrawal_and_the_destroyed_key),
        ENROLL(other_keys_on_the_token_stay),
        ENROLL(another_key_in_the_place_of_the_withdrawn_one_stays),
        ENROLL(a_key_in_its_own_place_is_withdrawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
