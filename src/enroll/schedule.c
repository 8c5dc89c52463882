// SPDX-License-Identifier: Apache-2.0
// When the CA is asked again, and what is noted when it could not be.
#include "base/text.h"
#include "enroll/flow.h"

#define DELAY_MAX    (24 * 3600)
#define JITTER_PARTS 5 /* up to a fifth more or less */

/* FNV-1a over what is random in the request and what changes with each try: the same row always
 * gives the same moment, and no two requests give the same one. */
static uint64_t hash_of(const kf_request *request) {
    uint64_t hash = 14695981039346656037u;
    for (const char *at = request->client_id; at && *at; at++)
        hash = (hash ^ (uint8_t)*at) * 1099511628211u;
    hash = (hash ^ (uint64_t)request->polls) * 1099511628211u;
    return hash ^ (hash >> 32);
}

/* 1, 2, 5, 15 minutes, then every hour, each a little earlier or later. */
static int64_t own_delay(const kf_request *request) {
    static const int64_t schedule[] = {60, 120, 300, 900, 3600};
    size_t last = KF_COUNT(schedule) - 1;
    bool late = request->polls < 0 || (size_t)request->polls > last;
    int64_t delay = schedule[late ? last : (size_t)request->polls];
    int64_t most = delay / JITTER_PARTS;
    return delay - most + (int64_t)(hash_of(request) % (uint64_t)(2 * most + 1));
}

/* A CA that says when is never asked earlier. Retry-After of the network has been brought into 60 s
 * to a day by the HTTP door; a CA on this computer may say two seconds. */
void kf_flow_plan_next(kf_flow *flow, int64_t ca_delay) {
    kf_request *request = &flow->request;
    int64_t delay = ca_delay > DELAY_MAX ? DELAY_MAX : ca_delay;
    request->checked_at = kf_context_now(flow->context);
    request->next_poll = request->checked_at + (delay > 0 ? delay : own_delay(request));
    request->polls++;
}

kf_err kf_flow_note_problem(kf_flow *flow, kf_err err) {
    kf_request *request = &flow->request;
    struct kf_error_saved saved;
    kf_error_save(&saved);
    kf_flow_plan_next(flow, 0);
    if (err == KF_E_CA_LOGIN && !request->login)
        request->ca_since = request->checked_at;
    request->login = err == KF_E_CA_LOGIN;
    KF_TRY(kf_request_set(&request->problem, saved.sentence));
    KF_TRY(kf_journal_save(flow->context, request));
    kf_error_restore(&saved);
    if (err == KF_E_CA_LOGIN)
        kf_error_hint("Sign in with `keyfob connection login %s`, then go on with "
                      "`keyfob resume r-%lld`.",
                      request->connection, (long long)request->number);
    return err;
}

kf_err kf_flow_note_words(kf_flow *flow, const char *text, const char *who) {
    kf_request *request = &flow->request;
    bool same = kf_str_equal(request->ca_text, text) && kf_str_equal(request->ca_who, who);
    if (!same || request->login || !request->ca_since)
        request->ca_since = kf_context_now(flow->context);
    KF_TRY(kf_request_set(&request->ca_text, text));
    KF_TRY(kf_request_set(&request->ca_who, who));
    request->login = 0;
    return kf_request_set(&request->problem, NULL);
}
