// SPDX-License-Identifier: Apache-2.0
// HTTPS to one CA: the only door to libcurl (http/), which is loaded when the first request is
// made. TLS 1.2 or newer and always verified; a redirect is an error; credentials go to the
// connection's own origin only; every size and time has a limit; one connection is kept and reused.
#pragma once

#include <keyfob/connector.h>

#include "base/auto.h"
#include "base/buf.h"

typedef struct kf_http kf_http;

/* Options that every connector of a web service has: the first entries of its table. What they say
 * is read by kf_http_new(). */
#define KF_HTTP_OPTIONS                                                                            \
    {.name = "ca-file",                                                                            \
     .title = "TLS roots",                                                                         \
     .help = "PEM file with the roots that the service's TLS certificate must lead to",            \
     .kind = KF_OPTION_FILE},                                                                      \
        {.name = "ca-fingerprint",                                                                 \
         .title = "TLS fingerprint",                                                               \
         .help = "SHA-256 of a certificate in the service's TLS chain, compared with the CA",      \
         .kind = KF_OPTION_TEXT},                                                                  \
        {.name = "client-cert",                                                                    \
         .title = "Client certificate",                                                            \
         .help = "a certificate of the personal store; its key signs on the token",                \
         .kind = KF_OPTION_TEXT},                                                                  \
        {.name = "proxy",                                                                          \
         .title = "Proxy",                                                                         \
         .help = "http://HOST:PORT; without it no proxy is used, whatever the environment says",   \
         .kind = KF_OPTION_TEXT},                                                                  \
    {                                                                                              \
        .name = "timeout", .title = "Timeout", .help = "seconds for one request",                  \
        .fallback = "30", .kind = KF_OPTION_NUMBER                                                 \
    }

#define KF_HTTP_BODY_MAX ((size_t)1024 * 1024)
#define KF_HTTP_PATH_MAX 2048

/* `base` is an https URL (http only for a loopback address); its origin is the only one that is
 * ever spoken to. Nothing is sent. KF_E_USAGE. */
kf_err kf_http_new(const struct kf_ca_setup *setup, const char *base, kf_http **ret_http);
void kf_http_free(kf_http *http);
KF_DEFINE_AUTO_PTR(kf_http)

/* A header with a secret value, sent with every request that does not say `anonymous`; NULL takes
 * it away. The value is copied and wiped with the door. */
kf_err kf_http_credential(kf_http *http, const char *header, const kf_secret *value);
/* HTTP Basic (RFC 7617); NULL takes it away. */
kf_err kf_http_basic(kf_http *http, const char *user, const kf_secret *password);

/* An absolute path on the base's origin, or a URL there, is taken as it is; anything else is put
 * after the base. A URL of another origin, which a CA may have sent, is KF_E_CA_ANSWER and nothing
 * is sent; a path that is not encoded, or has segments of dots, KF_E_INPUT. */
struct kf_http_request {
    const char *method; /* "GET" */
    const char *path;   /* "token/init", or "/validate/check"; already percent-encoded */
    const char *type;   /* of the body, NULL without one */
    const void *body;   /* may hold a password: libcurl's copies are wiped, ours is the caller's */
    size_t body_len;
    const char *accept; /* NULL = anything */
    bool anonymous;     /* without credentials */
};
/* Start with `= {0}`; kf_http_answer_clear() frees (and wipes the body). */
typedef struct kf_http_answer {
    long status;
    kf_buf body;
    char type[80];       /* media type in lower case, without parameters */
    int64_t retry_after; /* seconds (RFC 9110 10.2.3), 60 to 86,400; 0 = the CA does not say */
    /* With an error: nothing of the request can have arrived, so that it may be sent again. */
    bool unsent;
} kf_http_answer;
void kf_http_answer_clear(kf_http_answer *answer);

/* One request, one answer; no retry. KF_OK for every HTTP status but redirects.
 * KF_E_CA_UNREACHABLE: no answer (see `unsent`); KF_E_CA_ANSWER: a redirect, too large, or no HTTP;
 * KF_E_UNTRUSTED: the TLS certificate; KF_E_CA_LOGIN: it wants (another) client certificate;
 * KF_E_INTERRUPTED; what the client certificate's token says. The sentence names the host and the
 * reason. Nothing but GET and HEAD is ever sent twice. */
kf_err kf_http_send(kf_http *http, const struct kf_http_request *request,
                    kf_http_answer *ret_answer);
/* Percent-encode one segment or value (RFC 3986 2.3) behind what is in `buf`. */
kf_err kf_http_escape(kf_buf *buf, const char *text);
/* The base's host, for sentences. */
const char *kf_http_host(const kf_http *http);

/* What an error, or a status that stands for "not now" (408, 425, 429, 502, 503, 504), of a POST
 * that orders means: an answer KF_CA_RETRY when surely nothing was taken (unsent, also when
 * interrupted; 429), otherwise KF_E_CA_UNREACHABLE ("it is unknown whether"). `ret_settled` false:
 * neither, read the answer. */
kf_err kf_http_unsettled(kf_err err, const kf_http_answer *http, struct kf_ca_answer *ret_answer,
                         bool *ret_settled);

/* --- JSON over it (http/json.c) --- */
struct json_t;
/* Send `body` (NULL: none) as JSON and read a JSON answer, whatever the status: `ret_json` becomes
 * NULL for an empty body. Depth and size are capped. KF_E_CA_ANSWER for anything but JSON, named by
 * its type ("an HTML page"). */
kf_err kf_http_json(kf_http *http, const char *method, const char *path, const struct json_t *body,
                    kf_http_answer *ret_answer, struct json_t **ret_json);
/* Parse what a CA sent: UTF-8, no duplicate keys, depth at most 32, one value. KF_E_CA_ANSWER. */
kf_err kf_json_parse_answer(const void *data, size_t len, struct json_t **ret_json);
