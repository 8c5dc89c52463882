// SPDX-License-Identifier: Apache-2.0
// keyfob renew: one certificate, or all that end soon.
#include <string.h>

#include "common/form.h"
#include "enroll_order.h"
#include "fields.h"
#include "login.h"
#include "request_view.h"

struct renewal {
    struct kf_renew_order order;
    char *fields;
    char id[KF_REQUEST_ID_MAX];
};

/* --- one --- */

static kf_err work_on(struct run *run, void *arg) {
    struct renewal *renewal = arg;
    if (*renewal->id)
        return kf_request_resume(run->context, renewal->id, renewal->order.wait);
    return kf_renew(run->context, &renewal->order, renewal->id);
}

static kf_err renew(struct run *run, struct renewal *renewal) {
    KF_AUTO_FREE char *connection = NULL;
    KF_TRY(run_origin(run, renewal->order.certificate, &connection));
    return login_and(run, connection, work_on, renewal);
}

/* --- what would be done --- */

static const struct column plan_columns[] = {
    {"Certificate", "certificate", NULL},
    {"Subject", "subject_text", NULL},
    {"Valid until", "not_after", format_date},
    {"Connection", "connection", NULL},
    {"Key", "key_plan", NULL},
    {"Way", "way", NULL},
    {"Token", "token", NULL},
    {"Form", "fields", format_pairs},
};

/* The renewal would be refused, so it is not shown nor asked for. */
static kf_err check_newest(const json_t *certificate) {
    const char *by = json_text(certificate, "superseded_by");
    if (!*by)
        return KF_OK;
    kf_fail(KF_E_STATE, "the certificate \"%s\" was renewed already, by \"%s\"",
            json_text(certificate, "id"), by);
    kf_error_hint("Renew that one, when it is time: `keyfob renew %s`.", by);
    return KF_E_STATE;
}

static kf_err make_plan(struct run *run, const struct renewal *renewal, json_t **ret_plan) {
    const struct kf_renew_order *order = &renewal->order;
    KF_AUTO_PTR(json_t) certificate = NULL;
    KF_TRY(kf_store_json(run->context, order->certificate, &certificate));
    KF_TRY(check_newest(certificate));
    KF_AUTO_FREE char *connection = NULL;
    KF_TRY(run_origin(run, order->certificate, &connection));
    KF_AUTO_PTR(json_t)
    plan = json_pack("{s:s, s:O, s:O, s:O, s:s?, s:s, s:s, s:s}", "schema", "keyfob.renewal-plan/1",
                     "certificate", json_object_get(certificate, "id"), "subject_text",
                     json_object_get(certificate, "subject_text"), "not_after",
                     json_object_get(certificate, "not_after"), "connection", connection,
                     "key_plan", order->same_key ? "the same key" : "a new key", "way",
                     order->reissue ? "the same order again" : "a new order", "token",
                     order->token ? order->token : "where the old key is");
    if (plan && order->fields)
        json_object_set_new(plan, "fields", json_loads(order->fields, 0, NULL));
    *ret_plan = KF_MOVE(plan);
    return *ret_plan ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory for the plan");
}

static kf_err show_plan(struct run *run, const struct renewal *renewal) {
    KF_AUTO_PTR(json_t) plan = NULL;
    KF_TRY(make_plan(run, renewal, &plan));
    return out_card(run, plan, plan_columns, KF_COUNT(plan_columns));
}

/* What the CA's form says of money. A CA that wants a sign-in first, or is out of reach just now,
 * may take the order all the same a moment later. */
static bool costs(struct run *run, const char *connection) {
    KF_AUTO_PTR(json_t) form = NULL;
    if (!connection)
        return false; /* the renewal says so */
    kf_err code = kf_connection_form(run->context, connection, KF_FORM_ORDER, NULL, &form);
    kf_error_clear();
    return code == KF_OK ? form_costs(form) : code != KF_E_UNSUPPORTED;
}

/* A new order may be paid for; the same one again is not. */
static kf_err confirm(struct run *run, const struct renewal *renewal) {
    KF_AUTO_PTR(json_t) plan = NULL;
    char question[160];
    if (renewal->order.reissue || run_has(run, OPT_YES) || !run_can_ask(run))
        return KF_OK;
    KF_TRY(make_plan(run, renewal, &plan));
    const char *connection = json_text(plan, "connection");
    if (!costs(run, connection))
        return KF_OK;
    KF_TRY(note_card(run, plan, plan_columns, KF_COUNT(plan_columns)));
    snprintf(question, sizeof question,
             "Send this order to %s? It may cost money. Type yes: ", connection);
    return run_confirm(run, question, "yes");
}

/* --- all that are due --- */

struct tally {
    size_t done, pending, failed;
    kf_err worst;
};

static bool stops_all(kf_err code) {
    return code == KF_E_INTERRUPTED || code == KF_E_PIN_WRONG || code == KF_E_PIN_LOCKED ||
           code == KF_E_PIN_LOW;
}

/* An order that a person must act on is placed as well. */
static void count(struct run *run, const char *certificate, const struct renewal *renewal,
                  kf_err code, struct tally *tally) {
    bool waits = *renewal->id && (code == KF_E_PENDING || code == KF_E_NEEDS_PERSON);
    tally->done += code == KF_OK;
    tally->pending += waits;
    if (code == KF_OK) {
        note(run, "%s %s: renewed with %s", term_mark(&run->term, MARK_DONE), certificate,
             renewal->id);
    } else if (waits) {
        note(run, "%s %s: waits as %s%s%s", term_mark(&run->term, MARK_WAIT), certificate,
             renewal->id, code == KF_E_PENDING ? "" : ": ",
             code == KF_E_PENDING ? "" : kf_error_sentence(code));
    } else {
        tally->failed++;
        note(run, "%s %s: %s", term_mark(&run->term, MARK_FAILED), certificate,
             kf_error_sentence(code));
    }
    if (code != KF_OK && (tally->worst == KF_OK || tally->worst == KF_E_PENDING))
        tally->worst = code;
}

/* A certificate whose renewal is under way is not due any more. */
static kf_err renew_each(struct run *run, const struct kf_renew_order *order, const json_t *due,
                         json_t *requests, struct tally *tally) {
    size_t i;
    json_t *item;
    json_array_foreach(due, i, item) {
        struct renewal renewal = {.order = *order};
        renewal.order.certificate = json_text(item, "id");
        kf_err code = renew(run, &renewal);
        if (*renewal.id)
            json_array_append_new(requests, json_string(renewal.id));
        if (code == KF_E_STATE)
            note(run, "  %s: %s", renewal.order.certificate, kf_error_sentence(code));
        else
            count(run, renewal.order.certificate, &renewal, code, tally);
        if (stops_all(code))
            return code;
    }
    return KF_OK;
}

/* Does any of them cost something? A CA is asked once for those that follow each other. */
static kf_err any_costs(struct run *run, const json_t *due, bool *ret_costs) {
    KF_AUTO_FREE char *before = NULL;
    size_t i;
    json_t *item;
    *ret_costs = false;
    json_array_foreach(due, i, item) {
        char *connection = NULL;
        KF_TRY(run_origin(run, json_text(item, "id"), &connection));
        bool same = before && connection && strcmp(before, connection) == 0;
        free(before);
        before = connection;
        if (!same && costs(run, connection))
            *ret_costs = true;
    }
    return KF_OK;
}

static kf_err confirm_all(struct run *run, const struct kf_renew_order *order, const json_t *due) {
    char question[128];
    bool paid = false;
    size_t i;
    json_t *item;
    if (order->reissue || run_has(run, OPT_YES) || !run_can_ask(run))
        return KF_OK;
    KF_TRY(any_costs(run, due, &paid));
    if (!paid)
        return KF_OK;
    json_array_foreach(due, i, item) {
        note(run, "  %s  %s", json_text(item, "id"), json_text(item, "subject_text"));
    }
    snprintf(question, sizeof question,
             "Renew these %zu? It may cost money for each. Type yes: ", json_array_size(due));
    return run_confirm(run, question, "yes");
}

static kf_err renew_due(struct run *run, const struct kf_renew_order *order) {
    KF_AUTO_PTR(json_t) due = NULL;
    KF_AUTO_PTR(json_t) requests = json_array();
    struct tally tally = {0};
    int64_t seconds = 0;
    KF_TRY(kf_parse_duration(run_option(run, OPT_WITHIN), "the duration", &seconds));
    KF_TRY(kf_store_needs_renewal(run->context, seconds, &due));
    KF_TRY(confirm_all(run, order, due));
    KF_TRY(renew_each(run, order, due, requests, &tally));
    struct kf_error_saved saved;
    kf_error_save(&saved);
    if (run_has(run, OPT_JSON)) {
        KF_AUTO_PTR(json_t)
        document = json_pack("{s:s, s:I, s:I, s:I, s:O}", "schema", "keyfob.renewals/1", "renewed",
                             (json_int_t)tally.done, "pending", (json_int_t)tally.pending, "failed",
                             (json_int_t)tally.failed, "requests", requests);
        KF_TRY(document ? out_json(run, document) : kf_fail(KF_E_MEMORY, "out of memory"));
    }
    note(run, "%zu renewed, %zu waiting, %zu failed", tally.done, tally.pending, tally.failed);
    kf_error_restore(&saved);
    run->told = tally.worst == KF_E_PENDING;
    return tally.worst;
}

/* --- the command --- */

static kf_err read_order(struct run *run, struct renewal *renewal) {
    struct kf_renew_order *order = &renewal->order;
    KF_AUTO_PTR(json_t) given = NULL;
    *order = (struct kf_renew_order){.certificate = run_argument(run, 0),
                                     .same_key = run_has(run, OPT_SAME_KEY),
                                     .reissue = run_has(run, OPT_REISSUE),
                                     .connection = run_option(run, OPT_CONNECTION),
                                     .token = run_option(run, OPT_TOKEN),
                                     .container = run_option(run, OPT_CONTAINER)};
    if (order->same_key && order->reissue)
        return kf_fail(KF_E_USAGE, "--reissue makes a new key, --same-key keeps the old one: use "
                                   "one of them");
    if (run_has(run, OPT_KEY))
        KF_TRY(kf_key_type_parse(run_option(run, OPT_KEY), &order->key));
    KF_TRY(run_duration(run, OPT_WAIT, 0, &order->wait));
    KF_TRY(fields_given(run, &given));
    if (json_object_size(given) == 0)
        return KF_OK;
    KF_TRY(fields_text(given, &renewal->fields));
    order->fields = renewal->fields;
    return KF_OK;
}

static kf_err check_words(struct run *run) {
    bool named = run_argument(run, 0), within = run_has(run, OPT_WITHIN);
    if (named != within)
        return KF_OK;
    if (named)
        return kf_fail(KF_E_USAGE, "--within renews all that are due, so no certificate is named");
    kf_fail(KF_E_USAGE, "which certificate is to be renewed?");
    kf_error_hint("`keyfob cert list` shows them; --within 28d renews all that end so soon.");
    return KF_E_USAGE;
}

static kf_err run_renewal(struct run *run, struct renewal *renewal) {
    KF_TRY(read_order(run, renewal));
    KF_TRY(check_words(run));
    if (run_has(run, OPT_WITHIN) && run_has(run, OPT_DRY_RUN))
        return cmd_cert_needs_renewal(run);
    if (run_has(run, OPT_WITHIN))
        return renew_due(run, &renewal->order);
    if (run_has(run, OPT_DRY_RUN))
        return show_plan(run, renewal);
    KF_TRY(confirm(run, renewal));
    return request_result(run, renewal->id, renew(run, renewal));
}

kf_err cmd_renew(struct run *run) {
    struct renewal renewal = {0};
    kf_err code = run_renewal(run, &renewal);
    free(renewal.fields);
    return code;
}
