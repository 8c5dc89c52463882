// SPDX-License-Identifier: Apache-2.0
// Tokens that refuse, lie, run full, make bad keys or are pulled out: always a clean error.
#include <jansson.h>

#include "token/key.h"
#include "token/p11.h"
#include "unit/token_issue.h"
#include "x509/cert.h"

static const uint8_t first_id[4] = {1, 2, 3, 4};

static kf_err log_in(struct bench *bench) {
    return kf_session_login(bench->session, KF_PIN_USER, NULL, "to test");
}

static kf_err make(struct bench *bench, enum kf_key_type type, kf_key **ret_key) {
    struct kf_key_order order = {.label = "my key",
                                 .type = type,
                                 .use = KF_USE_SIGN,
                                 .id = first_id,
                                 .id_len = sizeof(first_id)};
    return kf_key_generate(bench->session, &order, ret_key);
}

/* --- PINs --- */

static void wrong_pins_are_counted_down_to_blocked(void **state) {
    struct room *room = *state;
    play(room, "pin-tries 3\n");
    struct bench bench = open_bench(room, "card");
    room->person.user_pin = "9999";
    assert_fails(log_in(&bench), KF_E_PIN_WRONG);
    assert_string_equal(kf_error_sentence(KF_E_PIN_WRONG),
                        "wrong PIN for \"card\" (0001); few tries are left");
    assert_fails(log_in(&bench), KF_E_PIN_WRONG);
    assert_non_null(strstr(kf_error_sentence(KF_E_PIN_WRONG), "last try"));
    assert_fails(log_in(&bench), KF_E_PIN_LOCKED);
    assert_fails(log_in(&bench), KF_E_PIN_LOCKED);
    assert_int_equal(room->person.asked, 3);
    assert_int_equal(calls(room, "C_Login"), 3);
    close_bench(&bench);
}

/* The first PIN that this person types is wrong; what the second question says is kept. */
static kf_err answer_wrong_once(void *arg, const struct kf_pin_question *question,
                                kf_secret **ret_pin) {
    struct person *person = arg;
    bool first = person->asked++ == 0;
    assert_int_equal(question->again, !first);
    person->tries_seen = question->tries;
    return kf_secret_copy(first ? "9999" : USER_PIN, 4, ret_pin);
}

static void a_person_is_asked_again_after_a_wrong_pin(void **state) {
    struct room *room = *state;
    room->ui.asks_again = true;
    room->ui.pin = answer_wrong_once;
    renew_context(room, KF_TEST_FAKE_TOKEN);
    play(room, "pin-tries 3\n");
    struct bench bench = open_bench(room, "card");
    assert_ok(log_in(&bench));
    assert_int_equal(room->person.asked, 2);
    assert_int_equal(room->person.tries_seen, KF_TRIES_LOW);
    close_bench(&bench);
}

static void nobody_is_asked_again_once_the_pin_is_blocked(void **state) {
    struct room *room = *state;
    room->ui.asks_again = true;
    room->person.user_pin = "9999";
    renew_context(room, KF_TEST_FAKE_TOKEN);
    play(room, "pin-tries 3\n");
    struct bench bench = open_bench(room, "card");
    assert_fails(log_in(&bench), KF_E_PIN_LOCKED);
    assert_int_equal(room->person.asked, 3);
    close_bench(&bench);
}

static void any_answer_to_a_wrong_pin_counts_as_a_try(void **state) {
    struct room *room = *state;
    play(room, "pin-tries 3\npin-bad-code CKR_GENERAL_ERROR\n");
    struct bench bench = open_bench(room, "card");
    room->person.user_pin = "9999";
    assert_fails(log_in(&bench), KF_E_PIN_WRONG);
    assert_non_null(strstr(kf_error_sentence(KF_E_PIN_WRONG), "CKR_GENERAL_ERROR"));
    assert_non_null(strstr(kf_error_sentence(KF_E_PIN_WRONG), "a try may be used"));
    close_bench(&bench);
}

static int keypads;

static void note_keypad(void *arg, const struct kf_pin_question *question) {
    assert_int_equal(question->kind, KF_PIN_USER);
    keypads++;
}

static void the_pin_pad_asks_where_there_is_one(void **state) {
    struct room *room = *state;
    room->ui.keypad = note_keypad;
    renew_context(room, KF_TEST_FAKE_TOKEN);
    play(room, "pinpad\n");
    struct bench bench = open_bench(room, "card");
    assert_ok(log_in(&bench));
    assert_int_equal(room->person.asked, 0);
    assert_int_equal(keypads, 1);
    close_bench(&bench);
    play(room, "pinpad cancel\n");
    bench = open_bench(room, "card");
    assert_fails(log_in(&bench), KF_E_INTERRUPTED);
    close_bench(&bench);
}

static void an_expired_pin_is_told_apart(void **state) {
    struct room *room = *state;
    play(room, "pin-expired\n");
    struct bench bench = open_bench(room, "card");
    assert_fails(log_in(&bench), KF_E_PIN_EXPIRED);
    close_bench(&bench);
}

/* --- keys --- */

struct bad_key {
    const char *line;
    enum kf_key_type type;
    kf_err error;
};

static void bad_keys_are_refused_and_destroyed(void **state) {
    struct room *room = *state;
    static const struct bad_key cases[] = {
        {"weak-key bits", KF_KEY_RSA_2048, KF_E_KEY_WEAK},
        {"weak-key e1", KF_KEY_RSA_2048, KF_E_KEY_WEAK},
        {"weak-key e3", KF_KEY_RSA_2048, KF_E_KEY_WEAK},
        {"weak-key roca", KF_KEY_RSA_2048, KF_E_KEY_WEAK},
        {"weak-key bits", KF_KEY_P256, KF_E_KEY_WEAK},
        {"extractable", KF_KEY_P256, KF_E_KEY_EXPOSED},
        {"no-sensitive", KF_KEY_P256, KF_E_KEY_EXPOSED},
    };
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        play(room, cases[i].line);
        struct bench bench = open_bench(room, "card");
        KF_AUTO_PTR(kf_key) key = NULL;
        assert_ok(log_in(&bench));
        assert_fails(make(&bench, cases[i].type, &key), cases[i].error);
        assert_fails(kf_key_find_id(bench.session, first_id, sizeof(first_id), &key),
                     KF_E_NOT_FOUND);
        close_bench(&bench);
    }
}

/* As after a crash between key generation and its checks. */
static void a_found_key_is_checked_like_a_new_one(void **state) {
    struct room *room = *state;
    struct bench bench = open_bench(room, "card");
    struct kf_key_order order = {.label = "my key",
                                 .type = KF_KEY_P256,
                                 .use = KF_USE_SIGN,
                                 .id = first_id,
                                 .id_len = sizeof(first_id)};
    KF_AUTO_PTR(kf_key) key = NULL;
    KF_AUTO_PTR(kf_key) found = NULL;
    assert_ok(log_in(&bench));
    assert_ok(make(&bench, KF_KEY_P256, &key));
    assert_ok(kf_key_find_id(bench.session, first_id, sizeof(first_id), &found));
    assert_ok(kf_key_check_found(found, &order));
    order.type = KF_KEY_P384;
    assert_fails(kf_key_check_found(found, &order), KF_E_KEY_WEAK);
    KF_AUTO_PTR(kf_key) kept = NULL; /* whose it is, the caller knows */
    assert_ok(kf_key_find_id(bench.session, first_id, sizeof(first_id), &kept));
    kf_key_free(KF_MOVE(kept));
    close_bench(&bench);
}

static void templates_shrink_until_the_token_takes_them(void **state) {
    struct room *room = *state;
    static const char *const refused[] = {"CKA_SIGN_RECOVER", "CKA_WRAP", "CKA_UNWRAP,CKA_ENCRYPT",
                                          "CKA_DERIVE", "CKA_CLASS,CKA_KEY_TYPE"};
    for (size_t i = 0; i < KF_COUNT(refused); i++) {
        char script[128];
        snprintf(script, sizeof(script), "refuse-attribute %s\n", refused[i]);
        play(room, script);
        struct bench bench = open_bench(room, "card");
        KF_AUTO_PTR(kf_key) key = NULL;
        assert_ok(log_in(&bench));
        assert_ok(make(&bench, KF_KEY_P256, &key));
        assert_ok(kf_objects_destroy(bench.session, first_id, sizeof(first_id)));
        close_bench(&bench);
    }
}

static void a_token_may_choose_the_id(void **state) {
    struct room *room = *state;
    play(room, "own-id\nread-only-attributes CKA_ID\n");
    struct bench bench = open_bench(room, "card");
    KF_AUTO_PTR(kf_key) key = NULL;
    KF_AUTO_PTR(kf_key) found = NULL;
    assert_ok(log_in(&bench));
    assert_ok(make(&bench, KF_KEY_P256, &key));
    size_t len = 0, found_len = 0;
    assert_ok(kf_key_rename(key, KF_ID_SKI));
    const uint8_t *id = kf_key_id(key, &len);
    assert_ok(kf_key_find_id(bench.session, id, len, &found));
    assert_memory_equal(kf_key_id(found, &found_len), id, len);
    assert_int_equal(len, found_len);
    assert_ok(kf_key_try(found));
    close_bench(&bench);
}

static void raw_points_are_taken(void **state) {
    struct room *room = *state;
    play(room, "raw-ec-point\n");
    static const enum kf_key_type types[] = {KF_KEY_P256, KF_KEY_P384, KF_KEY_P521, KF_KEY_ED25519};
    for (size_t i = 0; i < KF_COUNT(types); i++) {
        struct bench bench = open_bench(room, "card");
        KF_AUTO_PTR(kf_key) key = NULL;
        assert_ok(log_in(&bench));
        assert_ok(make(&bench, types[i], &key));
        assert_ok(kf_key_try(key));
        assert_ok(kf_objects_destroy(bench.session, first_id, sizeof(first_id)));
        close_bench(&bench);
    }
}

static void a_key_type_that_is_not_offered_is_refused_before_all(void **state) {
    struct room *room = *state;
    play(room, "mechanisms CKM_RSA_PKCS_KEY_PAIR_GEN,CKM_RSA_PKCS\n");
    struct bench bench = open_bench(room, "card");
    assert_fails(kf_key_offered(bench.token, KF_KEY_P256), KF_E_NOT_ON_TOKEN);
    assert_ok(kf_key_offered(bench.token, KF_KEY_RSA_2048));
    close_bench(&bench);
}

static void keys_with_a_pin_each_ask_each_time(void **state) {
    struct room *room = *state;
    play(room, "always-authenticate\n");
    struct bench bench = open_bench(room, "card");
    KF_AUTO_PTR(kf_key) key = NULL;
    assert_ok(log_in(&bench));
    assert_ok(make(&bench, KF_KEY_P256, &key));
    assert_ok(kf_key_try(key));
    assert_ok(kf_key_try(key));
    assert_int_equal(room->person.asked, 3);
    kf_key_free(KF_MOVE(key));
    close_bench(&bench);
}

/* --- lies --- */

static void lies_give_clean_errors(void **state) {
    struct room *room = *state;
    static const char *const lies[] = {"lie length CKA_ID unavailable",
                                       "lie length CKA_ID 100000000",
                                       "lie length CKA_EC_POINT 9223372036854775808",
                                       "lie length CKA_EC_POINT 0",
                                       "lie length CKA_SENSITIVE 0",
                                       "lie length CKA_LABEL unavailable",
                                       "lie length CKA_EC_PARAMS 70000",
                                       "lie key-handle",
                                       "lie sign-length 0",
                                       "lie sign-length 1000000",
                                       "lie sign wrong",
                                       "lie objects forever",
                                       "lie objects overcount"};
    for (size_t i = 0; i < KF_COUNT(lies); i++) {
        play(room, lies[i]);
        struct bench bench = open_bench(room, "card");
        KF_AUTO_PTR(kf_key) key = NULL;
        KF_AUTO(kf_buf) ids = {0};
        assert_ok(log_in(&bench));
        kf_err error = kf_session_key_ids(bench.session, &ids);
        if (error == KF_OK)
            error = make(&bench, KF_KEY_P256, &key);
        if (error == KF_OK)
            error = kf_key_try(key);
        if (error == KF_OK)
            error = kf_key_find_id(bench.session, first_id, sizeof(first_id), &key);
        assert_int_not_equal(error, KF_OK);
        assert_true(strlen(kf_error_sentence(error)) > 0);
        kf_key_free(KF_MOVE(key));
        close_bench(&bench);
        play(room, "");
        bench = open_bench(room, "card");
        assert_ok(log_in(&bench));
        assert_ok(kf_objects_destroy(bench.session, first_id, sizeof(first_id)));
        close_bench(&bench);
    }
}

static void lies_about_slots_are_survived(void **state) {
    struct room *room = *state;
    static const char *const lies[] = {"lie slots 100000", "lie slots grow", "lie slots 200",
                                       "lie mechanisms 5000"};
    for (size_t i = 0; i < KF_COUNT(lies); i++) {
        play(room, lies[i]);
        kf_tokens *tokens = NULL;
        kf_token *token = NULL;
        json_t *json = NULL;
        assert_ok(kf_tokens_open(room->context, &tokens));
        kf_err error = kf_tokens_select(tokens, "card", &token);
        if (error == KF_OK && kf_token_json(token, true, &json) == KF_OK)
            json_decref(json);
        assert_true(error == KF_OK || error == KF_E_TOKEN_ABSENT);
        kf_tokens_free(tokens);
    }
}

static void a_hostile_label_is_shown_escaped(void **state) {
    struct room *room = *state;
    play(room, "lie label raw 1b5b324aff00\n");
    kf_tokens *tokens = NULL;
    assert_ok(kf_tokens_open(room->context, &tokens));
    const char *label = kf_token_info(kf_tokens_at(tokens, 0))->label;
    assert_null(strchr(label, '\033'));
    assert_non_null(strstr(label, "\\x1b"));
    kf_tokens_free(tokens);
}

/* --- full, protected, removed --- */

static kf_err enroll(struct bench *bench) {
    KF_AUTO(kf_buf) ids = {0};
    KF_AUTO(kf_buf) cert = {0};
    KF_AUTO_PTR(kf_key) key = NULL;
    KF_TRY(log_in(bench));
    KF_TRY(kf_session_key_ids(bench->session, &ids));
    KF_TRY(kf_key_offered(bench->token, KF_KEY_P256));
    KF_TRY(make(bench, KF_KEY_P256, &key));
    KF_TRY(kf_key_rename(key, KF_ID_SKI));
    KF_TRY(kf_key_try(key));
    issue(kf_key_public(key), 1, &cert);
    return kf_key_write_cert(key, cert.data, cert.len, KF_CERT_REFUSE);
}

static void a_full_token_keeps_its_key(void **state) {
    struct room *room = *state;
    play(room, "full after 2 objects\n");
    struct bench bench = open_bench(room, "card");
    assert_fails(enroll(&bench), KF_E_TOKEN_FULL);
    KF_AUTO(kf_buf) ids = {0};
    assert_ok(kf_session_key_ids(bench.session, &ids));
    assert_true(ids.len > 0);
    close_bench(&bench);
}

static void a_protected_token_makes_no_key(void **state) {
    struct room *room = *state;
    play(room, "write-protected\n");
    struct bench bench = open_bench(room, "card");
    assert_fails(enroll(&bench), KF_E_TOKEN_READ_ONLY);
    close_bench(&bench);
}

static void another_card_in_the_slot_gets_no_pin(void **state) {
    struct room *room = *state;
    struct bench bench = open_bench(room, "card");
    play(room, "replace serial=0042\n");
    kf_err error = log_in(&bench);
    assert_true(error == KF_E_TOKEN_REMOVED);
    kf_session_free(bench.session);
    bench.session = NULL;
    assert_fails(kf_session_open(bench.token, &bench.session), KF_E_TOKEN_OTHER);
    close_bench(&bench);
}

static void a_token_that_was_put_back_is_used_again(void **state) {
    struct room *room = *state;
    struct bench bench = open_bench(room, "card");
    assert_ok(log_in(&bench));
    play(room, "absent");
    KF_AUTO_PTR(kf_key) key = NULL;
    assert_fails(make(&bench, KF_KEY_P256, &key), KF_E_TOKEN_REMOVED);
    kf_session_free(bench.session);
    bench.session = NULL;
    assert_fails(kf_session_open(bench.token, &bench.session), KF_E_TOKEN_REMOVED);
    play(room, "");
    assert_ok(kf_session_open(bench.token, &bench.session));
    assert_ok(log_in(&bench));
    assert_int_equal(room->person.asked, 2);
    assert_ok(make(&bench, KF_KEY_P256, &key));
    kf_key_free(KF_MOVE(key));
    close_bench(&bench);
}

static void an_idle_session_that_died_is_replaced(void **state) {
    struct room *room = *state;
    struct bench bench = open_bench(room, "card");
    assert_ok(log_in(&bench));
    kf_session_free(bench.session);
    play(room, "reinsert");
    assert_ok(kf_session_open(bench.token, &bench.session));
    assert_ok(log_in(&bench));
    assert_int_equal(room->person.asked, 2);
    close_bench(&bench);
}

static void a_lost_login_is_asked_for_again(void **state) {
    struct room *room = *state;
    struct bench bench = open_bench(room, "card");
    KF_AUTO_PTR(kf_key) key = NULL;
    assert_ok(log_in(&bench));
    play(room, "logout after 1");
    assert_ok(kf_key_offered(bench.token, KF_KEY_P256));
    assert_fails(make(&bench, KF_KEY_P256, &key), KF_E_PIN_NEEDED);
    play(room, "");
    assert_ok(log_in(&bench));
    assert_int_equal(room->person.asked, 2);
    assert_ok(make(&bench, KF_KEY_P256, &key));
    kf_key_free(KF_MOVE(key));
    close_bench(&bench);
}

/* One whole run, from loading to the certificate, with the n-th call failing. */
static kf_err run_with_failure(struct room *room, int n, const char *code) {
    char script[128];
    snprintf(script, sizeof(script), "fail any %d %s\n", n, code);
    play(room, script);
    kf_tokens *tokens = NULL;
    struct bench bench = {0};
    assert_ok(kf_tokens_open(room->context, &tokens));
    bench.tokens = tokens;
    kf_err error = kf_tokens_select(tokens, "card", &bench.token);
    if (error == KF_OK)
        error = kf_session_open(bench.token, &bench.session);
    if (error == KF_OK)
        error = enroll(&bench);
    close_bench(&bench);
    return error;
}

static void every_failing_call_is_a_clean_error(void **state) {
    struct room *room = *state;
    static const char *const codes[] = {"CKR_DEVICE_REMOVED", "CKR_GENERAL_ERROR", "0x80001234",
                                        "CKR_SESSION_HANDLE_INVALID"};
    for (size_t c = 0; c < KF_COUNT(codes); c++) {
        int failed = 0;
        for (int n = 1; n <= 18; n++) {
            kf_err error = run_with_failure(room, n, codes[c]);
            failed += error != KF_OK;
            assert_true(error == KF_OK || strlen(kf_error_sentence(error)) > 10);
        }
        assert_true(failed >= 14);
    }
}

static void one_enrollment_takes_nineteen_calls(void **state) {
    struct room *room = *state;
    struct bench bench = open_bench(room, "card");
    assert_ok(enroll(&bench));
    close_bench(&bench);
    assert_true(calls(room, NULL) <= 18 + 1); /* one for reading back that the key is protected */
    assert_int_equal(calls(room, "C_Login"), 1);
    assert_int_equal(calls(room, "C_OpenSession"), 1);
}

static void listing_takes_ten_calls_more_than_objects(void **state) {
    struct room *room = *state;
    struct bench bench = open_bench(room, "card");
    assert_ok(enroll(&bench));
    close_bench(&bench);
    int before = calls(room, NULL);
    kf_tokens *tokens = NULL;
    kf_token *token = NULL;
    kf_containers *containers = NULL;
    assert_ok(kf_tokens_open(room->context, &tokens));
    assert_ok(kf_tokens_select(tokens, "card", &token));
    assert_ok(kf_containers_read(token, true, &containers));
    assert_int_equal(kf_containers_count(containers), 1);
    kf_containers_free(containers);
    kf_tokens_free(tokens);
    assert_true(calls(room, NULL) - before <= 3 + 10);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup_fake, teardown_room)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(wrong_pins_are_counted_down_to_blocked),
        TEST(any_answer_to_a_wrong_pin_counts_as_a_try),
        TEST(a_person_is_asked_again_after_a_wrong_pin),
        TEST(nobody_is_asked_again_once_the_pin_is_blocked),
        TEST(the_pin_pad_asks_where_there_is_one),
        TEST(an_expired_pin_is_told_apart),
        TEST(bad_keys_are_refused_and_destroyed),
        TEST(a_found_key_is_checked_like_a_new_one),
        TEST(templates_shrink_until_the_token_takes_them),
        TEST(a_token_may_choose_the_id),
        TEST(raw_points_are_taken),
        TEST(a_key_type_that_is_not_offered_is_refused_before_all),
        TEST(keys_with_a_pin_each_ask_each_time),
        TEST(lies_give_clean_errors),
        TEST(lies_about_slots_are_survived),
        TEST(a_hostile_label_is_shown_escaped),
        TEST(a_full_token_keeps_its_key),
        TEST(a_protected_token_makes_no_key),
        TEST(another_card_in_the_slot_gets_no_pin),
        TEST(a_token_that_was_put_back_is_used_again),
        TEST(an_idle_session_that_died_is_replaced),
        TEST(a_lost_login_is_asked_for_again),
        TEST(every_failing_call_is_a_clean_error),
        TEST(one_enrollment_takes_nineteen_calls),
        TEST(listing_takes_ten_calls_more_than_objects),
    };
    return cmocka_run_group_tests_name("token/hostile", tests, NULL, NULL);
}
