// SPDX-License-Identifier: Apache-2.0
// Asking the CAs about what is due: connection by connection, so that one that is open serves many
// requests, and one that does not answer is left after the first.
#include "enroll/agent.h"

#include <string.h>

#include "base/text.h"

#define WRONG_CLOCK ((int64_t)2 * 24 * 3600) /* nothing is planned further ahead */

#define ASKABLE "state IN ('csr', 'submitting', 'waiting', 'issued', 'written')"

/* --- what is due --- */

/* Where somebody must sign in, one request tries it, and the others wait for it. */
static kf_err find_due(const kf_agent *agent, const char *connection, size_t max,
                       struct kf_agent_due *ret_due) {
    KF_AUTO(kf_rows) rows = {0};
    int64_t now = kf_context_now(agent->context);
    bool found = false;
    ret_due->count = 0;
    KF_TRY(kf_rows_open(agent->db, &rows,
                        "SELECT number, login FROM requests WHERE connection = ?1 AND " ASKABLE
                        " AND next_poll <= ?2 AND (login = 1 OR NOT EXISTS"
                        " (SELECT 1 FROM requests WHERE connection = ?1 AND login = 1 AND " ASKABLE
                        ")) ORDER BY next_poll LIMIT ?3",
                        "sii", connection, now, (int64_t)max));
    while (ret_due->count < KF_AGENT_DUE_MAX) {
        KF_TRY(kf_rows_next(&rows, &found));
        if (!found)
            break;
        ret_due->numbers[ret_due->count++] = kf_rows_int(&rows, 0);
        if (kf_rows_int(&rows, 1) == 1)
            break;
    }
    return KF_OK;
}

/* --- one request --- */

enum next { GO_ON, LEAVE_CONNECTION, STOP };

static void lend(kf_flow *flow, const struct kf_agent_ca *ca) {
    flow->ca = ca->ca;
    flow->signer = ca->signer;
}

static void take_back(kf_flow *flow) {
    flow->ca = NULL;
    flow->signer = NULL;
}

/* What says nothing of the connection. */
static bool is_quiet(kf_err err) {
    return err == KF_OK || err == KF_E_PENDING || err == KF_E_NEEDS_PERSON ||
           err == KF_E_REJECTED || err == KF_E_QUARANTINED || err == KF_E_NEEDS_OPERATOR ||
           err == KF_E_FAILED || err == KF_E_STATE;
}

/* Whatever failed is not tried again at once. */
static kf_err plan(kf_flow *flow) {
    kf_request *request = &flow->request;
    if (request->next_poll > kf_context_now(flow->context) || kf_state_is_end(request->state))
        return KF_OK;
    kf_flow_plan_next(flow, 0);
    return kf_journal_save(flow->context, request);
}

static kf_err judge(kf_agent *agent, kf_flow *flow, kf_err err, enum next *ret_next) {
    const char *connection = flow->request.connection;
    if (flow->reached)
        KF_TRY(kf_agent_solved(agent, connection));
    if (flow->ca_rest) {
        *ret_next = LEAVE_CONNECTION;
        return kf_agent_rest(agent, connection, flow->ca_rest);
    }
    if (is_quiet(err))
        return kf_agent_request_problem(agent, &flow->request, KF_OK);
    KF_TRY(flow->reached ? kf_agent_request_problem(agent, &flow->request, err)
                         : kf_agent_problem(agent, connection, err));
    KF_TRY(plan(flow));
    if (flow->reached)
        return KF_OK;
    *ret_next = LEAVE_CONNECTION;
    return err == KF_E_CA_LOGIN ? KF_OK : kf_agent_rest(agent, connection, 0);
}

static bool is_fatal(kf_err err) {
    return err == KF_E_MEMORY || err == KF_E_DATABASE || err == KF_E_DATABASE_NEWER ||
           err == KF_E_DISK_FULL || err == KF_E_IO;
}

static kf_err go_on(kf_agent *agent, kf_flow *flow, enum next *ret_next) {
    flow->ask_now = flow->without_token = true;
    kf_err err = kf_flow_run(flow);
    if (err == KF_E_INTERRUPTED || is_fatal(err)) {
        *ret_next = STOP;
        return err;
    }
    if (err == KF_E_BUSY)
        return KF_OK;
    struct kf_error_saved said;
    kf_error_save(&said);
    KF_TRY(kf_agent_outcome(agent, &flow->request));
    kf_error_restore(&said);
    return judge(agent, flow, err, ret_next);
}

void kf_agent_request_name(int64_t number, char ret_id[static KF_REQUEST_ID_MAX]) {
    snprintf(ret_id, KF_REQUEST_ID_MAX, "r-%lld", (long long)number);
}

/* Another process may be at work on it, or have been. */
static kf_err ask_one(kf_agent *agent, const struct kf_agent_ca *ca, int64_t number,
                      enum next *ret_next) {
    KF_AUTO(kf_flow) flow = {0};
    char id[KF_REQUEST_ID_MAX];
    kf_agent_request_name(number, id);
    kf_err err = kf_flow_open(agent->context, id, &flow);
    if (err == KF_E_BUSY || err == KF_E_NOT_FOUND)
        return KF_OK;
    KF_TRY(err);
    if (flow.request.next_poll > kf_context_now(agent->context))
        return KF_OK;
    lend(&flow, ca);
    err = go_on(agent, &flow, ret_next);
    take_back(&flow);
    return err;
}

/* --- one connection --- */

static kf_err ask_due(kf_agent *agent, const struct kf_agent_ca *ca, struct kf_agent_due *due) {
    enum next next = GO_ON;
    size_t granted = 0;
    KF_TRY(kf_agent_changes(agent, ca, due));
    KF_TRY(kf_agent_take(agent, ca->connection, due->count, &granted));
    for (size_t i = 0; i < granted && next == GO_ON; i++)
        KF_TRY(ask_one(agent, ca, due->numbers[i], &next));
    if (next != GO_ON)
        kf_agent_close_ca(agent, ca);
    return KF_OK;
}

static kf_err ask_connection(kf_agent *agent, const char *connection) {
    const struct kf_agent_ca *ca = NULL;
    bool blocked = false;
    int64_t wait = 0;
    struct kf_agent_due due;
    KF_TRY(kf_agent_is_blocked(agent, connection, &blocked));
    KF_TRY(kf_agent_wait(agent->db, connection, kf_context_now(agent->context), &wait));
    if (blocked || wait > 0)
        return KF_OK;
    KF_TRY(find_due(agent, connection, 1, &due));
    if (due.count == 0)
        return KF_OK;
    kf_err err = kf_agent_ca(agent, connection, &ca);
    if (err != KF_OK) {
        KF_TRY(kf_agent_problem(agent, connection, err));
        return kf_agent_rest(agent, connection, 0);
    }
    bool many = kf_ca_connector(ca->ca)->changes;
    KF_TRY(find_due(agent, connection, many ? KF_AGENT_DUE_MAX : KF_AGENT_BURST, &due));
    return ask_due(agent, ca, &due);
}

/* --- all of them --- */

#define CONNECTIONS_MAX 256

typedef struct names {
    char *items[CONNECTIONS_MAX];
    int64_t first[CONNECTIONS_MAX]; /* when something is due */
    size_t count;
} names;

static void names_clear(names *list) {
    while (list->count > 0)
        free(list->items[--list->count]);
}

static kf_err find_connections(kf_db *db, names *ret_names) {
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    KF_TRY(kf_rows_open(
        db, &rows,
        "SELECT connection, min(next_poll),"
        " (SELECT min(next_poll) FROM requests AS r WHERE r.connection = requests.connection AND"
        "  login = 1 AND " ASKABLE ") FROM requests WHERE " ASKABLE " GROUP BY connection",
        NULL));
    while (ret_names->count < CONNECTIONS_MAX) {
        KF_TRY(kf_rows_next(&rows, &found));
        if (!found)
            return KF_OK;
        char *name = strdup(kf_rows_text(&rows, 0));
        if (!name)
            return kf_fail(KF_E_MEMORY, "out of memory");
        ret_names->first[ret_names->count] = kf_rows_int(&rows, kf_rows_is_null(&rows, 2) ? 1 : 2);
        ret_names->items[ret_names->count++] = name;
    }
    return KF_OK;
}

/* Nothing is planned that far ahead but by a clock that was wrong. Nobody who asks just now is
 * disturbed: `seq` stays. */
static kf_err mend_times(kf_agent *agent) {
    int64_t now = kf_context_now(agent->context), before = agent->now_seen;
    agent->now_seen = now;
    if (before && now >= before)
        return KF_OK;
    return kf_db_run(agent->db,
                     "UPDATE requests SET next_poll = ? WHERE " ASKABLE " AND next_poll > ?", "ii",
                     now, now + WRONG_CLOCK);
}

kf_err kf_agent_ask(kf_agent *agent) {
    KF_AUTO(names) connections = {0};
    kf_agent_close_old_cas(agent);
    KF_TRY(mend_times(agent));
    KF_TRY(find_connections(agent->db, &connections));
    for (size_t i = 0; i < connections.count; i++)
        KF_TRY(ask_connection(agent, connections.items[i]));
    return KF_OK;
}

kf_err kf_agent_next_ask(kf_agent *agent, int64_t *ret_seconds) {
    KF_AUTO(names) connections = {0};
    int64_t now = kf_context_now(agent->context), next = INT64_MAX;
    KF_TRY(find_connections(agent->db, &connections));
    for (size_t i = 0; i < connections.count; i++) {
        int64_t wait = 0, due = connections.first[i] - now;
        bool blocked = false;
        KF_TRY(kf_agent_is_blocked(agent, connections.items[i], &blocked));
        KF_TRY(kf_agent_wait(agent->db, connections.items[i], now, &wait));
        if (due > WRONG_CLOCK)
            due = 0;
        wait = wait > due ? wait : due;
        if (!blocked && wait < next)
            next = wait;
    }
    *ret_seconds = next;
    return KF_OK;
}
