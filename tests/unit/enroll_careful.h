// SPDX-License-Identifier: Apache-2.0
// The scripted CA once more, as one that has a form, looks at what is planned, and remembers.
#pragma once

#include "unit/enroll_fixture.h"

#include <keyfob/form.h>

/* What it says before an order; in this process only. */
static struct {
    kf_err prepare, form, remember; /* fail so */
    const char *subject, *template_name, *template_oid, *fields;
    bool note, keyless;
    int prepared, asked; /* so many times */
    char key[16], seen_subject[64], seen_fields[256], template[32];
    bool renewal, csr;
    bool fixed; /* the form's e-mail is the CA's own */
    /* revocations: the answer, and what was asked */
    kf_err revoke;
    enum kf_ca_outcome revoked;
    int revocations, reason;
    char ticket[32], comment[32];
    size_t cert_len;
    kf_err hears; /* to acknowledgements */
} careful;

static kf_err careful_fail(kf_err err) {
    return err == KF_OK ? KF_OK : kf_fail(err, "the careful CA does not want to");
}

static kf_err careful_form(void *state, enum kf_ca_form which, const char *template,
                           json_t **ret_form) {
    static const struct kf_ca_field fields[] = {
        {.name = "template", .title = "Template", .value = "user", .choices = "user|server"},
        {.name = "email", .title = "E-mail", .check = "email", .required = true},
        {.name = "years", .title = "Years", .value = "1"},
    };
    careful.asked++;
    snprintf(careful.template, sizeof careful.template, "%s", template ? template : "");
    if (which != KF_FORM_ORDER)
        return kf_fail(KF_E_UNSUPPORTED, "no such form");
    KF_TRY(careful_fail(careful.form));
    KF_TRY(kf_form_new("Order", fields, KF_COUNT(fields), ret_form));
    json_t *email = json_array_get(json_object_get(*ret_form, "fields"), 1);
    if (careful.fixed) {
        json_object_set_new(email, "read_only", json_true());
        json_object_set_new(email, "value", json_string("ca@example.org"));
    }
    return KF_OK;
}

static char *copy_or_null(const char *text) {
    return text ? strdup(text) : NULL;
}

static kf_err careful_prepare(void *state, const struct kf_ca_plan *plan,
                              struct kf_ca_prepared *ret) {
    careful.prepared++;
    snprintf(careful.key, sizeof careful.key, "%s", plan->key);
    snprintf(careful.seen_subject, sizeof careful.seen_subject, "%s", plan->subject);
    snprintf(careful.seen_fields, sizeof careful.seen_fields, "%s", plan->fields);
    careful.renewal = plan->renewal;
    careful.csr = plan->csr_len > 0;
    KF_TRY(careful_fail(careful.prepare));
    ret->subject = copy_or_null(careful.subject);
    ret->template_name = copy_or_null(careful.template_name);
    ret->template_oid = copy_or_null(careful.template_oid);
    ret->fields = copy_or_null(careful.fields);
    ret->keyless = careful.keyless;
    return careful.note ? kf_ca_prepared_note(ret, "warning", "the CA ignores %s", "the e-mail")
                        : KF_OK;
}

static kf_err careful_remember(void *state, const struct kf_ca_order *order, char **ret_memo) {
    KF_TRY(careful_fail(careful.remember));
    *ret_memo = kf_str("memo %d", ++lab->remembered);
    return *ret_memo ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

static kf_err careful_revoke(void *state, const struct kf_ca_revocation *order,
                             struct kf_ca_answer *answer) {
    careful.revocations++;
    careful.reason = order->reason;
    careful.cert_len = order->cert_len;
    snprintf(careful.ticket, sizeof careful.ticket, "%s", order->ticket ? order->ticket : "-");
    snprintf(careful.comment, sizeof careful.comment, "%s", order->comment ? order->comment : "-");
    KF_TRY(careful_fail(careful.revoke));
    if (careful.revoked == KF_CA_NEEDS_PERSON)
        return kf_ca_answer_person(answer, "approver", "somebody approves it");
    answer->outcome = careful.revoked;
    return careful.revoked == KF_CA_ISSUED ? KF_OK : kf_ca_answer_text(answer, "the CA's words");
}

static kf_err careful_acknowledge(void *state, const struct kf_ca_order *order,
                                  const char *ticket) {
    lab->acknowledged++;
    return careful_fail(careful.hears);
}

static const struct kf_connector careful_connector = {
    .name = "careful",
    .title = "Careful CA",
    .duplicates = KF_CA_LOOKUP,
    .same_key = true,
    .can_reissue = true,
    .open = ca_open,
    .close = ca_close,
    .form = careful_form,
    .prepare = careful_prepare,
    .remember = careful_remember,
    .submit = ca_submit,
    .poll = ca_poll,
    .lookup = ca_lookup,
    .cancel = ca_cancel,
    .revoke = careful_revoke,
    .acknowledge = careful_acknowledge,
};

static int setup_careful(void **state) {
    setup_enroll(state);
    careful = (__typeof__(careful)){0};
    if (!kf_connector_find("careful"))
        assert_ok(kf_connector_register(&careful_connector));
    assert_ok(kf_connection_add(context, "k", "careful", NULL, 0));
    accept_root("k");
    return 0;
}

#define CAREFUL(test) cmocka_unit_test_setup_teardown(test, setup_careful, teardown_enroll)

/* An order that the form takes. */
static struct kf_enroll_order a_careful_order(void) {
    struct kf_enroll_order order = an_order("k");
    order.fields = "{\"email\":\"anna@example.org\"}";
    return order;
}

/* The members of the request's "fields" as compact text; good until the next call. */
__attribute__((unused)) static const char *fields_of(const char *request) {
    KF_AUTO_PTR(json_t) json = NULL;
    assert_ok(kf_request_json(context, request, &json));
    KF_AUTO_FREE char *text = json_dumps(json_object_get(json, "fields"), JSON_COMPACT);
    snprintf(shown, sizeof shown, "%s", text);
    return shown;
}
