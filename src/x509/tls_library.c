// SPDX-License-Identifier: Apache-2.0
// The functions of libssl, found when the first connection is made.
#include "x509/tls_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include "base/auto.h"

#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)
#define SONAME          "libssl.so." TEXT(OPENSSL_SHLIB_VERSION) /* the one that libcurl has loaded */

static const struct {
    const char *name;
    size_t offset;
} functions[] = {
#define KF_SSL_ROW(name) {#name, offsetof(struct kf_ssl, name)},
    KF_SSL_FUNCTIONS(KF_SSL_ROW)
#undef KF_SSL_ROW
};

static kf_err load(struct kf_ssl *ssl) {
    void *library = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    for (size_t i = 0; library && i < KF_COUNT(functions); i++) {
        void *function = dlsym(library, functions[i].name);
        if (!function)
            return kf_fail(KF_E_UNSUPPORTED, SONAME " has no \"%s\"", functions[i].name);
        memcpy((char *)ssl + functions[i].offset, &function, sizeof function);
    }
    return library ? KF_OK : kf_fail(KF_E_UNSUPPORTED, SONAME " cannot be loaded");
}

kf_err kf_ssl_get(const struct kf_ssl **ret_ssl) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct kf_ssl ssl;
    static bool loaded;

    pthread_mutex_lock(&lock);
    kf_err err = loaded ? KF_OK : load(&ssl);
    loaded = err == KF_OK;
    pthread_mutex_unlock(&lock);
    KF_TRY(err);
    *ret_ssl = &ssl;
    return KF_OK;
}
