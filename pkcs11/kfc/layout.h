// SPDX-License-Identifier: Apache-2.0
// Where everything is in a KFC1 blob; docs/CONTAINERS.md explains it. Integers are little-endian.
#pragma once

#include <stdint.h>
#include <string.h>

#define KFC_MAGIC   "KFC1"
#define KFC_VERSION 1

/* Numbers stay below the handles that the module gives to session objects. */
#define KFC_NUMBER_END ((uint32_t)0x80000000u)

enum {
    KFC_UUID_LEN = 16,
    KFC_TAG_LEN = 16,
    KFC_HMAC_LEN = 32,
    KFC_CRC_LEN = 4,
    KFC_SLOTS = 3, /* user, SO, and one that is reserved and empty */

    KFC_AT_VERSION = 4,     /* u16 */
    KFC_AT_FLAGS = 6,       /* u16, zero */
    KFC_AT_UUID = 8,        /* 16 bytes */
    KFC_AT_GENERATION = 24, /* u64 */
    KFC_AT_LABEL = 32,      /* 32 bytes, zeros behind the text */
    KFC_AT_NEXT = 64,       /* u32, the number of the next object */
    KFC_AT_COUNT = 68,      /* u32, entries in the index */
    KFC_AT_TOTAL = 72,      /* u64, bytes of the whole blob */
    KFC_AT_SLOTS = 80,
    KFC_SLOT_LEN = 96,
    KFC_AT_INDEX = KFC_AT_SLOTS + KFC_SLOTS * KFC_SLOT_LEN,
    KFC_ENTRY_LEN = 64,

    /* in a slot; an empty one is all zeros */
    KFC_SLOT_KDF = 0, /* u8: 0 none, 1 scrypt; then log2 N, r, p */
    KFC_SLOT_LOGN = 1,
    KFC_SLOT_R = 2,
    KFC_SLOT_P = 3,
    KFC_SLOT_SALT = 4, /* 32 bytes */
    KFC_SALT_LEN = 32,
    KFC_SLOT_NONCE = 36, /* 12 bytes */
    KFC_NONCE_LEN = 12,
    KFC_SLOT_SEALED = 48, /* 32 bytes, the master key */
    KFC_SLOT_TAG = 80,    /* 16 bytes */
    KFC_KDF_SCRYPT = 1,
    KFC_SCRYPT_R = 8,
    KFC_SCRYPT_P = 1,

    /* in an entry of the index */
    KFC_ENTRY_NUMBER = 0,
    KFC_ENTRY_CLASS = 4,
    KFC_ENTRY_FLAGS = 8,
    KFC_ENTRY_ID_TAG = 12,
    KFC_ENTRY_LABEL_TAG = 16,
    KFC_ENTRY_OPEN_LEN = 20,
    KFC_ENTRY_SEALED_LEN = 24,
    KFC_ENTRY_BOUND = 28, /* the bytes before are sealed together with the body */
    KFC_ENTRY_CRC = 28,
    KFC_ENTRY_FRESH = 32, /* 16 bytes, new at each sealing */
    KFC_FRESH_LEN = 16,
    KFC_ENTRY_TAG = 48, /* 16 bytes */
    KFC_FLAG_PRIVATE = 1
};

/* Header, slots, index, HMAC and CRC of a blob with `count` objects. */
static inline size_t kfc_head_len(size_t count) {
    return KFC_AT_INDEX + count * KFC_ENTRY_LEN + KFC_HMAC_LEN + KFC_CRC_LEN;
}

static inline uint32_t kfc_get16(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}
static inline uint32_t kfc_get32(const uint8_t *at) {
    return kfc_get16(at) | kfc_get16(at + 2) << 16;
}
static inline uint64_t kfc_get64(const uint8_t *at) {
    return kfc_get32(at) | (uint64_t)kfc_get32(at + 4) << 32;
}
static inline void kfc_put(uint8_t *at, uint64_t value, size_t len) {
    for (size_t i = 0; i < len; i++, value >>= 8)
        at[i] = (uint8_t)value;
}
static inline void kfc_put16(uint8_t *at, uint32_t value) {
    kfc_put(at, value, 2);
}
static inline void kfc_put32(uint8_t *at, uint32_t value) {
    kfc_put(at, value, 4);
}
static inline void kfc_put64(uint8_t *at, uint64_t value) {
    kfc_put(at, value, 8);
}
