// SPDX-License-Identifier: Apache-2.0
// Operations: signing, decrypting, agreeing on a secret.
#pragma once

#include <p11-kit/pkcs11.h>

struct fake;

CK_RV operation_sign_init(struct fake *fake, CK_SESSION_HANDLE handle,
                          const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
CK_RV operation_sign(struct fake *fake, CK_SESSION_HANDLE handle, const CK_BYTE *data, CK_ULONG len,
                     CK_BYTE *signature, CK_ULONG *signature_len);

CK_RV operation_digest_init(struct fake *fake, CK_SESSION_HANDLE handle,
                            const CK_MECHANISM *mechanism);
CK_RV operation_digest(struct fake *fake, CK_SESSION_HANDLE handle, const CK_BYTE *data,
                       CK_ULONG len, CK_BYTE *digest, CK_ULONG *digest_len);

CK_RV operation_decrypt_init(struct fake *fake, CK_SESSION_HANDLE handle,
                             const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
CK_RV operation_decrypt(struct fake *fake, CK_SESSION_HANDLE handle, const CK_BYTE *data,
                        CK_ULONG len, CK_BYTE *plain, CK_ULONG *plain_len);

CK_RV operation_derive(struct fake *fake, CK_SESSION_HANDLE handle, const CK_MECHANISM *mechanism,
                       CK_OBJECT_HANDLE key, const CK_ATTRIBUTE *template, CK_ULONG count,
                       CK_OBJECT_HANDLE *ret_object);
CK_RV operation_random(struct fake *fake, CK_SESSION_HANDLE handle, CK_BYTE *bytes, CK_ULONG len);
