// SPDX-License-Identifier: Apache-2.0
// A CA service in the process of the tests, with all that one can have: accounts, templates, forms,
// lists, actions.
#pragma once

#include "unit/work_fixture.h"

#include <keyfob/form.h>

/* What the service says next, and what it was asked. */
static struct {
    kf_err err;                     /* of whatever is asked */
    enum kf_ca_outcome outcomes[8]; /* of one sign-in after the other */
    size_t rounds, at;
    enum kf_ca_outcome outcome; /* of a registration, an order, a revocation */
    const char *text;
    char fields[512], secrets[8][64], tickets[8][32];
} service;

static kf_err refuse(const char *what) {
    return service.err ? kf_fail(service.err, "%s fails", what) : KF_OK;
}

static kf_err service_open(const struct kf_ca_setup *setup, void **ret_state) {
    *ret_state = (void *)(uintptr_t)setup;
    return KF_OK;
}

static void service_close(void *state) {
    (void)state;
}

static kf_err service_test(void *state, char **ret_text) {
    (void)state;
    KF_TRY(refuse("the test"));
    *ret_text = strdup("service 1.0");
    return KF_OK;
}

static void note_fields(const char *fields) {
    snprintf(service.fields, sizeof service.fields, "%s", fields ? fields : "");
}

static void note_round(const struct kf_ca_login *login) {
    size_t at = service.rounds < 8 ? service.rounds++ : 7;
    snprintf(service.tickets[at], sizeof service.tickets[at], "%s",
             login->ticket ? login->ticket : "-");
    kf_secret *secret = (kf_secret *)(uintptr_t)login->secret;
    snprintf(service.secrets[at], sizeof service.secrets[at], "%.*s",
             secret ? (int)kf_secret_len(secret) : 1,
             secret ? (const char *)kf_secret_data(secret) : "-");
}

static kf_err service_login(void *state, const struct kf_ca_login *login,
                            struct kf_ca_answer *answer) {
    const struct kf_ca_setup *setup = state;
    note_fields(login->fields);
    note_round(login);
    KF_TRY(refuse("the sign-in"));
    answer->outcome = service.outcomes[service.at < 7 ? service.at++ : 7];
    answer->delay = 1;
    KF_TRY(kf_ca_answer_ticket(answer, "t-1"));
    if (answer->outcome == KF_CA_ISSUED && login->secret)
        KF_TRY(setup->keep(setup->arg, "session", login->secret));
    return service.text ? kf_ca_answer_text(answer, "%s", service.text) : KF_OK;
}

static kf_err service_logout(void *state) {
    const struct kf_ca_setup *setup = state;
    return setup->keep(setup->arg, "session", NULL);
}

static kf_err service_register(void *state, const char *fields, struct kf_ca_answer *answer) {
    (void)state;
    note_fields(fields);
    KF_TRY(refuse("the registration"));
    answer->outcome = service.outcome;
    return service.text ? kf_ca_answer_text(answer, "%s", service.text) : KF_OK;
}

static kf_err service_account(void *state, struct kf_ca_account *ret_account) {
    (void)state;
    KF_TRY(refuse("asking for the account"));
    return kf_ca_account_set(ret_account, KF_CA_CONNECTED, "anna", NULL);
}

static const struct kf_ca_field login_fields[] = {
    {.name = "user", .title = "User", .required = true},
    {.name = "password", .title = "Password", .kind = "secret", .required = true},
};
static const struct kf_ca_field register_fields[] = {
    {.name = "email", .title = "E-mail", .check = "email", .required = true},
    {.name = "phrase", .title = "Key phrase", .kind = "secret", .required = true},
};
static const struct kf_ca_field order_fields[] = {
    {.name = "template", .title = "Template", .choices = "user=User|old=Old", .required = true},
    {.name = "phone", .title = "Phone", .check = "phone"},
    {.name = "agreement", .title = "I agree", .kind = "switch"},
};
static const struct kf_ca_field action_fields[] = {
    {.name = "domain", .title = "Domain", .required = true},
};
static const struct kf_ca_action service_actions[] = {
    {.name = "check", .title = "Check", .fields = action_fields, .field_count = 1},
};
static const struct kf_ca_kind service_kinds[] = {
    {.name = "domains", .title = "Domains", .columns = "name=NAME"},
};

static kf_err service_form(void *state, enum kf_ca_form which, const char *template,
                           json_t **ret_form) {
    (void)state, (void)template;
    KF_TRY(refuse("the form"));
    if (which == KF_FORM_LOGIN)
        return kf_form_new("Sign in", login_fields, KF_COUNT(login_fields), ret_form);
    if (which == KF_FORM_REGISTER)
        return kf_form_new("Register", register_fields, KF_COUNT(register_fields), ret_form);
    return kf_form_new("Order", order_fields, KF_COUNT(order_fields), ret_form);
}

static kf_err service_templates(void *state, json_t **ret_json) {
    (void)state;
    KF_TRY(refuse("the templates"));
    *ret_json = json_pack("[{s:s, s:s, s:s}, {s:s, s:s}]", "name", "user", "title", "User", "key",
                          "p256 rsa3072", "name", "old", "title", "Old");
    return KF_OK;
}

static kf_err service_records(void *state, const char *kind, const char *id, json_t **ret_json) {
    (void)state, (void)kind;
    *ret_json = id ? json_pack("{s:s, s:s}", "id", id, "name", "example.org")
                   : json_pack("[{s:s, s:s}]", "id", "7", "name", "example.org");
    return KF_OK;
}

static kf_err service_act(void *state, const char *action, const json_t *fields,
                          json_t **ret_json) {
    (void)state, (void)action;
    KF_AUTO_FREE char *text = json_dumps(fields, JSON_COMPACT);
    note_fields(text);
    *ret_json = json_pack("{s:s}", "text", "checked");
    return KF_OK;
}

static kf_err service_prepare(void *state, const struct kf_ca_plan *plan,
                              struct kf_ca_prepared *prepared) {
    (void)state;
    KF_TRY(refuse("the plan"));
    return kf_ca_prepared_note(prepared, "warning", "\"%s\" may be changed", plan->subject);
}

static kf_err service_submit(void *state, const struct kf_ca_order *order,
                             struct kf_ca_answer *answer) {
    (void)state;
    note_fields(order->fields);
    KF_TRY(refuse("the order"));
    answer->outcome = service.outcome;
    KF_TRY(kf_ca_answer_ticket(answer, "o-1"));
    return service.text ? kf_ca_answer_text(answer, "%s", service.text) : KF_OK;
}

static kf_err service_poll(void *state, const struct kf_ca_order *order, const char *ticket,
                           struct kf_ca_answer *answer) {
    (void)ticket;
    return service_submit(state, order, answer);
}

static const struct kf_ca_option service_options[] = {
    {.name = "url", .title = "Address", .kind = KF_OPTION_TEXT, .required = true},
    {.name = "verbose", .title = "Verbose", .kind = KF_OPTION_SWITCH},
    {.name = "depth", .title = "Depth", .kind = KF_OPTION_NUMBER},
    {.name = "api-key", .title = "API key", .kind = KF_OPTION_SECRET},
};
static const struct kf_connector service_connector = {
    .name = "service",
    .title = "A service with everything",
    .options = service_options,
    .option_count = KF_COUNT(service_options),
    .duplicates = KF_CA_SAME,
    .ca_sets_subject = true,
    .open = service_open,
    .close = service_close,
    .test = service_test,
    .login = service_login,
    .logout = service_logout,
    .register_user = service_register,
    .account = service_account,
    .templates = service_templates,
    .form = service_form,
    .prepare = service_prepare,
    .submit = service_submit,
    .poll = service_poll,
    .kinds = service_kinds,
    .kind_count = KF_COUNT(service_kinds),
    .records = service_records,
    .actions = service_actions,
    .action_count = KF_COUNT(service_actions),
    .act = service_act,
};

/* The connection "corp" to it. */
__attribute__((unused)) static int setup_service(void **state) {
    setenv("KEYFOB_KEYRING", "files", 1);
    if (!kf_connector_find("service"))
        assert_int_equal(kf_connector_register(&service_connector), KF_OK);
    memset(&service, 0, sizeof service);
    if (setup_own(state) != 0)
        return -1;
    works(*state, "connection.add",
          json_pack("{s:s, s:s, s:{s:s}}", "name", "corp", "connector", "service", "settings",
                    "url", "https://ca.example.org"));
    return 0;
}

/* A question for one secret after the other. */
static const char *secrets_to_give[4];
static size_t secrets_given;

__attribute__((unused)) static json_t *give_secrets(struct front *front, const json_t *question) {
    (void)front, (void)question;
    const char *secret = secrets_given < 4 ? secrets_to_give[secrets_given++] : NULL;
    return secret ? json_pack("{s:s}", "secret", secret) : json_pack("{s:b}", "cancel", true);
}

__attribute__((unused)) static void will_give(struct front *front, const char *first,
                                              const char *second) {
    secrets_to_give[0] = first;
    secrets_to_give[1] = second;
    secrets_to_give[2] = secrets_to_give[3] = NULL;
    secrets_given = 0;
    front->answer = give_secrets;
}
