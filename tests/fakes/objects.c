// SPDX-License-Identifier: Apache-2.0
// Objects: making, changing and destroying them.
#include "fakes/objects.h"

#include <string.h>

#include <openssl/evp.h>

#include "fakes/fake.h"
#include "fakes/keys.h"
#include "fakes/template.h"

// What must be there, class by class (PKCS#11 2.40 4.6 to 4.9).
static CK_RV check_complete(struct fake *fake, const struct attrs *attrs) {
    const CK_OBJECT_CLASS class = attrs_number(attrs, CKA_CLASS, CK_UNAVAILABLE_INFORMATION);
    switch (class) {
    case CK_UNAVAILABLE_INFORMATION:
        return CKR_TEMPLATE_INCOMPLETE;
    case CKO_DATA:
        return CKR_OK;
    case CKO_CERTIFICATE:
        return attrs_get(attrs, CKA_CERTIFICATE_TYPE) != NULL &&
                       attrs_get(attrs, CKA_SUBJECT) != NULL && attrs_get(attrs, CKA_VALUE) != NULL
                   ? CKR_OK
                   : CKR_TEMPLATE_INCOMPLETE;
    case CKO_PUBLIC_KEY:
    case CKO_SECRET_KEY:
        return attrs_get(attrs, CKA_KEY_TYPE) != NULL ? CKR_OK : CKR_TEMPLATE_INCOMPLETE;
    case CKO_PRIVATE_KEY: {
        EVP_PKEY *key = keys_from_private(fake, attrs);
        EVP_PKEY_free(key);
        return key != NULL ? CKR_OK : CKR_TEMPLATE_INCOMPLETE;
    }
    default:
        return CKR_ATTRIBUTE_VALUE_INVALID;
    }
}

static CK_RV check_allowed(const struct fake *fake, const struct session *session,
                           const struct token *token, const struct attrs *attrs) {
    if (attrs_bool(attrs, CKA_PRIVATE, false) && token->login != CKU_USER)
        return CKR_USER_NOT_LOGGED_IN;
    const bool of_token = attrs_bool(attrs, CKA_TOKEN, false);
    const CK_RV rv = session_may_write(fake, session, of_token);
    return rv != CKR_OK || !of_token ? rv : template_check_room(fake, token, 1);
}

CK_RV objects_create(struct fake *fake, CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template,
                     CK_ULONG count, CK_OBJECT_HANDLE *ret_object) {
    struct session *session = NULL;
    struct token *token = NULL;
    CK_RV rv = session_find(fake, handle, &session, &token);
    if (rv == CKR_OK)
        rv = ret_object == NULL ? CKR_ARGUMENTS_BAD : template_check(fake, template, count);
    if (rv != CKR_OK)
        return rv;
    struct attrs attrs = {0};
    attrs_set_all(&attrs, template, count);
    rv = check_complete(fake, &attrs);
    template_fill(fake, &attrs, false);
    if (rv == CKR_OK)
        rv = check_allowed(fake, session, token, &attrs);
    if (rv == CKR_OK) {
        const bool of_token = attrs_bool(&attrs, CKA_TOKEN, false);
        *ret_object = token_add(token, &attrs, of_token ? 0 : handle)->handle;
    }
    attrs_clear(&attrs);
    return rv;
}

static CK_RV find_visible(struct fake *fake, CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE number,
                          struct session **ret_session, struct token **ret_token,
                          struct object **ret_object) {
    const CK_RV rv = session_find(fake, handle, ret_session, ret_token);
    if (rv != CKR_OK)
        return rv;
    struct object *object = token_find(*ret_token, number);
    if (object == NULL || !token_shows(*ret_token, object))
        return CKR_OBJECT_HANDLE_INVALID;
    *ret_object = object;
    return CKR_OK;
}

CK_RV objects_destroy(struct fake *fake, CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE number) {
    struct session *session = NULL;
    struct token *token = NULL;
    struct object *object = NULL;
    CK_RV rv = find_visible(fake, handle, number, &session, &token, &object);
    if (rv == CKR_OK)
        rv = session_may_write(fake, session, object->owner == 0);
    if (rv != CKR_OK)
        return rv;
    if (!attrs_bool(&object->attrs, CKA_DESTROYABLE, true))
        return CKR_ACTION_PROHIBITED;
    token_drop(token, number);
    return CKR_OK;
}

CK_RV objects_set(struct fake *fake, CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE number,
                  CK_ATTRIBUTE *template, CK_ULONG count) {
    struct session *session = NULL;
    struct token *token = NULL;
    struct object *object = NULL;
    CK_RV rv = find_visible(fake, handle, number, &session, &token, &object);
    if (rv == CKR_OK)
        rv = session_may_write(fake, session, object->owner == 0);
    if (rv == CKR_OK)
        rv = template_check(fake, template, count);
    for (CK_ULONG i = 0; rv == CKR_OK && i < count; i++)
        rv = template_check_change(fake, &object->attrs, &template[i]);
    if (rv != CKR_OK)
        return rv;
    attrs_set_all(&object->attrs, template, count);
    token->changed |= object->owner == 0;
    return CKR_OK;
}

static bool is_secret(const struct object *object, CK_ATTRIBUTE_TYPE type) {
    const CK_OBJECT_CLASS class = attrs_number(&object->attrs, CKA_CLASS, CKO_DATA);
    if (class != CKO_PRIVATE_KEY && class != CKO_SECRET_KEY)
        return false;
    if (attrs_bool(&object->attrs, CKA_EXTRACTABLE, false) &&
        !attrs_bool(&object->attrs, CKA_SENSITIVE, true))
        return false;
    return type == CKA_VALUE || (type >= CKA_PRIVATE_EXPONENT && type <= CKA_COEFFICIENT);
}

// What "lie length" makes of an answer. It never writes more than the caller has room for.
static void lie_about(const struct script_length *lie, bool asks_length, CK_ATTRIBUTE *answer) {
    if (lie->kind == LENGTH_UNAVAILABLE)
        answer->ulValueLen = CK_UNAVAILABLE_INFORMATION;
    else if (lie->kind == LENGTH_NUMBER)
        answer->ulValueLen = lie->number;
    else if (lie->kind == LENGTH_LONGER && !asks_length)
        answer->ulValueLen += 16;
    else if (lie->kind == LENGTH_SHORTER && !asks_length)
        answer->ulValueLen /= 2;
}

static void copy_value(const struct attr *attr, const struct script_length *lie,
                       CK_ATTRIBUTE *answer) {
    size_t len = attr->len < answer->ulValueLen ? attr->len : answer->ulValueLen;
    if (lie != NULL && lie->kind == LENGTH_SHORTER)
        len /= 2; // the rest of the buffer stays as it was
    if (len > 0)
        memcpy(answer->pValue, attr->value, len);
}

// PKCS#11 2.40 5.7 C_GetAttributeValue, the five rules.
static CK_RV answer_one(const struct fake *fake, const struct object *object,
                        CK_ATTRIBUTE *answer) {
    const struct attr *attr = attrs_get(&object->attrs, answer->type);
    const struct script_length *lie = script_length_of(&fake->script, answer->type);
    if (is_secret(object, answer->type) || attr == NULL) {
        answer->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return attr == NULL ? CKR_ATTRIBUTE_TYPE_INVALID : CKR_ATTRIBUTE_SENSITIVE;
    }
    const bool asks_length = answer->pValue == NULL;
    if (!asks_length && answer->ulValueLen < attr->len && lie == NULL) {
        answer->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_BUFFER_TOO_SMALL;
    }
    if (!asks_length)
        copy_value(attr, lie, answer);
    answer->ulValueLen = attr->len;
    if (lie != NULL)
        lie_about(lie, asks_length, answer);
    return CKR_OK;
}

CK_RV objects_get(struct fake *fake, CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE number,
                  CK_ATTRIBUTE *template, CK_ULONG count) {
    struct session *session = NULL;
    struct token *token = NULL;
    struct object *object = NULL;
    CK_RV rv = find_visible(fake, handle, number, &session, &token, &object);
    if (rv != CKR_OK)
        return rv;
    if (template == NULL && count > 0)
        return CKR_ARGUMENTS_BAD;
    for (CK_ULONG i = 0; i < count; i++) {
        const CK_RV answer = answer_one(fake, object, &template[i]);
        rv = answer != CKR_OK ? answer : rv;
    }
    return rv;
}

CK_RV objects_private_key(const struct token *token, CK_OBJECT_HANDLE handle, CK_ATTRIBUTE_TYPE use,
                          struct object **ret_object) {
    struct object *object = token_find(token, handle);
    if (object == NULL || attrs_number(&object->attrs, CKA_CLASS, CKO_DATA) != CKO_PRIVATE_KEY)
        return CKR_KEY_HANDLE_INVALID;
    if (!token_shows(token, object))
        return CKR_USER_NOT_LOGGED_IN;
    if (!attrs_bool(&object->attrs, use, false))
        return CKR_KEY_FUNCTION_NOT_PERMITTED;
    *ret_object = object;
    return CKR_OK;
}
