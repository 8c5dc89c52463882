// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 as the double speaks it: a channel (plain or TLS), messages in, answers out.
#pragma once

#include "double.h"

#include <openssl/ssl.h>

struct double_channel {
    int fd;
    SSL *ssl; /* NULL: plain */
    char *inbox;
    size_t inbox_len, inbox_cap;
};
void double_channel_clear(struct double_channel *channel);
bool double_channel_write(struct double_channel *channel, const void *data, size_t len);
/* The other side gets a reset, even while a forked child holds the same socket. */
void double_channel_reset(struct double_channel *channel);
/* Ends our direction and reads on until the other side is gone: unread bytes would make the end a
 * reset, in which a last alert is lost. */
void double_channel_linger(struct double_channel *channel);
/* Waits until the other side is gone or the time is over; false when gone. */
bool double_channel_wait(struct double_channel *channel, int milliseconds);

enum { DOUBLE_HEADERS_MAX = 100, DOUBLE_SCRATCH_MAX = 64 };

struct double_headers {
    struct {
        const char *name, *value; /* within the head */
    } items[DOUBLE_HEADERS_MAX];
    size_t count;
    struct {
        const char *of; /* where it stands in the query or the body */
        char *text;
    } scratch[DOUBLE_SCRATCH_MAX]; /* decoded values, freed with the request */
    size_t scratch_count;
};

struct double_message {
    struct double_request request;
    struct double_headers headers;
    char *head, *path, *body;
};
/* False when the other side is gone or speaks no HTTP. */
bool double_message_read(struct double_channel *channel, struct double_message *message);
void double_message_clear(struct double_message *message);

/* The bytes of an answer, malloc'ed. */
char *double_answer(const struct double_reply *reply, bool with_body, size_t *ret_len);
