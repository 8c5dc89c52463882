// SPDX-License-Identifier: Apache-2.0
// Attributes: the owned attribute list of one object.
#include "fakes/attrs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const CK_ATTRIBUTE_TYPE BOOLS[] = {
    CKA_TOKEN,
    CKA_PRIVATE,
    CKA_TRUSTED,
    CKA_SENSITIVE,
    CKA_ENCRYPT,
    CKA_DECRYPT,
    CKA_WRAP,
    CKA_UNWRAP,
    CKA_SIGN,
    CKA_SIGN_RECOVER,
    CKA_VERIFY,
    CKA_DERIVE,
    CKA_VERIFY_RECOVER,
    CKA_EXTRACTABLE,
    CKA_LOCAL,
    CKA_MODIFIABLE,
    CKA_COPYABLE,
    CKA_NEVER_EXTRACTABLE,
    CKA_ALWAYS_SENSITIVE,
    CKA_DESTROYABLE,
    CKA_ALWAYS_AUTHENTICATE,
    CKA_WRAP_WITH_TRUSTED,
};

static const CK_ATTRIBUTE_TYPE NUMBERS[] = {
    CKA_CLASS,        CKA_CERTIFICATE_TYPE, CKA_CERTIFICATE_CATEGORY, CKA_KEY_TYPE,
    CKA_MODULUS_BITS, CKA_VALUE_LEN,        CKA_KEY_GEN_MECHANISM,
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

void *attrs_alloc(size_t count, size_t size) {
    void *memory = calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);
    if (memory == NULL) {
        fputs("fake-token: out of memory\n", stderr);
        abort();
    }
    return memory;
}

static struct attr *find_or_add(struct attrs *attrs, CK_ATTRIBUTE_TYPE type) {
    for (size_t i = 0; i < attrs->count; i++) {
        if (attrs->items[i].type == type)
            return &attrs->items[i];
    }
    struct attr *grown = attrs_alloc(attrs->count + 1, sizeof *grown);
    if (attrs->count > 0)
        memcpy(grown, attrs->items, attrs->count * sizeof *grown);
    free(attrs->items);
    attrs->items = grown;
    grown[attrs->count].type = type;
    return &grown[attrs->count++];
}

void attrs_set(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, const void *value, size_t len) {
    unsigned char *copy = attrs_alloc(len, 1);
    if (len > 0)
        memcpy(copy, value, len);
    struct attr *attr = find_or_add(attrs, type);
    free(attr->value);
    attr->value = copy;
    attr->len = len;
}

void attrs_set_bool(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, bool value) {
    const CK_BBOOL byte = value ? CK_TRUE : CK_FALSE;
    attrs_set(attrs, type, &byte, sizeof byte);
}

void attrs_set_number(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
    attrs_set(attrs, type, &value, sizeof value);
}

void attrs_set_all(struct attrs *attrs, const CK_ATTRIBUTE *template, CK_ULONG count) {
    for (CK_ULONG i = 0; i < count; i++)
        attrs_set(attrs, template[i].type, template[i].pValue, template[i].ulValueLen);
}

const struct attr *attrs_get(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type) {
    for (size_t i = 0; i < attrs->count; i++) {
        if (attrs->items[i].type == type)
            return &attrs->items[i];
    }
    return NULL;
}

bool attrs_bool(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type, bool fallback) {
    const struct attr *attr = attrs_get(attrs, type);
    return attr != NULL && attr->len == 1 ? attr->value[0] != CK_FALSE : fallback;
}

CK_ULONG attrs_number(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG fallback) {
    const struct attr *attr = attrs_get(attrs, type);
    CK_ULONG number = fallback;
    if (attr != NULL && attr->len == sizeof number)
        memcpy(&number, attr->value, sizeof number);
    return number;
}

bool attrs_match(const struct attrs *attrs, const CK_ATTRIBUTE *template, CK_ULONG count) {
    for (CK_ULONG i = 0; i < count; i++) {
        const struct attr *attr = attrs_get(attrs, template[i].type);
        if (attr == NULL || attr->len != template[i].ulValueLen)
            return false;
        if (attr->len > 0 && memcmp(attr->value, template[i].pValue, attr->len) != 0)
            return false;
    }
    return true;
}

static bool is_one_of(const CK_ATTRIBUTE_TYPE *types, size_t count, CK_ATTRIBUTE_TYPE type) {
    for (size_t i = 0; i < count; i++) {
        if (types[i] == type)
            return true;
    }
    return false;
}

bool attrs_is_bool(CK_ATTRIBUTE_TYPE type) {
    return is_one_of(BOOLS, LENGTH(BOOLS), type);
}

bool attrs_is_number(CK_ATTRIBUTE_TYPE type) {
    return is_one_of(NUMBERS, LENGTH(NUMBERS), type);
}

void attrs_clear(struct attrs *attrs) {
    for (size_t i = 0; i < attrs->count; i++)
        free(attrs->items[i].value);
    free(attrs->items);
    *attrs = (struct attrs){0};
}
