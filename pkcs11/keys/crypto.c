// SPDX-License-Identifier: Apache-2.0
// The library context: one a process, made without a lock that a fork could leave held.
#include "keys/crypto.h"

#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <stdatomic.h>

#include "keys/forkmark.h"

struct crypto {
    kf_forkmark mark;
    OSSL_LIB_CTX *context;
    OSSL_PROVIDER *provider;
};

static _Atomic(struct crypto *) made;

static void crypto_free(struct crypto *crypto) {
    if (!crypto)
        return;
    if (crypto->provider)
        OSSL_PROVIDER_unload(crypto->provider);
    OSSL_LIB_CTX_free(crypto->context);
    kf_forkmark_clear(&crypto->mark);
    free(crypto);
}

/* Contexts of our own read no configuration file. */
static struct crypto *crypto_new(void) {
    KF_QUIET();
    struct crypto *crypto = calloc(1, sizeof *crypto);
    if (!crypto)
        return NULL;
    crypto->context = OSSL_LIB_CTX_new();
    if (crypto->context)
        crypto->provider = OSSL_PROVIDER_load(crypto->context, "default");
    if (crypto->provider && kf_forkmark_set(&crypto->mark))
        return crypto;
    crypto_free(crypto);
    return NULL;
}

/* In the child of a fork the parent's context is left alone, not freed: a thread that is not there
 * any more may have held its locks. */
OSSL_LIB_CTX *kf_crypto(void) {
    struct crypto *known = atomic_load_explicit(&made, memory_order_acquire);
    if (known && kf_forkmark_is_ours(&known->mark))
        return known->context;
    struct crypto *fresh = crypto_new();
    if (!fresh)
        return NULL;
    if (atomic_compare_exchange_strong(&made, &known, fresh))
        return fresh->context;
    crypto_free(fresh);
    return known->context;
}

void kf_crypto_free(void) {
    struct crypto *known = atomic_exchange(&made, NULL);
    if (known && kf_forkmark_is_ours(&known->mark))
        crypto_free(known);
}
