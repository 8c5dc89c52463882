// SPDX-License-Identifier: Apache-2.0
// Lists of certificates, and writing them as a file.
#include "x509/cert.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <string.h>

#include "base/text.h"
#include "x509/name.h"

KF_DEFINE_AUTO_PTR_WITH(CMS_ContentInfo, CMS_ContentInfo_free)

kf_err kf_certs_add(kf_certs *certs, kf_cert *cert) {
    if (certs->count >= KF_CERT_COUNT_MAX)
        return kf_fail(KF_E_TOO_LARGE, "more than %d certificates", KF_CERT_COUNT_MAX);
    kf_cert **items = realloc(certs->items, (certs->count + 1) * sizeof *items);
    if (!items)
        return kf_fail(KF_E_MEMORY, "out of memory for a list of certificates");
    certs->items = items;
    certs->items[certs->count++] = kf_cert_ref(cert);
    return KF_OK;
}

void kf_certs_clear(kf_certs *certs) {
    if (!certs)
        return;
    for (size_t i = 0; i < certs->count; i++)
        kf_cert_free(certs->items[i]);
    free(certs->items);
    *certs = (kf_certs){0};
}

static kf_err add_all_pem(const kf_certs *certs, kf_buf *bytes) {
    for (size_t i = 0; i < certs->count; i++) {
        size_t len;
        const uint8_t *der = kf_cert_der(certs->items[i], &len);
        KF_TRY(kf_pem(bytes, "CERTIFICATE", der, len));
    }
    return KF_OK;
}

/* RFC 5652 5: SignedData without signers and content, what RFC 2315 calls degenerate. */
static kf_err make_pkcs7(const kf_certs *certs, kf_buf *bytes) {
    KF_AUTO_PTR(CMS_ContentInfo) cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_DETACHED | CMS_PARTIAL);
    if (!cms)
        return kf_fail_openssl(KF_E_CRYPTO, "making a PKCS#7 file");
    for (size_t i = 0; i < certs->count; i++)
        if (!CMS_add1_cert(cms, kf_cert_x509(certs->items[i])))
            return kf_fail_openssl(KF_E_CRYPTO, "putting a certificate into a PKCS#7 file");
    uint8_t *der = NULL;
    int len = i2d_CMS_ContentInfo(cms, &der);
    if (len <= 0)
        return kf_fail_openssl(KF_E_CRYPTO, "encoding a PKCS#7 file");
    kf_err err = kf_buf_set(bytes, der, (size_t)len);
    OPENSSL_free(der);
    return err;
}

static kf_err make_pkcs7_pem(const kf_certs *certs, kf_buf *bytes) {
    KF_AUTO(kf_buf) der = {0};
    KF_TRY(make_pkcs7(certs, &der));
    return kf_pem(bytes, "PKCS7", der.data, der.len);
}

static kf_err make_der(const kf_certs *certs, kf_buf *bytes) {
    if (certs->count != 1)
        return kf_fail(KF_E_USAGE, "a DER file holds exactly one certificate, but there are %zu",
                       certs->count);
    size_t len;
    const uint8_t *der = kf_cert_der(certs->items[0], &len);
    return kf_buf_add(bytes, der, len);
}

static kf_err (*const encoders[])(const kf_certs *certs, kf_buf *bytes) = {
    [KF_CERT_PEM] = add_all_pem,
    [KF_CERT_DER] = make_der,
    [KF_CERT_PKCS7] = make_pkcs7,
    [KF_CERT_PKCS7_PEM] = make_pkcs7_pem,
};

kf_err kf_certs_encode(const kf_certs *certs, enum kf_cert_format format, kf_buf *ret_bytes) {
    if (certs->count == 0)
        return kf_fail(KF_E_USAGE, "there is no certificate to write");
    if ((size_t)format >= KF_COUNT(encoders))
        return kf_fail(KF_E_USAGE, "unknown certificate format %d", (int)format);
    KF_AUTO(kf_buf) bytes = {0};
    KF_TRY(encoders[format](certs, &bytes));
    kf_buf_move(ret_bytes, &bytes);
    return KF_OK;
}
