// SPDX-License-Identifier: Apache-2.0
// What the other rooms ask of a certificate: its parts as DER, its key, its way to a root.
#pragma once

#include <keyfob/cert.h>
#include <openssl/evp.h>

#include "base/auto.h"
#include "base/buf.h"

KF_DEFINE_AUTO_PTR(kf_cert)
KF_DEFINE_AUTO_PTR_WITH(EVP_PKEY, EVP_PKEY_free)

kf_err kf_cert_subject_der(const kf_cert *cert, kf_buf *ret_der);
kf_err kf_cert_issuer_der(const kf_cert *cert, kf_buf *ret_der);
kf_err kf_cert_serial_der(const kf_cert *cert, kf_buf *ret_der);
/* SubjectPublicKeyInfo, DER. */
kf_err kf_cert_spki(const kf_cert *cert, kf_buf *ret_der);
/* A new reference. */
kf_err kf_cert_public_key(const kf_cert *cert, EVP_PKEY **ret_key);
/* A SubjectPublicKeyInfo (DER, nothing after it), checked to be on its curve. KF_E_INPUT. */
kf_err kf_public_key_parse(const uint8_t *spki, size_t len, EVP_PKEY **ret_key);
/* RFC 5280 4.2.1.2, method 1: SHA-1 of the public key's bits. KF_E_CRYPTO. */
kf_err kf_spki_identifier(const kf_buf *spki, uint8_t ret_id[static 20]);
bool kf_cert_has_spki(const kf_cert *cert, const uint8_t *spki, size_t len);
/* Is `cert` signed by the key of `issuer`? */
bool kf_cert_signed_by(const kf_cert *cert, const kf_cert *issuer);

/* Write certificates as a file of the format; DER takes exactly one. */
kf_err kf_certs_encode(const kf_certs *certs, enum kf_cert_format format, kf_buf *ret_bytes);

/* Order `pool` into a chain from `leaf` to one of `anchors` (leaf first, anchor last), verified by
 * OpenSSL at time `now` with depth 8 and without fetching anything. KF_E_UNTRUSTED with the reason.
 * An anchor need not be self-signed. */
kf_err kf_chain_build(const kf_cert *leaf, const kf_certs *pool, const kf_certs *anchors,
                      int64_t now, kf_certs *ret_chain);
