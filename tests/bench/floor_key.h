// SPDX-License-Identifier: Apache-2.0
// A P-256 key pair on a token and the certificate beside it, in 3 calls.
#ifndef BENCH_FLOOR_KEY_H
#define BENCH_FLOOR_KEY_H

#include <openssl/x509.h>

#include "floor.h"

enum { FLOOR_ID_BYTES = 20 };

struct floor_key {
    CK_BYTE id[FLOOR_ID_BYTES]; // CKA_ID, random
    const char *label;
    CK_OBJECT_HANDLE private_key;
    EVP_PKEY *public_key;
};

// Generates the pair and reads the public key back: 2 calls. label is kept.
struct floor_key floor_key_generate(const struct floor *floor, const char *label);

// Writes the certificate under the key's id and label: 1 call.
void floor_key_store(const struct floor *floor, const struct floor_key *key, X509 *certificate);

#endif
