// SPDX-License-Identifier: Apache-2.0
// Frames between the front and its workers.
#include "web/wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define HEAD  4
#define CHUNK ((size_t)64 * 1024)
#define KEPT  ((size_t)1024 * 1024) /* of an inbox that is empty */

static void wipe_and_free(char *text) {
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

static void text_auto(char **text) {
    wipe_and_free(*text);
}

static kf_err fail_gone(int error) {
    return kf_fail(KF_E_IO, "the other process is gone%s%s", error ? ": " : "",
                   error ? strerror(error) : "");
}

static kf_err send_all(int fd, const void *data, size_t len) {
    for (const char *at = data; len > 0;) {
        ssize_t sent = send(fd, at, len, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno == EAGAIN) { /* the front's end does not block */
            struct pollfd room = {.fd = fd, .events = POLLOUT};
            if (poll(&room, 1, 10000) == 1)
                continue;
        }
        if (sent <= 0)
            return fail_gone(errno);
        at += sent;
        len -= (size_t)sent;
    }
    return KF_OK;
}

void wire_frame_clear(wire_frame *frame) {
    if (frame->data)
        explicit_bzero(frame->data, frame->len);
    free(frame->data);
    *frame = (wire_frame){0};
}

kf_err wire_pack(const json_t *message, wire_frame *ret_frame) {
    __attribute__((cleanup(text_auto))) char *text = json_dumps(message, JSON_COMPACT);
    size_t len = text ? strlen(text) : 0;
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory for a message");
    if (len > WIRE_MAX)
        return kf_fail(KF_E_TOO_LARGE, "a message of %zu bytes is too large", len);
    uint8_t *data = malloc(HEAD + len);
    if (!data)
        return kf_fail(KF_E_MEMORY, "out of memory for a message");
    for (size_t i = 0; i < HEAD; i++)
        data[i] = (uint8_t)(len >> (24 - 8 * i));
    memcpy(data + HEAD, text, len);
    *ret_frame = (wire_frame){.data = data, .len = HEAD + len};
    return KF_OK;
}

kf_err wire_send(int fd, const json_t *message) {
    KF_AUTO(wire_frame) frame = {0};
    KF_TRY(wire_pack(message, &frame));
    return send_all(fd, frame.data, frame.len);
}

static void drop_data(wire_inbox *inbox) {
    if (inbox->data)
        explicit_bzero(inbox->data, inbox->capacity);
    free(inbox->data);
    inbox->data = NULL;
    inbox->len = inbox->capacity = 0;
}

void wire_inbox_clear(wire_inbox *inbox) {
    drop_data(inbox);
    inbox->ended = false;
}

/* realloc() would leave a copy behind. */
static kf_err make_room(wire_inbox *inbox, size_t wanted) {
    if (wanted <= inbox->capacity)
        return KF_OK;
    if (wanted > WIRE_MAX + HEAD + CHUNK)
        return kf_fail(KF_E_TOO_LARGE, "a message is too large");
    size_t capacity = inbox->capacity ? inbox->capacity : CHUNK;
    while (capacity < wanted)
        capacity *= 2;
    uint8_t *data = malloc(capacity);
    if (!data)
        return kf_fail(KF_E_MEMORY, "out of memory for a message");
    if (inbox->len)
        memcpy(data, inbox->data, inbox->len);
    size_t len = inbox->len;
    drop_data(inbox);
    *inbox = (wire_inbox){.data = data, .len = len, .capacity = capacity, .ended = inbox->ended};
    return KF_OK;
}

static kf_err fill(wire_inbox *inbox, int fd, int flags) {
    KF_TRY(make_room(inbox, inbox->len + CHUNK));
    for (;;) {
        ssize_t got = recv(fd, inbox->data + inbox->len, CHUNK, flags);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return KF_OK;
        if (got <= 0)
            inbox->ended = true;
        else
            inbox->len += (size_t)got;
        return KF_OK;
    }
}

kf_err wire_inbox_fill(wire_inbox *inbox, int fd) {
    return fill(inbox, fd, MSG_DONTWAIT);
}

kf_err wire_inbox_next(wire_inbox *inbox, json_t **ret_message) {
    *ret_message = NULL;
    if (inbox->len < HEAD)
        return KF_OK;
    size_t len = (size_t)inbox->data[0] << 24 | (size_t)inbox->data[1] << 16 |
                 (size_t)inbox->data[2] << 8 | inbox->data[3];
    if (len > WIRE_MAX)
        return kf_fail(KF_E_TOO_LARGE, "a message of %zu bytes is too large", len);
    if (inbox->len < HEAD + len)
        return make_room(inbox, HEAD + len);
    json_t *message =
        json_loadb((const char *)inbox->data + HEAD, len, JSON_REJECT_DUPLICATES, NULL);
    size_t rest = inbox->len - HEAD - len;
    memmove(inbox->data, inbox->data + HEAD + len, rest);
    explicit_bzero(inbox->data + rest, inbox->len - rest);
    inbox->len = rest;
    if (rest == 0 && inbox->capacity > KEPT)
        drop_data(inbox);
    if (!json_is_object(message)) {
        json_decref(message);
        return kf_fail(KF_E_INPUT, "a message is not a JSON object");
    }
    *ret_message = message;
    return KF_OK;
}

kf_err wire_receive(int fd, wire_inbox *inbox, json_t **ret_message) {
    for (;;) {
        KF_TRY(wire_inbox_next(inbox, ret_message));
        if (*ret_message || inbox->ended)
            return KF_OK;
        KF_TRY(fill(inbox, fd, 0));
    }
}
