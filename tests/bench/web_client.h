// SPDX-License-Identifier: Apache-2.0
// A page of keyfob serve without a browser: one connection that stays, signed in.
#pragma once

#include <jansson.h>
#include <stdint.h>

struct web {
    uint16_t port;
    int fd;
    char cookie[256], token[128];
};

/* Signs in with the code of `keyfob open --print`; ends the program when that fails. */
struct web web_open(uint16_t port, const char *code);
/* The answer's document, of which the caller owns a reference; `path` is below /api/v1, `body` may
 * be NULL and is taken over. Ends the program unless the status is that of success. */
json_t *web_call(const struct web *web, const char *method, const char *path, json_t *body);
/* An event stream on a connection of its own, up to the end of its header. */
int web_stream(const struct web *web);
/* The data of the next event of `type` on a stream. */
json_t *web_event(int stream, const char *type);
