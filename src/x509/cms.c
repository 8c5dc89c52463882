// SPDX-License-Identifier: Apache-2.0
// Signing a message with a certificate's key (CMS SignedData, RFC 5652 5).
#include "x509/cms.h"

#include <limits.h>
#include <openssl/cms.h>

#include "x509/name.h"

KF_DEFINE_AUTO_PTR_WITH(CMS_ContentInfo, CMS_ContentInfo_free)
KF_DEFINE_AUTO_PTR_WITH(BIO, BIO_free)

#define FLAGS (CMS_BINARY | CMS_NOSMIMECAP | CMS_PARTIAL)

static kf_err encode(CMS_ContentInfo *cms, kf_buf *ret_der) {
    uint8_t *der = NULL;
    int len = i2d_CMS_ContentInfo(cms, &der);
    if (len <= 0)
        return kf_fail_openssl(KF_E_CRYPTO, "encoding a signed message");
    kf_err err = kf_buf_set(ret_der, der, (size_t)len);
    OPENSSL_free(der);
    return err;
}

static kf_err add_chain(CMS_ContentInfo *cms, const kf_certs *chain) {
    for (size_t i = 1; i < chain->count; i++) {
        if (!CMS_add1_cert(cms, kf_cert_x509(chain->items[i])))
            return kf_fail_openssl(KF_E_CRYPTO, "putting a certificate into a signed message");
    }
    return KF_OK;
}

kf_err kf_cms_sign(const kf_certs *chain, EVP_PKEY *key, const void *message, size_t len,
                   kf_buf *ret_der) {
    if (chain->count == 0 || len > INT_MAX)
        return kf_fail(KF_E_USAGE, "there is no certificate to sign with");
    X509 *signer = kf_cert_x509(chain->items[0]);
    if (EVP_PKEY_eq(X509_get0_pubkey(signer), key) != 1)
        return kf_fail(KF_E_KEY_MISMATCH, "the certificate \"%s\" does not belong to this key",
                       kf_cert_subject(chain->items[0]));
    KF_AUTO_PTR(BIO) content = BIO_new_mem_buf(message, (int)len);
    KF_AUTO_PTR(CMS_ContentInfo) cms = CMS_sign(NULL, NULL, NULL, NULL, FLAGS);
    if (!content || !cms || !CMS_add1_signer(cms, signer, key, EVP_sha256(), FLAGS))
        return kf_fail_openssl(KF_E_CRYPTO, "making a signed message");
    KF_TRY(add_chain(cms, chain));
    if (!CMS_final(cms, content, NULL, FLAGS))
        return kf_fail_openssl(KF_E_CRYPTO, "signing a message");
    return encode(cms, ret_der);
}
