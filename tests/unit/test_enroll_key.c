// SPDX-License-Identifier: Apache-2.0
// Making the key: recorded before, one pair whatever happens, adopted only after a trial.
#include "unit/enroll_fixture.h"

#include "token/key.h"

static void a_draft_is_recorded_before_the_key_is_made(void **state) {
    KF_AUTO(kf_request) r = {0};
    play(room, "fail C_GenerateKeyPair 1 CKR_DEVICE_ERROR");
    assert_fails(enroll("a"), KF_E_TOKEN_ERROR);
    assert_state("draft");
    load(&r);
    assert_int_equal(r.cka_id.len, 20);
    assert_int_equal(r.spki.len, 0);
    assert_non_null(r.token_uri);
    play(room, "");
    assert_token(0, 0);
    assert_ok(resume());
    assert_enrolled();
}

/* The pair is on the token but nobody was told: as after a kill in the middle. */
static void a_key_that_was_made_before_a_crash_is_adopted(void **state) {
    play(room, "fail C_GenerateKeyPair 1 CKR_DEVICE_ERROR after");
    assert_fails(enroll("a"), KF_E_TOKEN_ERROR);
    play(room, "");
    assert_token(1, 0);
    assert_ok(resume());
    assert_enrolled();
    assert_int_equal(calls(room, "C_GenerateKeyPair"), 1);
}

static void half_a_pair_is_destroyed_and_made_again(void **state) {
    play(room, "no-public-object\nfail C_GenerateKeyPair 1 CKR_DEVICE_ERROR after");
    assert_fails(enroll("a"), KF_E_TOKEN_ERROR);
    play(room, "");
    struct on_token seen = look_at_token();
    assert_int_equal(seen.privates, 1);
    assert_int_equal(seen.publics, 0);
    assert_ok(resume());
    assert_enrolled();
    assert_int_equal(calls(room, "C_GenerateKeyPair"), 2);
}

static void a_key_that_signs_wrong_after_a_crash_is_destroyed_and_made_again(void **state) {
    play(room, "fail C_GenerateKeyPair 1 CKR_DEVICE_ERROR after");
    assert_fails(enroll("a"), KF_E_TOKEN_ERROR);
    play(room, "lie sign wrong");
    assert_fails(resume(), KF_E_KEY_UNUSABLE);
    assert_state("key");
    assert_int_equal(calls(room, "C_GenerateKeyPair"), 2);
    play(room, "");
    assert_ok(resume());
    assert_enrolled();
}

static void a_wrong_signature_sends_nothing(void **state) {
    play(room, "lie sign wrong");
    assert_fails(enroll("a"), KF_E_KEY_UNUSABLE);
    assert_state("key");
    assert_int_equal(lab->sends, 0);
    play(room, "");
    assert_ok(resume());
    assert_enrolled();
}

static void a_signature_of_impossible_length_sends_nothing(void **state) {
    static const char *const lies[] = {"lie sign-length 0", "lie sign-length 1000000"};
    for (size_t i = 0; i < KF_COUNT(lies); i++) {
        play(room, lies[i]);
        assert_int_not_equal(enroll("a"), KF_OK);
        assert_state("key");
    }
    assert_int_equal(lab->sends, 0);
}

static void a_handle_that_is_no_key_is_never_certified(void **state) {
    play(room, "lie key-handle");
    assert_int_not_equal(enroll("a"), KF_OK);
    assert_state("draft");
    assert_int_equal(lab->sends, 0);
    play(room, "");
    assert_ok(resume());
    assert_enrolled();
}

static void weak_keys_are_destroyed_and_the_request_fails(void **state) {
    static const char *const weak[] = {"weak-key bits", "weak-key duplicate", "extractable",
                                       "no-sensitive"};
    static const kf_err codes[] = {KF_E_KEY_WEAK, KF_E_KEY_WEAK, KF_E_KEY_EXPOSED,
                                   KF_E_KEY_EXPOSED};
    play(room, "weak-key duplicate");
    assert_ok(enroll("a")); /* nobody has seen it yet */
    for (size_t i = 0; i < KF_COUNT(weak); i++) {
        play(room, weak[i]);
        assert_fails(enroll("a"), codes[i]);
        assert_state("failed");
        assert_non_null(strstr(kf_error_key_state(codes[i]), "destroyed"));
        assert_null(strstr(kf_error_next(codes[i]), "resume"));
        assert_fails(resume(), KF_E_FAILED);
        play(room, "");
        assert_token(1, 1);
    }
    assert_int_equal(lab->sends, 1);
}

static void rsa_weaknesses_are_found(void **state) {
    static const char *const weak[] = {"weak-key e1", "weak-key e3", "weak-key roca"};
    for (size_t i = 0; i < KF_COUNT(weak); i++) {
        struct kf_enroll_order order = an_order("a");
        order.key = KF_KEY_RSA_2048;
        play(room, weak[i]);
        assert_fails(kf_enroll(context, &order, id), KF_E_KEY_WEAK);
        assert_state("failed");
    }
    play(room, "");
    assert_token(0, 0);
}

/* What a crash left is checked as if it were new. */
static void a_weak_key_is_not_adopted_after_a_crash(void **state) {
    play(room, "weak-key bits\nfail C_GenerateKeyPair 1 CKR_DEVICE_ERROR after");
    assert_fails(enroll("a"), KF_E_TOKEN_ERROR);
    play(room, "");
    assert_fails(resume(), KF_E_KEY_WEAK);
    assert_state("failed");
    assert_token(0, 0);
}

static void a_key_seen_before_is_not_adopted_after_a_crash(void **state) {
    play(room, "weak-key duplicate");
    assert_ok(enroll("a"));
    play(room, "weak-key duplicate\nfail C_GenerateKeyPair 1 CKR_DEVICE_ERROR after");
    assert_fails(enroll("a"), KF_E_TOKEN_ERROR);
    play(room, "");
    assert_fails(resume(), KF_E_KEY_WEAK);
    assert_state("failed");
    assert_token(1, 1);
}

static void an_extractable_key_is_not_adopted_after_a_crash(void **state) {
    play(room, "extractable\nfail C_GenerateKeyPair 1 CKR_DEVICE_ERROR after");
    assert_fails(enroll("a"), KF_E_TOKEN_ERROR);
    play(room, "");
    assert_fails(resume(), KF_E_KEY_EXPOSED);
    assert_state("failed");
    assert_token(0, 0);
}

/* --- tokens that choose the id --- */

static void a_token_may_choose_the_id_itself(void **state) {
    play(room, "own-id");
    assert_ok(enroll("a"));
    assert_enrolled();
}

static void a_token_may_refuse_a_new_id(void **state) {
    play(room, "own-id\nread-only-attributes CKA_ID");
    assert_ok(enroll("a"));
    assert_enrolled();
}

static void a_key_under_an_own_id_is_adopted_after_a_crash(void **state) {
    assert_ok(enroll("a")); /* there is another key already */
    play(room, "own-id\nfail C_GenerateKeyPair 1 CKR_DEVICE_ERROR after");
    assert_fails(enroll("a"), KF_E_TOKEN_ERROR);
    assert_string_equal(id, "r-2");
    play(room, "own-id");
    assert_ok(resume());
    assert_state("done");
    assert_token(2, 2);
    assert_int_equal(calls(room, "C_GenerateKeyPair"), 2);
}

static void somebody_elses_new_key_is_not_adopted(void **state) {
    play(room, "own-id\nfail C_GenerateKeyPair 1 CKR_DEVICE_ERROR");
    assert_fails(enroll("a"), KF_E_TOKEN_ERROR);
    play(room, "own-id");
    struct kf_enroll_order other = an_order("a");
    char mine[KF_REQUEST_ID_MAX];
    snprintf(mine, sizeof mine, "%s", id);
    other.container = "other";
    assert_ok(kf_enroll(context, &other, id));
    assert_ok(kf_request_resume(context, mine, 0));
    assert_token(2, 2);
}

static void two_new_keys_of_one_name_need_an_operator(void **state) {
    play(room, "own-id\nfail C_GenerateKeyPair 1 CKR_DEVICE_ERROR after");
    struct kf_enroll_order order = an_order("a");
    order.container = "anna";
    assert_fails(kf_enroll(context, &order, id), KF_E_TOKEN_ERROR);
    play(room, "own-id");
    struct bench bench = open_bench(&(struct room){.context = context}, "card");
    KF_AUTO_PTR(kf_key) key = NULL;
    static const uint8_t other[] = {1, 2, 3};
    struct kf_key_order second = {.label = "anna",
                                  .type = KF_KEY_P256,
                                  .use = KF_USE_SIGN,
                                  .id = other,
                                  .id_len = sizeof other};
    assert_ok(kf_session_login(bench.session, KF_PIN_USER, NULL, "to make a second key"));
    assert_ok(kf_key_generate(bench.session, &second, &key));
    kf_key_free(KF_MOVE(key));
    close_bench(&bench);
    assert_fails(resume(), KF_E_NEEDS_OPERATOR);
    assert_state("draft");
    assert_int_equal(lab->sends, 0);
}

/* --- names --- */

static void a_name_that_was_given_may_not_be_taken(void **state) {
    struct kf_enroll_order order = an_order("a");
    order.container = "anna";
    assert_ok(kf_enroll(context, &order, id));
    assert_says(kf_enroll(context, &order, id), KF_E_EXISTS, "anna");
    assert_string_equal(id, "");
    assert_token(1, 1);
}

static void a_name_that_was_made_up_is_numbered(void **state) {
    char first[64];
    assert_ok(enroll("a"));
    snprintf(first, sizeof first, "%s-2", request_text("container"));
    assert_true(kf_str_starts(first, "anna-example-20"));
    assert_ok(enroll("a"));
    assert_string_equal(request_text("container"), first);
}

static void a_name_that_no_token_takes_is_refused_before_anything_is_recorded(void **state) {
    static char endless[300];
    memset(endless, 'x', sizeof endless - 1);
    const char *const names[] = {"", "\xff\xfe", endless};
    for (size_t i = 0; i < KF_COUNT(names); i++) {
        struct kf_enroll_order order = an_order("a");
        order.container = names[i];
        assert_fails(kf_enroll(context, &order, id), KF_E_USAGE);
        assert_string_equal(id, "");
    }
    assert_token(0, 0);
}

static void a_long_name_is_cut_between_letters(void **state) {
    KF_AUTO_PTR(json_t) json = NULL;
    struct kf_enroll_order order = an_order("a");
    char subject[300] = "CN=a";
    for (int i = 0; i < 43; i++)
        strcat(subject, "\xe5\xb1\xb1");
    order.spec.subject = subject;
    assert_ok(kf_enroll(context, &order, id));
    assert_ok(kf_request_json(context, id, &json));
    assert_state("done");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ENROLL(a_draft_is_recorded_before_the_key_is_made),
        ENROLL(a_key_that_was_made_before_a_crash_is_adopted),
        ENROLL(half_a_pair_is_destroyed_and_made_again),
        ENROLL(a_key_that_signs_wrong_after_a_crash_is_destroyed_and_made_again),
        ENROLL(a_wrong_signature_sends_nothing),
        ENROLL(a_signature_of_impossible_length_sends_nothing),
        ENROLL(a_handle_that_is_no_key_is_never_certified),
        ENROLL(weak_keys_are_destroyed_and_the_request_fails),
        ENROLL(rsa_weaknesses_are_found),
        ENROLL(a_weak_key_is_not_adopted_after_a_crash),
        ENROLL(a_key_seen_before_is_not_adopted_after_a_crash),
        ENROLL(an_extractable_key_is_not_adopted_after_a_crash),
        ENROLL(a_token_may_choose_the_id_itself),
        ENROLL(a_token_may_refuse_a_new_id),
        ENROLL(a_key_under_an_own_id_is_adopted_after_a_crash),
        ENROLL(somebody_elses_new_key_is_not_adopted),
        ENROLL(two_new_keys_of_one_name_need_an_operator),
        ENROLL(a_name_that_was_given_may_not_be_taken),
        ENROLL(a_name_that_was_made_up_is_numbered),
        ENROLL(a_name_that_no_token_takes_is_refused_before_anything_is_recorded),
        ENROLL(a_long_name_is_cut_between_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
