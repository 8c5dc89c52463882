// SPDX-License-Identifier: Apache-2.0
// The guard.
#include "web/front/guard.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "web/front/random.h"

static const struct refusal let_in;

__attribute__((format(printf, 3, 4))) static struct refusal refuse(int status, kf_err code,
                                                                   const char *format, ...) {
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    kf_fail(code, "%s", text);
    kf_error_key("No key was touched.");
    return (struct refusal){.status = status, .code = code};
}

static bool is_ours(const char *host, uint16_t port) {
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
    char ours[32];
    for (size_t i = 0; i < KF_COUNT(names); i++) {
        snprintf(ours, sizeof ours, "%s:%u", names[i], port);
        if (strcmp(host, ours) == 0)
            return true;
    }
    return false;
}

struct refusal guard_host(const struct guarded *request) {
    bool ours = request->host_count == 1 && request->host && is_ours(request->host, request->port);
    if (ours && request->target[0] == '/')
        return let_in;
    struct refusal refusal =
        refuse(421, KF_E_PERMISSION, "keyfob answers only to its own address on this computer");
    kf_error_hint("Open http://127.0.0.1:%u/ instead.", request->port);
    return refusal;
}

static bool is(const char *text, const char *word) {
    return text && strcmp(text, word) == 0;
}

static bool is_write(const struct guarded *request) {
    return is(request->method, "POST") || is(request->method, "DELETE");
}

struct refusal guard_method(const struct guarded *request) {
    if (is(request->method, "OPTIONS"))
        return refuse(403, KF_E_PERMISSION, "pages of other sites are not let in");
    if (is_write(request) || is(request->method, "GET") || is(request->method, "HEAD"))
        return let_in;
    return refuse(405, KF_E_USAGE, "\"%.20s\" is not a method of this API", request->method);
}

static bool is_json(const char *type) {
    static const char json[] = "application/json";
    if (!type || strncasecmp(type, json, strlen(json)) != 0)
        return false;
    const char *rest = type + strlen(json);
    rest += strspn(rest, " \t");
    return *rest == '\0' || *rest == ';';
}

/* Equal to the address that the page was loaded from: the Host has been checked. */
static bool is_our_origin(const struct guarded *request) {
    static const char scheme[] = "http://";
    return request->origin && strncmp(request->origin, scheme, strlen(scheme)) == 0 &&
           is(request->host, request->origin + strlen(scheme));
}

struct refusal guard_site(const struct guarded *request) {
    bool write = is_write(request);
    bool site = !request->fetch_site || is(request->fetch_site, "same-origin") ||
                (!write && is(request->fetch_site, "none"));
    bool origin = (!write && !request->origin) || is_our_origin(request);
    if (!site || !origin)
        return refuse(403, KF_E_PERMISSION, "pages of other sites are not let in");
    if (write && !is_json(request->content_type))
        return refuse(415, KF_E_USAGE, "a body is \"application/json\"");
    return let_in;
}

struct refusal guard_body(const struct guarded *request, size_t max, size_t *ret_len) {
    const char *text = request->content_length;
    *ret_len = 0;
    if (request->transfer_encoding)
        return refuse(411, KF_E_USAGE, "a body is sent with its length, not in chunks");
    if (!text)
        return let_in;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || text[digits])
        return refuse(400, KF_E_USAGE, "the length of the body is no number");
    if (digits > 9 || strtoul(text, NULL, 10) > max)
        return refuse(413, KF_E_TOO_LARGE, "a body has at most %zu KiB here", max / 1024);
    *ret_len = strtoul(text, NULL, 10);
    if (*ret_len && !is_write(request))
        return refuse(400, KF_E_USAGE, "what is only read takes no body");
    return let_in;
}

struct refusal guard_session(const struct guarded *request, const struct session *session) {
    if (!session)
        return refuse(401, KF_E_SIGN_IN, "this browser is not signed in to keyfob");
    if (is_write(request) && (!request->token || !secret_equal(session->token, request->token)))
        return refuse(403, KF_E_PERMISSION, "the page is not the one that signed in");
    return let_in;
}
