// SPDX-License-Identifier: Apache-2.0
// Connectors as documents: keyfob.connector/1.
#include <keyfob/form.h>

#include <string.h>

#include "base/text.h"
#include "ca/connection.h"
#include "x509/json.h"

/* The doors that are not there for every CA. */
kf_err kf_connector_can_json(const struct kf_connector *connector, json_t **ret_list) {
    const struct {
        const char *name;
        bool there;
    } doors[] = {
        {"test", connector->test},
        {"login", connector->login},
        {"logout", connector->logout},
        {"register", connector->register_user},
        {"account", connector->account},
        {"templates", connector->templates},
        {"form", connector->form},
        {"prepare", connector->prepare},
        {"poll", connector->poll},
        {"changes", connector->changes},
        {"lookup", connector->lookup},
        {"cancel", connector->cancel},
        {"revoke", connector->revoke},
        {"roots", connector->roots},
        {"acknowledge", connector->acknowledge},
        {"records", connector->records},
        {"act", connector->act},
        {"reissue", connector->can_reissue},
        {"renew_same_key", connector->same_key},
    };
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    for (size_t i = 0; i < KF_COUNT(doors); i++) {
        if (doors[i].there)
            KF_TRY(kf_json_append(list, json_string(doors[i].name)));
    }
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

static kf_err choices_json(const char *choices, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    for (const char *at = choices + strspn(choices, " "); *at;) {
        size_t len = strcspn(at, " ");
        KF_TRY(kf_json_append(list, json_stringn(at, len)));
        at += len + strspn(at + len, " ");
    }
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

static kf_err option_json(const struct kf_ca_option *option, json_t **ret_object) {
    static const char *const kinds[] = {
        [KF_OPTION_TEXT] = "text", [KF_OPTION_NUMBER] = "number", [KF_OPTION_SWITCH] = "switch",
        [KF_OPTION_FILE] = "file", [KF_OPTION_CHOICE] = "choice", [KF_OPTION_SECRET] = "secret",
    };
    KF_AUTO_PTR(json_t)
    object = json_pack("{s:s, s:s, s:s, s:b, s:s?, s:s?}", "name", option->name, "title",
                       option->title, "kind", kinds[option->kind], "required", option->required,
                       "help", option->help, "default", option->fallback);
    KF_TRY(kf_json_ready(object));
    if (option->kind == KF_OPTION_CHOICE) {
        json_t *choices = NULL;
        KF_TRY(choices_json(option->choices, &choices));
        KF_TRY(kf_json_set(object, "choices", choices));
    }
    *ret_object = KF_MOVE(object);
    return KF_OK;
}

static kf_err options_json(const struct kf_connector *connector, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    for (size_t i = 0; i < connector->option_count; i++) {
        json_t *option = NULL;
        KF_TRY(option_json(&connector->options[i], &option));
        KF_TRY(kf_json_append(list, option));
    }
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

/* The names of the options that are secret. */
static kf_err secrets_json(const struct kf_connector *connector, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    for (size_t i = 0; i < connector->option_count; i++) {
        if (connector->options[i].kind == KF_OPTION_SECRET)
            KF_TRY(kf_json_append(list, json_string(connector->options[i].name)));
    }
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

/* "id=ID|name=NAME" */
static kf_err columns_json(const char *columns, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    for (const char *at = columns ? columns : ""; *at;) {
        int len = (int)strcspn(at, "|"), name = (int)strcspn(at, "|=");
        const char *title = name < len ? at + name + 1 : at;
        int title_len = name < len ? len - name - 1 : len;
        KF_TRY(kf_json_append(
            list, json_pack("{s:s#, s:s#}", "name", at, name, "title", title, title_len)));
        at += len + (at[len] == '|');
    }
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

static kf_err kinds_json(const struct kf_connector *connector, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    for (size_t i = 0; i < connector->kind_count; i++) {
        const struct kf_ca_kind *kind = &connector->kinds[i];
        json_t *columns = NULL;
        KF_TRY(columns_json(kind->columns, &columns));
        KF_TRY(kf_json_append(list, json_pack("{s:s, s:s, s:o}", "name", kind->name, "title",
                                              kind->title, "columns", columns)));
    }
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

static kf_err actions_json(const struct kf_connector *connector, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    for (size_t i = 0; i < connector->action_count; i++) {
        const struct kf_ca_action *action = &connector->actions[i];
        json_t *form = NULL;
        KF_TRY(kf_form_new(action->title, action->fields, action->field_count, &form));
        KF_TRY(
            kf_json_append(list, json_pack("{s:s, s:s, s:s?, s:o}", "name", action->name, "title",
                                           action->title, "help", action->help, "form", form)));
    }
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

static kf_err connector_json(const struct kf_connector *connector, json_t **ret_object) {
    static const struct {
        const char *key;
        kf_err (*make)(const struct kf_connector *connector, json_t **ret_list);
    } parts[] = {
        {"can", kf_connector_can_json}, {"options", options_json}, {"secrets", secrets_json},
        {"kinds", kinds_json},          {"actions", actions_json},
    };
    KF_AUTO_PTR(json_t)
    object = json_pack("{s:s, s:s, s:s, s:b, s:b}", "schema", "keyfob.connector/1", "name",
                       connector->name, "title", connector->title, "ca_sets_subject",
                       connector->ca_sets_subject, "form_has_subject", connector->form_has_subject);
    KF_TRY(kf_json_ready(object));
    for (size_t i = 0; i < KF_COUNT(parts); i++) {
        json_t *list = NULL;
        KF_TRY(parts[i].make(connector, &list));
        KF_TRY(kf_json_set(object, parts[i].key, list));
    }
    *ret_object = KF_MOVE(object);
    return KF_OK;
}

kf_err kf_connectors_json(json_t **ret_json) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    const struct kf_connector *connector;
    for (size_t i = 0; (connector = kf_connector_at(i)); i++) {
        json_t *object = NULL;
        KF_TRY(connector_json(connector, &object));
        KF_TRY(kf_json_append(list, object));
    }
    *ret_json = KF_MOVE(list);
    return KF_OK;
}
