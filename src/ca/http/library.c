// SPDX-License-Identifier: Apache-2.0
// libcurl, loaded when the first request is made.
#include "ca/http/library.h"

#include <dlfcn.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"

#define SONAME  "libcurl.so.4"
#define PACKAGE "libcurl4"
#define OLDEST  0x075500 /* 7.85.0: CURLOPT_PROTOCOLS_STR */

/* --- its memory: requests with credentials pass through it, so it is wiped when given back --- */

/* Before each piece; keeps the alignment. */
union piece {
    size_t size;
    max_align_t aligned;
};

static void *take(size_t size) {
    union piece *piece = size <= SIZE_MAX - sizeof *piece ? malloc(sizeof *piece + size) : NULL;
    if (!piece)
        return NULL;
    piece->size = size;
    return piece + 1;
}

static void give(void *memory) {
    if (!memory)
        return;
    union piece *piece = (union piece *)memory - 1;
    explicit_bzero(memory, piece->size);
    free(piece);
}

static void *take_again(void *memory, size_t size) {
    void *larger = take(size);
    if (!memory || !larger)
        return larger;
    size_t old = ((union piece *)memory - 1)->size;
    memcpy(larger, memory, old < size ? old : size);
    give(memory);
    return larger;
}

static void *take_zeroed(size_t count, size_t size) {
    if (size && count > SIZE_MAX / size)
        return NULL;
    void *memory = take(count * size);
    if (memory)
        memset(memory, 0, count * size);
    return memory;
}

static char *take_text(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = take(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

/* --- loading --- */

static const struct {
    const char *name;
    size_t offset;
} functions[] = {
#define KF_CURL_ROW(name) {"curl_" #name, offsetof(struct kf_curl, name)},
    KF_CURL_FUNCTIONS(KF_CURL_ROW)
#undef KF_CURL_ROW
};

static kf_err fail_absent(const char *soname, const char *why) {
    kf_fail(KF_E_UNSUPPORTED, "speaking HTTPS needs libcurl, which cannot be loaded (%s)",
            why ? why : soname);
    kf_error_hint("Install the package " PACKAGE ": `apt install " PACKAGE "`.");
    return KF_E_UNSUPPORTED;
}

/* We share the TLS connections of libcurl, so both must have the same OpenSSL. */
static kf_err check_kind(const struct kf_curl *curl) {
    const curl_version_info_data *info = curl->version_info(CURLVERSION_NOW);
    char wanted[24];
    int len = snprintf(wanted, sizeof wanted, "OpenSSL/%u.", OPENSSL_version_major());
    if (info->version_num < OLDEST)
        return kf_fail(KF_E_UNSUPPORTED, "libcurl %s is too old; 7.85 or newer is needed",
                       info->version);
    if (!info->ssl_version || strncmp(info->ssl_version, wanted, (size_t)len) != 0)
        return kf_fail(KF_E_UNSUPPORTED, "libcurl %s has the TLS library \"%s\" instead of %.*s",
                       info->version, info->ssl_version ? info->ssl_version : "none", len - 1,
                       wanted);
    return KF_OK;
}

kf_err kf_curl_load(const char *soname, struct kf_curl *ret_curl) {
    struct kf_curl curl = {0};
    void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library)
        return fail_absent(soname, dlerror());
    for (size_t i = 0; i < KF_COUNT(functions); i++) {
        void *function = dlsym(library, functions[i].name);
        if (!function)
            return fail_absent(soname, dlerror());
        memcpy((char *)&curl + functions[i].offset, &function, sizeof function);
    }
    KF_TRY(check_kind(&curl));
    *ret_curl = curl;
    return KF_OK;
}

/* Where another part of the program has started libcurl before us, its memory stays as it is. */
static kf_err start(struct kf_curl *curl) {
    KF_TRY(kf_curl_load(SONAME, curl));
    CURLcode code =
        curl->global_init_mem(CURL_GLOBAL_DEFAULT, take, give, take_again, take_text, take_zeroed);
    return code == CURLE_OK
               ? KF_OK
               : kf_fail(KF_E_UNSUPPORTED, "libcurl did not start: %s", curl->easy_strerror(code));
}

kf_err kf_curl_get(const struct kf_curl **ret_curl) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct kf_curl curl;
    static bool started;

    pthread_mutex_lock(&lock);
    kf_err err = started ? KF_OK : start(&curl);
    started = err == KF_OK;
    pthread_mutex_unlock(&lock);
    KF_TRY(err);
    *ret_curl = &curl;
    return KF_OK;
}
