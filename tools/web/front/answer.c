// SPDX-License-Identifier: Apache-2.0
// Answers.
#include "web/front/answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define FILE_MAX ((size_t)4 * 1024 * 1024)

static const char *const headers[][2] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
     "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for "
     "'script'; trusted-types 'none'"},
    {"X-Frame-Options", "DENY"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

void answer_protect(struct MHD_Response *response) {
    for (size_t i = 0; i < KF_COUNT(headers); i++)
        MHD_add_response_header(response, headers[i][0], headers[i][1]);
    if (!MHD_get_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL))
        MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
}

static void wipe_and_free(void *text) {
    explicit_bzero(text, strlen(text));
    free(text);
}

/* Takes over `text`, which is wiped once it was sent. */
static struct MHD_Response *answer_text(char *text, const char *type) {
    if (!text)
        return NULL;
    struct MHD_Response *response =
        MHD_create_response_from_buffer_with_free_callback(strlen(text), text, wipe_and_free);
    if (response)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    else
        wipe_and_free(text);
    return response;
}

struct MHD_Response *answer_json(const json_t *document) {
    return answer_text(json_dumps(document, JSON_COMPACT), "application/json");
}

struct MHD_Response *answer_page(const char *title, const char *text, const char *address) {
    return answer_text(
        kf_str("<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta "
               "name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
               "<title>%s</title></head>\n<body><main><h1>%s</h1>\n<p>%s</p>\n<p><a "
               "href=\"%s\">%s</a></p></main></body>\n</html>\n",
               title, title, text, address, address),
        "text/html; charset=utf-8");
}

/* Only letters, digits and ".-_" reach the header: the rest becomes "_". */
static void plain_name(const char *name, char ret_name[static 101]) {
    static const char fine[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    size_t len = 0;
    for (; *name && len < 100; name++)
        if (strchr(fine, *name))
            ret_name[len++] = *name;
        else if (len == 0 || ret_name[len - 1] != '_')
            ret_name[len++] = '_';
    ret_name[len] = '\0';
    if (ret_name[0] == '.')
        ret_name[0] = '_';
    if (len == 0)
        strcpy(ret_name, "keyfob");
}

/* Never one that a browser would show or run. */
static const char *safe_type(const char *type) {
    static const char *const types[] = {
        "application/pkcs10",         "application/x-pem-file",
        "application/pkix-cert",      "application/pkcs8",
        "application/x-pkcs12",       "application/pkcs7-mime",
        "application/x-x509-ca-cert", "application/x-pkcs7-certificates",
        "application/pkix-crl"};
    for (size_t i = 0; type && i < KF_COUNT(types); i++)
        if (strcmp(types[i], type) == 0)
            return types[i];
    return "application/octet-stream";
}

kf_err answer_file(const json_t *file, struct MHD_Response **ret_response) {
    const char *name = json_string_value(json_object_get(file, "name"));
    const char *data = json_string_value(json_object_get(file, "data"));
    KF_AUTO(kf_buf) bytes = {.max = FILE_MAX};
    if (!data || !name || kf_unbase64(data, strlen(data), &bytes) != KF_OK)
        return kf_fail(KF_E_FAILED, "the file cannot be sent");
    struct MHD_Response *response = MHD_create_response_from_buffer(
        bytes.len, bytes.data ? (void *)bytes.data : (void *)"", MHD_RESPMEM_MUST_COPY);
    if (!response)
        return kf_fail(KF_E_MEMORY, "out of memory for a file");
    char plain[101], disposition[140];
    plain_name(name, plain);
    snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", plain);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_DISPOSITION, disposition);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                            safe_type(json_string_value(json_object_get(file, "type"))));
    *ret_response = response;
    return KF_OK;
}
