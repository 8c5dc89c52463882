// SPDX-License-Identifier: Apache-2.0
// Certificates made in code for tests, good and bad ones.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/rsa.h>

#include "base/text.h"
#include "x509/json.h"
#include "x509/name.h"

#define NOW ((int64_t)1795000000) /* 2026-11-18 */
#define DAY ((int64_t)86400)

struct extension {
    const char *name, *value; /* as in openssl.cnf: "basicConstraints", "critical,CA:TRUE" */
};

struct make {
    const char *subject;
    EVP_PKEY *key;
    const kf_cert *issuer; /* NULL: signed by itself */
    EVP_PKEY *signer;      /* NULL: `key` */
    int64_t from, to;      /* 0: a day ago, a year ahead */
    long serial;           /* 0: 7 */
    const EVP_MD *hash;    /* NULL: SHA-256 */
    int version;           /* 0: version 3 */
    struct extension extensions[8];
};

__attribute__((unused)) static EVP_PKEY *make_p256(void) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    assert_non_null(key);
    return key;
}

__attribute__((unused)) static void make_extensions(X509 *x509, X509 *issuer,
                                                    const struct extension *list, size_t count) {
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, x509, NULL, NULL, 0);
    for (size_t i = 0; i < count && list[i].name; i++) {
        X509_EXTENSION *extension = X509V3_EXT_conf(NULL, &ctx, list[i].name, list[i].value);
        if (!extension)
            fail_msg("extension %s = %s", list[i].name, list[i].value);
        X509_add_ext(x509, extension, -1);
        X509_EXTENSION_free(extension);
    }
}

__attribute__((unused)) static X509 *make_x509(const struct make *make) {
    X509 *x509 = X509_new(), *issuer = make->issuer ? kf_cert_x509(make->issuer) : x509;
    KF_AUTO_PTR(X509_NAME) name = NULL;
    assert_int_equal(kf_name_parse(make->subject, &name), KF_OK);
    X509_set_version(x509, make->version ? make->version - 1 : X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), make->serial ? make->serial : 7);
    ASN1_TIME_set(X509_getm_notBefore(x509), make->from ? make->from : NOW - DAY);
    ASN1_TIME_set(X509_getm_notAfter(x509), make->to ? make->to : NOW + 365 * DAY);
    X509_set_subject_name(x509, name);
    X509_set_issuer_name(x509, X509_get_subject_name(issuer));
    X509_set_pubkey(x509, make->key);
    make_extensions(x509, issuer, make->extensions, KF_COUNT(make->extensions));
    EVP_PKEY *signer = make->signer ? make->signer : make->key;
    const EVP_MD *hash = EVP_PKEY_is_a(signer, "ED25519") ? NULL : EVP_sha256();
    assert_true(X509_sign(x509, signer, make->hash ? make->hash : hash) > 0);
    return x509;
}

__attribute__((unused)) static kf_cert *make_cert(const struct make *make) {
    kf_cert *cert = NULL;
    assert_int_equal(kf_cert_from_x509(make_x509(make), &cert), KF_OK);
    return cert;
}

__attribute__((unused)) static kf_cert *make_root(const char *subject, EVP_PKEY *key) {
    return make_cert(&(struct make){.subject = subject,
                                    .key = key,
                                    .to = NOW + 3650 * DAY,
                                    .extensions = {{"basicConstraints", "critical,CA:TRUE"},
                                                   {"keyUsage", "critical,keyCertSign,cRLSign"},
                                                   {"subjectKeyIdentifier", "hash"}}});
}

/* A request with these extensions, signed by its key. */
__attribute__((unused)) static kf_err make_csr(const char *subject, EVP_PKEY *key,
                                               const struct extension *list, size_t count,
                                               kf_csr **ret_csr) {
    KF_AUTO_PTR(X509_REQ) request = X509_REQ_new();
    KF_AUTO_PTR(X509_NAME) name = NULL;
    X509 *holder = X509_new();
    X509_set_pubkey(holder, key);
    make_extensions(holder, holder, list, count);
    assert_int_equal(kf_name_parse(subject, &name), KF_OK);
    X509_REQ_set_subject_name(request, name);
    X509_REQ_set_pubkey(request, key);
    if (X509_get0_extensions(holder))
        X509_REQ_add_extensions(request, (X509_EXTENSIONS *)X509_get0_extensions(holder));
    assert_true(X509_REQ_sign(request, key, EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256()) >
                0);
    uint8_t *der = NULL;
    int len = i2d_X509_REQ(request, &der);
    kf_err err = kf_csr_read(der, (size_t)len, ret_csr);
    OPENSSL_free(der);
    X509_free(holder);
    return err;
}

/* Of one kf_err call: the code and a part of the sentence. */
#define assert_fails(expression, expected, part)                                                   \
    do {                                                                                           \
        kf_err err_ = (expression);                                                                \
        if (err_ != (expected) || !strstr(kf_error_sentence(err_), (part)))                        \
            fail_msg("%s, \"%s\" instead of \"%s\"", kf_error_info(err_)->code,                    \
                     kf_error_sentence(err_), (part));                                             \
    } while (0)
