// SPDX-License-Identifier: Apache-2.0
// The table of hashes.
#include "keys/hash.h"

#include <openssl/obj_mac.h>

#include "base/auto.h"

static const struct kf_hash hashes[] = {
    {"SHA1", CKM_SHA_1, CKG_MGF1_SHA1, NID_sha1, 20},
    {"SHA224", CKM_SHA224, CKG_MGF1_SHA224, NID_sha224, 28},
    {"SHA256", CKM_SHA256, CKG_MGF1_SHA256, NID_sha256, 32},
    {"SHA384", CKM_SHA384, CKG_MGF1_SHA384, NID_sha384, 48},
    {"SHA512", CKM_SHA512, CKG_MGF1_SHA512, NID_sha512, 64},
};

const struct kf_hash *kf_hash_find(CK_MECHANISM_TYPE type) {
    for (size_t i = 0; i < KF_COUNT(hashes); i++)
        if (hashes[i].type == type)
            return &hashes[i];
    return NULL;
}

const struct kf_hash *kf_hash_find_mgf(CK_ULONG mgf) {
    for (size_t i = 0; i < KF_COUNT(hashes); i++)
        if (hashes[i].mgf == mgf)
            return &hashes[i];
    return NULL;
}
