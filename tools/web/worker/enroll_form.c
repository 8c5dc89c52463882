// SPDX-License-Identifier: Apache-2.0
// One description for the wizard: whose certificate, what the CA wants to know, which keys.
#include <string.h>

#include "base/text.h"
#include "web/worker/enrolling.h"

/* What is put together; `order` and `templates` are NULL where the CA has none. */
typedef struct description {
    struct work *work;
    const char *connection, *template, *from;
    const struct kf_connector *connector;
    kf_profile *profile;
    json_t *document, *subject, *order, *templates, *keys, *notes, *old;
} description;

static void description_clear(description *wizard) {
    json_t *owned[] = {wizard->document, wizard->subject, wizard->order, wizard->templates,
                       wizard->keys,     wizard->notes,   wizard->old};
    for (size_t i = 0; i < KF_COUNT(owned); i++)
        json_decref(owned[i]);
    kf_profile_free(wizard->profile);
}

/* --- the CA's part --- */

static kf_err get_templates(description *wizard) {
    if (!wizard->connector->templates)
        return KF_OK;
    kf_err code =
        kf_connection_templates(wizard->work->context, wizard->connection, &wizard->templates);
    if (code != KF_E_UNSUPPORTED)
        return code;
    kf_error_clear();
    return KF_OK;
}

/* That of an old request counts only for the same CA, and while the CA has it. */
static bool has_template(const json_t *templates, const char *name) {
    size_t i;
    json_t *item;
    json_array_foreach(templates, i, item) {
        if (strcmp(document_text(item, "name"), name) == 0)
            return true;
    }
    return false;
}

static void choose_template(description *wizard) {
    const char *old = document_text(json_object_get(wizard->old, "fields"), "template");
    bool same = strcmp(document_text(wizard->old, "connection"), wizard->connection) == 0;
    if (!wizard->template && same && *old && has_template(wizard->templates, old))
        wizard->template = old;
}

static kf_err get_order(description *wizard) {
    if (!wizard->connector->form)
        return KF_OK;
    kf_err code = kf_connection_form(wizard->work->context, wizard->connection, KF_FORM_ORDER,
                                     wizard->template, &wizard->order);
    if (code != KF_E_UNSUPPORTED)
        return code;
    kf_error_clear();
    return KF_OK;
}

/* What the person may still change. */
static void prefill_order(description *wizard) {
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(wizard->old, "fields"), name, value) {
        json_t *field = (json_t *)(uintptr_t)form_field(wizard->order, name);
        if (field && !json_is_true(json_object_get(field, "read_only")) &&
            strcmp(document_text(field, "kind"), "secret") != 0)
            json_object_set(field, "value", value);
    }
    json_t *template = (json_t *)(uintptr_t)form_field(wizard->order, "template");
    if (template && wizard->template)
        json_object_set_new(template, "value", json_string(wizard->template));
}

/* {value, title} of each; the form's own choices where the CA has no list. */
static json_t *template_choices(const description *wizard) {
    json_t *choices = json_array();
    const json_t *field = form_field(wizard->order, "template");
    size_t i;
    json_t *item;
    if (!wizard->templates && field)
        json_array_extend(choices, json_object_get(field, "choices"));
    json_array_foreach(wizard->templates, i, item) {
        const char *title = document_text(item, "title");
        json_array_append_new(choices,
                              json_pack("{s:s, s:s, s:s}", "value", document_text(item, "name"),
                                        "title", *title ? title : document_text(item, "name"),
                                        "help", document_text(item, "help")));
    }
    return choices;
}

/* --- keys --- */

static const char *chosen_template(const description *wizard) {
    const json_t *field = form_field(wizard->order, "template");
    if (wizard->template)
        return wizard->template;
    return field ? document_text(field, "value") : "";
}

/* Blank-separated types, "" when the template leaves it open. */
static const char *template_keys(const description *wizard) {
    size_t i;
    json_t *item;
    json_array_foreach(wizard->templates, i, item) {
        if (strcmp(document_text(item, "name"), chosen_template(wizard)) == 0)
            return document_text(item, "key");
    }
    return "";
}

static void add_keys(description *wizard) {
    const char *allowed = template_keys(wizard);
    wizard->keys = json_array();
    for (size_t i = 0; i < kf_profile_key_count(wizard->profile); i++) {
        enum kf_key_type type = kf_profile_key_at(wizard->profile, i);
        const char *name = kf_key_type_name(type);
        if (*allowed && !kf_str_has_word(allowed, name))
            continue;
        json_array_append_new(
            wizard->keys, json_pack("{s:s, s:s}", "value", name, "title", kf_key_type_title(type)));
    }
}

/* --- notes --- */

static void add_note(description *wizard, const char *what, const char *level, const char *text) {
    json_array_append_new(wizard->notes,
                          json_pack("{s:s, s:s, s:s}", "what", what, "level", level, "text", text));
}

static kf_err add_notes(description *wizard) {
    KF_AUTO_PTR(json_t) connection = NULL;
    wizard->notes = json_array();
    KF_TRY(kf_connection_json(wizard->work->context, wizard->connection, &connection));
    if (json_array_size(json_object_get(connection, "anchors")) == 0)
        add_note(wizard, "no_root", "warning",
                 "No root certificate of this CA was accepted yet: compare its fingerprint first.");
    if (wizard->connector->form_has_subject)
        add_note(wizard, "form_has_subject", "note",
                 "The CA takes the owner's details from its own records and form.");
    else if (wizard->connector->ca_sets_subject)
        add_note(wizard, "ca_sets_subject", "note", "The CA may write the owner's details anew.");
    if (json_array_size(wizard->keys) == 0)
        add_note(wizard, "no_key", "warning",
                 "The profile and the CA's template have no type of key in common.");
    return KF_OK;
}

/* --- all of it --- */

static kf_err read_wizard(description *wizard) {
    struct work *work = wizard->work;
    const char *profile = NULL;
    KF_TRY(work_need(work, "connection", &wizard->connection));
    KF_TRY(work_need(work, "profile", &profile));
    wizard->template = work_text(work, "template");
    wizard->from = work_text(work, "from");
    KF_TRY(enroll_connector(work, wizard->connection, &wizard->connector));
    KF_TRY(kf_profile_load(work->context, profile, &wizard->profile));
    KF_TRY(kf_profile_json(wizard->profile, &wizard->document));
    return wizard->from ? kf_request_json(work->context, wizard->from, &wizard->old) : KF_OK;
}

static kf_err describe(description *wizard) {
    KF_TRY(read_wizard(wizard));
    KF_TRY(enroll_subject_form(wizard->document, wizard->connector, &wizard->subject));
    if (wizard->old)
        KF_TRY(enroll_subject_prefill(wizard->subject, wizard->old));
    enroll_subject_drop_unusual(wizard->subject);
    KF_TRY(get_templates(wizard));
    choose_template(wizard);
    KF_TRY(get_order(wizard));
    if (wizard->order)
        prefill_order(wizard);
    add_keys(wizard);
    return add_notes(wizard);
}

kf_err enroll_form(struct work *work, json_t **ret_result) {
    KF_AUTO(description) wizard = {.work = work};
    KF_TRY(describe(&wizard));
    const char *template = chosen_template(&wizard);
    return work_result(
        json_pack("{s:s, s:s, s:s, s:O, s:O, s:O, s:O?, s:o, s:s?, s:O, s:b, s:b, s:b, s:O}",
                  "schema", "keyfob.enroll-form/1", "connection", wizard.connection, "connector",
                  wizard.connector->name, "profile", json_object_get(wizard.document, "name"),
                  "profile_title", json_object_get(wizard.document, "title"), "subject",
                  wizard.subject, "order", wizard.order, "templates", template_choices(&wizard),
                  "template", *template ? template : NULL, "keys", wizard.keys, "ca_sets_subject",
                  wizard.connector->ca_sets_subject, "form_has_subject",
                  wizard.connector->form_has_subject, "costs", form_costs(wizard.order), "notes",
                  wizard.notes),
        ret_result);
}
