// SPDX-License-Identifier: Apache-2.0
// What the tests of pkcs11/kfc share: an arena, a medium in memory, a container "box" in it with
// the password "password" and the unblock secret "unblock", and its master key.
#pragma once

#include "base_fixture.h"

#include "kfc/crc.h"
#include "kfc/kfc.h"
#include "kfc/layout.h"

#define PIN(text) (const uint8_t *)(text), strlen(text)

enum { CLASS_DATA = 0, CLASS_CERTIFICATE = 1, CLASS_PRIVATE = 3, TYPE_LABEL = 3, LOG_N = 14 };

static kf_arena *arena;
static kf_medium *medium;
static kf_buf empty_blob; /* as kfc_make() made it, once for all tests */
static kf_locked master;

__attribute__((unused)) static int make_group(void **state) {
    const struct kfc_new order = {.label = "box",
                                  .user_pin = (const uint8_t *)"password",
                                  .user_pin_len = 8,
                                  .so_pin = (const uint8_t *)"unblock",
                                  .so_pin_len = 7,
                                  .log_n = LOG_N};
    return kf_arena_new(&arena) != KF_OK || kfc_make(arena, &order, &empty_blob) != KF_OK;
}

__attribute__((unused)) static int free_group(void **state) {
    kf_buf_clear(&empty_blob);
    kf_locked_clear(&master);
    kf_arena_free(arena);
    return 0;
}

static void write_blob(const char *name, const kf_buf *blob) {
    assert_int_equal(kf_medium_write(medium, name, blob->data, blob->len, false), KF_OK);
}

static kfc *open_box(void) {
    kfc *box = NULL;
    kf_err err = kfc_open(medium, "box", &box);
    if (err != KF_OK)
        fail_msg("%s", kf_error_sentence(err));
    return box;
}

/* The whole blob as it is on the medium. */
__attribute__((unused)) static void read_blob(kf_buf *ret_blob) {
    assert_int_equal(kf_medium_read(medium, "box", 0, KF_BLOB_MAX, ret_blob), KF_OK);
}

__attribute__((unused)) static int make_box(void **state) {
    assert_int_equal(kf_memory_medium_new(&medium), KF_OK);
    write_blob("box", &empty_blob);
    if (master.data)
        return 0;
    KF_AUTO_PTR(kfc) box = open_box();
    return kfc_unlock(box, KFC_USER, PIN("password"), arena, &master);
}

__attribute__((unused)) static int free_box(void **state) {
    kf_medium_free(medium);
    medium = NULL;
    return 0;
}

/* The master key and a private folder; the medium is still to be made in it. */
__attribute__((unused)) static int make_box_folder(void **state) {
    if (make_box(state) != 0 || make_base_dir(state) != 0)
        return -1;
    return free_box(state);
}

/* "box" on the disk, in the private folder. */
__attribute__((unused)) static int make_box_on_disk(void **state) {
    return make_box_folder(state) != 0 || kf_disk_medium_new(base_dir, false, &medium) != KF_OK ||
           kf_medium_write(medium, "box", empty_blob.data, empty_blob.len, true) != KF_OK;
}

__attribute__((unused)) static int free_box_folder(void **state) {
    free_box(state);
    return remove_base_dir(state);
}

/* Adds one object whose open part is a label; `sealed` may be NULL. Gives its number. */
__attribute__((unused)) static uint32_t add_object(kfc *box, const char *label,
                                                   const char *sealed) {
    KF_AUTO(kf_buf) open = {0};
    assert_int_equal(kfc_attribute_add(&open, TYPE_LABEL, label, strlen(label)), KF_OK);
    struct kfc_object object = {.object_class = sealed ? CLASS_PRIVATE : CLASS_CERTIFICATE,
                                .is_private = sealed != NULL,
                                .label_tag = kfc_tag(label, strlen(label)),
                                .open = open.data,
                                .open_len = open.len,
                                .sealed = (const uint8_t *)sealed,
                                .sealed_len = sealed ? strlen(sealed) : 0};
    struct kfc_change change = {.put = &object, .put_count = 1};
    kf_err err = kfc_commit(box, arena, &master, &change);
    if (err != KF_OK)
        fail_msg("%s", kf_error_sentence(err));
    return object.number;
}

__attribute__((unused)) static kf_err remove_object(kfc *box, uint32_t number) {
    struct kfc_change change = {.removed = &number, .removed_count = 1};
    return kfc_commit(box, arena, &master, &change);
}

/* Does the object read as add_object() wrote it? */
__attribute__((unused)) static bool object_is(const kfc *box, uint32_t number, const char *label,
                                              const char *sealed) {
    KF_AUTO(kf_buf) open = {0}, want = {0};
    KF_AUTO(kf_locked) secret = {0};
    if (kfc_read(box, number, &master, arena, &open, &secret) != KF_OK ||
        kfc_attribute_add(&want, TYPE_LABEL, label, strlen(label)) != KF_OK)
        return false;
    return kf_buf_equal(&open, &want) && secret.len == (sealed ? strlen(sealed) : 0) &&
           (!sealed || memcmp(secret.data, sealed, secret.len) == 0);
}

/* What somebody without the master key can do: the checksum is right again. */
__attribute__((unused)) static void mend_crc(kf_buf *blob) {
    if (blob->len < KFC_AT_INDEX)
        return;
    size_t at = kfc_head_len(kfc_get32(blob->data + KFC_AT_COUNT)) - KFC_CRC_LEN;
    if (at <= blob->len - KFC_CRC_LEN)
        kfc_put32(blob->data + at, kfc_crc(0, blob->data, at));
}

#define WITH_BOX(test) cmocka_unit_test_setup_teardown(test, make_box, free_box)
