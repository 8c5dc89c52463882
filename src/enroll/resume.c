// SPDX-License-Identifier: Apache-2.0
// Going on with requests: one, or all of them with one question for each token's PIN.
#include "base/text.h"
#include "enroll/flow.h"
#include "enroll/withdraw.h"

static kf_err go_on(kf_flow *flow) {
    return flow->request.key_left ? kf_withdraw_sweep(flow) : kf_flow_run(flow);
}

kf_err kf_request_resume(kf_context *context, const char *id, int64_t wait) {
    KF_AUTO(kf_flow) flow = {0};
    KF_TRY(kf_flow_open(context, id, &flow));
    flow.deadline = kf_flow_deadline(context, wait);
    flow.ask_now = true;
    return go_on(&flow);
}

/* --- all of them --- */

/* A round through the open requests. */
typedef struct kf_round {
    kf_context *context;
    kf_flow shared;     /* the token and the CA that the request before left open */
    bool without_token; /* first what needs none, so that no token is kept from others meanwhile */
    int64_t *later;     /* what then needs one */
    size_t later_count, done;
    kf_err last;
    struct kf_error_saved saved;
} kf_round;

static void kf_round_clear(kf_round *round) {
    kf_flow_clear(&round->shared);
    free(round->later);
}

static void lend(kf_round *round, kf_flow *flow) {
    kf_flow *shared = &round->shared;
    if (!kf_str_equal(shared->request.token_uri, flow->request.token_uri))
        kf_flow_release_token(shared);
    if (!kf_str_equal(shared->request.connection, flow->request.connection))
        kf_ca_close(KF_MOVE(shared->ca));
    kf_flow_pass(shared, flow);
}

/* After an error on the token's side its session is not worth keeping. */
static kf_err take_back(kf_round *round, kf_flow *flow, kf_err err) {
    static const kf_err harmless[] = {KF_OK,          KF_E_PENDING,        KF_E_NEEDS_PERSON,
                                      KF_E_REJECTED,  KF_E_CA_UNREACHABLE, KF_E_CA_LOGIN,
                                      KF_E_CA_ANSWER, KF_E_NEEDS_OPERATOR, KF_E_QUARANTINED};
    bool keep = false;
    for (size_t i = 0; i < KF_COUNT(harmless); i++)
        keep |= harmless[i] == err;
    if (!keep)
        kf_flow_release_token(flow);
    KF_TRY(kf_request_set(&round->shared.request.token_uri, flow->request.token_uri));
    KF_TRY(kf_request_set(&round->shared.request.connection, flow->request.connection));
    kf_flow_pass(flow, &round->shared);
    return err;
}

static kf_err resume_one(kf_round *round, int64_t number, bool *ret_later) {
    KF_AUTO(kf_flow) flow = {0};
    char id[KF_REQUEST_ID_MAX];
    snprintf(id, sizeof id, "r-%lld", (long long)number);
    KF_TRY(kf_flow_open(round->context, id, &flow));
    *ret_later = round->without_token && flow.request.key_left;
    if (*ret_later)
        return KF_OK;
    flow.ask_now = true;
    flow.without_token = round->without_token;
    lend(round, &flow);
    kf_err err = take_back(round, &flow, go_on(&flow));
    *ret_later = err == KF_OK && !kf_state_is_end(flow.request.state);
    return err;
}

/* False when no other request is to be tried: one attempt for one PIN. */
static bool note_outcome(kf_round *round, int64_t number, kf_err err) {
    if (err == KF_OK)
        return true;
    round->last = err;
    kf_error_save(&round->saved);
    kf_step(round->context, "note", KF_STEP_NOTE, 0, "r-%lld: %s", (long long)number,
            round->saved.sentence);
    return err != KF_E_PIN_WRONG && err != KF_E_PIN_LOCKED && err != KF_E_INTERRUPTED;
}

/* False when it was stopped. */
static bool go_round(kf_round *round, const int64_t *numbers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        bool later = false;
        kf_err err = resume_one(round, numbers[i], &later);
        if (later)
            round->later[round->later_count++] = numbers[i];
        else
            round->done += err == KF_OK;
        if (!note_outcome(round, numbers[i], err))
            return false;
    }
    return true;
}

static kf_err go_twice(kf_round *round) {
    KF_AUTO_FREE int64_t *numbers = NULL;
    size_t count = 0;
    KF_TRY(kf_journal_numbers(round->context, KF_JOURNAL_OPEN, &numbers, &count));
    round->later = calloc(count + 1, sizeof *round->later);
    if (!round->later)
        return kf_fail(KF_E_MEMORY, "out of memory");
    round->without_token = true;
    if (!go_round(round, numbers, count))
        return KF_OK;
    KF_AUTO_FREE int64_t *later = KF_MOVE(round->later);
    round->without_token = false;
    go_round(round, later, round->later_count);
    return KF_OK;
}

kf_err kf_resume_all(kf_context *context, size_t *ret_done, size_t *ret_open) {
    KF_AUTO(kf_round) round = {.context = context};
    KF_AUTO_FREE int64_t *left = NULL;
    size_t open = 0;
    KF_TRY(go_twice(&round));
    KF_TRY(kf_journal_numbers(context, KF_JOURNAL_OPEN, &left, &open)); /* a rejected one is not */
    if (ret_done)
        *ret_done = round.done;
    if (ret_open)
        *ret_open = open;
    if (round.last != KF_OK)
        kf_error_restore(&round.saved);
    return round.last;
}
