// SPDX-License-Identifier: Apache-2.0
// Tokens that go and come while keyfob works with them: what was known of the login, and who is
// erased.
#include <dlfcn.h>

#include "token/tokens.h"
#include "unit/token_fixture.h"
#include "x509/csr.h"

static void go_and_come_back(struct room *room, struct bench *bench) {
    play(room, "absent\n");
    assert_fails(kf_token_refresh(bench->token), KF_E_TOKEN_REMOVED);
    play(room, "");
}

static void a_dead_session_is_not_lent_again(void **state) {
    struct room *room = *state;
    struct bench bench = open_bench(room, "card");
    kf_session *second = NULL, *third = NULL;
    assert_ok(kf_session_login(bench.session, KF_PIN_USER, NULL, "to test"));
    go_and_come_back(room, &bench);
    assert_ok(kf_session_open(bench.token, &second));
    assert_ok(kf_session_login(second, KF_PIN_USER, NULL, "to test"));
    assert_int_equal(room->person.asked, 2);
    kf_session_free(KF_MOVE(bench.session));
    kf_session_free(second);
    assert_ok(kf_session_open(bench.token, &third));
    assert_ok(kf_session_login(third, KF_PIN_USER, NULL, "to test"));
    assert_int_equal(room->person.asked, 2);
    kf_session_free(third);
    close_bench(&bench);
}

static void a_dead_session_does_not_log_the_living_out(void **state) {
    struct room *room = *state;
    struct bench bench = open_bench(room, "card");
    kf_session *second = NULL;
    assert_ok(kf_session_login(bench.session, KF_PIN_USER, NULL, "to test"));
    go_and_come_back(room, &bench);
    assert_ok(kf_session_open(bench.token, &second));
    assert_ok(kf_session_login(second, KF_PIN_USER, NULL, "to test"));
    assert_ok(kf_session_logout(bench.session));
    assert_ok(kf_session_login(second, KF_PIN_USER, NULL, "to test"));
    assert_int_equal(room->person.asked, 2);
    kf_session_free(second);
    close_bench(&bench);
}

static void a_request_says_that_the_token_was_removed(void **state) {
    struct room *room = *state;
    struct bench bench = open_bench(room, "card");
    KF_AUTO_PTR(kf_key) key = NULL;
    kf_csr *csr = NULL;
    const struct kf_csr_spec spec = {.subject = "CN=somebody"};
    struct kf_key_order order = {.label = "key",
                                 .type = KF_KEY_P256,
                                 .use = KF_USE_SIGN,
                                 .id = (const uint8_t *)"id",
                                 .id_len = 2};
    assert_ok(kf_session_login(bench.session, KF_PIN_USER, NULL, "to test"));
    assert_ok(kf_key_generate(bench.session, &order, &key));
    play(room, "fail C_Sign 1 CKR_DEVICE_REMOVED\n");
    assert_fails(kf_key_request(key, &spec, &csr), KF_E_TOKEN_REMOVED);
    assert_non_null(strstr(kf_error_sentence(KF_E_TOKEN_REMOVED), "it was removed"));
    kf_key_free(KF_MOVE(key));
    close_bench(&bench);
}

/* --- while the person types --- */

static struct room *swapping;

static kf_err swap_then_answer(void *arg, const struct kf_pin_question *question,
                               kf_secret **ret_pin) {
    play(swapping, "replace serial=other\n");
    return answer_pin(arg, question, ret_pin);
}

static void a_card_put_in_while_the_pin_is_typed_is_not_erased(void **state) {
    struct room *room = swapping = *state;
    kf_tokens *tokens = NULL;
    kf_token *token = NULL;
    room->ui.pin = swap_then_answer;
    renew_context(room, KF_TEST_FAKE_TOKEN);
    assert_ok(kf_tokens_open(room->context, &tokens));
    assert_fails(kf_token_init(tokens, "card", "mine", true, &token), KF_E_TOKEN_OTHER);
    assert_int_equal(calls(room, "C_InitToken"), 0);
    kf_tokens_free(tokens);
}

/* --- a module that somebody else in this process uses as well --- */

static void the_login_ends_with_us_where_the_module_lives_on(void **state) {
    struct room *room = *state;
    CK_FUNCTION_LIST *p11 = NULL;
    CK_SESSION_HANDLE session = 0;
    CK_SESSION_INFO info = {0};
    CK_SLOT_ID slot = 0;
    void *library = dlopen(KF_TEST_FAKE_TOKEN, RTLD_NOW);
    CK_C_GetFunctionList get = NULL;
    *(void **)&get = dlsym(library, "C_GetFunctionList");
    assert_int_equal(get(&p11), CKR_OK);
    assert_int_equal(p11->C_Initialize(NULL), CKR_OK);
    struct bench bench = open_bench(room, "card");
    slot = bench.token->slot;
    assert_ok(kf_session_login(bench.session, KF_PIN_USER, NULL, "to test"));
    close_bench(&bench);
    assert_int_equal(p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session), CKR_OK);
    assert_int_equal(p11->C_GetSessionInfo(session, &info), CKR_OK);
    assert_int_equal(info.state, CKS_RO_PUBLIC_SESSION);
    assert_int_equal(p11->C_Finalize(NULL), CKR_OK);
    dlclose(library);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup_fake, teardown_room)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_dead_session_is_not_lent_again),
        TEST(a_dead_session_does_not_log_the_living_out),
        TEST(a_request_says_that_the_token_was_removed),
        TEST(a_card_put_in_while_the_pin_is_typed_is_not_erased),
        TEST(the_login_ends_with_us_where_the_module_lives_on),
    };
    return cmocka_run_group_tests_name("token/swap", tests, NULL, NULL);
}
