// SPDX-License-Identifier: Apache-2.0
// Answers: bodies of all kinds, with the headers that every one of them has.
#pragma once

#include <jansson.h>
#include <microhttpd.h>
#include <keyfob/error.h>

struct MHD_Response *answer_json(const json_t *document);
/* A small page for a person who came to the wrong place: one paragraph, and a link. */
struct MHD_Response *answer_page(const char *title, const char *text, const char *address);
/* Of {name, type, data: base64}: a download. KF_E_FAILED when the worker's file cannot be used. */
kf_err answer_file(const json_t *file, struct MHD_Response **ret_response);
/* Content-Security-Policy and the like, and no-store unless it says how it is cached itself. */
void answer_protect(struct MHD_Response *response);
