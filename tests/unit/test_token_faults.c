// SPDX-License-Identifier: Apache-2.0
// The n-th call of each piece of work fails, for every n: a clean error, no crash, and the work can
// be done afterwards.
#include <jansson.h>

#include "token/key.h"
#include "unit/token_fixture.h"

struct desk {
    kf_tokens *tokens;
    kf_token *token;
};

static kf_err change_pin(struct desk *desk) {
    return kf_pin_change(desk->token);
}

static kf_err unblock_pin(struct desk *desk) {
    return kf_pin_unblock(desk->token);
}

static kf_err change_so_pin(struct desk *desk) {
    return kf_pin_set_so(desk->token);
}

static kf_err erase(struct desk *desk) {
    kf_token *token = NULL;
    return kf_token_init(desk->tokens, "card", "card", true, &token);
}

static kf_err test_token(struct desk *desk) {
    json_t *json = NULL;
    kf_err error = kf_token_test(desk->token, &json);
    json_decref(json);
    return error;
}

static kf_err show(struct desk *desk) {
    json_t *json = NULL;
    kf_err error = kf_token_json(desk->token, true, &json);
    json_decref(json);
    return error;
}

/* Makes, lists, checks and deletes; what an earlier round left behind goes first. */
static kf_err live_through(struct desk *desk) {
    struct kf_container_order order = {
        .label = "key", .type = KF_KEY_P256, .use = KF_USE_SIGN, .id_style = KF_ID_SKI};
    json_t *json = NULL;
    kf_err left = kf_container_delete(desk->token, "key");
    if (left != KF_OK && left != KF_E_NOT_FOUND)
        return left;
    KF_TRY(kf_container_create(desk->token, &order));
    kf_err error = kf_container_check(desk->token, "key", &json);
    json_decref(json);
    KF_TRY(error);
    return kf_container_delete(desk->token, "key");
}

static kf_err run_once(struct room *room, kf_err (*work)(struct desk *)) {
    struct desk desk = {0};
    kf_err error = kf_tokens_open(room->context, &desk.tokens);
    if (error == KF_OK)
        error = kf_tokens_select(desk.tokens, "card", &desk.token);
    if (error == KF_OK)
        error = work(&desk);
    kf_tokens_free(desk.tokens);
    return error;
}

/* How many calls the work takes, without the C_Finalize at the end: after that has failed, nobody
 * can start the module again. */
static int count_calls(struct room *room, kf_err (*work)(struct desk *)) {
    play(room, "");
    if (work == live_through || work == erase)
        assert_ok(run_once(room, erase)); /* two keys of one name may be left of an earlier round */
    int before = calls(room, NULL);
    assert_ok(run_once(room, work));
    return calls(room, NULL) - before - 1;
}

static void fail_each_call(struct room *room, kf_err (*work)(struct desk *), const char *code) {
    int failures = 0, count = count_calls(room, work);
    for (int n = 1; n <= count; n++) {
        char line[64];
        snprintf(line, sizeof(line), "fail any %d %s", n, code);
        play(room, line);
        kf_err error = run_once(room, work);
        failures += error != KF_OK;
        assert_true(error == KF_OK || strlen(kf_error_sentence(error)) > 10);
    }
    assert_true(failures >= 2); /* what looking again mends is no failure */
    count_calls(room, work);
}

static void fail_with_all(void **state, kf_err (*work)(struct desk *)) {
    static const char *const codes[] = {"CKR_DEVICE_REMOVED", "CKR_GENERAL_ERROR", "0x80001234"};
    for (size_t i = 0; i < KF_COUNT(codes); i++)
        fail_each_call(*state, work, codes[i]);
}

static void changing_the_pin_survives(void **state) {
    fail_with_all(state, change_pin);
}

static void unblocking_the_pin_survives(void **state) {
    fail_with_all(state, unblock_pin);
}

static void changing_the_so_pin_survives(void **state) {
    fail_with_all(state, change_so_pin);
}

static void erasing_survives(void **state) {
    fail_with_all(state, erase);
}

static void testing_survives(void **state) {
    fail_with_all(state, test_token);
}

static void showing_survives(void **state) {
    fail_with_all(state, show);
}

static void a_containers_life_survives(void **state) {
    fail_with_all(state, live_through);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup_fake, teardown_room)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(changing_the_pin_survives),
        TEST(unblocking_the_pin_survives),
        TEST(changing_the_so_pin_survives),
        TEST(erasing_survives),
        TEST(testing_survives),
        TEST(showing_survives),
        TEST(a_containers_life_survives),
    };
    return cmocka_run_group_tests_name("token/faults", tests, NULL, NULL);
}
