// SPDX-License-Identifier: Apache-2.0
// A CA in the same process: signs a client certificate with a key from a file, as keyfob's lab CA.
#ifndef BENCH_FLOOR_CA_H
#define BENCH_FLOOR_CA_H

#include <openssl/x509.h>

struct floor_ca {
    X509 *certificate;
    EVP_PKEY *key;
};

// Both files are PEM, the key without a passphrase.
struct floor_ca floor_ca_open(const char *certificate_path, const char *key_path);

// Issues a TLS client certificate, valid for a day.
X509 *floor_ca_issue(const struct floor_ca *ca, const X509_NAME *subject, EVP_PKEY *public_key);

// The same for a request, once its signature has shown the possession of the key.
X509 *floor_ca_sign(const struct floor_ca *ca, X509_REQ *csr);

#endif
