// SPDX-License-Identifier: Apache-2.0
// Writing certificates back when their token is there: without a PIN where the token lets that
// happen, otherwise with one that needs no person, once.
#include "enroll/agent.h"

#include <string.h>

#include "base/text.h"

#define LOOK_EVERY 60 /* seconds */

/* --- PINs --- */

bool kf_agent_has_pin(const kf_agent *agent) {
    const struct kf_ui *ui = kf_context_ui(agent->context);
    return ui->pin && ui->pin_is_stored;
}

/* A try was used, or another might be the last. */
bool kf_agent_is_pin_error(kf_err err) {
    return err == KF_E_PIN_WRONG || err == KF_E_PIN_LOCKED || err == KF_E_PIN_LOW ||
           err == KF_E_PIN_LENGTH || err == KF_E_PIN_EXPIRED;
}

kf_err kf_agent_may_try(kf_agent *agent, const char *token_uri, bool *ret_may) {
    int64_t at = 0;
    *ret_may = false;
    if (!kf_agent_has_pin(agent))
        return KF_OK;
    KF_TRY(kf_agent_recall(agent, token_uri, "pin", &at, NULL));
    *ret_may = at == 0;
    return KF_OK;
}

kf_err kf_agent_pin_refused(kf_agent *agent, const char *token_uri) {
    return kf_agent_remember(agent, token_uri, "pin", "");
}

/* A person has put something on the token since, so that the PIN is in their hands again. What the
 * agent wrote without a PIN says nothing, nor does a row that changed for another reason. */
static kf_err forget_refusals(kf_agent *agent) {
    return kf_db_run(
        agent->db,
        "DELETE FROM agent_told WHERE what = 'pin' AND EXISTS"
        " (SELECT 1 FROM requests JOIN history ON request = number"
        "  WHERE token_uri = agent_told.subject AND to_state = 'written'"
        "  AND history.at > agent_told.at"
        "  AND NOT EXISTS (SELECT 1 FROM agent_told AS ours"
        "   WHERE ours.subject = 'r-' || number AND ours.what IN ('done', 'written')))",
        NULL);
}

/* --- what is told --- */

static kf_err tell_issued(kf_agent *agent, const kf_request *request, const char *why) {
    char id[KF_REQUEST_ID_MAX];
    kf_request_id(request, id);
    KF_AUTO_FREE char *text =
        kf_str("%s at \"%s\": the certificate is there, and not installed on \"%s\" (%s) yet: %s",
               id, request->connection, request->token_label, request->token_serial, why);
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory");
    const struct kf_agent_news news = {.kind = KF_NEWS_ISSUED, .request = id, .text = text};
    return kf_agent_tell_once(agent, id, "issued", &news);
}

static kf_err tell_failure(kf_agent *agent, const kf_request *request, kf_err err) {
    char id[KF_REQUEST_ID_MAX];
    kf_request_id(request, id);
    KF_AUTO_FREE char *text = kf_str("%s at \"%s\": %s. %s", id, request->connection,
                                     kf_error_sentence(err), kf_error_next(err));
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory");
    const struct kf_agent_news news = {.kind = KF_NEWS_NEEDS_YOU, .request = id, .text = text};
    return kf_agent_tell_once(agent, id, "failure", &news);
}

/* --- one certificate --- */

static bool is_absent(kf_err err) {
    return err == KF_E_TOKEN_ABSENT || err == KF_E_TOKEN_OTHER || err == KF_E_TOKEN_REMOVED ||
           err == KF_E_TOKEN_AMBIGUOUS;
}

/* The modules are loaded once for all of them. */
static kf_err run_with(kf_agent *agent, int64_t number, kf_tokens *tokens, bool without_pin,
                       kf_flow *flow) {
    char id[KF_REQUEST_ID_MAX];
    kf_agent_request_name(number, id);
    KF_TRY(kf_flow_open(agent->context, id, flow));
    flow->tokens = tokens;
    flow->without_pin = without_pin;
    return kf_flow_run(flow);
}

static void take_tokens_back(kf_flow *flow) {
    kf_key_free(KF_MOVE(flow->key));
    if (flow->session)
        kf_session_logout(flow->session); /* the process lives on */
    kf_session_free(KF_MOVE(flow->session));
    flow->tokens = NULL;
}

/* `err` of a certificate that is still to be written. */
static kf_err judge(kf_agent *agent, const kf_request *request, kf_err err, bool without_pin,
                    bool *ret_pin) {
    char id[KF_REQUEST_ID_MAX];
    kf_request_id(request, id);
    if (is_absent(err))
        return tell_issued(agent, request, "insert it");
    if (err == KF_E_BUSY)
        return KF_OK;
    if (without_pin) { /* whatever it is, the PIN may help */
        KF_TRY(kf_agent_may_try(agent, request->token_uri, ret_pin));
        if (*ret_pin)
            return KF_OK;
        KF_TRY(kf_agent_remember(agent, id, "wants-pin", ""));
        KF_AUTO_FREE char *how = kf_str("it wants its PIN: `keyfob request install %s`", id);
        return how ? tell_issued(agent, request, how) : kf_fail(KF_E_MEMORY, "out of memory");
    }
    if (kf_agent_is_pin_error(err)) {
        struct kf_error_saved said;
        kf_error_save(&said);
        KF_TRY(kf_agent_pin_refused(agent, request->token_uri));
        kf_error_restore(&said);
    }
    return tell_failure(agent, request, err);
}

static kf_err note_written(kf_agent *agent, int64_t number) {
    char id[KF_REQUEST_ID_MAX];
    kf_agent_request_name(number, id);
    return kf_agent_remember(agent, id, "written", "");
}

static kf_err install_once(kf_agent *agent, int64_t number, kf_tokens *tokens, bool without_pin,
                           bool *ret_pin) {
    KF_AUTO(kf_flow) flow = {0};
    kf_err err = run_with(agent, number, tokens, without_pin, &flow);
    struct kf_error_saved said;
    kf_error_save(&said);
    take_tokens_back(&flow);
    kf_error_restore(&said);
    if (err == KF_E_INTERRUPTED || err == KF_E_MEMORY)
        return err;
    if (!flow.request.number)
        return KF_OK; /* another process has it */
    if (flow.request.state == KF_REQUEST_WRITTEN)
        return note_written(agent, number); /* the CA could not be told yet */
    if (flow.request.state == KF_REQUEST_VERIFIED)
        return judge(agent, &flow.request, err, without_pin, ret_pin);
    return kf_agent_outcome(agent, &flow.request);
}

static kf_err install(kf_agent *agent, int64_t number, const char *token_uri, kf_tokens *tokens) {
    char id[KF_REQUEST_ID_MAX];
    int64_t wants_pin = 0;
    bool pin = false;
    kf_agent_request_name(number, id);
    KF_TRY(kf_agent_recall(agent, id, "wants-pin", &wants_pin, NULL));
    if (wants_pin)
        KF_TRY(kf_agent_may_try(agent, token_uri, &pin));
    else
        KF_TRY(install_once(agent, number, tokens, true, &pin));
    return pin ? install_once(agent, number, tokens, false, &pin) : KF_OK;
}

/* --- all of them --- */

#define ROUND_MAX 256

struct waiting {
    int64_t numbers[ROUND_MAX];
    char *uris[ROUND_MAX];
    size_t count;
};
typedef struct waiting waiting;

static void waiting_clear(waiting *list) {
    while (list->count > 0)
        free(list->uris[--list->count]);
}

static kf_err find_waiting(kf_agent *agent, waiting *ret_list) {
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    KF_TRY(kf_rows_open(agent->db, &rows,
                        "SELECT number, coalesce(token_uri, '') FROM requests"
                        " WHERE state = 'verified' ORDER BY number",
                        NULL));
    while (ret_list->count < ROUND_MAX) {
        KF_TRY(kf_rows_next(&rows, &found));
        if (!found)
            break;
        char *uri = strdup(kf_rows_text(&rows, 1));
        if (!uri)
            return kf_fail(KF_E_MEMORY, "out of memory");
        ret_list->numbers[ret_list->count] = kf_rows_int(&rows, 0);
        ret_list->uris[ret_list->count++] = uri;
    }
    return KF_OK;
}

/* A client certificate of a CA may be on the same token. */
kf_err kf_agent_install(kf_agent *agent) {
    KF_AUTO(waiting) list = {0};
    KF_AUTO_PTR(kf_tokens) tokens = NULL;
    KF_TRY(forget_refusals(agent));
    KF_TRY(find_waiting(agent, &list));
    if (list.count == 0)
        return KF_OK;
    kf_agent_close_cas(agent);
    KF_TRY(kf_tokens_open(agent->context, &tokens));
    for (size_t i = 0; i < list.count; i++)
        KF_TRY(install(agent, list.numbers[i], list.uris[i], tokens));
    return KF_OK;
}

kf_err kf_agent_next_install(kf_agent *agent, int64_t *ret_seconds) {
    KF_AUTO(waiting) list = {0};
    KF_TRY(find_waiting(agent, &list));
    *ret_seconds = list.count ? LOOK_EVERY : INT64_MAX;
    return KF_OK;
}
