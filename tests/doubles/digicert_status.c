// SPDX-License-Identifier: Apache-2.0
// What the CertCentral double tells about its orders, and cancelling them.
#include "digicert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *requests_of(const struct dc *dc, const json_t *order) {
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(dc->requests); i++) {
        json_t *request = json_array_get(dc->requests, i);
        if (json_equal(json_object_get(request, "_order"), json_object_get(order, "id")))
            json_array_append(list, request);
    }
    return list;
}

/* "issued" that is not told yet. */
static bool is_stale(json_t *order) {
    long left = (long)json_integer_value(json_object_get(order, "_stale"));
    if (strcmp(dc_text(order, "status"), "issued") != 0 || left <= 0)
        return false;
    json_object_set_new(order, "_stale", json_integer(left - 1));
    return true;
}

static json_t *info(struct dc *dc, json_t *order) {
    json_t *json = json_deep_copy(order);
    json_t *certificate = json_object_get(json, "certificate");
    json_object_set_new(json, "requests", requests_of(dc, order));
    if (dc_knob(dc, "id_in_info", "no"))
        json_object_del(json, "alternative_order_id");
    if (dc_knob(dc, "csr_in_info", "no"))
        json_object_del(certificate, "csr");
    else if (*dc_text(order, "_csr"))
        json_object_set_new(certificate, "csr", json_string(dc_text(order, "_csr")));
    if (dc_knob_on(dc, "status"))
        json_object_set_new(json, "status", json_string(double_knob(dc->d, "status")));
    else if (is_stale(order))
        json_object_set_new(json, "status", json_string("processing"));
    return json;
}

void dc_order_info(struct dc_call *call) {
    json_t *order = dc_find(call, call->dc->orders, call->parts[2], "order");
    if (!order)
        return;
    double_add(call->dc->d, "polls", 1);
    dc_order_advance(call->dc, order);
    dc_answer(call, 200, info(call->dc, order));
}

/* ">2026-11-20" taken by its word: not an order of that day. */
static bool is_filtered(const struct dc_call *call, const json_t *order) {
    const char *filter = double_query(call->request, "filters[date_created]");
    return filter && *filter == '>' && strncmp(dc_text(order, "date_created"), filter + 1, 10) <= 0;
}

/* Newest first; an item tells less than info. */
void dc_order_list(struct dc_call *call) {
    json_t *list = json_array();
    for (size_t i = json_array_size(call->dc->orders); i-- > 0;) {
        json_t *order = json_array_get(call->dc->orders, i);
        if (is_filtered(call, order))
            continue;
        json_t *certificate = json_object_get(order, "certificate");
        json_array_append_new(list, json_pack("{s:O, s:O, s:O, s:O, s:{s:s, s:O*}}", "id",
                                              json_object_get(order, "id"), "status",
                                              json_object_get(order, "status"), "date_created",
                                              json_object_get(order, "date_created"), "product",
                                              json_object_get(order, "product"), "certificate",
                                              "common_name", dc_text(certificate, "common_name"),
                                              "emails", json_object_get(certificate, "emails")));
    }
    dc_answer_page(call, "orders", list);
    json_decref(list);
}

/* --- by the client's own number --- */

static bool is_late(struct dc *dc) {
    const char *knob = double_knob(dc->d, "alternate_lookup");
    char left[32];
    long n = strncmp(knob, "late:", 5) == 0 ? strtol(knob + 5, NULL, 10) : 0;
    if (n <= 0)
        return false;
    snprintf(left, sizeof left, "late:%ld", n - 1);
    double_set(dc->d, "alternate_lookup", left);
    return true;
}

void dc_order_alternate(struct dc_call *call) {
    struct dc *dc = call->dc;
    json_t *found = json_array();
    double_add(dc->d, "lookups", 1);
    bool late = is_late(dc);
    for (size_t i = 0; !late && i < json_array_size(dc->orders); i++) {
        json_t *order = json_array_get(dc->orders, i);
        if (strcmp(dc_text(order, "alternative_order_id"), call->parts[2]) == 0)
            json_array_append_new(found, info(dc, order));
    }
    if (json_array_size(found) && dc_knob(dc, "alternate_lookup", "twice")) {
        json_t *second = json_deep_copy(json_array_get(found, 0));
        json_object_set_new(second, "id", json_integer(dc->next_order++));
        json_array_append_new(found, second);
    }
    if (dc_knob(dc, "alternate_lookup", "off"))
        dc_error(call, 404, "not_found|route", "The specified route was not found.");
    else if (!json_array_size(found))
        dc_error(call, 404, "not_found|order", "The order was not found.");
    else if (json_array_size(found) == 1)
        dc_answer(call, 200, json_incref(json_array_get(found, 0)));
    else
        dc_answer(call, 200, json_pack("{s:O}", "orders", found));
    json_decref(found);
}

void dc_order_changes(struct dc_call *call) {
    json_t *list = json_array();
    const char *range = double_query(call->request, "filters[status_last_updated]");
    double_add(call->dc->d, "changes", 1);
    bool by_day = strlen(range) == 23 && strstr(range, "...");
    bool by_minute = *double_query(call->request, "minutes") != '\0';
    if ((!by_day && !by_minute) || dc_knob(call->dc, "changes", "off") ||
        (by_day && dc_knob(call->dc, "changes", "minutes"))) {
        json_decref(list);
        dc_error(call, 400, "invalid_filter", "The date range is not valid.");
        return;
    }
    for (size_t i = 0; i < json_array_size(call->dc->orders); i++) {
        json_t *order = json_array_get(call->dc->orders, i);
        dc_order_advance(call->dc, order);
        if (json_object_get(order, "_changed"))
            json_array_append_new(list,
                                  json_pack("{s:O, s:O}", "order_id", json_object_get(order, "id"),
                                            "status", json_object_get(order, "status")));
    }
    dc_answer(call, 200, json_pack("{s:o}", "orders", list));
}

/* --- why it waits --- */

void dc_order_validation(struct dc_call *call) {
    struct dc *dc = call->dc;
    json_t *order = dc_find(call, dc->orders, call->parts[2], "order");
    if (!order)
        return;
    bool organization = dc_knob(dc, "organization", "pending");
    bool domain = dc_knob(dc, "domain", "pending");
    const json_t *first = json_array_get(dc->domains, 0);
    dc_answer(call, 200,
              json_pack("{s:s, s:[{s:s, s:s, s:s}], s:[{s:O, s:s, s:s, s:s, s:[s]}]}",
                        "order_status", dc_text(order, "status"), "organization_validations",
                        "type", "smime", "name", "S/MIME Organization Validation", "status",
                        organization ? "pending" : "active", "dns_name_validations", "domain_id",
                        json_object_get(first, "id"), "name_scope", dc_text(first, "name"),
                        "status", domain ? "pending" : "active", "method", "dns-txt-token",
                        "dns_names", dc_text(first, "name")));
}

void dc_order_emails(struct dc_call *call) {
    json_t *order = dc_find(call, call->dc->orders, call->parts[2], "order");
    json_t *list = json_array();
    const json_t *emails = json_object_get(json_object_get(order, "certificate"), "emails");
    const char *status = dc_knob(call->dc, "emails_validated", "no") ? "unvalidated" : "validated";
    for (size_t i = 0; i < json_array_size(emails); i++)
        json_array_append_new(
            list, json_pack("{s:O, s:s}", "email", json_array_get(emails, i), "status", status));
    if (order)
        dc_answer(
            call, 200,
            json_pack("{s:[s, s], s:o}", "delivery_options", "api", "browser", "emails", list));
    else
        json_decref(list);
}

void dc_order_resend(struct dc_call *call) {
    if (!dc_find(call, call->dc->orders, call->parts[2], "order"))
        return;
    double_add(call->dc->d, "resent", 1);
    dc_no_content(call);
}

void dc_order_check_dcv(struct dc_call *call) {
    json_t *order = dc_find(call, call->dc->orders, call->parts[2], "order");
    if (!order)
        return;
    bool pending = dc_knob(call->dc, "domain", "pending");
    dc_answer(call, 200,
              json_pack("{s:s, s:s}", "order_status", dc_text(order, "status"), "dcv_status",
                        pending ? "invalid" : "valid"));
}

void dc_order_cancel(struct dc_call *call) {
    json_t *order = dc_find(call, call->dc->orders, call->parts[2], "order");
    const char *status = dc_text(order, "status");
    if (!order)
        return;
    bool can = strcmp(status, "pending") == 0 || strcmp(status, "waiting_pickup") == 0 ||
               strcmp(status, "reissue_pending") == 0;
    if (!can || strcmp(dc_text(call->request->json, "status"), "canceled") != 0) {
        dc_error(call, 400, "invalid_status", "The order cannot be canceled in its status.");
        return;
    }
    json_object_set_new(order, "status", json_string("canceled"));
    json_object_set_new(order, "_changed", json_true());
    double_add(call->dc->d, "canceled", 1);
    dc_no_content(call);
}
