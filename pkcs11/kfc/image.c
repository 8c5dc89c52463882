// SPDX-License-Identifier: Apache-2.0
// Reading header, slots and index. There is one way to write a container down, so whatever could
// have been written otherwise is refused: bytes that should be zero, bodies out of order, gaps.
#include "kfc/image.h"

#include <openssl/crypto.h>

#include "base/text.h"
#include "kfc/crc.h"
#include "kfc/seal.h"
#include "kfc/slot.h"

static kf_err wrong(const char *what) {
    return kf_fail(KF_E_INPUT, "%s", what);
}

/* --- before anything is believed --- */

static kf_err check_version(const uint8_t *start, size_t len) {
    if (len < KFC_AT_FLAGS || memcmp(start, KFC_MAGIC, KFC_AT_VERSION) != 0)
        return wrong("it does not begin with \"" KFC_MAGIC "\"");
    uint32_t version = kfc_get16(start + KFC_AT_VERSION);
    if (version > KFC_VERSION)
        return kf_fail(KF_E_UNSUPPORTED, "it is of version %u, made by a newer keyfob", version);
    return version == KFC_VERSION ? KF_OK : wrong("there is no such version");
}

kf_err kfc_measure(const uint8_t *start, size_t len, struct kfc_measure *ret_measure) {
    KF_TRY(check_version(start, len));
    if (len < KFC_AT_INDEX)
        return kf_fail(KF_E_INPUT, "it ends after %zu bytes", len);
    uint32_t count = kfc_get32(start + KFC_AT_COUNT);
    uint64_t total = kfc_get64(start + KFC_AT_TOTAL);
    if (count > KFC_OBJECTS_MAX)
        return kf_fail(KF_E_INPUT, "it says that it has %u objects", count);
    if (total > KF_BLOB_MAX || total < kfc_head_len(count))
        return wrong("its length is impossible");
    *ret_measure =
        (struct kfc_measure){.head_len = kfc_head_len(count), .total_len = (size_t)total};
    return KF_OK;
}

/* --- parts of the head --- */

static kf_err check_sum(const uint8_t *head, size_t len) {
    if (kfc_crc(0, head, len - KFC_CRC_LEN) != kfc_get32(head + len - KFC_CRC_LEN))
        return wrong("its checksum is wrong");
    return KF_OK;
}

static kf_err read_label(const uint8_t *at, char ret_label[static KFC_LABEL_MAX + 1]) {
    size_t len = strnlen((const char *)at, KFC_LABEL_MAX);
    for (size_t i = len; i < KFC_LABEL_MAX; i++)
        if (at[i])
            return wrong("its label goes on behind its end");
    if (!kf_text_plain((const char *)at, len))
        return wrong("its label is no text");
    memcpy(ret_label, at, len);
    ret_label[len] = '\0';
    return KF_OK;
}

static kf_err read_header(kfc_image *image) {
    const uint8_t *head = image->head.data;
    if (kfc_get16(head + KFC_AT_FLAGS))
        return kf_fail(KF_E_UNSUPPORTED, "it has flags that only a newer keyfob knows");
    memcpy(image->info.uuid, head + KFC_AT_UUID, KFC_UUID_LEN);
    image->info.generation = kfc_get64(head + KFC_AT_GENERATION);
    image->info.objects = kfc_get32(head + KFC_AT_COUNT);
    image->next = kfc_get32(head + KFC_AT_NEXT);
    if (image->next == 0 || image->next > KFC_NUMBER_END)
        return wrong("the number of its next object is impossible");
    return read_label(head + KFC_AT_LABEL, image->info.label);
}

static kf_err read_slots(kfc_image *image) {
    for (size_t i = 0; i < KFC_SLOTS; i++)
        KF_TRY(kfc_slot_check(kfc_image_slot(image, i)));
    image->info.has_user = !kfc_slot_is_empty(kfc_image_slot(image, KFC_USER));
    image->info.has_so = !kfc_slot_is_empty(kfc_image_slot(image, KFC_SO));
    if (!kfc_slot_is_empty(kfc_image_slot(image, KFC_SLOTS - 1)))
        return kf_fail(KF_E_UNSUPPORTED, "it has a slot that only a newer keyfob knows");
    if (!image->info.has_user && !image->info.has_so)
        return wrong("no password opens it");
    return KF_OK;
}

static kf_err read_entry(const uint8_t *raw, uint32_t above, uint32_t next,
                         struct kfc_entry *ret_entry) {
    uint32_t number = kfc_get32(raw + KFC_ENTRY_NUMBER), flags = kfc_get32(raw + KFC_ENTRY_FLAGS);
    uint32_t open_len = kfc_get32(raw + KFC_ENTRY_OPEN_LEN);
    uint32_t sealed_len = kfc_get32(raw + KFC_ENTRY_SEALED_LEN);
    if (number <= above || number >= next)
        return wrong("the numbers of its objects are not in order");
    if (flags & ~(uint32_t)KFC_FLAG_PRIVATE)
        return kf_fail(KF_E_INPUT, "object %u has unknown flags", number);
    if (open_len > KFC_BODY_MAX || sealed_len > KFC_BODY_MAX - open_len)
        return kf_fail(KF_E_INPUT, "object %u is larger than %zu bytes", number, KFC_BODY_MAX);
    *ret_entry = (struct kfc_entry){.number = number,
                                    .object_class = kfc_get32(raw + KFC_ENTRY_CLASS),
                                    .is_private = flags & KFC_FLAG_PRIVATE,
                                    .id_tag = kfc_get32(raw + KFC_ENTRY_ID_TAG),
                                    .label_tag = kfc_get32(raw + KFC_ENTRY_LABEL_TAG)};
    return KF_OK;
}

/* Bodies follow the head in the order of the index without a gap, so where one is follows from the
 * lengths of those before it. */
static kf_err read_index(kfc_image *image) {
    size_t count = image->info.objects, offset = image->head.len;
    uint32_t above = 0;
    image->entries = calloc(count + 1, sizeof *image->entries);
    image->offsets = calloc(count + 1, sizeof *image->offsets);
    if (!image->entries || !image->offsets)
        return kf_fail(KF_E_MEMORY, "out of memory for an index of %zu objects", count);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *raw = kfc_image_raw(image, i);
        KF_TRY(read_entry(raw, above, image->next, &image->entries[i]));
        above = image->entries[i].number;
        image->offsets[i] = (uint32_t)offset;
        offset += kfc_get32(raw + KFC_ENTRY_OPEN_LEN) + kfc_get32(raw + KFC_ENTRY_SEALED_LEN);
        if (offset > KF_BLOB_MAX)
            return wrong("its objects leave it");
    }
    image->offsets[count] = (uint32_t)offset;
    if (offset != kfc_get64(image->head.data + KFC_AT_TOTAL))
        return wrong("its length is not that of its objects");
    return KF_OK;
}

/* --- the whole --- */

kf_err kfc_image_read(kf_buf *head, kfc_image **ret_image) {
    struct kfc_measure measure;
    KF_TRY(kfc_measure(head->data, head->len, &measure));
    if (head->len != measure.head_len)
        return kf_fail(KF_E_INPUT, "it ends after %zu bytes", head->len);
    KF_TRY(check_sum(head->data, head->len));
    KF_AUTO_PTR(kfc_image) image = calloc(1, sizeof *image);
    if (!image)
        return kf_fail(KF_E_MEMORY, "out of memory");
    kf_buf_move(&image->head, head);
    KF_TRY(read_header(image));
    KF_TRY(read_slots(image));
    KF_TRY(read_index(image));
    *ret_image = KF_MOVE(image);
    return KF_OK;
}

void kfc_image_free(kfc_image *image) {
    if (!image)
        return;
    kf_buf_clear(&image->head);
    free(image->entries);
    free(image->offsets);
    free(image);
}

kf_err kfc_image_verify(kfc_image *image, const kf_locked *master) {
    uint8_t mac[KFC_HMAC_LEN];
    size_t covered = image->head.len - KFC_HMAC_LEN - KFC_CRC_LEN;
    KF_TRY(kfc_index_mac(master, image->info.uuid, image->head.data, covered, mac));
    if (CRYPTO_memcmp(mac, image->head.data + covered, sizeof mac) != 0)
        return wrong("it was changed by somebody who does not have its password, or set up anew");
    atomic_store(&image->is_verified, true);
    return KF_OK;
}

const uint8_t *kfc_image_slot(const kfc_image *image, size_t slot) {
    return image->head.data + KFC_AT_SLOTS + slot * KFC_SLOT_LEN;
}

const uint8_t *kfc_image_raw(const kfc_image *image, size_t index) {
    return image->head.data + KFC_AT_INDEX + index * KFC_ENTRY_LEN;
}

bool kfc_image_find(const kfc_image *image, uint32_t number, size_t *ret_index) {
    size_t from = 0, to = image->info.objects;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (image->entries[middle].number == number) {
            *ret_index = middle;
            return true;
        }
        if (image->entries[middle].number < number)
            from = middle + 1;
        else
            to = middle;
    }
    return false;
}
