// SPDX-License-Identifier: Apache-2.0
// Operations: connectors and connections.
#include <string.h>

#include "web/worker/connections.h"

static kf_err connector_list(struct work *work, json_t **ret_result) {
    json_t *list = NULL;
    (void)work;
    KF_TRY(kf_connectors_json(&list));
    return work_items("keyfob.connectors/1", list, ret_result);
}

static kf_err connection_list(struct work *work, json_t **ret_result) {
    json_t *list = NULL;
    KF_TRY(kf_connections_json(work->context, &list));
    return work_items("keyfob.connections/1", list, ret_result);
}

static kf_err connection_show(struct work *work, json_t **ret_result) {
    const char *name = NULL;
    KF_TRY(work_need(work, "connection", &name));
    return kf_connection_json(work->context, name, ret_result);
}

void connection_changed(struct work *work, const char *name) {
    json_t *data = json_pack("{s:s}", "name", name);
    if (data)
        work_event(work, "connection.changed", data);
}

kf_err connection_result(struct work *work, const char *name, json_t **ret_result) {
    connection_changed(work, name);
    return kf_connection_json(work->context, name, ret_result);
}

static kf_err connection_remove(struct work *work, json_t **ret_result) {
    const char *name = NULL;
    KF_TRY(work_need(work, "connection", &name));
    KF_TRY(kf_connection_remove(work->context, name));
    connection_changed(work, name);
    return work_nothing(ret_result);
}

/* --- asking the CA --- */

/* Who is signed out may have been told so without a question to the CA. That it wants a sign-in is
 * an answer. */
static kf_err reach(struct work *work, const char *name, json_t **result) {
    KF_AUTO_FREE char *text = NULL;
    if (strcmp(document_text(*result, "standing"), "signed_out") != 0)
        return KF_OK;
    kf_err code = kf_connection_test(work->context, name, &text);
    bool answered = code == KF_OK || code == KF_E_CA_LOGIN || code == KF_E_UNSUPPORTED;
    if (!answered)
        return code;
    kf_error_clear();
    json_decref(KF_MOVE(*result));
    return kf_connection_json(work->context, name, result);
}

/* That it could not be reached is kept with the connection. */
static kf_err connection_check(struct work *work, json_t **ret_result) {
    const char *name = NULL;
    KF_TRY(work_need(work, "connection", &name));
    kf_step(work->context, "check", KF_STEP_BEGIN, 0, "asking \"%s\"", name);
    KF_AUTO_PTR(json_t) result = NULL;
    kf_err code = kf_connection_check(work->context, name, &result);
    if (code == KF_OK)
        code = reach(work, name, &result);
    if (code != KF_E_NOT_FOUND)
        connection_changed(work, name);
    KF_TRY(code);
    *ret_result = KF_MOVE(result);
    return KF_OK;
}

static kf_err connection_logout(struct work *work, json_t **ret_result) {
    const char *name = NULL;
    KF_TRY(work_need(work, "connection", &name));
    kf_err code = kf_connection_logout(work->context, name, work_flag(work, "all"));
    if (code != KF_E_NOT_FOUND)
        connection_changed(work, name);
    KF_TRY(code);
    return kf_connection_json(work->context, name, ret_result);
}

static kf_err connection_templates(struct work *work, json_t **ret_result) {
    const char *name = NULL;
    json_t *list = NULL;
    KF_TRY(work_need(work, "connection", &name));
    KF_TRY(kf_connection_templates(work->context, name, &list));
    return work_items("keyfob.templates/1", list, ret_result);
}

static kf_err read_which(const struct work *work, enum kf_ca_form *ret_which) {
    static const char *const words[] = {
        [KF_FORM_LOGIN] = "login", [KF_FORM_REGISTER] = "register", [KF_FORM_ORDER] = "order"};
    const char *which = NULL;
    KF_TRY(work_need(work, "which", &which));
    for (size_t i = 0; i < KF_COUNT(words); i++)
        if (strcmp(words[i], which) == 0) {
            *ret_which = (enum kf_ca_form)i;
            return KF_OK;
        }
    return kf_fail(KF_E_USAGE, "\"which\" is \"login\", \"register\" or \"order\", not \"%s\"",
                   which);
}

static kf_err connection_form(struct work *work, json_t **ret_result) {
    const char *name = NULL;
    enum kf_ca_form which = KF_FORM_LOGIN;
    KF_TRY(work_need(work, "connection", &name));
    KF_TRY(read_which(work, &which));
    return kf_connection_form(work->context, name, which, work_text(work, "template"), ret_result);
}

/* One record as it is, or {items} of its kind. */
static kf_err connection_records(struct work *work, json_t **ret_result) {
    const char *name = NULL, *kind = NULL, *id = work_text(work, "id");
    json_t *records = NULL;
    KF_TRY(work_need(work, "connection", &name));
    KF_TRY(work_need(work, "kind", &kind));
    KF_TRY(kf_connection_records(work->context, name, kind, id, &records));
    if (json_is_array(records))
        return work_items("keyfob.records/1", records, ret_result);
    return work_result(records, ret_result);
}

static const json_t *action_form(const json_t *connectors, const char *connector,
                                 const char *action) {
    size_t i, at;
    json_t *item, *found;
    json_array_foreach(connectors, i, item) {
        if (strcmp(document_text(item, "name"), connector) != 0)
            continue;
        json_array_foreach(json_object_get(item, "actions"), at, found) {
            if (strcmp(document_text(found, "name"), action) == 0)
                return json_object_get(found, "form");
        }
    }
    return NULL;
}

/* All that is wrong at once; an unknown action is for the library to refuse. */
static kf_err check_action(struct work *work, const char *name, const char *action,
                           const json_t *fields) {
    KF_AUTO_PTR(json_t) connection = NULL;
    KF_AUTO_PTR(json_t) connectors = NULL;
    KF_TRY(kf_connection_json(work->context, name, &connection));
    KF_TRY(kf_connectors_json(&connectors));
    const json_t *form = action_form(connectors, document_text(connection, "connector"), action);
    return form ? work_check_form(work, form, fields, NULL) : KF_OK;
}

static kf_err connection_act(struct work *work, json_t **ret_result) {
    const char *name = NULL, *action = NULL;
    const json_t *fields = work_object(work, "fields");
    DOCUMENT_SECRET char *text = NULL;
    KF_TRY(work_need(work, "connection", &name));
    KF_TRY(work_need(work, "action", &action));
    KF_TRY(check_action(work, name, action, fields));
    KF_TRY(document_fields(fields, &text));
    KF_TRY(kf_connection_act(work->context, name, action, text, ret_result));
    connection_changed(work, name);
    return KF_OK;
}

const struct op connection_ops[] = {
    {"connector.list", connector_list},
    {"connection.list", connection_list},
    {"connection.add", connection_add},
    {"connection.show", connection_show},
    {"connection.edit", connection_edit},
    {"connection.remove", connection_remove},
    {"connection.check", connection_check},
    {"connection.login", connection_login},
    {"connection.logout", connection_logout},
    {"connection.register", connection_register},
    {"connection.templates", connection_templates},
    {"connection.form", connection_form},
    {"connection.records", connection_records},
    {"connection.act", connection_act},
    {"connection.roots", connection_roots},
    {"connection.accept", connection_accept},
    {0},
};
