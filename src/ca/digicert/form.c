// SPDX-License-Identifier: Apache-2.0
// The order form of a product: a table, narrowed to what the product uses, with the choices that
// the account offers.
#include <string.h>

#include <keyfob/form.h>

#include "base/text.h"
#include "ca/digicert/digicert.h"

/* --- what the product and the account say --- */

static json_t *field_named(const json_t *form, const char *name) {
    const json_t *fields = json_object_get(form, "fields");
    for (size_t i = 0; i < json_array_size(fields); i++)
        if (kf_str_equal(kf_dc_text(json_array_get(fields, i), "name"), name))
            return json_array_get(fields, i);
    return NULL;
}

static kf_err add_choice(json_t *list, const char *value, const char *title) {
    return kf_json_append(list, json_pack("{s:s, s:s}", "value", value, "title", title));
}

static kf_err set_choices(json_t *form, const char *name, json_t *list, bool closed) {
    json_t *field = field_named(form, name);
    if (!field || !json_array_size(list))
        return KF_OK;
    KF_TRY(kf_json_set(field, "kind", json_string("choice")));
    KF_TRY(kf_json_set(field, "closed", json_boolean(closed)));
    return kf_json_set(field, "choices", json_incref(list));
}

static kf_err offer_products(kf_dc *dc, const char *template, json_t *form) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_AUTO_PTR(json_t) products = NULL;
    json_t *field = field_named(form, "template");
    if (template)
        KF_TRY(kf_json_set(field, "value", json_string(template)));
    if (template)
        return kf_json_set(field, "kind", json_string("text"));
    KF_TRY(kf_dc_products(dc, &products));
    for (size_t i = 0; i < json_array_size(products); i++)
        KF_TRY(add_choice(list, kf_dc_text(json_array_get(products, i), "name_id"),
                          kf_dc_text(json_array_get(products, i), "name")));
    return set_choices(form, "template", list, false);
}

static kf_err offer_indicators(const struct kf_dc_product *product, json_t *form) {
    static const struct {
        unsigned families;
        const char *value, *title;
    } indicators[] = {
        {KF_DC_OF(KF_DC_CLIENT) | KF_DC_OF(KF_DC_SPONSOR), "given_name_surname",
         "First and last name"},
        {KF_DC_OF(KF_DC_ORGANIZATION), "organization_name", "Organization"},
        {KF_DC_OF(KF_DC_SPONSOR) | KF_DC_OF(KF_DC_ORGANIZATION), "email_address", "E-mail address"},
        {KF_DC_OF(KF_DC_CLIENT) | KF_DC_OF(KF_DC_SPONSOR), "pseudonym", "Pseudonym"},
    };
    KF_AUTO_PTR(json_t) list = json_array();
    json_t *field = field_named(form, "indicator");
    for (size_t i = 0; i < KF_COUNT(indicators); i++)
        if (indicators[i].families & KF_DC_OF(product->family))
            KF_TRY(add_choice(list, indicators[i].value, indicators[i].title));
    if (field && (product->individual || product->family == KF_DC_ORGANIZATION))
        KF_TRY(kf_json_set(field, "value",
                           json_incref(json_object_get(json_array_get(list, 0), "value"))));
    return set_choices(form, "indicator", list, true);
}

/* A person is named by both names or by a pseudonym, as the indicator says; without a person the
 * name of the certificate is typed. */
static kf_err need_names(const struct kf_dc_product *product, json_t *form) {
    static const struct {
        const char *field, *one, *other;
    } needs[] = {
        {"first_name", "given_name_surname", "email_address"},
        {"last_name", "given_name_surname", "email_address"},
        {"pseudonym", "pseudonym", NULL},
    };
    bool client = product->family == KF_DC_CLIENT;
    if (client && !product->individual)
        return kf_json_set(field_named(form, "common_name"), "required", json_true());
    for (size_t i = 0; (client || product->family == KF_DC_SPONSOR) && i < KF_COUNT(needs); i++)
        KF_TRY(kf_json_set(field_named(form, needs[i].field), "required_when",
                           json_pack("{s:[s,s*]}", "indicator", needs[i].one, needs[i].other)));
    return KF_OK;
}

/* Validated ones first named as such; without a list the id is typed. */
static kf_err offer_organizations(kf_dc *dc, json_t *form) {
    KF_AUTO_PTR(json_t) organizations = NULL;
    KF_AUTO_PTR(json_t) list = json_array();
    json_t *field = field_named(form, "organization");
    if (!field)
        return KF_OK;
    if (dc->organization)
        KF_TRY(kf_json_set(field, "value", json_string(dc->organization)));
    KF_TRY(kf_json_set(field, "required", json_true()));
    kf_err err = kf_dc_organizations(dc, NULL, &organizations);
    for (size_t i = 0; err == KF_OK && i < json_array_size(organizations); i++) {
        const json_t *item = json_array_get(organizations, i);
        KF_AUTO_FREE char *title =
            kf_str("%s (S/MIME: %s)", kf_dc_text(item, "name"), kf_dc_text(item, "smime"));
        KF_TRY(add_choice(list, kf_dc_text(item, "id"), title ? title : ""));
    }
    return err == KF_E_CA_LOGIN ? KF_OK : set_choices(form, "organization", list, false);
}

static kf_err offer_hashes(const json_t *info, json_t *form) {
    KF_AUTO_PTR(json_t) list = json_array();
    const json_t *types = json_object_get(info, "signature_hash_types");
    const json_t *hashes = json_object_get(types, "allowed_hash_types");
    const char *standing = kf_dc_text(types, "default_hash_type_id");
    for (size_t i = 0; i < json_array_size(hashes) && i < KF_DC_LIST_MAX; i++) {
        const char *id = kf_dc_text(json_array_get(hashes, i), "id");
        const char *name = kf_dc_text(json_array_get(hashes, i), "name");
        if (*id)
            KF_TRY(add_choice(list, id, *name ? name : id));
    }
    if (*standing)
        KF_TRY(kf_json_set(field_named(form, "signature_hash"), "value", json_string(standing)));
    return set_choices(form, "signature_hash", list, true);
}

static kf_err offer_years(const json_t *info, json_t *form) {
    KF_AUTO_PTR(json_t) list = json_array();
    const json_t *years = json_object_get(info, "allowed_order_validity_years");
    if (!json_array_size(years))
        years = json_object_get(info, "allowed_validity_years");
    for (size_t i = 0; i < json_array_size(years) && i < 10; i++) {
        json_int_t number = json_integer_value(json_array_get(years, i));
        char value[24], title[40];
        snprintf(value, sizeof value, "%" JSON_INTEGER_FORMAT, number);
        snprintf(title, sizeof title, "%s year%s", value, number == 1 ? "" : "s");
        if (number >= 1 && number <= 3)
            KF_TRY(add_choice(list, value, title));
    }
    return set_choices(form, "validity", list, true);
}

/* What the account may order; the table stands when it does not say. */
static kf_err offer_limits(kf_dc *dc, const struct kf_dc_product *product, json_t *form) {
    KF_AUTO(kf_buf) path = {0};
    KF_AUTO_PTR(json_t) info = NULL;
    KF_TRY(kf_buf_printf(&path, "product/%s", product->id));
    if (dc->container)
        KF_TRY(kf_buf_printf(&path, "?container_id=%s", dc->container));
    kf_err err = kf_dc_call(dc, "asking about the product", "GET", kf_buf_str(&path), NULL, &info);
    if (err != KF_OK)
        return err == KF_E_CA_LOGIN || err == KF_E_CA_UNREACHABLE ? err : KF_OK;
    KF_TRY(offer_hashes(info, form));
    return offer_years(info, form);
}

/* --- forms --- */

static kf_err login_form(json_t **ret_form) {
    static const struct kf_ca_field fields[] = {
        {.name = "api-key",
         .title = "API key",
         .help = "made in CertCentral under Automation > API keys",
         .kind = "secret",
         .required = true},
    };
    return kf_form_new("API key of the CertCentral account", fields, KF_COUNT(fields), ret_form);
}

kf_err kf_dc_form(void *state, enum kf_ca_form which, const char *template, json_t **ret_form) {
    kf_dc *dc = state;
    KF_AUTO_PTR(json_t) form = NULL;
    if (which == KF_FORM_LOGIN)
        return login_form(ret_form);
    if (which != KF_FORM_ORDER)
        return kf_fail(KF_E_UNSUPPORTED, "users of CertCentral are made in CertCentral");
    if (!template || !*template)
        template = dc->product;
    struct kf_dc_product product = kf_dc_product(template ? template : "client_premium");
    if (template) /* checked as what goes into a path */
        KF_TRY(kf_dc_product_check(template));
    KF_TRY(kf_dc_form_fields(&product, &form));
    KF_TRY(offer_products(dc, template, form));
    KF_TRY(offer_indicators(&product, form));
    KF_TRY(need_names(&product, form));
    KF_TRY(offer_organizations(dc, form));
    if (template)
        KF_TRY(offer_limits(dc, &product, form));
    *ret_form = KF_MOVE(form);
    return KF_OK;
}
