// SPDX-License-Identifier: Apache-2.0
// One request and its answer. Every option of libcurl is set anew each time; what it keeps is the
// connection.
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/quiet.h"
#include "base/text.h"
#include "ca/http/door.h"

#define CONNECT_TIMEOUT 10 /* seconds */
#define IDLE_MAX        20 /* seconds that a kept connection may have been idle */
#define AGE_MAX         60 /* seconds that a connection may be used */
#define LINES_MAX       (KF_HTTP_CREDENTIALS_MAX + 4)

/* --- options --- */

static const struct {
    CURLoption option;
    long value;
} numbers[] = {
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_NOPROGRESS, 0},
    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
    {CURLOPT_HTTP09_ALLOWED, 0},
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_AUTOREFERER, 0},
    {CURLOPT_UNRESTRICTED_AUTH, 0},
    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
    {CURLOPT_PATH_AS_IS, 1},
    {CURLOPT_MAXCONNECTS, 1},
    {CURLOPT_MAXAGE_CONN, IDLE_MAX},
    {CURLOPT_MAXLIFETIME_CONN, AGE_MAX},
    {CURLOPT_MAXFILESIZE, (long)KF_HTTP_BODY_MAX},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_SSL_OPTIONS, 0},
    {CURLOPT_HTTPPROXYTUNNEL, 1},
    {CURLOPT_HEADEROPT, CURLHEADER_SEPARATE},
    {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
};

static CURLcode set_numbers(const kf_http *http) {
    CURLcode code = CURLE_OK;
    for (size_t i = 0; i < KF_COUNT(numbers) && code == CURLE_OK; i++)
        code = http->curl->easy_setopt(http->handle, numbers[i].option, numbers[i].value);
    if (code == CURLE_OK)
        code = http->curl->easy_setopt(http->handle, CURLOPT_TIMEOUT, http->timeout);
    return code ? code
                : http->curl->easy_setopt(http->handle, CURLOPT_CONNECTTIMEOUT,
                                          http->timeout < CONNECT_TIMEOUT ? http->timeout
                                                                          : (long)CONNECT_TIMEOUT);
}

struct text_option {
    CURLoption option;
    const char *value;
};

/* An empty proxy is none, also where the environment names one. */
static CURLcode set_texts(const kf_transfer *transfer) {
    const kf_http *http = transfer->http;
    const char *scheme = http->origin.scheme;
    KF_AUTO_FREE char *agent = kf_str("keyfob/%s", kf_version());
    const struct text_option texts[] = {
        {CURLOPT_URL, kf_buf_str(&transfer->url)},
        {CURLOPT_PROTOCOLS_STR, scheme},
        {CURLOPT_REDIR_PROTOCOLS_STR, scheme},
        {CURLOPT_PROXY, http->proxy ? http->proxy : ""},
        {CURLOPT_NOPROXY, ""},
        {CURLOPT_USERAGENT, agent},
    };
    CURLcode code = agent ? CURLE_OK : CURLE_OUT_OF_MEMORY;
    for (size_t i = 0; i < KF_COUNT(texts) && code == CURLE_OK; i++)
        code = http->curl->easy_setopt(http->handle, texts[i].option, texts[i].value);
    return code;
}

/* The system's roots are looked up one by one in their folder, where libcurl knows it; reading the
 * file with all of them takes longer than the rest of a request. */
static CURLcode set_roots(const kf_http *http) {
    const curl_version_info_data *info = http->curl->version_info(CURLVERSION_NOW);
    bool system = !http->anchors.count && !http->pinned;
    const char *folder = system ? info->capath : NULL;
    const char *file = system && !folder ? info->cainfo : NULL;
    CURLcode code = http->curl->easy_setopt(http->handle, CURLOPT_CAPATH, folder);
    return code ? code : http->curl->easy_setopt(http->handle, CURLOPT_CAINFO, file);
}

struct callback_option {
    CURLoption option;
    void (*value)(void);
};

static CURLcode set_callbacks(kf_transfer *transfer) {
    static const struct callback_option callbacks[] = {
        {CURLOPT_HEADERFUNCTION, (void (*)(void))kf_transfer_header},
        {CURLOPT_WRITEFUNCTION, (void (*)(void))kf_transfer_body},
        {CURLOPT_PREREQFUNCTION, (void (*)(void))kf_transfer_start},
        {CURLOPT_XFERINFOFUNCTION, (void (*)(void))kf_transfer_progress},
        {CURLOPT_SSL_CTX_FUNCTION, (void (*)(void))kf_transfer_tls},
    };
    static const CURLoption arguments[] = {CURLOPT_HEADERDATA, CURLOPT_WRITEDATA,
                                           CURLOPT_PREREQDATA, CURLOPT_XFERINFODATA,
                                           CURLOPT_SSL_CTX_DATA};
    const kf_http *http = transfer->http;
    CURLcode code = CURLE_OK;
    for (size_t i = 0; i < KF_COUNT(callbacks) && code == CURLE_OK; i++) {
        code = http->curl->easy_setopt(http->handle, callbacks[i].option, callbacks[i].value);
        if (code == CURLE_OK)
            code = http->curl->easy_setopt(http->handle, arguments[i], transfer);
    }
    return code ? code
                : http->curl->easy_setopt(http->handle, CURLOPT_ERRORBUFFER, transfer->reason);
}

static CURLcode set_method(const kf_transfer *transfer) {
    const kf_http *http = transfer->http;
    const struct kf_http_request *request = transfer->request;
    bool has_body = request->body || strcmp(request->method, "POST") == 0;
    CURLcode code = CURLE_OK;
    if (strcmp(request->method, "HEAD") == 0)
        return http->curl->easy_setopt(http->handle, CURLOPT_NOBODY, 1L);
    if (has_body) {
        code = http->curl->easy_setopt(http->handle, CURLOPT_POST, 1L);
        if (code == CURLE_OK)
            code = http->curl->easy_setopt(http->handle, CURLOPT_POSTFIELDSIZE_LARGE,
                                           (curl_off_t)(request->body ? request->body_len : 0));
        if (code == CURLE_OK)
            code = http->curl->easy_setopt(http->handle, CURLOPT_POSTFIELDS,
                                           request->body ? request->body : "");
    }
    return code ? code
                : http->curl->easy_setopt(http->handle, CURLOPT_CUSTOMREQUEST, request->method);
}

/* --- header lines: made for one request and wiped after it --- */

typedef struct lines {
    struct curl_slist items[LINES_MAX];
    size_t count;
} lines;

static void lines_clear(lines *list) {
    for (size_t i = 0; i < list->count; i++) {
        explicit_bzero(list->items[i].data, strlen(list->items[i].data));
        free(list->items[i].data);
    }
    list->count = 0;
}

/* "name: value", or "name:" to keep libcurl from sending one of its own. */
static kf_err add_line(lines *list, const char *name, const void *value, size_t len) {
    size_t name_len = strlen(name);
    char *line = malloc(name_len + 2 + len + 1);
    if (!line)
        return kf_fail(KF_E_MEMORY, "out of memory for a header");
    memcpy(line, name, name_len);
    memcpy(line + name_len, ": ", 2);
    if (len)
        memcpy(line + name_len + 2, value, len);
    line[name_len + (len ? 2 : 1) + len] = '\0';
    struct curl_slist *item = &list->items[list->count++];
    *item = (struct curl_slist){.data = line};
    if (list->count > 1)
        list->items[list->count - 2].next = item;
    return KF_OK;
}

static kf_err add_text(lines *list, const char *name, const char *value) {
    for (const char *p = value; p && *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return kf_fail(KF_E_INPUT, "the header \"%s\" has a control character in it", name);
    return add_line(list, name, value, value ? strlen(value) : 0);
}

static kf_err make_lines(const kf_transfer *transfer, lines *ret_lines) {
    const kf_http *http = transfer->http;
    const struct kf_http_request *request = transfer->request;
    KF_TRY(add_text(ret_lines, "Expect", NULL));
    KF_TRY(add_text(ret_lines, "Content-Type", request->type));
    if (request->accept)
        KF_TRY(add_text(ret_lines, "Accept", request->accept));
    for (size_t i = 0; !request->anonymous && i < http->credential_count; i++)
        KF_TRY(add_line(ret_lines, http->credentials[i].header,
                        kf_secret_data(http->credentials[i].value),
                        kf_secret_len(http->credentials[i].value)));
    return KF_OK;
}

/* --- sending --- */

/* A connection that the other side has closed must not end the program (NOSIGNAL means that
 * libcurl leaves SIGPIPE alone). */
static CURLcode perform(const kf_http *http) {
    KF_QUIET();
    sigset_t pipe_only, before, pending;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    CURLcode code = http->curl->easy_perform(http->handle);
    if (!sigismember(&pending, SIGPIPE))
        while (sigtimedwait(&pipe_only, NULL, &(struct timespec){0}) < 0 && errno == EINTR)
            continue;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}

static kf_err set_up(kf_transfer *transfer, const lines *headers) {
    kf_http *http = transfer->http;
    CURLcode code = set_numbers(http);
    if (code == CURLE_OK)
        code = set_texts(transfer);
    if (code == CURLE_OK)
        code = set_roots(http);
    if (code == CURLE_OK)
        code = set_callbacks(transfer);
    if (code == CURLE_OK)
        code = set_method(transfer);
    if (code == CURLE_OK)
        code = http->curl->easy_setopt(http->handle, CURLOPT_HTTPHEADER, headers->items);
    return code == CURLE_OK ? KF_OK
                            : kf_fail(KF_E_UNSUPPORTED, "libcurl does not take an option: %s",
                                      http->curl->easy_strerror(code));
}

static bool is_redirect(long status) {
    return status >= 300 && status < 400 && status != 304;
}

static kf_err run(kf_transfer *transfer) {
    KF_AUTO(lines) headers = {0};
    kf_http *http = transfer->http;
    KF_TRY(make_lines(transfer, &headers));
    KF_TRY(set_up(transfer, &headers));
    http->peer.problem[0] = '\0';
    http->peer.alert = 0;
    kf_error_clear(); /* what the key's token says during the handshake is heard */
    CURLcode code = perform(http);
    if (code == CURLE_OK && !transfer->complete) /* the end of a connection ends them, too */
        code = CURLE_PARTIAL_FILE;
    if (code != CURLE_OK)
        return kf_transfer_fail(transfer, code);
    kf_transfer_finish(transfer);
    if (is_redirect(transfer->answer.status))
        return kf_fail(KF_E_CA_ANSWER,
                       "%s: it answers with a redirect (status %ld) to \"%s\", which is not "
                       "followed",
                       http->origin.host, transfer->answer.status, transfer->location);
    return KF_OK;
}

static kf_err open_handle(kf_http *http) {
    if (http->handle)
        return KF_OK;
    KF_TRY(kf_curl_get(&http->curl));
    http->handle = http->curl->easy_init();
    return http->handle ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory for HTTP");
}

static kf_err check_request(const struct kf_http_request *request) {
    const char *method = request->method;
    size_t len = strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    if (len == 0 || method[len])
        return kf_fail(KF_E_INPUT, "\"%s\" is no method", method);
    if (request->body_len > KF_HTTP_BODY_MAX)
        return kf_fail(KF_E_TOO_LARGE, "the request has %zu bytes, more than %zu",
                       request->body_len, KF_HTTP_BODY_MAX);
    return KF_OK;
}

static kf_err prepare(kf_transfer *transfer) {
    kf_http *http = transfer->http;
    KF_TRY(check_request(transfer->request));
    KF_TRY(kf_origin_url(&http->origin, transfer->request->path, &transfer->url));
    if (kf_context_interrupted(http->context))
        return kf_fail(KF_E_INTERRUPTED, "%s: interrupted", http->origin.host);
    KF_TRY(open_handle(http));
    return kf_http_identity(http);
}

kf_err kf_http_send(kf_http *http, const struct kf_http_request *request,
                    kf_http_answer *ret_answer) {
    KF_AUTO(kf_transfer) transfer = {.http = http, .request = request};
    kf_err err = prepare(&transfer);
    if (err == KF_OK) {
        err = run(&transfer);
        http->curl->easy_reset(http->handle); /* it forgets `transfer`, and keeps the connection */
    }
    if (err != KF_OK) {
        ret_answer->unsent = transfer.starts == 0;
        return err;
    }
    kf_http_answer_clear(ret_answer);
    *ret_answer = transfer.answer;
    transfer.answer = (kf_http_answer){0};
    return KF_OK;
}
