// SPDX-License-Identifier: Apache-2.0
// A body is bound to its container, its entry and its master key, also where nobody asks the index.
#include "kfc/body.h"

#include "kfc_fixture.h"

static const uint8_t uuid[KFC_UUID_LEN] = "0123456789abcdef";
static uint8_t entry[KFC_ENTRY_LEN];
static kf_buf body;
static const struct kfc_ring ring = {.master = &master, .uuid = uuid};

static int seal_one(void **state) {
    KF_AUTO(kf_buf) open = {0};
    assert_int_equal(kfc_attribute_add(&open, TYPE_LABEL, "key", 3), KF_OK);
    struct kfc_parts parts = {.open = open.data,
                              .open_len = open.len,
                              .sealed = (const uint8_t *)"secret",
                              .sealed_len = *state ? 0 : 6};
    memset(entry, 0, sizeof entry);
    kfc_put32(entry + KFC_ENTRY_NUMBER, 7);
    kf_buf_clear(&body);
    return kfc_body_seal(&ring, &parts, entry, &body);
}

static int clear_one(void **state) {
    kf_buf_clear(&body);
    return 0;
}

static kf_err open_with(const struct kfc_ring *with) {
    return kfc_body_open(with, entry, body.data, arena, NULL);
}

static void what_was_sealed_is_opened(void **state) {
    KF_AUTO(kf_locked) sealed = {0};
    assert_int_equal(kfc_body_open(&ring, entry, body.data, arena, &sealed), KF_OK);
    assert_int_equal(sealed.len, 6);
    assert_memory_equal(sealed.data, "secret", 6);
    assert_null(memmem(body.data, body.len, "secret", 6));
}

static void every_flipped_byte_of_a_body_is_noticed(void **state) {
    for (size_t i = 0; i < body.len; i++) {
        body.data[i] ^= 0x20;
        assert_int_equal(open_with(&ring), KF_E_INPUT);
        body.data[i] ^= 0x20;
    }
    assert_int_equal(open_with(&ring), KF_OK);
}

/* The lengths say where to look, and the checksum is not asked here. */
static void every_flipped_byte_of_its_entry_is_noticed(void **state) {
    for (size_t i = 0; i < KFC_ENTRY_LEN; i++) {
        if (i >= KFC_ENTRY_OPEN_LEN && i < KFC_ENTRY_FRESH)
            continue;
        entry[i] ^= 0x20;
        assert_int_equal(open_with(&ring), KF_E_INPUT);
        entry[i] ^= 0x20;
    }
    assert_int_equal(open_with(&ring), KF_OK);
}

static void the_same_bytes_are_not_the_body_of_another_container(void **state) {
    const uint8_t other[KFC_UUID_LEN] = "0123456789abcdeg";
    assert_int_equal(open_with(&(struct kfc_ring){.master = &master, .uuid = other}), KF_E_INPUT);
}

static void another_master_key_opens_nothing(void **state) {
    KF_AUTO(kf_locked) other = {0};
    assert_int_equal(kf_locked_copy(arena, master.data, master.len, &other), KF_OK);
    other.data[31] ^= 1;
    assert_int_equal(open_with(&(struct kfc_ring){.master = &other, .uuid = uuid}), KF_E_INPUT);
}

static void an_open_part_alone_is_bound_as_well(void **state) {
    int nothing_sealed = 1;
    void *without = &nothing_sealed;
    assert_int_equal(seal_one(&without), KF_OK);
    assert_int_equal(body.len, 8 + 3);
    assert_int_equal(open_with(&ring), KF_OK);
    every_flipped_byte_of_a_body_is_noticed(state);
    every_flipped_byte_of_its_entry_is_noticed(state);
}

static void sealing_twice_gives_other_bytes(void **state) {
    KF_AUTO(kf_buf) before = {0};
    assert_int_equal(kf_buf_set(&before, body.data, body.len), KF_OK);
    assert_int_equal(seal_one(state), KF_OK);
    assert_false(kf_buf_equal(&before, &body));
}

static int begin_group(void **state) {
    return make_group(state) || make_box(state) || free_box(state);
}

#define SEALED(test) cmocka_unit_test_setup_teardown(test, seal_one, clear_one)

int main(void) {
    const struct CMUnitTest tests[] = {
        SEALED(what_was_sealed_is_opened),
        SEALED(every_flipped_byte_of_a_body_is_noticed),
        SEALED(every_flipped_byte_of_its_entry_is_noticed),
        SEALED(the_same_bytes_are_not_the_body_of_another_container),
        SEALED(another_master_key_opens_nothing),
        SEALED(an_open_part_alone_is_bound_as_well),
        SEALED(sealing_twice_gives_other_bytes),
    };
    return cmocka_run_group_tests(tests, begin_group, free_group);
}
