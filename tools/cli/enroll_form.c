// SPDX-License-Identifier: Apache-2.0
// enroll at a terminal: the CA's order form, its template first, and what is asked before money or
// a signature.
#include <string.h>

#include "enroll_order.h"
#include "fields.h"
#include "form_answer.h"
#include "form_ask.h"
#include "login.h"
#include "medium.h"

struct wanted {
    const char *connection, *template;
    json_t *form;
};

static kf_err load_form(struct run *run, void *arg) {
    struct wanted *wanted = arg;
    return kf_connection_form(run->context, wanted->connection, KF_FORM_ORDER, wanted->template,
                              &wanted->form);
}

/* NULL where the CA has none. */
static kf_err get_form(struct run *run, enroll_input *enroll, const char *template) {
    struct wanted wanted = {.connection = enroll->order.connection, .template = template};
    json_decref(enroll->form);
    enroll->form = NULL;
    kf_err code = login_and(run, wanted.connection, load_form, &wanted);
    enroll->form = wanted.form;
    if (code != KF_E_UNSUPPORTED)
        return code;
    kf_error_clear();
    return KF_OK;
}

static const char *chosen_template(const json_t *values) {
    return json_string_value(json_object_get(values, "template"));
}

/* The other fields depend on the template, so it is asked for by itself. */
static kf_err choose_template(struct run *run, enroll_input *enroll, json_t *values) {
    const json_t *field = form_field(enroll->form, "template");
    bool open = field && !chosen_template(values) &&
                json_array_size(json_object_get(field, "choices")) > 1 &&
                !*json_text(field, "value");
    json_t *value = NULL;
    if (!open)
        return KF_OK;
    KF_TRY(form_answer(run, field, &value));
    if (!value)
        return KF_OK;
    json_object_set_new(values, "template", value);
    return get_form(run, enroll, chosen_template(values));
}

/* What an older request had and this form does not ask for is left out. */
static kf_err start_values(struct run *run, const enroll_input *enroll, json_t **ret_values) {
    KF_AUTO_PTR(json_t) old = NULL;
    json_t *values = json_object();
    const char *name;
    json_t *value;
    if (enroll->order.from)
        KF_TRY(kf_request_json(run->context, enroll->order.from, &old));
    json_object_foreach(json_object_get(old, "fields"), name, value) {
        const json_t *field = form_field(enroll->form, name);
        if (field && !json_is_true(json_object_get(field, "read_only")))
            json_object_set(values, name, value);
    }
    json_object_update(values, enroll->given);
    *ret_values = values;
    return KF_OK;
}

kf_err enroll_form(struct run *run, enroll_input *enroll) {
    KF_AUTO_PTR(json_t) values = NULL;
    KF_AUTO_PTR(json_t) checked = NULL;
    bool has_form = enroll->connector && enroll->connector->form;
    if (!has_form || !run_can_ask(run))
        return KF_OK;
    KF_TRY(get_form(run, enroll, chosen_template(enroll->given)));
    if (!enroll->form)
        return KF_OK;
    KF_TRY(start_values(run, enroll, &values));
    KF_TRY(choose_template(run, enroll, values));
    KF_TRY(form_fill(run, enroll->form, FORM_MISSING, values, &checked));
    return enroll_set_fields(enroll, values);
}

/* --- before it costs something --- */

static const struct column plan_columns[] = {
    {"Subject", "subject", NULL},
    {"Key", "key", format_key},
    {"Medium", "medium", NULL},
    {"Form", "fields", format_pairs},
};

static void show_notes(struct run *run, const json_t *plan) {
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(plan, "notes"), i, item) {
        KF_AUTO(kf_buf) text = {0};
        const char *raw = json_text(item, "text");
        bool warning = strcmp(json_text(item, "level"), "warning") == 0;
        if (kf_text_escape(&text, raw, strlen(raw)) == KF_OK)
            note(run, "  %s %s", warning ? term_mark(&run->term, MARK_NOTE) : "-",
                 kf_buf_str(&text));
    }
}

/* Where the key will be. */
static void add_medium(struct run *run, const enroll_input *enroll) {
    const char *medium = enroll->order.token ? enroll->order.token : "the only token";
    if (enroll->order.csr)
        medium = "none: the request was made elsewhere";
    else if (medium_is_software(run))
        medium = enroll->medium.medium;
    json_object_set_new(enroll->plan, "medium", json_string(medium));
}

kf_err enroll_confirm(struct run *run, enroll_input *enroll) {
    char question[160];
    if (!enroll->form || !form_costs(enroll->form) || run_has(run, OPT_YES))
        return KF_OK;
    if (!enroll->plan)
        KF_TRY(enroll_ca_plan(run, enroll, &enroll->plan));
    add_medium(run, enroll);
    KF_TRY(note_card(run, enroll->plan, plan_columns, KF_COUNT(plan_columns)));
    show_notes(run, enroll->plan);
    run->progress.noted = true;
    note(run, "  Then the CA decides; keyfob asks it, checks what comes back, and installs it.");
    snprintf(question, sizeof question, "%s the order to %s? Type yes: ",
             enroll->order.csr ? "Send" : "Create the key and send", enroll->order.connection);
    return run_confirm(run, question, "yes");
}
