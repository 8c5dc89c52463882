// SPDX-License-Identifier: Apache-2.0
// Keys and requests for the tests of requests.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <string.h>

#include "x509/csr.h"
#include "x509/json.h"
#include "x509/name.h"

#define TEST_SID "S-1-5-21-1004336348-1177238915-682003330-1104"

/* "p256", "ed25519", "rsa2048" and the like; RSA keys of a size are made once. */
__attribute__((unused)) static EVP_PKEY *test_key(const char *kind) {
    static EVP_PKEY *kept[8];
    static const char *const kinds[8] = {"p256",    "p384",   "ed25519", "rsa2048",
                                         "rsa1024", "rsa512", "ed448",   "secp256k1"};
    size_t i = 0;
    while (i < 8 && strcmp(kinds[i], kind) != 0)
        i++;
    assert_true(i < 8);
    if (!kept[i])
        kept[i] = i == 0   ? EVP_EC_gen("P-256")
                  : i == 1 ? EVP_EC_gen("P-384")
                  : i == 2 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
                  : i == 6 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED448")
                  : i == 7 ? EVP_EC_gen("secp256k1")
                           : EVP_RSA_gen(i == 3   ? 2048
                                         : i == 4 ? 1024
                                                  : 512);
    assert_non_null(kept[i]);
    return kept[i];
}

__attribute__((unused)) static kf_profile *test_profile(const char *text) {
    kf_profile *profile = NULL;
    kf_err err = kf_profile_parse(text, strlen(text), "x", &profile);
    if (err != KF_OK)
        fail_msg("%s", kf_error_sentence(err));
    return profile;
}

__attribute__((unused)) static kf_csr *test_build(const struct kf_csr_spec *spec,
                                                  const char *kind) {
    kf_csr *csr = NULL;
    EVP_PKEY *key = test_key(kind);
    kf_err err = kf_csr_build(spec, key, key, &csr);
    if (err != KF_OK)
        fail_msg("%s", kf_error_sentence(err));
    return csr;
}

/* A request that kf_csr_build() would not make: `change` may set anything before it is signed. */
__attribute__((unused)) static kf_csr *test_odd(const char *subject, const char *kind,
                                                const EVP_MD *md, void (*change)(X509_REQ *req)) {
    KF_AUTO_PTR(X509_REQ) req = X509_REQ_new();
    KF_AUTO_PTR(X509_NAME) name = NULL;
    EVP_PKEY *key = test_key(kind);
    unsigned char *der = NULL;
    kf_csr *csr = NULL;
    assert_int_equal(kf_name_parse(subject, &name), KF_OK);
    assert_true(X509_REQ_set_subject_name(req, name) && X509_REQ_set_pubkey(req, key));
    if (change)
        change(req);
    assert_true(X509_REQ_sign(req, key, md) > 0);
    int len = i2d_X509_REQ(req, &der);
    kf_err err = kf_csr_read(der, (size_t)len, &csr);
    OPENSSL_free(der);
    if (err != KF_OK)
        fail_msg("%s", kf_error_sentence(err));
    return csr;
}
