// SPDX-License-Identifier: Apache-2.0
// GOST: keys, signatures and hashes of GOST R 34.10-2012, made by the program gost-crypto.
#pragma once

#include <stdbool.h>

#include <p11-kit/pkcs11.h>

#include "fakes/attrs.h"

// Numbers of TC 26 for what PKCS#11 2.40 has none.
#define CKK_GOSTR3410_512_TC26       0xD4321003UL
#define CKM_GOSTR3410_512_PAIRS_TC26 0xD4321005UL
#define CKM_GOSTR3410_512_TC26       0xD4321006UL
#define CKM_GOSTR3411_12_256_TC26    0xD4321012UL
#define CKM_GOSTR3411_12_512_TC26    0xD4321013UL

enum { GOST_MAX = 128 };

bool gost_is_mechanism(CK_MECHANISM_TYPE mechanism);
bool gost_is_key(CK_KEY_TYPE type);
// The key type that the mechanism makes or signs with.
CK_KEY_TYPE gost_key_type(CK_MECHANISM_TYPE mechanism);
// Both halves get their values. The curve must be the usual one.
CK_RV gost_generate(CK_MECHANISM_TYPE mechanism, struct attrs *public, struct attrs *private);
// The length of a signature with this mechanism.
size_t gost_signature_len(CK_MECHANISM_TYPE mechanism);
CK_RV gost_sign(const unsigned char *key, size_t key_len, const CK_BYTE *digest, CK_ULONG len,
                unsigned char *to, size_t to_len);
// CKR_DATA_LEN_RANGE above 1 MiB.
CK_RV gost_digest(CK_MECHANISM_TYPE mechanism, const CK_BYTE *data, CK_ULONG len,
                  unsigned char to[GOST_MAX], size_t *ret_len);
