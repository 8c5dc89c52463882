// SPDX-License-Identifier: Apache-2.0
// Signatures by OpenSSL's EVP alone, with contexts that are made once and used again.

#include "pace_evp.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/rsa.h>

enum { SIGNATURE_MAX = 512 };

static void must(bool good, const char *what) {
    if (!good)
        errx(EXIT_FAILURE, "OpenSSL: %s", what);
}

struct pace_evp pace_evp_make(const char *type) {
    struct pace_evp evp = {
        .rsa = !strcmp(type, "rsa2048"),
        .message = !strcmp(type, "ed25519"),
    };

    evp.key = evp.rsa       ? EVP_RSA_gen(2048)
              : evp.message ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
                            : EVP_EC_gen("P-256");
    must(evp.key, "no key");
    return evp;
}

void *pace_evp_begin(const struct pace_evp *evp) {
    if (evp->message)
        return EVP_MD_CTX_new();

    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(evp->key, NULL);
    must(context && EVP_PKEY_sign_init(context) == 1, "EVP_PKEY_sign_init");
    if (evp->rsa)
        must(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1, "padding");
    return context;
}

// Ed25519 has no other way than to begin again for each message.
void pace_evp_sign(const struct pace_evp *evp, void *context, const unsigned char *input,
                   size_t size) {
    unsigned char signature[SIGNATURE_MAX];
    size_t signature_size = sizeof(signature);

    if (evp->message)
        must(EVP_DigestSignInit(context, NULL, NULL, NULL, evp->key) == 1 &&
                 EVP_DigestSign(context, signature, &signature_size, input, size) == 1,
             "EVP_DigestSign");
    else
        must(EVP_PKEY_sign(context, signature, &signature_size, input, size) == 1, "EVP_PKEY_sign");
}

void pace_evp_end(const struct pace_evp *evp, void *context) {
    if (evp->message)
        EVP_MD_CTX_free(context);
    else
        EVP_PKEY_CTX_free(context);
}
