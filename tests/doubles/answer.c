// SPDX-License-Identifier: Apache-2.0
// Answers out.
#include "wire.h"

#include <stdlib.h>
#include <string.h>

static const char *reason(int status) {
    static const struct {
        int status;
        const char *text;
    } known[] = {{200, "OK"},
                 {201, "Created"},
                 {202, "Accepted"},
                 {204, "No Content"},
                 {302, "Found"},
                 {400, "Bad Request"},
                 {401, "Unauthorized"},
                 {403, "Forbidden"},
                 {404, "Not Found"},
                 {429, "Too Many Requests"},
                 {500, "Internal Server Error"},
                 {503, "Service Unavailable"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].status == status)
            return known[i].text;
    }
    return "Status";
}

void double_reply_data(struct double_reply *reply, int status, const char *type, const void *data,
                       size_t len) {
    free(reply->body);
    reply->status = status, reply->type = type;
    reply->body = malloc(len + 1), reply->body_len = len;
    if (!reply->body)
        abort();
    if (len > 0)
        memcpy(reply->body, data, len);
    reply->body[len] = '\0';
}

void double_reply_json(struct double_reply *reply, int status, json_t *json) {
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(json);
    double_reply_data(reply, status, "application/json", text ? text : "null",
                      text ? strlen(text) : 4);
    free(text);
}

char *double_answer(const struct double_reply *reply, bool with_body, size_t *ret_len) {
    char head[1024];
    int n = snprintf(
        head, sizeof head, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s\r\n",
        reply->status, reason(reply->status),
        reply->type ? reply->type : "application/octet-stream", reply->body_len, reply->extra);
    size_t body_len = with_body ? reply->body_len : 0;
    char *answer = malloc((size_t)n + body_len + 1);
    if (!answer)
        abort();
    memcpy(answer, head, (size_t)n);
    if (body_len > 0)
        memcpy(answer + n, reply->body, body_len);
    *ret_len = (size_t)n + body_len;
    return answer;
}
