// SPDX-License-Identifier: Apache-2.0
// What the agent tells of requests and connections, each thing once.
#include "enroll/agent.h"

#include <string.h>

#include "base/text.h"

/* --- requests --- */

/* Ends and other moments after which nothing goes on by itself. */
static const struct {
    enum kf_request_state state;
    int kind;
    const char *what; /* before the reason */
} moments[] = {
    {KF_REQUEST_DONE, KF_NEWS_INSTALLED, "the certificate is installed"},
    {KF_REQUEST_REJECTED, KF_NEWS_REJECTED, "rejected"},
    {KF_REQUEST_QUARANTINED, KF_NEWS_NEEDS_YOU, "the certificate failed its checks"},
    {KF_REQUEST_NEEDS_OPERATOR, KF_NEWS_NEEDS_YOU, "a person must look"},
    {KF_REQUEST_FAILED, KF_NEWS_NEEDS_YOU, "failed"},
};

static kf_err tell_moment(kf_agent *agent, const kf_request *request, size_t which) {
    char id[KF_REQUEST_ID_MAX];
    kf_request_id(request, id);
    const char *reason = moments[which].state == KF_REQUEST_DONE ? NULL : request->reason;
    KF_AUTO_FREE char *text = kf_str("%s at \"%s\": %s%s%s", id, request->connection,
                                     moments[which].what, reason ? ": " : "", reason ? reason : "");
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory");
    const struct kf_agent_news news = {
        .kind = moments[which].kind, .request = id, .certificate = request->cert_id, .text = text};
    return kf_agent_tell_once(agent, id, kf_request_state_name(request->state), &news);
}

/* The CA waits for this person; once for the same words. */
static kf_err tell_words(kf_agent *agent, const kf_request *request) {
    KF_AUTO_FREE char *told = NULL;
    int64_t at = 0;
    char id[KF_REQUEST_ID_MAX];
    kf_request_id(request, id);
    if (!kf_str_equal(request->ca_who, "you"))
        return kf_agent_forget(agent, id, "you");
    KF_AUTO_FREE char *text = kf_str("%s at \"%s\": %s", id, request->connection,
                                     request->ca_text ? request->ca_text : "you must act");
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory");
    KF_TRY(kf_agent_recall(agent, id, "you", &at, &told));
    if (!kf_str_equal(told, text))
        KF_TRY(kf_agent_forget(agent, id, "you"));
    const struct kf_agent_news news = {.kind = KF_NEWS_NEEDS_YOU, .request = id, .text = text};
    return kf_agent_tell_once(agent, id, "you", &news);
}

kf_err kf_agent_outcome(kf_agent *agent, const kf_request *request) {
    if (request->state == KF_REQUEST_SUBMITTED)
        return tell_words(agent, request);
    if (request->state == KF_REQUEST_VERIFIED)
        agent->issued = true;
    for (size_t i = 0; i < KF_COUNT(moments); i++)
        if (moments[i].state == request->state)
            return tell_moment(agent, request, i);
    return KF_OK;
}

kf_err kf_agent_request_problem(kf_agent *agent, const kf_request *request, kf_err err) {
    char id[KF_REQUEST_ID_MAX];
    kf_request_id(request, id);
    if (err == KF_OK)
        return kf_agent_forget(agent, id, "problem");
    KF_AUTO_FREE char *text =
        kf_str("%s at \"%s\": %s", id, request->connection, kf_error_sentence(err));
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory");
    const struct kf_agent_news news = {.kind = KF_NEWS_PROBLEM, .request = id, .text = text};
    return kf_agent_tell_once(agent, id, "problem", &news);
}

/* --- connections --- */

static void name_subject(const char *connection, char ret_subject[static 128]) {
    snprintf(ret_subject, 128, "connection/%s", connection);
}

kf_err kf_agent_problem(kf_agent *agent, const char *connection, kf_err err) {
    char subject[128];
    bool pin = kf_agent_is_pin_error(err);
    bool person = pin || err == KF_E_CA_LOGIN || err == KF_E_PIN_NEEDED || err == KF_E_PIN_SOURCE;
    const char *what = pin ? "pin" : err == KF_E_CA_LOGIN ? "login" : "problem";
    KF_AUTO_FREE char *text = kf_str("\"%s\": %s%s%s", connection, kf_error_sentence(err),
                                     person ? ". " : "", person ? kf_error_next(err) : "");
    name_subject(connection, subject);
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory");
    const struct kf_agent_news news = {.kind = person ? KF_NEWS_NEEDS_YOU : KF_NEWS_PROBLEM,
                                       .text = text};
    return kf_agent_tell_once(agent, subject, what, &news);
}

kf_err kf_agent_solved(kf_agent *agent, const char *connection) {
    char subject[128];
    name_subject(connection, subject);
    KF_TRY(kf_db_run(agent->db, "DELETE FROM agent_told WHERE subject = ?", "s", subject));
    return kf_agent_rested(agent, connection);
}

kf_err kf_agent_is_blocked(kf_agent *agent, const char *connection, bool *ret_blocked) {
    KF_AUTO(kf_rows) rows = {0};
    char subject[128];
    int64_t at = 0;
    bool asked = false;
    name_subject(connection, subject);
    KF_TRY(kf_agent_recall(agent, subject, "pin", &at, NULL));
    *ret_blocked = at != 0;
    if (!at)
        return KF_OK;
    KF_TRY(kf_rows_open(agent->db, &rows,
                        "SELECT 1 FROM requests WHERE connection = ? AND problem IS NULL"
                        " AND checked_at > ?",
                        "si", connection, at));
    KF_TRY(kf_rows_next(&rows, &asked));
    *ret_blocked = !asked;
    return asked ? kf_agent_forget(agent, subject, "pin") : KF_OK;
}
