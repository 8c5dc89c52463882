// SPDX-License-Identifier: Apache-2.0
// The ends of certificates: renewed when they are near, and warned of where that does not happen.
#include "enroll/agent.h"

#include <keyfob/store.h>

#include <string.h>

#include "base/text.h"
#include "x509/cert.h"
#include "x509/json.h"

#define DAY         ((int64_t)24 * 3600)
#define SOON        (28 * DAY)
#define RETRY_AFTER 3600 /* seconds, for a renewal that could not be begun */

struct ending {
    const char *id; /* "c-3" */
    const char *subject;
    const char *key_uri; /* or NULL */
    int64_t left;        /* seconds */
};

static const char *text_of(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

/* --- warnings --- */

/* The nearest mark before the end that was passed. */
struct mark {
    const char *name; /* as it is remembered */
    int64_t before;
};

static size_t marks_of(const kf_agent *agent, struct mark ret_marks[3]) {
    int64_t first = agent->options.warn_within > 0 ? agent->options.warn_within : SOON;
    ret_marks[0] = (struct mark){"ends", first};
    ret_marks[1] = (struct mark){"ends-in-7-days", 7 * DAY};
    ret_marks[2] = (struct mark){"ends-today", DAY};
    return 3;
}

static const struct mark *mark_passed(const struct mark *marks, size_t count, int64_t left) {
    const struct mark *nearest = NULL;
    for (size_t i = 0; i < count; i++)
        if (left <= marks[i].before && (!nearest || marks[i].before <= nearest->before))
            nearest = &marks[i];
    return nearest;
}

static kf_err warn(kf_agent *agent, const struct ending *ending) {
    struct mark marks[3];
    const struct mark *mark = mark_passed(marks, marks_of(agent, marks), ending->left);
    if (!mark)
        return KF_OK;
    int64_t days = (ending->left + DAY / 2) / DAY;
    KF_AUTO_FREE char *when = days > 1    ? kf_str("in %lld days", (long long)days)
                              : days == 1 ? strdup("tomorrow")
                                          : strdup("today");
    KF_AUTO_FREE char *text = kf_str("%s (%s) ends %s and is not being renewed: `keyfob renew %s`",
                                     ending->id, ending->subject, when ? when : "soon", ending->id);
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory");
    const struct kf_agent_news news = {
        .kind = KF_NEWS_EXPIRING, .certificate = ending->id, .text = text};
    return kf_agent_tell_once(agent, ending->id, mark->name, &news);
}

/* --- renewing --- */

/* The token that the key is on, without the key: what PINs are remembered by. */
static kf_err token_of(const struct ending *ending, kf_buf *ret_uri) {
    static const char *const parts[] = {"model=", "manufacturer=", "serial=", "token="};
    const char *rest = ending->key_uri + strlen("pkcs11:");
    KF_TRY(kf_buf_add_str(ret_uri, "pkcs11:"));
    while (*rest && *rest != '?') {
        size_t len = strcspn(rest, ";?");
        for (size_t i = 0; i < KF_COUNT(parts); i++)
            if (kf_str_starts(rest, parts[i]))
                KF_TRY(
                    kf_buf_printf(ret_uri, "%s%.*s", ret_uri->len > 7 ? ";" : "", (int)len, rest));
        rest += len + (rest[len] == ';');
    }
    return KF_OK;
}

static kf_err may_renew(kf_agent *agent, const struct ending *ending, const char *token,
                        bool *ret_may) {
    int64_t done = 0, tried = 0, now = kf_context_now(agent->context);
    *ret_may = false;
    KF_TRY(kf_agent_recall(agent, ending->id, "renewed", &done, NULL));
    KF_TRY(kf_agent_recall(agent, ending->id, "tried", &tried, NULL));
    if (done || (tried && tried <= now && now - tried < RETRY_AFTER))
        return KF_OK;
    return kf_agent_may_try(agent, token, ret_may);
}

/* What passes by itself is tried again; anything else needs a person. */
static bool may_pass(kf_err err) {
    return err == KF_E_TOKEN_ABSENT || err == KF_E_TOKEN_OTHER || err == KF_E_TOKEN_REMOVED ||
           err == KF_E_CA_UNREACHABLE || err == KF_E_CA_LOGIN || err == KF_E_BUSY ||
           err == KF_E_PIN_SOURCE || err == KF_E_INTERRUPTED || err == KF_E_MEMORY;
}

static kf_err tell_renewing(kf_agent *agent, const struct ending *ending, const char *request) {
    KF_AUTO_FREE char *text = kf_str("%s renews %s (%s)", request, ending->id, ending->subject);
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory");
    const struct kf_agent_news news = {
        .kind = KF_NEWS_RENEWING, .request = request, .certificate = ending->id, .text = text};
    kf_agent_tell(agent, &news);
    KF_AUTO(kf_request) made = {0};
    KF_TRY(kf_journal_load(agent->context, request, &made));
    return kf_agent_outcome(agent, &made);
}

/* The present error, which no time mends. */
static kf_err tell_stuck(kf_agent *agent, const struct ending *ending, kf_err err) {
    KF_AUTO_FREE char *text = kf_str("%s (%s) could not be renewed: %s. %s", ending->id,
                                     ending->subject, kf_error_sentence(err), kf_error_next(err));
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory");
    const struct kf_agent_news news = {
        .kind = KF_NEWS_NEEDS_YOU, .certificate = ending->id, .text = text};
    return kf_agent_tell_once(agent, ending->id, "stuck", &news);
}

/* Remembered before it is begun: a crash in between costs a renewal by hand, not a second order. */
static kf_err begin(kf_agent *agent, const struct ending *ending, const char *token,
                    bool *ret_begun) {
    char request[KF_REQUEST_ID_MAX] = "";
    const struct kf_renew_order order = {.certificate = ending->id};
    KF_TRY(kf_agent_remember(agent, ending->id, "renewed", ""));
    kf_agent_close_cas(agent);
    struct kf_error_saved said;
    kf_err err = kf_renew(agent->context, &order, request);
    *ret_begun = request[0] != '\0';
    kf_error_save(&said);
    if (kf_agent_is_pin_error(err))
        KF_TRY(kf_agent_pin_refused(agent, token));
    if (*ret_begun)
        return tell_renewing(agent, ending, request);
    if (err == KF_E_INTERRUPTED || err == KF_E_MEMORY)
        return err;
    kf_error_restore(&said);
    if (!may_pass(err))
        return tell_stuck(agent, ending, err);
    KF_TRY(kf_agent_remember(agent, ending->id, "tried", ""));
    return kf_agent_forget(agent, ending->id, "renewed");
}

static kf_err renew(kf_agent *agent, const struct ending *ending, bool *ret_begun) {
    KF_AUTO(kf_buf) token = {0};
    int64_t within = agent->options.renew_within > 0 ? agent->options.renew_within : SOON;
    bool may = false;
    *ret_begun = false;
    if (!agent->options.renew || ending->left > within || !ending->key_uri ||
        !kf_str_starts(ending->key_uri, "pkcs11:"))
        return KF_OK;
    KF_TRY(token_of(ending, &token));
    KF_TRY(may_renew(agent, ending, kf_buf_str(&token), &may));
    return may ? begin(agent, ending, kf_buf_str(&token), ret_begun) : KF_OK;
}

/* --- all of them --- */

static kf_err look_at(kf_agent *agent, const struct ending *ending) {
    char request[KF_REQUEST_ID_MAX];
    bool begun = false;
    if (ending->left < 0)
        return KF_OK;
    KF_TRY(kf_journal_renewing(agent->context, ending->id, request));
    if (*request)
        return KF_OK;
    KF_TRY(renew(agent, ending, &begun));
    return begun ? KF_OK : warn(agent, ending);
}

static kf_err ending_of(kf_agent *agent, const json_t *document, struct ending *ret_ending) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    const char *id = text_of(document, "id"), *subject = text_of(document, "subject_text");
    KF_TRY(kf_store_get(agent->context, id, &cert, NULL));
    *ret_ending = (struct ending){.id = id,
                                  .subject = subject ? subject : "",
                                  .key_uri = text_of(document, "key_uri"),
                                  .left = kf_cert_not_after(cert) - kf_context_now(agent->context)};
    return KF_OK;
}

/* Each personal certificate that ends within so many seconds. */
static kf_err for_each(kf_agent *agent, int64_t within,
                       kf_err (*visit)(kf_agent *, const struct ending *, void *), void *arg) {
    KF_AUTO_PTR(json_t) list = NULL;
    size_t at;
    json_t *document;
    KF_TRY(kf_store_needs_renewal(agent->context, within, &list));
    json_array_foreach(list, at, document) {
        struct ending ending;
        KF_TRY(ending_of(agent, document, &ending));
        KF_TRY(visit(agent, &ending, arg));
    }
    return KF_OK;
}

static kf_err visit_ending(kf_agent *agent, const struct ending *ending, void *arg) {
    (void)arg;
    return look_at(agent, ending);
}

static int64_t widest(const kf_agent *agent) {
    int64_t widest = SOON;
    widest = agent->options.warn_within > widest ? agent->options.warn_within : widest;
    return agent->options.renew_within > widest ? agent->options.renew_within : widest;
}

kf_err kf_agent_renew(kf_agent *agent) {
    return for_each(agent, widest(agent), visit_ending, NULL);
}

static kf_err visit_mark(kf_agent *agent, const struct ending *ending, void *arg) {
    struct mark marks[3];
    int64_t *next = arg;
    for (size_t i = 0; i < marks_of(agent, marks); i++) {
        int64_t left = ending->left - marks[i].before;
        if (left > 0 && left < *next)
            *next = left;
    }
    return KF_OK;
}

/* Marks that are passed have been told, or are looked at with whatever comes next. */
kf_err kf_agent_next_end(kf_agent *agent, int64_t *ret_seconds) {
    *ret_seconds = DAY;
    return for_each(agent, widest(agent) + DAY, visit_mark, ret_seconds);
}
