// SPDX-License-Identifier: Apache-2.0
// The context of a signature in the provider: the key, what was hashed so far, and the "shadow", a
// verification context of the default provider with the public half of the same key. The shadow
// keeps everything but the signing itself: paddings asked for, AlgorithmIdentifier, verifying.
#pragma once

#include "token/provider.h"

struct kf_signature {
    struct kf_provider_key *key;
    bool signing;
    EVP_MD *md;               /* of operations that hash */
    EVP_MD_CTX *hash;         /* what was hashed so far, to be signed */
    EVP_MD_CTX *shadow_md;    /* the shadow of operations that hash */
    EVP_PKEY_CTX *shadow_own; /* the shadow of those that do not */
    EVP_PKEY_CTX *shadow;     /* whichever of the two there is */
};

/* Starts anew with `key`, or with the present one where it is NULL. */
bool kf_signature_start(struct kf_signature *signature, void *key, bool signing);
/* The shadow of an operation that hashes; `md_name` NULL where the algorithm does so itself. */
bool kf_signature_shadow_start(struct kf_signature *signature, const char *md_name);

/* provider-signature(7) */
void *kf_signature_new(void *provider, const char *properties);
void kf_signature_free(void *ctx);
void *kf_signature_dup(void *ctx);
int kf_signature_set_params(void *ctx, const OSSL_PARAM params[]);
int kf_signature_get_params(void *ctx, OSSL_PARAM params[]);
const OSSL_PARAM *kf_signature_settable_params(void *ctx, void *provider);
const OSSL_PARAM *kf_signature_gettable_params(void *ctx, void *provider);
