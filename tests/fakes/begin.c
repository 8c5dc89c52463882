// SPDX-License-Identifier: Apache-2.0
// Begin: what C_SignInit and C_DecryptInit have in common: key, mechanism and its parameters.
#include "fakes/begin.h"

#include <string.h>

#include <openssl/evp.h>

#include "fakes/fake.h"
#include "fakes/gost.h"
#include "fakes/keys.h"
#include "fakes/mechanisms.h"
#include "fakes/objects.h"

static const struct {
    CK_MECHANISM_TYPE hash;
    CK_ULONG mgf;
    const char *name;
} HASHES[] = {
    {CKM_SHA_1, CKG_MGF1_SHA1, "SHA1"},
    {CKM_SHA256, CKG_MGF1_SHA256, "SHA256"},
    {CKM_SHA384, CKG_MGF1_SHA384, "SHA384"},
    {CKM_SHA512, CKG_MGF1_SHA512, "SHA512"},
};

enum { HASH_COUNT = sizeof HASHES / sizeof HASHES[0], MAX_OAEP_LABEL = 1024 };

const char *begin_hash_name(CK_MECHANISM_TYPE hash) {
    for (size_t i = 0; i < HASH_COUNT; i++) {
        if (HASHES[i].hash == hash)
            return HASHES[i].name;
    }
    return NULL;
}

const char *begin_mgf_name(CK_ULONG mgf) {
    for (size_t i = 0; i < HASH_COUNT; i++) {
        if (HASHES[i].mgf == mgf)
            return HASHES[i].name;
    }
    return NULL;
}

static CK_RV take_pss(struct operation *operation, const CK_MECHANISM *mechanism) {
    const CK_RSA_PKCS_PSS_PARAMS *params = mechanism->pParameter;
    if (params == NULL || mechanism->ulParameterLen != sizeof *params ||
        begin_hash_name(params->hashAlg) == NULL || begin_mgf_name(params->mgf) == NULL ||
        params->sLen > EVP_MAX_MD_SIZE)
        return CKR_MECHANISM_PARAM_INVALID;
    operation->hash = params->hashAlg;
    operation->mgf = params->mgf;
    operation->salt_len = params->sLen;
    return CKR_OK;
}

static CK_RV take_oaep(struct operation *operation, const CK_MECHANISM *mechanism) {
    const CK_RSA_PKCS_OAEP_PARAMS *params = mechanism->pParameter;
    if (params == NULL || mechanism->ulParameterLen != sizeof *params ||
        begin_hash_name(params->hashAlg) == NULL || begin_mgf_name(params->mgf) == NULL ||
        params->ulSourceDataLen > MAX_OAEP_LABEL ||
        (params->pSourceData == NULL && params->ulSourceDataLen > 0))
        return CKR_MECHANISM_PARAM_INVALID;
    operation->hash = params->hashAlg;
    operation->mgf = params->mgf;
    operation->oaep_label_len = params->ulSourceDataLen;
    operation->oaep_label = attrs_alloc(params->ulSourceDataLen, 1);
    if (params->ulSourceDataLen > 0)
        memcpy(operation->oaep_label, params->pSourceData, params->ulSourceDataLen);
    return CKR_OK;
}

static EVP_PKEY *take_gost(const struct fake *fake, const struct attrs *attrs,
                           struct operation *operation) {
    const struct attr *value = attrs_get(attrs, CKA_VALUE);
    if (value == NULL || value->len == 0)
        return NULL;
    operation->gost_form = (fake->script.gost_swapped ? 1 : 0) | (fake->script.gost_little ? 2 : 0);
    operation->gost_key = attrs_alloc(value->len, 1);
    operation->gost_key_len = value->len;
    memcpy(operation->gost_key, value->value, value->len);
    return EVP_PKEY_new();
}

static CK_KEY_TYPE key_type_for(CK_MECHANISM_TYPE mechanism) {
    if (gost_is_mechanism(mechanism))
        return gost_key_type(mechanism);
    return mechanism == CKM_ECDSA ? CKK_EC : mechanism == CKM_EDDSA ? CKK_EC_EDWARDS : CKK_RSA;
}

CK_RV begin_operation(struct fake *fake, const struct token *token, struct operation *operation,
                      const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key, CK_FLAGS use,
                      CK_ATTRIBUTE_TYPE permission) {
    struct object *object = NULL;
    if (mechanism == NULL)
        return CKR_ARGUMENTS_BAD;
    if (operation->key != NULL)
        return CKR_OPERATION_ACTIVE;
    CK_RV rv = mechanisms_check(fake, mechanism->mechanism, use);
    if (rv == CKR_OK)
        rv = objects_private_key(token, key, permission, &object);
    if (rv != CKR_OK)
        return rv;
    if (attrs_number(&object->attrs, CKA_KEY_TYPE, 0) != key_type_for(mechanism->mechanism))
        return CKR_KEY_TYPE_INCONSISTENT;
    struct operation fresh = {.mechanism = mechanism->mechanism};
    if (mechanism->mechanism == CKM_RSA_PKCS_PSS)
        rv = take_pss(&fresh, mechanism);
    else if (mechanism->mechanism == CKM_RSA_PKCS_OAEP)
        rv = take_oaep(&fresh, mechanism);
    if (rv != CKR_OK)
        return rv;
    fresh.needs_pin = attrs_bool(&object->attrs, CKA_ALWAYS_AUTHENTICATE, false);
    fresh.key = gost_is_mechanism(mechanism->mechanism) ? take_gost(fake, &object->attrs, &fresh)
                                                        : keys_from_private(fake, &object->attrs);
    *operation = fresh;
    return fresh.key == NULL ? CKR_FUNCTION_FAILED : CKR_OK;
}
