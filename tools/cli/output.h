// SPDX-License-Identifier: Apache-2.0
// Results: lists, cards, documents and files on standard output; errors and notes on standard
// error.
#pragma once

#include "run.h"

/* How a value is shown. `row` is the whole document, for formatters that need more than one field.
 */
typedef kf_err format_fn(const struct run *run, const json_t *row, const json_t *value,
                         kf_buf *out);

/* `path` as "a.b"; "a|b" takes the first that is there. */
struct column {
    const char *title, *path;
    format_fn *format; /* NULL: format_text */
};

/* format.c */
format_fn format_text, format_for_programs, format_password, format_bool, format_date, format_time,
    format_when, format_serial, format_fingerprint, format_key, format_names, format_list,
    format_state, format_request, format_result, format_token, format_pairs, format_anchors,
    format_rules;
const json_t *json_at(const json_t *document, const char *path);
/* The string at `path`, or "". */
const char *json_text(const json_t *document, const char *path);

/* A table with a line that counts (`noun` as "request"), or
 * {"schema":"keyfob.list/1","items":[...]}. */
kf_err out_list(struct run *run, const json_t *items, const struct column *columns, size_t count,
                const char *noun);
/* Title and value in lines; empty values are left out. With --json the document itself. */
kf_err out_card(struct run *run, const json_t *document, const struct column *columns,
                size_t count);
/* The same lines on standard error, for what is shown before a question. */
kf_err note_card(struct run *run, const json_t *document, const struct column *columns,
                 size_t count);
kf_err out_json(struct run *run, const json_t *document);
/* A sentence as the result; with --json {"schema":..., NAME: VALUE} packed by the caller. */
__attribute__((format(printf, 2, 3))) kf_err out_line(struct run *run, const char *format, ...);
/* Something was done: a line with a tick on standard error, and with --json `document` (taken over,
 * may be NULL). */
__attribute__((format(printf, 3, 4))) kf_err out_done(struct run *run, json_t *document,
                                                      const char *format, ...);
/* To --out, or to standard output; DER is not sent to a terminal. */
kf_err out_file(struct run *run, const void *data, size_t len, bool binary);
/* To a file by name; refuses to overwrite without --yes. */
kf_err out_write(struct run *run, const char *path, const void *data, size_t len);
/* The same for what only its owner may read (0600). */
kf_err out_write_private(struct run *run, const char *path, const void *data, size_t len);

/* A note on standard error, unless -q. */
__attribute__((format(printf, 2, 3))) void note(struct run *run, const char *format, ...);
/* Tell the error, and return its exit status. */
int tell_error(struct run *run, kf_err code);
