// SPDX-License-Identifier: Apache-2.0
// Sessions: who is signed in. They live in this process only, and end with it.
#pragma once

#include <jansson.h>
#include <keyfob/error.h>
#include <stdint.h>

#include "web/calls/bus.h"
#include "web/front/loop.h"

#define SESSION_SECRET 65 /* 256 bits in hex, and a NUL */

typedef struct sessions sessions;

struct session {
    char id[24];                 /* "s-1": no secret, the owner of jobs and events */
    char cookie[SESSION_SECRET]; /* what the browser sends by itself */
    char token[SESSION_SECRET];  /* what the page sends along with every write */
    char proof[SESSION_SECRET];  /* what the page is told and never sends: who knows it is this
                                    server,  not somebody who took its port when it ended */
    char browser[120];           /* "Firefox on Linux", from its User-Agent */
    int64_t started_at, seen_at; /* seconds since the epoch; seen: a person was there */
    int64_t ends, locks;         /* milliseconds since the computer was started */
    uint64_t timer;
    sessions *sessions;
    struct session *next;
};

/* Told when a session has ended, before it is freed. */
typedef void session_ended_fn(void *arg, const struct session *session);
struct sessions_options {
    int64_t lock_ms, life_ms, warn_ms; /* 0: 10 minutes, 8 hours, 60 seconds */
    session_ended_fn *ended;
    void *arg;
};

kf_err sessions_new(loop *loop, bus *bus, const struct sessions_options *options,
                    sessions **ret_sessions);
void sessions_free(sessions *sessions);
/* A new one, with new secrets. KF_E_BUSY when there are too many (128). */
kf_err session_begin(sessions *sessions, const char *user_agent, struct session **ret_session);
/* By its cookie; NULL when there is none. */
struct session *session_find(sessions *sessions, const char *cookie);
/* By its id. */
struct session *session_named(sessions *sessions, const char *id);
/* Milliseconds until its `ends` or `locks`. */
int64_t session_left(const struct session *session, int64_t moment);
/* A person is there: the lock waits anew. */
void session_extend(struct session *session);
/* Its events, calls and streams go with it: "session.ended" is told first. */
void session_end(struct session *session);
/* How long without a person until sessions lock, in seconds, from now on (300 to 3600). */
void sessions_set_lock(sessions *sessions, int64_t seconds);
/* {items: [{id, this, browser, started_at, seen_at}]}; `mine` may be NULL. */
json_t *sessions_json(const sessions *sessions, const struct session *mine);
