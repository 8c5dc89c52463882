// SPDX-License-Identifier: Apache-2.0
// The CA's part of an order before anything is made: its form, what it refuses, and what it makes
// of the rest.
#include <string.h>

#include <keyfob/form.h>

#include "base/text.h"
#include "enroll/draft.h"
#include "x509/json.h"

/* The table's words speak of a key and of a request; there are none yet. */
static kf_err nothing_made(const kf_flow *flow, kf_err err) {
    const char *connection = flow->request.connection;
    const struct kf_error_info *info = kf_error_info(err);
    if (err == KF_OK)
        return KF_OK;
    bool own_hint = strcmp(kf_error_next(err), info->next) != 0;
    kf_error_key("Nothing was made and nothing was ordered.");
    if (own_hint)
        return err;
    if (err == KF_E_CA_LOGIN)
        kf_error_hint("Sign in with `keyfob connection login %s`, then run the command again.",
                      connection);
    else if (err == KF_E_CA_UNREACHABLE)
        kf_error_hint("Check with `keyfob connection test %s`, then run the command again.",
                      connection);
    else if (err == KF_E_NEEDS_PERSON || err == KF_E_PENDING)
        kf_error_hint("Do what is said above, then run the command again.");
    return err;
}

/* --- fields --- */

static kf_err parse_object(const char *text, kf_err code, const char *what, json_t **ret_object) {
    json_error_t error;
    json_t *object = json_loads(text ? text : "{}", JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(object)) {
        const char *why = object ? "not an object" : kf_json_problem(&error);
        json_decref(object);
        return kf_fail(code, "%s cannot be read: %s", what, why);
    }
    *ret_object = object;
    return KF_OK;
}

/* What an older order had and this form lets a person change. Without a form all of it. */
static void keep_changeable(json_t *values, const json_t *form) {
    const char *name;
    json_t *value;
    void *next;
    json_object_foreach_safe(values, next, name, value) {
        bool keep = false;
        size_t i;
        json_t *field;
        json_array_foreach(json_object_get(form, "fields"), i, field) {
            const char *its = json_string_value(json_object_get(field, "name"));
            keep |= kf_str_equal(its, name) && !json_is_true(json_object_get(field, "read_only"));
        }
        if (!keep)
            json_object_del(values, name);
    }
}

/* A template is a word of its CA: another one does not know it. */
static void forget_template(json_t *inherited, const kf_draft *draft) {
    const char *origin = draft->old_request.connection;
    if (origin && !kf_str_equal(origin, draft->order.connection))
        json_object_del(inherited, "template");
}

static const char *template_of(const json_t *given, const json_t *inherited) {
    const json_t *own = json_object_get(given, "template");
    return json_string_value(own ? own : json_object_get(inherited, "template"));
}

/* NULL for a CA that has no form. */
static kf_err ask_form(kf_flow *flow, const char *template, json_t **ret_form) {
    if (!kf_ca_connector(flow->ca)->form)
        return KF_OK;
    kf_err err = kf_ca_form(flow->ca, KF_FORM_ORDER, template, ret_form);
    if (err != KF_E_UNSUPPORTED)
        return nothing_made(flow, err);
    kf_error_clear();
    return KF_OK;
}

static kf_err complete_fields(kf_flow *flow, kf_draft *draft) {
    KF_AUTO_PTR(json_t) values = NULL;
    KF_AUTO_PTR(json_t) given = NULL;
    KF_AUTO_PTR(json_t) form = NULL;
    json_t *complete = NULL;
    KF_TRY(parse_object(draft->order.fields, KF_E_USAGE, "the form's fields", &given));
    KF_TRY(parse_object(draft->old.fields, KF_E_DATABASE, "the old order's fields", &values));
    forget_template(values, draft);
    KF_TRY(ask_form(flow, template_of(given, values), &form));
    if (form)
        keep_changeable(values, form);
    if (json_object_update(values, given) != 0)
        return kf_json_ready(NULL);
    if (form)
        KF_TRY(kf_form_check(form, values, &complete, NULL));
    else
        complete = json_incref(values);
    draft->fields = json_dumps(complete, JSON_COMPACT);
    json_decref(complete);
    return draft->fields ? KF_OK : kf_json_ready(NULL);
}

/* --- what the CA makes of it --- */

static kf_err take_over(kf_draft *draft) {
    const kf_prepared *prepared = &draft->prepared;
    struct kf_enroll_order *order = &draft->order;
    KF_AUTO_PTR(json_t) fields = NULL;
    if (prepared->fields) {
        KF_TRY(parse_object(prepared->fields, KF_E_CA_ANSWER, "what the CA made of the fields",
                            &fields));
        free(draft->fields);
        draft->fields = strdup(prepared->fields);
        if (!draft->fields)
            return kf_fail(KF_E_MEMORY, "out of memory");
    }
    order->fields = draft->fields;
    if (order->csr)
        return KF_OK; /* it is signed already */
    if (prepared->subject)
        order->spec.subject = prepared->subject;
    if (prepared->template_name)
        order->spec.template_name = prepared->template_name;
    if (prepared->template_oid)
        order->spec.template_oid = prepared->template_oid;
    return KF_OK;
}

static void show_notes(const kf_flow *flow, const json_t *notes) {
    size_t i;
    json_t *note;
    json_array_foreach(notes, i, note) {
        const char *level = json_string_value(json_object_get(note, "level"));
        const char *text = json_string_value(json_object_get(note, "text"));
        kf_step(flow->context, "note", KF_STEP_NOTE, 0, "%s%s",
                kf_str_equal(level, "warning") ? "warning: " : "", text ? text : "");
    }
}

/* An order whose key is made elsewhere has no place for a request, or for the key of an old
 * certificate: the new one would be paid for and refused, or take its place without a key. */
static kf_err check_keyless(const kf_draft *draft) {
    bool request = draft->order.csr, renewal = draft->renewal.certificate;
    if (!draft->prepared.keyless || (!request && !renewal))
        return KF_OK;
    kf_fail(KF_E_USAGE, "the order is to go without a request, its key is made elsewhere: %s",
            request ? "but a request was given" : "it cannot renew a certificate");
    kf_error_hint("Take the field that says so out of the order, such as `--set csr_later=no`.");
    return KF_E_USAGE;
}

kf_err kf_draft_ask_ca(kf_flow *flow, kf_draft *draft, const kf_buf *csr) {
    const struct kf_enroll_order *order = &draft->order;
    KF_TRY(complete_fields(flow, draft));
    struct kf_ca_plan plan = {
        .profile = kf_profile_name(draft->profile),
        .key = draft->key == KF_KEY_NONE ? "" : kf_key_type_name(draft->key),
        .subject = order->spec.subject ? order->spec.subject : "",
        .fields = draft->fields,
        .csr = csr ? csr->data : NULL,
        .csr_len = csr ? csr->len : 0,
        .renewal = draft->renewal.certificate && !draft->renewal.elsewhere,
        .reissue = draft->renewal.reissue && !draft->renewal.elsewhere,
    };
    KF_TRY(nothing_made(flow, kf_ca_prepare(flow->ca, &plan, &draft->prepared)));
    KF_TRY(nothing_made(flow, check_keyless(draft)));
    if (!draft->only_plan && !draft->shared) /* a batch has told them once for all rows */
        show_notes(flow, draft->prepared.notes);
    return take_over(draft);
}
