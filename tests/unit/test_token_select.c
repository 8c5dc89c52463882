// SPDX-License-Identifier: Apache-2.0
// Tokens are seen, named and never addressed by slot.
#include "unit/token_fixture.h"

static kf_tokens *open_tokens(struct room *room) {
    kf_tokens *tokens = NULL;
    assert_ok(kf_tokens_open(room->context, &tokens));
    return tokens;
}

static void a_blank_softhsm_shows_one_blank_token(void **state) {
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(*state);
    assert_int_equal(kf_tokens_count(tokens), 1);
    assert_false(kf_token_info(kf_tokens_at(tokens, 0))->initialized);
    assert_int_equal(kf_token_info(kf_tokens_at(tokens, 0))->so_tries, KF_TRIES_OK);
    kf_token *token = NULL;
    assert_fails(kf_tokens_select(tokens, NULL, &token), KF_E_TOKEN_BLANK);
    assert_fails(kf_tokens_select(tokens, "card", &token), KF_E_TOKEN_ABSENT);
}

static void the_only_token_is_taken_without_a_name(void **state) {
    make_token("card");
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(*state);
    kf_token *token = NULL;
    assert_ok(kf_tokens_select(tokens, "auto", &token));
    const struct kf_token_info *info = kf_token_info(token);
    assert_string_equal(info->label, "card");
    assert_true(info->initialized && info->user_pin_set && info->login_required);
    assert_int_equal(strlen(info->serial), 16);
    assert_int_equal(info->pin_min, 4);
}

static void a_token_answers_to_label_serial_and_uri(void **state) {
    make_token("alpha");
    make_token("beta \xc3\xa4");
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(*state);
    kf_token *by_label = NULL, *by_serial = NULL, *by_uri = NULL;
    assert_ok(kf_tokens_select(tokens, "beta \xc3\xa4", &by_label));
    assert_ok(kf_tokens_select(tokens, kf_token_info(by_label)->serial, &by_serial));
    assert_ok(kf_tokens_select(tokens, kf_token_info(by_label)->uri, &by_uri));
    assert_ptr_equal(by_label, by_serial);
    assert_ptr_equal(by_label, by_uri);
}

static void two_tokens_of_one_label_are_refused_with_both_named(void **state) {
    make_token("twin");
    make_token("twin");
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(*state);
    kf_token *token = NULL;
    assert_fails(kf_tokens_select(tokens, "twin", &token), KF_E_TOKEN_AMBIGUOUS);
    const char *sentence = kf_error_sentence(KF_E_TOKEN_AMBIGUOUS);
    for (size_t i = 0; i < kf_tokens_count(tokens); i++)
        if (strcmp(kf_token_info(kf_tokens_at(tokens, i))->label, "twin") == 0)
            assert_non_null(strstr(sentence, kf_token_info(kf_tokens_at(tokens, i))->serial));
    assert_non_null(strstr(kf_error_next(KF_E_TOKEN_AMBIGUOUS), "--token "));
    assert_null(token);
}

static void uris_with_pins_or_strange_attributes_are_refused(void **state) {
    make_token("card");
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(*state);
    const char *const uris[] = {"pkcs11:token=card?pin-value=1234",
                                "PKCS11:token=card?pin%2Dvalue=1",
                                "pkcs11:token=card;x-color=red",
                                "pkcs11:token=card?x-color=red",
                                "pkcs11:token=%zz",
                                "pkcs11:slot-id=0"};
    for (size_t i = 0; i < KF_COUNT(uris); i++) {
        kf_token *token = NULL;
        assert_fails(kf_tokens_select(tokens, uris[i], &token), KF_E_USAGE);
        assert_null(strstr(kf_error_sentence(KF_E_USAGE), "1234"));
    }
}

static void a_token_made_by_another_process_appears(void **state) {
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(*state);
    make_token("late");
    kf_token *token = NULL;
    assert_ok(kf_tokens_select(tokens, "late", &token));
    assert_string_equal(kf_token_info(token)->label, "late");
}

static void a_module_that_does_not_load_is_a_note(void **state) {
    struct room *room = *state;
    renew_context(room, "/nonexistent/module.so");
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    assert_int_equal(kf_tokens_count(tokens), 0);
    assert_int_equal(kf_tokens_note_count(tokens), 1);
    assert_non_null(strstr(kf_tokens_note(tokens, 0), "/nonexistent/module.so"));
}

static void a_configured_module_is_loaded_once(void **state) {
    struct room *room = *state;
    make_token("card");
    write_text(room->dir, "keyfob.conf",
               "[module soft]\npath = " SOFTHSM
               "\n[module off]\npath = /nonexistent.so\nenabled = no\n");
    renew_context(room, NULL);
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *token = NULL;
    assert_ok(kf_tokens_select(tokens, "card", &token));
    assert_string_equal(kf_token_info(token)->module, "soft");
    for (size_t i = 0; i < kf_tokens_note_count(tokens); i++)
        assert_null(strstr(kf_tokens_note(tokens, i), "nonexistent"));
}

static void one_card_behind_two_modules_is_one_token(void **state) {
    struct room *room = *state;
    char command[512], config[1024];
    make_token("card");
    snprintf(command, sizeof(command), "cp " SOFTHSM " '%s/copy.so'", room->dir);
    run(command);
    snprintf(config, sizeof(config),
             "[module a]\npath = " SOFTHSM "\n[module b]\npath = %s/copy.so\n", room->dir);
    write_text(room->dir, "keyfob.conf", config);
    renew_context(room, NULL);
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *token = NULL;
    assert_ok(kf_tokens_select(tokens, "card", &token));
    assert_string_equal(kf_token_info(token)->module, "a");
}

static void a_word_that_keyfob_conf_does_not_know_is_an_error(void **state) {
    struct room *room = *state;
    static const struct {
        const char *text;
        kf_err err;
    } cases[] = {{"[secrets]\nstore = files\n", KF_OK},
                 {"[secrets]\nplace = files\n", KF_E_CONFIG},
                 {"[secrets of mine]\nstore = files\n", KF_E_CONFIG},
                 {"[modules]\npath = /x\n", KF_E_CONFIG}};
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO_PTR(kf_tokens) tokens = NULL;
        write_text(room->dir, "keyfob.conf", cases[i].text);
        renew_context(room, SOFTHSM);
        assert_int_equal(kf_tokens_open(room->context, &tokens), cases[i].err);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup_softhsm, teardown_room)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_blank_softhsm_shows_one_blank_token),
        TEST(the_only_token_is_taken_without_a_name),
        TEST(a_token_answers_to_label_serial_and_uri),
        TEST(two_tokens_of_one_label_are_refused_with_both_named),
        TEST(uris_with_pins_or_strange_attributes_are_refused),
        TEST(a_token_made_by_another_process_appears),
        TEST(a_module_that_does_not_load_is_a_note),
        TEST(a_configured_module_is_loaded_once),
        TEST(one_card_behind_two_modules_is_one_token),
        TEST(a_word_that_keyfob_conf_does_not_know_is_an_error),
    };
    return cmocka_run_group_tests_name("token/select", tests, NULL, NULL);
}
