// SPDX-License-Identifier: Apache-2.0
// The doors to the account at a CA, and to what else it offers.
#include <keyfob/form.h>

#include "base/nearest.h"
#include "base/text.h"
#include "ca/opened.h"
#include "ca/shape.h"
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
    if ((unsigned)account.standing > KF_CA_REFUSED)
        return kf_ca_fail_answer(ca, "account", "a standing that does not exist");
    kf_ca_account_clear(ret_account);
    *ret_account = account;
    account = (kf_account){0};
    return KF_OK;
}

/* Hand over what a connector gave at `door`, unless there is something `wrong` with it. */
static kf_err give(const kf_ca *ca, const char *door, const char *wrong, json_t **json,
                   json_t **ret_json) {
    if (wrong)
        return kf_ca_fail_answer(ca, door, wrong);
    *ret_json = KF_MOVE(*json);
    return KF_OK;
}

kf_err kf_ca_templates(kf_ca *ca, json_t **ret_json) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    KF_AUTO_PTR(json_t) list = NULL;
    if (!connector->templates)
        return kf_ca_cannot(ca, "list templates");
    KF_TRY(connector->templates(kf_ca_state(ca), &list));
    return give(ca, "templates", kf_shape_templates(list), &list, ret_json);
}

kf_err kf_ca_form(kf_ca *ca, enum kf_ca_form which, const char *template, json_t **ret_form) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    KF_AUTO_PTR(json_t) form = NULL;
    if (!connector->form)
        return kf_ca_cannot(ca, "give forms");
    KF_TRY(connector->form(kf_ca_state(ca), which, template, &form));
    const char *wrong = which == KF_FORM_ORDER ? kf_shape_order_form(form) : kf_shape_form(form);
    return give(ca, "form", wrong, &form, ret_form);
}

/* --- lists, and what can be done --- */

static kf_err fail_kind(const kf_ca *ca, const char *kind) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    struct kf_nearest nearest = {.wanted = kind};
    KF_AUTO(kf_buf) known = {0};
    for (size_t i = 0; i < connector->kind_count; i++) {
        kf_nearest_try(&nearest, connector->kinds[i].name);
        KF_TRY(
            kf_buf_printf(&known, "%s\"%s\"", i ? ", " : "; it keeps ", connector->kinds[i].name));
    }
    kf_fail(KF_E_USAGE, "the connection \"%s\" (%s) keeps no list \"%s\"%s", kf_ca_name(ca),
            connector->title, kind, kf_buf_str(&known));
    if (kf_nearest_word(&nearest))
        kf_error_hint("Is \"%s\" meant?", kf_nearest_word(&nearest));
    return KF_E_USAGE;
}

kf_err kf_ca_records(kf_ca *ca, const char *kind, const char *id, json_t **ret_json) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    KF_AUTO_PTR(json_t) json = NULL;
    bool known = false;
    for (size_t i = 0; i < connector->kind_count; i++)
        known = known || kf_str_equal(connector->kinds[i].name, kind);
    if (!connector->records || !known)
        return fail_kind(ca, kind ? kind : "");
    KF_TRY(connector->records(kf_ca_state(ca), kind, id, &json));
    return give(ca, "records", id ? kf_shape_record(json) : kf_shape_records(json), &json,
                ret_json);
}

static kf_err fail_action(const kf_ca *ca, const char *action) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    struct kf_nearest nearest = {.wanted = action};
    KF_AUTO(kf_buf) known = {0};
    for (size_t i = 0; i < connector->action_count; i++) {
        kf_nearest_try(&nearest, connector->actions[i].name);
        KF_TRY(kf_buf_printf(&known, "%s\"%s\"", i ? ", " : "; it knows ",
                             connector->actions[i].name));
    }
    kf_fail(KF_E_USAGE, "the connection \"%s\" (%s) knows no action \"%s\"%s", kf_ca_name(ca),
            connector->title, action, kf_buf_str(&known));
    if (kf_nearest_word(&nearest))
        kf_error_hint("Is \"%s\" meant?", kf_nearest_word(&nearest));
    return KF_E_USAGE;
}

static const struct kf_ca_action *find_action(const struct kf_connector *connector,
                                              const char *name) {
    for (size_t i = 0; i < connector->action_count; i++) {
        if (kf_str_equal(connector->actions[i].name, name))
            return &connector->actions[i];
    }
    return NULL;
}

kf_err kf_ca_act(kf_ca *ca, const char *action, const json_t *fields, json_t **ret_json) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    const struct kf_ca_action *known = find_action(connector, action);
    KF_AUTO_PTR(json_t) form = NULL;
    KF_AUTO_PTR(json_t) values = NULL;
    KF_AUTO_PTR(json_t) json = NULL;
    if (!known || !connector->act)
        return fail_action(ca, action ? action : "");
    KF_TRY(kf_form_new(known->title, known->fields, known->field_count, &form));
    KF_TRY(kf_form_check(form, fields, &values, NULL));
    KF_TRY(connector->act(kf_ca_state(ca), action, values, &json));
    return give(ca, "act", kf_shape_result(json), &json, ret_json);
}
