// SPDX-License-Identifier: Apache-2.0
// A public key into the X509_PUBKEY of a request or a certificate.
#pragma once

#include <openssl/x509.h>

#include "x509/cert.h"

/* Writes the key without OpenSSL's encoder, which X509_set_pubkey() puts together for 5 million
 * instructions; `to` is good for encoding, not for asking its key. False, and nothing written, for
 * a kind of key that takes the encoder. */
bool kf_public_key_set(X509_PUBKEY *to, EVP_PKEY *key);
