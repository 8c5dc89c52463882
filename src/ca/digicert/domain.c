// SPDX-License-Identifier: Apache-2.0
// Domains: listing, adding, and proving control of one by mail, a DNS record or a file, with
// exactly what must be published.
#include <string.h>

#include "base/text.h"
#include "ca/digicert/digicert.h"

#define CNAME_TARGET "dcv.digicert.com"

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
    KF_AUTO_PTR(json_t) records = json_array();
    if (id)
        return ask_one(dc, id, ret_json);
    KF_TRY(kf_dc_list(dc, "listing the domains", "domain", "include_validation=true", "domains",
                      &list));
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *record = NULL;
        KF_TRY(record_of(json_array_get(list, i), &record));
        KF_TRY(kf_json_append(records, record));
    }
    KF_TRY(kf_json_ready(records));
    *ret_json = KF_MOVE(records);
    return KF_OK;
}

/* --- what to publish --- */

static kf_err publish_record(const char *type, const char *name, const char *value,
                             const char *token, json_t **ret_publish) {
    *ret_publish = json_pack("{s:s, s:s, s:s, s:s}", "record_type", type, "record_name", name,
                             "record_value", value, "token", token);
    return kf_json_ready(*ret_publish);
}

static kf_err publish_cname(const char *domain, const char *token, const char *target,
                            json_t **ret_publish) {
    KF_AUTO_FREE char *name = kf_str("%s.%s", token, domain);
    if (!name)
        return kf_fail(KF_E_MEMORY, "out of memory");
    return publish_record("CNAME", name, *target ? target : CNAME_TARGET, token, ret_publish);
}

static kf_err publish_file(const char *domain, const char *token, const char *url,
                           json_t **ret_publish) {
    KF_AUTO_FREE char *standing =
        kf_str("http://%s/.well-known/pki-validation/fileauth.txt", domain);
    if (!standing)
        return kf_fail(KF_E_MEMORY, "out of memory");
    *ret_publish = json_pack("{s:s, s:s, s:s}", "url", *url ? url : standing, "content", token,
                             "token", token);
    return kf_json_ready(*ret_publish);
}

static kf_err add_addresses(const json_t *list, json_t *addresses) {
    for (size_t i = 0; i < json_array_size(list) && i < KF_DC_LIST_MAX; i++)
        if (json_is_string(json_array_get(list, i)))
            KF_TRY(kf_json_append(addresses, json_incref(json_array_get(list, i))));
    return KF_OK;
}

static kf_err publish_mail(const json_t *answer, json_t **ret_publish) {
    const json_t *emails = json_object_get(answer, "validation_emails");
    KF_AUTO_PTR(json_t) addresses = json_array();
    const json_t *several = json_is_array(emails) ? emails : NULL;
    KF_TRY(add_addresses(json_object_get(emails, "base_emails"), addresses));
    KF_TRY(add_addresses(json_object_get(emails, "whois_emails"), addresses));
    for (size_t i = 0; i < json_array_size(several) && i < KF_DC_LIST_MAX; i++) {
        KF_TRY(
            add_addresses(json_object_get(json_array_get(several, i), "base_emails"), addresses));
        KF_TRY(
            add_addresses(json_object_get(json_array_get(several, i), "whois_emails"), addresses));
    }
    *ret_publish = json_pack("{s:O}", "emails", addresses);
    return kf_json_ready(*ret_publish);
}

/* What the method wants of us, as members for a page and a person. */
static kf_err publish(const char *domain, const char *method, const json_t *answer,
                      json_t **ret_publish) {
    const json_t *dcv = json_object_get(answer, "dcv_token");
    const char *token = kf_dc_text(dcv, "token");
    if (strcmp(method, "email") == 0)
        return publish_mail(answer, ret_publish);
    if (!*token)
        return kf_fail(KF_E_CA_ANSWER, "CertCentral gave no token for the domain \"%s\"", domain);
    if (strcmp(method, "http-token") == 0)
        return publish_file(domain, token, kf_dc_text(dcv, "http_token_url"), ret_publish);
    if (strcmp(method, "dns-cname-token") == 0)
        return publish_cname(domain, token, kf_dc_text(dcv, "verification_value"), ret_publish);
    return publish_record("TXT", domain, token, token, ret_publish);
}

static kf_err say_mail(const json_t *emails, kf_buf *text) {
    KF_TRY(kf_buf_add_str(text, "click the link in DigiCert's e-mail to "));
    if (!json_array_size(emails))
        return kf_buf_add_str(text, "the domain's owner");
    for (size_t i = 0; i < json_array_size(emails); i++)
        KF_TRY(kf_buf_printf(text, "%s%s", i ? " or " : "",
                             json_string_value(json_array_get(emails, i))));
    return KF_OK;
}

static kf_err say(const json_t *publish, kf_buf *text) {
    const char *type = kf_dc_text(publish, "record_type");
    if (json_object_get(publish, "emails"))
        return say_mail(json_object_get(publish, "emails"), text);
    if (*type)
        return kf_buf_printf(text, "publish the %s record \"%s\" with the value \"%s\"", type,
                             kf_dc_text(publish, "record_name"),
                             kf_dc_text(publish, "record_value"));
    return kf_buf_printf(text, "publish a file at %s with the content \"%s\"",
                         kf_dc_text(publish, "url"), kf_dc_text(publish, "content"));
}

kf_err kf_dc_domain_publish(kf_dc *dc, const char *id, const char *name, kf_buf *ret_text) {
    KF_AUTO_PTR(json_t) domain = NULL;
    KF_AUTO_PTR(json_t) wanted = NULL;
    KF_TRY(ask_one(dc, id, &domain));
    const char *known = kf_dc_text(domain, "name");
    KF_TRY(publish(*known ? known : name, kf_dc_text(domain, "dcv_method"), domain, &wanted));
    return say(wanted, ret_text);
}

/* --- done --- */

static kf_err answer_publish(const char *name, const char *method, const json_t *answer,
                             json_t **ret_json) {
    KF_AUTO_PTR(json_t) wanted = NULL;
    KF_AUTO(kf_buf) text = {0};
    char id[KF_DC_ID_MAX] = "";
    kf_dc_id(answer, "id", id);
    KF_TRY(publish(name, method, answer, &wanted));
    KF_TRY(kf_buf_printf(&text, "domain %s (id %s): ", name, id));
    KF_TRY(say(wanted, &text));
    if (strcmp(method, "email") != 0)
        KF_TRY(kf_buf_add_str(&text, "; then \"domain-check\""));
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
    return answer_publish(name, method_of(fields), answer, ret_json);
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
    return answer_publish(kf_dc_text(domain, "name"), method_of(fields), answer, ret_json);
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
