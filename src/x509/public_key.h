// SPDX-License-Identifier: Apache-2.0
// A public key into the X509_PUBKEY of a request or a certificate.
#pragma once

#include <openssl/x509.h>

#include "x509/cert.h"

/* Writes the key without OpenSSL's encoder, which X509_set_pubkey() puts together for 5 million
 * instructions; `to` is good for encoding, not for asking its key. False, and nothing written, for
 * a kind of key that takes the encoder. */
bool kf_public_key_set(X509_PUBKEY *to, EVP_PKEY *key);
/* As above from a SubjectPublicKeyInfo whose algorithm OpenSSL does not know. */
kf_err kf_public_key_set_der(X509_PUBKEY *to, const uint8_t *spki, size_t len);

/* The kind of key, also of those that OpenSSL does not know; `ret_title` may be NULL. */
enum kf_key_type kf_public_key_kind(const X509_PUBKEY *key, const char **ret_title);
