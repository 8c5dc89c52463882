// SPDX-License-Identifier: Apache-2.0
// What signing, verifying, encrypting, decrypting and digesting have in common (PKCS#11 2.40, 5.2
// and 5.8 to 5.12): begun with a key, fed, ended by every answer but CKR_BUFFER_TOO_SMALL and a
// question for the size.
#pragma once

#include "module/object.h"

/* `mechanism` NULL ends an active operation (3.0, 5.8.1); without one it is CKR_ARGUMENTS_BAD. */
CK_RV kfm_begin(CK_SESSION_HANDLE session, enum kf_operation_kind kind,
                const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
CK_RV kfm_update(CK_SESSION_HANDLE session, enum kf_operation_kind kind, const CK_BYTE *data,
                 CK_ULONG len);

/* The end: all at once with the data, or after updates without. */
struct kfm_end {
    enum kf_operation_kind kind;
    bool after_parts;
    const CK_BYTE *data;
    CK_ULONG len;
};
CK_RV kfm_finish(CK_SESSION_HANDLE session, const struct kfm_end *end, CK_BYTE *out,
                 CK_ULONG *out_len);
CK_RV kfm_verify(CK_SESSION_HANDLE session, const struct kfm_end *end, const CK_BYTE *signature,
                 CK_ULONG signature_len);
/* Parts where there are none: ends it with CKR_FUNCTION_NOT_SUPPORTED. */
CK_RV kfm_refuse_parts(CK_SESSION_HANDLE session, enum kf_operation_kind kind);
