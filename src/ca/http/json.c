// SPDX-License-Identifier: Apache-2.0
// JSON to and from a service, with limits before the parser sees it (RFC 8259).
#include <string.h>

#include "base/text.h"
#include "ca/http.h"
#include "x509/json.h"

#define DEPTH_MAX 32

/* --- reading --- */

/* jansson's own limit of nesting is 2,048; ours is counted first. */
static bool too_deep(const char *text, size_t len) {
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < len; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && (text[i] == '[' || text[i] == '{') && ++depth > DEPTH_MAX)
            return true;
        else if (!quoted && (text[i] == ']' || text[i] == '}') && depth > 0)
            depth--;
    }
    return false;
}

/* RFC 8259 8.1: not to be sent, and may be ignored; services on Windows send it. */
static size_t byte_order_mark(const void *data, size_t len) {
    return len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

kf_err kf_json_parse_answer(const void *data, size_t len, json_t **ret_json) {
    json_error_t error;
    size_t mark = byte_order_mark(data, len);
    const char *text = (const char *)data + mark;
    if (len > KF_HTTP_BODY_MAX)
        return kf_fail(KF_E_CA_ANSWER, "the answer has more than 1 MiB");
    if (too_deep(text, len - mark))
        return kf_fail(KF_E_CA_ANSWER, "the answer's JSON is nested more than %d times", DEPTH_MAX);
    json_t *json = json_loadb(text, len - mark, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!json)
        return kf_fail(KF_E_CA_ANSWER, "the answer is no JSON: %s", kf_json_problem(&error));
    *ret_json = json;
    return KF_OK;
}

static const struct {
    const char *type, *what;
} kinds[] = {
    {"text/html", "an HTML page"}, {"application/xhtml+xml", "an HTML page"},
    {"text/plain", "plain text"},  {"text/xml", "XML"},
    {"application/xml", "XML"},    {"application/octet-stream", "bytes of no named kind"},
};

/* Many services call their JSON something else, so only what cannot be read is complained of. */
static kf_err fail_kind(const char *host, const kf_http_answer *answer) {
    for (size_t i = 0; i < KF_COUNT(kinds); i++)
        if (kf_str_equal(kinds[i].type, answer->type))
            return kf_fail(KF_E_CA_ANSWER, "%s: it answers (status %ld) with %s instead of JSON",
                           host, answer->status, kinds[i].what);
    return kf_fail_in(KF_E_CA_ANSWER, "%s (status %ld)", host, answer->status);
}

/* --- a request --- */

static kf_err send(kf_http *http, const char *method, const char *path, const char *text,
                   kf_http_answer *ret_answer) {
    struct kf_http_request request = {.method = method, .path = path, .accept = "application/json"};
    if (text) {
        request.type = "application/json";
        request.body = text;
        request.body_len = strlen(text);
    }
    return kf_http_send(http, &request, ret_answer);
}

kf_err kf_http_json(kf_http *http, const char *method, const char *path, const json_t *body,
                    kf_http_answer *ret_answer, json_t **ret_json) {
    char *text = body ? json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    json_t *json = NULL;
    if (body && !text) {
        ret_answer->unsent = true;
        return kf_fail(KF_E_MEMORY, "out of memory for JSON");
    }
    kf_err err = send(http, method, path, text, ret_answer);
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
    KF_TRY(err);
    if (ret_answer->body.len &&
        kf_json_parse_answer(ret_answer->body.data, ret_answer->body.len, &json) != KF_OK)
        return fail_kind(kf_http_host(http), ret_answer);
    *ret_json = json;
    return KF_OK;
}
