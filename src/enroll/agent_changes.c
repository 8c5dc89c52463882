// SPDX-License-Identifier: Apache-2.0
// One question for many requests, where the CA has that: which of them have news?
#include "enroll/agent.h"

#include <string.h>

#define CHANGES_SLACK 300 /* seconds before the last answer: clocks differ */
#define ALONE_EVERY   12  /* questions */

struct question {
    const char *tickets[KF_AGENT_DUE_MAX];
    bool news[KF_AGENT_DUE_MAX];
    kf_flow flows[KF_AGENT_DUE_MAX];
    int64_t numbers[KF_AGENT_DUE_MAX];
    size_t count;
    int64_t since;
};

static void question_clear(struct question *question) {
    for (size_t i = 0; i < question->count; i++)
        kf_flow_clear(&question->flows[i]);
    free(question);
}

/* Can it wait for news? Not when it was asked about by a clock that was ahead, as what happened
 * since is before that; and now and then each is asked by itself, whatever the news are. */
static bool can_wait(const kf_agent *agent, const kf_request *request, int64_t asked) {
    return request->state == KF_REQUEST_SUBMITTED && request->ticket && !request->answer.len &&
           asked <= kf_context_now(agent->context) &&
           request->polls % ALONE_EVERY != ALONE_EVERY - 1;
}

/* Those that wait with a ticket; the others are asked one by one anyway. */
static kf_err collect(kf_agent *agent, const struct kf_agent_due *due, struct question *question) {
    for (size_t i = 0; i < due->count; i++) {
        kf_flow *flow = &question->flows[question->count];
        char id[KF_REQUEST_ID_MAX];
        kf_agent_request_name(due->numbers[i], id);
        kf_err err = kf_flow_open(agent->context, id, flow);
        if (err == KF_E_BUSY || err == KF_E_NOT_FOUND)
            continue;
        KF_TRY(err);
        const kf_request *request = &flow->request;
        int64_t asked = request->checked_at ? request->checked_at : request->sent_at;
        if (!can_wait(agent, request, asked)) {
            kf_flow_clear(flow);
            continue;
        }
        question->tickets[question->count] = request->ticket;
        question->numbers[question->count++] = due->numbers[i];
        question->since = question->count == 1 || asked < question->since ? asked : question->since;
    }
    return KF_OK;
}

static void remove_number(struct kf_agent_due *due, int64_t number) {
    for (size_t i = 0; i < due->count; i++)
        if (due->numbers[i] == number) {
            memmove(&due->numbers[i], &due->numbers[i + 1],
                    (--due->count - i) * sizeof due->numbers[0]);
            return;
        }
}

/* What has no news was asked about, and has its next time; all of them in one transaction. */
static kf_err put_off(kf_agent *agent, struct question *question, struct kf_agent_due *due) {
    KF_TRY(kf_db_begin(agent->db));
    for (size_t i = 0; i < question->count; i++) {
        if (question->news[i])
            continue;
        kf_flow_plan_next(&question->flows[i], 0);
        kf_err err = kf_request_set(&question->flows[i].request.problem, NULL);
        if (err == KF_OK)
            err = kf_journal_save(agent->context, &question->flows[i].request);
        if (err != KF_OK)
            return kf_db_end(agent->db, err);
        remove_number(due, question->numbers[i]);
    }
    return kf_db_commit(agent->db);
}

/* One question for all of them where the CA has that; a failure changes nothing, as then each is
 * asked by itself. */
kf_err kf_agent_changes(kf_agent *agent, const struct kf_agent_ca *ca, struct kf_agent_due *due) {
    size_t granted = 0;
    if (due->count < 2 || !kf_ca_connector(ca->ca)->changes)
        return KF_OK;
    KF_TRY(kf_agent_take(agent, ca->connection, 1, &granted));
    struct question *question = granted ? calloc(1, sizeof *question) : NULL;
    if (!granted || !question) {
        due->count = 0;
        return granted ? kf_fail(KF_E_MEMORY, "out of memory") : KF_OK;
    }
    kf_err err = collect(agent, due, question);
    if (err == KF_OK && question->count > 1 &&
        kf_ca_changes(ca->ca, question->tickets, question->count, question->since - CHANGES_SLACK,
                      question->news) == KF_OK)
        err = put_off(agent, question, due);
    question_clear(question);
    return err;
}
