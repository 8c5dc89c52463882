// SPDX-License-Identifier: Apache-2.0
// PINs: login, the tries that are left, changing and unblocking.
#pragma once

#include <p11-kit/pkcs11.h>

struct fake;
struct token;

CK_RV pins_login(struct fake *fake, CK_SESSION_HANDLE handle, CK_USER_TYPE user,
                 const CK_UTF8CHAR *pin, CK_ULONG len);
CK_RV pins_logout(struct fake *fake, CK_SESSION_HANDLE handle);

CK_RV pins_init_token(struct fake *fake, CK_SLOT_ID id, const CK_UTF8CHAR *so_pin, CK_ULONG len,
                      const CK_UTF8CHAR *label);
CK_RV pins_init_pin(struct fake *fake, CK_SESSION_HANDLE handle, const CK_UTF8CHAR *pin,
                    CK_ULONG len);
CK_RV pins_set(struct fake *fake, CK_SESSION_HANDLE handle, const CK_UTF8CHAR *old,
               CK_ULONG old_len, const CK_UTF8CHAR *fresh, CK_ULONG fresh_len);

// What the token says of its PINs in CK_TOKEN_INFO.
CK_FLAGS pins_flags(const struct fake *fake, const struct token *token);
CK_ULONG pins_min(const struct fake *fake);
CK_ULONG pins_max(const struct fake *fake);
