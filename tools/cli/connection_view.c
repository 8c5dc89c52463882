// SPDX-License-Identifier: Apache-2.0
// Connections for a person: the list, the card, how the account stands, and what to do next.
#include "connection_view.h"

#include <string.h>

/* How the account stands, in the words of the marks that people know. */
static const struct standing {
    const char *word, *shown;
    enum mark mark;
    kf_err code;
} standings[] = {
    {"anonymous", "ready", MARK_DONE, KF_OK},
    {"connected", "connected", MARK_DONE, KF_OK},
    {"signed_out", "not signed in", MARK_NOTE, KF_E_CA_LOGIN},
    {"unconfirmed", "registration not confirmed", MARK_WAIT, KF_E_PENDING},
    {"refused", "rejected", MARK_FAILED, KF_E_REJECTED},
    {"unknown", "not checked yet", MARK_NONE, KF_OK},
};

static const struct standing *find(const char *word) {
    for (size_t i = 0; i < KF_COUNT(standings); i++)
        if (strcmp(standings[i].word, word) == 0)
            return &standings[i];
    return &standings[KF_COUNT(standings) - 1];
}

/* What was known last may be stale while the CA cannot be reached: that is said first. */
static kf_err format_problem(const struct run *run, const json_t *row, kf_buf *out) {
    const json_t *reached = json_object_get(row, "reached_at");
    KF_TRY(kf_buf_printf(out, "%s cannot connect", term_mark(&run->term, MARK_NOTE)));
    if (!json_is_string(reached))
        return KF_OK;
    KF_TRY(kf_buf_add_str(out, ", last reached "));
    return format_when(run, row, reached, out);
}

static kf_err format_standing(const struct run *run, const json_t *row, const json_t *value,
                              kf_buf *out) {
    if (*json_text(row, "problem"))
        return run->term.out ? format_problem(run, row, out) : kf_buf_add_str(out, "problem");
    if (!run->term.out)
        return format_text(run, row, value, out);
    const struct standing *standing = find(json_text(row, "standing"));
    const char *mark = term_mark(&run->term, standing->mark);
    return kf_buf_printf(out, "%s%s%s", mark, *mark ? " " : "", standing->shown);
}

static bool can(const json_t *document, const char *what) {
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(document, "can"), i, item) {
        const char *word = json_string_value(item);
        if (word && strcmp(word, what) == 0)
            return true;
    }
    return false;
}

/* What a person can have done there; the library's own doors are for programs. */
static kf_err format_can(const struct run *run, const json_t *row, const json_t *value,
                         kf_buf *out) {
    static const char *const words[][2] = {
        {"login", "sign in"},
        {"register", "register"},
        {"templates", "templates"},
        {"records", "records"},
        {"act", "actions"},
        {"cancel", "cancel"},
        {"revoke", "revoke"},
        {"reissue", "reissue"},
        {"renew_same_key", "renew with the same key"},
        {"roots", "show its roots"},
    };
    size_t count = 0;
    if (!run->term.out)
        return format_list(run, row, value, out);
    for (size_t i = 0; i < KF_COUNT(words); i++)
        if (can(row, words[i][0]))
            KF_TRY(kf_buf_printf(out, "%s%s", count++ ? ", " : "", words[i][1]));
    return KF_OK;
}

/* Of the address a person needs the host. */
static kf_err format_host(const struct run *run, const json_t *row, const json_t *value,
                          kf_buf *out) {
    const char *text = json_string_value(value), *host = text ? strstr(text, "://") : NULL;
    if (!run->term.out || !host)
        return format_text(run, row, value, out);
    return kf_text_escape(out, host + 3, strcspn(host + 3, "/"));
}

static const struct column list_columns[] = {
    {"CONNECTION", "name", NULL},
    {"STATUS", "standing", format_standing},
    {"KIND", "connector", NULL},
    {"URL", "settings.url", format_host},
    {"ACCOUNT", "account", NULL},
    {"CHECKED", "checked_at", format_when},
    {"SINCE", "created_at", format_for_programs},
};

static const struct column card_columns[] = {
    {"Connection", "name", NULL},
    {"Status", "standing", format_standing},
    {"Kind", "connector", NULL},
    {"Title", "title", NULL},
    {"Account", "account", NULL},
    {"The CA says", "standing_text", NULL},
    {"Problem", "problem", NULL},
    {"Checked", "checked_at", format_when},
    {"Reached", "reached_at", format_when},
    {"Since", "created_at", format_date},
    {"It can", "can", format_can},
    {"Settings", "settings", format_pairs},
    {"Secrets", "secrets", format_pairs},
    {"Trusted roots", "anchors", format_anchors},
};

kf_err connection_table(struct run *run, const json_t *connections) {
    return out_list(run, connections, list_columns, KF_COUNT(list_columns), "connection");
}

kf_err connection_card(struct run *run, const json_t *document) {
    KF_TRY(out_card(run, document, card_columns, KF_COUNT(card_columns)));
    fflush(stdout);
    return KF_OK;
}

void connection_next(struct run *run, const json_t *document) {
    const char *name = json_text(document, "name"), *standing = json_text(document, "standing");
    bool connected = strcmp(standing, "connected") == 0 || strcmp(standing, "anonymous") == 0;
    bool waiting = strcmp(standing, "unconfirmed") == 0;
    if (json_array_size(json_object_get(document, "anchors")) == 0)
        note(run, "  Trust its root:  keyfob connection roots %s", name);
    if (!connected && !waiting && can(document, "login"))
        note(run, "  Sign in:         keyfob connection login %s", name);
    if (!connected && !waiting && can(document, "register"))
        note(run, "  Or register:     keyfob connection register %s", name);
    if (waiting)
        note(run, "  Ask again:       keyfob connection check %s", name);
    if (connected)
        note(run, "  Enroll:          keyfob enroll --connection %s", name);
}

kf_err connection_standing_code(const json_t *document) {
    const char *name = json_text(document, "name"), *text = json_text(document, "standing_text");
    const struct standing *standing = find(json_text(document, "standing"));
    if (standing->code == KF_OK)
        return KF_OK;
    kf_fail(standing->code, "\"%s\": %s%s%s", name, standing->shown, *text ? ": " : "", text);
    kf_error_key("No key was touched.");
    if (standing->code == KF_E_CA_LOGIN)
        kf_error_hint("Sign in with `keyfob connection login %s`.", name);
    else if (standing->code == KF_E_PENDING)
        kf_error_hint("Wait for the CA to confirm, then `keyfob connection check %s`.", name);
    else
        kf_error_hint("Ask the CA, then register again: `keyfob connection register %s`.", name);
    return standing->code;
}
