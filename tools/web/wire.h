// SPDX-License-Identifier: Apache-2.0
// What goes between the front and its workers: JSON objects in frames on a stream socket.
//
//   to a worker     {"call": 7, "op": "token.list", "args": {...}}
//                   {"answer": 1, "secret"|"text"|"yes"|"cancel": ...}    to the question 1 of the
//                   call
//                   {"cancel": true}                                      the person does not want
//                   it any more
//   from a worker   {"call": 7, "step": {name, state, text, ms}}          see struct kf_step
//                   {"call": 7, "question": {...}}                        see worker/work.h
//                   {"call": 7, "result": {...}} or {"call": 7, "error": keyfob.error/1}
//                   {"event": {"type": "token.inserted", "data": {...}}}
//
// A frame is its length in four bytes, the most significant one first, and that much JSON (UTF-8).
// Frames may carry secrets: all memory that they pass through is wiped.
#pragma once

#include <jansson.h>

#include "base/buf.h"

#define WIRE_MAX ((size_t)32 * 1024 * 1024)

/* A message as it goes over the line. Start with `= {0}`. */
typedef struct wire_frame {
    uint8_t *data; /* malloc'ed, wiped before it is freed */
    size_t len;
} wire_frame;
void wire_frame_clear(wire_frame *frame);
/* KF_E_TOO_LARGE beyond WIRE_MAX. */
kf_err wire_pack(const json_t *message, wire_frame *ret_frame);
/* Blocking. KF_E_IO when the other end is gone, KF_E_TOO_LARGE. */
kf_err wire_send(int fd, const json_t *message);
/* What has arrived so far. Start with `= {0}`. */
typedef struct wire_inbox {
    uint8_t *data; /* malloc'ed, wiped before it is freed */
    size_t len, capacity;
    bool ended; /* the other end is gone */
} wire_inbox;
void wire_inbox_clear(wire_inbox *inbox);
/* Read what there is without blocking. */
kf_err wire_inbox_fill(wire_inbox *inbox, int fd);
/* The next whole frame; NULL when there is none yet. */
kf_err wire_inbox_next(wire_inbox *inbox, json_t **ret_message);
/* Blocking: the next frame, NULL at the end of the stream. */
kf_err wire_receive(int fd, wire_inbox *inbox, json_t **ret_message);
