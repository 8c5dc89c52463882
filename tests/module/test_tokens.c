// SPDX-License-Identifier: Apache-2.0
// Tokens of a real module: listed, named, logged in to, initialised.
#include <p11-kit/p11-kit.h>

#include "base/text.h"
#include "module/rig.h"
#include "module/suite.h"

static void see(struct rig *rig) {
    assert_ok(kf_tokens_open(rig->context, &rig->tokens));
    assert_ok(kf_tokens_select(rig->tokens, rig->module->label, &rig->token));
}

static void the_token_is_what_the_table_says(void **state) {
    struct rig *rig = *state;
    see(rig);
    const struct facts *facts = &rig->module->facts;
    const struct kf_token_info *info = kf_token_info(rig->token);
    assert_int_equal(kf_tokens_count(rig->tokens), facts->tokens);
    assert_int_equal(kf_tokens_note_count(rig->tokens), 0);
    assert_string_equal(info->label, rig->module->label);
    assert_string_equal(info->manufacturer, facts->manufacturer);
    assert_string_equal(info->model, facts->model);
    assert_string_equal(info->module, rig->module->name);
    assert_true(info->initialized && info->user_pin_set && info->login_required);
    assert_false(info->write_protected || info->pin_pad);
    assert_int_equal(info->pin_min, facts->pin_min);
    assert_int_equal(info->pin_max, facts->pin_max);
    assert_int_equal(info->user_tries, KF_TRIES_OK);
}

static void the_token_answers_to_uri_and_serial(void **state) {
    struct rig *rig = *state;
    see(rig);
    const struct kf_token_info *info = kf_token_info(rig->token);
    kf_token *token = NULL;
    assert_ok(kf_tokens_select(rig->tokens, info->uri, &token));
    assert_ptr_equal(token, rig->token);
    assert_fails(kf_tokens_select(rig->tokens, info->serial, &token),
                 rig->module->facts.serial_is_its_own ? KF_OK : KF_E_TOKEN_AMBIGUOUS);
    assert_fails(kf_tokens_select(rig->tokens, "no such token", &token), KF_E_TOKEN_ABSENT);
}

/* Such as a page and a command of one process. */
static void two_lists_of_tokens_share_the_module(void **state) {
    struct rig *rig = *state;
    rig_open(rig);
    kf_tokens *second = NULL;
    kf_token *token = NULL;
    assert_ok(kf_tokens_open(rig->context, &second));
    assert_ok(kf_tokens_select(second, rig->module->label, &token));
    kf_tokens_free(second);
    assert_ok(kf_token_refresh(rig->token));
    KF_AUTO(kf_buf) ids = {0};
    assert_ok(kf_session_key_ids(rig->session, &ids));
}

/* It would be the first one's database under another name. */
static void other_arguments_in_one_process_are_refused(void **state) {
    struct rig *rig = *state;
    rig_open(rig);
    rig_run(rig, "mkdir other && sed '/^reserved/d' keyfob.conf >other/keyfob.conf\n"
                 "echo \"reserved = configdir='sql:/nonexistent'\" >>other/keyfob.conf");
    KF_AUTO_FREE char *home = kf_str("%s/other", rig->dir);
    struct kf_context_options options = {.home = home, .module = rig->module->name};
    kf_context *context = NULL;
    kf_tokens *tokens = NULL;
    assert_ok(kf_context_new(&options, &context));
    assert_ok(kf_tokens_open(context, &tokens));
    assert_int_equal(kf_tokens_count(tokens), 0);
    assert_int_equal(kf_tokens_note_count(tokens), 1);
    assert_non_null(strstr(kf_tokens_note(tokens, 0), "ALREADY_INITIALIZED"));
    kf_tokens_free(tokens);
    kf_context_free(context);
    assert_ok(kf_token_refresh(rig->token));
}

/* Such as libp11 in the same program. With arguments of our own it may be another database. */
static void a_module_that_somebody_else_started_is_left_running(void **state) {
    struct rig *rig = *state;
    CK_FUNCTION_LIST *p11 = p11_kit_module_load(rig->module->path, P11_KIT_MODULE_UNMANAGED);
    struct {
        CK_C_INITIALIZE_ARGS args;
        void *end;
    } start = {.args = {.flags = CKF_OS_LOCKING_OK, .pReserved = rig->reserved}};
    CK_ULONG slots = 0;
    assert_non_null(p11);
    assert_int_equal(p11->C_Initialize(&start), CKR_OK);
    assert_ok(kf_tokens_open(rig->context, &rig->tokens));
    assert_int_equal(kf_tokens_count(rig->tokens), rig->reserved ? 0 : rig->module->facts.tokens);
    assert_int_equal(kf_tokens_note_count(rig->tokens), rig->reserved ? 1 : 0);
    kf_tokens_free(rig->tokens);
    rig->tokens = NULL;
    assert_int_equal(p11->C_GetSlotList(CK_FALSE, NULL, &slots), CKR_OK);
    assert_int_equal(p11->C_Finalize(NULL), CKR_OK);
    p11_kit_module_release(p11);
}

static void the_right_pin_logs_in(void **state) {
    struct rig *rig = *state;
    rig_open(rig);
    assert_ok(kf_session_logout(rig->session));
    assert_ok(kf_session_login(rig->session, KF_PIN_USER, NULL, "again"));
}

static void wrong_pins_are_told_and_do_what_the_table_says(void **state) {
    struct rig *rig = *state;
    see(rig);
    assert_ok(kf_session_open(rig->token, &rig->session));
    rig->user_pin = "wrong pin";
    for (int i = 0; i < rig->module->facts.wrong_pins; i++)
        assert_fails(kf_session_login(rig->session, KF_PIN_USER, NULL, "to test"), KF_E_PIN_WRONG);
    assert_int_equal(kf_token_info(rig->token)->user_tries, rig->module->facts.after_wrong_pins);
    rig->user_pin = USER_PIN;
    assert_ok(kf_session_login(rig->session, KF_PIN_USER, NULL, "to test"));
    assert_ok(kf_token_refresh(rig->token));
    assert_int_equal(kf_token_info(rig->token)->user_tries, KF_TRIES_OK);
}

static void a_pin_that_is_locked_is_set_again_by_the_so(void **state) {
    struct rig *rig = *state;
    const struct facts *facts = &rig->module->facts;
    see(rig);
    assert_ok(kf_session_open(rig->token, &rig->session));
    rig->user_pin = "wrong pin";
    for (int i = 0; i <= facts->wrong_pins; i++)
        assert_int_not_equal(kf_session_login(rig->session, KF_PIN_USER, NULL, "to test"), KF_OK);
    rig->user_pin = USER_PIN;
    assert_fails(kf_session_login(rig->session, KF_PIN_USER, NULL, "to test"),
                 facts->locks ? KF_E_PIN_LOCKED : KF_OK);
    assert_int_equal(kf_token_info(rig->token)->user_tries == KF_TRIES_LOCKED, facts->locks);
    rig_close(rig);
    if (!facts->locks)
        return;
    see(rig);
    assert_ok(kf_pin_unblock(rig->token));
    assert_ok(kf_session_open(rig->token, &rig->session));
    assert_ok(kf_session_login(rig->session, KF_PIN_USER, NULL, "to test"));
}

static void the_pin_is_changed_by_its_owner(void **state) {
    struct rig *rig = *state;
    see(rig);
    rig->new_user_pin = "another 5678";
    assert_ok(kf_pin_change(rig->token));
    assert_ok(kf_session_open(rig->token, &rig->session));
    assert_fails(kf_session_login(rig->session, KF_PIN_USER, NULL, "to test"), KF_E_PIN_WRONG);
    rig->user_pin = rig->new_user_pin;
    assert_ok(kf_session_login(rig->session, KF_PIN_USER, NULL, "to test"));
}

static void a_blank_token_is_initialised_where_there_is_one(void **state) {
    struct rig *rig = *state;
    see(rig);
    kf_token *fresh = NULL;
    kf_err expected = rig->module->facts.init_blank;
    assert_fails(kf_token_init(rig->tokens, "new", "fresh", false, &fresh), expected);
    if (expected != KF_OK)
        return;
    assert_string_equal(kf_token_info(fresh)->label, "fresh");
    assert_ok(kf_session_open(fresh, &rig->session));
    assert_ok(kf_session_login(rig->session, KF_PIN_USER, NULL, "to test"));
}

static void an_initialised_token_is_erased_only_on_demand(void **state) {
    struct rig *rig = *state;
    rig_open(rig);
    kf_key_free(rig_key(rig, "old", KF_KEY_P256, KF_USE_SIGN));
    kf_session_free(rig->session);
    rig->session = NULL;
    kf_token *token = NULL;
    const char *label = rig->module->label;
    assert_fails(kf_token_init(rig->tokens, label, label, false, &token), KF_E_EXISTS);
    assert_fails(kf_token_init(rig->tokens, label, label, true, &token),
                 rig->module->facts.init_again);
    kf_containers *containers = NULL;
    assert_ok(kf_containers_read(rig->token, true, &containers));
    assert_int_equal(kf_containers_count(containers), rig->module->facts.init_again != KF_OK);
    kf_containers_free(containers);
}

int test_tokens(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(the_token_is_what_the_table_says),
        RIG_TEST(the_token_answers_to_uri_and_serial),
        RIG_TEST(two_lists_of_tokens_share_the_module),
        RIG_TEST(other_arguments_in_one_process_are_refused),
        RIG_TEST(a_module_that_somebody_else_started_is_left_running),
        RIG_TEST(the_right_pin_logs_in),
        RIG_TEST(wrong_pins_are_told_and_do_what_the_table_says),
        RIG_TEST(a_pin_that_is_locked_is_set_again_by_the_so),
        RIG_TEST(the_pin_is_changed_by_its_owner),
        RIG_TEST(a_blank_token_is_initialised_where_there_is_one),
        RIG_TEST(an_initialised_token_is_erased_only_on_demand),
    };
    return cmocka_run_group_tests_name("module/tokens", tests, NULL, NULL);
}
