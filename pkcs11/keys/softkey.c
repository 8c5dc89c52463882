// SPDX-License-Identifier: Apache-2.0
// Soft keys: their life, and questions that need no computation.
#include "keys/softkey.h"

#include <string.h>

#include "keys/private.h"

CK_RV kf_softkey_new(kf_public *public_half, kf_softkey **ret_key) {
    kf_softkey *key = calloc(1, sizeof *key);
    if (!key)
        return CKR_HOST_MEMORY;
    atomic_init(&key->count, 1);
    key->public_half = kf_public_ref(public_half);
    *ret_key = key;
    return CKR_OK;
}

CK_RV kf_softkey_make_room(kf_softkey *key, kf_arena *arena, size_t prime_len) {
    size_t len = kf_public_size(key->public_half) + (KF_PARTS - 1) * prime_len;
    if (kf_locked_new(arena, len, &key->secret) != KF_OK)
        return CKR_HOST_MEMORY;
    key->prime_len = prime_len;
    return CKR_OK;
}

size_t kf_part_count(const kf_softkey *key) {
    return key->public_half->type == CKK_RSA ? KF_PARTS : 1;
}

uint8_t *kf_part_room(kf_softkey *key, enum kf_part part) {
    size_t size = kf_public_size(key->public_half);
    return key->secret.data + (part == KF_D ? 0 : size + (part - KF_P) * key->prime_len);
}

struct kf_span kf_part(const kf_softkey *key, enum kf_part part) {
    if (!key->secret.data || part >= kf_part_count(key))
        return (struct kf_span){0};
    return (struct kf_span){kf_part_room((kf_softkey *)key, part),
                            part == KF_D ? kf_public_size(key->public_half) : key->prime_len};
}

BIGNUM *kf_private_number(struct kf_span bytes) {
    BIGNUM *number = BN_bin2bn(bytes.data, (int)bytes.len, NULL);
    if (number)
        BN_set_flags(number, BN_FLG_CONSTTIME);
    return number;
}

BIGNUM *kf_part_number(const kf_softkey *key, enum kf_part part) {
    return kf_private_number(kf_part(key, part));
}

kf_softkey *kf_softkey_ref(kf_softkey *key) {
    atomic_fetch_add_explicit(&key->count, 1, memory_order_relaxed);
    return key;
}

void kf_softkey_wipe(kf_softkey *key) {
    kf_locked_clear(&key->secret);
}

void kf_softkey_free(kf_softkey *key) {
    if (!key || atomic_fetch_sub(&key->count, 1) != 1)
        return;
    kf_softkey_wipe(key);
    kf_public_free(key->public_half);
    free(key);
}

CK_KEY_TYPE kf_softkey_type(const kf_softkey *key) {
    return key->public_half->type;
}

bool kf_softkey_has_private(const kf_softkey *key) {
    return key->secret.data != NULL;
}

CK_ULONG kf_softkey_bits(const kf_softkey *key) {
    return key->public_half->bits;
}

bool kf_softkey_same_public(const kf_softkey *a, const kf_softkey *b) {
    return kf_public_equal(a->public_half, b->public_half);
}
