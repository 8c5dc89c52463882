// SPDX-License-Identifier: Apache-2.0
// Bodies. Key and nonce = HKDF(MK, salt = number || fresh, info = "KFC1 obj"): `fresh` is new at
// each sealing, so no key is used twice. What is bound: uuid, the entry up to its checksum, the
// open part.
#include "kfc/body.h"

#include "kfc/attribute.h"
#include "kfc/crc.h"
#include "kfc/seal.h"

enum { OBJECT_KEY_LEN = 32, AAD_LEN = KFC_UUID_LEN + KFC_ENTRY_BOUND };

static kf_err derive(const struct kfc_ring *ring, const uint8_t *entry, kf_locked *ret_key) {
    static const char info[] = "KFC1 obj";
    uint8_t salt[4 + KFC_FRESH_LEN];
    memcpy(salt, entry + KFC_ENTRY_NUMBER, 4);
    memcpy(salt + 4, entry + KFC_ENTRY_FRESH, KFC_FRESH_LEN);
    return kfc_derive(
        ring->master,
        &(struct kfc_derivation){
            .salt = salt, .salt_len = sizeof salt, .info = info, .info_len = sizeof info - 1},
        OBJECT_KEY_LEN + KFC_NONCE_LEN, ret_key);
}

/* `key` and `aad` live as long as the result. */
static struct kfc_gcm describe(const struct kfc_ring *ring, const uint8_t *entry,
                               const kf_locked *key, uint8_t aad[static AAD_LEN],
                               const uint8_t *open) {
    memcpy(aad, ring->uuid, KFC_UUID_LEN);
    memcpy(aad + KFC_UUID_LEN, entry, KFC_ENTRY_BOUND);
    return (struct kfc_gcm){.key = key->data,
                            .nonce = key->data + OBJECT_KEY_LEN,
                            .aad = {{aad, AAD_LEN}, {open, kfc_get32(entry + KFC_ENTRY_OPEN_LEN)}},
                            .len = kfc_get32(entry + KFC_ENTRY_SEALED_LEN)};
}

static kf_err fill_body(const struct kfc_ring *ring, const struct kfc_parts *parts, uint8_t *entry,
                        uint8_t *body) {
    uint8_t aad[AAD_LEN];
    KF_AUTO(kf_locked) key = {0};
    KF_TRY(kfc_random(entry + KFC_ENTRY_FRESH, KFC_FRESH_LEN));
    KF_TRY(derive(ring, entry, &key));
    struct kfc_gcm gcm = describe(ring, entry, &key, aad, body);
    gcm.in = parts->sealed;
    KF_TRY(kfc_gcm_seal(&gcm, body + parts->open_len, entry + KFC_ENTRY_TAG));
    kfc_put32(entry + KFC_ENTRY_CRC, kfc_crc(0, body, parts->open_len + parts->sealed_len));
    return KF_OK;
}

kf_err kfc_add_zeros(kf_buf *buf, size_t len) {
    static const uint8_t zeros[1024];
    for (size_t part; len; len -= part) {
        part = len < sizeof zeros ? len : sizeof zeros;
        KF_TRY(kf_buf_add(buf, zeros, part));
    }
    return KF_OK;
}

kf_err kfc_body_seal(const struct kfc_ring *ring, const struct kfc_parts *parts,
                     uint8_t entry[static KFC_ENTRY_LEN], kf_buf *blob) {
    size_t at = blob->len;
    if (parts->open_len > KFC_BODY_MAX || parts->sealed_len > KFC_BODY_MAX - parts->open_len)
        return kf_fail(KF_E_TOO_LARGE, "an object is larger than %zu bytes", KFC_BODY_MAX);
    if (!kfc_attributes_are_whole(parts->open, parts->open_len))
        return kf_fail(KF_E_INPUT, "the open part of an object is not made of attributes");
    kfc_put32(entry + KFC_ENTRY_OPEN_LEN, (uint32_t)parts->open_len);
    kfc_put32(entry + KFC_ENTRY_SEALED_LEN, (uint32_t)parts->sealed_len);
    KF_TRY(kf_buf_add(blob, parts->open, parts->open_len));
    KF_TRY(kfc_add_zeros(blob, parts->sealed_len));
    return fill_body(ring, parts, entry, blob->data + at);
}

size_t kfc_body_len(const uint8_t entry[static KFC_ENTRY_LEN]) {
    return (size_t)kfc_get32(entry + KFC_ENTRY_OPEN_LEN) + kfc_get32(entry + KFC_ENTRY_SEALED_LEN);
}

kf_err kfc_body_check(const uint8_t entry[static KFC_ENTRY_LEN], const uint8_t *body, size_t len) {
    uint32_t number = kfc_get32(entry + KFC_ENTRY_NUMBER);
    if (len != kfc_body_len(entry))
        return kf_fail(KF_E_INPUT, "object %u is not all there", number);
    if (kfc_crc(0, body, len) != kfc_get32(entry + KFC_ENTRY_CRC))
        return kf_fail(KF_E_INPUT, "object %u has a wrong checksum", number);
    if (!kfc_attributes_are_whole(body, kfc_get32(entry + KFC_ENTRY_OPEN_LEN)))
        return kf_fail(KF_E_INPUT, "object %u is not made of attributes", number);
    return KF_OK;
}

kf_err kfc_body_open(const struct kfc_ring *ring, const uint8_t entry[static KFC_ENTRY_LEN],
                     const uint8_t *body, kf_arena *arena, kf_locked *ret_sealed) {
    uint8_t aad[AAD_LEN];
    bool is_genuine = false;
    KF_AUTO(kf_locked) key = {0}, sealed = {0};
    KF_TRY(derive(ring, entry, &key));
    struct kfc_gcm gcm = describe(ring, entry, &key, aad, body);
    gcm.in = body + kfc_get32(entry + KFC_ENTRY_OPEN_LEN);
    if (gcm.len)
        KF_TRY(kf_locked_new(arena, gcm.len, &sealed));
    KF_TRY(kfc_gcm_open(&gcm, entry + KFC_ENTRY_TAG, sealed.data, &is_genuine));
    if (!is_genuine)
        return kf_fail(KF_E_INPUT, "object %u was tampered with",
                       kfc_get32(entry + KFC_ENTRY_NUMBER));
    if (ret_sealed)
        kf_locked_move(ret_sealed, &sealed);
    return KF_OK;
}
