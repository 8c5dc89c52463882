// SPDX-License-Identifier: Apache-2.0
// Template: checking what a caller wants an object to be, and filling in what it left out.
#include "fakes/template.h"

#include <string.h>

#include "fakes/fake.h"
#include "fakes/names.h"

enum { MAX_VALUE = 64 * 1024 };

static CK_RV check_attribute(const struct fake *fake, const CK_ATTRIBUTE *attribute) {
    if (script_lists(&fake->script.refused_attributes, attribute->type))
        return CKR_ATTRIBUTE_TYPE_INVALID;
    if (!names_is_attribute(attribute->type))
        return CKR_ATTRIBUTE_TYPE_INVALID;
    const CK_ULONG len = attribute->ulValueLen;
    if (len > MAX_VALUE || (len > 0 && attribute->pValue == NULL))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    if (attrs_is_bool(attribute->type) && len != sizeof(CK_BBOOL))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    if (attrs_is_number(attribute->type) && len != sizeof(CK_ULONG))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    return CKR_OK;
}

CK_RV template_check(const struct fake *fake, const CK_ATTRIBUTE *template, CK_ULONG count) {
    if (template == NULL && count > 0)
        return CKR_ARGUMENTS_BAD;
    for (CK_ULONG i = 0; i < count; i++) {
        const CK_RV rv = check_attribute(fake, &template[i]);
        if (rv != CKR_OK)
            return rv;
    }
    return CKR_OK;
}

CK_RV template_check_room(const struct fake *fake, const struct token *token, size_t count) {
    const struct script *script = &fake->script;
    const size_t room = script->full_after.set ? script->full_after.number : TOKEN_MAX_OBJECTS;
    return script->full || token_count_objects(token) + count > room ? CKR_DEVICE_MEMORY : CKR_OK;
}

static void fill_bool(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, bool value) {
    if (attrs_get(attrs, type) == NULL)
        attrs_set_bool(attrs, type, value);
}

static void fill_empty(struct attrs *attrs, CK_ATTRIBUTE_TYPE type) {
    if (attrs_get(attrs, type) == NULL)
        attrs_set(attrs, type, NULL, 0);
}

static void fill_private(const struct fake *fake, struct attrs *attrs, bool generated) {
    const CK_KEY_TYPE type = attrs_number(attrs, CKA_KEY_TYPE, CKK_RSA);
    fill_bool(attrs, CKA_SENSITIVE, true);
    fill_bool(attrs, CKA_EXTRACTABLE, false);
    if (fake->script.extractable)
        attrs_set_bool(attrs, CKA_EXTRACTABLE, true);
    if (fake->script.no_sensitive)
        attrs_set_bool(attrs, CKA_SENSITIVE, false);
    if (fake->script.always_authenticate)
        attrs_set_bool(attrs, CKA_ALWAYS_AUTHENTICATE, true);
    const bool sensitive = attrs_bool(attrs, CKA_SENSITIVE, true);
    const bool extractable = attrs_bool(attrs, CKA_EXTRACTABLE, false);
    attrs_set_bool(attrs, CKA_ALWAYS_SENSITIVE, generated && sensitive);
    attrs_set_bool(attrs, CKA_NEVER_EXTRACTABLE, generated && !extractable);
    fill_bool(attrs, CKA_ALWAYS_AUTHENTICATE, false);
    fill_bool(attrs, CKA_SIGN, true);
    fill_bool(attrs, CKA_SIGN_RECOVER, false);
    fill_bool(attrs, CKA_DECRYPT, type == CKK_RSA);
    fill_bool(attrs, CKA_UNWRAP, false);
    fill_bool(attrs, CKA_DERIVE, type == CKK_EC);
}

static void fill_public(struct attrs *attrs) {
    fill_bool(attrs, CKA_VERIFY, true);
    fill_bool(attrs, CKA_VERIFY_RECOVER, false);
    fill_bool(attrs, CKA_ENCRYPT, attrs_number(attrs, CKA_KEY_TYPE, CKK_EC) == CKK_RSA);
    fill_bool(attrs, CKA_WRAP, false);
    fill_bool(attrs, CKA_DERIVE, false);
    fill_bool(attrs, CKA_TRUSTED, false);
}

static void fill_certificate(struct attrs *attrs) {
    fill_bool(attrs, CKA_TRUSTED, false);
    fill_empty(attrs, CKA_ISSUER);
    fill_empty(attrs, CKA_SERIAL_NUMBER);
    if (attrs_get(attrs, CKA_CERTIFICATE_CATEGORY) == NULL)
        attrs_set_number(attrs, CKA_CERTIFICATE_CATEGORY, 0);
}

void template_fill(const struct fake *fake, struct attrs *attrs, bool generated) {
    const CK_OBJECT_CLASS class = attrs_number(attrs, CKA_CLASS, CKO_DATA);
    const bool secret = class == CKO_PRIVATE_KEY || class == CKO_SECRET_KEY;
    fill_bool(attrs, CKA_TOKEN, false);
    fill_bool(attrs, CKA_PRIVATE, secret);
    fill_bool(attrs, CKA_MODIFIABLE, true);
    fill_bool(attrs, CKA_DESTROYABLE, true);
    fill_empty(attrs, CKA_LABEL);
    if (class == CKO_PRIVATE_KEY)
        fill_private(fake, attrs, generated);
    else if (class == CKO_PUBLIC_KEY)
        fill_public(attrs);
    else if (class == CKO_CERTIFICATE)
        fill_certificate(attrs);
    if (class == CKO_PRIVATE_KEY || class == CKO_PUBLIC_KEY) {
        attrs_set_bool(attrs, CKA_LOCAL, generated);
        fill_empty(attrs, CKA_SUBJECT);
    }
    if (class != CKO_DATA)
        fill_empty(attrs, CKA_ID);
}

static const CK_ATTRIBUTE_TYPE CHANGEABLE[] = {
    CKA_LABEL,   CKA_ID,      CKA_SUBJECT, CKA_START_DATE,    CKA_END_DATE,    CKA_SIGN,
    CKA_DECRYPT, CKA_DERIVE,  CKA_UNWRAP,  CKA_SIGN_RECOVER,  CKA_VERIFY,      CKA_ENCRYPT,
    CKA_WRAP,    CKA_TRUSTED, CKA_ISSUER,  CKA_SERIAL_NUMBER, CKA_APPLICATION,
};

static bool is_changeable(const struct attrs *attrs, const CK_ATTRIBUTE *change) {
    for (size_t i = 0; i < sizeof CHANGEABLE / sizeof CHANGEABLE[0]; i++) {
        if (CHANGEABLE[i] == change->type)
            return true;
    }
    // These go one way only: more secret.
    const bool on = change->ulValueLen == 1 && *(const CK_BBOOL *)change->pValue != CK_FALSE;
    if (change->type == CKA_SENSITIVE)
        return on;
    if (change->type == CKA_EXTRACTABLE)
        return !on;
    return change->type == CKA_VALUE && attrs_number(attrs, CKA_CLASS, CKO_DATA) == CKO_DATA;
}

CK_RV template_check_change(const struct fake *fake, const struct attrs *attrs,
                            const CK_ATTRIBUTE *change) {
    if (script_lists(&fake->script.read_only_attributes, change->type))
        return CKR_ATTRIBUTE_READ_ONLY;
    if (!attrs_bool(attrs, CKA_MODIFIABLE, true))
        return CKR_ATTRIBUTE_READ_ONLY;
    return is_changeable(attrs, change) ? CKR_OK : CKR_ATTRIBUTE_READ_ONLY;
}
