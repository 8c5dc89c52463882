// SPDX-License-Identifier: Apache-2.0
// Domains: listing, adding, and proving control of one by mail, a DNS record or a file, with
// exactly what must be published.
#include <string.h>

#include "base/text.h"
#include "ca/digicert/digicert.h"

/* --- shown --- */

static kf_err record_of(const json_t *item, json_t **ret_record) {
    const json_t *list = json_object_get(item, "validations"), *smime = NULL;
    char id[KF_DC_ID_MAX] = "";
    kf_dc_id(item, "id", id);
    for (size_t i = 0; !smime && i < json_array_size(list) && i < KF_DC_LIST_MAX; i++)
        if (kf_str_equal(kf_dc_text(json_array_get(list, i), "type"), "smime"))
            smime = json_array_get(list, i);
    const char *until = kf_dc_text(smime, "validated_until");
    *ret_record = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", id, "name",
                            kf_dc_text(item, "name"), "status", kf_dc_text(item, "status"), "smime",
                            smime ? kf_dc_text(smime, "status") : "none", "method",
                            kf_dc_text(item, "dcv_method"), "validated_until",
                            *until ? until : kf_dc_text(item, "dcv_expiration"));
    return kf_json_ready(*ret_record);
}

static kf_err ask_one(kf_dc *dc, const char *id, json_t **ret_json) {
    KF_AUTO(kf_buf) path = {0};
    if (!kf_dc_is_id(id))
        return kf_fail(KF_E_USAGE, "\"%s\" is not the id of a domain", id);
    KF_TRY(kf_buf_printf(&path, "domain/%s?include_dcv=true&include_validation=true", id));
    return kf_dc_call(dc, "asking about the domain", "GET", kf_buf_str(&path), NULL, ret_json);
}

kf_err kf_dc_domains(kf_dc *dc, const char *id, json_t **ret_json) {
    KF_AUTO_PTR(json_t) list = NULL;
    if (id)
        return ask_one(dc, id, ret_json);
    KF_TRY(kf_dc_list(dc, "listing the domains", "domain", "include_validation=true", "domains",
                      &list));
    return kf_dc_each_record(list, record_of, ret_json);
}

/* --- what to publish --- */

kf_err kf_dc_domain_publish(kf_dc *dc, const char *id, const char *name, kf_buf *ret_text) {
    KF_AUTO_PTR(json_t) domain = NULL;
    KF_AUTO_PTR(json_t) wanted = NULL;
    KF_TRY(ask_one(dc, id, &domain));
    const char *known = kf_dc_text(domain, "name");
    KF_TRY(kf_dc_publish(*known ? known : name, kf_dc_text(domain, "dcv_method"), domain, &wanted));
    return kf_dc_publish_say(wanted, ret_text);
}

/* --- done --- */

static kf_err answer_publish(const kf_dc *dc, const char *name, const char *method,
                             const json_t *answer, json_t **ret_json) {
    KF_AUTO_PTR(json_t) wanted = NULL;
    KF_AUTO(kf_buf) text = {0};
    char id[KF_DC_ID_MAX] = "";
    kf_dc_id(answer, "id", id);
    KF_TRY(kf_dc_publish(name, method, answer, &wanted));
    KF_TRY(kf_buf_printf(&text, "domain %s (id %s): ", name, id));
    KF_TRY(kf_dc_publish_say(wanted, &text));
    if (strcmp(method, "email") != 0)
        KF_TRY(kf_buf_printf(&text, ", then `keyfob connection act %s domain-check domain=%s`",
                             dc->setup->connection, id));
    KF_TRY(kf_json_set(wanted, "text", json_string(kf_buf_str(&text))));
    KF_TRY(kf_json_set(wanted, "id", json_string(id)));
    KF_TRY(kf_json_set(wanted, "domain", json_string(name)));
    KF_TRY(kf_json_set(wanted, "method", json_string(method)));
    *ret_json = KF_MOVE(wanted);
    return KF_OK;
}

static const char *method_of(const json_t *fields) {
    const char *method = kf_dc_text(fields, "method");
    return *method ? method : "dns-txt-token";
}

static json_t *validation_body(const char *method) {
    return json_pack("{s:[{s:s}], s:s}", "validations", "type", "smime", "dcv_method", method);
}

kf_err kf_dc_domain_add(kf_dc *dc, const json_t *fields, json_t **ret_json) {
    char buf[24];
    int64_t organization = 0;
    const char *name = kf_dc_text(fields, "name");
    KF_AUTO_PTR(json_t) body = validation_body(method_of(fields));
    KF_AUTO_PTR(json_t) answer = NULL;
    KF_TRY(kf_parse_number(kf_dc_field(fields, "organization", buf), "the organization", 1,
                           INT64_MAX, &organization));
    KF_TRY(kf_json_set(body, "name", json_string(name)));
    KF_TRY(kf_json_set(body, "organization", json_pack("{s:I}", "id", (json_int_t)organization)));
    KF_TRY(kf_dc_call(dc, "adding the domain", "POST", "domain", body, &answer));
    return answer_publish(dc, name, method_of(fields), answer, ret_json);
}

kf_err kf_dc_domain_validate(kf_dc *dc, const json_t *fields, json_t **ret_json) {
    char buf[24];
    const char *id = kf_dc_field(fields, "domain", buf);
    KF_AUTO(kf_buf) path = {0};
    KF_AUTO_PTR(json_t) body = validation_body(method_of(fields));
    KF_AUTO_PTR(json_t) domain = NULL;
    KF_AUTO_PTR(json_t) answer = NULL;
    KF_TRY(kf_json_ready(body));
    KF_TRY(ask_one(dc, id, &domain));
    KF_TRY(kf_buf_printf(&path, "domain/%s/validation", id));
    KF_TRY(kf_dc_call(dc, "asking for the validation", "POST", kf_buf_str(&path), body, &answer));
    return answer_publish(dc, kf_dc_text(domain, "name"), method_of(fields), answer, ret_json);
}

static kf_err answer_checked(const char *id, const char *said, bool valid, json_t **ret_json) {
    KF_AUTO_FREE char *text =
        kf_str("domain %s is %s%s%s", id, valid ? "validated" : "not validated yet",
               *said ? ": " : "", said);
    *ret_json = json_pack("{s:s, s:s, s:b}", "text", text ? text : "", "id", id, "valid", valid);
    return kf_json_ready(*ret_json);
}

/* Not found yet is an answer to "is it there now?", no error. */
kf_err kf_dc_domain_check(kf_dc *dc, const json_t *fields, json_t **ret_json) {
    char buf[24];
    const char *id = kf_dc_field(fields, "domain", buf);
    KF_AUTO(kf_buf) path = {0};
    KF_AUTO(kf_dc_reply) reply = {0};
    if (!kf_dc_is_id(id))
        return kf_fail(KF_E_USAGE, "\"%s\" is not the id of a domain", id);
    KF_TRY(kf_buf_printf(&path, "domain/%s/dcv/validate-token", id));
    KF_TRY(kf_dc_exchange(dc, "PUT", kf_buf_str(&path), NULL, &reply));
    if (reply.http.status == 400)
        return answer_checked(id, reply.error.text, false, ret_json);
    if (!kf_dc_ok(&reply))
        return kf_dc_refusal(dc, "checking the domain", &reply);
    const char *status = kf_dc_text(reply.json, "status");
    bool valid = !*status || strcmp(status, "active") == 0 || strcmp(status, "valid") == 0;
    return answer_checked(id, valid ? "" : status, valid, ret_json);
}
