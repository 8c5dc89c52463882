// SPDX-License-Identifier: Apache-2.0
// Operations: signing.
#include "fakes/operation.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "fakes/begin.h"
#include "fakes/fake.h"
#include "fakes/gost.h"
#include "fakes/keys.h"

enum { MAX_SIGNATURE = 1024, PKCS1_OVERHEAD = 11 };

CK_RV operation_sign_init(struct fake *fake, CK_SESSION_HANDLE handle,
                          const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key) {
    struct session *session = NULL;
    struct token *token = NULL;
    const CK_RV rv = session_find(fake, handle, &session, &token);
    if (rv != CKR_OK)
        return rv;
    return begin_operation(fake, token, &session->sign, mechanism, key, CKF_SIGN, CKA_SIGN);
}

// PKCS#11 2.40 mechanisms 2.3.1: r and s side by side, each as long as the order of the curve.
static size_t signature_len(const struct operation *operation) {
    if (operation->gost_key != NULL)
        return gost_signature_len(operation->mechanism);
    const size_t bytes = ((size_t)EVP_PKEY_get_bits(operation->key) + 7) / 8;
    return operation->mechanism == CKM_ECDSA   ? 2 * bytes
           : operation->mechanism == CKM_EDDSA ? 64
                                               : bytes;
}

static bool split_ecdsa(const unsigned char *der, size_t der_len, unsigned char *to, size_t len) {
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)der_len);
    if (pair == NULL)
        return false;
    const int half = (int)(len / 2);
    const bool whole = BN_bn2binpad(ECDSA_SIG_get0_r(pair), to, half) == half &&
                       BN_bn2binpad(ECDSA_SIG_get0_s(pair), to + half, half) == half;
    ECDSA_SIG_free(pair);
    return whole;
}

static bool prepare(struct fake *fake, const struct operation *operation, EVP_PKEY_CTX *context,
                    EVP_MD **ret_hash) {
    if (context == NULL || EVP_PKEY_sign_init(context) <= 0)
        return false;
    if (operation->mechanism == CKM_RSA_PKCS)
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0;
    if (operation->mechanism != CKM_RSA_PKCS_PSS)
        return true;
    *ret_hash = EVP_MD_fetch(keys_crypto(fake), begin_hash_name(operation->hash), NULL);
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0 &&
           EVP_PKEY_CTX_set_signature_md(context, *ret_hash) > 0 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, begin_mgf_name(operation->mgf), NULL) > 0 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, (int)operation->salt_len) > 0;
}

static bool sign_digest(struct fake *fake, const struct operation *operation, const CK_BYTE *data,
                        size_t len, unsigned char *to, size_t to_len) {
    unsigned char raw[MAX_SIGNATURE];
    size_t raw_len = sizeof raw;
    EVP_MD *hash = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(keys_crypto(fake), operation->key, NULL);
    bool done = prepare(fake, operation, context, &hash) &&
                EVP_PKEY_sign(context, raw, &raw_len, data, len) > 0;
    EVP_PKEY_CTX_free(context);
    EVP_MD_free(hash);
    if (done && operation->mechanism == CKM_ECDSA)
        return split_ecdsa(raw, raw_len, to, to_len);
    done &= raw_len == to_len;
    if (done)
        memcpy(to, raw, to_len);
    return done;
}

static bool sign_message(struct fake *fake, const struct operation *operation, const CK_BYTE *data,
                         size_t len, unsigned char *to, size_t to_len) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const bool done = EVP_DigestSignInit_ex(context, NULL, NULL, keys_crypto(fake), NULL,
                                            operation->key, NULL) > 0 &&
                      EVP_DigestSign(context, to, &to_len, data, len) > 0;
    EVP_MD_CTX_free(context);
    return done;
}

// Standards and vendors differ in how s and r lie in a signature.
static void disorder(int form, CK_BYTE *signature, size_t len) {
    CK_BYTE copy[MAX_SIGNATURE];
    const size_t half = len / 2;
    memcpy(copy, signature, len);
    for (size_t i = 0; i < len; i++) {
        const size_t from = form & 1 ? (i + half) % len : i;
        const size_t start = from - from % half;
        signature[i] = copy[form & 2 ? start + half - 1 - from % half : from];
    }
}

static CK_RV compute_gost(const struct operation *operation, const CK_BYTE *data, CK_ULONG len,
                          CK_BYTE *to, size_t to_len) {
    const CK_RV rv = gost_sign(operation->gost_key, operation->gost_key_len, data, len, to, to_len);
    if (rv == CKR_OK)
        disorder(operation->gost_form, to, to_len);
    return rv;
}

static CK_RV compute(struct fake *fake, const struct operation *operation, const CK_BYTE *data,
                     CK_ULONG len, CK_BYTE *to, size_t to_len) {
    if (operation->gost_key != NULL)
        return compute_gost(operation, data, len, to, to_len);
    if (operation->mechanism == CKM_EDDSA)
        return sign_message(fake, operation, data, len, to, to_len) ? CKR_OK : CKR_FUNCTION_FAILED;
    if (operation->mechanism == CKM_RSA_PKCS && len + PKCS1_OVERHEAD > to_len)
        return CKR_DATA_LEN_RANGE;
    return sign_digest(fake, operation, data, len, to, to_len) ? CKR_OK : CKR_DATA_LEN_RANGE;
}

static CK_RV answer_length(const struct fake *fake, CK_ULONG len, CK_ULONG *ret_len) {
    *ret_len = fake->script.sign_length.set ? fake->script.sign_length.number : len;
    return CKR_OK;
}

CK_RV operation_sign(struct fake *fake, CK_SESSION_HANDLE handle, const CK_BYTE *data, CK_ULONG len,
                     CK_BYTE *signature, CK_ULONG *ret_len) {
    struct session *session = NULL;
    struct token *token = NULL;
    CK_RV rv = session_find(fake, handle, &session, &token);
    if (rv != CKR_OK)
        return rv;
    struct operation *operation = &session->sign;
    if (operation->key == NULL)
        return CKR_OPERATION_NOT_INITIALIZED;
    if (ret_len == NULL || (data == NULL && len > 0))
        return CKR_ARGUMENTS_BAD;
    const size_t size = signature_len(operation);
    if (signature == NULL)
        return answer_length(fake, size, ret_len);
    if (operation->needs_pin)
        return CKR_USER_NOT_LOGGED_IN;
    if (*ret_len < size && !fake->script.sign_length.set) {
        *ret_len = size;
        return CKR_BUFFER_TOO_SMALL;
    }
    unsigned char made[MAX_SIGNATURE];
    rv = compute(fake, operation, data, len, made, size);
    session_end_operation(operation);
    if (rv != CKR_OK)
        return rv;
    if (fake->script.sign_wrong)
        made[size - 1] ^= 1;
    memcpy(signature, made, *ret_len < size ? *ret_len : size);
    return answer_length(fake, size, ret_len);
}
