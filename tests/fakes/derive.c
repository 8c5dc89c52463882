// SPDX-License-Identifier: Apache-2.0
// Operations: agreeing on a secret (CKM_ECDH1_DERIVE), and random bytes.
#include "fakes/operation.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "fakes/fake.h"
#include "fakes/keys.h"
#include "fakes/mechanisms.h"
#include "fakes/objects.h"
#include "fakes/template.h"

enum { MAX_SECRET = 66, MAX_RANDOM = 1 << 20 };

// PKCS#11 2.40 mechanisms 2.3.5: the other side's point comes raw or as the DER of an OCTET STRING.
static bool set_peer(EVP_PKEY *peer, const CK_ECDH1_DERIVE_PARAMS *params) {
    const CK_BYTE *point = params->pPublicData;
    size_t len = params->ulPublicDataLen;
    if (len > 2 && point[0] == 0x04 && point[1] == len - 2) {
        point += 2;
        len -= 2;
    } else if (len > 3 && point[0] == 0x04 && point[1] == 0x81 && point[2] == len - 3) {
        point += 3;
        len -= 3;
    }
    return EVP_PKEY_set1_encoded_public_key(peer, point, len) > 0;
}

static CK_RV agree(struct fake *fake, EVP_PKEY *key, const CK_ECDH1_DERIVE_PARAMS *params,
                   unsigned char secret[MAX_SECRET], size_t *ret_len) {
    size_t len = MAX_SECRET;
    EVP_PKEY *peer = EVP_PKEY_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(keys_crypto(fake), key, NULL);
    const bool done = EVP_PKEY_copy_parameters(peer, key) > 0 && set_peer(peer, params) &&
                      EVP_PKEY_derive_init(context) > 0 &&
                      EVP_PKEY_derive_set_peer(context, peer) > 0 &&
                      EVP_PKEY_derive(context, secret, &len) > 0;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(peer);
    *ret_len = len;
    return done ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

static CK_RV find_params(const CK_MECHANISM *mechanism, const CK_ECDH1_DERIVE_PARAMS **ret_params) {
    const CK_ECDH1_DERIVE_PARAMS *params = mechanism->pParameter;
    if (params == NULL || mechanism->ulParameterLen != sizeof *params || params->kdf != CKD_NULL ||
        params->pPublicData == NULL)
        return CKR_MECHANISM_PARAM_INVALID;
    *ret_params = params;
    return CKR_OK;
}

static CK_RV keep_secret(struct fake *fake, const struct session *session, struct token *token,
                         struct attrs *attrs, const unsigned char *secret, size_t len,
                         CK_OBJECT_HANDLE *ret_object) {
    const CK_ULONG asked = attrs_number(attrs, CKA_VALUE_LEN, len);
    if (asked == 0 || asked > len)
        return CKR_TEMPLATE_INCONSISTENT;
    const bool of_token = attrs_bool(attrs, CKA_TOKEN, false);
    CK_RV rv = session_may_write(fake, session, of_token);
    if (rv == CKR_OK && of_token)
        rv = template_check_room(fake, token, 1);
    if (rv != CKR_OK)
        return rv;
    if (attrs_get(attrs, CKA_KEY_TYPE) == NULL)
        attrs_set_number(attrs, CKA_KEY_TYPE, CKK_GENERIC_SECRET);
    attrs_set_number(attrs, CKA_CLASS, CKO_SECRET_KEY);
    attrs_set_number(attrs, CKA_VALUE_LEN, asked);
    attrs_set(attrs, CKA_VALUE, secret, asked);
    template_fill(fake, attrs, false);
    *ret_object = token_add(token, attrs, of_token ? 0 : session->handle)->handle;
    return CKR_OK;
}

CK_RV operation_derive(struct fake *fake, CK_SESSION_HANDLE handle, const CK_MECHANISM *mechanism,
                       CK_OBJECT_HANDLE number, const CK_ATTRIBUTE *template, CK_ULONG count,
                       CK_OBJECT_HANDLE *ret_object) {
    struct session *session = NULL;
    struct token *token = NULL;
    struct object *object = NULL;
    const CK_ECDH1_DERIVE_PARAMS *params = NULL;
    CK_RV rv = session_find(fake, handle, &session, &token);
    if (rv == CKR_OK && (mechanism == NULL || ret_object == NULL))
        rv = CKR_ARGUMENTS_BAD;
    if (rv == CKR_OK)
        rv = mechanisms_check(fake, mechanism->mechanism, CKF_DERIVE);
    if (rv == CKR_OK)
        rv = objects_private_key(token, number, CKA_DERIVE, &object);
    if (rv == CKR_OK)
        rv = find_params(mechanism, &params);
    if (rv == CKR_OK)
        rv = template_check(fake, template, count);
    if (rv != CKR_OK)
        return rv;
    struct attrs attrs = {0};
    unsigned char secret[MAX_SECRET];
    size_t len = 0;
    attrs_set_all(&attrs, template, count);
    EVP_PKEY *key = keys_from_private(fake, &object->attrs);
    rv = key == NULL ? CKR_FUNCTION_FAILED : agree(fake, key, params, secret, &len);
    EVP_PKEY_free(key);
    if (rv == CKR_OK)
        rv = keep_secret(fake, session, token, &attrs, secret, len, ret_object);
    attrs_clear(&attrs);
    return rv;
}

CK_RV operation_random(struct fake *fake, CK_SESSION_HANDLE handle, CK_BYTE *bytes, CK_ULONG len) {
    struct session *session = NULL;
    struct token *token = NULL;
    const CK_RV rv = session_find(fake, handle, &session, &token);
    if (rv != CKR_OK)
        return rv;
    if (bytes == NULL || len > MAX_RANDOM)
        return CKR_ARGUMENTS_BAD;
    return RAND_bytes_ex(keys_crypto(fake), bytes, len, 0) == 1 ? CKR_OK : CKR_FUNCTION_FAILED;
}
