// SPDX-License-Identifier: Apache-2.0
// Containers that the vendor interface makes: with their password from the beginning.
#include "transfer_fixture.h"

static void a_container_is_made_with_its_password(void **state) {
    CK_SLOT_ID slot = empty_slot("keyfob disk");
    struct kf_password password = secret(USER_PIN);
    assert_ok(vendor()->make(slot, "whole", &password, NULL));
    struct kf_place place = place_of(slot);
    assert_string_equal(place.name, "whole");
    assert_true(place.has_user && !place.has_unblock);
    assert_int_equal(place.generation, 1);
    CK_SESSION_HANDLE session = open_session(slot, CKF_RW_SESSION);
    assert_ok(login(session, CKU_USER, USER_PIN));
    assert_int_not_equal(vendor()->make(slot, "again", &password, NULL), CKR_OK);
}

static void it_may_have_an_unblock_secret(void **state) {
    CK_SLOT_ID slot = empty_slot("keyfob registry");
    struct kf_password password = secret(USER_PIN), unblock = secret(SO_PIN);
    assert_ok(vendor()->make(slot, "both", &password, &unblock));
    assert_true(place_of(slot).has_user && place_of(slot).has_unblock);
    CK_SESSION_HANDLE session = open_session(slot, CKF_RW_SESSION);
    assert_ok(login(session, CKU_SO, SO_PIN));
}

static void none_is_made_with_a_bad_name_or_password(void **state) {
    CK_SLOT_ID slot = empty_slot("keyfob disk");
    struct kf_password password = secret(USER_PIN), bad = secret("12");
    assert_rv(vendor()->make(slot, NULL, &password, NULL), CKR_ARGUMENTS_BAD);
    assert_rv(vendor()->make(slot, "", &password, NULL), CKR_ARGUMENTS_BAD);
    assert_rv(vendor()->make(slot, "short", &bad, NULL), CKR_PIN_LEN_RANGE);
    assert_rv(vendor()->make(slot, "short", &password, &bad), CKR_PIN_LEN_RANGE);
    assert_rv(vendor()->make(99999, "nowhere", &password, NULL), CKR_SLOT_ID_INVALID);
    assert_false(place_of(slot).has_container);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_MODULE(a_container_is_made_with_its_password),
        IN_MODULE(it_may_have_an_unblock_secret),
        IN_MODULE(none_is_made_with_a_bad_name_or_password),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
