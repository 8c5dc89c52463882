// SPDX-License-Identifier: Apache-2.0
// The CertCentral double's organizations and domains, and how they are validated.
#include "digicert.h"

#include <stdio.h>
#include <string.h>

#define TOKEN "ksj37dkwl2mvnw9s4xq0rt8yzb1c5fgh"

static json_t *new_organization(struct dc *dc, const char *name, const char *status) {
    json_t *organization = json_pack(
        "{s:I, s:s, s:s, s:b, s:s, s:s, s:s, s:{s:i, s:s}, s:[{s:s, s:s, s:s, s:s}]}", "id",
        dc->next_other++, "status", "active", "name", name, "is_active", true, "city", "Lehi",
        "country", "us", "telephone", "801-555-0100", "container", "id", 5, "name", "Main",
        "validations", "type", "smime", "name", "S/MIME", "status", status, "validated_until",
        strcmp(status, "active") == 0 ? "2028-12-01T10:00:00+00:00" : "");
    json_array_append_new(dc->organizations, organization);
    return organization;
}

static json_t *new_domain(struct dc *dc, const char *name, const char *method) {
    json_t *domain = json_pack("{s:I, s:b, s:s, s:s, s:[{s:s, s:s}], s:s}", "id", dc->next_other++,
                               "is_active", true, "status", "pending", "name", name, "validations",
                               "type", "smime", "status", "pending", "dcv_method", method);
    json_array_append_new(dc->domains, domain);
    return domain;
}

void dc_validation_start(struct dc *dc) {
    new_organization(dc, "Example Inc", "active");
    new_organization(dc, "Other Ltd", "expired");
    new_domain(dc, "example.com", "dns-txt-token");
}

/* --- organizations --- */

void dc_organizations(struct dc_call *call) {
    dc_answer_page(call, "organizations", call->dc->organizations);
}

void dc_organization(struct dc_call *call) {
    json_t *organization = dc_find(call, call->dc->organizations, call->parts[1], "organization");
    if (organization)
        dc_answer(call, 200, json_incref(organization));
}

void dc_organization_add(struct dc_call *call) {
    static const char *const wanted[] = {"name", "address", "zip", "city", "country", "telephone"};
    const json_t *json = call->request->json;
    const json_t *contact = json_object_get(json, "organization_contact");
    bool whole = *dc_text(contact, "email") && *dc_text(contact, "first_name");
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        whole = whole && *dc_text(json, wanted[i]);
    if (!whole) {
        dc_error(call, 400, "invalid_organization", "A required field is missing.");
        return;
    }
    json_t *organization = new_organization(call->dc, dc_text(json, "name"), "pending");
    json_array_clear(json_object_get(organization, "validations"));
    dc_answer(call, 201, json_pack("{s:O}", "id", json_object_get(organization, "id")));
}

void dc_organization_validate(struct dc_call *call) {
    json_t *organization = dc_find(call, call->dc->organizations, call->parts[1], "organization");
    json_t *asked = json_object_get(call->request->json, "validations");
    if (!organization)
        return;
    if (strcmp(dc_text(json_array_get(asked, 0), "type"), "smime") != 0) {
        dc_error(call, 400, "invalid_validation_type", "The validation type is not valid.");
        return;
    }
    json_object_set_new(organization, "validations",
                        json_pack("[{s:s, s:s}]", "type", "smime", "status", "pending"));
    dc_no_content(call);
}

/* --- domains --- */

static json_t *dcv_of(const json_t *domain) {
    const char *method = dc_text(domain, "dcv_method");
    char url[256];
    json_t *dcv = json_pack("{s:s, s:s, s:s}", "token", TOKEN, "status", "pending",
                            "expiration_date", "2026-12-20T10:00:00+00:00");
    snprintf(url, sizeof url, "http://%s/.well-known/pki-validation/fileauth.txt",
             dc_text(domain, "name"));
    if (strcmp(method, "dns-cname-token") == 0)
        json_object_set_new(dcv, "verification_value", json_string("dcv.digicert.com"));
    if (strcmp(method, "http-token") == 0)
        json_object_set_new(dcv, "http_token_url", json_string(url));
    return dcv;
}

/* What POST /domain and its validation answer: the token, or the addresses that get mail. */
static void answer_dcv(struct dc_call *call, const json_t *domain, int status) {
    json_t *json = json_pack("{s:O}", "id", json_object_get(domain, "id"));
    char base[2][160];
    snprintf(base[0], sizeof base[0], "admin@%s", dc_text(domain, "name"));
    snprintf(base[1], sizeof base[1], "postmaster@%s", dc_text(domain, "name"));
    if (strcmp(dc_text(domain, "dcv_method"), "email") == 0)
        json_object_set_new(json, "validation_emails",
                            json_pack("{s:s, s:[s, s], s:[s]}", "name_scope",
                                      dc_text(domain, "name"), "base_emails", base[0], base[1],
                                      "whois_emails", "owner@example.net"));
    else
        json_object_set_new(json, "dcv_token", dcv_of(domain));
    dc_answer(call, status, json);
}

static bool is_method(const char *method) {
    return strcmp(method, "email") == 0 || strcmp(method, "dns-txt-token") == 0 ||
           strcmp(method, "dns-cname-token") == 0 || strcmp(method, "http-token") == 0;
}

void dc_domains(struct dc_call *call) {
    dc_answer_page(call, "domains", call->dc->domains);
}

void dc_domain(struct dc_call *call) {
    json_t *domain = dc_find(call, call->dc->domains, call->parts[1], "domain");
    if (!domain)
        return;
    json_t *json = json_deep_copy(domain);
    if (*double_query(call->request, "include_dcv"))
        json_object_set_new(json, "dcv_token", dcv_of(domain));
    dc_answer(call, 200, json);
}

void dc_domain_add(struct dc_call *call) {
    const json_t *json = call->request->json;
    const char *method = dc_text(json, "dcv_method");
    const char *name = dc_text(json, "name");
    const json_t *organization = json_object_get(json_object_get(json, "organization"), "id");
    if (!strchr(name, '.') || !json_is_integer(organization) || !is_method(method)) {
        dc_error(call, 400, "invalid_domain", "The domain is not valid.");
        return;
    }
    answer_dcv(call, new_domain(call->dc, name, method), 201);
}

void dc_domain_validate(struct dc_call *call) {
    json_t *domain = dc_find(call, call->dc->domains, call->parts[1], "domain");
    const char *method = dc_text(call->request->json, "dcv_method");
    if (!domain)
        return;
    if (!is_method(method)) {
        dc_error(call, 400, "invalid_dcv_method", "The DCV method is not valid.");
        return;
    }
    json_object_set_new(domain, "dcv_method", json_string(method));
    answer_dcv(call, domain, 200);
}

void dc_domain_method(struct dc_call *call) {
    json_t *domain = dc_find(call, call->dc->domains, call->parts[1], "domain");
    const char *method = dc_text(call->request->json, "dcv_method");
    if (!domain)
        return;
    json_object_set_new(domain, "dcv_method", json_string(method));
    answer_dcv(call, domain, 200);
}

void dc_domain_token(struct dc_call *call) {
    json_t *domain = dc_find(call, call->dc->domains, call->parts[1], "domain");
    if (domain)
        answer_dcv(call, domain, 200);
}

void dc_domain_check(struct dc_call *call) {
    json_t *domain = dc_find(call, call->dc->domains, call->parts[1], "domain");
    bool pending = dc_knob(call->dc, "domain", "pending");
    if (!domain)
        return;
    if (pending) {
        dc_error(call, 400, "invalid_dcv", "The token was not found in DNS.");
        return;
    }
    json_object_set_new(domain, "status", json_string("active"));
    dc_answer(call, 200, json_pack("{s:s, s:s}", "token", TOKEN, "status", "active"));
}
