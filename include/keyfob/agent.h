// SPDX-License-Identifier: Apache-2.0
// The agent: asks the CAs about waiting requests, writes certificates to their tokens, renews what
// is due, and warns before something ends.
#pragma once

#include <keyfob/renew.h>

/* What the agent tells; the strings live during the call. */
struct kf_agent_news {
    enum {
        KF_NEWS_ISSUED, /* issued, not installed: the token or its PIN is missing */
        KF_NEWS_INSTALLED,
        KF_NEWS_REJECTED,
        KF_NEWS_NEEDS_YOU, /* a person must act; `text` says how */
        KF_NEWS_RENEWING,  /* a renewal was begun */
        KF_NEWS_EXPIRING,  /* ends soon and is not being renewed */
        KF_NEWS_PROBLEM    /* a CA cannot be reached; told once until it can be */
    } kind;
    const char *request;     /* "r-17", or NULL */
    const char *certificate; /* "c-3", or NULL */
    const char *text;        /* one line for a person */
};

struct kf_agent_options {
    bool once;            /* one round of what is due, then return */
    bool renew;           /* begin renewals that are due */
    int64_t renew_within; /* seconds before the end; 0 = 28 days */
    int64_t warn_within;  /* 0 = 28 days; again at 7 days and on the last day */
    void (*tell)(void *arg, const struct kf_agent_news *news); /* may be NULL */
    void *arg;
};
/* Runs until the context's ui says "interrupted"; then KF_OK. When to ask next stands in the
 * database (Retry-After, 1, 2, 5, 15, 60 minutes with jitter), so a restart causes no burst. Only
 * one agent runs for a home: KF_E_BUSY. */
kf_err kf_agent_run(kf_context *context, const struct kf_agent_options *options);
/* How long until something is due (seconds, 0 = now, at most a day): for loops of another program.
 */
kf_err kf_agent_next(kf_context *context, int64_t *ret_seconds);
