// SPDX-License-Identifier: Apache-2.0
// The lists that CertCentral keeps and what a person can have done there: two tables.
#include "base/text.h"
#include "ca/digicert/digicert.h"

#define FIELDS(table) .fields = (table), .field_count = KF_COUNT(table)

/* --- lists --- */

const struct kf_ca_kind kf_dc_kinds[KF_DC_KINDS] = {
    {"orders", "Orders",
     "id=ORDER|status=STATUS|name=NAME|product=PRODUCT|date=DATE|valid_till=VALID UNTIL"},
    {"requests", "Requests to approve",
     "id=REQUEST|type=TYPE|status=STATUS|order=ORDER|date=DATE|requester=FROM"},
    {"products", "Products", "name=PRODUCT|title=NAME|organization=ORGANIZATION|individual=PERSON"},
    {"organizations", "Organizations",
     "id=ID|name=NAME|status=STATUS|smime=S/MIME|smime_until=VALIDATED UNTIL"},
    {"domains", "Domains",
     "id=ID|name=NAME|status=STATUS|smime=S/MIME|method=METHOD|validated_until=VALIDATED UNTIL"},
};

static kf_err products(kf_dc *dc, const char *id, json_t **ret_json) {
    KF_AUTO(kf_buf) path = {0};
    if (!id)
        return kf_dc_templates(dc, ret_json);
    KF_TRY(kf_dc_product_check(id));
    KF_TRY(kf_buf_printf(&path, "product/%s", id));
    return kf_dc_call(dc, "asking about the product", "GET", kf_buf_str(&path), NULL, ret_json);
}

static const struct {
    const char *kind;
    kf_err (*read)(kf_dc *dc, const char *id, json_t **ret_json);
} readers[KF_DC_KINDS] = {
    {"orders", kf_dc_orders},   {"requests", kf_dc_requests},
    {"products", products},     {"organizations", kf_dc_organizations},
    {"domains", kf_dc_domains},
};

kf_err kf_dc_records(void *state, const char *kind, const char *id, json_t **ret_json) {
    for (size_t i = 0; i < KF_COUNT(readers); i++) {
        if (!kf_str_equal(readers[i].kind, kind))
            continue;
        if (id && !kf_dc_is_id(id) && readers[i].read != products)
            return kf_fail(KF_E_USAGE, "\"%s\" is not an id of CertCentral", id);
        return readers[i].read(state, id, ret_json);
    }
    return kf_fail(KF_E_NOT_FOUND, "CertCentral keeps no \"%s\"", kind);
}

/* --- actions --- */

#define ID(field, heading)                                                                         \
    { .name = field, .title = heading, .check = "digits", .required = true, .max = 19 }

#define METHODS                                                                                    \
    "email=E-mail to the domain's owner|dns-txt-token=TXT record|dns-cname-token=CNAME record|"    \
    "http-token=File on the web server"

static const struct kf_ca_field organization_id[] = {ID("organization", "Organization (id)")};
static const struct kf_ca_field organization_new[] = {
    {.name = "name", .title = "Legal name", .required = true, .max = 255},
    {.name = "assumed_name", .title = "Assumed name", .max = 255},
    {.name = "address", .title = "Address", .required = true},
    {.name = "address2", .title = "Address, second line"},
    {.name = "zip", .title = "Postal code", .required = true, .max = 40},
    {.name = "city", .title = "City", .required = true},
    {.name = "state", .title = "State or province"},
    {.name = "country", .title = "Country", .check = "country", .required = true},
    {.name = "telephone", .title = "Telephone", .check = "phone", .required = true},
    {.name = "container", .title = "Division (id)", .check = "digits"},
    {.name = "contact_first_name",
     .title = "First name",
     .group = "Contact, who answers the validation call",
     .required = true},
    {.name = "contact_last_name", .title = "Last name", .required = true},
    {.name = "contact_email", .title = "E-mail", .check = "email", .required = true},
    {.name = "contact_telephone", .title = "Telephone", .check = "phone", .required = true},
    {.name = "contact_job_title", .title = "Job title"},
};
static const struct kf_ca_field domain_new[] = {
    {.name = "name", .title = "Domain", .required = true, .max = 253},
    ID("organization", "Organization (id)"),
    {.name = "method",
     .title = "Validated by",
     .kind = "choice",
     .value = "dns-txt-token",
     .choices = METHODS},
};
static const struct kf_ca_field domain_method[] = {
    ID("domain", "Domain (id)"),
    {.name = "method",
     .title = "Validated by",
     .kind = "choice",
     .value = "dns-txt-token",
     .choices = METHODS},
};
static const struct kf_ca_field domain_id[] = {ID("domain", "Domain (id)")};
static const struct kf_ca_field order_id[] = {ID("order", "Order (number)")};
static const struct kf_ca_field request_decision[] = {
    ID("request", "Request (number)"),
    {.name = "comment", .title = "Comment", .help = "the requester reads it"},
};

const struct kf_ca_action kf_dc_actions[KF_DC_ACTIONS] = {
    {"organization-add", "Add an organization", "then have it validated", FIELDS(organization_new)},
    {"organization-validate", "Have an organization validated",
     "for S/MIME; DigiCert calls or writes to its contact, and it lasts 825 days",
     FIELDS(organization_id)},
    {"domain-add", "Add a domain", "says what to publish to prove that it is yours",
     FIELDS(domain_new)},
    {"domain-validate", "Validate a domain", "says what to publish, by the method of your choice",
     FIELDS(domain_method)},
    {"domain-check", "Check a domain now", "after the record or file was published",
     FIELDS(domain_id)},
    {"order-resend-emails", "Send an order's e-mails again",
     "to the recipients who have not confirmed yet", FIELDS(order_id)},
    {"order-check-dcv", "Check the domains of an order now", "", FIELDS(order_id)},
    {"request-approve", "Approve a request", "an order costs money then", FIELDS(request_decision)},
    {"request-reject", "Reject a request", "", FIELDS(request_decision)},
};

static const struct {
    const char *action;
    kf_err (*act)(kf_dc *dc, const json_t *fields, json_t **ret_json);
} doers[KF_DC_ACTIONS] = {
    {"organization-add", kf_dc_organization_add},
    {"organization-validate", kf_dc_organization_validate},
    {"domain-add", kf_dc_domain_add},
    {"domain-validate", kf_dc_domain_validate},
    {"domain-check", kf_dc_domain_check},
    {"order-resend-emails", kf_dc_order_resend},
    {"order-check-dcv", kf_dc_order_check_dcv},
    {"request-approve", kf_dc_request_approve},
    {"request-reject", kf_dc_request_reject},
};

kf_err kf_dc_act(void *state, const char *action, const json_t *fields, json_t **ret_json) {
    for (size_t i = 0; i < KF_COUNT(doers); i++)
        if (kf_str_equal(doers[i].action, action))
            return doers[i].act(state, fields, ret_json);
    return kf_fail(KF_E_NOT_FOUND, "CertCentral knows no \"%s\"", action);
}
