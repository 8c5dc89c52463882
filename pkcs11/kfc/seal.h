// SPDX-License-Identifier: Apache-2.0
// The cryptography of KFC1, all of it OpenSSL's default provider: scrypt, HKDF-SHA256, HMAC-SHA256,
// AES-256-GCM. What fails leaves nothing in the host's queue of OpenSSL errors. KF_E_CRYPTO,
// KF_E_MEMORY.
#pragma once

#include "kfc/kfc.h"
#include "kfc/layout.h"

kf_err kfc_random(void *ret_bytes, size_t len);

/* What bytes are derived from, and for what. */
struct kfc_derivation {
    const void *salt;
    size_t salt_len;
    const void *info;
    size_t info_len;
};
/* HKDF-SHA256 (RFC 5869) into the arena of `key`. */
kf_err kfc_derive(const kf_locked *key, const struct kfc_derivation *how, size_t len,
                  kf_locked *ret_derived);
/* scrypt (RFC 7914) with r = 8 and p = 1: 32 bytes. */
kf_err kfc_scrypt(kf_arena *arena, const uint8_t *pin, size_t len,
                  const uint8_t salt[static KFC_SALT_LEN], int log_n, kf_locked *ret_key);
/* HMAC-SHA256 of header, slots and index under a key derived from the master key. */
kf_err kfc_index_mac(const kf_locked *master, const uint8_t uuid[static KFC_UUID_LEN],
                     const uint8_t *head, size_t len, uint8_t ret_mac[static KFC_HMAC_LEN]);

/* One use of AES-256-GCM (NIST SP 800-38D): 96-bit nonce, 128-bit tag. */
struct kfc_gcm {
    const uint8_t *key, *nonce;
    struct {
        const uint8_t *data;
        size_t len;
    } aad[2]; /* bound to the sealed bytes, not hidden */
    const uint8_t *in;
    size_t len; /* 0: the tag stands for the AAD alone */
};
kf_err kfc_gcm_seal(const struct kfc_gcm *gcm, uint8_t *ret_out,
                    uint8_t ret_tag[static KFC_TAG_LEN]);
/* `ret_is_genuine` false: what is in `ret_out` was wiped. */
kf_err kfc_gcm_open(const struct kfc_gcm *gcm, const uint8_t tag[static KFC_TAG_LEN],
                    uint8_t *ret_out, bool *ret_is_genuine);
