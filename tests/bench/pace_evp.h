// SPDX-License-Identifier: Apache-2.0
// Signatures by OpenSSL's EVP alone: what no module can be faster than.
#ifndef BENCH_PACE_EVP_H
#define BENCH_PACE_EVP_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/evp.h>

struct pace_evp {
    EVP_PKEY *key;
    bool rsa, message; // message: it is signed as it is, in one call (Ed25519)
};

// A fresh key of the type "p256", "rsa2048" or "ed25519".
struct pace_evp pace_evp_make(const char *type);

// What one thread needs, made once: an EVP_PKEY_CTX, or an EVP_MD_CTX for messages.
void *pace_evp_begin(const struct pace_evp *evp);
void pace_evp_sign(const struct pace_evp *evp, void *context, const unsigned char *input,
                   size_t size);
void pace_evp_end(const struct pace_evp *evp, void *context);

#endif
