// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the bytes of a container. First as they are, without a password; then with checksum
// and HMAC made right under a known master key, so that what stands behind them is reached.
#include <stdlib.h>

#include "kfc/crc.h"
#include "kfc/kfc.h"
#include "kfc/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static kf_arena *arena;
static kf_medium *medium;
static kf_locked master;

static void set_up(void) {
    static const uint8_t zeros[KFC_MASTER_LEN];
    if (!arena && (kf_arena_new(&arena) != KF_OK || kf_memory_medium_new(&medium) != KF_OK ||
                   kf_locked_copy(arena, zeros, sizeof zeros, &master) != KF_OK))
        abort();
}

/* What kfc_read() gives is made of attributes, all of it. */
static void walk(const kf_buf *open) {
    uint32_t type;
    const uint8_t *value;
    size_t at = 0, len;
    while (kfc_attribute_next(open->data, open->len, &at, &type, &value, &len))
        if (len > open->len || (len && value[len - 1] == 0 && value < open->data))
            abort();
    if (at != open->len)
        abort();
}

static void read_all(const kfc *box, const kf_locked *with) {
    for (size_t i = 0; i < kfc_count(box); i++) {
        const struct kfc_entry *entry = kfc_at(box, i);
        KF_AUTO(kf_buf) open = {0};
        KF_AUTO(kf_locked) sealed = {0};
        if (kfc_entry(box, entry->number) != entry)
            abort();
        if (kfc_read(box, entry->number, with, arena, &open, &sealed) == KF_OK)
            walk(&open);
    }
}

/* Whatever can be opened and verified can also be changed, and read again afterwards. */
static void change(kfc *box) {
    struct kfc_object object = {.sealed = (const uint8_t *)"new", .sealed_len = 3};
    struct kfc_change change = {.put = &object, .put_count = 1, .label = "changed"};
    size_t count = kfc_count(box);
    kf_err err = kfc_commit(box, arena, &master, &change);
    if (err == KF_E_TOKEN_FULL)
        return;
    KF_AUTO(kf_buf) open = {0};
    if (err != KF_OK || kfc_count(box) != count + 1 ||
        kfc_read(box, object.number, &master, arena, &open, NULL) != KF_OK)
        abort();
}

static void look_at(const uint8_t *data, size_t size) {
    KF_AUTO_PTR(kfc) box = NULL;
    if (kf_medium_write(medium, "box", data, size, false) != KF_OK)
        abort();
    if (kfc_open(medium, "box", &box) != KF_OK)
        return;
    read_all(box, NULL);
    (void)kfc_check(box, NULL, NULL);
    if (kfc_refresh(box, &master, NULL) != KF_OK)
        return;
    read_all(box, &master);
    (void)kfc_check(box, &master, arena);
    change(box);
}

/* The sums of the bodies, of the index, and of all. */
static void mend(uint8_t *data, size_t size) {
    size_t count = size >= KFC_AT_INDEX ? kfc_get32(data + KFC_AT_COUNT) : SIZE_MAX;
    if (count > KFC_OBJECTS_MAX || kfc_head_len(count) > size)
        return;
    size_t covered = kfc_head_len(count) - KFC_HMAC_LEN - KFC_CRC_LEN, body = kfc_head_len(count);
    for (size_t i = 0; i < count; i++) {
        uint8_t *entry = data + KFC_AT_INDEX + i * KFC_ENTRY_LEN;
        uint64_t len = (uint64_t)kfc_get32(entry + KFC_ENTRY_OPEN_LEN) +
                       kfc_get32(entry + KFC_ENTRY_SEALED_LEN);
        if (len > size - body)
            break;
        kfc_put32(entry + KFC_ENTRY_CRC, kfc_crc(0, data + body, (size_t)len));
        body += (size_t)len;
    }
    kfc_put64(data + KFC_AT_TOTAL, size);
    if (kfc_index_mac(&master, data + KFC_AT_UUID, data, covered, data + covered) != KF_OK)
        abort();
    kfc_put32(data + covered + KFC_HMAC_LEN, kfc_crc(0, data, covered + KFC_HMAC_LEN));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    set_up();
    look_at(data, size);
    KF_AUTO_FREE uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        abort();
    if (size)
        memcpy(copy, data, size);
    mend(copy, size);
    look_at(copy, size);
    return 0;
}
