// SPDX-License-Identifier: Apache-2.0
// Mechanisms: what the token can do with which keys.
#pragma once

#include <p11-kit/pkcs11.h>

struct fake;

CK_RV mechanisms_list(struct fake *fake, CK_SLOT_ID id, CK_MECHANISM_TYPE *types, CK_ULONG *count);
CK_RV mechanisms_info(struct fake *fake, CK_SLOT_ID id, CK_MECHANISM_TYPE type,
                      CK_MECHANISM_INFO *ret_info);

// CKR_MECHANISM_INVALID when the token does not have it, or not for this use (a CKF_ flag).
CK_RV mechanisms_check(const struct fake *fake, CK_MECHANISM_TYPE type, CK_FLAGS use);
