// SPDX-License-Identifier: Apache-2.0
// Signing in to a CA: one secret, then as many questions as the CA has, and waiting for a phone.
#include "login.h"

#include <string.h>

#include "fields.h"
#include "form_ask.h"
#include "secrets.h"
#include "tty.h"

#define ROUNDS_MAX   20
#define WAIT_SECONDS ((int64_t)120) /* for a phone */
#define ASK_SECONDS  2              /* how often, where the CA does not say */
#define LOOK_MS      250

typedef struct dialog {
    struct run *run;
    const char *connection;
    char *fields, *ticket;
    kf_secret *secret;
    int64_t waiting_until; /* monotonic milliseconds; 0 = nothing is waited for */
} dialog;

static void dialog_clear(dialog *login) {
    free(login->fields);
    free(login->ticket);
    kf_secret_free(login->secret);
}

static const json_t *secret_field(const json_t *form) {
    size_t i;
    json_t *field;
    json_array_foreach(json_object_get(form, "fields"), i, field) {
        if (strcmp(json_text(field, "kind"), "secret") == 0)
            return field;
    }
    return NULL;
}

/* The form without its secret, which goes to the CA by itself. */
static json_t *open_form(const json_t *form, const json_t *secret) {
    json_t *fields = json_array();
    size_t i;
    json_t *field;
    json_array_foreach(json_object_get(form, "fields"), i, field) {
        if (field != secret)
            json_array_append(fields, field);
    }
    return json_pack("{s:s, s:o}", "title", json_text(form, "title"), "fields", fields);
}

static kf_err nobody_to_ask(const dialog *login) {
    kf_fail(KF_E_NEEDS_PERSON, "signing in to \"%s\" takes more: %s", login->connection,
            kf_error_sentence(KF_E_USAGE));
    kf_error_key("Nothing was sent.");
    kf_error_hint("Give it with --user or --set FIELD=VALUE, or run it at a terminal without "
                  "--no-input.");
    return KF_E_NEEDS_PERSON;
}

static kf_err take_fields(dialog *login, const json_t *form, const json_t *secret,
                          const json_t *given) {
    KF_AUTO_PTR(json_t) wanted = open_form(form, secret);
    KF_AUTO_PTR(json_t) values = given ? json_deep_copy(given) : json_object();
    KF_AUTO_PTR(json_t) checked = NULL;
    kf_err code = form_fill(login->run, wanted, FORM_MISSING, values, &checked);
    if (code == KF_E_USAGE && !run_can_ask(login->run) && json_object_size(given) == 0)
        return nobody_to_ask(login);
    KF_TRY(code);
    return fields_text(checked, &login->fields);
}

static kf_err take_secret(dialog *login, const json_t *field) {
    KF_AUTO(kf_buf) question = {0};
    const char *title = json_text(field, "title|name");
    KF_TRY(kf_text_escape(&question, title, strlen(title)));
    KF_TRY(kf_buf_printf(&question, " for %s: ", login->connection));
    return secrets_get(login->run, json_text(field, "name"), kf_buf_str(&question), &login->secret);
}

/* Some CAs have no sign-in: a file, or a CA on this computer. */
static kf_err no_login(dialog *login) {
    kf_fail(KF_E_UNSUPPORTED, "nobody signs in to \"%s\"", login->connection);
    kf_error_hint("See how it stands with `keyfob connection check %s`.", login->connection);
    return KF_E_UNSUPPORTED;
}

static kf_err login_begin(dialog *login, const json_t *given) {
    KF_AUTO_PTR(json_t) form = NULL;
    kf_err code =
        kf_connection_form(login->run->context, login->connection, KF_FORM_LOGIN, NULL, &form);
    if (code == KF_E_UNSUPPORTED)
        return no_login(login);
    KF_TRY(code);
    const json_t *secret = secret_field(form);
    KF_TRY(take_fields(login, form, secret, given));
    return secret ? take_secret(login, secret) : KF_OK;
}

/* --- the rounds --- */

/* The CA's own question is the prompt; "answer" is its name for --secret-source. */
static kf_err answer_question(dialog *login, const ca_answer *answer) {
    KF_AUTO(kf_buf) question = {0};
    const char *text = answer->text && *answer->text ? answer->text : "Answer";
    size_t len = strlen(text);
    while (len > 1 && (text[len - 1] == ' ' || text[len - 1] == ':'))
        len--;
    KF_TRY(kf_buf_printf(&question, "%.*s: ", (int)len, text));
    return secrets_get(login->run, "answer", kf_buf_str(&question), &login->secret);
}

/* Each quarter of a second the line is drawn again, with the time that has gone by. */
static kf_err wait_elsewhere(dialog *login, const ca_answer *answer) {
    struct run *run = login->run;
    const struct kf_step step = {.name = "wait",
                                 .state = KF_STEP_WAIT,
                                 .text = answer->text && *answer->text ? answer->text
                                                                       : "Confirm on your phone"};
    int64_t wait = WAIT_SECONDS, seconds = answer->delay > 0 ? answer->delay : ASK_SECONDS;
    KF_TRY(run_duration(run, OPT_WAIT, WAIT_SECONDS, &wait));
    if (!login->waiting_until)
        login->waiting_until = kf_monotonic_ms() + (wait < 0 ? INT32_MAX : wait) * 1000;
    for (int64_t until = kf_monotonic_ms() + seconds * 1000; kf_monotonic_ms() < until;) {
        progress_step(&run->progress, &step);
        if (!kf_context_sleep(run->context, LOOK_MS))
            return kf_fail(KF_E_INTERRUPTED, "interrupted while signing in");
    }
    if (kf_monotonic_ms() < login->waiting_until)
        return KF_OK;
    kf_fail(KF_E_NEEDS_PERSON, "nobody confirmed the sign-in: %s", step.text);
    kf_error_key("Nothing was sent but the sign-in.");
    kf_error_hint("Have the phone at hand, then `keyfob connection login %s`.", login->connection);
    return KF_E_NEEDS_PERSON;
}

static kf_err refused(dialog *login, const ca_answer *answer) {
    kf_fail(KF_E_REJECTED, "\"%s\" refused the sign-in%s%s", login->connection,
            answer->text && *answer->text ? ": " : "", answer->text ? answer->text : "");
    kf_error_key("No key was touched. keyfob does not try a password again by itself.");
    kf_error_hint("Try again with `keyfob connection login %s`.", login->connection);
    return KF_E_REJECTED;
}

/* What the next round takes along. */
static kf_err next_round(dialog *login, const ca_answer *answer) {
    kf_secret_free(login->secret);
    login->secret = NULL;
    free(login->ticket);
    login->ticket = answer->ticket ? strdup(answer->ticket) : NULL;
    if (answer->ticket && !login->ticket)
        return kf_fail(KF_E_MEMORY, "out of memory");
    switch (answer->outcome) {
    case KF_CA_NEEDS_PERSON:
        return answer_question(login, answer);
    case KF_CA_WAIT:
        return wait_elsewhere(login, answer);
    default:
        return refused(login, answer);
    }
}

static kf_err login_round(dialog *login, bool *ret_done) {
    KF_AUTO(ca_answer) answer = {0};
    const struct kf_ca_login round = {
        .fields = login->fields, .secret = login->secret, .ticket = login->ticket};
    KF_TRY(kf_connection_login(login->run->context, login->connection, &round, &answer));
    *ret_done = answer.outcome == KF_CA_ISSUED;
    return *ret_done ? KF_OK : next_round(login, &answer);
}

kf_err login_run(struct run *run, const char *connection, const json_t *given) {
    KF_AUTO(dialog) login = {.run = run, .connection = connection};
    bool done = false;
    KF_TRY(login_begin(&login, given));
    for (int round = 0; !done; round++) {
        if (round == ROUNDS_MAX && !login.waiting_until)
            return kf_fail(KF_E_CA_ANSWER, "\"%s\" asks again and again", connection);
        KF_TRY(login_round(&login, &done));
    }
    return KF_OK;
}

kf_err login_and(struct run *run, const char *connection, login_work *work, void *arg) {
    kf_err code = work(run, arg);
    if (code != KF_E_CA_LOGIN || !connection || !*connection || !run_can_ask(run))
        return code;
    progress_pause(&run->progress);
    note(run, "%s %s", term_mark(&run->term, MARK_NOTE), kf_error_sentence(code));
    KF_TRY(login_run(run, connection, NULL));
    return work(run, arg);
}
