// SPDX-License-Identifier: Apache-2.0
// Operations: decrypting.
#include "fakes/operation.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "fakes/begin.h"
#include "fakes/fake.h"
#include "fakes/keys.h"

enum { MAX_PLAIN = 1024 };

CK_RV operation_decrypt_init(struct fake *fake, CK_SESSION_HANDLE handle,
                             const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key) {
    struct session *session = NULL;
    struct token *token = NULL;
    const CK_RV rv = session_find(fake, handle, &session, &token);
    if (rv != CKR_OK)
        return rv;
    return begin_operation(fake, token, &session->decrypt, mechanism, key, CKF_DECRYPT,
                           CKA_DECRYPT);
}

static bool set_oaep(const struct operation *operation, EVP_PKEY_CTX *context) {
    if (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) <= 0 ||
        EVP_PKEY_CTX_set_rsa_oaep_md_name(context, begin_hash_name(operation->hash), NULL) <= 0 ||
        EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, begin_mgf_name(operation->mgf), NULL) <= 0)
        return false;
    if (operation->oaep_label_len == 0)
        return true;
    unsigned char *label = OPENSSL_memdup(operation->oaep_label, operation->oaep_label_len);
    return EVP_PKEY_CTX_set0_rsa_oaep_label(context, label, (int)operation->oaep_label_len) > 0;
}

static CK_RV compute(struct fake *fake, const struct operation *operation, const CK_BYTE *data,
                     CK_ULONG len, unsigned char plain[MAX_PLAIN], size_t *ret_len) {
    size_t plain_len = MAX_PLAIN;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(keys_crypto(fake), operation->key, NULL);
    bool done = context != NULL && EVP_PKEY_decrypt_init(context) > 0;
    if (done && operation->mechanism == CKM_RSA_PKCS_OAEP)
        done = set_oaep(operation, context);
    else if (done)
        done = EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0;
    done = done && EVP_PKEY_decrypt(context, plain, &plain_len, data, len) > 0;
    EVP_PKEY_CTX_free(context);
    *ret_len = plain_len;
    return done ? CKR_OK : CKR_ENCRYPTED_DATA_INVALID;
}

CK_RV operation_decrypt(struct fake *fake, CK_SESSION_HANDLE handle, const CK_BYTE *data,
                        CK_ULONG len, CK_BYTE *plain, CK_ULONG *ret_len) {
    struct session *session = NULL;
    struct token *token = NULL;
    CK_RV rv = session_find(fake, handle, &session, &token);
    if (rv != CKR_OK)
        return rv;
    struct operation *operation = &session->decrypt;
    if (operation->key == NULL)
        return CKR_OPERATION_NOT_INITIALIZED;
    if (ret_len == NULL || data == NULL)
        return CKR_ARGUMENTS_BAD;
    if (plain == NULL) {
        // an upper bound is allowed (PKCS#11 2.40 5.2)
        *ret_len = (CK_ULONG)EVP_PKEY_get_size(operation->key);
        return CKR_OK;
    }
    if (operation->needs_pin)
        return CKR_USER_NOT_LOGGED_IN;
    unsigned char made[MAX_PLAIN];
    size_t size = 0;
    rv = compute(fake, operation, data, len, made, &size);
    if (rv == CKR_OK && *ret_len < size) {
        *ret_len = size;
        return CKR_BUFFER_TOO_SMALL;
    }
    session_end_operation(operation);
    if (rv != CKR_OK)
        return rv;
    memcpy(plain, made, size);
    *ret_len = size;
    return CKR_OK;
}
