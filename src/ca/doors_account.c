// SPDX-License-Identifier: Apache-2.0
// The doors to the account at a CA, and to what else it offers.
#include <keyfob/form.h>

#include "base/text.h"
#include "ca/opened.h"
#include "x509/json.h"

kf_err kf_ca_login(kf_ca *ca, const struct kf_ca_login *login, struct kf_ca_answer *ret_answer) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    KF_AUTO(kf_answer) answer = {0};
    if (!connector->login)
        return kf_ca_cannot(ca, "be signed in to");
    KF_TRY(connector->login(kf_ca_state(ca), login, &answer));
    return kf_ca_give(ca, KF_DOOR_LOGIN, &answer, ret_answer);
}

kf_err kf_ca_logout(kf_ca *ca) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    return connector->logout ? connector->logout(kf_ca_state(ca)) : KF_OK;
}

kf_err kf_ca_register(kf_ca *ca, const char *fields, struct kf_ca_answer *ret_answer) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    KF_AUTO(kf_answer) answer = {0};
    if (!connector->register_user)
        return kf_ca_cannot(ca, "register new users");
    KF_TRY(connector->register_user(kf_ca_state(ca), fields, &answer));
    return kf_ca_give(ca, KF_DOOR_REGISTER, &answer, ret_answer);
}

kf_err kf_ca_account(kf_ca *ca, struct kf_ca_account *ret_account) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    KF_AUTO(kf_account) account = {0};
    if (connector->account)
        KF_TRY(connector->account(kf_ca_state(ca), &account));
    kf_ca_account_clear(ret_account);
    *ret_account = account;
    account = (kf_account){0};
    return KF_OK;
}

/* What a connector gives must be what its contract says. */
static kf_err give_json(const kf_ca *ca, const char *what, bool right, json_t **json,
                        json_t **ret_json) {
    if (!right)
        return kf_fail(KF_E_CA_ANSWER, "the connector \"%s\" of the connection \"%s\" gave no %s",
                       kf_ca_connector(ca)->name, kf_ca_name(ca), what);
    *ret_json = KF_MOVE(*json);
    return KF_OK;
}

kf_err kf_ca_templates(kf_ca *ca, json_t **ret_json) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    KF_AUTO_PTR(json_t) list = NULL;
    if (!connector->templates)
        return kf_ca_cannot(ca, "list templates");
    KF_TRY(connector->templates(kf_ca_state(ca), &list));
    return give_json(ca, "list of templates", json_is_array(list), &list, ret_json);
}

kf_err kf_ca_form(kf_ca *ca, enum kf_ca_form which, const char *template, json_t **ret_form) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    KF_AUTO_PTR(json_t) form = NULL;
    if (!connector->form)
        return kf_ca_cannot(ca, "give forms");
    KF_TRY(connector->form(kf_ca_state(ca), which, template, &form));
    return give_json(ca, "form", json_is_array(json_object_get(form, "fields")), &form, ret_form);
}

kf_err kf_ca_records(kf_ca *ca, const char *kind, const char *id, json_t **ret_json) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    KF_AUTO_PTR(json_t) json = NULL;
    for (size_t i = 0; i < connector->kind_count; i++) {
        if (!kf_str_equal(connector->kinds[i].name, kind))
            continue;
        KF_TRY(connector->records(kf_ca_state(ca), kind, id, &json));
        bool right = id ? json_is_object(json) : json_is_array(json);
        return give_json(ca, "records", right, &json, ret_json);
    }
    return kf_fail(KF_E_USAGE, "the connection \"%s\" (%s) keeps no list \"%s\"", kf_ca_name(ca),
                   connector->title, kind ? kind : "");
}

kf_err kf_ca_act(kf_ca *ca, const char *action, const json_t *fields, json_t **ret_json) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    KF_AUTO_PTR(json_t) json = NULL;
    for (size_t i = 0; i < connector->action_count; i++) {
        const struct kf_ca_action *known = &connector->actions[i];
        KF_AUTO_PTR(json_t) form = NULL;
        KF_AUTO_PTR(json_t) values = NULL;
        if (!kf_str_equal(known->name, action))
            continue;
        KF_TRY(kf_form_new(known->title, known->fields, known->field_count, &form));
        KF_TRY(kf_form_check(form, fields, &values, NULL));
        KF_TRY(connector->act(kf_ca_state(ca), action, values, &json));
        return give_json(ca, "result", json_is_object(json), &json, ret_json);
    }
    return kf_fail(KF_E_USAGE, "the connection \"%s\" (%s) knows no action \"%s\"", kf_ca_name(ca),
                   connector->title, action ? action : "");
}
