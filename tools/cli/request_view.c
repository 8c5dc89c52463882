// SPDX-License-Identifier: Apache-2.0
// Requests for a person: the table, the card, and how an enrollment ended.
#include "request_view.h"

#include <string.h>

#include "common/hint.h"
#include "common/registration.h"

static const struct column list_columns[] = {
    {"REQUEST", "id", NULL},           {"STATUS", "state", format_request},
    {"SUBJECT", "subject_text", NULL}, {"CONNECTION", "connection", NULL},
    {"TOKEN", "token.label", NULL},    {"CHECKED", "checked_at|updated_at", format_when},
};

static const struct column card_columns[] = {
    {"Request", "id", NULL},
    {"Status", "state", format_request},
    {"Subject", "subject_text", NULL},
    {"Names", "alternative_names", format_names},
    {"Connection", "connection", NULL},
    {"Profile", "profile", NULL},
    {"Token", "token.label", NULL},
    {"Container", "container", NULL},
    {"Key", "key.type", format_key},
    {"Reason", "reason", NULL},
    {"Problem", "problem", NULL},
    {"The CA says", "order.ca_text", NULL},
    {"Sent", "order.sent_at", format_when},
    {"Checked", "checked_at", format_when},
    {"Next check", "next_check_at", format_when},
    {"Certificate", "certificate.id", NULL},
    {"Serial", "certificate.serial", NULL},
    {"Issuer", "certificate.issuer_text", NULL},
    {"Valid from", "certificate.not_before", format_date},
    {"Valid until", "certificate.not_after", format_date},
    {"Key at", "key.uri", NULL},
};

static const struct column result_columns[] = {
    {"Request", "id", NULL},
    {"Status", "state", format_request},
    {"Subject", "certificate.subject_text|subject_text", NULL},
    {"Serial", "certificate.serial", NULL},
    {"Valid from", "certificate.not_before", format_date},
    {"Valid until", "certificate.not_after", format_date},
    {"Key at", "key.uri", NULL},
};

kf_err request_table(struct run *run, const json_t *requests) {
    return out_list(run, requests, list_columns, KF_COUNT(list_columns), "request");
}

static bool waits_for_you(const json_t *request) {
    return strcmp(json_text(json_array_get(json_object_get(request, "next"), 0), "actor"), "you") ==
           0;
}

void request_counts(struct run *run, const json_t *requests) {
    const json_t *first = NULL;
    size_t i, count = 0;
    json_t *request;
    json_array_foreach(requests, i, request) {
        if (!waits_for_you(request))
            continue;
        first = first ? first : request;
        count++;
    }
    if (count)
        note(run, "%zu wait%s for you: %s: %s", count, count == 1 ? "s" : "",
             json_text(first, "id"),
             json_text(json_array_get(json_object_get(first, "next"), 0), "do"));
}

/* " (since 2 h ago)", or " (in 3 min)" for what keyfob does by itself. */
static kf_err add_time(struct run *run, const json_t *next, kf_buf *out) {
    const json_t *since = json_object_get(next, "since"), *at = json_object_get(next, "at");
    KF_AUTO(kf_buf) when = {0};
    if (!since && !at)
        return KF_OK;
    KF_TRY(format_when(run, next, since ? since : at, &when));
    bool now = strcmp(kf_buf_str(&when), "just now") == 0;
    return kf_buf_printf(out, " (%s%s)", since && !now ? "since " : "", kf_buf_str(&when));
}

/* In the order in which things happen: who must act, and what keyfob does meanwhile. */
static void print_next(struct run *run, const json_t *document) {
    const json_t *list = json_object_get(document, "next");
    size_t i;
    json_t *next;
    if (json_array_size(list))
        note(run, "%sWhat happens next%s", term_dim(run->term.err_color),
             term_plain(run->term.err_color));
    json_array_foreach(list, i, next) {
        KF_AUTO(kf_buf) line = {0};
        const char *text = json_text(next, "do");
        if (kf_text_escape(&line, text, strlen(text)) == KF_OK &&
            add_time(run, next, &line) == KF_OK)
            note(run, "  %-9s  %s", json_text(next, "actor"), kf_buf_str(&line));
    }
}

kf_err cmd_request_show(struct run *run) {
    KF_AUTO_PTR(json_t) document = NULL;
    KF_TRY(kf_request_json(run->context, run_argument(run, 0), &document));
    KF_TRY(out_card(run, document, card_columns, KF_COUNT(card_columns)));
    fflush(stdout);
    print_next(run, document);
    return KF_OK;
}

/* The mark and sentence of a request that waits; its code still decides the exit status. */
static void tell_pending(struct run *run, const char *sentence, const char *id) {
    bool color = run->term.err_color;
    run->told = true;
    note(run, "%s%s%s %s", term_paint(color, MARK_WAIT), term_mark(&run->term, MARK_WAIT),
         term_plain(color), sentence);
    note(run, "  See it:  keyfob request show %s\n  Wait:    keyfob wait %s", id, id);
}

/* Other programs see a software container only once its module is registered. */
static void tell_use(struct run *run, const json_t *document) {
    bool software = strstr(json_text(document, "token.uri"), "manufacturer=keyfob;") != NULL;
    if (software && json_is_true(json_at(document, "installed")) && !registration_is_there())
        note(run, "  Use it:  keyfob module register, so that browsers, curl and ssh see it");
}

static kf_err show_result(struct run *run, const char *id) {
    KF_AUTO_PTR(json_t) document = NULL;
    KF_TRY(kf_request_json(run->context, id, &document));
    KF_TRY(out_card(run, document, result_columns, KF_COUNT(result_columns)));
    fflush(stdout);
    tell_use(run, document);
    return KF_OK;
}

kf_err request_result(struct run *run, const char *id, kf_err code) {
    struct kf_error_saved saved;
    if (!*id)
        return code;
    if (code == KF_E_NOT_FOUND)
        return code;
    if (code != KF_OK && code != KF_E_PENDING) {
        snprintf(run->request, sizeof run->request, "%s", id);
        hint_with_id(id, code);
        return code;
    }
    kf_error_save(&saved);
    progress_pause(&run->progress);
    KF_TRY(show_result(run, id));
    kf_error_restore(&saved);
    if (code == KF_E_PENDING)
        tell_pending(run, saved.sentence, id);
    else
        note(run, "  See it:  keyfob request show %s", id);
    return code;
}
