// SPDX-License-Identifier: Apache-2.0
// CSRs and certificates in the forms that clients send.
#pragma once

#include <openssl/x509.h>

/* PEM, DER or bare base64; NULL when it is none or its signature is bad. */
X509_REQ *double_decode_csr(const char *text, size_t len);
X509 *double_decode_certificate(const char *text, size_t len);
/* OpenSSL's memory as malloc's. */
unsigned char *double_moved(unsigned char *data, size_t len);
