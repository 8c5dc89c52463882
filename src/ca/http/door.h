// SPDX-License-Identifier: Apache-2.0
// What the files of the HTTP door share.
#pragma once

#include "ca/http.h"
#include "ca/http/library.h"
#include "ca/http/origin.h"
#include "base/context.h"
#include "x509/cert.h"
#include "x509/tls.h"

#define KF_HTTP_CREDENTIALS_MAX 8
#define KF_HTTP_HEADERS_MAX     ((size_t)64 * 1024) /* bytes of an answer's headers */

struct kf_http_credential {
    char *header;
    kf_secret *value;
};

struct kf_http {
    kf_context *context;
    char *connection; /* its name, for hints */
    struct kf_origin origin;
    char tls_host[KF_HOST_MAX + 3];
    long timeout; /* seconds */
    char *proxy;  /* NULL: none */

    /* what the service must show */
    kf_certs anchors; /* empty: the system's roots */
    uint8_t fingerprint[32];
    bool pinned;
    struct kf_tls_peer peer;
    /* what we show */
    const struct kf_ca_signer *signer;
    char *client_cert; /* its name in the personal store, NULL: none */
    kf_certs identity; /* leaf first, once it was asked for */
    char *key_uri;
    EVP_PKEY *key; /* the signer's; good for one request */

    struct kf_http_credential credentials[KF_HTTP_CREDENTIALS_MAX];
    size_t credential_count;

    const struct kf_curl *curl;
    CURL *handle; /* NULL before the first request */
};

/* One request on its way. */
struct kf_transfer {
    kf_http *http;
    const struct kf_http_request *request;
    kf_http_answer answer;
    kf_buf url;
    size_t header_bytes;
    bool complete;        /* the headers came to their end */
    char retry_after[64]; /* as the CA says it */
    char date[64];
    char location[512]; /* of a redirect */
    int64_t begun;      /* ms, the moment of the answer's first byte; 0 = none came yet */
    unsigned starts;    /* how often the request was about to be sent */
    enum {
        KF_STOP_NONE,
        KF_STOP_INTERRUPTED,
        KF_STOP_HEADERS, /* too many */
        KF_STOP_BODY,    /* too large */
        KF_STOP_SLOW,
        KF_STOP_AGAIN, /* an order would be sent a second time */
        KF_STOP_MEMORY
    } stop;
    char reason[CURL_ERROR_SIZE];
};
typedef struct kf_transfer kf_transfer;
void kf_transfer_clear(kf_transfer *transfer);

/* libcurl's callbacks (receive.c): `arg` is the transfer. */
size_t kf_transfer_header(char *data, size_t size, size_t count, void *arg);
size_t kf_transfer_body(char *data, size_t size, size_t count, void *arg);
int kf_transfer_start(void *arg, char *to, char *from, int to_port, int from_port);
int kf_transfer_progress(void *arg, curl_off_t in_total, curl_off_t in, curl_off_t out_total,
                         curl_off_t out);
CURLcode kf_transfer_tls(CURL *handle, void *ssl_ctx, void *arg);
/* Status, type and Retry-After of a whole answer (receive.c). */
void kf_transfer_finish(kf_transfer *transfer);

/* The sentence for a transfer that did not give an answer (failure.c). */
kf_err kf_transfer_fail(kf_transfer *transfer, CURLcode code);

/* The certificate and key that we show, when there are such (identity.c). Asks for the PIN. */
kf_err kf_http_identity(kf_http *http);
