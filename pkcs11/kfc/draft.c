// SPDX-License-Identifier: Apache-2.0
// Writing a blob down.
#include "kfc/draft.h"

#include "base/text.h"
#include "kfc/crc.h"
#include "kfc/seal.h"

void kfc_draft_follow(kfc_draft *draft, const kfc_image *image, const kf_locked *master) {
    memcpy(draft->uuid, image->info.uuid, sizeof draft->uuid);
    memcpy(draft->label, image->info.label, sizeof draft->label);
    memcpy(draft->slots, kfc_image_slot(image, 0), sizeof draft->slots);
    draft->generation = image->info.generation + 1;
    draft->next = image->next;
    draft->master = master;
}

kf_err kfc_draft_set_label(kfc_draft *draft, const char *label) {
    size_t len = strlen(label);
    if (len > KFC_LABEL_MAX || !kf_text_plain(label, len))
        return kf_fail(KF_E_INPUT, "the label \"%s\" is not plain text of at most %d bytes", label,
                       KFC_LABEL_MAX);
    memset(draft->label, 0, sizeof draft->label);
    memcpy(draft->label, label, len);
    return KF_OK;
}

kf_err kfc_draft_begin(kfc_draft *draft, size_t count) {
    if (count > KFC_OBJECTS_MAX)
        return kf_fail(KF_E_TOKEN_FULL, "the container has %zu objects already", KFC_OBJECTS_MAX);
    draft->count = count;
    draft->blob.max = KF_BLOB_MAX;
    return kfc_add_zeros(&draft->blob, kfc_head_len(count));
}

static kf_err check_room(const kfc_draft *draft, size_t len) {
    if (len > KF_BLOB_MAX - draft->blob.len)
        return kf_fail(KF_E_TOKEN_FULL, "the container would be larger than %zu MiB",
                       KF_BLOB_MAX >> 20);
    return KF_OK;
}

static void add_entry(kfc_draft *draft, const uint8_t *entry) {
    memcpy(draft->blob.data + KFC_AT_INDEX + draft->added++ * KFC_ENTRY_LEN, entry, KFC_ENTRY_LEN);
}

kf_err kfc_draft_copy(kfc_draft *draft, const uint8_t entry[static KFC_ENTRY_LEN],
                      const uint8_t *body) {
    size_t len = kfc_body_len(entry);
    KF_TRY(check_room(draft, len));
    KF_TRY(kf_buf_add(&draft->blob, body, len));
    add_entry(draft, entry);
    return KF_OK;
}

kf_err kfc_draft_seal(kfc_draft *draft, const struct kfc_entry *entry,
                      const struct kfc_parts *parts) {
    uint8_t raw[KFC_ENTRY_LEN] = {0};
    KF_TRY(check_room(draft, parts->open_len + parts->sealed_len));
    kfc_put32(raw + KFC_ENTRY_NUMBER, entry->number);
    kfc_put32(raw + KFC_ENTRY_CLASS, entry->object_class);
    kfc_put32(raw + KFC_ENTRY_FLAGS, entry->is_private ? KFC_FLAG_PRIVATE : 0);
    kfc_put32(raw + KFC_ENTRY_ID_TAG, entry->id_tag);
    kfc_put32(raw + KFC_ENTRY_LABEL_TAG, entry->label_tag);
    KF_TRY(kfc_body_seal(&(struct kfc_ring){.master = draft->master, .uuid = draft->uuid}, parts,
                         raw, &draft->blob));
    add_entry(draft, raw);
    return KF_OK;
}

static void write_header(const kfc_draft *draft, uint8_t *head) {
    memcpy(head, KFC_MAGIC, KFC_AT_VERSION);
    kfc_put16(head + KFC_AT_VERSION, KFC_VERSION);
    memcpy(head + KFC_AT_UUID, draft->uuid, KFC_UUID_LEN);
    kfc_put64(head + KFC_AT_GENERATION, draft->generation);
    memcpy(head + KFC_AT_LABEL, draft->label, KFC_LABEL_MAX);
    kfc_put32(head + KFC_AT_NEXT, draft->next);
    kfc_put32(head + KFC_AT_COUNT, (uint32_t)draft->count);
    kfc_put64(head + KFC_AT_TOTAL, draft->blob.len);
    memcpy(head + KFC_AT_SLOTS, draft->slots, sizeof draft->slots);
}

kf_err kfc_draft_end(kfc_draft *draft) {
    uint8_t *head = draft->blob.data;
    size_t covered = KFC_AT_INDEX + draft->count * KFC_ENTRY_LEN, summed = covered + KFC_HMAC_LEN;
    if (draft->added != draft->count)
        return kf_fail(KF_E_FAILED, "%zu objects instead of %zu were written down", draft->added,
                       draft->count);
    write_header(draft, head);
    KF_TRY(kfc_index_mac(draft->master, draft->uuid, head, covered, head + covered));
    kfc_put32(head + summed, kfc_crc(0, head, summed));
    return KF_OK;
}

void kfc_draft_clear(kfc_draft *draft) {
    if (draft)
        kf_buf_clear(&draft->blob);
}
