// SPDX-License-Identifier: Apache-2.0
// The door to one service: made from a connection's options, with the credentials it sends.
#include "ca/http.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "ca/http/door.h"

#define TIMEOUT_MAX 3600

/* --- options --- */

static const char *option(const struct kf_ca_setup *setup, const char *name) {
    const char *value = setup->option(setup->arg, name);
    return value && *value ? value : NULL;
}

static kf_err copy_text(const char *text, char **ret_text) {
    if (!text)
        return KF_OK;
    char *copy = strdup(text);
    if (!copy)
        return kf_fail(KF_E_MEMORY, "out of memory");
    *ret_text = copy;
    return KF_OK;
}

static kf_err take_anchors(kf_http *http, const char *path, const char *connection) {
    KF_AUTO(kf_buf) bytes = {0};
    if (!path)
        return KF_OK;
    if (kf_file_read(path, KF_CERT_FILE_MAX, &bytes) == KF_OK &&
        kf_certs_read(bytes.data, bytes.len, &http->anchors) == KF_OK)
        return KF_OK;
    kf_fail_in(KF_E_USAGE, "the option \"ca-file\"");
    kf_error_hint("Name a file with the service's root: `keyfob connection edit %s ca-file=FILE`.",
                  connection);
    return KF_E_USAGE;
}

static kf_err take_fingerprint(kf_http *http, const char *text) {
    KF_AUTO(kf_buf) bytes = {0};
    if (!text)
        return KF_OK;
    if (kf_unhex(text, &bytes) != KF_OK || bytes.len != sizeof http->fingerprint)
        return kf_fail(KF_E_USAGE,
                       "the option \"ca-fingerprint\" is no SHA-256 fingerprint: 64 hex digits");
    if (http->anchors.count)
        return kf_fail(KF_E_USAGE, "give \"ca-file\" or \"ca-fingerprint\", not both");
    memcpy(http->fingerprint, bytes.data, sizeof http->fingerprint);
    http->pinned = true;
    return KF_OK;
}

/* Whoever may read the settings must not find a password there. */
static kf_err take_proxy(kf_http *http, const char *url) {
    static const char scheme[] = "http://";
    if (!url)
        return KF_OK;
    const char *host = url + strlen(scheme), *colon = strrchr(url, ':');
    int64_t port = 0;
    if (!kf_str_starts(url, scheme) || strpbrk(host, "@/?# \t") || colon <= host ||
        kf_parse_number(colon + 1, "the port", 1, 65535, &port) != KF_OK)
        return kf_fail(KF_E_USAGE, "the option \"proxy\" is not of the form http://HOST:PORT");
    return copy_text(url, &http->proxy);
}

static kf_err take_timeout(kf_http *http, const char *text) {
    int64_t seconds = 0;
    if (kf_parse_number(text ? text : "30", "the option \"timeout\"", 1, TIMEOUT_MAX, &seconds) !=
        KF_OK)
        return kf_fail_in(KF_E_USAGE, "seconds");
    http->timeout = (long)seconds;
    return KF_OK;
}

static kf_err take_options(kf_http *http, const struct kf_ca_setup *setup) {
    KF_TRY(take_anchors(http, option(setup, "ca-file"), setup->connection));
    KF_TRY(take_fingerprint(http, option(setup, "ca-fingerprint")));
    KF_TRY(take_proxy(http, option(setup, "proxy")));
    KF_TRY(take_timeout(http, option(setup, "timeout")));
    return copy_text(option(setup, "client-cert"), &http->client_cert);
}

kf_err kf_http_new(const struct kf_ca_setup *setup, const char *base, kf_http **ret_http) {
    KF_AUTO_PTR(kf_http) http = calloc(1, sizeof *http);
    if (!http)
        return kf_fail(KF_E_MEMORY, "out of memory");
    http->context = setup->context;
    http->signer = setup->signer;
    KF_TRY(copy_text(setup->connection, &http->connection));
    KF_TRY(kf_origin_parse(base, &http->origin));
    kf_origin_tls_host(&http->origin, http->tls_host);
    KF_TRY(take_options(http, setup));
    http->peer = (struct kf_tls_peer){.host = http->tls_host,
                                      .fingerprint = http->pinned ? http->fingerprint : NULL};
    *ret_http = KF_MOVE(http);
    return KF_OK;
}

static void drop_credential(kf_http *http, size_t index) {
    struct kf_http_credential *gone = &http->credentials[index];
    free(gone->header);
    kf_secret_free(gone->value);
    *gone = http->credentials[--http->credential_count];
}

void kf_http_free(kf_http *http) {
    if (!http)
        return;
    if (http->handle)
        http->curl->easy_cleanup(http->handle);
    while (http->credential_count)
        drop_credential(http, 0);
    kf_certs_clear(&http->anchors);
    kf_certs_clear(&http->identity);
    free(http->connection);
    free(http->key_uri);
    free(http->client_cert);
    free(http->proxy);
    free(http);
}

const char *kf_http_host(const kf_http *http) {
    return http->origin.host;
}

/* --- credentials --- */

/* RFC 9110 5.6.2 */
static bool is_token(const char *text) {
    if (!*text)
        return false;
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && !strchr("!#$%&'*+-.^_`|~", *text))
            return false;
    return true;
}

/* RFC 9110 5.5: what may stand in a field value; a line end would begin another header. */
static bool is_field_value(const uint8_t *value, size_t len) {
    for (size_t i = 0; i < len; i++)
        if ((value[i] < 0x20 && value[i] != '\t') || value[i] == 0x7f)
            return false;
    return true;
}

static void forget(kf_http *http, const char *header) {
    for (size_t i = 0; i < http->credential_count; i++)
        if (strcasecmp(http->credentials[i].header, header) == 0) {
            drop_credential(http, i);
            return;
        }
}

kf_err kf_http_credential(kf_http *http, const char *header, const kf_secret *value) {
    KF_AUTO_PTR(kf_secret) copy = NULL;
    if (!is_token(header))
        return kf_fail(KF_E_USAGE, "\"%s\" is no name of a header", header);
    if (!value) {
        forget(http, header);
        return KF_OK;
    }
    const uint8_t *data = kf_secret_data((kf_secret *)value);
    size_t len = kf_secret_len(value);
    if (!is_field_value(data, len))
        return kf_fail(KF_E_INPUT,
                       "the secret for the header \"%s\" has a line end or another control "
                       "character in it",
                       header);
    KF_TRY(kf_secret_copy(data, len, &copy));
    forget(http, header);
    if (http->credential_count == KF_HTTP_CREDENTIALS_MAX)
        return kf_fail(KF_E_TOO_LARGE, "more than %d headers with secrets",
                       KF_HTTP_CREDENTIALS_MAX);
    struct kf_http_credential *added = &http->credentials[http->credential_count];
    KF_TRY(copy_text(header, &added->header));
    added->value = KF_MOVE(copy);
    http->credential_count++;
    return KF_OK;
}

/* "user:password" in base64 (RFC 7617 2), straight into locked memory. */
static kf_err encode_basic(const char *user, const kf_secret *password, kf_secret **ret_value) {
    static const char scheme[] = "Basic ";
    KF_AUTO_PTR(kf_secret) pair = NULL;
    KF_AUTO_PTR(kf_secret) value = NULL;
    size_t user_len = strlen(user), len = user_len + 1 + kf_secret_len(password);
    KF_TRY(kf_secret_new(len, &pair));
    memcpy(kf_secret_data(pair), user, user_len);
    kf_secret_data(pair)[user_len] = ':';
    memcpy(kf_secret_data(pair) + user_len + 1, kf_secret_data((kf_secret *)password),
           len - user_len - 1);
    kf_secret_set_len(pair, len);
    KF_TRY(kf_secret_new(strlen(scheme) + (len + 2) / 3 * 4 + 1, &value));
    memcpy(kf_secret_data(value), scheme, strlen(scheme));
    int coded =
        EVP_EncodeBlock(kf_secret_data(value) + strlen(scheme), kf_secret_data(pair), (int)len);
    kf_secret_set_len(value, strlen(scheme) + (size_t)coded);
    *ret_value = KF_MOVE(value);
    return KF_OK;
}

kf_err kf_http_basic(kf_http *http, const char *user, const kf_secret *password) {
    KF_AUTO_PTR(kf_secret) value = NULL;
    if (!password)
        return kf_http_credential(http, "Authorization", NULL);
    if (strchr(user, ':'))
        return kf_fail(KF_E_INPUT, "the user name has a colon in it");
    KF_TRY(encode_basic(user, password, &value));
    return kf_http_credential(http, "Authorization", value);
}

/* --- small helpers of connectors --- */

kf_err kf_http_escape(kf_buf *buf, const char *text) {
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x80 && (isalnum(c) || strchr("-._~", c)))
            KF_TRY(kf_buf_add(buf, text, 1));
        else
            KF_TRY(kf_buf_printf(buf, "%%%02X", c));
    }
    return KF_OK;
}

void kf_http_answer_clear(kf_http_answer *answer) {
    if (!answer)
        return;
    if (answer->body.data)
        explicit_bzero(answer->body.data, answer->body.capacity);
    kf_buf_clear(&answer->body);
    *answer = (kf_http_answer){0};
}
