// SPDX-License-Identifier: Apache-2.0
// RSA signature paddings in software, for tokens that only have the bare operation (CKM_RSA_X_509).
#include "token/mechanism.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

kf_err kf_pad_pkcs1(const uint8_t *message, size_t message_len, size_t len, uint8_t *ret_padded) {
    if (message_len + 11 > len)
        return kf_fail(KF_E_CRYPTO, "%zu bytes are too many for an RSA key of %zu bytes",
                       message_len, len);
    size_t filled = len - message_len - 3;
    ret_padded[0] = 0;
    ret_padded[1] = 1;
    memset(ret_padded + 2, 0xff, filled);
    ret_padded[2 + filled] = 0;
    memcpy(ret_padded + 3 + filled, message, message_len);
    return KF_OK;
}

/* Hash up to three pieces; false when OpenSSL cannot. */
static bool hash_pieces(const EVP_MD *md, const uint8_t *const pieces[3], const size_t lens[3],
                        uint8_t *ret_digest) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = ctx && EVP_DigestInit_ex2(ctx, md, NULL);
    for (int i = 0; good && i < 3; i++)
        good = EVP_DigestUpdate(ctx, pieces[i], lens[i]);
    good = good && EVP_DigestFinal_ex(ctx, ret_digest, NULL);
    EVP_MD_CTX_free(ctx);
    return good;
}

/* MGF1 (RFC 8017 B.2.1), applied to `data` by exclusive or. */
static bool mask(const EVP_MD *md, const uint8_t *seed, size_t seed_len, uint8_t *data,
                 size_t len) {
    size_t step = (size_t)EVP_MD_get_size(md);
    uint8_t block[EVP_MAX_MD_SIZE];
    for (uint32_t counter = 0; counter * step < len; counter++) {
        const uint8_t number[4] = {counter >> 24, (uint8_t)(counter >> 16), (uint8_t)(counter >> 8),
                                   (uint8_t)counter};
        if (!hash_pieces(md, (const uint8_t *const[3]){seed, number, NULL},
                         (const size_t[3]){seed_len, sizeof number, 0}, block))
            return false;
        for (size_t i = counter * step, j = 0; i < len && j < step; i++, j++)
            data[i] ^= block[j];
    }
    return true;
}

/* `encoded` becomes maskedDB || H || BC. `salt` is already at the end of DB. */
static bool encode(const struct kf_pss *pss, const uint8_t *digest, uint8_t *encoded, size_t len) {
    static const uint8_t zeros[8];
    size_t hash_len = (size_t)EVP_MD_get_size(pss->md), db_len = len - hash_len - 1;
    uint8_t *salt = encoded + db_len - pss->salt_len, *h = encoded + db_len;

    memset(encoded, 0, db_len);
    salt[-1] = 1;
    if (RAND_bytes(salt, (int)pss->salt_len) != 1 ||
        !hash_pieces(pss->md, (const uint8_t *const[3]){zeros, digest, salt},
                     (const size_t[3]){sizeof zeros, hash_len, pss->salt_len}, h) ||
        !mask(pss->mgf1, h, hash_len, encoded, db_len))
        return false;
    encoded[0] &= (uint8_t)(0xff >> (8 * len - (pss->modulus_bits - 1)));
    encoded[len - 1] = 0xbc;
    return true;
}

kf_err kf_pad_pss(const struct kf_pss *pss, const uint8_t *digest, size_t len,
                  uint8_t *ret_padded) {
    size_t encoded_len = (pss->modulus_bits - 1 + 7) / 8,
           hash_len = (size_t)EVP_MD_get_size(pss->md);
    if (encoded_len > len || encoded_len < hash_len + pss->salt_len + 2)
        return kf_fail(KF_E_CRYPTO, "an RSA key of %zu bits is too short for this hash and salt",
                       pss->modulus_bits);
    memset(ret_padded, 0, len - encoded_len);
    if (!encode(pss, digest, ret_padded + len - encoded_len, encoded_len))
        return kf_fail(KF_E_CRYPTO, "the padding for an RSA-PSS signature could not be made");
    return KF_OK;
}
