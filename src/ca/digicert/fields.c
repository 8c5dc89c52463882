// SPDX-License-Identifier: Apache-2.0
// The fields of an order as a person gave them, and what must be right before anything is sent.
#include <stdio.h>
#include <string.h>

#include <keyfob/form.h>

#include "base/text.h"
#include "ca/digicert/digicert.h"

kf_err kf_dc_fields(const char *text, json_t **ret_fields) {
    json_t *fields = NULL;
    KF_TRY(kf_json_parse_answer(text ? text : "{}", strlen(text ? text : "{}"), &fields));
    *ret_fields = fields;
    return KF_OK;
}

const char *kf_dc_field(const json_t *fields, const char *name, char buf[static 24]) {
    const json_t *value = json_object_get(fields, name);
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_integer(value))
        snprintf(buf, 24, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return json_is_integer(value) ? buf : "";
}

static kf_err add_words(const char *text, json_t *list) {
    KF_AUTO_FREE char *copy = strdup(text);
    char *rest = NULL;
    if (!copy)
        return kf_fail(KF_E_MEMORY, "out of memory for the fields of an order");
    for (char *word = strtok_r(copy, ",;\n", &rest); word; word = strtok_r(NULL, ",;\n", &rest)) {
        word = kf_str_trim(word);
        if (*word)
            KF_TRY(kf_json_append(list, json_string(word)));
    }
    return KF_OK;
}

kf_err kf_dc_field_list(const json_t *fields, const char *name, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = json_array();
    const json_t *value = json_object_get(fields, name);
    if (json_is_string(value))
        KF_TRY(add_words(json_string_value(value), list));
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *text = json_string_value(json_array_get(value, i));
        if (text && *text)
            KF_TRY(kf_json_append(list, json_string(text)));
    }
    KF_TRY(kf_json_ready(list));
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

/* --- checks --- */

static kf_err wants(const char *field, const char *why) {
    kf_err err = kf_fail(KF_E_USAGE, "the field \"%s\" is missing: %s", field, why);
    kf_error_hint("Add `--set %s=VALUE`.", field);
    return err;
}

static kf_err check_emails(const json_t *fields, const char *name, bool required) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_TRY(kf_dc_field_list(fields, name, &list));
    if (required && !json_array_size(list))
        return wants(name, "CertCentral wants the address of each recipient");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *email = json_string_value(json_array_get(list, i));
        const char *wrong = kf_form_check_value("email", email);
        if (wrong)
            return kf_fail(KF_E_USAGE, "\"%s\" in the field \"%s\": %s", email, name, wrong);
    }
    return KF_OK;
}

static bool is_date(const char *text) {
    int year = 0, month = 0, day = 0, got = 0;
    return strlen(text) == 10 && sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &got) == 3 &&
           got == 10 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static kf_err check_validity(const json_t *fields) {
    char buf[24];
    int64_t number = 0;
    const char *years = kf_dc_field(fields, "validity", buf);
    if (*years)
        KF_TRY(kf_parse_number(years, "the field \"validity\" (years)", 1, 3, &number));
    const char *until = kf_dc_text(fields, "valid_until");
    const char *days = kf_dc_field(fields, "validity_days", buf);
    if (*days)
        KF_TRY(kf_parse_number(days, "the field \"validity_days\"", 1, 1185, &number));
    if (*until && !is_date(until))
        return kf_fail(KF_E_USAGE, "the field \"valid_until\" is no date like 2027-06-30: \"%s\"",
                       until);
    return *until && *days ? kf_fail(KF_E_USAGE, "an order ends either at \"valid_until\" or after "
                                                 "\"validity_days\", not both")
                           : KF_OK;
}

static kf_err check_organization(const kf_dc *dc, const struct kf_dc_product *product,
                                 const json_t *fields) {
    char buf[24];
    const char *id = kf_dc_field(fields, "organization", buf);
    if (*id && !kf_dc_is_id(id))
        return kf_fail(KF_E_USAGE,
                       "the field \"organization\" takes the id of an organization, not \"%s\"",
                       id);
    if (product->organization && !*id && !dc->organization)
        return wants("organization", "this product is for an organization");
    return KF_OK;
}

/* Which of the names the indicator needs. */
static kf_err check_individual(const struct kf_dc_product *product, const json_t *fields) {
    const char *indicator = kf_dc_text(fields, "indicator");
    bool pseudonym = strcmp(indicator, "pseudonym") == 0;
    bool person = product->family == KF_DC_SPONSOR ||
                  (product->family == KF_DC_CLIENT && product->individual);
    if (person && pseudonym && !*kf_dc_text(fields, "pseudonym"))
        return wants("pseudonym", "the certificate is to carry a pseudonym");
    if (person && !pseudonym && !*kf_dc_text(fields, "first_name"))
        return wants("first_name", "this product names a person");
    if (person && !pseudonym && !*kf_dc_text(fields, "last_name"))
        return wants("last_name", "this product names a person");
    if (product->family == KF_DC_CLIENT && !product->individual &&
        !*kf_dc_text(fields, "common_name"))
        return wants("common_name", "the certificate is named after it");
    return KF_OK;
}

static kf_err check_usages(const struct kf_dc_product *product, const json_t *fields) {
    KF_AUTO_PTR(json_t) usages = NULL;
    KF_TRY(kf_dc_field_list(fields, "additional_usages", &usages));
    if (!kf_dc_is_secure_email(product))
        return KF_OK;
    bool strict = strcmp(kf_dc_text(fields, "profile_type"), "multipurpose") != 0;
    for (size_t i = 0; i < json_array_size(usages); i++)
        if (strict && kf_str_equal(json_string_value(json_array_get(usages, i)), "client_auth"))
            return kf_fail(KF_E_USAGE, "the usage \"client_auth\" takes the profile type "
                                       "\"multipurpose\", the order says \"strict\"");
    return KF_OK;
}

static kf_err check_payment(const json_t *fields) {
    char buf[24];
    const char *method = kf_dc_text(fields, "payment_method");
    if (strcmp(method, "card") == 0) {
        kf_err err = kf_fail(KF_E_UNSUPPORTED, "keyfob takes no card numbers");
        kf_error_hint("Keep the card as a payment profile in CertCentral, then `--set "
                      "payment_method=profile --set payment_profile=ID`.");
        return err;
    }
    if (strcmp(method, "profile") == 0 && !kf_dc_is_id(kf_dc_field(fields, "payment_profile", buf)))
        return wants("payment_profile", "it is the id of the payment profile");
    return KF_OK;
}

static kf_err check_custom(const json_t *fields) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_TRY(kf_dc_field_list(fields, "custom_fields", &list));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        size_t len = strspn(text, "0123456789");
        if (!len || text[len] != '=')
            return kf_fail(KF_E_USAGE, "\"%s\" in the field \"custom_fields\" is not ID=VALUE",
                           text);
    }
    return KF_OK;
}

kf_err kf_dc_fields_check(const kf_dc *dc, const struct kf_dc_product *product,
                          const json_t *fields) {
    if (!kf_dc_yes(fields, "agreement"))
        return wants("agreement", "say yes to DigiCert's Certificate Services Agreement and its "
                                  "Certification Practices Statement, "
                                  "https://www.digicert.com/legal-repository");
    KF_TRY(check_emails(fields, "recipients", true));
    KF_TRY(check_emails(fields, "additional_emails", false));
    KF_TRY(check_organization(dc, product, fields));
    KF_TRY(check_individual(product, fields));
    KF_TRY(check_validity(fields));
    KF_TRY(check_usages(product, fields));
    KF_TRY(check_payment(fields));
    return check_custom(fields);
}

/* --- the name that comes of it --- */

kf_err kf_dc_future_name(const struct kf_dc_product *product, const json_t *fields,
                         kf_buf *ret_name) {
    KF_AUTO_PTR(json_t) emails = NULL;
    const char *indicator = kf_dc_text(fields, "indicator");
    const char *name = kf_dc_text(fields, "common_name");
    KF_TRY(kf_dc_field_list(fields, "recipients", &emails));
    const char *email = json_string_value(json_array_get(emails, 0));
    if (product->family == KF_DC_MAILBOX || product->family == KF_DC_CLASS1 ||
        strcmp(indicator, "email_address") == 0)
        return kf_buf_add_str(ret_name, email ? email : "");
    if (product->family == KF_DC_ORGANIZATION)
        return KF_OK;
    if (strcmp(indicator, "pseudonym") == 0)
        return kf_buf_add_str(ret_name, kf_dc_text(fields, "pseudonym"));
    if (*name && product->family == KF_DC_CLIENT)
        return kf_buf_add_str(ret_name, name);
    return kf_buf_printf(ret_name, "%s %s", kf_dc_text(fields, "first_name"),
                         kf_dc_text(fields, "last_name"));
}
