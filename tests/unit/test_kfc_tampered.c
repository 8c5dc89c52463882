// SPDX-License-Identifier: Apache-2.0
// Containers that were damaged, and such that somebody changed who has no password: refused, or the
// same content, never other content.
#include "kfc_fixture.h"

static kf_buf sound; /* two objects: 1 "certificate", 2 "key" with "secret" */

static int make_sound(void **state) {
    if (make_box(state) != 0)
        return -1;
    KF_AUTO_PTR(kfc) box = open_box();
    add_object(box, "certificate", NULL);
    add_object(box, "key", "secret");
    kf_buf_clear(&sound);
    sound.max = KF_BLOB_MAX;
    read_blob(&sound);
    return 0;
}

static int free_sound(void **state) {
    kf_buf_clear(&sound);
    return free_box(state);
}

static void copy_sound(kf_buf *ret_copy) {
    ret_copy->max = KF_BLOB_MAX;
    assert_int_equal(kf_buf_set(ret_copy, sound.data, sound.len), KF_OK);
}

/* What opening this blob, and checking it without and with the master key, comes to. */
static kf_err open_and_check(const kf_buf *blob, const kf_locked *with) {
    KF_AUTO_PTR(kfc) box = NULL;
    write_blob("box", blob);
    KF_TRY(kfc_open(medium, "box", &box));
    return kfc_check(box, with, arena);
}

static bool is_refusal(kf_err err) {
    return err == KF_E_INPUT || err == KF_E_UNSUPPORTED;
}

static size_t head_len(void) {
    return kfc_head_len(2);
}

/* --- damage --- */

static void every_flipped_byte_is_noticed_without_a_password(void **state) {
    const uint8_t patterns[] = {0x01, 0x80, 0xff};
    KF_AUTO(kf_buf) blob = {0};
    copy_sound(&blob);
    for (size_t at = 0; at < blob.len; at++)
        for (size_t i = 0; i < sizeof patterns; i++) {
            blob.data[at] ^= patterns[i];
            assert_true(is_refusal(open_and_check(&blob, NULL)));
            blob.data[at] ^= patterns[i];
        }
    assert_int_equal(open_and_check(&blob, &master), KF_OK);
}

static void a_flipped_body_is_not_given_out(void **state) {
    KF_AUTO(kf_buf) blob = {0};
    copy_sound(&blob);
    for (size_t at = head_len(); at < blob.len; at++) {
        KF_AUTO(kf_buf) one = {0}, two = {0};
        blob.data[at] ^= 0x10;
        write_blob("box", &blob);
        KF_AUTO_PTR(kfc) box = open_box();
        kf_err first = kfc_read(box, 1, NULL, NULL, &one, NULL);
        kf_err second = kfc_read(box, 2, NULL, NULL, &two, NULL);
        assert_true((first == KF_E_INPUT) != (second == KF_E_INPUT));
        blob.data[at] ^= 0x10;
    }
}

static void every_truncation_is_refused(void **state) {
    kf_buf part = sound;
    for (part.len = 0; part.len < sound.len; part.len++)
        assert_int_equal(open_and_check(&part, NULL), KF_E_INPUT);
}

static void what_is_appended_is_refused(void **state) {
    KF_AUTO(kf_buf) blob = {0};
    copy_sound(&blob);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(kf_buf_add(&blob, "", 1), KF_OK);
        assert_int_equal(open_and_check(&blob, NULL), KF_E_INPUT);
    }
}

/* One that is read in several pieces. */
static void a_large_one_is_refused_as_well(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    KF_AUTO(kf_buf) blob = {.max = KF_BLOB_MAX};
    struct kfc_object *objects = calloc(400, sizeof *objects);
    static const uint8_t secret[100];
    for (size_t i = 0; i < 400; i++)
        objects[i] = (struct kfc_object){.sealed = secret, .sealed_len = sizeof secret};
    struct kfc_change change = {.put = objects, .put_count = 400};
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_OK);
    read_blob(&blob);
    assert_int_equal(open_and_check(&blob, &master), KF_OK);
    size_t whole = blob.len;
    for (blob.len = 0; blob.len < whole; blob.len += 61)
        assert_int_equal(open_and_check(&blob, NULL), KF_E_INPUT);
    blob.len = whole;
    assert_int_equal(kf_buf_add(&blob, "x", 1), KF_OK);
    assert_int_equal(open_and_check(&blob, NULL), KF_E_INPUT);
    free(objects);
}

static void the_sentence_names_the_container(void **state) {
    KF_AUTO(kf_buf) blob = {0};
    KF_AUTO_PTR(kfc) box = NULL;
    copy_sound(&blob);
    blob.data[KFC_AT_LABEL] ^= 1;
    write_blob("box", &blob);
    assert_int_equal(kfc_open(medium, "box", &box), KF_E_INPUT);
    assert_string_equal(kf_error_sentence(KF_E_INPUT),
                        "container \"box\" in \"memory\": its checksum is wrong");
    assert_int_equal(kfc_open(medium, "none", &box), KF_E_NOT_FOUND);
    assert_null(box);
}

/* --- intent, without the master key --- */

static void every_flipped_byte_with_a_mended_sum_is_noticed_at_login(void **state) {
    KF_AUTO(kf_buf) blob = {0};
    copy_sound(&blob);
    for (size_t at = 0; at < blob.len; at++)
        for (int bit = 0; bit < 8; bit += 3) {
            blob.data[at] ^= 1u << bit;
            mend_crc(&blob);
            bool is_the_sum = at >= head_len() - KFC_CRC_LEN && at < head_len();
            assert_int_equal(!is_refusal(open_and_check(&blob, &master)), is_the_sum);
            copy_sound(&blob);
        }
}

static void a_body_with_mended_sums_is_noticed_at_login(void **state) {
    KF_AUTO(kf_buf) blob = {0};
    copy_sound(&blob);
    uint8_t *entry = blob.data + KFC_AT_INDEX, *body = blob.data + head_len();
    body[8] ^= 1;
    kfc_put32(entry + KFC_ENTRY_CRC, kfc_crc(0, body, kfc_get32(entry + KFC_ENTRY_OPEN_LEN)));
    mend_crc(&blob);
    assert_int_equal(open_and_check(&blob, NULL), KF_OK); /* as docs/CONTAINERS.md says */
    KF_AUTO_PTR(kfc) box = open_box();
    KF_AUTO(kf_buf) open = {0};
    KF_AUTO(kf_locked) none = {0};
    assert_int_equal(kfc_unlock(box, KFC_USER, PIN("password"), arena, &none), KF_E_INPUT);
    assert_int_equal(kfc_read(box, 1, &master, arena, &open, NULL), KF_E_INPUT);
    assert_null(none.data);
}

static void a_flipped_slot_opens_for_nobody(void **state) {
    KF_AUTO(kf_buf) blob = {0};
    for (size_t i = 0; i < KFC_SLOT_LEN; i += 5) {
        KF_AUTO_PTR(kfc) box = NULL;
        KF_AUTO(kf_locked) none = {0};
        copy_sound(&blob);
        blob.data[KFC_AT_SLOTS + i] ^= 1;
        mend_crc(&blob);
        write_blob("box", &blob);
        kf_err err = kfc_open(medium, "box", &box);
        if (err == KF_OK)
            err = kfc_unlock(box, KFC_USER, PIN("password"), arena, &none);
        assert_true(is_refusal(err) || err == KF_E_PIN_WRONG);
    }
}

static void costs_beyond_the_ceiling_are_not_paid(void **state) {
    const uint8_t costs[] = {0, 13, 21, 31, 63, 255};
    KF_AUTO(kf_buf) blob = {0};
    copy_sound(&blob);
    for (size_t i = 0; i < sizeof costs; i++) {
        blob.data[KFC_AT_SLOTS + KFC_SLOT_LOGN] = costs[i];
        mend_crc(&blob);
        assert_int_equal(open_and_check(&blob, NULL), KF_E_UNSUPPORTED);
    }
}

static void swapped_slots_open_for_nobody(void **state) {
    KF_AUTO(kf_buf) blob = {0};
    KF_AUTO(kf_locked) none = {0};
    copy_sound(&blob);
    memcpy(blob.data + KFC_AT_SLOTS, sound.data + KFC_AT_SLOTS + KFC_SLOT_LEN, KFC_SLOT_LEN);
    memcpy(blob.data + KFC_AT_SLOTS + KFC_SLOT_LEN, sound.data + KFC_AT_SLOTS, KFC_SLOT_LEN);
    mend_crc(&blob);
    write_blob("box", &blob);
    KF_AUTO_PTR(kfc) box = open_box();
    assert_int_equal(kfc_unlock(box, KFC_USER, PIN("unblock"), arena, &none), KF_E_PIN_WRONG);
    assert_int_equal(kfc_unlock(box, KFC_SO, PIN("password"), arena, &none), KF_E_PIN_WRONG);
}

static void a_slot_of_another_container_opens_nothing(void **state) {
    const struct kfc_new order = {
        .user_pin = (const uint8_t *)"mine", .user_pin_len = 4, .log_n = LOG_N};
    KF_AUTO(kf_buf) other = {.max = KF_BLOB_MAX}, blob = {0};
    KF_AUTO(kf_locked) none = {0};
    copy_sound(&blob);
    assert_int_equal(kfc_make(arena, &order, &other), KF_OK);
    memcpy(blob.data + KFC_AT_SLOTS, other.data + KFC_AT_SLOTS, KFC_SLOT_LEN);
    mend_crc(&blob);
    write_blob("box", &blob);
    KF_AUTO_PTR(kfc) box = open_box();
    assert_int_equal(kfc_unlock(box, KFC_USER, PIN("mine"), arena, &none), KF_E_PIN_WRONG);
    assert_int_equal(kfc_unlock(box, KFC_SO, PIN("unblock"), arena, &none), KF_E_INPUT);
}

/* --- the index --- */

static void swap_entries(kf_buf *blob) {
    uint8_t *first = blob->data + KFC_AT_INDEX;
    memcpy(first, sound.data + KFC_AT_INDEX + KFC_ENTRY_LEN, KFC_ENTRY_LEN);
    memcpy(first + KFC_ENTRY_LEN, sound.data + KFC_AT_INDEX, KFC_ENTRY_LEN);
}

static void repeat_entry(kf_buf *blob) {
    memcpy(blob->data + KFC_AT_INDEX + KFC_ENTRY_LEN, sound.data + KFC_AT_INDEX, KFC_ENTRY_LEN);
}

static void swap_numbers(kf_buf *blob) {
    kfc_put32(blob->data + KFC_AT_INDEX, 2);
    kfc_put32(blob->data + KFC_AT_INDEX + KFC_ENTRY_LEN, 1);
}

static void forget_numbers(kf_buf *blob) {
    kfc_put32(blob->data + KFC_AT_NEXT, 2);
}

static void shift_boundary(kf_buf *blob) {
    uint8_t *first = blob->data + KFC_AT_INDEX, *second = first + KFC_ENTRY_LEN;
    kfc_put32(first + KFC_ENTRY_OPEN_LEN, kfc_get32(first + KFC_ENTRY_OPEN_LEN) + 1);
    kfc_put32(second + KFC_ENTRY_OPEN_LEN, kfc_get32(second + KFC_ENTRY_OPEN_LEN) - 1);
}

static void overlap_bodies(kf_buf *blob) {
    uint8_t *first = blob->data + KFC_AT_INDEX;
    kfc_put32(first + KFC_ENTRY_SEALED_LEN, 0xfffffff0u);
}

/* The last object with its body. */
static void drop_entry(kf_buf *blob) {
    size_t entry = KFC_AT_INDEX + KFC_ENTRY_LEN;
    size_t body = kfc_get32(blob->data + KFC_AT_INDEX + KFC_ENTRY_OPEN_LEN);
    memmove(blob->data + entry, blob->data + entry + KFC_ENTRY_LEN,
            KFC_HMAC_LEN + KFC_CRC_LEN + body);
    blob->len = kfc_head_len(1) + body;
    kfc_put32(blob->data + KFC_AT_COUNT, 1);
    kfc_put64(blob->data + KFC_AT_TOTAL, blob->len);
}

static void an_impossible_index_is_refused_without_a_password(void **state) {
    void (*const changes[])(kf_buf *) = {swap_entries, repeat_entry, swap_numbers, forget_numbers,
                                         overlap_bodies};
    KF_AUTO(kf_buf) blob = {0};
    for (size_t i = 0; i < KF_COUNT(changes); i++) {
        KF_AUTO_PTR(kfc) box = NULL;
        copy_sound(&blob);
        changes[i](&blob);
        mend_crc(&blob);
        write_blob("box", &blob);
        assert_int_equal(kfc_open(medium, "box", &box), KF_E_INPUT);
    }
}

static void a_possible_index_that_somebody_changed_is_refused_at_login(void **state) {
    void (*const changes[])(kf_buf *) = {shift_boundary, drop_entry};
    KF_AUTO(kf_buf) blob = {0};
    for (size_t i = 0; i < KF_COUNT(changes); i++) {
        copy_sound(&blob);
        changes[i](&blob);
        mend_crc(&blob);
        assert_int_equal(open_and_check(&blob, &master), KF_E_INPUT);
    }
}

static void a_dropped_object_is_noticed_at_login_and_at_the_next_change(void **state) {
    KF_AUTO(kf_buf) blob = {0}, after = {.max = KF_BLOB_MAX};
    KF_AUTO(kf_locked) none = {0};
    copy_sound(&blob);
    drop_entry(&blob);
    mend_crc(&blob);
    assert_int_equal(open_and_check(&blob, NULL), KF_OK);
    KF_AUTO_PTR(kfc) box = open_box();
    struct kfc_change change = {.label = "x"};
    assert_int_equal(kfc_unlock(box, KFC_USER, PIN("password"), arena, &none), KF_E_INPUT);
    assert_int_equal(kfc_refresh(box, &master, NULL), KF_E_INPUT);
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_E_INPUT);
    read_blob(&after);
    assert_true(kf_buf_equal(&blob, &after));
}

/* --- older and newer --- */

static void a_body_of_an_older_generation_is_refused(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    KF_AUTO(kf_buf) blob = {.max = KF_BLOB_MAX};
    KF_AUTO(kf_buf) open = {0};
    assert_int_equal(kfc_attribute_add(&open, TYPE_LABEL, "key", 3), KF_OK);
    struct kfc_object object = {.number = 2,
                                .object_class = CLASS_PRIVATE,
                                .is_private = true,
                                .label_tag = kfc_tag("key", 3),
                                .open = open.data,
                                .open_len = open.len,
                                .sealed = (const uint8_t *)"newer!",
                                .sealed_len = 6};
    struct kfc_change change = {.put = &object, .put_count = 1};
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_OK);
    read_blob(&blob);
    size_t body = kfc_get32(sound.data + KFC_AT_INDEX + KFC_ENTRY_OPEN_LEN) + head_len();
    memcpy(blob.data + body, sound.data + body, sound.len - body);
    assert_int_equal(open_and_check(&blob, NULL), KF_E_INPUT);
    size_t entry = KFC_AT_INDEX + KFC_ENTRY_LEN;
    memcpy(blob.data + entry, sound.data + entry, KFC_ENTRY_LEN);
    mend_crc(&blob);
    assert_int_equal(open_and_check(&blob, NULL), KF_OK);
    assert_int_equal(open_and_check(&blob, &master), KF_E_INPUT);
}

static void whoever_saw_a_newer_generation_refuses_the_older(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    struct kfc_change change = {.label = "newer"};
    bool changed = false;
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_OK);
    write_blob("box", &sound);
    assert_int_equal(kfc_refresh(box, &master, NULL), KF_E_INPUT);
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_E_INPUT);
    assert_string_equal(kfc_info(box)->label, "newer");
    assert_int_equal(kfc_refresh(box, NULL, &changed), KF_OK); /* nobody is logged in */
    assert_true(changed);
    assert_string_equal(kfc_info(box)->label, "box");
}

static void a_newer_version_is_refused_and_left_alone(void **state) {
    KF_AUTO_PTR(kfc) box = open_box();
    KF_AUTO_PTR(kfc) none = NULL;
    KF_AUTO(kf_buf) newer = {0}, after = {.max = KF_BLOB_MAX};
    struct kfc_change change = {.label = "x"};
    copy_sound(&newer);
    kfc_put16(newer.data + KFC_AT_VERSION, KFC_VERSION + 1);
    write_blob("box", &newer);
    assert_int_equal(kfc_open(medium, "box", &none), KF_E_UNSUPPORTED);
    assert_int_equal(kfc_refresh(box, &master, NULL), KF_E_UNSUPPORTED);
    assert_int_equal(kfc_commit(box, arena, &master, &change), KF_E_UNSUPPORTED);
    read_blob(&after);
    assert_true(kf_buf_equal(&newer, &after));
}

static void another_container_in_its_place_is_not_written_to(void **state) {
    const struct kfc_new order = {
        .user_pin = (const uint8_t *)"mine", .user_pin_len = 4, .log_n = LOG_N};
    KF_AUTO_PTR(kfc) box = open_box();
    KF_AUTO(kf_buf) other = {.max = KF_BLOB_MAX}, after = {.max = KF_BLOB_MAX};
    struct kfc_change change = {
        .erase = true, .set_slot = true, .slot = KFC_SO, .pin = (const uint8_t *)"x", .pin_len = 1};
    assert_int_equal(kfc_make(arena, &order, &other), KF_OK);
    write_blob("box", &other);
    assert_int_equal(kfc_commit(box, arena, NULL, &change), KF_E_INPUT);
    read_blob(&after);
    assert_true(kf_buf_equal(&other, &after));
}

#define WITH_SOUND(test) cmocka_unit_test_setup_teardown(test, make_sound, free_sound)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_SOUND(every_flipped_byte_is_noticed_without_a_password),
        WITH_SOUND(a_flipped_body_is_not_given_out),
        WITH_SOUND(every_truncation_is_refused),
        WITH_SOUND(what_is_appended_is_refused),
        WITH_SOUND(a_large_one_is_refused_as_well),
        WITH_SOUND(the_sentence_names_the_container),
        WITH_SOUND(every_flipped_byte_with_a_mended_sum_is_noticed_at_login),
        WITH_SOUND(a_body_with_mended_sums_is_noticed_at_login),
        WITH_SOUND(a_flipped_slot_opens_for_nobody),
        WITH_SOUND(costs_beyond_the_ceiling_are_not_paid),
        WITH_SOUND(swapped_slots_open_for_nobody),
        WITH_SOUND(a_slot_of_another_container_opens_nothing),
        WITH_SOUND(an_impossible_index_is_refused_without_a_password),
        WITH_SOUND(a_possible_index_that_somebody_changed_is_refused_at_login),
        WITH_SOUND(a_dropped_object_is_noticed_at_login_and_at_the_next_change),
        WITH_SOUND(a_body_of_an_older_generation_is_refused),
        WITH_SOUND(whoever_saw_a_newer_generation_refuses_the_older),
        WITH_SOUND(a_newer_version_is_refused_and_left_alone),
        WITH_SOUND(another_container_in_its_place_is_not_written_to),
    };
    return cmocka_run_group_tests(tests, make_group, free_group);
}
