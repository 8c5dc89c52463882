// SPDX-License-Identifier: Apache-2.0
// The base URL of a service, and what of other URLs may be asked there.
#include "ca/http/origin.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "ca/http.h"

static const struct {
    const char *scheme;
    unsigned port;
} schemes[] = {{"https", 443}, {"http", 80}};

/* --- the parts of a URL --- */

static kf_err take_scheme(const char **url, struct kf_origin *origin) {
    for (size_t i = 0; i < KF_COUNT(schemes); i++) {
        size_t len = strlen(schemes[i].scheme);
        if (strncasecmp(*url, schemes[i].scheme, len) != 0 || strncmp(*url + len, "://", 3) != 0)
            continue;
        strcpy(origin->scheme, schemes[i].scheme);
        origin->port = schemes[i].port;
        *url += len + 3;
        return KF_OK;
    }
    return kf_fail(KF_E_USAGE, "the URL \"%.200s\" does not begin with https://", *url);
}

static bool is_ipv6(const char *host, size_t len) {
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (len < 3 || host[len - 1] != ']' || len - 2 >= sizeof text)
        return false;
    memcpy(text, host + 1, len - 2);
    text[len - 2] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1;
}

static bool is_host(const char *host, size_t len) {
    if (len == 0 || len > KF_HOST_MAX)
        return false;
    if (host[0] == '[')
        return is_ipv6(host, len);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)host[i];
        if (c >= 0x80 || (!isalnum(c) && !strchr("-._", c)))
            return false;
    }
    return host[0] != '.' && host[0] != '-';
}

static kf_err take_host(const char **url, struct kf_origin *origin) {
    size_t len = **url == '[' ? strcspn(*url, "]/?#") + 1 : strcspn(*url, ":/?#");
    if (memchr(*url, '@', strcspn(*url, "/?#")))
        return kf_fail(KF_E_USAGE, "the URL has a user or a password in it");
    if (len > strlen(*url) || !is_host(*url, len)) {
        kf_fail(KF_E_USAGE, "the URL's host \"%.*s\" is no host name", (int)(len > 200 ? 200 : len),
                *url);
        kf_error_hint("Write a name with other letters in its ASCII form (xn--...).");
        return KF_E_USAGE;
    }
    for (size_t i = 0; i < len; i++)
        origin->host[i] = (char)tolower((unsigned char)(*url)[i]);
    origin->host[len] = '\0';
    *url += len;
    return KF_OK;
}

static kf_err take_port(const char **url, struct kf_origin *origin) {
    if (**url != ':')
        return KF_OK;
    size_t len = strspn(*url + 1, "0123456789");
    char text[6] = "";
    int64_t port = 0;
    if (len < sizeof text)
        memcpy(text, *url + 1, len);
    if (kf_parse_number(text, "the port", 1, 65535, &port) != KF_OK)
        return kf_fail(KF_E_USAGE, "the URL's port \"%.20s\" is not one of 1 to 65535", *url + 1);
    origin->port = (unsigned)port;
    *url += 1 + len;
    return KF_OK;
}

/* Everything up to the path, which is left in `url`. */
static kf_err take_origin(const char **url, struct kf_origin *origin) {
    KF_TRY(take_scheme(url, origin));
    KF_TRY(take_host(url, origin));
    KF_TRY(take_port(url, origin));
    return strchr("/?#", **url) /* or the end */
               ? KF_OK
               : kf_fail(KF_E_USAGE, "the URL goes on after its host: \"%.40s\"", *url);
}

/* --- the path --- */

static bool is_hex_pair(const char *text) {
    return isxdigit((unsigned char)text[0]) && isxdigit((unsigned char)text[1]);
}

/* RFC 3986 3.3 and 3.4: what may stand in a path or query. */
static bool is_encoded(const char *path) {
    for (; *path; path++) {
        unsigned char c = (unsigned char)*path;
        if (c == '%' ? !is_hex_pair(path + 1)
                     : c >= 0x80 || (!isalnum(c) && !strchr("-._~!$&'()*+,;=:@/?", c)))
            return false;
    }
    return true;
}

/* How many characters at `text` stand for a dot: 0, 1, or 3 ("%2e"). */
static size_t dot_at(const char *text) {
    return *text == '.' ? 1 : strncasecmp(text, "%2e", 3) == 0 ? 3 : 0;
}

static bool is_dots(const char *segment, size_t len) {
    size_t at = 0, dots = 0;
    while (at < len && dot_at(segment + at)) {
        at += dot_at(segment + at);
        dots++;
    }
    return at == len && (dots == 1 || dots == 2);
}

/* RFC 3986 3.3: "." and ".." would lead somewhere else than what the caller wrote. */
static bool has_dot_segment(const char *path) {
    for (;;) {
        size_t len = strcspn(path, "/?");
        if (is_dots(path, len))
            return true;
        if (path[len] != '/')
            return false;
        path += len + 1;
    }
}

static kf_err check_path(const char *path) {
    if (strlen(path) > KF_HTTP_PATH_MAX)
        return kf_fail(KF_E_INPUT, "the path has more than %d bytes", KF_HTTP_PATH_MAX);
    if (!is_encoded(path))
        return kf_fail(KF_E_INPUT, "the path \"%.200s\" is not percent-encoded", path);
    if (has_dot_segment(path))
        return kf_fail(KF_E_INPUT, "the path \"%.200s\" has a segment of dots", path);
    return KF_OK;
}

/* --- the base --- */

static bool is_loopback(const char *host) {
    struct in_addr address;
    return strcmp(host, "[::1]") == 0 ||
           (inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127);
}

static kf_err check_secure(const struct kf_origin *origin) {
    if (strcmp(origin->scheme, "https") == 0 || is_loopback(origin->host))
        return KF_OK;
    return kf_fail(KF_E_USAGE,
                   "the URL begins with http://, which only a loopback address (127.0.0.1) may");
}

kf_err kf_origin_parse(const char *url, struct kf_origin *ret_origin) {
    struct kf_origin origin = {0};
    KF_TRY(take_origin(&url, &origin));
    KF_TRY(check_secure(&origin));
    size_t len = strlen(url);
    while (len > 0 && url[len - 1] == '/')
        len--;
    if (len >= sizeof origin.path)
        return kf_fail(KF_E_USAGE, "the URL's path has more than %zu bytes",
                       sizeof origin.path - 1);
    memcpy(origin.path, url, len);
    if (strpbrk(origin.path, "?#"))
        return kf_fail(KF_E_USAGE, "the URL has a query; only its path is wanted");
    if (check_path(origin.path) != KF_OK)
        return kf_fail(KF_E_USAGE, "the URL's path \"%s\" is not percent-encoded, or has dots",
                       origin.path);
    *ret_origin = origin;
    return KF_OK;
}

/* --- other URLs --- */

static bool is_absolute(const char *path) {
    size_t len = strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
    return len > 0 && strncmp(path + len, "://", 3) == 0;
}

static bool same_origin(const struct kf_origin *a, const struct kf_origin *b) {
    return strcmp(a->scheme, b->scheme) == 0 && strcmp(a->host, b->host) == 0 && a->port == b->port;
}

/* Leaves the path of a URL of ours in `url`. */
static kf_err own_path(const struct kf_origin *origin, const char **url) {
    struct kf_origin other = {0};
    const char *whole = *url;
    if (take_origin(url, &other) != KF_OK || !same_origin(origin, &other))
        return kf_fail(KF_E_CA_ANSWER,
                       "%s: it refers to \"%.200s\", which is another service; nothing was sent "
                       "there",
                       origin->host, whole);
    return KF_OK;
}

kf_err kf_origin_url(const struct kf_origin *origin, const char *path, kf_buf *ret_url) {
    bool absolute = is_absolute(path);
    if (absolute)
        KF_TRY(own_path(origin, &path));
    KF_TRY(check_path(path));
    kf_buf_clear(ret_url);
    KF_TRY(kf_buf_printf(ret_url, "%s://%s:%u", origin->scheme, origin->host, origin->port));
    if (!absolute && *path != '/')
        KF_TRY(kf_buf_add_str(ret_url, origin->path));
    /* nothing, or a query alone, belongs to the base itself */
    bool to_base = *path == '\0' || *path == '?';
    if (*path != '/' && (!to_base || absolute || !*origin->path))
        KF_TRY(kf_buf_add_str(ret_url, "/"));
    return kf_buf_add_str(ret_url, path);
}

void kf_origin_tls_host(const struct kf_origin *origin, char ret_host[static KF_HOST_MAX + 3]) {
    const char *host = origin->host;
    size_t len = strlen(host), bracket = host[0] == '[';
    memcpy(ret_host, host + bracket, len - 2 * bracket);
    ret_host[len - 2 * bracket] = '\0';
}
