// SPDX-License-Identifier: Apache-2.0
// keyfob revoke: asking the CA to take a certificate back for good.
#include <string.h>

#include "form_answer.h"
#include "login.h"

struct revocation {
    const char *certificate, *connection, *comment;
    int reason;
    json_t *document;
};

/* At a terminal the reason is chosen from the list. */
static kf_err ask_reason(struct run *run, int *ret_reason) {
    static const char *const reasons[][2] = {
        {"unspecified", "No particular reason"},
        {"keyCompromise", "The key may be in other hands, or the token is lost"},
        {"affiliationChanged", "The person or the names have changed"},
        {"superseded", "Another certificate has taken its place"},
        {"cessationOfOperation", "It is not needed any more"},
    };
    KF_AUTO_PTR(json_t) choices = json_array();
    json_t *value = NULL;
    for (size_t i = 0; i < KF_COUNT(reasons); i++)
        json_array_append_new(
            choices, json_pack("{s:s, s:s}", "value", reasons[i][0], "title", reasons[i][1]));
    KF_AUTO_PTR(json_t)
    field = json_pack("{s:s, s:s, s:s, s:b, s:b, s:O}", "name", "reason", "title", "Reason", "kind",
                      "choice", "required", 1, "closed", 1, "choices", choices);
    if (!field)
        return kf_fail(KF_E_MEMORY, "out of memory for the question");
    KF_TRY(form_answer(run, field, &value));
    kf_err code = kf_revocation_reason_parse(json_string_value(value), ret_reason);
    json_decref(value);
    return code;
}

static kf_err read_reason(struct run *run, int *ret_reason) {
    const char *text = run_option(run, OPT_REASON);
    if (text)
        return kf_revocation_reason_parse(text, ret_reason);
    if (run_can_ask(run))
        return ask_reason(run, ret_reason);
    kf_fail(KF_E_USAGE, "why is it revoked? Name it with --reason");
    kf_error_hint("Such as --reason keyCompromise, superseded or cessationOfOperation.");
    return KF_E_USAGE;
}

/* One of the store, or what a request brought. */
static kf_err find_document(struct run *run, const char *name, json_t **ret_json) {
    kf_err code = kf_store_json(run->context, name, ret_json);
    if (code != KF_E_NOT_FOUND || strncmp(name, "r-", 2) != 0)
        return code;
    return kf_request_json(run->context, name, ret_json);
}

/* Removing a certificate from the token or the store is another thing: this cannot be undone. */
static kf_err confirm(struct run *run, const struct revocation *revocation) {
    KF_AUTO_PTR(json_t) document = NULL;
    char question[256];
    KF_TRY(find_document(run, revocation->certificate, &document));
    const char *id = json_text(document, "id");
    if (!run_has(run, OPT_YES))
        note(run, "%s  %s, serial %s", id, json_text(document, "subject_text"),
             json_text(document, "certificate.serial|serial"));
    snprintf(question, sizeof question, "Revoked for good (%s), everywhere. Type %s to go on: ",
             kf_revocation_reason_name(revocation->reason), id);
    return run_confirm(run, question, id);
}

static kf_err do_revoke(struct run *run, void *arg) {
    struct revocation *revocation = arg;
    return kf_revoke(run->context, revocation->certificate, revocation->connection,
                     revocation->reason, revocation->comment, &revocation->document);
}

/* Asked for, and somebody at the CA decides. */
static kf_err asked_for(struct run *run, const struct revocation *revocation, kf_err code) {
    struct kf_error_saved saved;
    kf_error_save(&saved);
    if (revocation->document && run_has(run, OPT_JSON))
        KF_TRY(out_json(run, revocation->document));
    kf_error_restore(&saved);
    note(run, "%s Revocation of %s is asked for, not decided yet: %s",
         term_mark(&run->term, MARK_WAIT), revocation->certificate, saved.sentence);
    run->told = true;
    return code;
}

kf_err cmd_revoke(struct run *run) {
    struct revocation revocation = {.certificate = run_argument(run, 0),
                                    .connection = run_option(run, OPT_CONNECTION),
                                    .comment = run_option(run, OPT_COMMENT)};
    KF_TRY(read_reason(run, &revocation.reason));
    KF_TRY(confirm(run, &revocation));
    KF_AUTO_FREE char *connection = NULL;
    KF_TRY(run_origin(run, revocation.certificate, &connection));
    kf_err code = login_and(run, connection, do_revoke, &revocation);
    KF_AUTO_PTR(json_t) document = revocation.document;
    if (code == KF_E_PENDING || code == KF_E_NEEDS_PERSON)
        return asked_for(run, &revocation, code);
    KF_TRY(code);
    return out_done(run, KF_MOVE(document), "Revoked: %s (%s)", revocation.certificate,
                    kf_revocation_reason_name(revocation.reason));
}
