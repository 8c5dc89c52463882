// SPDX-License-Identifier: Apache-2.0
// The forms: signing in, registering, ordering.
#include <keyfob/form.h>

#include "base/text.h"
#include "ca/privacyidea/pi.h"

static const struct kf_ca_field login_fields[] = {
    {.name = "user", .title = "User", .required = true, .max = 255},
    {.name = "realm", .title = "Realm", .help = "empty = the server's own choice", .max = 255},
    {.name = "password",
     .title = "Password",
     .help = "or PIN and one-time password in one, where the server is set up so",
     .kind = "secret",
     .required = true},
};

static const struct kf_ca_field register_fields[] = {
    {.name = "username", .title = "User name", .required = true, .max = 255},
    {.name = "givenname", .title = "First name", .required = true, .max = 255},
    {.name = "surname", .title = "Last name", .required = true, .max = 255},
    {.name = "email", .title = "E-mail", .check = "email", .required = true, .max = 255},
    {.name = "password", .title = "Password", .kind = "secret"},
    {.name = "mobile", .title = "Mobile phone", .check = "phone", .max = 50},
    {.name = "phone", .title = "Phone", .check = "phone", .max = 50},
};

#define GROUP "Token in privacyIDEA"
static const struct kf_ca_field order_fields[] = {
    {.name = "ca", .title = "CA", .help = "the CA connector's name in privacyIDEA", .max = 255},
    {.name = "template", .title = "Template", .help = "CA/TEMPLATE, or TEMPLATE alone", .max = 511},
    {.name = "user",
     .title = "Owner",
     .help = "whose certificate; empty = your own, for an administrator nobody's",
     .group = GROUP,
     .max = 255},
    {.name = "realm", .title = "Owner's realm", .group = GROUP, .max = 255},
    {.name = "description", .title = "Description", .group = GROUP, .max = 80},
    {.name = "container_serial",
     .title = "Container",
     .help = "serial of a token container of privacyIDEA to put it into",
     .group = GROUP,
     .max = 40},
    {.name = "validity_period_start",
     .title = "Usable from",
     .help = "in privacyIDEA; the certificate's own time is the CA's",
     .kind = "date",
     .check = "date",
     .group = GROUP},
    {.name = "validity_period_end",
     .title = "Usable until",
     .kind = "date",
     .check = "date",
     .group = GROUP},
    {.name = "attestation",
     .title = "Attestation certificate",
     .help = "that the key of a given CSR was made on its token; RSA only",
     .kind = "file"},
};

/* --- prefilled --- */

static json_t *field_named(json_t *form, const char *name) {
    json_t *fields = json_object_get(form, "fields");
    for (size_t i = 0; i < json_array_size(fields); i++) {
        json_t *field = json_array_get(fields, i);
        if (kf_str_equal(json_string_value(json_object_get(field, "name")), name))
            return field;
    }
    return NULL;
}

static kf_err prefill(json_t *form, const char *name, const char *value) {
    return value && *value ? kf_json_set(field_named(form, name), "value", json_string(value))
                           : KF_OK;
}

static kf_err login_form(struct pi *pi, json_t **ret_form) {
    KF_AUTO_PTR(json_t) form = NULL;
    KF_TRY(kf_form_new("Sign in at privacyIDEA", login_fields, KF_COUNT(login_fields), &form));
    pi_session_recall(pi);
    const char *user = pi_option(pi, "user"), *realm = pi_option(pi, "realm");
    KF_TRY(prefill(form, "user", *user ? user : pi->claims.user));
    KF_TRY(prefill(form, "realm", *user ? realm : pi->claims.realm));
    *ret_form = KF_MOVE(form);
    return KF_OK;
}

static kf_err register_form(struct pi *pi, json_t **ret_form) {
    bool offered = false;
    KF_TRY(pi_offers_registration(pi, &offered));
    if (!offered)
        return kf_fail(KF_E_UNSUPPORTED, "%s does not offer registration to new users",
                       kf_http_host(pi->http));
    return kf_form_new("Register at privacyIDEA", register_fields, KF_COUNT(register_fields),
                       ret_form);
}

/* Other values stay open: a template may be there that the list does not show. */
static kf_err offer(json_t *form, const char *name, json_t *choices) {
    json_t *field = field_named(form, name);
    KF_TRY(kf_json_set(field, "choices", choices));
    KF_TRY(kf_json_set(field, "kind", json_string("choice")));
    return kf_json_set(field, "closed", json_false());
}

static kf_err offer_cas(json_t *form, const json_t *list) {
    KF_AUTO_PTR(json_t) choices = json_array();
    KF_TRY(kf_json_ready(choices));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *name = json_object_get(json_array_get(list, i), "name");
        KF_TRY(kf_json_append(choices, json_pack("{s:O, s:O}", "value", name, "title", name)));
    }
    return offer(form, "ca", KF_MOVE(choices));
}

static kf_err offer_templates(struct pi *pi, json_t *form) {
    KF_AUTO_PTR(json_t) templates = NULL;
    KF_AUTO_PTR(json_t) choices = json_array();
    KF_TRY(kf_json_ready(choices));
    KF_TRY(pi_templates(pi, &templates));
    for (size_t i = 0; i < json_array_size(templates); i++) {
        const json_t *item = json_array_get(templates, i);
        KF_TRY(
            kf_json_append(choices, json_pack("{s:O, s:O}", "value", json_object_get(item, "name"),
                                              "title", json_object_get(item, "title"))));
    }
    return offer(form, "template", KF_MOVE(choices));
}

/* Without a sign-in the form is there all the same, with what the settings say. */
static kf_err order_form(struct pi *pi, const char *template, json_t **ret_form) {
    KF_AUTO_PTR(json_t) form = NULL;
    KF_AUTO_PTR(json_t) fields = json_pack("{s:s}", "template", template ? template : "");
    struct pi_target target = {0};
    const json_t *list = NULL;
    KF_TRY(kf_json_ready(fields));
    KF_TRY(kf_form_new("Order at privacyIDEA", order_fields, KF_COUNT(order_fields), &form));
    kf_err err = pi_connectors(pi, &list);
    if (err != KF_OK && err != KF_E_CA_LOGIN)
        return err;
    if (list) {
        KF_TRY(offer_cas(form, list));
        KF_TRY(offer_templates(pi, form));
    }
    if (err == KF_OK && pi_target(pi, fields, &target) == KF_OK) {
        KF_AUTO_FREE char *full = kf_str("%s/%s", target.ca, target.template);
        KF_TRY(prefill(form, "template", full)); /* "ca" stays open: it is in there */
    }
    *ret_form = KF_MOVE(form);
    return KF_OK;
}

kf_err pi_form(void *state, enum kf_ca_form which, const char *template, json_t **ret_form) {
    struct pi *pi = state;
    if (which == KF_FORM_LOGIN)
        return login_form(pi, ret_form);
    return which == KF_FORM_REGISTER ? register_form(pi, ret_form)
                                     : order_form(pi, template, ret_form);
}
