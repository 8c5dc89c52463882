// SPDX-License-Identifier: Apache-2.0
// Connections that reach their CA, opened with the signer, so that a key on a token can be the TLS
// client's.
#include "enroll/service.h"

#include <string.h>

#include "base/text.h"
#include "ca/standing.h"
#include "x509/json.h"

#define FIELDS_MAX ((size_t)1024 * 1024)

void kf_service_clear(kf_service *service) {
    if (!service)
        return;
    kf_ca_close(service->ca);
    kf_signer_free(service->signer);
    *service = (kf_service){0};
}

kf_err kf_service_open(kf_context *context, const char *name, kf_service *ret_service) {
    KF_AUTO(kf_service) service = {0};
    KF_TRY(kf_signer_new(context, &service.signer));
    KF_TRY(kf_ca_open(context, name, kf_signer_door(service.signer), &service.ca));
    kf_service_clear(ret_service);
    *ret_service = service;
    service = (kf_service){0};
    return KF_OK;
}

kf_err kf_connection_test(kf_context *context, const char *name, char **ret_text) {
    KF_AUTO(kf_service) service = {0};
    KF_AUTO_FREE char *text = NULL;
    KF_TRY(kf_service_open(context, name, &service));
    KF_TRY(kf_standing_keep(service.ca, kf_ca_test(service.ca, &text), NULL));
    *ret_text = KF_MOVE(text);
    return KF_OK;
}

kf_err kf_connection_roots(kf_context *context, const char *name, kf_certs *ret_offered,
                           kf_certs *ret_accepted) {
    KF_AUTO(kf_service) service = {0};
    KF_AUTO(kf_certs) offered = {0};
    KF_TRY(kf_service_open(context, name, &service));
    KF_TRY(kf_ca_roots(service.ca, &offered));
    KF_TRY(kf_ca_anchors(service.ca, ret_accepted));
    kf_certs_clear(ret_offered);
    *ret_offered = offered;
    offered = (kf_certs){0};
    return KF_OK;
}

kf_err kf_connection_templates(kf_context *context, const char *name, json_t **ret_json) {
    KF_AUTO(kf_service) service = {0};
    KF_TRY(kf_service_open(context, name, &service));
    return kf_ca_templates(service.ca, ret_json);
}

kf_err kf_connection_form(kf_context *context, const char *name, enum kf_ca_form which,
                          const char *template, json_t **ret_form) {
    KF_AUTO(kf_service) service = {0};
    KF_TRY(kf_service_open(context, name, &service));
    return kf_ca_form(service.ca, which, template, ret_form);
}

kf_err kf_connection_records(kf_context *context, const char *name, const char *kind,
                             const char *id, json_t **ret_json) {
    KF_AUTO(kf_service) service = {0};
    KF_TRY(kf_service_open(context, name, &service));
    return kf_ca_records(service.ca, kind, id, ret_json);
}

kf_err kf_fields_read(const char *text, json_t **ret_fields) {
    KF_AUTO_PTR(json_t) fields = NULL;
    json_error_t error;
    if (!text || !*text)
        text = "{}";
    if (strlen(text) > FIELDS_MAX)
        return kf_fail(KF_E_TOO_LARGE, "the fields have more than %zu bytes", FIELDS_MAX);
    fields = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!fields)
        return kf_fail(KF_E_USAGE, "the fields are no JSON: %s", kf_json_problem(&error));
    if (!json_is_object(fields))
        return kf_fail(KF_E_USAGE, "the fields are not a JSON object");
    *ret_fields = KF_MOVE(fields);
    return KF_OK;
}

kf_err kf_connection_act(kf_context *context, const char *name, const char *action,
                         const char *fields, json_t **ret_json) {
    KF_AUTO(kf_service) service = {0};
    KF_AUTO_PTR(json_t) values = NULL;
    KF_TRY(kf_fields_read(fields, &values));
    KF_TRY(kf_service_open(context, name, &service));
    return kf_ca_act(service.ca, action, values, ret_json);
}

/* --- what the CA would say --- */

/* What a connector refuses before a key is made is the answer here, not a failure. */
static bool is_refusal(kf_err err) {
    return err == KF_E_USAGE || err == KF_E_POLICY || err == KF_E_INPUT || err == KF_E_TOO_LARGE;
}

static kf_err ask_prepare(kf_ca *ca, const struct kf_ca_plan *given, json_t *items) {
    KF_AUTO(kf_prepared) prepared = {0};
    struct kf_ca_plan plan = *given;
    plan.profile = plan.profile ? plan.profile : "";
    plan.key = plan.key ? plan.key : "";
    plan.subject = plan.subject ? plan.subject : "";
    plan.fields = plan.fields && *plan.fields ? plan.fields : "{}";
    kf_err err = kf_ca_prepare(ca, &plan, &prepared);
    if (is_refusal(err))
        return kf_json_append(
            items, json_pack("{s:s, s:s}", "level", "error", "text", kf_error_sentence(err)));
    KF_TRY(err);
    if (prepared.notes && json_array_extend(items, prepared.notes) != 0)
        return kf_fail(KF_E_MEMORY, "out of memory");
    return KF_OK;
}

kf_err kf_connection_explain(kf_context *context, const char *name, const struct kf_ca_plan *plan,
                             json_t **ret_json) {
    KF_AUTO(kf_service) service = {0};
    KF_AUTO_PTR(json_t) items = json_array();
    KF_AUTO_PTR(json_t) json = NULL;
    KF_TRY(kf_json_ready(items));
    KF_TRY(kf_service_open(context, name, &service));
    KF_TRY(ask_prepare(service.ca, plan, items));
    json = json_pack("{s:s, s:O}", "schema", "keyfob.lint/1", "items", items);
    KF_TRY(kf_json_ready(json));
    *ret_json = KF_MOVE(json);
    return KF_OK;
}
