// SPDX-License-Identifier: Apache-2.0
// RSA encryption (RFC 8017 7; PKCS#11 2.40, 2.1.6, 2.1.8, 2.1.12). The private half becomes an
// EVP_PKEY for one call: OpenSSL does all of the unpadding, and where it knows how to (3.2 on)
// answers a bad PKCS#1 padding with random data instead of an error.
#include "keys/cipher.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <string.h>

#include "keys/crypto.h"
#include "keys/scrub.h"

static const int paddings[] = {[KF_SCHEME_RSA_PKCS1] = RSA_PKCS1_PADDING,
                               [KF_SCHEME_RSA_PSS] = RSA_PKCS1_PSS_PADDING,
                               [KF_SCHEME_RSA_OAEP] = RSA_PKCS1_OAEP_PADDING,
                               [KF_SCHEME_RSA_RAW] = RSA_NO_PADDING};

/* OpenSSL takes the label over and frees it. */
static bool set_label(EVP_PKEY_CTX *context, const kf_buf *label) {
    if (label->len == 0)
        return true;
    void *copy = OPENSSL_memdup(label->data, label->len);
    if (copy && EVP_PKEY_CTX_set0_rsa_oaep_label(context, copy, (int)label->len) > 0)
        return true;
    OPENSSL_free(copy);
    return false;
}

bool kf_cipher_configure(EVP_PKEY_CTX *context, const struct kf_message *message) {
    const struct kf_parameter *parameter = message->parameter;
    if (EVP_PKEY_CTX_set_rsa_padding(context, paddings[message->scheme]) <= 0)
        return false;
    if (message->scheme == KF_SCHEME_RSA_OAEP)
        return EVP_PKEY_CTX_set_rsa_oaep_md_name(context, parameter->hash->name, NULL) > 0 &&
               EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, parameter->mgf->name, NULL) > 0 &&
               set_label(context, &parameter->label);
    return true;
}

/* How much OAEP takes, RFC 8017 7.1.1; the others are checked as messages. */
static bool is_too_long(const kf_public *public_half, const struct kf_message *message) {
    return message->scheme == KF_SCHEME_RSA_OAEP &&
           message->data.len + 2 * message->parameter->hash->len + 2 > public_half->modulus.len;
}

CK_RV kf_encrypt(const kf_public *public_half, const struct kf_message *message,
                 uint8_t *ret_cipher) {
    KF_QUIET();
    uint8_t block[KF_RSA_BYTES_MAX];
    struct kf_span plain = message->data;
    size_t size = public_half->modulus.len;
    if (is_too_long(public_half, message))
        return CKR_DATA_LEN_RANGE;
    if (message->scheme != KF_SCHEME_RSA_OAEP)
        CK_TRY(kf_message_check(message, public_half));
    if (message->scheme == KF_SCHEME_RSA_RAW) {
        CK_TRY(kf_raw_block(public_half, plain, block));
        plain = (struct kf_span){block, size};
    }
    KF_AUTO_PTR(EVP_PKEY_CTX)
    context = EVP_PKEY_CTX_new_from_pkey(kf_crypto(), public_half->pkey, NULL);
    bool good = context && EVP_PKEY_encrypt_init(context) > 0 &&
                kf_cipher_configure(context, message) &&
                EVP_PKEY_encrypt(context, ret_cipher, &size, plain.data, plain.len) > 0;
    explicit_bzero(block, sizeof block);
    return good ? CKR_OK : CKR_FUNCTION_FAILED;
}

/* --- the private half --- */

static const char *const names[] = {OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
                                    OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
                                    OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
                                    OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E};

static struct kf_span number_of(const kf_softkey *key, size_t index) {
    if (index < KF_PARTS)
        return kf_part(key, (enum kf_part)index);
    return kf_span_of(index == KF_PARTS ? &key->public_half->modulus : &key->public_half->exponent);
}

/* In the machine's own order, as OSSL_PARAM wants it: copies that lie in the arena. */
static bool fill_params(const kf_softkey *key, kf_locked *room, OSSL_PARAM *params) {
    size_t size = key->public_half->modulus.len;
    for (size_t i = 0; i < KF_COUNT(names); i++) {
        struct kf_span bytes = number_of(key, i);
        KF_AUTO_PTR(BIGNUM) number = kf_private_number(bytes);
        uint8_t *place = room->data + i * size;
        if (!number || BN_bn2nativepad(number, place, (int)bytes.len) < 0)
            return false;
        params[i] = OSSL_PARAM_construct_BN(names[i], place, bytes.len);
    }
    params[KF_COUNT(names)] = OSSL_PARAM_construct_end();
    return true;
}

/* OpenSSL clears the private numbers when the EVP_PKEY is freed. */
static EVP_PKEY *private_pkey(const kf_softkey *key) {
    KF_AUTO(kf_locked) room = {0};
    OSSL_PARAM params[KF_COUNT(names) + 1];
    size_t len = KF_COUNT(names) * key->public_half->modulus.len;
    if (kf_locked_new(key->secret.arena, len, &room) != KF_OK || !fill_params(key, &room, params))
        return NULL;
    KF_AUTO_PTR(EVP_PKEY_CTX) maker = kf_key_maker("RSA");
    EVP_PKEY *pkey = NULL;
    if (!maker || EVP_PKEY_fromdata_init(maker) <= 0 ||
        EVP_PKEY_fromdata(maker, &pkey, EVP_PKEY_KEYPAIR, params) <= 0)
        return NULL;
    return pkey;
}

CK_RV kf_decrypt(const kf_softkey *key, const struct kf_message *message, uint8_t *ret_plain,
                 size_t *ret_len) {
    KF_QUIET();
    KF_SCRUB();
    size_t len = key->public_half->modulus.len;
    if (!kf_softkey_has_private(key))
        return CKR_KEY_HANDLE_INVALID;
    if (message->data.len != len)
        return CKR_ENCRYPTED_DATA_LEN_RANGE;
    KF_AUTO_PTR(EVP_PKEY) pkey = private_pkey(key);
    KF_AUTO_PTR(EVP_PKEY_CTX)
    context = pkey ? EVP_PKEY_CTX_new_from_pkey(kf_crypto(), pkey, NULL) : NULL;
    if (!context || EVP_PKEY_decrypt_init(context) <= 0 || !kf_cipher_configure(context, message))
        return CKR_FUNCTION_FAILED;
    if (EVP_PKEY_decrypt(context, ret_plain, &len, message->data.data, message->data.len) <= 0)
        return CKR_ENCRYPTED_DATA_INVALID;
    *ret_len = len;
    return CKR_OK;
}
