// SPDX-License-Identifier: Apache-2.0
// Quirks come from the table and from keyfob.conf.
#include "token/quirks.h"

#include "token/key.h"
#include "unit/token_fixture.h"

static struct kf_quirks quirks_of(struct room *room, const char *config) {
    struct kf_quirks quirks = {0};
    write_text(room->dir, "keyfob.conf", config);
    renew_context(room, KF_TEST_FAKE_TOKEN);
    struct bench bench = open_bench(room, "card");
    assert_ok(kf_quirks_find(bench.token, &quirks));
    close_bench(&bench);
    return quirks;
}

static void a_plain_token_has_none(void **state) {
    struct kf_quirks quirks = quirks_of(*state, "");
    assert_false(quirks.keep_id);
    assert_int_equal(quirks.first_template, 0);
}

static void the_configuration_knows_models_by_their_beginning(void **state) {
    struct kf_quirks quirks = quirks_of(*state, "[quirk Fa]\nkeep_id = yes\nprefer_template = 3\n");
    assert_true(quirks.keep_id);
    assert_int_equal(quirks.first_template, 3);
}

static void other_models_do_not_count(void **state) {
    struct kf_quirks quirks = quirks_of(*state, "[quirk Other]\nkeep_id = yes\n");
    assert_false(quirks.keep_id);
}

static void a_wrong_number_is_a_wrong_configuration(void **state) {
    struct room *room = *state;
    struct kf_quirks quirks = {0};
    write_text(room->dir, "keyfob.conf", "[quirk Fake]\nprefer_template = 9\n");
    renew_context(room, KF_TEST_FAKE_TOKEN);
    struct bench bench = open_bench(room, "card");
    assert_fails(kf_quirks_find(bench.token, &quirks), KF_E_CONFIG);
    close_bench(&bench);
}

static void the_only_place_for_a_key_is_not_overwritten(void **state) {
    struct room *room = *state;
    const uint8_t id[] = {1};
    struct kf_key_order order = {
        .label = "key", .type = KF_KEY_P256, .use = KF_USE_SIGN, .id = id, .id_len = 1};
    write_text(room->dir, "keyfob.conf", "[quirk Fake]\nsingle_key = yes\n");
    renew_context(room, KF_TEST_FAKE_TOKEN);
    play(room, "overwrite-key");
    struct bench bench = open_bench(room, "card");
    KF_AUTO_PTR(kf_key) first = NULL;
    KF_AUTO_PTR(kf_key) second = NULL;
    assert_ok(kf_session_login(bench.session, KF_PIN_USER, NULL, "to test"));
    assert_ok(kf_key_generate(bench.session, &order, &first));
    assert_fails(kf_key_generate(bench.session, &order, &second), KF_E_TOKEN_FULL);
    assert_ok(kf_key_try(first));
    kf_key_free(KF_MOVE(first));
    close_bench(&bench);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup_fake, teardown_room)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_plain_token_has_none),
        TEST(the_configuration_knows_models_by_their_beginning),
        TEST(other_models_do_not_count),
        TEST(the_only_place_for_a_key_is_not_overwritten),
        TEST(a_wrong_number_is_a_wrong_configuration),
    };
    return cmocka_run_group_tests_name("token/quirks", tests, NULL, NULL);
}
