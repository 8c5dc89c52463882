// SPDX-License-Identifier: Apache-2.0
// The types of keys that are measured; a token key is labelled with its type.
#ifndef BENCH_PACE_KEYS_H
#define BENCH_PACE_KEYS_H

#include <stdbool.h>

#include "pace.h"

struct pace_type {
    const char *name;
    CK_MECHANISM_TYPE generate, sign;
    const CK_BYTE *input; // what is signed: a digest, a DigestInfo, a message
    CK_ULONG input_size;
    const CK_BYTE *parameters; // CKA_EC_PARAMS, NULL for RSA
    CK_ULONG parameters_size;
};

// Ends the process when there is no such type.
const struct pace_type *pace_type(const char *name);

// A key pair on the token under this id and label.
CK_RV pace_generate_pair(const struct pace *pace, const struct pace_type *type, const char *name);

#endif
