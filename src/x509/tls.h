// SPDX-License-Identifier: Apache-2.0
// Certificates of a TLS connection: what the other side must show, and what we show.
#pragma once

#include <keyfob/cert.h>
#include <openssl/ssl.h>

/* TLS 1.2 or newer, no renegotiation; what was decrypted is wiped once it was read; session keys
 * are written nowhere, whatever SSLKEYLOGFILE says. */
kf_err kf_tls_rules(SSL_CTX *ctx);

/* Only these certificates (at least one; they need not be self-signed) are anchors of `ctx`; the
 * system's roots are not. */
kf_err kf_tls_anchors(SSL_CTX *ctx, const kf_certs *anchors);

/* The other side, and what was wrong with it. Must live as long as the context and its connections.
 */
struct kf_tls_peer {
    const char *host; /* DNS name or IP address (without brackets) that its certificate is for */
    /* SHA-256 (32 bytes) of a certificate in the presented chain, which is then the anchor: the
     * chain up to it, its validity and the host are verified as always. NULL: the context's
     * anchors. */
    const uint8_t *fingerprint;
    char problem[512]; /* why its certificate was refused, "" when it was not */
    int alert;         /* the last fatal alert (RFC 8446 6) that it sent, 0 = none */
};
/* Verify the other side's certificate while shaking hands, before ours is shown, and note in `peer`
 * what goes wrong. */
kf_err kf_tls_expect(SSL_CTX *ctx, struct kf_tls_peer *peer);

/* The certificate (leaf first) and key that we show. `key` is an EVP_PKEY of the provider; a
 * reference is taken. KF_E_KEY_MISMATCH. */
kf_err kf_tls_identity(SSL_CTX *ctx, const kf_certs *chain, EVP_PKEY *key);
