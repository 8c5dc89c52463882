// SPDX-License-Identifier: Apache-2.0
// The TLS side of a connection: what the service must show, and the certificate that we show, whose
// key signs on its token.
#include <openssl/ssl.h>
#include <string.h>

#include "base/text.h"
#include "ca/http/door.h"

/* --- our certificate --- */

static kf_err find_identity(kf_http *http) {
    KF_AUTO_FREE char *chain = NULL;
    const struct kf_ca_signer *signer = http->signer;
    if (http->identity.count)
        return KF_OK;
    if (!signer || !signer->identity || !signer->signer)
        return kf_fail(KF_E_UNSUPPORTED,
                       "%s: the client certificate \"%s\" needs a key on a token, and this program "
                       "has none",
                       http->origin.host, http->client_cert);
    KF_TRY(signer->identity(signer->arg, http->client_cert, &chain, &http->key_uri));
    return kf_certs_read((const uint8_t *)chain, strlen(chain), &http->identity);
}

/* The PIN is asked for here, before there is a connection that would wait for it. */
kf_err kf_http_identity(kf_http *http) {
    void *key = NULL;
    if (!http->client_cert || strcmp(http->origin.scheme, "https") != 0)
        return KF_OK;
    KF_TRY(find_identity(http));
    KF_TRY(http->signer->signer(http->signer->arg, http->key_uri, &key));
    http->key = key;
    return KF_OK;
}

/* --- a new connection --- */

static kf_err set_up(kf_http *http, SSL_CTX *ctx) {
    KF_TRY(kf_tls_rules(ctx));
    if (http->anchors.count)
        KF_TRY(kf_tls_anchors(ctx, &http->anchors));
    KF_TRY(kf_tls_expect(ctx, &http->peer));
    return http->key ? kf_tls_identity(ctx, &http->identity, http->key) : KF_OK;
}

CURLcode kf_transfer_tls(CURL *handle, void *ssl_ctx, void *arg) {
    kf_transfer *transfer = arg;
    (void)handle;
    return set_up(transfer->http, ssl_ctx) == KF_OK ? CURLE_OK : CURLE_ABORTED_BY_CALLBACK;
}
