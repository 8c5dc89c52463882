// SPDX-License-Identifier: Apache-2.0
// How often a CA is asked, kept in the database so that restarts change nothing: a bucket that
// fills at 25 a minute and holds 5, so that no minute sees more than 30 requests.
#include "enroll/agent.h"

#include "base/text.h"

#define MINUTE_MS 60000
#define EVERY_MS  (MINUTE_MS / 25)
#define SANE_AHEAD                                                                                 \
    ((int64_t)2 * 24 * 3600) /* a moment further away is of a clock that was wrong                 \
                              */

struct pace {
    int64_t free_at_ms, rest_until, failures;
};

static kf_err load(kf_db *db, const char *connection, int64_t now, struct pace *ret_pace) {
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    KF_TRY(kf_rows_open(db, &rows,
                        "SELECT free_at_ms, rest_until, failures FROM agent_connections"
                        " WHERE connection = ?",
                        "s", connection));
    KF_TRY(kf_rows_next(&rows, &found));
    *ret_pace = (struct pace){0};
    if (!found)
        return KF_OK;
    *ret_pace = (struct pace){kf_rows_int(&rows, 0), kf_rows_int(&rows, 1), kf_rows_int(&rows, 2)};
    if (ret_pace->free_at_ms > (now + SANE_AHEAD) * 1000)
        ret_pace->free_at_ms = 0;
    if (ret_pace->rest_until > now + SANE_AHEAD)
        ret_pace->rest_until = 0;
    return KF_OK;
}

static kf_err save(kf_db *db, const char *connection, const struct pace *pace) {
    return kf_db_run(db, "INSERT OR REPLACE INTO agent_connections VALUES (?, ?, ?, ?)", "siii",
                     connection, pace->free_at_ms, pace->rest_until, pace->failures);
}

kf_err kf_agent_take(kf_agent *agent, const char *connection, size_t wanted, size_t *ret_granted) {
    int64_t now = kf_context_now(agent->context), now_ms = now * 1000;
    struct pace pace;
    KF_TRY(load(agent->db, connection, now, &pace));
    int64_t from = pace.free_at_ms > now_ms ? pace.free_at_ms : now_ms;
    int64_t room = (now_ms + KF_AGENT_BURST * EVERY_MS - from) / EVERY_MS;
    size_t granted = room <= 0 ? 0 : (size_t)room < wanted ? (size_t)room : wanted;
    *ret_granted = pace.rest_until > now ? 0 : granted;
    if (*ret_granted == 0)
        return KF_OK;
    pace.free_at_ms = from + (int64_t)granted * EVERY_MS;
    return save(agent->db, connection, &pace);
}

/* 1, 2, 5, 15 minutes, then every hour; up to a fifth more, so that not all come back at once. */
static int64_t own_rest(const char *connection, int64_t failures, int64_t now) {
    static const int64_t schedule[] = {60, 120, 300, 900, 3600};
    size_t last = KF_COUNT(schedule) - 1;
    int64_t seconds = schedule[(size_t)failures > last ? last : (size_t)failures];
    uint64_t hash = (uint64_t)now * 1099511628211u;
    for (const char *at = connection; *at; at++)
        hash = (hash ^ (uint8_t)*at) * 1099511628211u;
    return seconds + (int64_t)((hash >> 32) % (uint64_t)(seconds / 5 + 1));
}

kf_err kf_agent_rest(kf_agent *agent, const char *connection, int64_t seconds) {
    int64_t now = kf_context_now(agent->context);
    struct pace pace;
    KF_TRY(load(agent->db, connection, now, &pace));
    pace.rest_until = now + (seconds > 0 ? seconds : own_rest(connection, pace.failures, now));
    if (seconds <= 0)
        pace.failures++;
    return save(agent->db, connection, &pace);
}

kf_err kf_agent_rested(kf_agent *agent, const char *connection) {
    return kf_db_run(agent->db,
                     "UPDATE agent_connections SET failures = 0"
                     " WHERE connection = ? AND failures > 0",
                     "s", connection);
}

kf_err kf_agent_wait(kf_db *db, const char *connection, int64_t now, int64_t *ret_seconds) {
    struct pace pace;
    KF_TRY(load(db, connection, now, &pace));
    int64_t full_ms = pace.free_at_ms - (KF_AGENT_BURST - 1) * EVERY_MS - now * 1000;
    int64_t bucket = full_ms > 0 ? (full_ms + 999) / 1000 : 0;
    int64_t rest = pace.rest_until > now ? pace.rest_until - now : 0;
    *ret_seconds = bucket > rest ? bucket : rest;
    return KF_OK;
}
