// SPDX-License-Identifier: Apache-2.0
// Certificates for the doubles, made in memory with P-256 keys.
#pragma once

#include <openssl/x509.h>
#include <stdbool.h>

struct double_authority {
    EVP_PKEY *key;
    X509 *certificate;
};

/* What a certificate says; zeros are sensible. */
struct double_wish {
    const char *subject; /* "CN=..,O=..", backslash escapes; NULL: that of `csr` */
    X509_REQ *csr;       /* or NULL */
    EVP_PKEY *key;       /* whose; NULL: that of `csr` */
    bool ca, copy_san;
    const char *usage, *purpose, *san; /* in OpenSSL's words, or NULL */
    long from_days, to_days;           /* from now */
};
/* Signed by `issuer`; NULL: by itself with `wish->key`. Aborts on our own mistakes only. */
X509 *double_certify(const struct double_authority *issuer, const struct double_wish *wish);
/* A CA of its own under `issuer` (NULL: a root). */
struct double_authority double_authority_make(const struct double_authority *issuer,
                                              const char *subject);
void double_authority_clear(struct double_authority *authority);
EVP_PKEY *double_new_key(void);
/* PEM of certificates one after the other, malloc'ed. */
char *double_pem(X509 *const *certificates, size_t count);
