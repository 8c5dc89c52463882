// SPDX-License-Identifier: Apache-2.0
// Opening what commands need: tokens, one token, files, profiles, requests.
#include <ctype.h>
#include <string.h>

#include "output.h"

kf_err run_open_tokens(struct run *run) {
    if (run->tokens)
        return KF_OK;
    KF_TRY(kf_tokens_open(run->context, &run->tokens));
    for (size_t i = 0; run->progress.verbose && i < kf_tokens_note_count(run->tokens); i++)
        note(run, "note: %s", kf_tokens_note(run->tokens, i));
    return KF_OK;
}

kf_err run_token_selector(struct run *run, bool argument, const char **ret_selector) {
    const char *word = argument ? run_argument(run, 0) : NULL;
    const char *option = run_option(run, OPT_TOKEN);
    if (word && option && strcmp(word, option) != 0)
        return kf_fail(KF_E_USAGE, "two tokens are named: \"%s\" and \"%s\"", word, option);
    *ret_selector = word ? word : option;
    return KF_OK;
}

kf_err run_select_token(struct run *run, bool argument, kf_token **ret_token) {
    const char *selector = NULL;
    KF_TRY(run_token_selector(run, argument, &selector));
    KF_TRY(run_open_tokens(run));
    return kf_tokens_select(run->tokens, selector, ret_token);
}

kf_err run_duration(const struct run *run, enum option_id option, int64_t fallback,
                    int64_t *ret_seconds) {
    const char *text = run_option(run, option);
    if (!text)
        *ret_seconds = fallback;
    else if (strcmp(text, "forever") == 0)
        *ret_seconds = -1;
    else
        return kf_parse_duration(text, "the duration", ret_seconds);
    return KF_OK;
}

kf_err run_read_file(const char *path, size_t max, kf_buf *ret_bytes) {
    kf_err code = kf_file_read(path, max, ret_bytes);
    if (code == KF_E_NOT_FOUND)
        kf_error_hint("Check the file's name and folder.");
    KF_TRY(code);
    if (ret_bytes->len == 0)
        return kf_fail(KF_E_INPUT, "\"%s\" is empty", path);
    return KF_OK;
}

kf_err run_read_cert(const char *path, kf_cert **ret_cert) {
    KF_AUTO(kf_buf) bytes = {0};
    KF_AUTO(kf_certs) certs = {0};
    KF_TRY(run_read_file(path, KF_CERT_FILE_MAX, &bytes));
    kf_err code = kf_certs_read(bytes.data, bytes.len, &certs);
    if (code != KF_OK)
        return kf_fail_in(code, "\"%s\"", path);
    if (certs.count != 1)
        return kf_fail(KF_E_INPUT, "\"%s\" holds %zu certificates, not one", path, certs.count);
    *ret_cert = kf_cert_ref(certs.items[0]);
    return KF_OK;
}

kf_err run_profile(struct run *run, kf_profile **ret_profile) {
    const char *name = run_option(run, OPT_PROFILE);
    return name ? kf_profile_load(run->context, name, ret_profile) : KF_OK;
}

/* "r-17" */
static bool is_request_id(const char *name) {
    if (name[0] != 'r' || name[1] != '-' || !name[2])
        return false;
    for (const char *at = name + 2; *at; at++)
        if (!isdigit((unsigned char)*at))
            return false;
    return true;
}

kf_err run_connector(struct run *run, const char *connection,
                     const struct kf_connector **ret_connector) {
    KF_AUTO_PTR(json_t) document = NULL;
    KF_TRY(kf_connection_json(run->context, connection, &document));
    *ret_connector = kf_connector_find(json_text(document, "connector"));
    if (*ret_connector)
        return KF_OK;
    return kf_fail(KF_E_UNSUPPORTED, "this keyfob does not have the connector \"%s\"",
                   json_text(document, "connector"));
}

static kf_err origin_of(struct run *run, const char *certificate, json_t **ret_request) {
    KF_AUTO_PTR(json_t) document = NULL;
    if (is_request_id(certificate))
        return kf_request_json(run->context, certificate, ret_request);
    KF_TRY(kf_store_json(run->context, certificate, &document));
    const char *id = json_text(document, "request");
    return *id ? kf_request_json(run->context, id, ret_request) : KF_OK;
}

kf_err run_origin(struct run *run, const char *certificate, char **ret_connection) {
    KF_AUTO_PTR(json_t) request = NULL;
    const char *name = run_option(run, OPT_CONNECTION);
    if (!name && origin_of(run, certificate, &request) == KF_OK)
        name = json_text(request, "connection");
    kf_error_clear(); /* the library says it better */
    *ret_connection = name && *name ? strdup(name) : NULL;
    return name && *name && !*ret_connection ? kf_fail(KF_E_MEMORY, "out of memory") : KF_OK;
}

static kf_err csr_of_request(struct run *run, const char *id, kf_csr **ret_csr) {
    KF_AUTO_FREE uint8_t *der = NULL;
    size_t len = 0;
    KF_TRY(kf_request_csr(run->context, id, &der, &len));
    return kf_csr_read(der, len, ret_csr);
}

kf_err run_read_csr(struct run *run, const char *name, kf_csr **ret_csr) {
    if (is_request_id(name) && !kf_file_exists(name))
        return csr_of_request(run, name, ret_csr);
    KF_AUTO(kf_buf) bytes = {0};
    KF_TRY(run_read_file(name, KF_CSR_FILE_MAX, &bytes));
    kf_err code = kf_csr_read(bytes.data, bytes.len, ret_csr);
    return code == KF_OK ? KF_OK : kf_fail_in(code, "\"%s\"", name);
}
