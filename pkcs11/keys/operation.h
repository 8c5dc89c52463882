// SPDX-License-Identifier: Apache-2.0
// One cryptographic operation of a session: begun with a mechanism and a key, fed, finished. It
// carries its own end, so that a session needs to know nothing about it.
#pragma once

#include "keys/softkey.h"

enum kf_operation_kind {
    KF_OPERATION_SIGN,
    KF_OPERATION_VERIFY,
    KF_OPERATION_ENCRYPT,
    KF_OPERATION_DECRYPT,
    KF_OPERATION_DIGEST
};

/* Start with NULL. A session keeps one of each kind and passes it in again: what was set up for the
 * same key and mechanism (nothing secret) is used once more, which is most of the speed. */
typedef struct kf_operation kf_operation;

/* `key` NULL for digests; counted. The parameters of `mechanism` are checked and copied:
 * CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID, CKR_KEY_TYPE_INCONSISTENT,
 * CKR_KEY_SIZE_RANGE. On failure nothing is active. */
CK_RV kf_operation_begin(kf_operation **operation, enum kf_operation_kind kind,
                         const CK_MECHANISM *mechanism, kf_softkey *key);
bool kf_operation_is_active(const kf_operation *operation); /* NULL is not */
/* True once kf_operation_update() was called: a single-part call is then an error. */
bool kf_operation_has_begun_parts(const kf_operation *operation);
/* The key of the active operation, not counted, or NULL. */
const kf_softkey *kf_operation_key(const kf_operation *operation);

CK_RV kf_operation_update(kf_operation *operation, const uint8_t *data, size_t len);
/* The most bytes that the end can give; asks no key. */
size_t kf_operation_output_size(const kf_operation *operation, size_t input_len);
/* Signature, digest, plain or cipher text of everything fed plus `data` (`len` may be 0). `out_len`
 * holds the room and gets the length: CKR_BUFFER_TOO_SMALL leaves the operation active
 * (PKCS#11 2.40, 5.2), everything else ends it. `out` NULL asks for the size, and leaves it active.
 */
CK_RV kf_operation_finish(kf_operation *operation, const uint8_t *data, size_t len, uint8_t *out,
                          CK_ULONG *out_len);
/* CKR_SIGNATURE_INVALID, CKR_SIGNATURE_LEN_RANGE; ends it whatever comes of it. */
CK_RV kf_operation_verify(kf_operation *operation, const uint8_t *data, size_t len,
                          const uint8_t *signature, size_t signature_len);
/* Ends an active operation and keeps what can be used again. */
void kf_operation_cancel(kf_operation *operation);
void kf_operation_free(kf_operation *operation);

/* The mechanisms, in the order that C_GetMechanismList gives them. */
size_t kf_mechanism_count(void);
CK_MECHANISM_TYPE kf_mechanism_at(size_t index);
/* CKR_MECHANISM_INVALID when it is none of them. */
CK_RV kf_mechanism_info(CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *ret_info);
