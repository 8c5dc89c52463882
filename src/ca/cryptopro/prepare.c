// SPDX-License-Identifier: Apache-2.0
// Before an order at a CryptoPro UC 2.0 service: is everything there, and what will it make of it?
#include "ca/cryptopro/cryptopro.h"

#include <string.h>

#include <keyfob/form.h>

#include "base/text.h"
#include "x509/csr.h"

#define WORD_MAX 128

/* --- may we --- */

static kf_err check_standing(kf_cp *cp) {
    KF_AUTO(kf_account) account = {0};
    const char *name = cp->setup->connection;
    KF_TRY(kf_cp_account(cp, &account));
    if (account.standing == KF_CA_CONNECTED)
        return KF_OK;
    kf_err code = account.standing == KF_CA_UNCONFIRMED ? KF_E_NEEDS_PERSON : KF_E_CA_LOGIN;
    if (account.standing == KF_CA_SIGNED_OUT)
        kf_fail(code, "you are not signed in to \"%s\"%s%s", name, account.text ? ": " : "",
                account.text ? account.text : "");
    else if (account.standing == KF_CA_UNCONFIRMED)
        kf_fail(code, "the CA has not confirmed your registration at \"%s\" yet (%s)", name,
                account.text);
    else
        kf_fail(code, "the CA has refused your registration at \"%s\" (%s)", name, account.text);
    if (account.standing == KF_CA_UNCONFIRMED)
        kf_error_hint("Wait for the CA, and look with `keyfob connection test %s`.", name);
    if (account.standing == KF_CA_REFUSED)
        kf_error_hint("Ask the CA why, then register again with `keyfob connection register %s`.",
                      name);
    kf_error_key("No key was made.");
    return code;
}

/* --- the subject --- */

static kf_err warn_mixed(const char *title, const char *value,
                         struct kf_ca_prepared *ret_prepared) {
    char word[WORD_MAX];
    if (!kf_cp_mixed_word(value, word, sizeof word))
        return KF_OK;
    return kf_ca_prepared_note(ret_prepared, "warning",
                               "%s: the word \"%s\" has Latin and Cyrillic letters in it", title,
                               word);
}

/* A registered name that a certificate's subject cannot hold (too long, strange characters) stays
 * away from the request; the CA has it. */
static kf_err add_name(kf_buf *subject, const json_t *field, const char *value,
                       struct kf_ca_prepared *ret_prepared) {
    KF_AUTO(kf_buf) alone = {0};
    const char *title = json_string_value(json_object_get(field, "title"));
    const char *oid = json_string_value(json_object_get(field, "oid"));
    KF_TRY(warn_mixed(title, value, ret_prepared));
    KF_TRY(kf_cp_subject_add(&alone, oid, value));
    kf_err err = kf_csr_spec_check(&(struct kf_csr_spec){.subject = kf_buf_str(&alone)});
    if (err == KF_E_MEMORY)
        return err;
    if (err == KF_OK)
        return kf_cp_subject_add(subject, oid, value);
    char why[512];
    snprintf(why, sizeof why, "%s", kf_error_sentence(err));
    kf_error_clear();
    return kf_ca_prepared_note(ret_prepared, "warning", "%s is left out of the request: %s", title,
                               why);
}

static kf_err make_subject(const json_t *form, const json_t *values, kf_buf *subject,
                           struct kf_ca_prepared *ret_prepared) {
    size_t i;
    json_t *field;
    json_array_foreach(json_object_get(form, "fields"), i, field) {
        const char *name = json_string_value(json_object_get(field, "name"));
        const char *value = json_string_value(json_object_get(values, name));
        if (value && *value && json_object_get(field, "oid"))
            KF_TRY(add_name(subject, field, value, ret_prepared));
    }
    return KF_OK;
}

static kf_err set_text(char **field, const char *text) {
    *field = strdup(text);
    return *field ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

static kf_err prepare_subject(const struct kf_ca_plan *plan, const json_t *form,
                              const json_t *values, struct kf_ca_prepared *ret_prepared) {
    KF_AUTO(kf_buf) subject = {0};
    KF_TRY(make_subject(form, values, &subject, ret_prepared));
    KF_TRY(kf_ca_prepared_note(ret_prepared, "note",
                               "the CA may replace the subject by the names of your registration"));
    if (!subject.len)
        return KF_OK; /* nothing is registered: as the person asked */
    if (plan->csr)
        return KF_OK; /* signed already */
    if (plan->subject && *plan->subject && !kf_str_equal(plan->subject, kf_buf_str(&subject)))
        KF_TRY(kf_ca_prepared_note(ret_prepared, "note",
                                   "the subject is made of your registered names, not of \"%s\"",
                                   plan->subject));
    return set_text(&ret_prepared->subject, kf_buf_str(&subject));
}

/* --- the template --- */

static kf_err named_template(const struct kf_ca_plan *plan, char **ret_oid) {
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_AUTO_PTR(json_t) json = NULL;
    KF_TRY(kf_csr_read(plan->csr, plan->csr_len, &csr));
    KF_TRY(kf_csr_json(csr, &json));
    const char *oid = json_string_value(json_object_get(json_object_get(json, "template"), "oid"));
    return oid ? set_text(ret_oid, oid) : KF_OK;
}

/* A request made elsewhere names its template itself. */
static kf_err note_template(const struct kf_ca_plan *plan, const char *oid,
                            struct kf_ca_prepared *ret_prepared) {
    KF_AUTO_FREE char *named = NULL;
    KF_TRY(named_template(plan, &named));
    if (kf_str_equal(named, oid))
        return KF_OK;
    return kf_ca_prepared_note(ret_prepared, "warning",
                               "the request names %s%s (1.3.6.1.4.1.311.21.7), and the CA goes by "
                               "that, not by %s",
                               named ? "the template " : "no template", named ? named : "", oid);
}

static kf_err prepare_template(const struct kf_ca_plan *plan, const json_t *values,
                               struct kf_ca_prepared *ret_prepared) {
    const char *oid = json_string_value(json_object_get(values, "template"));
    if (!oid)
        return KF_OK;
    if (plan->csr)
        return note_template(plan, oid, ret_prepared);
    return set_text(&ret_prepared->template_oid, oid);
}

/* The chosen template, and its own rules as the form's help tells them. */
static kf_err note_rules(const json_t *form, const json_t *values,
                         struct kf_ca_prepared *ret_prepared) {
    const json_t *field = json_array_get(json_object_get(form, "fields"), 0);
    const char *help = json_string_value(json_object_get(field, "help"));
    const char *oid = json_string_value(json_object_get(values, "template"));
    size_t i;
    json_t *choice;
    json_array_foreach(json_object_get(field, "choices"), i, choice) {
        if (kf_str_equal(json_string_value(json_object_get(choice, "value")), oid))
            return kf_ca_prepared_note(ret_prepared, "note", "template \"%s\": %s",
                                       json_string_value(json_object_get(choice, "title")),
                                       help ? help : "");
    }
    return KF_OK;
}

/* --- all of it --- */

kf_err kf_cp_prepare(void *state, const struct kf_ca_plan *plan,
                     struct kf_ca_prepared *ret_prepared) {
    kf_cp *cp = state;
    KF_AUTO_PTR(json_t) given = NULL;
    KF_AUTO_PTR(json_t) form = NULL;
    KF_AUTO_PTR(json_t) values = NULL;
    given = json_loads(plan->fields && *plan->fields ? plan->fields : "{}", 0, NULL);
    if (!json_is_object(given))
        return kf_fail(KF_E_USAGE, "the fields of the order are not a JSON object");
    KF_TRY(check_standing(cp));
    KF_TRY(kf_cp_order_form(cp, json_string_value(json_object_get(given, "template")), &form));
    if (json_object_get(given, "template")) /* by whichever name: the form has found it */
        json_object_set(
            given, "template",
            json_object_get(json_array_get(json_object_get(form, "fields"), 0), "value"));
    KF_TRY(kf_form_check(form, given, &values, NULL));
    KF_TRY(note_rules(form, values, ret_prepared));
    if (cp->by_certificate)
        KF_TRY(kf_ca_prepared_note(ret_prepared, "note",
                                   "the request goes in a message signed with your present "
                                   "certificate"));
    KF_TRY(prepare_template(plan, values, ret_prepared));
    KF_TRY(prepare_subject(plan, form, values, ret_prepared));
    ret_prepared->fields = json_dumps(values, JSON_COMPACT);
    return ret_prepared->fields ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}
