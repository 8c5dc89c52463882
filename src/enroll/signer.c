// SPDX-License-Identifier: Apache-2.0
// The door through which a connector signs with a key on a token.
#include <keyfob/signer.h>
#include <keyfob/store.h>

#include <string.h>

#include "base/text.h"
#include "token/key.h"

struct kf_signer {
    struct kf_ca_signer door;
    kf_context *context;
    char *uri; /* of the key that is open */
    kf_tokens *tokens;
    kf_session *session;
    kf_key *key;
};

static void release(kf_signer *signer) {
    kf_key_free(KF_MOVE(signer->key));
    kf_session_free(KF_MOVE(signer->session));
    kf_tokens_free(KF_MOVE(signer->tokens));
    free(KF_MOVE(signer->uri));
}

/* The key that a URI of a private key names: its token first, then the container on it. */
static kf_err open_key(kf_signer *signer, const char *uri) {
    kf_token *token = NULL;
    KF_TRY(kf_tokens_open(signer->context, &signer->tokens));
    KF_TRY(kf_tokens_select(signer->tokens, uri, &token));
    KF_TRY(kf_session_open(token, &signer->session));
    KF_TRY(kf_session_login(signer->session, KF_PIN_USER, NULL, "to sign for the CA"));
    KF_TRY(kf_key_find_container(signer->session, uri, &signer->key));
    signer->uri = strdup(uri);
    return signer->uri ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

static kf_err sign_door(void *arg, const char *uri, void **ret_evp_pkey) {
    kf_signer *signer = arg;
    if (!signer->key || !kf_str_equal(signer->uri, uri)) {
        release(signer);
        KF_TRY(open_key(signer, uri));
    }
    KF_TRY(kf_key_load(signer->key));
    *ret_evp_pkey = kf_key_pkey(signer->key);
    return KF_OK;
}

/* A certificate of the personal store for TLS: what is known of its chain, and where its key is. */
static kf_err identity_door(void *arg, const char *name, char **ret_chain, char **ret_key_uri) {
    const kf_signer *signer = arg;
    KF_AUTO_FREE char *uri = NULL;
    KF_AUTO_FREE uint8_t *pem = NULL;
    size_t len = 0;
    KF_TRY(kf_store_get(signer->context, name, NULL, &uri));
    if (!uri) {
        kf_fail(KF_E_NOT_FOUND, "it is not known where the key of the certificate \"%s\" is", name);
        kf_error_hint(
            "Import the certificate again while its token is there: `keyfob cert import`.");
        return KF_E_NOT_FOUND;
    }
    KF_TRY(kf_store_export(signer->context, name, KF_CERT_PEM, true, &pem, &len));
    char *chain = strndup((const char *)pem, len);
    if (!chain)
        return kf_fail(KF_E_MEMORY, "out of memory");
    *ret_chain = chain;
    *ret_key_uri = KF_MOVE(uri);
    return KF_OK;
}

kf_err kf_signer_new(kf_context *context, kf_signer **ret_signer) {
    kf_signer *signer = calloc(1, sizeof *signer);
    if (!signer)
        return kf_fail(KF_E_MEMORY, "out of memory");
    signer->context = context;
    signer->door =
        (struct kf_ca_signer){.signer = sign_door, .identity = identity_door, .arg = signer};
    *ret_signer = signer;
    return KF_OK;
}

void kf_signer_free(kf_signer *signer) {
    if (!signer)
        return;
    release(signer);
    free(signer);
}

const struct kf_ca_signer *kf_signer_door(kf_signer *signer) {
    return signer ? &signer->door : NULL;
}
