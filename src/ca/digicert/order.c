// SPDX-License-Identifier: Apache-2.0
// The JSON of an order, and of a reissue: from the form's fields to what CertCentral takes.
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "ca/digicert/digicert.h"

/* Header and end of the PEM are kept, its line breaks are not: so CertCentral's documentation. */
static kf_err add_csr(const struct kf_ca_order *order, json_t *certificate) {
    KF_AUTO(kf_buf) pem = {0};
    KF_TRY(kf_buf_add_str(&pem, "-----BEGIN CERTIFICATE REQUEST-----"));
    KF_TRY(kf_base64(&pem, order->csr, order->csr_len));
    KF_TRY(kf_buf_add_str(&pem, "-----END CERTIFICATE REQUEST-----"));
    return kf_json_set(certificate, "csr", json_string(kf_buf_str(&pem)));
}

static kf_err add_text(const json_t *fields, const char *field, json_t *object, const char *name) {
    const char *text = kf_dc_text(fields, field);
    return *text ? kf_json_set(object, name, json_string(text)) : KF_OK;
}

static kf_err add_list(const json_t *fields, const char *field, json_t *object, const char *name) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_TRY(kf_dc_field_list(fields, field, &list));
    return json_array_size(list) ? kf_json_set(object, name, KF_MOVE(list)) : KF_OK;
}

/* An id goes out as the number that it is. */
static kf_err add_number(const char *digits, const char *what, json_t *object, const char *name) {
    int64_t number = 0;
    if (!*digits)
        return KF_OK;
    KF_TRY(kf_parse_number(digits, what, 0, INT64_MAX, &number));
    return kf_json_set(object, name, json_integer(number));
}

static kf_err add_id(const char *digits, const char *what, json_t *object, const char *name) {
    KF_AUTO_PTR(json_t) inner = json_object();
    if (!*digits)
        return KF_OK;
    KF_TRY(add_number(digits, what, inner, "id"));
    return kf_json_set(object, name, KF_MOVE(inner));
}

/* --- the certificate --- */

static kf_err add_individual(const json_t *fields, json_t *certificate) {
    KF_AUTO_PTR(json_t) individual = json_object();
    bool pseudonym = strcmp(kf_dc_text(fields, "indicator"), "pseudonym") == 0;
    if (pseudonym)
        KF_TRY(add_text(fields, "pseudonym", individual, "pseudonym"));
    if (!pseudonym)
        KF_TRY(add_text(fields, "first_name", individual, "first_name"));
    if (!pseudonym)
        KF_TRY(add_text(fields, "last_name", individual, "last_name"));
    return json_object_size(individual)
               ? kf_json_set(certificate, "individual", KF_MOVE(individual))
               : KF_OK;
}

static kf_err add_indicator(const struct kf_dc_product *product, const json_t *fields,
                            json_t *certificate) {
    const char *indicator = kf_dc_text(fields, "indicator");
    if (product->family == KF_DC_MAILBOX || product->family == KF_DC_CLASS1)
        return KF_OK;
    if (!*indicator && product->family == KF_DC_ORGANIZATION)
        indicator = "organization_name";
    if (!*indicator && product->individual)
        indicator = "given_name_surname";
    return *indicator ? kf_json_set(certificate, "common_name_indicator", json_string(indicator))
                      : KF_OK;
}

static kf_err add_usages(const json_t *fields, json_t *certificate) {
    const char *primary = kf_dc_text(fields, "usage");
    KF_AUTO_PTR(json_t)
    usages = json_pack("{s:s}", "primary_usage", *primary ? primary : "dual_use");
    KF_TRY(kf_json_ready(usages));
    KF_TRY(add_list(fields, "additional_usages", usages, "additional_usages"));
    return kf_json_set(certificate, "usage_designation", KF_MOVE(usages));
}

static kf_err add_common_name(const struct kf_dc_product *product, const json_t *fields,
                              json_t *certificate) {
    KF_AUTO(kf_buf) name = {0};
    KF_TRY(kf_dc_future_name(product, fields, &name));
    return name.len ? kf_json_set(certificate, "common_name", json_string(kf_buf_str(&name)))
                    : KF_OK;
}

static kf_err new_certificate(const struct kf_dc_product *product, const struct kf_ca_order *order,
                              const json_t *fields, json_t **ret_certificate) {
    KF_AUTO_PTR(json_t) certificate = json_object();
    const char *hash = kf_dc_text(fields, "signature_hash");
    KF_TRY(add_list(fields, "recipients", certificate, "emails"));
    KF_TRY(kf_json_set(certificate, "signature_hash", json_string(*hash ? hash : "sha256")));
    if (!kf_dc_yes(fields, "csr_later"))
        KF_TRY(add_csr(order, certificate));
    KF_TRY(add_text(fields, "ca_cert_id", certificate, "ca_cert_id"));
    KF_TRY(add_indicator(product, fields, certificate));
    if (product->family == KF_DC_CLIENT || product->family == KF_DC_SPONSOR)
        KF_TRY(add_individual(fields, certificate));
    if (kf_dc_is_secure_email(product)) {
        KF_TRY(add_text(fields, "profile_type", certificate, "profile_type"));
        KF_TRY(add_usages(fields, certificate));
    } else {
        KF_TRY(add_common_name(product, fields, certificate));
        KF_TRY(add_list(fields, "organization_units", certificate, "organization_units"));
    }
    *ret_certificate = KF_MOVE(certificate);
    return KF_OK;
}

/* What of the person goes into a Secure Email certificate's subject. */
static kf_err add_subject(const struct kf_dc_product *product, const json_t *fields,
                          json_t *order) {
    bool pseudonym = strcmp(kf_dc_text(fields, "indicator"), "pseudonym") == 0;
    bool person = product->family == KF_DC_SPONSOR;
    if (!kf_dc_is_secure_email(product))
        return KF_OK;
    bool email = !json_object_get(fields, "include_email") || kf_dc_yes(fields, "include_email");
    return kf_json_set(order, "subject",
                       json_pack("{s:b, s:b, s:b}", "include_email", email,
                                 "include_given_name_surname", person && !pseudonym,
                                 "include_pseudonym", person && pseudonym));
}

/* --- the order around it --- */

static kf_err add_validity(const json_t *fields, json_t *order) {
    char buf[24];
    KF_AUTO_PTR(json_t) validity = json_object();
    const char *until = kf_dc_text(fields, "valid_until");
    const char *days = kf_dc_field(fields, "validity_days", buf);
    if (*until)
        KF_TRY(kf_json_set(validity, "custom_expiration_date", json_string(until)));
    else if (*days)
        KF_TRY(add_number(days, "the days of validity", validity, "days"));
    if (!json_object_size(validity)) {
        const char *years = kf_dc_field(fields, "validity", buf);
        KF_TRY(add_number(*years ? years : "1", "the years of validity", validity, "years"));
    }
    return kf_json_set(order, "order_validity", KF_MOVE(validity));
}

static kf_err add_payment(const json_t *fields, json_t *order) {
    char buf[24];
    const char *method = kf_dc_text(fields, "payment_method");
    KF_TRY(add_text(fields, "payment_method", order, "payment_method"));
    return strcmp(method, "profile") == 0 ? add_id(kf_dc_field(fields, "payment_profile", buf),
                                                   "the payment profile", order, "payment_profile")
                                          : KF_OK;
}

static kf_err add_custom(const json_t *fields, json_t *order) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_AUTO_PTR(json_t) custom = json_array();
    KF_TRY(kf_dc_field_list(fields, "custom_fields", &list));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        KF_TRY(kf_json_append(custom, json_pack("{s:I, s:s}", "metadata_id",
                                                (json_int_t)strtoll(text, NULL, 10), "value",
                                                text + strcspn(text, "=") + 1)));
    }
    return json_array_size(custom) ? kf_json_set(order, "custom_fields", KF_MOVE(custom)) : KF_OK;
}

/* Our own id goes with the order twice: where CertCentral can be asked for it, and where a person
 * sees it. */
static kf_err add_comment(const struct kf_ca_order *order, const json_t *fields, json_t *json) {
    const char *said = kf_dc_text(fields, "comments");
    KF_AUTO_FREE char *text = kf_str("%s%skeyfob %s", said, *said ? " / " : "", order->client_id);
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory for an order");
    return kf_json_set(json, "comments", json_string(text));
}

static kf_err add_ids(const kf_dc *dc, const struct kf_dc_product *product,
                      const struct kf_ca_order *order, const json_t *fields, json_t *json) {
    char buf[24];
    const char *organization = kf_dc_field(fields, "organization", buf);
    if (!*organization && product->organization && dc->organization)
        organization = dc->organization;
    if (product->family != KF_DC_MAILBOX && product->family != KF_DC_CLASS1)
        KF_TRY(add_id(organization, "the organization", json, "organization"));
    const char *container = kf_dc_field(fields, "container", buf);
    if (!*container && dc->container)
        container = dc->container;
    KF_TRY(add_id(container, "the division", json, "container"));
    if (order->old_ticket && kf_dc_is_id(order->old_ticket))
        KF_TRY(
            add_number(order->old_ticket, "the order to be renewed", json, "renewal_of_order_id"));
    return kf_json_set(json, "alternative_order_id", json_string(order->client_id));
}

static kf_err add_choices(const json_t *fields, json_t *json) {
    KF_TRY(kf_json_set(json, "auto_renew", json_integer(kf_dc_yes(fields, "auto_renew"))));
    if (kf_dc_yes(fields, "skip_approval"))
        KF_TRY(kf_json_set(json, "skip_approval", json_true()));
    if (kf_dc_yes(fields, "disable_renewal_notifications"))
        KF_TRY(kf_json_set(json, "disable_renewal_notifications", json_true()));
    KF_TRY(add_list(fields, "additional_emails", json, "additional_emails"));
    KF_TRY(add_text(fields, "renewal_message", json, "custom_renewal_message"));
    return add_text(fields, "locale", json, "locale");
}

kf_err kf_dc_order_json(const kf_dc *dc, const struct kf_ca_order *order, json_t **ret_json) {
    KF_AUTO_PTR(json_t) fields = NULL;
    KF_AUTO_PTR(json_t) certificate = NULL;
    KF_AUTO_PTR(json_t) json = json_object();
    struct kf_dc_product product = {0};
    KF_TRY(kf_dc_fields(order->fields, &fields));
    KF_TRY(kf_dc_product_of(dc, fields, &product));
    KF_TRY(new_certificate(&product, order, fields, &certificate));
    KF_TRY(kf_json_set(json, "certificate", KF_MOVE(certificate)));
    KF_TRY(add_subject(&product, fields, json));
    KF_TRY(add_ids(dc, &product, order, fields, json));
    KF_TRY(add_validity(fields, json));
    KF_TRY(add_payment(fields, json));
    KF_TRY(add_choices(fields, json));
    KF_TRY(add_custom(fields, json));
    KF_TRY(add_comment(order, fields, json));
    *ret_json = KF_MOVE(json);
    return KF_OK;
}

kf_err kf_dc_reissue_json(const kf_dc *dc, const struct kf_ca_order *order, json_t **ret_json) {
    KF_AUTO_PTR(json_t) fields = NULL;
    KF_AUTO_PTR(json_t) certificate = NULL;
    KF_AUTO_PTR(json_t) json = json_object();
    struct kf_dc_product product = {0};
    KF_TRY(kf_dc_fields(order->fields, &fields));
    KF_TRY(kf_dc_product_of(dc, fields, &product));
    KF_TRY(new_certificate(&product, order, fields, &certificate));
    if (kf_dc_is_secure_email(&product))
        KF_TRY(add_common_name(&product, fields, certificate));
    KF_TRY(kf_json_set(json, "certificate", KF_MOVE(certificate)));
    if (kf_dc_yes(fields, "skip_approval"))
        KF_TRY(kf_json_set(json, "skip_approval", json_true()));
    KF_TRY(add_comment(order, fields, json));
    *ret_json = KF_MOVE(json);
    return KF_OK;
}
