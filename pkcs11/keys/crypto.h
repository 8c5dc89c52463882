// SPDX-License-Identifier: Apache-2.0
// OpenSSL as this module uses it: a library context of our own, so that neither the host's
// configuration nor its providers (keyfob's built-in one among them) decide who computes with our
// keys; and nothing of ours stays in the host's queue of errors.
#pragma once

#include <openssl/types.h>

#include "base/quiet.h"

/* Made at the first call (about a millisecond) with OpenSSL's default provider; NULL when that
 * fails. The child of a fork gets one of its own. Safe for many threads. */
OSSL_LIB_CTX *kf_crypto(void);
/* To make keys of the type "RSA", "EC" or "ED25519". By the type's OID: under such a name
 * OpenSSL 3.0 asks the host's engines first, and libp11's (which may have loaded us) makes none. */
EVP_PKEY_CTX *kf_key_maker(const char *type);
/* Its default provider, for signer_edwards.c; after kf_crypto(), and as long. */
OSSL_PROVIDER *kf_crypto_provider(void);
