// SPDX-License-Identifier: Apache-2.0
// A certificate: parsed once, then only read.
#include "x509/cert.h"

#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/quiet.h"
#include "base/text.h"
#include "x509/name.h"
#include "x509/seen.h"
#include "x509/public_key.h"

struct kf_cert {
    atomic_uint refs;
    X509 *x509;
    kf_buf der, subject, issuer, serial, fingerprint;
    const char *key_title; /* static */
    int64_t not_before, not_after;
};

static kf_err read_time(const ASN1_TIME *time, const char *which, int64_t *ret_seconds) {
    struct tm tm = {0};
    if (!time || ASN1_TIME_to_tm(time, &tm) != 1)
        return kf_fail(KF_E_INPUT, "the certificate's \"%s\" is not a time", which);
    *ret_seconds = (int64_t)timegm(&tm);
    return KF_OK;
}

static kf_err read_serial(const X509 *x509, kf_buf *serial) {
    const ASN1_INTEGER *number = X509_get0_serialNumber(x509);
    if (ASN1_STRING_type(number) == V_ASN1_NEG_INTEGER)
        KF_TRY(kf_buf_add_str(serial, "-"));
    return kf_hex(serial, ASN1_STRING_get0_data(number), (size_t)ASN1_STRING_length(number), 0);
}

static kf_err read_der(X509 *x509, kf_buf *ret_der) {
    uint8_t *der = NULL;
    int len = i2d_X509(x509, &der);
    if (len <= 0)
        return kf_fail_openssl(KF_E_INPUT, "encoding the certificate");
    kf_err err =
        (size_t)len > KF_CERT_FILE_MAX
            ? kf_fail(KF_E_TOO_LARGE, "the certificate is larger than %zu bytes", KF_CERT_FILE_MAX)
            : kf_buf_set(ret_der, der, (size_t)len);
    OPENSSL_free(der);
    return err;
}

static kf_err read_fingerprint(kf_cert *cert) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (!EVP_Digest(cert->der.data, cert->der.len, digest, &len, EVP_sha256(), NULL))
        return kf_fail_openssl(KF_E_CRYPTO, "hashing the certificate");
    return kf_hex(&cert->fingerprint, digest, len, 0);
}

static kf_err read_parts(kf_cert *cert) {
    X509 *x509 = cert->x509;
    KF_QUIET();
    KF_TRY(read_der(x509, &cert->der));
    KF_TRY(kf_name_text(X509_get_subject_name(x509), &cert->subject));
    KF_TRY(kf_name_text(X509_get_issuer_name(x509), &cert->issuer));
    KF_TRY(read_serial(x509, &cert->serial));
    KF_TRY(read_time(X509_get0_notBefore(x509), "not before", &cert->not_before));
    KF_TRY(read_time(X509_get0_notAfter(x509), "not after", &cert->not_after));
    /* A kind that OpenSSL does not know is no reason not to show the certificate. */
    kf_public_key_kind(X509_get_X509_PUBKEY(x509), &cert->key_title);
    return read_fingerprint(cert);
}

kf_err kf_cert_from_x509(X509 *x509, kf_cert **ret_cert) {
    KF_AUTO_PTR(kf_cert) cert = calloc(1, sizeof *cert);
    if (!cert) {
        X509_free(x509);
        return kf_fail(KF_E_MEMORY, "out of memory for a certificate");
    }
    atomic_init(&cert->refs, 1);
    cert->x509 = x509;
    KF_TRY(read_parts(cert));
    *ret_cert = KF_MOVE(cert);
    return KF_OK;
}

kf_cert *kf_cert_ref(kf_cert *cert) {
    if (cert)
        atomic_fetch_add_explicit(&cert->refs, 1, memory_order_relaxed);
    return cert;
}

void kf_cert_free(kf_cert *cert) {
    if (!cert || atomic_fetch_sub_explicit(&cert->refs, 1, memory_order_acq_rel) != 1)
        return;
    X509_free(cert->x509);
    kf_buf_clear(&cert->der);
    kf_buf_clear(&cert->subject);
    kf_buf_clear(&cert->issuer);
    kf_buf_clear(&cert->serial);
    kf_buf_clear(&cert->fingerprint);
    free(cert);
}

const uint8_t *kf_cert_der(const kf_cert *cert, size_t *ret_len) {
    *ret_len = cert->der.len;
    return cert->der.data;
}

const char *kf_cert_subject(const kf_cert *cert) {
    return kf_buf_str(&cert->subject);
}

const char *kf_cert_issuer(const kf_cert *cert) {
    return kf_buf_str(&cert->issuer);
}

const char *kf_cert_serial(const kf_cert *cert) {
    return kf_buf_str(&cert->serial);
}

const char *kf_cert_fingerprint(const kf_cert *cert) {
    return kf_buf_str(&cert->fingerprint);
}

const char *kf_cert_key_title(const kf_cert *cert) {
    return cert->key_title;
}

int64_t kf_cert_not_before(const kf_cert *cert) {
    return cert->not_before;
}

int64_t kf_cert_not_after(const kf_cert *cert) {
    return cert->not_after;
}

bool kf_cert_is_ca(const kf_cert *cert) {
    return (X509_get_extension_flags(cert->x509) & EXFLAG_CA) != 0;
}

bool kf_cert_is_self_issued(const kf_cert *cert) {
    return (X509_get_extension_flags(cert->x509) & EXFLAG_SI) != 0;
}

bool kf_cert_equal(const kf_cert *a, const kf_cert *b) {
    return a == b || (a && b && kf_buf_equal(&a->der, &b->der));
}

X509 *kf_cert_x509(const kf_cert *cert) {
    return cert->x509;
}

static const uint8_t *seen_der(const void *cert, size_t *ret_len) {
    return kf_cert_der(cert, ret_len);
}

static void seen_ref(void *cert) {
    kf_cert_ref(cert);
}

static void seen_free(void *cert) {
    kf_cert_free(cert);
}

static struct kf_seen seen = {
    .der = seen_der, .ref = seen_ref, .free = seen_free, .lock = PTHREAD_MUTEX_INITIALIZER};

static kf_err decode(const uint8_t *der, size_t len, kf_cert **ret_cert) {
    if (len > KF_CERT_FILE_MAX)
        return kf_fail(KF_E_TOO_LARGE, "the certificate is larger than %zu bytes",
                       KF_CERT_FILE_MAX);
    KF_QUIET();
    const uint8_t *end = der;
    X509 *x509 = len ? d2i_X509(NULL, &end, (long)len) : NULL;
    if (!x509)
        return kf_fail(KF_E_INPUT, "this is not a certificate in DER");
    if (end != der + len) {
        X509_free(x509);
        return kf_fail(KF_E_INPUT, "%zu bytes follow the certificate", (size_t)(der + len - end));
    }
    KF_AUTO_PTR(kf_cert) cert = NULL;
    KF_TRY(kf_cert_from_x509(x509, &cert));
    /* X.690 10: BER would give one certificate several fingerprints. */
    if (cert->der.len != len || memcmp(cert->der.data, der, len) != 0)
        return kf_fail(KF_E_INPUT, "the certificate is not encoded in DER");
    *ret_cert = KF_MOVE(cert);
    return KF_OK;
}

kf_err kf_cert_parse(const uint8_t *der, size_t len, kf_cert **ret_cert) {
    kf_cert *cert = kf_seen_find(&seen, der, len);
    if (!cert) {
        KF_TRY(decode(der, len, &cert));
        kf_seen_keep(&seen, cert);
    }
    *ret_cert = cert;
    return KF_OK;
}
