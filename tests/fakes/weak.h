// SPDX-License-Identifier: Apache-2.0
// Weak keys: real key pairs that nobody should accept.
#pragma once

#include <stddef.h>

#include <openssl/types.h>

#include "fakes/attrs.h"

struct fake;

// The weakness of the script, for RSA of so many bits. E1, E3 and ROCA (CVE-2017-15361) are for
// RSA.
EVP_PKEY *weak_rsa(struct fake *fake, size_t bits);

// "bits" gives P-192, "duplicate" always the same key; otherwise an ordinary key.
EVP_PKEY *weak_curve(struct fake *fake, const struct attr *params);
