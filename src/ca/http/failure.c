// SPDX-License-Identifier: Apache-2.0
// Why there is no answer, in words of a person.
#include <openssl/ssl.h>
#include <string.h>

#include "ca/http/door.h"

/* After "HOST: "; what is not here gets libcurl's words. */
static const struct {
    CURLcode code;
    kf_err err;
    const char *what;
} reasons[] = {
    {CURLE_COULDNT_RESOLVE_HOST, KF_E_CA_UNREACHABLE, "there is no host of this name"},
    {CURLE_COULDNT_RESOLVE_PROXY, KF_E_CA_UNREACHABLE, "there is no proxy of the configured name"},
    {CURLE_GOT_NOTHING, KF_E_CA_UNREACHABLE, "the connection was closed without an answer"},
    {CURLE_PARTIAL_FILE, KF_E_CA_UNREACHABLE, "the connection was cut before the answer's end"},
    {CURLE_SEND_ERROR, KF_E_CA_UNREACHABLE, "the connection was cut while the request was sent"},
    {CURLE_RECV_ERROR, KF_E_CA_UNREACHABLE, "the connection was cut before an answer came"},
    {CURLE_WEIRD_SERVER_REPLY, KF_E_CA_ANSWER, "what it answers is not HTTP"},
    {CURLE_UNSUPPORTED_PROTOCOL, KF_E_CA_ANSWER, "what it answers is not HTTP"},
    {CURLE_BAD_CONTENT_ENCODING, KF_E_CA_ANSWER, "its answer is packed in an unknown way"},
    {CURLE_OUT_OF_MEMORY, KF_E_MEMORY, "out of memory for HTTP"},
};

static const struct {
    int stop;
    kf_err err;
    const char *what;
} stops[] = {
    {KF_STOP_INTERRUPTED, KF_E_INTERRUPTED, "interrupted"},
    {KF_STOP_HEADERS, KF_E_CA_ANSWER, "its answer has more than 64 KiB of headers"},
    {KF_STOP_BODY, KF_E_CA_ANSWER, "its answer has more than 1 MiB"},
    {KF_STOP_SLOW, KF_E_CA_UNREACHABLE, "its answer comes too slowly"},
    {KF_STOP_AGAIN, KF_E_CA_UNREACHABLE, "the connection was closed without an answer"},
    {KF_STOP_MEMORY, KF_E_MEMORY, "out of memory for the answer"},
};

/* RFC 8446 6.2: what the service thinks of our certificate. */
static const struct {
    int alert;
    const char *what;
} alerts[] = {
    {SSL_AD_CERTIFICATE_REQUIRED, "it wants a client certificate"},
    {SSL_AD_BAD_CERTIFICATE, "it does not take the client certificate"},
    {SSL_AD_UNSUPPORTED_CERTIFICATE, "it does not take this kind of client certificate"},
    {SSL_AD_CERTIFICATE_REVOKED, "the client certificate is revoked"},
    {SSL_AD_CERTIFICATE_EXPIRED, "the client certificate has expired"},
    {SSL_AD_CERTIFICATE_UNKNOWN, "it does not take the client certificate"},
    {SSL_AD_UNKNOWN_CA, "it does not know the issuer of the client certificate"},
    {SSL_AD_ACCESS_DENIED, "it does not let the owner of the client certificate in"},
};

static const char *host_of(const kf_transfer *transfer) {
    return transfer->http->origin.host;
}

static const char *refused_by_service(const kf_transfer *transfer) {
    for (size_t i = 0; i < KF_COUNT(alerts); i++)
        if (alerts[i].alert == transfer->http->peer.alert)
            return alerts[i].what;
    return NULL;
}

static kf_err fail_login(kf_transfer *transfer, const char *what) {
    transfer->starts = 0; /* a handshake that fails at the other side carries no request over */
    kf_fail(KF_E_CA_LOGIN, "%s: %s", host_of(transfer), what);
    kf_error_hint("Name a certificate that it takes: `keyfob connection edit %s "
                  "client-cert=NAME`.",
                  transfer->http->connection);
    return KF_E_CA_LOGIN;
}

static kf_err fail_stopped(const kf_transfer *transfer) {
    for (size_t i = 0; i < KF_COUNT(stops); i++)
        if (stops[i].stop == (int)transfer->stop)
            return kf_fail(stops[i].err, "%s: %s", host_of(transfer), stops[i].what);
    return KF_OK;
}

/* The TLS certificate of the service. */
static kf_err fail_peer(const kf_transfer *transfer) {
    kf_fail(KF_E_UNTRUSTED, "%s: %s", host_of(transfer), transfer->http->peer.problem);
    kf_error_hint("Ask the service's operator for the root or the fingerprint of its TLS "
                  "certificate, then: `keyfob connection edit %s ca-file=PATH` (or "
                  "ca-fingerprint=HEX).",
                  transfer->http->connection);
    return KF_E_UNTRUSTED;
}

static kf_err fail_timeout(const kf_transfer *transfer) {
    if (!transfer->starts)
        return kf_fail(KF_E_CA_UNREACHABLE, "%s: no connection could be made in time",
                       host_of(transfer));
    return kf_fail(KF_E_CA_UNREACHABLE, "%s: no answer within %ld seconds", host_of(transfer),
                   transfer->http->timeout);
}

static kf_err fail_connect(const kf_transfer *transfer) {
    const kf_http *http = transfer->http;
    long error = 0;
    http->curl->easy_getinfo(http->handle, CURLINFO_OS_ERRNO, &error);
    if (http->proxy)
        return kf_fail(KF_E_CA_UNREACHABLE, "%s: the proxy \"%s\" does not answer",
                       host_of(transfer), http->proxy);
    return kf_fail(KF_E_CA_UNREACHABLE, "%s: nothing answers at port %u%s%s%s", host_of(transfer),
                   http->origin.port, error ? " (" : "", error ? strerror((int)error) : "",
                   error ? ")" : "");
}

static kf_err fail_tls(const kf_transfer *transfer) {
    if (transfer->http->peer.alert == SSL_AD_PROTOCOL_VERSION ||
        strstr(transfer->reason, "unsupported protocol") ||
        strstr(transfer->reason, "wrong version number"))
        return kf_fail(KF_E_CA_UNREACHABLE, "%s: it does not speak TLS 1.2 or newer at port %u",
                       host_of(transfer), transfer->http->origin.port);
    return kf_fail(KF_E_CA_UNREACHABLE, "%s: no TLS connection could be made (%s)",
                   host_of(transfer), transfer->reason);
}

static kf_err fail_proxy(const kf_transfer *transfer, long status) {
    return kf_fail(KF_E_CA_UNREACHABLE, "%s: the proxy \"%s\" does not let through (status %ld)",
                   host_of(transfer), transfer->http->proxy, status);
}

static kf_err fail_other(const kf_transfer *transfer, CURLcode code) {
    const kf_http *http = transfer->http;
    for (size_t i = 0; i < KF_COUNT(reasons); i++)
        if (reasons[i].code == code)
            return kf_fail(reasons[i].err, "%s: %s", host_of(transfer), reasons[i].what);
    return kf_fail(KF_E_CA_UNREACHABLE, "%s: the connection failed (%s)", host_of(transfer),
                   *transfer->reason ? transfer->reason : http->curl->easy_strerror(code));
}

kf_err kf_transfer_fail(kf_transfer *transfer, CURLcode code) {
    const kf_http *http = transfer->http;
    kf_err said = kf_error_code(); /* by the token, or by a callback */
    const char *refused = refused_by_service(transfer);
    long proxy_status = 0;
    if (transfer->stop != KF_STOP_NONE)
        return fail_stopped(transfer);
    if (*http->peer.problem)
        return fail_peer(transfer);
    if (said != KF_OK)
        return kf_fail_in(said, "%s", host_of(transfer));
    if (refused && !transfer->begun)
        return fail_login(transfer, refused);
    if (http->proxy)
        http->curl->easy_getinfo(http->handle, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    if (proxy_status >= 300)
        return fail_proxy(transfer, proxy_status);
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return fail_timeout(transfer);
    case CURLE_COULDNT_CONNECT:
        return fail_connect(transfer);
    case CURLE_SSL_CONNECT_ERROR:
        return fail_tls(transfer);
    case CURLE_FILESIZE_EXCEEDED:
        transfer->stop = KF_STOP_BODY;
        return fail_stopped(transfer);
    default:
        return fail_other(transfer, code);
    }
}
