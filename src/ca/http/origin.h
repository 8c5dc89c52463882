// SPDX-License-Identifier: Apache-2.0
// The base URL of a service, and what of other URLs may be asked there (RFC 3986, RFC 6454 4).
#pragma once

#include <netinet/in.h>

#include "base/buf.h"

#define KF_HOST_MAX 253 /* RFC 1035 2.3.4, without the last dot */

struct kf_origin {
    char scheme[6];             /* "https", "http" */
    char host[KF_HOST_MAX + 3]; /* lower case, an IPv6 address in brackets */
    unsigned port;
    char path[512]; /* of the base: "" or "/api", without a slash at the end */
};

/* KF_E_USAGE: not https (http only for a loopback address), a user or password in it, a query. */
kf_err kf_origin_parse(const char *url, struct kf_origin *ret_origin);
/* The whole URL for a path (see kf_http_request). KF_E_CA_ANSWER for a URL of another origin,
 * KF_E_INPUT for what is not percent-encoded, has dot segments, or is too long. */
kf_err kf_origin_url(const struct kf_origin *origin, const char *path, kf_buf *ret_url);
/* The host as TLS knows it: without brackets. */
void kf_origin_tls_host(const struct kf_origin *origin, char ret_host[static KF_HOST_MAX + 3]);
