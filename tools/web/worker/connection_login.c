// SPDX-License-Identifier: Apache-2.0
// Signing in to a CA in as many rounds as it wants, and registering with one.
#include <string.h>

#include "web/worker/connections.h"

#define ROUNDS_MAX  20
#define ASK_SECONDS 2 /* how often, where the CA does not say */
#define LOOK_MS     250

typedef struct kf_ca_answer ca_answer;
static void ca_answer_clear(ca_answer *answer) {
    kf_ca_answer_clear(answer);
}

typedef struct dialog {
    struct work *work;
    const char *connection;
    char *fields, *ticket;
    kf_secret *secret;
} dialog;

static void dialog_clear(dialog *login) {
    document_wipe(&login->fields);
    free(login->ticket);
    kf_secret_free(login->secret);
}

/* Nobody signs in to a file, or to a CA on this computer. */
static kf_err get_form(dialog *login, enum kf_ca_form which, json_t **ret_form) {
    kf_err code =
        kf_connection_form(login->work->context, login->connection, which, NULL, ret_form);
    if (code != KF_E_UNSUPPORTED)
        return code;
    kf_fail(KF_E_UNSUPPORTED, "nobody %s \"%s\"",
            which == KF_FORM_REGISTER ? "registers with" : "signs in to", login->connection);
    kf_error_hint("See how it stands with `keyfob connection check %s`.", login->connection);
    return KF_E_UNSUPPORTED;
}

/* `text` stands at the field, `why` (or "") beside it. */
static kf_err ask_for(dialog *login, const char *text, const char *why, kf_secret **ret_secret) {
    return work_ask_secret(login->work,
                           json_pack("{s:s, s:s, s:s, s:s}", "kind", "secret", "text", text, "why",
                                     why, "connection", login->connection),
                           ret_secret);
}

static bool is_secret(const json_t *field) {
    return strcmp(document_text(field, "kind"), "secret") == 0;
}

static const char *title_of(const json_t *field) {
    const char *title = document_text(field, "title");
    return *title ? title : document_text(field, "name");
}

/* --- the first round --- */

/* The first secret goes to the CA by itself; the form is what is left. */
static json_t *take_secret_out(const json_t *form, const json_t **ret_secret) {
    json_t *fields = json_array();
    size_t i;
    json_t *field;
    *ret_secret = NULL;
    json_array_foreach(json_object_get(form, "fields"), i, field) {
        if (is_secret(field) && !*ret_secret)
            *ret_secret = field;
        else
            json_array_append(fields, field);
    }
    return json_pack("{s:s, s:o}", "title", document_text(form, "title"), "fields", fields);
}

static kf_err login_begin(dialog *login) {
    KF_AUTO_PTR(json_t) form = NULL;
    KF_AUTO_PTR(json_t) open = NULL;
    KF_AUTO_PTR(json_t) values = NULL;
    const json_t *secret = NULL;
    KF_TRY(get_form(login, KF_FORM_LOGIN, &form));
    open = take_secret_out(form, &secret);
    KF_TRY(work_check_form(login->work, open, work_object(login->work, "fields"), &values));
    KF_TRY(document_fields(values, &login->fields));
    if (!secret)
        return KF_OK;
    return ask_for(login, title_of(secret), document_text(secret, "help"), &login->secret);
}

/* --- the others --- */

static kf_err answer_question(dialog *login, const ca_answer *answer) {
    const char *text = answer->text && *answer->text ? answer->text : "Answer";
    return ask_for(login, text, "", &login->secret);
}

/* Until the CA decides, or the person does not want to wait any more. */
static kf_err wait_elsewhere(dialog *login, const ca_answer *answer) {
    const char *text = answer->text && *answer->text ? answer->text : "Confirm on your phone";
    int64_t seconds = answer->delay > 0 ? answer->delay : ASK_SECONDS;
    kf_step(login->work->context, "wait", KF_STEP_WAIT, 0, "%s", text);
    for (int64_t until = kf_monotonic_ms() + seconds * 1000; kf_monotonic_ms() < until;) {
        if (kf_context_sleep(login->work->context, LOOK_MS))
            continue;
        kf_fail(KF_E_INTERRUPTED, "the sign-in was cancelled");
        kf_error_key("No key was touched.");
        kf_error_hint("Sign in again when you want to.");
        return KF_E_INTERRUPTED;
    }
    return KF_OK;
}

static kf_err refused(dialog *login, const ca_answer *answer, const char *what) {
    bool says = answer->text && *answer->text;
    kf_fail(KF_E_REJECTED, "\"%s\" refused the %s%s%s", login->connection, what, says ? ": " : "",
            says ? answer->text : "");
    kf_error_key("No key was touched. keyfob does not try a password again by itself.");
    kf_error_hint("Check what you typed, then try again.");
    return KF_E_REJECTED;
}

/* What the next round takes along. */
static kf_err next_round(dialog *login, const ca_answer *answer) {
    kf_secret_free(KF_MOVE(login->secret));
    free(KF_MOVE(login->ticket));
    login->ticket = answer->ticket ? strdup(answer->ticket) : NULL;
    if (answer->ticket && !login->ticket)
        return kf_fail(KF_E_MEMORY, "out of memory");
    switch (answer->outcome) {
    case KF_CA_NEEDS_PERSON:
        return answer_question(login, answer);
    case KF_CA_WAIT:
        return wait_elsewhere(login, answer);
    default:
        return refused(login, answer, "sign-in");
    }
}

static kf_err login_round(dialog *login, int *questions, bool *ret_done) {
    KF_AUTO(ca_answer) answer = {0};
    const struct kf_ca_login round = {
        .fields = login->fields, .secret = login->secret, .ticket = login->ticket};
    KF_TRY(kf_connection_login(login->work->context, login->connection, &round, &answer));
    *questions += answer.outcome == KF_CA_NEEDS_PERSON;
    *ret_done = answer.outcome == KF_CA_ISSUED;
    if (*questions > ROUNDS_MAX)
        return kf_fail(KF_E_CA_ANSWER, "\"%s\" asks again and again", login->connection);
    return *ret_done ? KF_OK : next_round(login, &answer);
}

kf_err connection_login(struct work *work, json_t **ret_result) {
    KF_AUTO(dialog) login = {.work = work};
    int questions = 0;
    KF_TRY(work_need(work, "connection", &login.connection));
    KF_TRY(login_begin(&login));
    for (bool done = false; !done;)
        KF_TRY(login_round(&login, &questions, &done));
    kf_step(work->context, "login", KF_STEP_DONE, 0, "signed in to \"%s\"", login.connection);
    return connection_result(work, login.connection, ret_result);
}

/* --- registering --- */

/* What is secret is asked for, unless it came with the form. */
static kf_err ask_secrets(dialog *login, const json_t *form, json_t *values) {
    size_t i;
    json_t *field;
    json_array_foreach(json_object_get(form, "fields"), i, field) {
        KF_AUTO_PTR(kf_secret) secret = NULL;
        const char *name = document_text(field, "name");
        if (!is_secret(field) || json_object_get(values, name) ||
            !json_is_true(json_object_get(field, "required")))
            continue;
        KF_TRY(ask_for(login, title_of(field), document_text(field, "help"), &secret));
        json_t *text = json_stringn((const char *)kf_secret_data(secret), kf_secret_len(secret));
        if (json_object_set_new(values, name, text) != 0)
            return kf_fail(KF_E_INPUT, "what was typed is not UTF-8");
    }
    return KF_OK;
}

/* All but the secrets, before they are asked for. */
static kf_err check_open(dialog *login, const json_t *form, const json_t *values) {
    KF_AUTO_PTR(json_t) open = json_deep_copy(form);
    json_t *fields = json_object_get(open, "fields");
    for (size_t i = json_array_size(fields); i > 0; i--) {
        const json_t *field = json_array_get(fields, i - 1);
        if (is_secret(field) && !json_object_get(values, document_text(field, "name")))
            json_array_remove(fields, i - 1);
    }
    return work_check_form(login->work, open, values, NULL);
}

static kf_err read_registration(dialog *login) {
    KF_AUTO_PTR(json_t) form = NULL;
    KF_AUTO_PTR(json_t) values = NULL;
    KF_AUTO_PTR(json_t) checked = NULL;
    const json_t *given = work_object(login->work, "fields");
    KF_TRY(get_form(login, KF_FORM_REGISTER, &form));
    values = given ? json_deep_copy(given) : json_object();
    KF_TRY(check_open(login, form, values));
    KF_TRY(ask_secrets(login, form, values));
    KF_TRY(work_check_form(login->work, form, values, &checked));
    return document_fields(checked, &login->fields);
}

/* What signs the person in is kept, and shown nowhere; a CA that decides later is no error. */
kf_err connection_register(struct work *work, json_t **ret_result) {
    KF_AUTO(dialog) login = {.work = work};
    KF_AUTO(ca_answer) answer = {0};
    KF_TRY(work_need(work, "connection", &login.connection));
    KF_TRY(read_registration(&login));
    KF_TRY(kf_connection_register(work->context, login.connection, login.fields, &answer));
    if (answer.outcome == KF_CA_REJECTED)
        return refused(&login, &answer, "registration");
    KF_TRY(connection_result(work, login.connection, ret_result));
    json_t *registration = json_pack("{s:b, s:s}", "confirmed", answer.outcome == KF_CA_ISSUED,
                                     "text", answer.text ? answer.text : "");
    return json_object_set_new(*ret_result, "registration", registration) == 0
               ? KF_OK
               : kf_fail(KF_E_MEMORY, "out of memory for the answer");
}
