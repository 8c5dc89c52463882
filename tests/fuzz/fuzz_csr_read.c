// SPDX-License-Identifier: Apache-2.0
// Fuzz target: request files. A request whose signature broke is signed anew, so that what stands
// behind that check is reached.
#include <stdint.h>
#include <stdlib.h>

#include "x509/csr.h"
#include "x509/json.h"
#include "x509/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(const uint8_t *data, size_t size) {
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_AUTO_PTR(json_t) json = NULL;
    KF_AUTO_PTR(json_t) lint = NULL;
    KF_AUTO_PTR(EVP_PKEY) key = NULL;
    KF_AUTO(kf_buf) spki = {0};
    int worst = -1;
    if (kf_csr_read(data, size, &csr) != KF_OK)
        return;
    if (kf_csr_json(csr, &json) != KF_OK || kf_csr_lint(csr, NULL, &lint, &worst) != KF_OK ||
        worst < 0 || kf_csr_spki(csr, &spki) != KF_OK || kf_csr_public_key(csr, &key) != KF_OK)
        abort();
}

static void sign_again(const uint8_t *data, size_t size) {
    static EVP_PKEY *key;
    const uint8_t *at = data;
    unsigned char *der = NULL;
    KF_AUTO_PTR(X509_REQ) req = d2i_X509_REQ(NULL, &at, (long)size);
    if (!key)
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (!req || !X509_REQ_set_pubkey(req, key) || X509_REQ_sign(req, key, NULL) <= 0)
        return;
    int len = i2d_X509_REQ(req, &der);
    if (len > 0)
        look_at(der, (size_t)len);
    OPENSSL_free(der);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    look_at(data, size);
    sign_again(data, size);
    return 0;
}
