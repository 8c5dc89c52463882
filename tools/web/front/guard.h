// SPDX-License-Identifier: Apache-2.0
// The guard: who may ask for what. Functions of a request's headers, so that they can be tested
// without a server.
#pragma once

#include <keyfob/error.h>
#include <stdint.h>

#include "web/front/session.h"

/* Headers are NULL when they are missing. */
struct guarded {
    const char *method, *target; /* as sent: target "/api/v1/tokens" */
    const char *host;
    size_t host_count; /* how many Host headers there are */
    const char *origin, *fetch_site, *content_type, *token;
    const char *content_length, *transfer_encoding;
    uint16_t port; /* ours */
};

/* `status` of HTTP, 0: let it in; otherwise the thread's error says why. */
struct refusal {
    int status;
    kf_err code;
};

/* 421 unless the one Host is ours and the target is a path (DNS rebinding). */
struct refusal guard_host(const struct guarded *request);
/* 403 for OPTIONS: nobody else is let in, so there is nothing to ask for; 405 for other methods
 * than GET, HEAD, POST and DELETE. */
struct refusal guard_method(const struct guarded *request);
/* 403 for what a page of another site sends: for writes Origin must be ours, the type JSON (415).
 */
struct refusal guard_site(const struct guarded *request);
/* A JSON body has its length (411) and is not too large (413); GET has none (400). */
struct refusal guard_body(const struct guarded *request, size_t max, size_t *ret_len);
/* 401 without a session, 403 for a write without its token. */
struct refusal guard_session(const struct guarded *request, const struct session *session);
