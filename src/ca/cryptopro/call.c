// SPDX-License-Identifier: Apache-2.0
// Calls of the CryptoPro UC 2.0 service, and what its HTTP statuses mean.
#include "ca/cryptopro/cryptopro.h"

#include <string.h>

#include "base/text.h"

/* Takes `path` over. */
static kf_err send(kf_cp *cp, struct kf_http_request *request, char *path,
                   kf_http_answer *ret_http) {
    KF_AUTO_FREE char *taken = path;
    if (!taken)
        return kf_fail(KF_E_MEMORY, "out of memory");
    request->path = taken;
    return kf_http_send(cp->http, request, ret_http);
}

kf_err kf_cp_get_open(kf_cp *cp, char *path, kf_http_answer *ret_http) {
    struct kf_http_request request = {
        .method = "GET", .accept = "application/json", .anonymous = true};
    return send(cp, &request, path, ret_http);
}

static kf_err send_signed_in(kf_cp *cp, struct kf_http_request *request, char *path,
                             kf_http_answer *ret_http) {
    kf_err err = kf_cp_sign_in(cp);
    if (err == KF_OK)
        return send(cp, request, path, ret_http);
    free(path);
    return err;
}

kf_err kf_cp_get(kf_cp *cp, char *path, kf_http_answer *ret_http) {
    struct kf_http_request request = {.method = "GET", .accept = "application/json"};
    return send_signed_in(cp, &request, path, ret_http);
}

kf_err kf_cp_post(kf_cp *cp, char *path, const char *type, const void *body, size_t len,
                  kf_http_answer *ret_http) {
    struct kf_http_request request = {.method = "POST",
                                      .accept = "application/json",
                                      .type = type,
                                      .body = body,
                                      .body_len = len};
    return send_signed_in(cp, &request, path, ret_http);
}

const char *kf_cp_root(const kf_cp *cp) {
    return cp->by_certificate ? cp->address.root2 : cp->address.root;
}

char *kf_cp_request_path(const kf_cp *cp, const char *id, const char *what) {
    KF_AUTO(kf_buf) escaped = {0};
    if (kf_http_escape(&escaped, id) != KF_OK)
        return NULL;
    return kf_str("%s/certrequest/%s%s", kf_cp_root(cp), kf_buf_str(&escaped), what);
}

/* --- statuses --- */

/* 200 is what the service answers; other successes are taken as well. */
bool kf_cp_is_ok(const kf_http_answer *http) {
    return http->status >= 200 && http->status <= 299;
}

static kf_err code_of(long status) {
    if (status == 401 || status == 403)
        return KF_E_CA_LOGIN;
    return status == 408 || status == 429 || status >= 500 ? KF_E_CA_UNREACHABLE : KF_E_CA_ANSWER;
}

kf_err kf_cp_refused(const kf_cp *cp, const kf_http_answer *http, const char *what) {
    KF_AUTO(kf_buf) words = {0};
    KF_TRY(kf_cp_read_words(http->body.data, http->body.len, &words));
    kf_err code = code_of(http->status);
    kf_fail(code, "\"%s\" %s %s (HTTP %ld)%s%s", kf_http_host(cp->http),
            code == KF_E_CA_UNREACHABLE ? "failed at" : "refused", what, http->status,
            words.len ? ": " : "", kf_buf_str(&words));
    if (http->status == 401)
        kf_error_hint("The login or the password is not accepted: sign in with `keyfob connection "
                      "login %s`.",
                      cp->setup->connection);
    if (http->status == 403)
        kf_error_hint("See how your registration stands with `keyfob connection test %s`.",
                      cp->setup->connection);
    return code;
}

kf_err kf_cp_fetch(kf_cp *cp, char *path, const char *what, kf_http_answer *ret_http) {
    KF_TRY(kf_cp_get(cp, path, ret_http));
    return kf_cp_is_ok(ret_http) ? KF_OK : kf_cp_refused(cp, ret_http, what);
}
