// SPDX-License-Identifier: Apache-2.0
// Another process writes the container while this one works with it.
#include "module_objects.h"

#include "kfc/kfc.h"
#include "keys/arena.h"

/* What another process has of the container. */
static struct {
    kf_arena *arena;
    kf_medium *medium;
    kfc *container;
    kf_locked master;
} other;

static bool take_name(void *arg, const char *name) {
    snprintf(arg, KF_NAME_MAX + 1, "%s", name);
    return false;
}

static int start_disk(void **state) {
    char folder[600], name[KF_NAME_MAX + 1] = "";
    if (start_module(state) != 0)
        return -1;
    slot = make_token("keyfob disk", "shared");
    session = open_session(slot, CKF_RW_SESSION);
    snprintf(folder, sizeof folder, "%s/home/containers", base_dir);
    assert_int_equal(kf_arena_new(&other.arena), KF_OK);
    assert_int_equal(kf_disk_medium_new(folder, false, &other.medium), KF_OK);
    assert_int_equal(kf_medium_list(other.medium, take_name, name), KF_OK);
    assert_int_equal(kfc_open(other.medium, name, &other.container), KF_OK);
    assert_int_equal(kfc_unlock(other.container, KFC_USER, (const uint8_t *)USER_PIN,
                                strlen(USER_PIN), other.arena, &other.master),
                     KF_OK);
    return log_in(state);
}

static int end_disk(void **state) {
    kfc_free(other.container);
    kf_locked_clear(&other.master);
    kf_medium_free(other.medium);
    kf_arena_free(other.arena);
    return end_module(state);
}

/* A data object of another process, which moves the bodies of all that come after it. */
static uint32_t put_foreign(const char *label) {
    KF_AUTO(kf_buf) open = {0};
    kfc_attribute_add(&open, CKA_LABEL, label, strlen(label));
    struct kfc_object object = {.object_class = CKO_DATA,
                                .id_tag = kfc_tag(NULL, 0),
                                .label_tag = kfc_tag(label, strlen(label)),
                                .open = open.data,
                                .open_len = open.len};
    struct kfc_change change = {.put = &object, .put_count = 1};
    assert_int_equal(kfc_commit(other.container, other.arena, &other.master, &change), KF_OK);
    return object.number;
}

static void remove_foreign(CK_OBJECT_HANDLE object) {
    uint32_t number = (uint32_t)object;
    struct kfc_change change = {.removed = &number, .removed_count = 1};
    assert_int_equal(kfc_commit(other.container, other.arena, &other.master, &change), KF_OK);
}

static CK_RV sign_with(CK_OBJECT_HANDLE key) {
    CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0};
    CK_BYTE digest[32] = {1}, signature[64];
    CK_ULONG len = sizeof signature;
    CK_RV rv = C_SignInit(session, &ecdsa, key);
    return rv == CKR_OK ? C_Sign(session, digest, sizeof digest, signature, &len) : rv;
}

static void what_another_made_is_found(void **state) {
    assert_int_equal(find(TEMPLATE(TEXT(CKA_LABEL, "foreign"))), 0);
    uint32_t number = put_foreign("foreign");
    CK_OBJECT_HANDLE found = 0;
    assert_int_equal(find_in(session, TEMPLATE(TEXT(CKA_LABEL, "foreign")), &found), 1);
    assert_int_equal(found, number);
}

static void what_another_removed_is_gone(void **state) {
    CK_OBJECT_HANDLE found = 0;
    CK_ULONG len = 0;
    put_foreign("removed");
    assert_int_equal(find_in(session, TEMPLATE(TEXT(CKA_LABEL, "removed")), &found), 1);
    remove_foreign(found);
    assert_int_equal(find(TEMPLATE(TEXT(CKA_LABEL, "removed"))), 0);
    assert_rv(get(found, CKA_LABEL, NULL, &len), CKR_OBJECT_HANDLE_INVALID);
    assert_rv(C_DestroyObject(session, found), CKR_OBJECT_HANDLE_INVALID);
}

static void handles_hold_while_bodies_move(void **state) {
    uint32_t first = put_foreign("the first of two");
    struct pair pair = make_pair(&make_ec, CK_TRUE, "moving");
    assert_ok(C_Logout(session));
    assert_ok(login(session, CKU_USER, USER_PIN)); /* nothing is read yet */
    CK_OBJECT_HANDLE key = 0;
    assert_int_equal(find_in(session, TEMPLATE(NUMBER(CKA_CLASS, private_class)), &key), 1);
    remove_foreign(first);
    assert_true(bytes_are(pair.public, CKA_ID, "moving", 6));
    assert_ok(sign_with(key));
    put_foreign("one more");
    assert_ok(sign_with(key));
    assert_ok(C_DestroyObject(session, key));
}

static void opened_keys_go_on_and_are_forgotten_when_removed(void **state) {
    struct pair pair = make_pair(&make_ec, CK_TRUE, "opened");
    assert_ok(sign_with(pair.private));
    put_foreign("in between");
    assert_int_equal(find(TEMPLATE(TEXT(CKA_LABEL, "in between"))), 1);
    assert_ok(sign_with(pair.private));
    remove_foreign(pair.private);
    assert_int_equal(find(TEMPLATE(NUMBER(CKA_CLASS, private_class), TEXT(CKA_ID, "opened"))), 0);
    assert_rv(sign_with(pair.private), CKR_KEY_HANDLE_INVALID);
}

static void changes_of_both_stay(void **state) {
    struct pair pair = make_pair(&make_ec, CK_TRUE, "both");
    put_foreign("of the other");
    assert_ok(set(pair.public, CKA_LABEL, "ours", 4));
    put_foreign("of the other as well");
    assert_ok(set(pair.private, CKA_LABEL, "ours", 4));
    assert_int_equal(find(TEMPLATE(TEXT(CKA_LABEL, "ours"))), 2);
    assert_int_equal(find(TEMPLATE(TEXT(CKA_LABEL, "of the other"))), 1);
    assert_int_equal(find(TEMPLATE(TEXT(CKA_LABEL, "of the other as well"))), 1);
    assert_ok(sign_with(pair.private));
}

#define OBJECT_TEST(test) cmocka_unit_test_setup(test, log_in)

int main(void) {
    const struct CMUnitTest tests[] = {
        OBJECT_TEST(what_another_made_is_found),
        OBJECT_TEST(what_another_removed_is_gone),
        OBJECT_TEST(handles_hold_while_bodies_move),
        OBJECT_TEST(opened_keys_go_on_and_are_forgotten_when_removed),
        OBJECT_TEST(changes_of_both_stay),
    };
    return cmocka_run_group_tests(tests, start_disk, end_disk);
}
