// SPDX-License-Identifier: Apache-2.0
// A certificate for any public key, from a CA that lives as long as the call.
#pragma once

#include <openssl/ec.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "unit/token_fixture.h"

/* `subject` in lines of OU below CN=Ada; NULL for none. */
__attribute__((unused)) static void issue_to(EVP_PKEY *public_key, int serial,
                                             const char *const subject[], kf_buf *ret_der) {
    EVP_PKEY *ca = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)"Ada", -1, -1, 0);
    for (size_t i = 0; subject && subject[i]; i++)
        X509_NAME_add_entry_by_txt(name, "OU", MBSTRING_UTF8, (const unsigned char *)subject[i], -1,
                                   -1, 0);
    X509_NAME_add_entry_by_txt(X509_get_issuer_name(cert), "CN", MBSTRING_UTF8,
                               (const unsigned char *)"Lab", -1, -1, 0);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), serial);
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_version(cert, X509_VERSION_3);
    assert_int_equal(X509_set_pubkey(cert, public_key), 1);
    assert_true(X509_sign(cert, ca, EVP_sha256()) > 0);
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    assert_ok(kf_buf_set(ret_der, der, (size_t)len));
    OPENSSL_free(der);
    X509_free(cert);
    EVP_PKEY_free(ca);
}

__attribute__((unused)) static void issue(EVP_PKEY *public_key, int serial, kf_buf *ret_der) {
    issue_to(public_key, serial, NULL, ret_der);
}
