// SPDX-License-Identifier: Apache-2.0
// Whatever a CA answers: reading it, showing it, and writing it again.
#include <jansson.h>
#include <stdlib.h>

#include "x509/cert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const kf_cert *cert) {
    json_t *json = NULL;
    if (kf_cert_json(cert, &json) == KF_OK)
        json_decref(json);
    KF_AUTO_PTR(EVP_PKEY) key = NULL;
    (void)kf_cert_public_key(cert, &key);
    (void)kf_cert_signed_by(cert, cert);
}

/* What was read once is read again from what we write. */
static void write_again(const kf_certs *certs) {
    KF_AUTO(kf_buf) bytes = {0};
    KF_AUTO(kf_certs) again = {0};
    if (kf_certs_encode(certs, KF_CERT_PEM, &bytes) != KF_OK || bytes.len > KF_CERT_FILE_MAX)
        return;
    if (kf_certs_read(bytes.data, bytes.len, &again) != KF_OK || again.count != certs->count)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    KF_AUTO(kf_certs) certs = {0}, chain = {0};
    if (kf_certs_read(data, size, &certs) != KF_OK)
        return 0;
    for (size_t i = 0; i < certs.count; i++)
        use(certs.items[i]);
    write_again(&certs);
    (void)kf_chain_build(certs.items[0], &certs, &certs, 1795000000, &chain);
    return 0;
}
