// SPDX-License-Identifier: Apache-2.0
// The hashes: as mechanisms, as mask generation functions, and as OpenSSL names them.
#pragma once

#include <stddef.h>

#include "keys/ck.h"

#define KF_HASH_MAX 64 /* bytes */

struct kf_hash {
    const char *name; /* OpenSSL's */
    CK_MECHANISM_TYPE type;
    CK_ULONG mgf; /* CKG_MGF1_... (PKCS#11 2.40, 2.1.7) */
    int nid;
    size_t len;
};

/* NULL when there is none. */
const struct kf_hash *kf_hash_find(CK_MECHANISM_TYPE type);
const struct kf_hash *kf_hash_find_mgf(CK_ULONG mgf);
