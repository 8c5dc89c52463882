// SPDX-License-Identifier: Apache-2.0
// A double of DigiCert CertCentral, Services API v2: its routes, its key, its limits, and how it
// answers. With or without the prefix /services/v2. Its own knobs:
//   key                the API key it takes; "" = any
//   restricted         what the key may do: "" all, "orders" no organizations and domains, "view"
//   rate_limit         after so many requests all are 429; "0" = off
//   errors_as_object   `errors` is one object instead of a list
//   ids_as_strings     ids are texts
//   auto_issue         an order that needs nothing else is issued in the answer to it
//   issue_after_polls  so many questions later otherwise ("0")
//   needs_approval     orders wait for PUT /request/{id}/status
//   skip_approval      may the key's user skip approvals?
//   emails_validated   "no": the recipients have not clicked
//   organization, domain   "pending": orders wait for that validation
//   reject             orders are rejected at the first question
//   status             the status that order info shows, whatever it is
//   stale_status       so many questions about an issued order still say "processing"
//   alternate_lookup   "on"; "off" no such route; "late:N" the first N questions find nothing;
//                      "twice" finds two orders
//   csr_in_info        "no": order info does not tell the CSR
//   id_in_info         "no": nor the client's own number
//   download           "" all; "no-noroot" only with root, "chain-only", "none", "garbage"
//   crlf               line ends of PEMs
//   changes            which orders changed: "days", asked by "minutes" only, "off"
//   already_revoked    what is revoked twice is refused
//   usages             "" the common knobs decide; "product": as the product has them
#include "digicert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const knobs[] = {
    // clang-format off
    "key", "",
    "restricted", "",
    "rate_limit", "0",
    "errors_as_object", "",
    "ids_as_strings", "",
    "auto_issue", "yes",
    "issue_after_polls", "0",
    "needs_approval", "",
    "skip_approval", "yes",
    "emails_validated", "yes",
    "organization", "",
    "domain", "",
    "reject", "",
    "status", "",
    "stale_status", "0",
    "alternate_lookup", "on",
    "csr_in_info", "yes",
    "id_in_info", "yes",
    "download", "",
    "crlf", "yes",
    "already_revoked", "",
    "usages", "",
    "changes", "days",
    // clang-format on
    NULL,
};

/* --- knobs and answers --- */

bool dc_knob(const struct dc *dc, const char *name, const char *value) {
    return strcmp(double_knob(dc->d, name), value) == 0;
}

long dc_knob_number(const struct dc *dc, const char *name) {
    return strtol(double_knob(dc->d, name), NULL, 10);
}

bool dc_knob_on(const struct dc *dc, const char *name) {
    return !dc_knob(dc, name, "") && !dc_knob(dc, name, "0") && !dc_knob(dc, name, "no");
}

const char *dc_text(const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static bool is_id(const char *name) {
    size_t len = strlen(name);
    return strcmp(name, "id") == 0 || (len > 3 && strcmp(name + len - 3, "_id") == 0);
}

/* A deep copy without private members. */
static json_t *shown(const struct dc *dc, const json_t *json) {
    json_t *copy = json_is_object(json) ? json_object() : json_array();
    const char *name;
    json_t *value;
    if (json_is_object(json)) {
        json_object_foreach((json_t *)json, name, value) {
            char digits[32];
            snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
            if (name[0] == '_')
                continue;
            bool as_text =
                dc_knob_on(dc, "ids_as_strings") && is_id(name) && json_is_integer(value);
            json_object_set_new(copy, name, as_text ? json_string(digits) : shown(dc, value));
        }
        return copy;
    }
    for (size_t i = 0; json_is_array(json) && i < json_array_size(json); i++)
        json_array_append_new(copy, shown(dc, json_array_get(json, i)));
    if (json_is_array(json))
        return copy;
    json_decref(copy);
    return json_deep_copy(json);
}

void dc_answer(struct dc_call *call, int status, json_t *json) {
    double_reply_json(call->reply, status, shown(call->dc, json));
    json_decref(json);
}

void dc_no_content(struct dc_call *call) {
    double_reply_data(call->reply, 204, "application/json", "", 0);
}

void dc_error(struct dc_call *call, int status, const char *code, const char *message) {
    json_t *error = json_pack("{s:s, s:s}", "code", code, "message", message);
    bool object = dc_knob_on(call->dc, "errors_as_object");
    double_reply_json(call->reply, status,
                      json_pack(object ? "{s:o}" : "{s:[o]}", "errors", error));
}

void dc_answer_page(struct dc_call *call, const char *name, json_t *list) {
    long limit = strtol(double_query(call->request, "limit"), NULL, 10);
    long offset = strtol(double_query(call->request, "offset"), NULL, 10);
    long total = (long)json_array_size(list);
    json_t *page = json_array();
    limit = limit > 0 && limit < 1000 ? limit : 1000;
    for (long i = offset; i < total && i < offset + limit; i++)
        json_array_append(page, json_array_get(list, (size_t)i));
    dc_answer(call, 200,
              json_pack("{s:o, s:{s:i, s:i, s:i}}", name, page, "page", "total", (int)total,
                        "limit", (int)limit, "offset", (int)offset));
}

json_t *dc_find(struct dc_call *call, json_t *list, const char *id, const char *what) {
    char code[64];
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *item = json_array_get(list, i);
        char digits[32];
        snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT,
                 json_integer_value(json_object_get(item, "id")));
        if (strcmp(digits, id) == 0)
            return item;
    }
    snprintf(code, sizeof code, "not_found|%s", what);
    dc_error(call, 404, code, "The requested resource was not found.");
    return NULL;
}

/* --- routes --- */

/* "*" is any one part. */
static const struct {
    const char *method, *path;
    void (*handle)(struct dc_call *call);
} routes[] = {
    {"GET", "user/me", dc_user_me},
    {"GET", "product", dc_products},
    {"GET", "product/*", dc_product},
    {"GET", "order/certificate", dc_order_list},
    {"GET", "order/certificate/status-changes", dc_order_changes},
    {"GET", "order/alternate/*", dc_order_alternate},
    {"POST", "order/certificate/*/reissue", dc_order_reissue},
    {"GET", "order/certificate/*/reissue", dc_order_reissues},
    {"POST", "order/certificate/*", dc_order_place},
    {"GET", "order/certificate/*", dc_order_info},
    {"GET", "order/certificate/*/validation", dc_order_validation},
    {"GET", "order/certificate/*/email-validation", dc_order_emails},
    {"PUT", "order/certificate/*/email-validation/resend-emails", dc_order_resend},
    {"PUT", "order/certificate/*/check-dcv", dc_order_check_dcv},
    {"PUT", "order/certificate/*/status", dc_order_cancel},
    {"GET", "certificate/*/download/format/*", dc_certificate_download},
    {"GET", "certificate/download/order/*/format/*", dc_order_download},
    {"GET", "certificate/*/chain", dc_certificate_chain},
    {"PUT", "certificate/*/revoke", dc_certificate_revoke},
    {"GET", "request", dc_requests},
    {"GET", "request/*", dc_request},
    {"PUT", "request/*/status", dc_request_decide},
    {"GET", "organization", dc_organizations},
    {"POST", "organization", dc_organization_add},
    {"GET", "organization/*", dc_organization},
    {"POST", "organization/*/validation", dc_organization_validate},
    {"GET", "domain", dc_domains},
    {"POST", "domain", dc_domain_add},
    {"GET", "domain/*", dc_domain},
    {"POST", "domain/*/validation", dc_domain_validate},
    {"PUT", "domain/*/dcv/method", dc_domain_method},
    {"POST", "domain/*/dcv/token", dc_domain_token},
    {"PUT", "domain/*/dcv/validate-token", dc_domain_check},
};

static void split(struct dc_call *call, const char *path) {
    static const char prefix[] = "/services/v2";
    if (strncmp(path, prefix, sizeof prefix - 1) == 0)
        path += sizeof prefix - 1;
    while (*path && call->count < DC_PARTS_MAX) {
        path += strspn(path, "/");
        size_t len = strcspn(path, "/");
        if (len)
            snprintf(call->parts[call->count++], DC_TEXT_MAX, "%.*s", (int)len, path);
        path += len;
    }
}

static bool fits(const struct dc_call *call, const char *pattern) {
    for (size_t i = 0; i < call->count; i++) {
        size_t len = strcspn(pattern, "/");
        bool any = len == 1 && *pattern == '*';
        if (!len ||
            (!any && (strlen(call->parts[i]) != len || strncmp(call->parts[i], pattern, len) != 0)))
            return false;
        pattern += len + (pattern[len] == '/');
    }
    return !*pattern;
}

static void route(struct dc_call *call) {
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (strcmp(routes[i].method, call->request->method) != 0 || !fits(call, routes[i].path))
            continue;
        routes[i].handle(call);
        return;
    }
    dc_error(call, 404, "not_found|route", "The specified route was not found.");
}

/* --- the key, the limits --- */

static bool is_forbidden(const struct dc_call *call) {
    bool reads = strcmp(call->request->method, "GET") == 0;
    bool orders = call->count && strcmp(call->parts[0], "organization") != 0 &&
                  strcmp(call->parts[0], "domain") != 0;
    return (dc_knob(call->dc, "restricted", "view") && !reads) ||
           (dc_knob(call->dc, "restricted", "orders") && !orders);
}

static bool is_refused(struct dc_call *call) {
    const char *key = double_header(call->request, "X-DC-DEVKEY");
    const char *wanted = double_knob(call->dc->d, "key");
    long limit = dc_knob_number(call->dc, "rate_limit");
    if (!*key || (*wanted && strcmp(key, wanted) != 0))
        dc_error(call, 401, "access_denied|invalid_api_key", "Invalid API key.");
    else if (limit && ++call->dc->taken > limit)
        dc_error(call, 429, "request_limit_exceeded",
                 "Service unavailable, please limit request volume");
    else if (strcmp(double_header(call->request, "Content-Type"), "application/json") != 0)
        dc_error(call, 415, "unsupported_media_type", "Content-Type must be application/json.");
    else if (is_forbidden(call))
        dc_error(call, 403, "access_denied|missing_permission",
                 "You do not have permission to perform this action.");
    else if (call->request->body_len && !call->request->json)
        dc_error(call, 400, "bad_request_format", "The request could not be parsed.");
    else
        return false;
    return true;
}

static void handle(kf_double *d, void *state, const struct double_request *request,
                   struct double_reply *reply) {
    struct dc_call call = {.dc = state, .request = request, .reply = reply};
    (void)d;
    split(&call, request->path);
    if (!is_refused(&call))
        route(&call);
}

/* --- start and stop --- */

static void *start(kf_double *d) {
    struct dc *dc = calloc(1, sizeof *dc);
    *dc = (struct dc){.d = d,
                      .orders = json_array(),
                      .requests = json_array(),
                      .organizations = json_array(),
                      .domains = json_array(),
                      .next_order = 542772,
                      .next_request = 922432,
                      .next_certificate = 318113,
                      .next_other = 123456};
    dc_validation_start(dc);
    return dc;
}

static void stop(void *state) {
    struct dc *dc = state;
    json_decref(dc->orders);
    json_decref(dc->requests);
    json_decref(dc->organizations);
    json_decref(dc->domains);
    free(dc);
}

const struct double_service double_digicert = {
    .name = "digicert", .knobs = knobs, .start = start, .stop = stop, .handle = handle};
