// SPDX-License-Identifier: Apache-2.0
// Requests as data: verified once, then immutable.
#include "x509/csr.h"

#include <openssl/err.h>
#include <string.h>

#include "base/text.h"
#include "x509/attribute.h"
#include "x509/csr_parts.h"
#include "x509/public_key.h"
#include "x509/seen.h"

#define RSA_BITS_MIN 1024

static kf_err set_subject(kf_csr *csr) {
    KF_AUTO(kf_buf) text = {0};
    KF_TRY(kf_name_text(X509_REQ_get_subject_name(csr->req), &text));
    csr->subject = strdup(kf_buf_str(&text));
    return csr->subject ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory for a request");
}

/* Proof of possession (RFC 2986 4.2): what the key did not sign is no request. */
static kf_err verify(X509_REQ *req, bool *ret_unproven) {
    EVP_PKEY *key = X509_REQ_get0_pubkey(req);
    ERR_clear_error();
    *ret_unproven = !key && kf_public_key_kind(X509_REQ_get_X509_PUBKEY(req), NULL) != KF_KEY_NONE;
    if (*ret_unproven)
        return KF_OK;
    if (!key)
        return kf_fail(KF_E_INPUT, "the request's key is of a kind that cannot be read here");
    if (EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) < RSA_BITS_MIN)
        return kf_fail(KF_E_INPUT, "the request's RSA key has %d bits, fewer than %d",
                       EVP_PKEY_get_bits(key), RSA_BITS_MIN);
    int good = X509_REQ_verify(req, key);
    ERR_clear_error();
    if (good == 1)
        return KF_OK;
    return kf_fail(
        KF_E_INPUT,
        "the request's own signature is wrong (%s): it was damaged, or signed with another key",
        kf_public_key_title(key));
}

void kf_csr_free(kf_csr *csr) {
    if (!csr || atomic_fetch_sub_explicit(&csr->refs, 1, memory_order_acq_rel) != 1)
        return;
    X509_REQ_free(csr->req);
    kf_buf_clear(&csr->der);
    free(csr->subject);
    free(csr);
}

const uint8_t *kf_csr_der(const kf_csr *csr, size_t *ret_len) {
    *ret_len = csr->der.len;
    return csr->der.data;
}

const char *kf_csr_subject(const kf_csr *csr) {
    return csr->subject;
}

bool kf_csr_is_proven(const kf_csr *csr) {
    return !csr->unproven;
}

enum kf_key_type kf_csr_key_type(const kf_csr *csr) {
    return kf_public_key_kind(X509_REQ_get_X509_PUBKEY(csr->req), NULL);
}

const char *kf_csr_key_title(const kf_csr *csr) {
    const char *title = NULL;
    kf_public_key_kind(X509_REQ_get_X509_PUBKEY(csr->req), &title);
    return title;
}

X509_REQ *kf_csr_x509(const kf_csr *csr) {
    return csr->req;
}

kf_err kf_csr_spki(const kf_csr *csr, kf_buf *ret_der) {
    unsigned char *der = NULL;
    int len = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(csr->req), &der);
    if (len < 0)
        return kf_fail_openssl(KF_E_CRYPTO, "encoding the public key");
    kf_err err = kf_buf_set(ret_der, der, (size_t)len);
    OPENSSL_free(der);
    return err;
}

kf_err kf_csr_public_key(const kf_csr *csr, EVP_PKEY **ret_key) {
    EVP_PKEY *key = X509_REQ_get_pubkey(csr->req);
    if (!key && csr->unproven) {
        ERR_clear_error();
        return kf_fail(KF_E_UNSUPPORTED, "OpenSSL does not know the kind of the request's key");
    }
    if (!key)
        return kf_fail_openssl(KF_E_CRYPTO, "reading the public key of the request");
    *ret_key = key;
    return KF_OK;
}

static const uint8_t *seen_der(const void *csr, size_t *ret_len) {
    return kf_csr_der(csr, ret_len);
}

static void seen_ref(void *csr) {
    atomic_fetch_add_explicit(&((kf_csr *)csr)->refs, 1, memory_order_relaxed);
}

static void seen_free(void *csr) {
    kf_csr_free(csr);
}

static struct kf_seen seen = {
    .der = seen_der, .ref = seen_ref, .free = seen_free, .lock = PTHREAD_MUTEX_INITIALIZER};

static kf_err decode(const uint8_t *der, size_t len, kf_csr **ret_csr) {
    KF_AUTO_PTR(kf_csr) csr = calloc(1, sizeof *csr);
    if (!csr)
        return kf_fail(KF_E_MEMORY, "out of memory for a request");
    atomic_init(&csr->refs, 1);
    const uint8_t *end = der;
    csr->req = len && len <= KF_CSR_FILE_MAX ? d2i_X509_REQ(NULL, &end, (long)len) : NULL;
    ERR_clear_error();
    if (!csr->req)
        return kf_fail(KF_E_INPUT, "this is not a certificate request (PKCS#10)");
    if (end != der + len)
        return kf_fail(KF_E_INPUT, "there are %zu bytes after the certificate request",
                       (size_t)(der + len - end));
    if (X509_REQ_get_version(csr->req) != X509_REQ_VERSION_1)
        return kf_fail(KF_E_INPUT, "the certificate request has an unknown version");
    KF_TRY(verify(csr->req, &csr->unproven));
    KF_TRY(kf_buf_set(&csr->der, der, len));
    KF_TRY(set_subject(csr));
    *ret_csr = KF_MOVE(csr);
    return KF_OK;
}

kf_err kf_csr_from_der(const uint8_t *der, size_t len, kf_csr **ret_csr) {
    kf_csr *csr = kf_seen_find(&seen, der, len);
    if (!csr) {
        KF_TRY(decode(der, len, &csr));
        kf_seen_keep(&seen, csr);
    }
    *ret_csr = csr;
    return KF_OK;
}
