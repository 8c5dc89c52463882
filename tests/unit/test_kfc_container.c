// SPDX-License-Identifier: Apache-2.0
// Containers: made, opened, changed, copied; what is put in comes out again.
#include <openssl/err.h>

#include "kfc_fixture.h"

static void a_new_container_is_empty_and_opens_with_both_secrets(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    KF_AUTO(kf_locked) by_so = {0};
    assert_string_equal(kfc_info(box)->label, "box");
    assert_true(kfc_info(box)->has_user && kfc_info(box)->has_so);
    assert_int_equal(kfc_info(box)->generation, 1);
    assert_int_equal(kfc_count(box), 0);
    assert_int_equal(kfc_unlock(box, KFC_SO, PIN("unblock"), arena, &by_so), KF_OK);
    assert_memory_equal(by_so.data, master.data, KFC_MASTER_LEN);
}

static void a_wrong_pin_is_wrong_in_either_slot(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    KF_AUTO(kf_locked) none = {0};
    assert_int_equal(kfc_unlock(box, KFC_USER, PIN("unblock"), arena, &none), KF_E_PIN_WRONG);
    assert_int_equal(kfc_unlock(box, KFC_SO, PIN("password"), arena, &none), KF_E_PIN_WRONG);
    assert_null(none.data);
    assert_int_equal(ERR_peek_error(), 0);
}

static void a_pin_of_impossible_length_is_not_looked_at(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    KF_AUTO(kf_locked) none = {0};
    uint8_t longer[4096];
    memset(longer, 'a', sizeof longer);
    assert_int_equal(kfc_unlock(box, KFC_USER, NULL, 0, arena, &none), KF_E_PIN_LENGTH);
    assert_int_equal(kfc_unlock(box, KFC_USER, longer, 0, arena, &none), KF_E_PIN_LENGTH);
    assert_int_equal(kfc_unlock(box, KFC_USER, longer, 256, arena, &none), KF_E_PIN_LENGTH);
    assert_int_equal(kfc_unlock(box, KFC_USER, longer, 4096, arena, &none), KF_E_PIN_LENGTH);
    assert_int_equal(kfc_unlock(box, KFC_USER, (const uint8_t *)"pass\0word", 9, arena, &none),
                     KF_E_PIN_LENGTH);
}

static void objects_come_back_as_they_were_put(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    uint32_t certificate = add_object(box, "certificate", NULL);
    uint32_t key = add_object(box, "key", "secret");
    KF_AUTO_PTR(kfc) again = open_box();
    assert_int_equal(kfc_count(again), 2);
    assert_true(object_is(again, certificate, "certificate", NULL));
    assert_true(object_is(again, key, "key", "secret"));
    assert_int_equal(kfc_entry(again, key)->object_class, CLASS_PRIVATE);
    assert_true(kfc_entry(again, key)->is_private && !kfc_entry(again, certificate)->is_private);
    assert_int_equal(kfc_entry(again, key)->label_tag, kfc_tag("key", 3));
    assert_ptr_equal(kfc_at(again, 1), kfc_entry(again, key));
    assert_null(kfc_at(again, 2));
    assert_null(kfc_entry(again, 3));
    assert_int_equal(kfc_check(again, &master, arena), KF_OK);
}

static void the_open_part_needs_no_login(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    KF_AUTO(kf_buf) open = {0};
    uint32_t key = add_object(box, "key", "secret");
    assert_int_equal(kfc_read(box, key, NULL, NULL, &open, NULL), KF_OK);
    assert_int_equal(open.len, 8 + 3);
    assert_int_equal(kfc_check(box, NULL, NULL), KF_OK);
}

static void secrets_are_not_in_the_blob(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    KF_AUTO(kf_buf) blob = {.max = KF_BLOB_MAX};
    add_object(box, "visible label", "canary in the mine");
    read_blob(&blob);
    assert_non_null(memmem(blob.data, blob.len, "visible label", 13));
    assert_null(memmem(blob.data, blob.len, "canary", 6));
    assert_null(memmem(blob.data, blob.len, master.data, 16));
}

static void an_object_is_put_again_in_its_place(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    KF_AUTO(kf_buf) open = {0};
    uint32_t key = add_object(box, "key", "secret"), other = add_object(box, "other", NULL);
    assert_int_equal(kfc_attribute_add(&open, TYPE_LABEL, "renamed", 7), KF_OK);
    struct kfc_object object = {
        .number = key, .open = open.data, .open_len = open.len, .keep_sealed = true};
    struct kfc_change change = {.put = &object, .put_count = 1};
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_OK);
    assert_true(object_is(box, key, "renamed", "secret"));
    assert_true(object_is(box, other, "other", NULL));
    object.keep_sealed = false;
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_OK);
    assert_true(object_is(box, key, "renamed", NULL));
    assert_int_equal(kfc_count(box), 2);
}

static void numbers_are_never_used_again(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    uint32_t first = add_object(box, "a", NULL), second = add_object(box, "b", NULL);
    assert_int_equal(remove_object(box, second), KF_OK);
    assert_int_equal(remove_object(box, second), KF_E_NOT_FOUND);
    assert_true(add_object(box, "c", NULL) > second);
    assert_int_equal(remove_object(box, first), KF_OK);
    assert_null(kfc_entry(box, first));
    assert_int_equal(kfc_count(box), 1);
}

static void a_change_that_cannot_be_made_writes_nothing(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    KF_AUTO(kf_buf) before = {.max = KF_BLOB_MAX}, after = {.max = KF_BLOB_MAX};
    uint32_t there = add_object(box, "a", NULL), missing[] = {there, there + 1};
    struct kfc_object twice[] = {{.number = there}, {.number = there}};
    struct kfc_object malformed = {.open = (const uint8_t *)"abc", .open_len = 3};
    struct kfc_change changes[] = {{.removed = missing, .removed_count = 2},
                                   {.put = twice, .put_count = 2},
                                   {.put = &malformed, .put_count = 1},
                                   {.label = "a label of more than thirty-two bytes"},
                                   {.label = "bell\a"},
                                   {.set_slot = true, .pin = (const uint8_t *)"x", .log_n = 21},
                                   {.set_slot = true, .pin = (const uint8_t *)"", .pin_len = 0},
                                   {.erase = true}};
    read_blob(&before);
    for (size_t i = 0; i < KF_COUNT(changes); i++)
        assert_int_not_equal(kfc_commit(box, arena, &master, &changes[i]), KF_OK);
    struct kfc_change good = {.label = "x"};
    assert_int_equal(kfc_commit(box, arena, NULL, &good), KF_E_STATE);
    read_blob(&after);
    assert_true(kf_buf_equal(&before, &after));
    assert_int_equal(kfc_info(box)->generation, 2);
    assert_int_equal(malformed.number, 0);
}

static void an_object_has_a_largest_size(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    KF_AUTO(kf_buf) open = {0};
    uint8_t *big = calloc(1, KFC_BODY_MAX);
    assert_int_equal(kfc_attribute_add(&open, TYPE_LABEL, "x", 1), KF_OK);
    struct kfc_object object = {
        .open = open.data, .open_len = open.len, .sealed = big, .sealed_len = KFC_BODY_MAX - 8};
    struct kfc_change change = {.put = &object, .put_count = 1};
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_E_TOO_LARGE);
    object.sealed_len = KFC_BODY_MAX - 9;
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_OK);
    assert_int_equal(kfc_check(box, &master, arena), KF_OK);
    free(big);
}

/* --- slots --- */

static void a_new_pin_leaves_objects_and_master_key_alone(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    KF_AUTO(kf_buf) before = {.max = KF_BLOB_MAX}, after = {.max = KF_BLOB_MAX};
    KF_AUTO(kf_locked) opened = {0};
    add_object(box, "key", "secret");
    read_blob(&before);
    struct kfc_change change = {
        .set_slot = true, .slot = KFC_USER, .pin = (const uint8_t *)"new password", .pin_len = 12};
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_OK);
    read_blob(&after);
    size_t entry = KFC_AT_SLOTS + KFC_SLOT_LEN;
    assert_int_equal(before.len, after.len);
    assert_memory_equal(before.data + entry, after.data + entry,
                        KFC_AT_INDEX + KFC_ENTRY_LEN - entry);
    assert_int_equal(kfc_unlock(box, KFC_USER, PIN("password"), arena, &opened), KF_E_PIN_WRONG);
    assert_int_equal(kfc_unlock(box, KFC_USER, PIN("new password"), arena, &opened), KF_OK);
    assert_memory_equal(opened.data, master.data, KFC_MASTER_LEN);
    assert_int_equal(after.data[KFC_AT_SLOTS + KFC_SLOT_LOGN], LOG_N);
}

static void a_slot_is_emptied_but_never_the_last(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    KF_AUTO(kf_locked) none = {0};
    struct kfc_change change = {.clear_slot = true, .slot = KFC_SO};
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_OK);
    assert_false(kfc_info(box)->has_so);
    assert_int_equal(kfc_unlock(box, KFC_SO, PIN("unblock"), arena, &none), KF_E_STATE);
    change.slot = KFC_USER;
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_E_STATE);
    assert_true(kfc_info(box)->has_user);
}

static void erasing_makes_a_new_master_key(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    KF_AUTO(kf_locked) fresh = {0};
    uint32_t key = add_object(box, "key", "secret");
    struct kfc_change change = {.erase = true,
                                .set_slot = true,
                                .slot = KFC_SO,
                                .pin = (const uint8_t *)"new so",
                                .pin_len = 6,
                                .label = "anew"};
    assert_int_equal(kfc_commit(box, arena, NULL, &change), KF_OK);
    assert_int_equal(kfc_count(box), 0);
    assert_false(kfc_info(box)->has_user);
    assert_string_equal(kfc_info(box)->label, "anew");
    assert_int_equal(kfc_unlock(box, KFC_SO, PIN("new so"), arena, &fresh), KF_OK);
    assert_memory_not_equal(fresh.data, master.data, KFC_MASTER_LEN);
    struct kfc_object object = {.number = 0};
    change = (struct kfc_change){.put = &object, .put_count = 1};
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_E_INPUT);
    assert_int_equal(kfc_commit(box, arena, &fresh, &change), KF_OK);
    assert_true(object.number > key);
}

static void a_container_may_do_without_unblock_secret(void **state) {
    const struct kfc_new order = {
        .user_pin = (const uint8_t *)"p", .user_pin_len = 1, .log_n = LOG_N};
    const struct kfc_new nothing = {.label = "x"},
                         weak = {.user_pin = (const uint8_t *)"p", .user_pin_len = 1, .log_n = 13};
    KF_AUTO(kf_buf) blob = {.max = KF_BLOB_MAX};
    assert_int_equal(kfc_make(arena, &nothing, &blob), KF_E_PIN_NEEDED);
    assert_int_equal(kfc_make(arena, &weak, &blob), KF_E_INPUT);
    assert_int_equal(kfc_make(arena, &order, &blob), KF_OK);
    write_blob("box", &blob);
    KF_AUTO_PTR(kfc) box = open_box();
    assert_true(kfc_info(box)->has_user && !kfc_info(box)->has_so);
    assert_string_equal(kfc_info(box)->label, "");
}

/* --- copies --- */

static void a_copy_has_the_objects_and_an_identity_of_its_own(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    KF_AUTO(kf_buf) blob = {.max = KF_BLOB_MAX};
    KF_AUTO(kf_locked) other = {0}, secret = {0};
    KF_AUTO(kf_buf) open = {0};
    const struct kfc_new order = {
        .user_pin = (const uint8_t *)"other", .user_pin_len = 5, .log_n = LOG_N};
    add_object(box, "gone", NULL);
    uint32_t key = add_object(box, "key", "secret");
    assert_int_equal(remove_object(box, 1), KF_OK);
    assert_int_equal(kfc_reseal(box, arena, &master, &order, &blob), KF_OK);
    write_blob("copy", &blob);
    KF_AUTO_PTR(kfc) copy = NULL;
    assert_int_equal(kfc_open(medium, "copy", &copy), KF_OK);
    assert_memory_not_equal(kfc_info(copy)->uuid, kfc_info(box)->uuid, 16);
    assert_string_equal(kfc_info(copy)->label, "box");
    assert_int_equal(kfc_check(copy, &master, arena), KF_E_INPUT);
    assert_int_equal(kfc_unlock(copy, KFC_USER, PIN("other"), arena, &other), KF_OK);
    assert_memory_not_equal(other.data, master.data, KFC_MASTER_LEN);
    assert_int_equal(kfc_check(copy, &other, arena), KF_OK);
    assert_int_equal(kfc_read(copy, key, &other, arena, &open, &secret), KF_OK);
    assert_memory_equal(secret.data, "secret", 6);
}

/* --- many --- */

enum { MANY = 10000 };

static void ten_thousand_objects_are_found_again(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    KF_AUTO(kf_buf) open = {0};
    struct kfc_object *objects = calloc(MANY, sizeof *objects);
    assert_int_equal(kfc_attribute_add(&open, TYPE_LABEL, "one of many", 11), KF_OK);
    for (size_t i = 0; i < MANY; i++)
        objects[i] = (struct kfc_object){.object_class = CLASS_CERTIFICATE,
                                         .id_tag = (uint32_t)i,
                                         .open = open.data,
                                         .open_len = open.len};
    struct kfc_change change = {.put = objects, .put_count = MANY};
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_OK);
    KF_AUTO_PTR(kfc) again = open_box();
    assert_int_equal(kfc_refresh(again, &master, NULL), KF_OK);
    assert_int_equal(kfc_count(again), MANY);
    for (size_t i = 0; i < MANY; i += 97)
        assert_int_equal(kfc_entry(again, objects[i].number)->id_tag, i);
    assert_true(object_is(again, objects[MANY - 1].number, "one of many", NULL));
    assert_int_equal(add_object(again, "one more", NULL), MANY + 1);
    free(objects);
}

static void a_full_container_says_so(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    struct kfc_object *objects = calloc(KFC_OBJECTS_MAX + 1, sizeof *objects);
    struct kfc_change change = {.put = objects, .put_count = KFC_OBJECTS_MAX + 1};
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_E_TOKEN_FULL);
    assert_int_equal(objects[0].number, 0);
    change.put_count = KFC_OBJECTS_MAX;
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_OK);
    change = (struct kfc_change){.put = &objects[KFC_OBJECTS_MAX], .put_count = 1};
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_E_TOKEN_FULL);
    assert_int_equal(kfc_count(box), KFC_OBJECTS_MAX);
    free(objects);
}

static void more_bytes_than_fit_say_so(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    enum { BIG = 1025 };
    struct kfc_object *objects = calloc(BIG, sizeof *objects);
    uint8_t *big = calloc(1, KFC_BODY_MAX);
    for (size_t i = 0; i < BIG; i++)
        objects[i] = (struct kfc_object){.sealed = big, .sealed_len = KFC_BODY_MAX};
    struct kfc_change change = {.put = objects, .put_count = BIG};
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_E_TOKEN_FULL);
    assert_int_equal(kfc_info(box)->generation, 1);
    free(big);
    free(objects);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_BOX(a_new_container_is_empty_and_opens_with_both_secrets),
        WITH_BOX(a_wrong_pin_is_wrong_in_either_slot),
        WITH_BOX(a_pin_of_impossible_length_is_not_looked_at),
        WITH_BOX(objects_come_back_as_they_were_put),
        WITH_BOX(the_open_part_needs_no_login),
        WITH_BOX(secrets_are_not_in_the_blob),
        WITH_BOX(an_object_is_put_again_in_its_place),
        WITH_BOX(numbers_are_never_used_again),
        WITH_BOX(a_change_that_cannot_be_made_writes_nothing),
        WITH_BOX(an_object_has_a_largest_size),
        WITH_BOX(a_new_pin_leaves_objects_and_master_key_alone),
        WITH_BOX(a_slot_is_emptied_but_never_the_last),
        WITH_BOX(erasing_makes_a_new_master_key),
        WITH_BOX(a_container_may_do_without_unblock_secret),
        WITH_BOX(a_copy_has_the_objects_and_an_identity_of_its_own),
        WITH_BOX(ten_thousand_objects_are_found_again),
        WITH_BOX(a_full_container_says_so),
        WITH_BOX(more_bytes_than_fit_say_so),
    };
    return cmocka_run_group_tests(tests, make_group, free_group);
}
