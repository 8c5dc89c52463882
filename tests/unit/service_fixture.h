// SPDX-License-Identifier: Apache-2.0
// Connections that reach their CA: what came of it is kept, fields are checked before they are
// sent.
#include "unit/ca_fixture.h"

#include <jansson.h>
#include <keyfob/form.h>
#include <keyfob/signer.h>
#include <keyfob/store.h>

#include "x509/json.h"

KF_DEFINE_AUTO_PTR(kf_signer)

/* What the service says next, and what it was asked. */
static struct {
    kf_err err; /* of whatever is asked */
    struct kf_ca_answer answer;
    unsigned standing;
    kf_err account_err;
    char got[512]; /* fields of the last login, registration or action */
    const struct kf_ca_signer *signer;
    int submitted, logged_out;
} service;

static kf_err refuse(const char *what) {
    return service.err ? kf_fail(service.err, "%s fails", what) : KF_OK;
}

static kf_err service_open(const struct kf_ca_setup *setup, void **ret_state) {
    service.signer = setup->signer;
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

static kf_err say(struct kf_ca_answer *answer) {
    answer->outcome = service.answer.outcome;
    answer->delay = service.answer.delay;
    if (service.answer.ticket)
        KF_TRY(kf_ca_answer_ticket(answer, service.answer.ticket));
    return service.answer.text ? kf_ca_answer_text(answer, "%s", service.answer.text) : KF_OK;
}

static void note(const char *fields) {
    snprintf(service.got, sizeof service.got, "%s", fields ? fields : "");
}

static kf_err service_login(void *state, const struct kf_ca_login *login,
                            struct kf_ca_answer *answer) {
    const struct kf_ca_setup *setup = state;
    note(login->fields);
    KF_TRY(refuse("the sign-in"));
    if (login->secret)
        KF_TRY(setup->keep(setup->arg, "session", login->secret));
    return say(answer);
}

static kf_err service_logout(void *state) {
    const struct kf_ca_setup *setup = state;
    service.logged_out++;
    KF_TRY(setup->keep(setup->arg, "session", NULL));
    return refuse("the sign-out");
}

static kf_err service_register(void *state, const char *fields, struct kf_ca_answer *answer) {
    (void)state;
    note(fields);
    KF_TRY(refuse("the registration"));
    return say(answer);
}

static kf_err service_account(void *state, struct kf_ca_account *ret_account) {
    (void)state;
    if (service.account_err)
        return kf_fail(service.account_err, "asking for the account fails");
    return kf_ca_account_set(ret_account, (enum kf_ca_standing)service.standing, "anna",
                             service.answer.text);
}

static const struct kf_ca_field register_fields[] = {
    {.name = "email", .title = "E-mail", .check = "email", .required = true},
    {.name = "country", .title = "Country", .value = "DE", .check = "country"},
};
static const struct kf_ca_field action_fields[] = {
    {.name = "domain", .title = "Domain", .required = true},
};
static const struct kf_ca_action actions[] = {
    {.name = "check", .title = "Check", .fields = action_fields, .field_count = 1},
};

static kf_err service_form(void *state, enum kf_ca_form which, const char *template,
                           json_t **ret_form) {
    (void)state, (void)template;
    if (which != KF_FORM_REGISTER)
        return kf_fail(KF_E_UNSUPPORTED, "there is no such form");
    return kf_form_new("Register", register_fields, KF_COUNT(register_fields), ret_form);
}

static kf_err service_act(void *state, const char *action, const json_t *fields,
                          json_t **ret_json) {
    (void)state, (void)action;
    KF_AUTO_FREE char *text = json_dumps(fields, JSON_COMPACT);
    note(text);
    *ret_json = json_pack("{s:s}", "text", "checked");
    return KF_OK;
}

static kf_err service_prepare(void *state, const struct kf_ca_plan *plan,
                              struct kf_ca_prepared *prepared) {
    (void)state;
    note(plan->fields);
    KF_TRY(refuse("the plan"));
    return kf_ca_prepared_note(prepared, "warning", "%s is ignored", plan->subject);
}

static kf_err service_submit(void *state, const struct kf_ca_order *order,
                             struct kf_ca_answer *answer) {
    (void)state, (void)order;
    service.submitted++;
    return say(answer);
}

static const struct kf_ca_option options[] = {
    {.name = "api-key", .title = "API key", .kind = KF_OPTION_SECRET},
};
static const struct kf_connector full = {
    .name = "full",
    .title = "A service with accounts",
    .options = options,
    .option_count = KF_COUNT(options),
    .duplicates = KF_CA_UNKNOWN,
    .open = service_open,
    .close = service_close,
    .test = service_test,
    .login = service_login,
    .logout = service_logout,
    .register_user = service_register,
    .account = service_account,
    .form = service_form,
    .prepare = service_prepare,
    .submit = service_submit,
    .actions = actions,
    .action_count = KF_COUNT(actions),
    .act = service_act,
};
static const struct kf_connector open_to_all = {
    .name = "open-to-all",
    .title = "A service without accounts",
    .duplicates = KF_CA_UNKNOWN,
    .open = service_open,
    .close = service_close,
    .test = service_test,
    .submit = service_submit,
};

static kf_context *context;
static int64_t now = 1800000000;

static int64_t still_clock(void *arg) {
    return now;
}

static int open_service(void **state) {
    if (make_base_dir(state) != 0)
        return -1;
    struct kf_context_options at = {.home = base_dir, .clock = still_clock};
    OK(kf_context_new(&at, &context));
    OK(kf_connection_add(context, "corp", "full", NULL, 0));
    OK(kf_connection_add(context, "free", "open-to-all", NULL, 0));
    memset(&service, 0, sizeof service);
    service.standing = KF_CA_CONNECTED;
    return 0;
}

static int close_service(void **state) {
    kf_context_free(context);
    return remove_base_dir(state);
}

#define SERVICE(test) cmocka_unit_test_setup_teardown(test, open_service, close_service)

/* A member of keyfob.connection/1 as text, "" for null; good until the next call. */
__attribute__((unused)) static const char *shown(const char *connection, const char *key) {
    static char text[256];
    KF_AUTO_PTR(json_t) json = NULL;
    OK(kf_connection_json(context, connection, &json));
    const json_t *value = json_object_get(json, key);
    assert_non_null(value);
    snprintf(text, sizeof text, "%s", json_string_value(value) ? json_string_value(value) : "");
    return text;
}

/* Registers both connectors and runs the tests; secrets go into files. */
static int run_service(const struct CMUnitTest *tests, size_t count) {
    setenv("KEYFOB_KEYRING", "files", 1);
    OK(kf_connector_register(&full));
    OK(kf_connector_register(&open_to_all));
    return _cmocka_run_group_tests("service", tests, count, NULL, NULL);
}
