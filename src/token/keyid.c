// SPDX-License-Identifier: Apache-2.0
// CKA_ID: the key identifier of RFC 5280 4.2.1.2 method 1, or NSS's rule, set on both halves where
// the token lets it.
#include "token/keys.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/context.h"
#include "token/quirks.h"
#include "x509/cert.h"

enum { SHA1_LEN = 20 };

static bool sha1(const uint8_t *data, size_t len, uint8_t id[SHA1_LEN]) {
    return EVP_Digest(data, len, id, NULL, EVP_sha1(), NULL) == 1;
}

/* NSS: SHA-1 of the modulus without leading zeros. */
static bool modulus_id(EVP_PKEY *key, uint8_t id[SHA1_LEN]) {
    BIGNUM *modulus = NULL;
    uint8_t bytes[2048];
    if (!EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus))
        return false;
    bool fits = BN_num_bytes(modulus) <= (int)sizeof(bytes);
    int len = fits ? BN_bn2bin(modulus, bytes) : 0;
    BN_free(modulus);
    return len > 0 && sha1(bytes, (size_t)len, id);
}

static kf_err make_id(const kf_key *key, enum kf_id_style style, uint8_t id[SHA1_LEN]) {
    if (style != KF_ID_NSS || !key->public || !EVP_PKEY_is_a(key->public, "RSA"))
        return kf_spki_identifier(&key->spki, id);
    return modulus_id(key->public, id) ? KF_OK
                                       : kf_fail(KF_E_CRYPTO, "the key identifier cannot be made");
}

static CK_RV set_id(const kf_key *key, CK_OBJECT_HANDLE object, const uint8_t *id, size_t len) {
    CK_ATTRIBUTE attribute = {CKA_ID, (void *)id, len};
    if (object == CK_INVALID_HANDLE)
        return CKR_OK;
    return key->session->p11->C_SetAttributeValue(key->session->handle, object, &attribute, 1);
}

/* The token keeps its own ids. */
static bool is_refusal(CK_RV rv) {
    return kf_rv_dislikes_template(rv) || rv == CKR_ACTION_PROHIBITED ||
           rv == CKR_FUNCTION_NOT_SUPPORTED || rv == CKR_FUNCTION_REJECTED;
}

static kf_err set_both(kf_key *key, const uint8_t *id, size_t len) {
    CK_RV rv = set_id(key, key->private_key, id, len);
    if (is_refusal(rv))
        return KF_OK;
    KF_TRY(kf_fail_rv(key->session->token, rv, "setting the key's id"));
    rv = set_id(key, key->public_key, id, len);
    if (is_refusal(rv)) { /* the halves must not part */
        rv = set_id(key, key->private_key, key->id, key->id_len);
        return kf_fail_rv(key->session->token, rv, "setting the key's id back");
    }
    KF_TRY(kf_fail_rv(key->session->token, rv, "setting the public key's id"));
    memcpy(key->id, id, len);
    key->id_len = len;
    return KF_OK;
}

kf_err kf_key_rename(kf_key *key, enum kf_id_style style) {
    struct kf_quirks quirks = {0};
    uint8_t id[SHA1_LEN];
    KF_TRY(kf_quirks_find(key->session->token, &quirks));
    if (style == KF_ID_KEEP || quirks.keep_id)
        return KF_OK;
    KF_TRY(make_id(key, style, id));
    if (key->id_len == sizeof(id) && memcmp(key->id, id, sizeof(id)) == 0 && key->fresh)
        return KF_OK;
    kf_session_forget_keys(key->session);
    return set_both(key, id, sizeof(id));
}

bool kf_key_id_is_identifier(const kf_key *key) {
    uint8_t id[SHA1_LEN];
    size_t len = 0;
    const uint8_t *has = kf_key_id(key, &len);
    for (int style = KF_ID_SKI; style <= KF_ID_NSS; style++) {
        if (len == sizeof id && make_id(key, (enum kf_id_style)style, id) == KF_OK &&
            memcmp(has, id, len) == 0)
            return true;
    }
    return false;
}
