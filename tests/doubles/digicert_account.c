// SPDX-License-Identifier: Apache-2.0
// The CertCentral double's account: its user, its products, and the requests to be approved.
#include "digicert.h"

#include <string.h>

void dc_user_me(struct dc_call *call) {
    dc_answer(call, 200,
              json_pack("{s:i, s:s, s:i, s:s, s:s, s:s, s:s}", "id", 1, "username", "pki-admin",
                        "account_id", 55555, "first_name", "Pia", "last_name", "Admin", "email",
                        "pki@example.com", "status", "active"));
}

/* --- products --- */

static const struct {
    const char *id, *name, *group, *type, *purposes;
    bool organization, individual;
} products[] = {
    {"ssl_plus", "Standard SSL", "ssl", "ssl_certificate", "serverAuth", true, false},
    {"client_premium", "Premium", "client_certificate", "client_certificate",
     "clientAuth,emailProtection", true, true},
    {"client_email_security_plus", "Email Security Plus", "client_certificate",
     "client_certificate", "emailProtection", true, true},
    {"client_digital_signature_plus", "Digital Signature Plus", "client_certificate",
     "client_certificate", "clientAuth,emailProtection", true, true},
    {"client_authentication_plus", "Authentication Plus", "client_certificate",
     "client_certificate", "clientAuth", true, false},
    {"class1_smime", "Class 1 S/MIME", "client_certificate", "client_certificate",
     "emailProtection", false, false},
    {"secure_email_mailbox", "Secure Email for Individual", "secure_email_certificate",
     "secure_email", "emailProtection", false, false},
    {"secure_email_sponsor", "Secure Email for Business", "secure_email_certificate",
     "secure_email", "emailProtection", true, true},
    {"secure_email_organization", "Secure Email for Organization", "secure_email_certificate",
     "secure_email", "emailProtection", true, false},
};
enum { PRODUCTS = sizeof products / sizeof products[0] };

static size_t find(const char *name_id) {
    size_t i = 0;
    while (i < PRODUCTS && strcmp(products[i].id, name_id) != 0)
        i++;
    return i;
}

bool dc_product_known(const char *name_id) {
    return find(name_id) < PRODUCTS;
}

bool dc_product_wants_organization(const char *name_id) {
    size_t i = find(name_id);
    return i < PRODUCTS && products[i].organization;
}

bool dc_product_wants_individual(const char *name_id) {
    size_t i = find(name_id);
    return i < PRODUCTS && products[i].individual;
}

const char *dc_product_purposes(const char *name_id) {
    size_t i = find(name_id);
    return i < PRODUCTS ? products[i].purposes : "clientAuth";
}

static json_t *product_json(size_t i) {
    return json_pack("{s:s, s:s, s:s, s:s, s:[i, i], s:{s:[{s:s, s:s}, {s:s, s:s}], s:s}, s:b}",
                     "group_name", products[i].group, "name_id", products[i].id, "name",
                     products[i].name, "type", products[i].type, "allowed_order_validity_years", 1,
                     2, "signature_hash_types", "allowed_hash_types", "id", "sha256", "name",
                     "SHA-256", "id", "sha384", "name", "SHA-384", "default_hash_type_id", "sha256",
                     "csr_required", false);
}

void dc_products(struct dc_call *call) {
    json_t *list = json_array();
    for (size_t i = 0; i < PRODUCTS; i++)
        json_array_append_new(list, product_json(i));
    dc_answer(call, 200, json_pack("{s:o}", "products", list));
}

void dc_product(struct dc_call *call) {
    size_t i = find(call->parts[1]);
    if (i < PRODUCTS)
        dc_answer(call, 200, product_json(i));
    else
        dc_error(call, 404, "not_found|product", "The specified product was not found.");
}

/* --- requests --- */

void dc_requests(struct dc_call *call) {
    dc_answer_page(call, "requests", call->dc->requests);
}

void dc_request(struct dc_call *call) {
    json_t *request = dc_find(call, call->dc->requests, call->parts[1], "request");
    if (request)
        dc_answer(call, 200, json_incref(request));
}

static json_t *order_of(struct dc *dc, const json_t *request) {
    for (size_t i = 0; i < json_array_size(dc->orders); i++) {
        json_t *order = json_array_get(dc->orders, i);
        if (json_equal(json_object_get(order, "id"), json_object_get(request, "_order")))
            return order;
    }
    return NULL;
}

static const char *outcome(const json_t *request, bool approved) {
    bool revoke = strcmp(dc_text(request, "type"), "revoke") == 0;
    if (revoke)
        return approved ? "revoked" : "issued";
    return approved ? "processing" : "rejected";
}

void dc_request_decide(struct dc_call *call) {
    json_t *request = dc_find(call, call->dc->requests, call->parts[1], "request");
    const char *status = dc_text(call->request->json, "status");
    bool approved = strcmp(status, "approved") == 0;
    if (!request)
        return;
    if (!dc_knob_on(call->dc, "skip_approval")) {
        dc_error(call, 403, "access_denied|invalid_approver",
                 "You may not approve or reject this request.");
        return;
    }
    if (!approved && strcmp(status, "rejected") != 0) {
        dc_error(call, 400, "bad_request_format", "The status is not valid.");
        return;
    }
    json_object_set_new(request, "status", json_string(status));
    json_object_set_new(request, "comments",
                        json_string(dc_text(call->request->json, "processor_comment")));
    json_object_set_new(order_of(call->dc, request), "status",
                        json_string(outcome(request, approved)));
    dc_no_content(call);
}
