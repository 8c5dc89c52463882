// SPDX-License-Identifier: Apache-2.0
// Pairs: key generation.
#pragma once

#include <p11-kit/pkcs11.h>

struct fake;

// What the caller wants, with the arguments of C_GenerateKeyPair.
struct pair_wish {
    const CK_MECHANISM *mechanism;
    const CK_ATTRIBUTE *public;
    CK_ULONG public_count;
    const CK_ATTRIBUTE *private;
    CK_ULONG private_count;
};

CK_RV pairs_generate(struct fake *fake, CK_SESSION_HANDLE handle, const struct pair_wish *wish,
                     CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private);
