// SPDX-License-Identifier: Apache-2.0
// A key pair as one thing: what is read of it, its public half, its names.
#include "token/keys.h"

#include <string.h>

#include <openssl/rand.h>

#include "token/own.h"
#include "x509/gost.h"
#include "x509/name.h"

void kf_key_free(kf_key *key) {
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    EVP_PKEY_free(key->public);
    kf_buf_clear(&key->spki);
    free(key);
}

kf_err kf_fresh_id(uint8_t id[KF_FRESH_ID_LEN]) {
    if (RAND_bytes(id, KF_FRESH_ID_LEN) == 1)
        return KF_OK;
    return kf_fail(KF_E_CRYPTO, "there are no random bytes");
}

/* --- reading --- */

enum flag { SENSITIVE, EXTRACTABLE, ALWAYS_SENSITIVE, NEVER_EXTRACTABLE, AUTHENTICATE, FLAGS };

static bool is(const CK_ATTRIBUTE *attribute, CK_BBOOL value) {
    return attribute->ulValueLen == sizeof(CK_BBOOL) && *(CK_BBOOL *)attribute->pValue == value;
}

/* Our own module gives an exportable key out sealed only. */
static bool may_leave(const kf_key *key, enum kf_safety safety) {
    return safety != KF_SAFETY_FULL && kf_token_own(key->session->token) != NULL;
}

static kf_err check_protected(const kf_key *key, const CK_ATTRIBUTE flags[FLAGS],
                              enum kf_safety safety) {
    const char *why = NULL;
    bool leaves = may_leave(key, safety);
    if (!is(&flags[SENSITIVE], CK_TRUE))
        why = "its value can be read (not SENSITIVE)";
    else if (!leaves && !is(&flags[EXTRACTABLE], CK_FALSE))
        why = "it can be taken off the token (EXTRACTABLE)";
    else if (safety != KF_SAFETY_KEPT && (is(&flags[ALWAYS_SENSITIVE], CK_FALSE) ||
                                          (!leaves && is(&flags[NEVER_EXTRACTABLE], CK_FALSE))))
        why = "it was not protected from the beginning";
    if (why == NULL)
        return KF_OK;
    return kf_fail(KF_E_KEY_EXPOSED, "token \"%s\" did not protect the key: %s",
                   kf_token_info(key->session->token)->label, why);
}

static kf_err take_name(kf_key *key, const CK_ATTRIBUTE *id, const CK_ATTRIBUTE *label) {
    if (kf_attribute_there(id) && id->ulValueLen > sizeof(key->id))
        return kf_fail(KF_E_TOKEN_ERROR,
                       "the key's id has %lu bytes; %d are the most that keyfob takes",
                       (unsigned long)id->ulValueLen, KF_ID_MAX);
    if (kf_attribute_there(id)) {
        key->id_len = id->ulValueLen;
        memcpy(key->id, id->pValue, key->id_len);
    }
    if (!kf_attribute_there(label))
        return KF_OK;
    size_t len =
        label->ulValueLen < sizeof(key->label) ? label->ulValueLen : sizeof(key->label) - 1;
    memset(key->label, 0, sizeof(key->label));
    memcpy(key->label, label->pValue, len);
    return KF_OK;
}

kf_err kf_key_read_private(kf_key *key, enum kf_safety safety) {
    CK_BBOOL values[FLAGS] = {0};
    uint8_t id[1024] = {0}, label[1024] = {0};
    CK_ATTRIBUTE attributes[] = {
        [SENSITIVE] = {CKA_SENSITIVE, &values[SENSITIVE], sizeof(CK_BBOOL)},
        [EXTRACTABLE] = {CKA_EXTRACTABLE, &values[EXTRACTABLE], sizeof(CK_BBOOL)},
        [ALWAYS_SENSITIVE] = {CKA_ALWAYS_SENSITIVE, &values[ALWAYS_SENSITIVE], sizeof(CK_BBOOL)},
        [NEVER_EXTRACTABLE] = {CKA_NEVER_EXTRACTABLE, &values[NEVER_EXTRACTABLE], sizeof(CK_BBOOL)},
        [AUTHENTICATE] = {CKA_ALWAYS_AUTHENTICATE, &values[AUTHENTICATE], sizeof(CK_BBOOL)},
        [FLAGS] = {CKA_ID, id, sizeof(id)},
        [FLAGS + 1] = {CKA_LABEL, label, sizeof(label)},
    };
    KF_TRY(kf_attributes_read(key->session, key->private_key, attributes, KF_COUNT(attributes),
                              "reading the private key's attributes"));
    key->always_authenticate = is(&attributes[AUTHENTICATE], CK_TRUE);
    key->extractable = is(&attributes[EXTRACTABLE], CK_TRUE);
    if (safety != KF_SAFETY_ANY)
        KF_TRY(check_protected(key, attributes, safety));
    return take_name(key, &attributes[FLAGS], &attributes[FLAGS + 1]);
}

kf_err kf_key_take_public(kf_key *key, const kf_object *object) {
    KF_AUTO(kf_buf) spki = {0};
    EVP_PKEY *public = NULL;
    KF_TRY(kf_object_spki(object, &spki));
    enum kf_key_type type = kf_gost_spki_type(spki.data, spki.len);
    if (type == KF_KEY_NONE)
        KF_TRY(kf_spki_public(spki.data, spki.len, &public));
    EVP_PKEY_free(key->public);
    key->public = public;
    key->type = public != NULL ? kf_public_key_type(public) : type;
    kf_buf_move(&key->spki, &spki);
    return KF_OK;
}

/* --- telling --- */

EVP_PKEY *kf_key_public(kf_key *key) {
    return key->public;
}

kf_err kf_key_load(kf_key *key) {
    if (key->pkey != NULL)
        return KF_OK;
    if (key->private_key == CK_INVALID_HANDLE)
        return kf_fail(KF_E_KEY_UNUSABLE, "only the public half of the key \"%s\" is there",
                       key->label);
    if (key->public == NULL)
        return kf_fail(KF_E_UNSUPPORTED,
                       "OpenSSL does not know %s keys, so \"%s\" cannot be used here",
                       kf_key_type_title(key->type), key->label);
    return kf_provider_pkey(key->session, key->private_key, key->label, key->always_authenticate,
                            key->public, &key->pkey);
}

EVP_PKEY *kf_key_pkey(kf_key *key) {
    return kf_key_load(key) == KF_OK ? key->pkey : NULL;
}

kf_err kf_key_spki(kf_key *key, kf_buf *ret_spki) {
    return kf_buf_set(ret_spki, key->spki.data, key->spki.len);
}

const uint8_t *kf_key_id(const kf_key *key, size_t *ret_len) {
    *ret_len = key->id_len;
    return key->id;
}

const char *kf_key_label(const kf_key *key) {
    return key->label;
}
