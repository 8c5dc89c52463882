// SPDX-License-Identifier: Apache-2.0
// Pairs: key generation.
#include "fakes/pairs.h"

#include <stdbool.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "fakes/fake.h"
#include "fakes/gost.h"
#include "fakes/keys.h"
#include "fakes/mechanisms.h"
#include "fakes/template.h"
#include "fakes/weak.h"

enum { MIN_RSA = 1024, MAX_RSA = 4096, NO_KEY = 0x7e000000 };

static const struct {
    CK_MECHANISM_TYPE mechanism;
    CK_KEY_TYPE key_type;
    const char *curve; // NULL: RSA
} KINDS[] = {
    {CKM_RSA_PKCS_KEY_PAIR_GEN, CKK_RSA, NULL},
    {CKM_EC_KEY_PAIR_GEN, CKK_EC, "prime256v1"},
    {CKM_EC_KEY_PAIR_GEN, CKK_EC, "secp384r1"},
    {CKM_EC_KEY_PAIR_GEN, CKK_EC, "secp521r1"},
    {CKM_EC_EDWARDS_KEY_PAIR_GEN, CKK_EC_EDWARDS, "ED25519"},
};

static bool has_kind(CK_MECHANISM_TYPE mechanism, const char *curve, CK_KEY_TYPE *ret_type) {
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        const char *name = KINDS[i].curve;
        if (KINDS[i].mechanism == mechanism &&
            (name == NULL || (curve != NULL && strcmp(name, curve) == 0))) {
            *ret_type = KINDS[i].key_type;
            return true;
        }
    }
    return false;
}

static CK_RV make_rsa(struct fake *fake, const struct attrs *public, EVP_PKEY **ret_key) {
    const CK_ULONG bits = attrs_number(public, CKA_MODULUS_BITS, 0);
    if (bits == 0)
        return CKR_TEMPLATE_INCOMPLETE;
    if (bits < MIN_RSA || bits > MAX_RSA || bits % 64 != 0)
        return CKR_KEY_SIZE_RANGE;
    if (fake->script.weakness != WEAK_NOT) {
        *ret_key = weak_rsa(fake, bits);
    } else {
        const struct attr *asked = attrs_get(public, CKA_PUBLIC_EXPONENT);
        BIGNUM *exponent = BN_new();
        BN_set_word(exponent, RSA_F4);
        if (asked != NULL)
            BN_bin2bn(asked->value, (int)asked->len, exponent);
        *ret_key = keys_generate_rsa(fake, bits, exponent);
        BN_free(exponent);
    }
    return *ret_key == NULL ? CKR_ATTRIBUTE_VALUE_INVALID : CKR_OK;
}

static CK_RV make_key(struct fake *fake, CK_MECHANISM_TYPE mechanism, const struct attrs *public,
                      CK_KEY_TYPE *ret_type, EVP_PKEY **ret_key) {
    const struct attr *params = attrs_get(public, CKA_EC_PARAMS);
    if (mechanism != CKM_RSA_PKCS_KEY_PAIR_GEN && params == NULL)
        return CKR_TEMPLATE_INCOMPLETE;
    if (!has_kind(mechanism, keys_curve(params), ret_type))
        return CKR_CURVE_NOT_SUPPORTED;
    if (*ret_type == CKK_RSA)
        return make_rsa(fake, public, ret_key);
    *ret_key = fake->script.weakness == WEAK_NOT ? keys_generate_curve(fake, params)
                                                 : weak_curve(fake, params);
    return *ret_key == NULL ? CKR_FUNCTION_FAILED : CKR_OK;
}

static CK_RV make_values(struct fake *fake, CK_MECHANISM_TYPE mechanism, struct attrs halves[2],
                         CK_KEY_TYPE *ret_type) {
    EVP_PKEY *key = NULL;
    if (gost_is_mechanism(mechanism)) {
        *ret_type = gost_key_type(mechanism);
        return gost_generate(mechanism, &halves[0], &halves[1]);
    }
    const CK_RV rv = make_key(fake, mechanism, &halves[0], ret_type, &key);
    if (rv == CKR_OK) {
        keys_to_public(key, fake->script.raw_ec_point, &halves[0]);
        keys_to_private(key, &halves[1]);
    }
    EVP_PKEY_free(key);
    return rv;
}

static void name_half(struct attrs *attrs, CK_OBJECT_CLASS class, CK_KEY_TYPE type,
                      CK_MECHANISM_TYPE mechanism) {
    attrs_set_number(attrs, CKA_CLASS, class);
    attrs_set_number(attrs, CKA_KEY_TYPE, type);
    attrs_set_number(attrs, CKA_KEY_GEN_MECHANISM, mechanism);
}

// As a card with numbered key places does.
static void set_own_id(const struct token *token, struct attrs *attrs) {
    const unsigned char id[] = {0xf0, (unsigned char)(token->next_object >> 8),
                                (unsigned char)token->next_object};
    attrs_set(attrs, CKA_ID, id, sizeof id);
}

// A card with one place for a key: the new one goes over the old one.
static void drop_old_keys(struct token *token) {
    for (struct object *object = token->objects; object != NULL;) {
        struct object *next = object->next;
        const CK_OBJECT_CLASS class = attrs_number(&object->attrs, CKA_CLASS, CKO_DATA);
        if (object->owner == 0 && (class == CKO_PRIVATE_KEY || class == CKO_PUBLIC_KEY))
            token_drop(token, object->handle);
        object = next;
    }
}

static CK_RV check_allowed(struct fake *fake, const struct session *session,
                           const struct token *token, const struct attrs *public,
                           const struct attrs *private) {
    if (token->login != CKU_USER &&
        (attrs_bool(private, CKA_PRIVATE, true) || attrs_bool(public, CKA_PRIVATE, false)))
        return CKR_USER_NOT_LOGGED_IN;
    const size_t count = (size_t)attrs_bool(public, CKA_TOKEN, false) +
                         (size_t)attrs_bool(private, CKA_TOKEN, false);
    const CK_RV rv = session_may_write(fake, session, count > 0);
    return rv != CKR_OK || count == 0 ? rv : template_check_room(fake, token, count);
}

static void keep_pair(struct fake *fake, const struct session *session, struct token *token,
                      struct attrs halves[2], CK_OBJECT_HANDLE *ret_public,
                      CK_OBJECT_HANDLE *ret_private) {
    if (fake->script.no_public_object)
        attrs_set_bool(&halves[0], CKA_TOKEN, false);
    if (fake->script.overwrite_key && attrs_bool(&halves[1], CKA_TOKEN, false))
        drop_old_keys(token);
    if (fake->script.own_id) {
        set_own_id(token, &halves[0]);
        set_own_id(token, &halves[1]);
    }
    CK_OBJECT_HANDLE handles[2];
    for (int i = 0; i < 2; i++) {
        template_fill(fake, &halves[i], true);
        const bool of_token = attrs_bool(&halves[i], CKA_TOKEN, false);
        handles[i] = token_add(token, &halves[i], of_token ? 0 : session->handle)->handle;
    }
    *ret_public = handles[0];
    *ret_private = fake->script.key_handle ? NO_KEY : handles[1];
}

CK_RV pairs_generate(struct fake *fake, CK_SESSION_HANDLE handle, const struct pair_wish *wish,
                     CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private) {
    struct session *session = NULL;
    struct token *token = NULL;
    CK_RV rv = session_find(fake, handle, &session, &token);
    if (rv == CKR_OK && (wish->mechanism == NULL || ret_public == NULL || ret_private == NULL))
        rv = CKR_ARGUMENTS_BAD;
    if (rv == CKR_OK)
        rv = mechanisms_check(fake, wish->mechanism->mechanism, CKF_GENERATE_KEY_PAIR);
    if (rv == CKR_OK)
        rv = template_check(fake, wish->public, wish->public_count);
    if (rv == CKR_OK)
        rv = template_check(fake, wish->private, wish->private_count);
    if (rv != CKR_OK)
        return rv;
    struct attrs halves[2] = {{0}, {0}};
    CK_KEY_TYPE type = CKK_RSA;
    attrs_set_all(&halves[0], wish->public, wish->public_count);
    attrs_set_all(&halves[1], wish->private, wish->private_count);
    rv = check_allowed(fake, session, token, &halves[0], &halves[1]);
    if (rv == CKR_OK)
        rv = make_values(fake, wish->mechanism->mechanism, halves, &type);
    if (rv == CKR_OK) {
        name_half(&halves[0], CKO_PUBLIC_KEY, type, wish->mechanism->mechanism);
        name_half(&halves[1], CKO_PRIVATE_KEY, type, wish->mechanism->mechanism);
        keep_pair(fake, session, token, halves, ret_public, ret_private);
    }
    attrs_clear(&halves[0]);
    attrs_clear(&halves[1]);
    return rv;
}
