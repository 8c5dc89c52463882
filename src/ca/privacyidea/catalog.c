// SPDX-License-Identifier: Apache-2.0
// What can be ordered: the CA connectors of privacyIDEA with their templates, where the account may
// list them, else what the settings name.
#include "ca/privacyidea/pi.h"

#include <string.h>

#include "base/text.h"

static const char *member(const json_t *json, const char *key) {
    const char *text = json_string_value(json_object_get(json, key));
    return text ? text : "";
}

/* GET /system/names/caconnector is for those who may enroll; GET /caconnector/ is for
 * administrators only. */
kf_err pi_connectors(struct pi *pi, const json_t **ret_list) {
    KF_AUTO(pi_reply) reply = {0};
    struct pi_request request = {.method = "GET", .path = "system/names/caconnector"};
    *ret_list = pi->connectors;
    if (pi->connectors || pi->may_not_list)
        return KF_OK;
    KF_TRY(pi_ask(pi, &request, &reply));
    pi->may_not_list = reply.code == PI_NO_RIGHT || reply.code == PI_POLICY;
    if (pi->may_not_list)
        return KF_OK;
    KF_TRY(pi_check(pi, &reply));
    KF_TRY(pi_connectors_read(&reply, &pi->connectors));
    *ret_list = pi->connectors;
    return KF_OK;
}

const json_t *pi_connector_find(const json_t *list, const char *name) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        if (kf_str_equal(member(item, "name"), name))
            return item;
    }
    return NULL;
}

kf_err pi_connector_type(struct pi *pi, const char *ca, const char **ret_type) {
    const json_t *list = NULL;
    const char *set = pi_option(pi, "ca-type");
    KF_TRY(pi_connectors(pi, &list));
    const json_t *found = pi_connector_find(list, ca);
    *ret_type = found ? member(found, "type") : set;
    return KF_OK;
}

/* --- where an order goes --- */

static kf_err name_it(const struct pi *pi) {
    kf_fail(KF_E_USAGE, "it is not said which CA of \"%s\" the order is for", pi->setup.connection);
    kf_error_hint("List them with `keyfob connection templates %s`, then name one: --set ca=NAME, "
                  "or for all orders `keyfob connection edit %s ca=NAME`.",
                  pi->setup.connection, pi->setup.connection);
    return KF_E_USAGE;
}

static kf_err fit(char *to, size_t size, const char *from, size_t len, const char *what) {
    if (len >= size)
        return kf_fail(KF_E_TOO_LARGE, "the %s has more than %zu bytes", what, size - 1);
    memcpy(to, from, len);
    to[len] = '\0';
    return KF_OK;
}

static kf_err same_ca(const char *ca, const char *template, size_t len) {
    if (!*ca || (strlen(ca) == len && memcmp(ca, template, len) == 0))
        return KF_OK;
    return kf_fail(KF_E_USAGE,
                   "the template \"%.300s\" is not one of the CA \"%.200s\"; name one of its own "
                   "as CA/TEMPLATE",
                   template, ca);
}

kf_err pi_target(struct pi *pi, const json_t *fields, struct pi_target *ret_target) {
    struct pi_target target = {0};
    const json_t *list = NULL;
    const char *ca = member(fields, "ca"), *template = member(fields, "template");
    const char *slash = strchr(template, '/');
    if (slash)
        KF_TRY(same_ca(ca, template, (size_t)(slash - template)));
    if (slash)
        KF_TRY(fit(target.ca, sizeof target.ca, template, (size_t)(slash - template), "CA"));
    else
        KF_TRY(fit(target.ca, sizeof target.ca, ca, strlen(ca), "CA"));
    if (!*target.ca)
        KF_TRY(fit(target.ca, sizeof target.ca, pi_option(pi, "ca"), strlen(pi_option(pi, "ca")),
                   "CA"));
    if (!*target.ca) {
        KF_TRY(pi_connectors(pi, &list));
        if (json_array_size(list) != 1)
            return name_it(pi);
        const char *only = member(json_array_get(list, 0), "name");
        KF_TRY(fit(target.ca, sizeof target.ca, only, strlen(only), "CA"));
    }
    /* the template of the settings is one of their CA */
    if (!slash && !*template && kf_str_equal(target.ca, pi_option(pi, "ca")))
        template = pi_option(pi, "template");
    const char *name = slash ? slash + 1 : template;
    KF_TRY(fit(target.template, sizeof target.template, name, strlen(name), "template"));
    *ret_target = target;
    return KF_OK;
}

/* --- templates --- */

static kf_err add_template(json_t *list, const char *ca, const char *type, const char *template) {
    KF_AUTO_FREE char *name = kf_str("%s/%s", ca, template);
    KF_AUTO_FREE char *title =
        *template ? kf_str("%s at %s", template, ca) : kf_str("%s, no template", ca);
    if (!name || !title)
        return pi_no_memory();
    bool pends = kf_str_equal(type, "microsoft");
    const char *help = pends ? "a Microsoft CA: one that must be approved cannot be followed here"
                             : "a CA of privacyIDEA itself: signs at once, takes no other names";
    return kf_json_append(list,
                          json_pack("{s:s, s:s, s:s}", "name", name, "title", title, "help", help));
}

/* A Microsoft CA wants a template, one of privacyIDEA's own does without. */
static kf_err add_connector(json_t *list, const json_t *item) {
    const char *ca = member(item, "name"), *type = member(item, "type");
    const json_t *templates = json_object_get(item, "templates");
    for (size_t i = 0; i < json_array_size(templates); i++)
        KF_TRY(add_template(list, ca, type, json_string_value(json_array_get(templates, i))));
    return kf_str_equal(type, "microsoft") ? KF_OK : add_template(list, ca, type, "");
}

kf_err pi_templates(void *state, json_t **ret_json) {
    struct pi *pi = state;
    const json_t *known = NULL;
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    KF_TRY(pi_connectors(pi, &known));
    for (size_t i = 0; i < json_array_size(known); i++)
        KF_TRY(add_connector(list, json_array_get(known, i)));
    const char *ca = pi_option(pi, "ca");
    if (!known && !*ca) {
        kf_fail(KF_E_POLICY, "this account may not list the CAs of \"%s\"", pi->setup.connection);
        kf_error_hint("Ask the administrator for the CA's name and set it: `keyfob connection edit "
                      "%s ca=NAME template=NAME`.",
                      pi->setup.connection);
        return KF_E_POLICY;
    }
    if (!known)
        KF_TRY(add_template(list, ca, pi_option(pi, "ca-type"), pi_option(pi, "template")));
    *ret_json = KF_MOVE(list);
    return KF_OK;
}
