// SPDX-License-Identifier: Apache-2.0
// Certificates of a TLS connection: what the other side must show, and what we show.
#pragma once

#include <keyfob/cert.h>
#include <openssl/ssl.h>

/* Only these certificates (at least one; they need not be self-signed) are anchors of `ctx`; the
 * system's roots are not. */
kf_err kf_tls_anchors(SSL_CTX *ctx, const kf_certs *anchors);
/* The certificate in the presented chain with this SHA-256 fingerprint (32 bytes) is the anchor:
 * the chain up to it, its validity and the host name are verified as always. `fingerprint` must
 * live as long as `ctx`. */
kf_err kf_tls_pin(SSL_CTX *ctx, const uint8_t fingerprint[static 32]);
/* The certificate (leaf first) and key that we show. `key` is an EVP_PKEY of the provider; a
 * reference is taken. KF_E_KEY_MISMATCH. */
kf_err kf_tls_identity(SSL_CTX *ctx, const kf_certs *chain, EVP_PKEY *key);
