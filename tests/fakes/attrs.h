// SPDX-License-Identifier: Apache-2.0
// Attributes: the owned attribute list of one object.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <p11-kit/pkcs11.h>

struct attr {
    CK_ATTRIBUTE_TYPE type;
    unsigned char *value; // never NULL
    size_t len;
};

struct attrs {
    struct attr *items;
    size_t count;
};

// calloc that ends the program instead of returning NULL: a test has no use for less.
void *attrs_alloc(size_t count, size_t size);

// Copies; a value that was there before is replaced.
void attrs_set(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, const void *value, size_t len);
void attrs_set_bool(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, bool value);
void attrs_set_number(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG value);
void attrs_set_all(struct attrs *attrs, const CK_ATTRIBUTE *template, CK_ULONG count);

// NULL when absent.
const struct attr *attrs_get(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type);
bool attrs_bool(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type, bool fallback);
CK_ULONG attrs_number(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG fallback);

// Every attribute of the template is here with the same value (PKCS#11 2.40 5.7 C_FindObjectsInit).
bool attrs_match(const struct attrs *attrs, const CK_ATTRIBUTE *template, CK_ULONG count);

// The types whose values have a fixed size.
bool attrs_is_bool(CK_ATTRIBUTE_TYPE type);
bool attrs_is_number(CK_ATTRIBUTE_TYPE type);

void attrs_clear(struct attrs *attrs);
