// SPDX-License-Identifier: Apache-2.0
// The body of an order by a sign-in with a certificate: the request in a signed message, and that
// in another, both signed with the present certificate.
#include "ca/cryptopro/cryptopro.h"

#include <string.h>

#include "base/text.h"
#include "x509/cms.h"

static kf_err find_identity(const kf_cp *cp, kf_certs *ret_chain, EVP_PKEY **ret_key) {
    const struct kf_ca_signer *signer = cp->setup->signer;
    const char *name = cp->setup->option(cp->setup->arg, "client-cert");
    KF_AUTO_FREE char *chain = NULL, *uri = NULL;
    void *key = NULL;
    if (!signer || !signer->identity || !signer->signer)
        return kf_fail(KF_E_UNSUPPORTED,
                       "the order must be signed with the certificate \"%s\", and this program has "
                       "no tokens",
                       name);
    KF_TRY(signer->identity(signer->arg, name, &chain, &uri));
    KF_TRY(kf_certs_read((const uint8_t *)chain, strlen(chain), ret_chain));
    KF_TRY(signer->signer(signer->arg, uri, &key));
    *ret_key = key; /* belongs to the door */
    return KF_OK;
}

/* `text` becomes the PEM of a message that holds it. */
static kf_err wrap(const kf_certs *chain, EVP_PKEY *key, kf_buf *text) {
    KF_AUTO(kf_buf) der = {0}, pem = {0};
    KF_TRY(kf_cms_sign(chain, key, text->data, text->len, &der));
    KF_TRY(kf_pem(&pem, "CMS", der.data, der.len));
    kf_buf_move(text, &pem);
    return KF_OK;
}

kf_err kf_cp_signed_order(const kf_cp *cp, const struct kf_ca_order *order, kf_buf *ret_body) {
    KF_AUTO(kf_certs) chain = {0};
    KF_AUTO(kf_buf) text = {0};
    EVP_PKEY *key = NULL;
    KF_TRY(find_identity(cp, &chain, &key));
    KF_TRY(kf_pem(&text, "CERTIFICATE REQUEST", order->csr, order->csr_len));
    KF_TRY(wrap(&chain, key, &text));
    KF_TRY(wrap(&chain, key, &text));
    kf_buf_move(ret_body, &text);
    return KF_OK;
}
