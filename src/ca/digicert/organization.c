// SPDX-License-Identifier: Apache-2.0
// Organizations: their S/MIME validation, adding one, and having one validated (for 825 days).
#include <string.h>

#include "base/text.h"
#include "ca/digicert/digicert.h"

/* --- shown --- */

static const json_t *smime_of(const json_t *item) {
    const json_t *list = json_object_get(item, "validations");
    for (size_t i = 0; i < json_array_size(list) && i < KF_DC_LIST_MAX; i++)
        if (kf_str_equal(kf_dc_text(json_array_get(list, i), "type"), "smime"))
            return json_array_get(list, i);
    return NULL;
}

/* A record: what the columns show, and the day until which it lasts. */
static kf_err set_smime(const json_t *from, json_t *record) {
    const json_t *smime = smime_of(from);
    const char *status = kf_dc_text(smime, "status");
    KF_TRY(kf_json_set(record, "smime", json_string(*status ? status : "none")));
    return kf_json_set(record, "smime_until",
                       json_stringn(kf_dc_text(smime, "validated_until"),
                                    strnlen(kf_dc_text(smime, "validated_until"), 10)));
}

static kf_err record_of(const json_t *item, json_t **ret_record) {
    char id[KF_DC_ID_MAX] = "";
    kf_dc_id(item, "id", id);
    KF_AUTO_PTR(json_t)
    record = json_pack("{s:s, s:s, s:s, s:s}", "id", id, "name", kf_dc_text(item, "name"), "status",
                       kf_dc_text(item, "status"), "country", kf_dc_text(item, "country"));
    KF_TRY(kf_json_ready(record));
    KF_TRY(set_smime(item, record));
    *ret_record = KF_MOVE(record);
    return KF_OK;
}

static kf_err one(kf_dc *dc, const char *id, json_t **ret_json) {
    KF_AUTO(kf_buf) path = {0};
    KF_AUTO_PTR(json_t) json = NULL;
    KF_TRY(kf_buf_printf(&path, "organization/%s?include_validation=true", id));
    KF_TRY(kf_dc_call(dc, "asking about the organization", "GET", kf_buf_str(&path), NULL, &json));
    KF_TRY(set_smime(json, json));
    *ret_json = KF_MOVE(json);
    return KF_OK;
}

kf_err kf_dc_organizations(kf_dc *dc, const char *id, json_t **ret_json) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_AUTO(kf_buf) query = {0};
    if (id)
        return one(dc, id, ret_json);
    KF_TRY(kf_buf_add_str(&query, "include_validation=true"));
    if (dc->container)
        KF_TRY(kf_buf_printf(&query, "&container_id=%s", dc->container));
    KF_TRY(kf_dc_list(dc, "listing the organizations", "organization", kf_buf_str(&query),
                      "organizations", &list));
    return kf_dc_each_record(list, record_of, ret_json);
}

/* --- done --- */

static kf_err copy_texts(const json_t *fields, const char *prefix, const char *const *names,
                         size_t count, json_t *object) {
    for (size_t i = 0; i < count; i++) {
        char name[64], buf[24];
        snprintf(name, sizeof name, "%s%s", prefix, names[i]);
        const char *text = kf_dc_field(fields, name, buf);
        if (*text)
            KF_TRY(kf_json_set(object, names[i], json_string(text)));
    }
    return KF_OK;
}

static kf_err set_container(const kf_dc *dc, const json_t *fields, json_t *body) {
    char buf[24];
    int64_t number = 0;
    const char *id = kf_dc_field(fields, "container", buf);
    if (!*id)
        id = dc->container ? dc->container : "";
    if (!*id)
        return KF_OK;
    KF_TRY(kf_parse_number(id, "the division", 1, INT64_MAX, &number));
    return kf_json_set(body, "container", json_pack("{s:I}", "id", (json_int_t)number));
}

kf_err kf_dc_organization_add(kf_dc *dc, const json_t *fields, json_t **ret_json) {
    static const char *const members[] = {"name", "assumed_name", "address", "address2", "zip",
                                          "city", "state",        "country", "telephone"};
    static const char *const contact_members[] = {"first_name", "last_name", "email", "telephone",
                                                  "job_title"};
    KF_AUTO_PTR(json_t) body = json_object();
    KF_AUTO_PTR(json_t) contact = json_object();
    KF_AUTO_PTR(json_t) answer = NULL;
    char id[KF_DC_ID_MAX] = "";
    KF_TRY(copy_texts(fields, "", members, KF_COUNT(members), body));
    KF_TRY(copy_texts(fields, "contact_", contact_members, KF_COUNT(contact_members), contact));
    KF_TRY(kf_json_set(body, "organization_contact", KF_MOVE(contact)));
    KF_TRY(set_container(dc, fields, body));
    KF_TRY(kf_dc_call(dc, "adding the organization", "POST", "organization", body, &answer));
    kf_dc_id(answer, "id", id);
    KF_AUTO_FREE char *text =
        kf_str("organization %s was added; for S/MIME it is validated with `keyfob "
               "connection act %s organization-validate organization=%s`",
               id, dc->setup->connection, id);
    *ret_json = json_pack("{s:s, s:s}", "text", text ? text : "added", "id", id);
    return kf_json_ready(*ret_json);
}

kf_err kf_dc_organization_validate(kf_dc *dc, const json_t *fields, json_t **ret_json) {
    char buf[24];
    const char *id = kf_dc_field(fields, "organization", buf);
    KF_AUTO(kf_buf) path = {0};
    KF_AUTO_PTR(json_t) body = json_pack("{s:[{s:s}]}", "validations", "type", "smime");
    KF_TRY(kf_json_ready(body));
    if (!kf_dc_is_id(id))
        return kf_fail(KF_E_USAGE, "\"%s\" is not the id of an organization", id);
    KF_TRY(kf_buf_printf(&path, "organization/%s/validation", id));
    KF_TRY(kf_dc_call(dc, "asking for the validation", "POST", kf_buf_str(&path), body, NULL));
    KF_AUTO_FREE char *text = kf_str("DigiCert validates organization %s for S/MIME: its contact "
                                     "answers the call or e-mail; it then lasts 825 days",
                                     id);
    *ret_json = json_pack("{s:s, s:s}", "text", text ? text : "asked for", "id", id);
    return kf_json_ready(*ret_json);
}
