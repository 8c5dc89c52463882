// SPDX-License-Identifier: Apache-2.0
// Is a public key what was asked for, and strong?
#pragma once

#include <keyfob/container.h>
#include <openssl/evp.h>

/* Type and size as asked; RSA: exponent, odd, no square, no small factors, no ROCA fingerprint
 * (CVE-2017-15361); EC: on its curve. KF_E_KEY_WEAK with the reason. */
kf_err kf_key_check(EVP_PKEY *public_key, enum kf_key_type asked);
