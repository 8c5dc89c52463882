// SPDX-License-Identifier: Apache-2.0
// Parts of a certificate as DER and its key, for matching with what is on a token.
#include "x509/cert.h"

#include <string.h>

#include "base/quiet.h"
#include "x509/name.h"
#include "x509/gost.h"

/* Take over what an i2d function allocated. */
static kf_err keep(uint8_t *der, int len, const char *what, kf_buf *ret_der) {
    if (len <= 0)
        return kf_fail_openssl(KF_E_CRYPTO, what);
    kf_err err = kf_buf_set(ret_der, der, (size_t)len);
    OPENSSL_free(der);
    return err;
}

kf_err kf_cert_subject_der(const kf_cert *cert, kf_buf *ret_der) {
    uint8_t *der = NULL;
    int len = i2d_X509_NAME(X509_get_subject_name(kf_cert_x509(cert)), &der);
    return keep(der, len, "encoding the subject", ret_der);
}

kf_err kf_cert_issuer_der(const kf_cert *cert, kf_buf *ret_der) {
    uint8_t *der = NULL;
    int len = i2d_X509_NAME(X509_get_issuer_name(kf_cert_x509(cert)), &der);
    return keep(der, len, "encoding the issuer", ret_der);
}

kf_err kf_cert_serial_der(const kf_cert *cert, kf_buf *ret_der) {
    uint8_t *der = NULL;
    int len = i2d_ASN1_INTEGER(X509_get0_serialNumber(kf_cert_x509(cert)), &der);
    return keep(der, len, "encoding the serial number", ret_der);
}

kf_err kf_cert_spki(const kf_cert *cert, kf_buf *ret_der) {
    uint8_t *der = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(kf_cert_x509(cert)), &der);
    return keep(der, len, "encoding the public key", ret_der);
}

kf_err kf_cert_public_key(const kf_cert *cert, EVP_PKEY **ret_key) {
    EVP_PKEY *key = X509_get_pubkey(kf_cert_x509(cert));
    if (!key)
        return kf_fail_openssl(KF_E_INPUT, "reading the certificate's public key");
    *ret_key = key;
    return KF_OK;
}

bool kf_cert_has_spki(const kf_cert *cert, const uint8_t *spki, size_t len) {
    KF_AUTO(kf_buf) own = {0};
    if (kf_cert_spki(cert, &own) != KF_OK)
        return false;
    return (own.len == len && memcmp(own.data, spki, len) == 0) ||
           kf_gost_same(own.data, own.len, spki, len);
}

bool kf_cert_signed_by(const kf_cert *cert, const kf_cert *issuer) {
    KF_QUIET();
    EVP_PKEY *key = X509_get0_pubkey(kf_cert_x509(issuer));
    return key && X509_verify(kf_cert_x509(cert), key) == 1;
}
