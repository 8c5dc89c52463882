// SPDX-License-Identifier: Apache-2.0
// Tokens with habits of their own: no public key objects, one place, a PIN for each signature.
#include "unit/enroll_fixture.h"

static void a_key_that_wants_its_pin_each_time_is_enrolled(void **state) {
    play(room, "always-authenticate");
    assert_ok(enroll("a"));
    assert_enrolled();
}

static void a_raw_point_is_understood(void **state) {
    play(room, "raw-ec-point");
    assert_ok(enroll("a"));
    assert_enrolled();
}

static void a_card_without_public_keys_gets_its_certificate_at_once(void **state) {
    play(room, "no-public-object");
    assert_ok(enroll("a"));
    assert_state("done");
    struct on_token seen = look_at_token();
    assert_int_equal(seen.privates, 1);
    assert_int_equal(seen.certificates, 1);
}

static void a_card_without_public_keys_gets_its_certificate_later(void **state) {
    play(room, "no-public-object");
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_ok(resume());
    assert_state("done");
    struct on_token seen = look_at_token();
    assert_int_equal(seen.privates, 1);
    assert_int_equal(seen.certificates, 1);
}

static void a_key_without_its_public_half_must_sign_for_the_certificate(void **state) {
    play(room, "no-public-object");
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    play(room, "no-public-object\nlie sign wrong");
    assert_fails(resume(), KF_E_KEY_UNUSABLE);
    assert_state("verified");
    play(room, "no-public-object");
    assert_int_equal(look_at_token().certificates, 0);
    assert_ok(resume());
    assert_state("done");
}

static void a_key_without_its_public_half_is_withdrawn(void **state) {
    play(room, "no-public-object");
    SCRIPT(submit, REJECT);
    assert_fails(enroll("a"), KF_E_REJECTED);
    assert_ok(kf_request_withdraw(context, id, false));
    assert_token(0, 0);
}

static void a_card_with_one_place_keeps_the_key_that_is_in_use(void **state) {
    write_text(room->dir, "keyfob.conf", "[quirk Fake]\nsingle_key = yes\n");
    play(room, "overwrite-key");
    assert_ok(enroll("a"));
    assert_says(enroll("a"), KF_E_TOKEN_FULL, "overwrite");
    assert_string_equal(id, "");
    snprintf(id, sizeof id, "r-1");
    assert_enrolled();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ENROLL(a_key_that_wants_its_pin_each_time_is_enrolled),
        ENROLL(a_raw_point_is_understood),
        ENROLL(a_card_without_public_keys_gets_its_certificate_at_once),
        ENROLL(a_card_without_public_keys_gets_its_certificate_later),
        ENROLL(a_key_without_its_public_half_must_sign_for_the_certificate),
        ENROLL(a_key_without_its_public_half_is_withdrawn),
        ENROLL(a_card_with_one_place_keeps_the_key_that_is_in_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
