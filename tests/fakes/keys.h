// SPDX-License-Identifier: Apache-2.0
// Keys: between attributes and OpenSSL.
#pragma once

#include <stdbool.h>

#include <openssl/types.h>
#include <p11-kit/pkcs11.h>

#include "fakes/attrs.h"

struct fake;

// Made at first use, freed by C_Finalize.
OSSL_LIB_CTX *keys_crypto(struct fake *fake);

// A key of the curve named by CKA_EC_PARAMS (an object identifier, or for Ed25519 also the
// PrintableString "edwards25519"); NULL when there is no such curve.
EVP_PKEY *keys_generate_curve(struct fake *fake, const struct attr *params);
EVP_PKEY *keys_generate_rsa(struct fake *fake, size_t bits, BIGNUM *exponent);

// The OpenSSL name of the curve; NULL when unknown, "ED25519" for that one.
const char *keys_curve(const struct attr *params);

// The values of the key as attributes; a point goes unwrapped when raw.
void keys_to_public(const EVP_PKEY *key, bool raw_point, struct attrs *attrs);
void keys_to_private(const EVP_PKEY *key, struct attrs *attrs);

// The key that a private key object holds, NULL when its attributes make none.
EVP_PKEY *keys_from_private(struct fake *fake, const struct attrs *attrs);
