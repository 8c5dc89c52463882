// SPDX-License-Identifier: Apache-2.0
// The table of hashes.
#include "token/mechanism.h"

#include "base/auto.h"

#define PREFIX(...) .prefix = {__VA_ARGS__}, .prefix_len = sizeof((uint8_t[]){__VA_ARGS__})

static const struct kf_hash hashes[] = {
    {.name = "SHA1",
     .len = 20,
     .mechanism = CKM_SHA_1,
     .mgf1 = CKG_MGF1_SHA1,
     PREFIX(0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04,
            0x14)},
    {.name = "SHA224",
     .len = 28,
     .mechanism = CKM_SHA224,
     .mgf1 = CKG_MGF1_SHA224,
     PREFIX(0x30, 0x2d, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
            0x04, 0x05, 0x00, 0x04, 0x1c)},
    {.name = "SHA256",
     .len = 32,
     .mechanism = CKM_SHA256,
     .mgf1 = CKG_MGF1_SHA256,
     PREFIX(0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
            0x01, 0x05, 0x00, 0x04, 0x20)},
    {.name = "SHA384",
     .len = 48,
     .mechanism = CKM_SHA384,
     .mgf1 = CKG_MGF1_SHA384,
     PREFIX(0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
            0x02, 0x05, 0x00, 0x04, 0x30)},
    {.name = "SHA512",
     .len = 64,
     .mechanism = CKM_SHA512,
     .mgf1 = CKG_MGF1_SHA512,
     PREFIX(0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
            0x03, 0x05, 0x00, 0x04, 0x40)},
};

kf_err kf_hash_find(const EVP_MD *md, const struct kf_hash **ret_hash) {
    if (!md)
        return kf_fail(KF_E_CRYPTO, "no hash was chosen");
    for (size_t i = 0; i < KF_COUNT(hashes); i++)
        if (EVP_MD_is_a(md, hashes[i].name)) {
            *ret_hash = &hashes[i];
            return KF_OK;
        }
    return kf_fail(KF_E_UNSUPPORTED, "tokens do not know the hash \"%s\"", EVP_MD_get0_name(md));
}
