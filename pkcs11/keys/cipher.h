// SPDX-License-Identifier: Apache-2.0
// What takes no speed to speak of, through EVP: verifying, encrypting, decrypting.
#pragma once

#include "keys/signer.h"

/* CKR_SIGNATURE_LEN_RANGE, CKR_SIGNATURE_INVALID, and what kf_message_check() says. */
CK_RV kf_verify(const kf_public *public_half, const struct kf_message *message,
                struct kf_span signature);
/* Writes the modulus's size. CKR_DATA_LEN_RANGE, CKR_DATA_INVALID. */
CK_RV kf_encrypt(const kf_public *public_half, const struct kf_message *message,
                 uint8_t *ret_cipher);
/* Room for the modulus's size in `ret_plain`. CKR_ENCRYPTED_DATA_LEN_RANGE, and
 * CKR_ENCRYPTED_DATA_INVALID whatever was wrong inside; CKR_KEY_HANDLE_INVALID. */
CK_RV kf_decrypt(const kf_softkey *key, const struct kf_message *message, uint8_t *ret_plain,
                 size_t *ret_len);

KF_DEFINE_AUTO_PTR(EVP_PKEY)
KF_DEFINE_AUTO_PTR(EVP_PKEY_CTX)
KF_DEFINE_AUTO_PTR(EVP_MD_CTX)

/* Padding, hashes, salt and label into a context that was just initialised for RSA. */
bool kf_cipher_configure(EVP_PKEY_CTX *context, const struct kf_message *message);
