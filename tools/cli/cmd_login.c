// SPDX-License-Identifier: Apache-2.0
// keyfob connection login, logout, register, templates: being known to a CA.
#include <string.h>

#include "connection_view.h"
#include "fields.h"
#include "form_ask.h"
#include "login.h"

/* --user goes into the field that names the person: the first that is no secret. */
static kf_err add_user(struct run *run, const json_t *form, json_t *given) {
    static const char *const names[] = {"user", "username", "login", "name"};
    const char *user = run_option(run, OPT_USER);
    const char *field = NULL;
    for (size_t i = 0; i < KF_COUNT(names) && !field; i++)
        field = form_field(form, names[i]) ? names[i] : NULL;
    if (!field)
        return kf_fail(KF_E_USAGE, "this CA asks for no user name");
    json_object_set_new(given, field, json_string(user));
    return KF_OK;
}

static kf_err login_given(struct run *run, json_t **ret_given) {
    KF_AUTO_PTR(json_t) given = NULL;
    KF_AUTO_PTR(json_t) form = NULL;
    KF_TRY(fields_given(run, &given));
    if (run_has(run, OPT_USER)) {
        KF_TRY(kf_connection_form(run->context, run_argument(run, 0), KF_FORM_LOGIN, NULL, &form));
        KF_TRY(add_user(run, form, given));
    }
    *ret_given = KF_MOVE(given);
    return KF_OK;
}

kf_err cmd_connection_login(struct run *run) {
    const char *name = run_argument(run, 0);
    KF_AUTO_PTR(json_t) given = NULL;
    KF_AUTO_PTR(json_t) document = NULL;
    KF_TRY(login_given(run, &given));
    KF_TRY(login_run(run, name, given));
    KF_TRY(kf_connection_json(run->context, name, &document));
    const char *account = json_text(document, "account");
    KF_TRY(out_done(run, json_incref(document), "Signed in to %s%s%s", name, *account ? " as " : "",
                    account));
    connection_next(run, document);
    return KF_OK;
}

kf_err cmd_connection_logout(struct run *run) {
    const char *name = run_argument(run, 0);
    bool all = run_has(run, OPT_ALL);
    json_t *document = NULL;
    KF_TRY(kf_connection_logout(run->context, name, all));
    KF_TRY(kf_connection_json(run->context, name, &document));
    return out_done(run, document,
                    all ? "Signed out of %s; its secrets are forgotten" : "Signed out of %s", name);
}

/* --- registering --- */

static kf_err registration_refused(const char *name, const ca_answer *answer) {
    kf_fail(KF_E_REJECTED, "\"%s\" refused the registration%s%s", name, answer->text ? ": " : "",
            answer->text ? answer->text : "");
    kf_error_key("No key was touched.");
    kf_error_hint("Correct what the CA names, then `keyfob connection register %s` again.", name);
    return KF_E_REJECTED;
}

/* What the CA gave to sign in with is kept, and shown nowhere. */
static kf_err registered(struct run *run, const char *name, const ca_answer *answer) {
    KF_AUTO_PTR(json_t) document = NULL;
    KF_TRY(kf_connection_json(run->context, name, &document));
    if (answer->text && *answer->text)
        note(run, "  The CA says: %s", answer->text);
    if (answer->outcome == KF_CA_ISSUED) {
        KF_TRY(out_done(run, json_incref(document), "Registered with %s; what signs you in is kept",
                        name));
        connection_next(run, document);
        return KF_OK;
    }
    if (run_has(run, OPT_JSON))
        KF_TRY(out_json(run, document));
    note(run, "%s Registered with %s: wait for the CA to confirm. What signs you in is kept.",
         term_mark(&run->term, MARK_WAIT), name);
    note(run, "  See how it stands:  keyfob connection check %s", name);
    run->told = true;
    return kf_fail(KF_E_PENDING, "\"%s\" has not confirmed the registration yet", name);
}

static kf_err send_registration(struct run *run, const char *name, const json_t *fields) {
    KF_AUTO(ca_answer) answer = {0};
    KF_AUTO_FREE char *text = NULL;
    KF_TRY(fields_text(fields, &text));
    kf_err code = kf_connection_register(run->context, name, text, &answer);
    explicit_bzero(text, strlen(text)); /* a key phrase may be in it */
    KF_TRY(code);
    if (answer.outcome == KF_CA_REJECTED)
        return registration_refused(name, &answer);
    return registered(run, name, &answer);
}

/* A service that does not want it now says so itself; others know no such thing. */
static void no_registration(struct run *run, const char *name) {
    const struct kf_connector *connector = NULL;
    struct kf_error_saved saved;
    kf_error_save(&saved);
    kf_err code = run_connector(run, name, &connector);
    kf_error_restore(&saved);
    if (code == KF_OK && !connector->register_user)
        kf_fail(KF_E_UNSUPPORTED, "nobody registers with \"%s\"", name);
    if (code == KF_OK && connector->login)
        kf_error_hint("Sign in with `keyfob connection login %s` instead.", name);
    else
        kf_error_hint("See how it stands with `keyfob connection check %s`.", name);
}

kf_err cmd_connection_register(struct run *run) {
    const char *name = run_argument(run, 0);
    KF_AUTO_PTR(json_t) form = NULL;
    KF_AUTO_PTR(json_t) given = NULL;
    KF_AUTO_PTR(json_t) fields = NULL;
    kf_err code = kf_connection_form(run->context, name, KF_FORM_REGISTER, NULL, &form);
    if (code == KF_E_UNSUPPORTED)
        no_registration(run, name);
    KF_TRY(code);
    if (run_has(run, OPT_DRY_RUN))
        return form_show(run, form);
    KF_TRY(fields_given(run, &given));
    KF_TRY(form_fill(run, form, FORM_ALL, given, &fields));
    return send_registration(run, name, fields);
}

/* --- templates --- */

static const struct column template_columns[] = {
    {"TEMPLATE", "name", NULL},
    {"TITLE", "title", NULL},
    {"KEYS", "key", format_for_programs},
    {"HELP", "help", NULL},
};

struct templates {
    const char *connection, *template;
    json_t *document;
};

static kf_err load_templates(struct run *run, void *arg) {
    struct templates *wanted = arg;
    if (wanted->template)
        return kf_connection_form(run->context, wanted->connection, KF_FORM_ORDER, wanted->template,
                                  &wanted->document);
    return kf_connection_templates(run->context, wanted->connection, &wanted->document);
}

kf_err cmd_connection_templates(struct run *run) {
    struct templates wanted = {.connection = run_argument(run, 0),
                               .template = run_argument(run, 1)};
    KF_TRY(login_and(run, wanted.connection, load_templates, &wanted));
    KF_AUTO_PTR(json_t) document = wanted.document;
    if (wanted.template)
        return form_show(run, document);
    KF_TRY(out_list(run, document, template_columns, KF_COUNT(template_columns), "template"));
    if (json_array_size(document))
        note(run, "  What one of them asks for:  keyfob connection templates %s TEMPLATE",
             wanted.connection);
    return KF_OK;
}
