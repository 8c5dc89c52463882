// SPDX-License-Identifier: Apache-2.0
// libcurl, loaded when the first request is made: linking it would cost every start of keyfob.
#pragma once

#include <curl/curl.h>
#include <keyfob/error.h>

/* The functions that are called, without "curl_". */
#define KF_CURL_FUNCTIONS(each)                                                                    \
    each(version_info) each(global_init_mem) each(easy_init) each(easy_reset) each(easy_setopt)    \
        each(easy_perform) each(easy_getinfo) each(easy_strerror) each(easy_cleanup) each(getdate)

struct kf_curl {
#define KF_CURL_POINTER(name) __typeof__(&curl_##name) name;
    KF_CURL_FUNCTIONS(KF_CURL_POINTER)
#undef KF_CURL_POINTER
};

/* The one of this process, never unloaded. KF_E_UNSUPPORTED when it is not installed, or has
 * another TLS library than we. */
kf_err kf_curl_get(const struct kf_curl **ret_curl);
/* A library of this name into a table. */
kf_err kf_curl_load(const char *soname, struct kf_curl *ret_curl);
