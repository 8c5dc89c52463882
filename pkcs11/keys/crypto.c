// SPDX-License-Identifier: Apache-2.0
// The library context: one a process, made without a lock that a fork could leave held. It stays as
// long as the process: each thread has random generators in it, for which OpenSSL looks when the
// thread ends, and that may be long after the module's C_Finalize.
#include "keys/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <stdatomic.h>
#include <string.h>

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
static const struct crypto *crypto_here(void) {
    struct crypto *known = atomic_load_explicit(&made, memory_order_acquire);
    if (known && kf_forkmark_is_ours(&known->mark))
        return known;
    struct crypto *fresh = crypto_new();
    if (!fresh)
        return NULL;
    if (atomic_compare_exchange_strong(&made, &known, fresh))
        return fresh;
    crypto_free(fresh);
    return known;
}

OSSL_LIB_CTX *kf_crypto(void) {
    const struct crypto *crypto = crypto_here();
    return crypto ? crypto->context : NULL;
}

OSSL_PROVIDER *kf_crypto_provider(void) {
    const struct crypto *crypto = crypto_here();
    return crypto ? crypto->provider : NULL;
}

EVP_PKEY_CTX *kf_key_maker(const char *type) {
    static const struct {
        const char *type, *oid;
    } types[] = {
        {"RSA", "1.2.840.113549.1.1.1"},
        {"EC", "1.2.840.10045.2.1"},
        {"ED25519", "1.3.101.112"},
    };
    for (size_t i = 0; i < KF_COUNT(types); i++)
        if (strcmp(types[i].type, type) == 0)
            return EVP_PKEY_CTX_new_from_name(kf_crypto(), types[i].oid, NULL);
    return NULL;
}
