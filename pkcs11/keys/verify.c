// SPDX-License-Identifier: Apache-2.0
// Verifying, through EVP.
#include <openssl/rsa.h>

#include "keys/cipher.h"
#include "keys/crypto.h"

/* r and s as ECDSA-Sig-Value (RFC 3279 2.2.3); OpenSSL wants them so and checks their range. */
static struct kf_span encode(struct kf_span signature, uint8_t *room, size_t size) {
    size_t half = signature.len / 2;
    struct kf_asn1_writer writer = {.start = room, .at = room + size};
    const uint8_t *end = writer.at;
    kf_asn1_put_number(&writer, (struct kf_span){signature.data + half, half});
    kf_asn1_put_number(&writer, (struct kf_span){signature.data, half});
    kf_asn1_wrap(&writer, KF_ASN1_SEQUENCE, end);
    return (struct kf_span){writer.at, (size_t)(end - writer.at)};
}

static bool configure(EVP_PKEY_CTX *context, const struct kf_message *message) {
    const struct kf_parameter *parameter = message->parameter;
    if (message->scheme == KF_SCHEME_ECDSA)
        return true;
    if (!kf_cipher_configure(context, message))
        return false;
    if (parameter->hash &&
        EVP_PKEY_CTX_set_signature_md(context, EVP_get_digestbynid(parameter->hash->nid)) <= 0)
        return false;
    return message->scheme != KF_SCHEME_RSA_PSS ||
           (EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, parameter->mgf->name, NULL) > 0 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(context, (int)parameter->salt_len) > 0);
}

static bool verify_digest(const kf_public *public_half, const struct kf_message *message,
                          struct kf_span data, struct kf_span signature) {
    KF_AUTO_PTR(EVP_PKEY_CTX)
    context = EVP_PKEY_CTX_new_from_pkey(kf_crypto(), public_half->pkey, NULL);
    return context && EVP_PKEY_verify_init(context) > 0 && configure(context, message) &&
           EVP_PKEY_verify(context, signature.data, signature.len, data.data, data.len) == 1;
}

static bool verify_edwards(const kf_public *public_half, const struct kf_message *message,
                           struct kf_span signature) {
    KF_AUTO_PTR(EVP_MD_CTX) context = EVP_MD_CTX_new();
    return context &&
           EVP_DigestVerifyInit_ex(context, NULL, NULL, kf_crypto(), NULL, public_half->pkey,
                                   NULL) > 0 &&
           EVP_DigestVerify(context, signature.data, signature.len, message->data.data,
                            message->data.len) == 1;
}

CK_RV kf_verify(const kf_public *public_half, const struct kf_message *message,
                struct kf_span signature) {
    KF_QUIET();
    uint8_t room[KF_RSA_BYTES_MAX];
    struct kf_span data = message->data;
    bool good = false;
    CK_TRY(kf_message_check(message, public_half));
    if (signature.len != kf_signature_size(public_half))
        return CKR_SIGNATURE_LEN_RANGE;
    if (message->scheme == KF_SCHEME_EDDSA)
        return verify_edwards(public_half, message, signature) ? CKR_OK : CKR_SIGNATURE_INVALID;
    if (message->scheme == KF_SCHEME_ECDSA) {
        if (data.len > public_half->curve->size)
            data.len = public_half->curve->size;
        signature = encode(signature, room, sizeof room);
    } else if (message->scheme == KF_SCHEME_RSA_RAW) {
        CK_TRY(kf_raw_block(public_half, data, room));
        data = (struct kf_span){room, public_half->modulus.len};
    }
    good = verify_digest(public_half, message, data, signature);
    return good ? CKR_OK : CKR_SIGNATURE_INVALID;
}
