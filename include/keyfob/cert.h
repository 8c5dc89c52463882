// SPDX-License-Identifier: Apache-2.0
// Certificates as data: read, shown, compared, written to files.
#pragma once

#include <keyfob/context.h>
#include <stddef.h>

struct json_t;

typedef struct kf_cert kf_cert; /* immutable, reference counted */

#define KF_CERT_FILE_MAX  ((size_t)256 * 1024)
#define KF_CERT_COUNT_MAX 16

/* Exactly one DER certificate without trailing bytes. KF_E_INPUT. */
kf_err kf_cert_parse(const uint8_t *der, size_t len, kf_cert **ret_cert);
kf_cert *kf_cert_ref(kf_cert *cert);
void kf_cert_free(kf_cert *cert);

/* A list of at most KF_CERT_COUNT_MAX certificates; start with `= {0}`. */
typedef struct kf_certs {
    kf_cert **items; /* one reference each */
    size_t count;
} kf_certs;
kf_err kf_certs_add(kf_certs *certs, kf_cert *cert); /* takes a reference of its own */
void kf_certs_clear(kf_certs *certs);

/* What a CA hands out: PEM with any line ends and any text around, bare base64, DER, PKCS#7
 * certificates (PEM or DER, RFC 2315 degenerate SignedData). At most KF_CERT_FILE_MAX bytes.
 * KF_E_INPUT says what was found instead. */
kf_err kf_certs_read(const uint8_t *data, size_t len, kf_certs *ret_certs);

/* Static or owned by the certificate. */
const uint8_t *kf_cert_der(const kf_cert *cert, size_t *ret_len);
const char *kf_cert_subject(const kf_cert *cert); /* RFC 4514, UTF-8, escaped for display */
const char *kf_cert_issuer(const kf_cert *cert);
const char *kf_cert_serial(const kf_cert *cert);      /* lower-case hex */
const char *kf_cert_fingerprint(const kf_cert *cert); /* SHA-256, lower-case hex, 64 characters */
const char *kf_cert_key_title(const kf_cert *cert);   /* "P-256", "RSA 2048" */
int64_t kf_cert_not_before(const kf_cert *cert);      /* seconds since the epoch */
int64_t kf_cert_not_after(const kf_cert *cert);
bool kf_cert_is_ca(const kf_cert *cert); /* basicConstraints CA:TRUE */
bool kf_cert_is_self_issued(const kf_cert *cert);
bool kf_cert_equal(const kf_cert *a, const kf_cert *b);

/* keyfob.certificate/1: subject (list of oid, name, value), issuer, serial, validity, key, usages,
 * alternative names, fingerprint. */
kf_err kf_cert_json(const kf_cert *cert, struct json_t **ret_json);

enum kf_cert_format { KF_CERT_PEM, KF_CERT_DER, KF_CERT_PKCS7, KF_CERT_PKCS7_PEM };
