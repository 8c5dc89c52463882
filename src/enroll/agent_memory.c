// SPDX-License-Identifier: Apache-2.0
// What the agent remembers across restarts: what it has told, and what it must not do again.
#include "enroll/agent.h"

#include <string.h>

#include "base/text.h"
#include "enroll/journal_row.h"

static const char *const schema[] = {
    "CREATE TABLE agent_told (subject TEXT NOT NULL, what TEXT NOT NULL, text TEXT NOT NULL,"
    " at INTEGER NOT NULL, PRIMARY KEY (subject, what)) WITHOUT ROWID;"
    "CREATE TABLE agent_connections (connection TEXT PRIMARY KEY, free_at_ms INTEGER NOT NULL,"
    " rest_until INTEGER NOT NULL, failures INTEGER NOT NULL) WITHOUT ROWID;"
    /* What the agent goes on with by itself; see agent_ask.c. */
    "CREATE INDEX requests_due ON requests (connection, next_poll)"
    " WHERE state IN ('csr', 'submitting', 'waiting', 'issued', 'written');"
    "CREATE INDEX requests_signed_out ON requests (connection, next_poll) WHERE login = 1;"
    "CREATE INDEX requests_to_install ON requests (number) WHERE state = 'verified';",
};

kf_err kf_agent_db(kf_context *context, kf_db **ret_db) {
    KF_TRY(kf_journal_open(context, ret_db));
    return kf_db_schema(*ret_db, "agent", schema, KF_COUNT(schema));
}

kf_err kf_agent_recall(kf_agent *agent, const char *subject, const char *what, int64_t *ret_at,
                       char **ret_text) {
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    KF_TRY(kf_rows_open(agent->db, &rows,
                        "SELECT at, text FROM agent_told WHERE subject = ? AND what = ?", "ss",
                        subject, what));
    KF_TRY(kf_rows_next(&rows, &found));
    *ret_at = found ? kf_rows_int(&rows, 0) : 0;
    if (!ret_text)
        return KF_OK;
    *ret_text = found ? strdup(kf_rows_text(&rows, 1)) : NULL;
    return found && !*ret_text ? kf_fail(KF_E_MEMORY, "out of memory") : KF_OK;
}

kf_err kf_agent_remember(kf_agent *agent, const char *subject, const char *what, const char *text) {
    int64_t now = kf_context_now(agent->context);
    return kf_db_run(agent->db, "INSERT OR REPLACE INTO agent_told VALUES (?, ?, ?, ?)", "sssi",
                     subject, what, text, now > 0 ? now : 1);
}

kf_err kf_agent_forget(kf_agent *agent, const char *subject, const char *what) {
    return kf_db_run(agent->db, "DELETE FROM agent_told WHERE subject = ? AND what = ?", "ss",
                     subject, what);
}

void kf_agent_tell(kf_agent *agent, const struct kf_agent_news *news) {
    if (agent->options.tell)
        agent->options.tell(agent->options.arg, news);
}

/* Told before it is remembered: rather twice than never. */
kf_err kf_agent_tell_once(kf_agent *agent, const char *subject, const char *what,
                          const struct kf_agent_news *news) {
    int64_t at = 0;
    KF_TRY(kf_agent_recall(agent, subject, what, &at, NULL));
    if (at)
        return KF_OK;
    kf_agent_tell(agent, news);
    return kf_agent_remember(agent, subject, what, news->text);
}
