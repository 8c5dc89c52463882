// SPDX-License-Identifier: Apache-2.0
// The CertCentral double's orders: what it takes, and what becomes of them.
#include "decode.h"
#include "digicert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static json_t *now(void) {
    char text[40];
    time_t seconds = time(NULL);
    struct tm tm;
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S+00:00", gmtime_r(&seconds, &tm));
    return json_string(text);
}

/* --- what is wrong with an order --- */

static bool is_complete(const json_t *json, const char *product) {
    const json_t *certificate = json_object_get(json, "certificate");
    bool person = json_object_get(certificate, "individual") != NULL &&
                  *dc_text(certificate, "common_name_indicator");
    const json_t *validity = json_object_get(json, "order_validity");
    return json_array_size(json_object_get(certificate, "emails")) > 0 &&
           json_object_size(validity) == 1 && *dc_text(certificate, "signature_hash") &&
           (person || !dc_product_wants_individual(product));
}

/* True when it was refused. */
static bool refuse(struct dc_call *call, const char *product) {
    const json_t *json = call->request->json;
    const json_t *certificate = json_object_get(json, "certificate");
    const char *csr = dc_text(certificate, "csr");
    const json_t *organization = json_object_get(json_object_get(json, "organization"), "id");
    bool wants = dc_product_wants_organization(product);
    bool secure = strncmp(product, "secure_email_", 13) == 0;
    if (!dc_product_known(product))
        dc_error(call, 404, "not_found|product", "The specified product was not found.");
    else if (wants && !json_is_integer(organization))
        dc_error(call, 400, "invalid_organization", "The organization is missing or not valid.");
    else if (!wants && organization)
        dc_error(call, 400, "invalid_organization", "This product takes no organization.");
    else if (!is_complete(json, product))
        dc_error(call, 400, "bad_request_format", "A required field is missing.");
    else if (secure && !json_object_get(certificate, "usage_designation"))
        dc_error(call, 400, "invalid_usage_designation", "The primary usage is missing.");
    else if (*csr && (strchr(csr, '\n') || !double_same_key(csr, strlen(csr), csr, strlen(csr))))
        dc_error(call, 400, "invalid_csr", "The CSR could not be decoded.");
    else if (json_is_true(json_object_get(json, "skip_approval")) &&
             !dc_knob_on(call->dc, "skip_approval"))
        dc_error(call, 403, "access_denied|invalid_approver", "You may not skip the approval.");
    else
        return false;
    return true;
}

/* --- issuing --- */

static void copy_plain(char *to, size_t size, const char *text) {
    size_t n = 0;
    for (; *text && n + 1 < size; text++)
        if (!strchr(",+=\"\\<>;#", *text))
            to[n++] = *text;
    to[n] = '\0';
}

static void name_of(const json_t *order, char *ret_subject, size_t size) {
    const json_t *certificate = json_object_get(order, "certificate");
    const json_t *individual = json_object_get(certificate, "individual");
    const char *first = dc_text(individual, "first_name");
    const char *name = dc_text(certificate, "common_name");
    char plain[128], joined[128];
    snprintf(joined, sizeof joined, "%s %s", first, dc_text(individual, "last_name"));
    if (!*name)
        name = *first
                   ? joined
                   : json_string_value(json_array_get(json_object_get(certificate, "emails"), 0));
    copy_plain(plain, sizeof plain, name ? name : "nobody");
    snprintf(ret_subject, size, "CN=%s", plain);
}

/* The addresses of the order, whatever the CSR says. */
static void set_names(struct dc *dc, const json_t *order) {
    const json_t *emails = json_object_get(json_object_get(order, "certificate"), "emails");
    char san[1024] = "", plain[128];
    for (size_t i = 0; i < json_array_size(emails); i++) {
        size_t len = strlen(san);
        const char *email = json_string_value(json_array_get(emails, i));
        copy_plain(plain, sizeof plain, email ? email : "");
        snprintf(san + len, sizeof san - len, "%semail:%s", i ? "," : "", plain);
    }
    double_set(dc->d, "san", san);
}

static bool is_rsa(const char *csr) {
    X509_REQ *request = double_decode_csr(csr, strlen(csr));
    bool rsa = request && EVP_PKEY_is_a(X509_REQ_get0_pubkey(request), "RSA") == 1;
    X509_REQ_free(request);
    return rsa;
}

/* The product, the order and the kind of key decide. */
static void set_usages(struct dc *dc, const json_t *order) {
    const json_t *certificate = json_object_get(order, "certificate");
    const char *product = dc_text(json_object_get(order, "product"), "name_id");
    const char *primary =
        dc_text(json_object_get(certificate, "usage_designation"), "primary_usage");
    bool signs = strcmp(primary, "key_management") != 0;
    bool encrypts =
        strcmp(primary, "signing") != 0 && strstr(dc_product_purposes(product), "email");
    char bits[80];
    snprintf(bits, sizeof bits, "critical%s%s%s", signs ? ",digitalSignature" : "",
             encrypts ? "," : "",
             !encrypts                        ? ""
             : is_rsa(dc_text(order, "_csr")) ? "keyEncipherment"
                                              : "keyAgreement");
    double_set(dc->d, "usage", bits);
    double_set(dc->d, "purpose", dc_product_purposes(product));
}

static void issue(struct dc *dc, json_t *order) {
    char subject[160];
    const char *csr = dc_text(order, "_csr");
    name_of(order, subject, sizeof subject);
    if (!*csr)
        return;
    set_names(dc, order);
    if (dc_knob(dc, "usages", "product"))
        set_usages(dc, order);
    char *pem = double_issue(dc->d, csr, strlen(csr), subject, false, true);
    if (!pem)
        return;
    json_t *certificate = json_object_get(order, "certificate");
    json_object_set_new(order, "_pem", json_string(pem));
    json_object_set_new(order, "status", json_string("issued"));
    json_object_set_new(order, "_stale", json_integer(dc_knob_number(dc, "stale_status")));
    json_object_set_new(certificate, "id", json_integer(dc->next_certificate++));
    json_object_set_new(certificate, "date_issued", now());
    json_object_set_new(order, "_changed", json_true());
    free(pem);
}

json_t *dc_request_new(struct dc *dc, json_t *order, const char *type, const char *status) {
    json_t *request = json_pack("{s:I, s:s, s:s, s:o, s:s, s:O}", "id", dc->next_request++, "type",
                                type, "status", status, "date", now(), "comments", "", "_order",
                                json_object_get(order, "id"));
    json_array_append_new(dc->requests, request);
    return request;
}

static const char *first_status(const struct dc *dc, const json_t *order) {
    bool skipped = json_is_true(json_object_get(order, "_skip_approval"));
    if (!*dc_text(order, "_csr"))
        return "waiting_pickup";
    if (dc_knob(dc, "decide", "approval") || (dc_knob_on(dc, "needs_approval") && !skipped))
        return "needs_approval";
    if (dc_knob(dc, "decide", "pend") || dc_knob(dc, "emails_validated", "no") ||
        dc_knob_on(dc, "organization") || dc_knob_on(dc, "domain"))
        return "pending";
    return "processing";
}

static bool is_held(const struct dc *dc) {
    return dc_knob(dc, "emails_validated", "no") || dc_knob_on(dc, "organization") ||
           dc_knob_on(dc, "domain");
}

/* What a test decided about the orders that wait. */
static void decide(struct dc *dc, json_t *order) {
    const char *status = dc_text(order, "status");
    bool waits = dc_knob(dc, "decide", "pend") || dc_knob(dc, "decide", "approval");
    if (dc_knob(dc, "pending", "reject") || dc_knob_on(dc, "reject") ||
        dc_knob(dc, "decide", "reject"))
        json_object_set_new(order, "status", json_string("rejected"));
    else if (dc_knob(dc, "pending", "issue"))
        json_object_set_new(order, "status", json_string("processing"));
    else if (!waits && strcmp(status, "pending") == 0 && !is_held(dc))
        json_object_set_new(order, "status", json_string("processing"));
}

void dc_order_advance(struct dc *dc, json_t *order) {
    const char *status = dc_text(order, "status");
    long polls = (long)json_integer_value(json_object_get(order, "_polls"));
    bool moves = strcmp(status, "pending") == 0 || strcmp(status, "needs_approval") == 0 ||
                 strcmp(status, "processing") == 0 || strcmp(status, "reissue_pending") == 0;
    if (!moves)
        return;
    decide(dc, order);
    status = dc_text(order, "status");
    json_object_set_new(order, "_polls", json_integer(polls + 1));
    if ((strcmp(status, "processing") == 0 || strcmp(status, "reissue_pending") == 0) &&
        polls >= dc_knob_number(dc, "issue_after_polls"))
        issue(dc, order);
}

/* --- placing one --- */

static json_t *new_order(struct dc_call *call, const char *product) {
    const json_t *json = call->request->json;
    json_t *certificate = json_deep_copy(json_object_get(json, "certificate"));
    json_t *order = json_pack(
        "{s:I, s:s, s:b, s:o, s:o, s:{s:s, s:s, s:s}, s:s, s:s, s:b}", "id", call->dc->next_order++,
        "status", "processing", "is_renewal", json_object_get(json, "renewal_of_order_id") != NULL,
        "date_created", now(), "certificate", certificate, "product", "name_id", product, "name",
        product, "type", "client_certificate", "alternative_order_id",
        dc_text(json, "alternative_order_id"), "_csr", dc_text(certificate, "csr"),
        "_skip_approval", json_is_true(json_object_get(json, "skip_approval")));
    json_t *organization = json_object_get(json, "organization");
    if (organization)
        json_object_set_new(order, "organization", json_deep_copy(organization));
    json_array_append_new(call->dc->orders, order);
    double_add(call->dc->d, "orders", 1);
    return order;
}

/* The answer to an order and to a reissue. */
static void answer_placed(struct dc_call *call, json_t *order, json_t *request) {
    const char *pem = dc_text(order, "_pem");
    json_t *json =
        json_pack("{s:O, s:[{s:O, s:O}]}", "id", json_object_get(order, "id"), "requests", "id",
                  json_object_get(request, "id"), "status", json_object_get(request, "status"));
    if (*pem && strcmp(dc_text(order, "status"), "issued") == 0) {
        json_object_set(json, "certificate_id",
                        json_object_get(json_object_get(order, "certificate"), "id"));
        json_object_set_new(json, "certificate_chain", dc_chain_of(call->dc, pem));
    }
    dc_answer(call, 201, json);
}

void dc_order_place(struct dc_call *call) {
    const char *product = call->parts[2];
    if (refuse(call, product))
        return;
    json_t *order = new_order(call, product);
    const char *status = first_status(call->dc, order);
    bool approval = strcmp(status, "needs_approval") == 0;
    bool waits = strcmp(status, "processing") != 0;
    json_object_set_new(order, "status", json_string(status));
    json_t *request = dc_request_new(call->dc, order, "new_request",
                                     approval ? "needs_approval"
                                     : waits  ? "pending"
                                              : "approved");
    bool rejects = dc_knob_on(call->dc, "reject") || dc_knob(call->dc, "decide", "reject");
    if (!waits && !rejects && dc_knob_on(call->dc, "auto_issue") &&
        !dc_knob_number(call->dc, "issue_after_polls"))
        issue(call->dc, order);
    answer_placed(call, order, request);
}

/* --- reissue --- */

void dc_order_reissue(struct dc_call *call) {
    const json_t *certificate = json_object_get(call->request->json, "certificate");
    json_t *order = dc_find(call, call->dc->orders, call->parts[2], "order");
    const char *csr = dc_text(certificate, "csr");
    if (!order)
        return;
    if (strcmp(dc_text(order, "status"), "issued") != 0) {
        dc_error(call, 400, "invalid_status", "Only an issued order can be reissued.");
        return;
    }
    if (!double_same_key(csr, strlen(csr), csr, strlen(csr)) ||
        !*dc_text(certificate, "common_name")) {
        dc_error(call, 400, "invalid_csr", "The CSR could not be decoded.");
        return;
    }
    if (!json_object_get(order, "_replaced"))
        json_object_set_new(order, "_replaced", json_array());
    json_array_append(json_object_get(order, "_replaced"), json_object_get(order, "_pem"));
    json_object_set_new(order, "_csr", json_string(csr));
    json_object_set_new(order, "_polls", json_integer(0));
    json_object_set_new(order, "status", json_string("reissue_pending"));
    json_t *request = dc_request_new(call->dc, order, "reissue", "approved");
    double_add(call->dc->d, "reissues", 1);
    if (dc_knob_on(call->dc, "auto_issue") && !dc_knob_number(call->dc, "issue_after_polls"))
        issue(call->dc, order);
    answer_placed(call, order, request);
}

void dc_order_reissues(struct dc_call *call) {
    json_t *order = dc_find(call, call->dc->orders, call->parts[2], "order");
    json_t *list = json_array();
    if (order && json_object_get(order, "_replaced"))
        json_array_append_new(list, json_pack("{s:i, s:s, s:s}", "id", 1, "status", "processing",
                                              "csr", dc_text(order, "_csr")));
    if (order)
        dc_answer(call, 200, json_pack("{s:o}", "certificates", list));
    else
        json_decref(list);
}
