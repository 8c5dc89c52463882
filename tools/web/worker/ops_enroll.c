// SPDX-License-Identifier: Apache-2.0
// Operations: profiles, enrolling, and requests made elsewhere.
#include <string.h>

#include "web/worker/enrolling.h"
#include "web/worker/requests.h"

/* --- profiles --- */

/* Those of CAs are not for people. */
static kf_err add_kind(struct work *work, json_t *item) {
    KF_AUTO_PTR(kf_profile) profile = NULL;
    kf_err code = kf_profile_load(work->context, document_text(item, "name"), &profile);
    if (code == KF_E_MEMORY)
        return code;
    kf_error_clear(); /* a broken one has its error already */
    json_object_set_new(item, "ca", json_boolean(profile && kf_profile_is_ca(profile)));
    return KF_OK;
}

static kf_err profile_list(struct work *work, json_t **ret_result) {
    KF_AUTO_PTR(json_t) list = NULL;
    size_t i;
    json_t *item;
    KF_TRY(kf_profiles_json(work->context, &list));
    json_array_foreach(list, i, item) {
        KF_TRY(add_kind(work, item));
    }
    return work_items("keyfob.profiles/1", KF_MOVE(list), ret_result);
}

static kf_err profile_show(struct work *work, json_t **ret_result) {
    KF_AUTO_PTR(kf_profile) profile = NULL;
    const char *name = NULL;
    KF_TRY(work_need(work, "profile", &name));
    KF_TRY(kf_profile_load(work->context, name, &profile));
    return kf_profile_json(profile, ret_result);
}

/* --- plan --- */

static const char *const san_words[] = {
    [KF_SAN_EMAIL] = "email", [KF_SAN_DNS] = "dns",     [KF_SAN_IP] = "ip",
    [KF_SAN_URI] = "uri",     [KF_SAN_UPN] = "upn",     [KF_SAN_KERBEROS] = "kerberos",
    [KF_SAN_SID] = "sid",     [KF_SAN_OTHER] = "other",
};

static json_t *names_json(const struct kf_csr_spec *spec) {
    json_t *list = json_array();
    for (size_t i = 0; i < spec->san_count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "kind", san_words[spec->sans[i].kind],
                                              "value", spec->sans[i].value));
    return list;
}

/* Software takes every type of key; of a token that is out it stays open. */
static void add_key(const enroll_input *enroll, json_t *plan) {
    enum kf_key_type type = enroll->order.key;
    const char *planned = document_text(plan, "key");
    if (enroll->order.csr)
        return;
    if (*planned && kf_key_type_parse(planned, &type) != KF_OK)
        kf_error_clear();
    if (type == KF_KEY_NONE && enroll->medium.medium)
        type = kf_profile_key_at(enroll->profile, 0);
    if (type == KF_KEY_NONE)
        return;
    json_object_set_new(plan, "key", json_string(kf_key_type_name(type)));
    json_object_set_new(plan, "key_title", json_string(kf_key_type_title(type)));
}

/* The container's name as it will be, unless that is taken by then. */
static kf_err add_container(struct work *work, const enroll_input *enroll, json_t *plan) {
    KF_AUTO_FREE char *made = NULL;
    const char *name = enroll->order.container;
    struct kf_csr_spec spec = enroll->order.spec;
    spec.subject = document_text(plan, "subject");
    if (enroll->order.csr)
        return KF_OK;
    if (!name)
        KF_TRY(kf_enroll_name(work->context, &spec, KF_LABEL_MAX, &made));
    json_object_set_new(plan, "container", json_string(name ? name : made));
    return KF_OK;
}

static kf_err add_place(struct work *work, const enroll_input *enroll, json_t *plan) {
    KF_AUTO_FREE char *place = NULL;
    json_object_set_new(plan, "medium",
                        json_string(enroll->order.csr       ? "none"
                                    : enroll->medium.medium ? enroll->medium.medium
                                                            : "token"));
    if (!enroll->medium.medium)
        return KF_OK;
    place = enroll_place(work, enroll);
    if (!place || json_object_set_new(plan, "place", json_string(place)) != 0)
        return kf_fail(KF_E_MEMORY, "out of memory for the plan");
    return KF_OK;
}

/* Names of an old request that are taken over are not in the order. */
static kf_err add_names(struct work *work, const enroll_input *enroll, json_t *plan) {
    KF_AUTO_PTR(json_t) old = NULL;
    KF_AUTO_PTR(json_t) names = names_json(&enroll->order.spec);
    if (enroll->order.from && !enroll->order.spec.subject) {
        KF_TRY(kf_request_json(work->context, enroll->order.from, &old));
        json_object_set(plan, "alternative_names", json_object_get(old, "alternative_names"));
    } else {
        json_object_set(plan, "alternative_names", names);
    }
    return KF_OK;
}

/* A software container that is still to be made is a token that is not there. */
static kf_err enroll_plan(struct work *work, json_t **ret_result) {
    KF_AUTO(enroll_input) enroll = {0};
    KF_AUTO_PTR(json_t) plan = NULL;
    KF_TRY(enroll_read(work, &enroll));
    if (enroll.medium.medium)
        enroll.order.token = enroll.medium.name;
    KF_TRY(enroll_blame(work, &enroll, kf_enroll_plan(work->context, &enroll.order, &plan)));
    add_key(&enroll, plan);
    KF_TRY(add_container(work, &enroll, plan));
    KF_TRY(add_place(work, &enroll, plan));
    KF_TRY(add_names(work, &enroll, plan));
    json_object_set_new(plan, "exportable", json_boolean(enroll.order.exportable));
    return work_result(KF_MOVE(plan), ret_result);
}

/* --- start --- */

static kf_err enroll_start(struct work *work, json_t **ret_result) {
    KF_AUTO(enroll_input) enroll = {0};
    char id[KF_REQUEST_ID_MAX] = "";
    KF_TRY(enroll_read(work, &enroll));
    KF_TRY(enroll_open_medium(work, &enroll));
    kf_err code = kf_enroll(work->context, &enroll.order, id);
    kept_pin_drop(work);
    if (!*id && code != KF_OK) {
        enroll_undo_medium(work, &enroll);
        return enroll_blame(work, &enroll, code);
    }
    return request_result(work, id, code, ret_result);
}

/* --- requests made elsewhere --- */

static kf_err lint(struct work *work, const kf_csr *csr, json_t *items) {
    KF_AUTO_PTR(kf_profile) profile = NULL;
    KF_AUTO_PTR(json_t) report = NULL;
    const char *name = work_text(work, "profile");
    int worst = 0;
    if (name)
        KF_TRY(kf_profile_load(work->context, name, &profile));
    KF_TRY(kf_csr_lint(csr, profile, &report, &worst));
    json_array_extend(items, json_object_get(report, "items"));
    return KF_OK;
}

/* What the CA would ignore, override or refuse. */
static kf_err ask_ca(struct work *work, const kf_csr *csr, json_t *items) {
    KF_AUTO_PTR(json_t) report = NULL;
    DOCUMENT_SECRET char *fields = NULL;
    const char *connection = work_text(work, "connection"), *profile = work_text(work, "profile");
    if (!connection)
        return KF_OK;
    KF_TRY(document_fields(work_object(work, "fields"), &fields));
    struct kf_ca_plan plan = {.profile = profile ? profile : "tls-client",
                              .key = "",
                              .subject = kf_csr_subject(csr),
                              .fields = fields};
    plan.csr = kf_csr_der(csr, &plan.csr_len);
    KF_TRY(kf_connection_explain(work->context, connection, &plan, &report));
    json_array_extend(items, json_object_get(report, "items"));
    return KF_OK;
}

static kf_err csr_explain(struct work *work, json_t **ret_result) {
    KF_AUTO(kf_buf) bytes = {0};
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_AUTO_PTR(json_t) document = NULL;
    KF_AUTO_PTR(json_t) items = json_array();
    KF_TRY(enroll_read_csr(work, &bytes));
    KF_TRY(kf_csr_read(bytes.data, bytes.len, &csr));
    KF_TRY(kf_csr_json(csr, &document));
    KF_TRY(lint(work, csr, items));
    KF_TRY(ask_ca(work, csr, items));
    return work_result(json_pack("{s:s, s:O, s:O}", "schema", "keyfob.csr-report/1", "csr",
                                 document, "items", items),
                       ret_result);
}

const struct op enroll_ops[] = {
    {"profile.list", profile_list},
    {"profile.show", profile_show},
    {"enroll.form", enroll_form},
    {"enroll.plan", enroll_plan},
    {"enroll.start", enroll_start},
    {"csr.explain", csr_explain},
    {0},
};
