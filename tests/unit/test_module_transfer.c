// SPDX-License-Identifier: Apache-2.0
// Whole containers through the vendor interface: described, copied, moved, renamed, removed.
#include "transfer_fixture.h"

#include <sys/stat.h>

#include "module/transfer.h"

static bool is_file(const char *name) {
    struct stat info;
    return stat(in_base_dir(name), &info) == 0;
}

static void run(const char *command) {
    char line[1024];
    snprintf(line, sizeof(line), "cd '%s' && %s", base_dir, command);
    assert_int_equal(system(line), 0);
}

/* A stick of its own. */
static const char *stick(const char *name) {
    const char *folder = in_base_dir(name);
    assert_int_equal(mkdir(folder, 0700), 0);
    return folder;
}

/* --- looking --- */

static void the_interface_has_a_name_and_a_version(void **state) {
    CK_INTERFACE *found = NULL;
    CK_VERSION wanted = {kfm_interface.version_major, kfm_interface.version_minor};
    CK_VERSION other = {9, 0};
    CK_UTF8CHAR_PTR name = (CK_UTF8CHAR_PTR)KF_INTERFACE_NAME;
    assert_ok(C_GetInterface(name, &wanted, &found, 0));
    assert_ptr_equal(found->pFunctionList, &kfm_interface);
    assert_int_not_equal(C_GetInterface(name, &other, &found, 0), CKR_OK);
}

static void an_empty_slot_is_offered(void **state) {
    unsigned long slot = 0, again = 0;
    assert_ok(vendor()->offer("registry", NULL, &slot));
    struct kf_place place = place_of(slot);
    assert_string_equal(place.medium, "registry");
    assert_non_null(strstr(place.where, "registry.db"));
    assert_false(place.has_container);
    assert_ok(vendor()->offer("registry", NULL, &again));
    assert_int_equal(slot, again);
    assert_int_not_equal(vendor()->offer("tape", NULL, &slot), CKR_OK);
    assert_said("bad_input", "tape");
}

static void a_stick_is_offered_with_its_folder(void **state) {
    unsigned long slot = 0;
    const char *folder = stick("stick");
    assert_ok(vendor()->offer("disk", folder, &slot));
    assert_string_equal(place_of(slot).where, folder);
    assert_ok(init_token(slot, SO_PIN, "on a stick"));
    assert_true(is_file("stick/on a stick.kfc"));
}

static void a_container_is_described(void **state) {
    struct kf_place place = place_of(make_token("keyfob disk", "anna"));
    assert_true(place.has_container && place.has_user && place.has_unblock && place.writable);
    assert_string_equal(place.medium, "disk");
    assert_string_equal(place.name, "anna");
    assert_int_equal(place.objects, 0);
    uint8_t none[16] = {0};
    assert_memory_not_equal(place.uuid, none, sizeof(none));
}

static void a_success_takes_the_sentence_away(void **state) {
    unsigned long slot = 0;
    assert_int_not_equal(vendor()->offer("tape", NULL, &slot), CKR_OK);
    assert_ok(vendor()->offer("registry", NULL, &slot));
    assert_said("", "");
}

/* --- without an unblock secret --- */

static void the_so_takes_the_unblock_secret_away(void **state) {
    CK_SLOT_ID slot = make_token("keyfob memory", "alone");
    CK_SESSION_HANDLE session = open_session(slot, CKF_RW_SESSION);
    assert_ok(login(session, CKU_SO, SO_PIN));
    assert_ok(vendor()->drop_unblock(session));
    assert_ok(C_Logout(session));
    assert_false(place_of(slot).has_unblock);
    assert_rv(login(session, CKU_SO, SO_PIN), CKR_PIN_LOCKED);
    assert_ok(login(session, CKU_USER, USER_PIN));
    assert_rv(vendor()->drop_unblock(session), CKR_USER_NOT_LOGGED_IN);
}

static void the_only_secret_is_not_taken_away(void **state) {
    CK_SLOT_ID slot = empty_slot("keyfob memory");
    assert_ok(init_token(slot, SO_PIN, "no user"));
    CK_SESSION_HANDLE session = open_session(slot, CKF_RW_SESSION);
    assert_ok(login(session, CKU_SO, SO_PIN));
    assert_rv(vendor()->drop_unblock(session), CKR_USER_PIN_NOT_INITIALIZED);
    assert_true(place_of(slot).has_unblock);
}

/* --- copy --- */

static void a_copy_has_the_keys_and_an_identity_of_its_own(void **state) {
    CK_SLOT_ID slot = make_token("keyfob disk", "first");
    CK_SESSION_HANDLE session = open_user(slot);
    struct kf_password password = secret(USER_PIN), unblock = secret("other-secret");
    unsigned long copy = 0;
    make_ec_key(session, false);
    assert_ok(vendor()->copy(session, "registry", NULL, "second", &password, &unblock, &copy));
    struct kf_place from = place_of(slot), to = place_of(copy);
    assert_memory_not_equal(from.uuid, to.uuid, sizeof(to.uuid));
    assert_string_equal(to.name, "second");
    assert_true(to.has_unblock);
    CK_SESSION_HANDLE other = open_user(copy);
    assert_pair(other, CKM_ECDSA, only(other, CKO_PRIVATE_KEY), session,
                only(session, CKO_PUBLIC_KEY));
}

static void a_copy_without_unblock_secret_has_none(void **state) {
    CK_SESSION_HANDLE session = open_user(make_token("keyfob disk", "first"));
    struct kf_password password = secret(USER_PIN);
    unsigned long copy = 0;
    assert_ok(vendor()->copy(session, "disk", NULL, "second", &password, NULL, &copy));
    assert_false(place_of(copy).has_unblock);
}

static void a_copy_wants_the_right_password(void **state) {
    CK_SESSION_HANDLE session = open_user(make_token("keyfob disk", "first"));
    struct kf_password password = secret("mistyped");
    unsigned long copy = 77;
    assert_rv(vendor()->copy(session, "disk", NULL, "second", &password, NULL, &copy),
              CKR_PIN_INCORRECT);
    assert_int_equal(copy, 77);
    assert_false(is_file("home/containers/second.kfc"));
}

static void a_copy_takes_no_name_away(void **state) {
    CK_SESSION_HANDLE session = open_user(make_token("keyfob disk", "first"));
    struct kf_password password = secret(USER_PIN);
    unsigned long copy = 0;
    assert_int_not_equal(vendor()->copy(session, "disk", NULL, "first", &password, NULL, &copy),
                         CKR_OK);
    assert_said("exists", "first");
}

/* --- move --- */

static void a_moved_container_is_the_same(void **state) {
    CK_SLOT_ID slot = make_token("keyfob disk", "anna");
    CK_SESSION_HANDLE session = open_user(slot);
    unsigned long there = 0;
    make_ec_key(session, false);
    assert_ok(C_CloseSession(session));
    struct kf_place from = place_of(slot);
    assert_ok(vendor()->move(slot, "registry", NULL, &there));
    struct kf_place to = place_of(there);
    assert_memory_equal(from.uuid, to.uuid, sizeof(to.uuid));
    assert_string_equal(to.medium, "registry");
    assert_false(is_file("home/containers/anna.kfc"));
    assert_int_not_equal(vendor()->describe(slot, &from), CKR_OK);
    session = open_user(there);
    assert_pair(session, CKM_ECDSA, only(session, CKO_PRIVATE_KEY), session,
                only(session, CKO_PUBLIC_KEY));
}

static void a_container_in_use_stays(void **state) {
    CK_SLOT_ID slot = make_token("keyfob disk", "anna");
    unsigned long there = 0;
    open_session(slot, CKF_RW_SESSION);
    assert_rv(vendor()->move(slot, "registry", NULL, &there), CKR_SESSION_EXISTS);
    assert_rv(vendor()->remove(slot), CKR_SESSION_EXISTS);
    assert_true(is_file("home/containers/anna.kfc"));
}

static void an_interrupted_move_is_finished(void **state) {
    CK_SLOT_ID slot = make_token("keyfob disk", "anna");
    unsigned long there = 0;
    const char *folder = stick("stick");
    run("cp home/containers/anna.kfc stick/"); /* killed between writing and removing */
    assert_ok(vendor()->move(slot, "disk", folder, &there));
    assert_false(is_file("home/containers/anna.kfc"));
    assert_string_equal(place_of(there).where, folder);
}

static void two_that_differ_are_left_alone(void **state) {
    CK_SLOT_ID slot = make_token("keyfob disk", "anna");
    unsigned long there = 0;
    const char *folder = stick("stick");
    run("cp home/containers/anna.kfc stick/");
    CK_SESSION_HANDLE session = open_user(slot);
    make_ec_key(session, false);
    assert_ok(C_CloseSession(session));
    assert_int_not_equal(vendor()->move(slot, "disk", folder, &there), CKR_OK);
    assert_said("exists", "they differ");
    assert_true(is_file("home/containers/anna.kfc"));
    assert_true(is_file("stick/anna.kfc"));
}

static void another_container_of_that_name_is_left_alone(void **state) {
    CK_SLOT_ID slot = make_token("keyfob disk", "anna");
    unsigned long there = 0;
    make_token("keyfob registry", "anna");
    assert_int_not_equal(vendor()->move(slot, "registry", NULL, &there), CKR_OK);
    assert_said("exists", "already");
    assert_int_not_equal(vendor()->move(slot, "disk", NULL, &there), CKR_OK);
    assert_said("exists", "already");
}

static void wrong_passwords_are_counted_across_a_move(void **state) {
    CK_SLOT_ID slot = make_token("keyfob disk", "anna");
    unsigned long there = 0;
    CK_SESSION_HANDLE session = open_session(slot, CKF_RW_SESSION);
    assert_rv(login(session, CKU_USER, "wrong!"), CKR_PIN_INCORRECT);
    assert_ok(C_CloseSession(session));
    assert_ok(vendor()->move(slot, "registry", NULL, &there));
    assert_true(token_info(there).flags & CKF_USER_PIN_COUNT_LOW);
}

static void a_medium_that_is_not_there_gets_nothing(void **state) {
    CK_SLOT_ID slot = make_token("keyfob disk", "anna");
    unsigned long there = 0;
    assert_int_not_equal(vendor()->move(slot, "disk", in_base_dir("pulled"), &there), CKR_OK);
    assert_true(is_file("home/containers/anna.kfc"));
    assert_false(is_file("pulled"));
}

/* --- one file under two names: removing it "here" would remove it "there" --- */

static void a_folder_behind_a_link_is_the_same_folder(void **state) {
    unsigned long there = 0;
    assert_ok(C_Finalize(NULL));
    run("mkdir -m 700 real && ln -s real home");
    assert_ok(initialize(OPTIONS));
    CK_SLOT_ID slot = make_token("keyfob disk", "anna");
    assert_int_not_equal(vendor()->move(slot, "disk", in_base_dir("real/containers"), &there),
                         CKR_OK);
    assert_said("exists", "already");
    assert_true(is_file("real/containers/anna.kfc"));
}

/* As with a folder that is mounted twice, or names on a FAT stick that differ in their case. */
static void a_file_is_not_moved_onto_itself(void **state) {
    KF_AUTO_PTR(kf_medium) here = NULL;
    KF_AUTO_PTR(kf_medium) alias = NULL;
    make_token("keyfob disk", "anna");
    run("ln -s home/containers alias");
    assert_int_equal(kf_disk_medium_new(in_base_dir("home/containers"), false, &here), KF_OK);
    assert_int_equal(kf_disk_medium_new(in_base_dir("alias"), false, &alias), KF_OK);
    struct kfm_spot from = {here, "anna"}, to = {alias, "anna"};
    assert_int_equal(kfm_blob_move(&from, &to), KF_E_EXISTS);
    assert_true(is_file("home/containers/anna.kfc"));
}

/* --- rename --- */

static void a_renamed_container_has_both_names(void **state) {
    CK_SLOT_ID slot = make_token("keyfob disk", "anna");
    CK_SESSION_HANDLE session = open_user(slot);
    CK_OBJECT_HANDLE key = make_ec_key(session, false);
    assert_ok(vendor()->rename(session, "anna smith"));
    assert_true(field_is(token_info(slot).label, 32, "anna smith"));
    assert_string_equal(place_of(slot).name, "anna smith");
    assert_true(is_file("home/containers/anna smith.kfc"));
    assert_false(is_file("home/containers/anna.kfc"));
    assert_pair(session, CKM_ECDSA, key, session, only(session, CKO_PUBLIC_KEY));
    assert_int_equal(labelled_slot("anna"), -1);
    assert_int_equal(labelled_slot("anna smith"), (long)slot);
}

static void a_name_for_sticks_stands_for_an_odd_label(void **state) {
    CK_SLOT_ID slot = make_token("keyfob disk", "anna");
    CK_SESSION_HANDLE session = open_user(slot);
    assert_ok(vendor()->rename(session, "a/b:c"));
    assert_true(field_is(token_info(slot).label, 32, "a/b:c"));
    assert_true(is_file("home/containers/a_b_c.kfc"));
}

static void a_taken_name_is_not_given(void **state) {
    make_token("keyfob disk", "bert");
    CK_SLOT_ID slot = make_token("keyfob disk", "anna");
    CK_SESSION_HANDLE session = open_user(slot);
    assert_int_not_equal(vendor()->rename(session, "bert"), CKR_OK);
    assert_said("exists", "bert");
    assert_true(field_is(token_info(slot).label, 32, "anna"));
    assert_int_not_equal(vendor()->rename(session, ""), CKR_OK);
    assert_int_not_equal(vendor()->rename(session, "a name that is longer than 32 bytes"), CKR_OK);
    assert_ok(C_Logout(session));
    assert_rv(vendor()->rename(session, "carl"), CKR_USER_NOT_LOGGED_IN);
}

/* --- remove, check --- */

static void a_removed_container_is_gone(void **state) {
    CK_SLOT_ID slot = make_token("keyfob registry", "anna");
    assert_ok(vendor()->remove(slot));
    assert_int_equal(labelled_slot("anna"), -1);
    assert_int_not_equal(vendor()->remove(slot), CKR_OK);
}

static void a_check_finds_a_flipped_bit(void **state) {
    CK_SESSION_HANDLE session = open_user(make_token("keyfob disk", "anna"));
    make_ec_key(session, false);
    assert_ok(vendor()->check(session));
    assert_ok(C_Logout(session));
    assert_ok(vendor()->check(session));
    run("printf '\\377' | dd of=home/containers/anna.kfc bs=1 conv=notrunc "
        "seek=$(($(stat -c %s home/containers/anna.kfc) - 40)) status=none");
    assert_int_not_equal(vendor()->check(session), CKR_OK);
}

static void nonsense_is_refused(void **state) {
    struct kf_password password = secret(USER_PIN);
    unsigned long slot = 0;
    assert_rv(vendor()->message(NULL), CKR_ARGUMENTS_BAD);
    assert_rv(vendor()->offer(NULL, NULL, &slot), CKR_ARGUMENTS_BAD);
    assert_rv(vendor()->describe(99999, &(struct kf_place){0}), CKR_SLOT_ID_INVALID);
    assert_rv(vendor()->move(99999, "disk", NULL, &slot), CKR_SLOT_ID_INVALID);
    assert_rv(vendor()->remove(99999), CKR_SLOT_ID_INVALID);
    assert_rv(vendor()->rename(99999, "x"), CKR_SESSION_HANDLE_INVALID);
    assert_rv(vendor()->check(99999), CKR_SESSION_HANDLE_INVALID);
    assert_rv(vendor()->copy(99999, "disk", NULL, "x", &password, NULL, &slot),
              CKR_SESSION_HANDLE_INVALID);
    assert_rv(vendor()->drop_unblock(99999), CKR_SESSION_HANDLE_INVALID);
    assert_ok(C_Finalize(NULL));
    assert_rv(vendor()->offer("disk", NULL, &slot), CKR_CRYPTOKI_NOT_INITIALIZED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_MODULE(the_interface_has_a_name_and_a_version),
        IN_MODULE(an_empty_slot_is_offered),
        IN_MODULE(a_stick_is_offered_with_its_folder),
        IN_MODULE(a_container_is_described),
        IN_MODULE(a_success_takes_the_sentence_away),
        IN_MODULE(the_so_takes_the_unblock_secret_away),
        IN_MODULE(the_only_secret_is_not_taken_away),
        IN_MODULE(a_copy_has_the_keys_and_an_identity_of_its_own),
        IN_MODULE(a_copy_without_unblock_secret_has_none),
        IN_MODULE(a_copy_wants_the_right_password),
        IN_MODULE(a_copy_takes_no_name_away),
        IN_MODULE(a_moved_container_is_the_same),
        IN_MODULE(a_container_in_use_stays),
        IN_MODULE(an_interrupted_move_is_finished),
        IN_MODULE(two_that_differ_are_left_alone),
        IN_MODULE(another_container_of_that_name_is_left_alone),
        IN_MODULE(wrong_passwords_are_counted_across_a_move),
        IN_MODULE(a_medium_that_is_not_there_gets_nothing),
        IN_MODULE(a_folder_behind_a_link_is_the_same_folder),
        IN_MODULE(a_file_is_not_moved_onto_itself),
        IN_MODULE(a_renamed_container_has_both_names),
        IN_MODULE(a_name_for_sticks_stands_for_an_odd_label),
        IN_MODULE(a_taken_name_is_not_given),
        IN_MODULE(a_removed_container_is_gone),
        IN_MODULE(a_check_finds_a_flipped_bit),
        IN_MODULE(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
