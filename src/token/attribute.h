// SPDX-License-Identifier: Apache-2.0
// Reading attributes and finding objects: every answer is capped, and what a module did not write
// is not read.
#pragma once

#include "token/p11.h"

/* One C_GetAttributeValue into the caller's buffers (ulValueLen says how large they are). What the
 * object does not have, may not show, or does not fit, comes back with ulValueLen =
 * CK_UNAVAILABLE_INFORMATION; that is no error. Lengths beyond the buffer are (KF_E_TOKEN_ERROR).
 */
kf_err kf_attributes_read(kf_session *session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *attributes,
                          CK_ULONG count, const char *doing);
bool kf_attribute_there(const CK_ATTRIBUTE *attribute);

typedef struct kf_handles {
    CK_OBJECT_HANDLE *items;
    size_t count;
} kf_handles;
void kf_handles_clear(kf_handles *handles);

/* All objects that match, at most KF_P11_OBJECTS_MAX: three calls up to 1024 of them. */
kf_err kf_objects_find(kf_session *session, CK_ATTRIBUTE *pattern, CK_ULONG count,
                       kf_handles *ret_handles);

/* One object, read with one call. */
typedef struct kf_object {
    CK_OBJECT_HANDLE handle;
    CK_OBJECT_CLASS class; /* CKO_VENDOR_DEFINED when the module does not tell */
    CK_KEY_TYPE key_type;
    kf_buf label, id, ec_params, ec_point, modulus, exponent, spki;
    kf_buf gost_params;
    kf_buf value; /* of certificates and public GOST keys only */
} kf_object;
kf_err kf_object_read(kf_session *session, CK_OBJECT_HANDLE handle, kf_object *ret_object);
void kf_object_clear(kf_object *object);
