// SPDX-License-Identifier: Apache-2.0
// An operation, from its beginning to its end (PKCS#11 2.40, 5.2, 5.8 to 5.12).
#include "keys/operation.h"

#include <string.h>

#include "keys/cipher.h"
#include "keys/crypto.h"

struct kf_operation {
    enum kf_operation_kind kind;
    const struct kf_mechanism *mechanism; /* of the active operation, or of the last one */
    bool is_active, has_parts;
    kf_softkey *key; /* counted; while active */
    struct kf_parameter parameter;
    kf_buf parts; /* what was fed, when it is not hashed */
    /* Kept for the next operation: */
    kf_signer *signer;
    EVP_MD_CTX *hash;
    EVP_MD *md;
    CK_MECHANISM_TYPE md_type; /* what `md` is */
};

/* --- the beginning --- */

static const CK_FLAGS flags_of[] = {
    [KF_OPERATION_SIGN] = CKF_SIGN,       [KF_OPERATION_VERIFY] = CKF_VERIFY,
    [KF_OPERATION_ENCRYPT] = CKF_ENCRYPT, [KF_OPERATION_DECRYPT] = CKF_DECRYPT,
    [KF_OPERATION_DIGEST] = CKF_DIGEST,
};

static bool needs_private(enum kf_operation_kind kind) {
    return kind == KF_OPERATION_SIGN || kind == KF_OPERATION_DECRYPT;
}

static CK_RV check_key(const struct kf_mechanism *mechanism, enum kf_operation_kind kind,
                       const kf_softkey *key) {
    if (kf_softkey_type(key) != mechanism->key_type)
        return CKR_KEY_TYPE_INCONSISTENT;
    CK_ULONG bits = kf_softkey_bits(key);
    if (bits < mechanism->info.ulMinKeySize || bits > mechanism->info.ulMaxKeySize)
        return CKR_KEY_SIZE_RANGE;
    if (needs_private(kind) && !kf_softkey_has_private(key))
        return CKR_KEY_HANDLE_INVALID;
    return CKR_OK;
}

/* The hash that the data goes through first; fetched when it is another one than last time. */
static CK_RV begin_hash(kf_operation *operation, const struct kf_mechanism *mechanism) {
    if (!operation->hash)
        operation->hash = EVP_MD_CTX_new();
    if (operation->md_type != mechanism->hash) {
        EVP_MD_free(operation->md);
        operation->md = EVP_MD_fetch(kf_crypto(), kf_hash_find(mechanism->hash)->name, NULL);
        operation->md_type = operation->md ? mechanism->hash : 0;
    }
    if (!operation->hash || !operation->md)
        return CKR_HOST_MEMORY;
    return EVP_DigestInit_ex2(operation->hash, operation->md, NULL) ? CKR_OK : CKR_FUNCTION_FAILED;
}

static CK_RV begin_signer(kf_operation *operation, const kf_softkey *key) {
    if (operation->signer && operation->signer->public_half == key->public_half)
        return CKR_OK;
    kf_signer_free(KF_MOVE(operation->signer));
    return kf_signer_new(key->public_half, &operation->signer);
}

static CK_RV prepare(kf_operation *operation, const struct kf_mechanism *mechanism,
                     const CK_MECHANISM *given, kf_softkey *key) {
    KF_QUIET();
    if (!kf_crypto())
        return CKR_HOST_MEMORY;
    CK_TRY(
        kf_parameter_read(mechanism, given, key ? key->public_half : NULL, &operation->parameter));
    if (operation->kind == KF_OPERATION_SIGN)
        CK_TRY(begin_signer(operation, key));
    if (mechanism->hash)
        CK_TRY(begin_hash(operation, mechanism));
    operation->mechanism = mechanism;
    return CKR_OK;
}

CK_RV kf_operation_begin(kf_operation **operation, enum kf_operation_kind kind,
                         const CK_MECHANISM *mechanism, kf_softkey *key) {
    const struct kf_mechanism *wanted = kf_mechanism_find(mechanism->mechanism);
    if (kf_operation_is_active(*operation))
        return CKR_OPERATION_ACTIVE;
    if (!wanted || !(wanted->info.flags & flags_of[kind]))
        return CKR_MECHANISM_INVALID;
    if (kind != KF_OPERATION_DIGEST)
        CK_TRY(check_key(wanted, kind, key));
    if (!*operation)
        *operation = calloc(1, sizeof **operation);
    if (!*operation)
        return CKR_HOST_MEMORY;
    (*operation)->kind = kind;
    CK_TRY(prepare(*operation, wanted, mechanism, kind == KF_OPERATION_DIGEST ? NULL : key));
    (*operation)->key = kind == KF_OPERATION_DIGEST ? NULL : kf_softkey_ref(key);
    (*operation)->is_active = true;
    return CKR_OK;
}

/* --- in the middle --- */

bool kf_operation_is_active(const kf_operation *operation) {
    return operation && operation->is_active;
}

bool kf_operation_has_begun_parts(const kf_operation *operation) {
    return kf_operation_is_active(operation) && operation->has_parts;
}

const kf_softkey *kf_operation_key(const kf_operation *operation) {
    return kf_operation_is_active(operation) ? operation->key : NULL;
}

/* What is not hashed is kept: no more than the block of the key takes, but for EdDSA, which reads
 * the data twice. */
static size_t parts_max(const kf_operation *operation) {
    enum kf_scheme scheme = operation->mechanism->scheme;
    return scheme == KF_SCHEME_EDDSA || scheme == KF_SCHEME_ECDSA ? KF_BUF_MAX : KF_RSA_BYTES_MAX;
}

static CK_RV keep_part(kf_operation *operation, const uint8_t *data, size_t len) {
    if (len > parts_max(operation) - operation->parts.len)
        return operation->kind == KF_OPERATION_DECRYPT ? CKR_ENCRYPTED_DATA_LEN_RANGE
                                                       : CKR_DATA_LEN_RANGE;
    return kf_buf_add(&operation->parts, data, len) == KF_OK ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV feed(kf_operation *operation, const uint8_t *data, size_t len) {
    KF_QUIET();
    if (len == 0)
        return CKR_OK;
    if (!operation->mechanism->hash)
        return keep_part(operation, data, len);
    return EVP_DigestUpdate(operation->hash, data, len) ? CKR_OK : CKR_FUNCTION_FAILED;
}

CK_RV kf_operation_update(kf_operation *operation, const uint8_t *data, size_t len) {
    if (!kf_operation_is_active(operation))
        return CKR_OPERATION_NOT_INITIALIZED;
    operation->has_parts = true;
    CK_RV rv = feed(operation, data, len);
    if (rv != CKR_OK)
        kf_operation_cancel(operation);
    return rv;
}

/* --- the end --- */

size_t kf_operation_output_size(const kf_operation *operation, size_t input_len) {
    if (!kf_operation_is_active(operation))
        return 0;
    if (operation->kind == KF_OPERATION_DIGEST)
        return operation->parameter.hash->len;
    const kf_public *half = operation->key->public_half;
    return operation->kind == KF_OPERATION_SIGN ? kf_signature_size(half) : kf_public_size(half);
}

/* Everything that was fed, with `data` at its end. Hashed into `digest`, or where it lies. */
static CK_RV gather(kf_operation *operation, struct kf_span data, uint8_t digest[KF_HASH_MAX],
                    struct kf_span *ret_whole) {
    KF_QUIET();
    unsigned len = 0;
    if (operation->mechanism->hash) {
        CK_TRY(feed(operation, data.data, data.len));
        if (!EVP_DigestFinal_ex(operation->hash, digest, &len))
            return CKR_FUNCTION_FAILED;
        *ret_whole = (struct kf_span){digest, len};
        return CKR_OK;
    }
    if (operation->parts.len == 0) {
        *ret_whole = data;
        return CKR_OK;
    }
    CK_TRY(feed(operation, data.data, data.len));
    *ret_whole = kf_span_of(&operation->parts);
    return CKR_OK;
}

static CK_RV decrypt(const kf_operation *operation, const struct kf_message *message, uint8_t *out,
                     CK_ULONG *out_len) {
    uint8_t plain[KF_RSA_BYTES_MAX];
    size_t len = 0;
    CK_RV rv = kf_decrypt(operation->key, message, plain, &len);
    if (rv == CKR_OK && len > *out_len)
        rv = CKR_BUFFER_TOO_SMALL;
    else if (rv == CKR_OK)
        memcpy(out, plain, len);
    if (rv == CKR_OK || rv == CKR_BUFFER_TOO_SMALL)
        *out_len = len;
    explicit_bzero(plain, sizeof plain);
    return rv;
}

static CK_RV run(kf_operation *operation, struct kf_span data, uint8_t *out, CK_ULONG *out_len) {
    uint8_t digest[KF_HASH_MAX];
    struct kf_message message = {.scheme = operation->mechanism->scheme,
                                 .parameter = &operation->parameter};
    size_t size = kf_operation_output_size(operation, data.len);
    CK_TRY(gather(operation, data, digest, &message.data));
    switch (operation->kind) {
    case KF_OPERATION_SIGN:
        CK_TRY(kf_signer_sign(operation->signer, operation->key, &message, out));
        break;
    case KF_OPERATION_ENCRYPT:
        CK_TRY(kf_encrypt(operation->key->public_half, &message, out));
        break;
    case KF_OPERATION_DECRYPT:
        return decrypt(operation, &message, out, out_len);
    default:
        memcpy(out, digest, size);
    }
    *out_len = size;
    return CKR_OK;
}

/* A plain text may be shorter than the most that it can be, so its room is looked at later. */
static bool has_room(const kf_operation *operation, size_t input_len, CK_ULONG room) {
    return operation->kind == KF_OPERATION_DECRYPT ||
           room >= kf_operation_output_size(operation, input_len);
}

CK_RV kf_operation_finish(kf_operation *operation, const uint8_t *data, size_t len, uint8_t *out,
                          CK_ULONG *out_len) {
    if (!kf_operation_is_active(operation) || operation->kind == KF_OPERATION_VERIFY)
        return CKR_OPERATION_NOT_INITIALIZED;
    if (!out || !has_room(operation, len, *out_len)) {
        *out_len = kf_operation_output_size(operation, len);
        return out ? CKR_BUFFER_TOO_SMALL : CKR_OK;
    }
    size_t fed = operation->parts.len;
    CK_RV rv = run(operation, (struct kf_span){data, len}, out, out_len);
    if (rv == CKR_BUFFER_TOO_SMALL)
        operation->parts.len = fed; /* the caller brings `data` again */
    else
        kf_operation_cancel(operation);
    return rv;
}

CK_RV kf_operation_verify(kf_operation *operation, const uint8_t *data, size_t len,
                          const uint8_t *signature, size_t signature_len) {
    if (!kf_operation_is_active(operation) || operation->kind != KF_OPERATION_VERIFY)
        return CKR_OPERATION_NOT_INITIALIZED;
    uint8_t digest[KF_HASH_MAX];
    struct kf_message message = {.scheme = operation->mechanism->scheme,
                                 .parameter = &operation->parameter};
    CK_RV rv = gather(operation, (struct kf_span){data, len}, digest, &message.data);
    if (rv == CKR_OK)
        rv = kf_verify(operation->key->public_half, &message,
                       (struct kf_span){signature, signature_len});
    kf_operation_cancel(operation);
    return rv;
}

void kf_operation_cancel(kf_operation *operation) {
    if (!operation)
        return;
    operation->is_active = operation->has_parts = false;
    kf_softkey_free(KF_MOVE(operation->key));
    if (operation->parts.data)
        explicit_bzero(operation->parts.data, operation->parts.capacity);
    kf_buf_clear(&operation->parts);
    kf_parameter_clear(&operation->parameter);
}

void kf_operation_free(kf_operation *operation) {
    if (!operation)
        return;
    kf_operation_cancel(operation);
    kf_signer_free(operation->signer);
    EVP_MD_CTX_free(operation->hash);
    EVP_MD_free(operation->md);
    free(operation);
}
