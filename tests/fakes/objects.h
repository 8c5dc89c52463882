// SPDX-License-Identifier: Apache-2.0
// Objects: making, reading, changing, destroying and finding them.
#pragma once

#include <p11-kit/pkcs11.h>

struct fake;
struct object;
struct session;
struct token;

CK_RV objects_create(struct fake *fake, CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template,
                     CK_ULONG count, CK_OBJECT_HANDLE *ret_object);
CK_RV objects_destroy(struct fake *fake, CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object);
CK_RV objects_get(struct fake *fake, CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
                  CK_ATTRIBUTE *template, CK_ULONG count);
CK_RV objects_set(struct fake *fake, CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
                  CK_ATTRIBUTE *template, CK_ULONG count);

CK_RV objects_find_init(struct fake *fake, CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template,
                        CK_ULONG count);
CK_RV objects_find(struct fake *fake, CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE *objects,
                   CK_ULONG max, CK_ULONG *ret_count);
CK_RV objects_find_final(struct fake *fake, CK_SESSION_HANDLE handle);

// A private key that is there, may be seen, and may be used for this (CKA_SIGN, CKA_DECRYPT,
// CKA_DERIVE).
CK_RV objects_private_key(const struct token *token, CK_OBJECT_HANDLE handle, CK_ATTRIBUTE_TYPE use,
                          struct object **ret_object);
