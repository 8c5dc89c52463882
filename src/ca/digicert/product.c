// SPDX-License-Identifier: Apache-2.0
// The client and Secure Email products: what the account may order, and what each needs. The table
// stands in where the account may not list products, and says what the list does not.
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "ca/digicert/digicert.h"

#define KEYS "rsa2048 rsa3072 rsa4096 p256 p384"

#define MAIL "emailProtection"
#define AUTH "clientAuth"
#define BOTH MAIL " " AUTH

static const struct kf_dc_product table[] = {
    {"client_premium", "Premium",
     "signing, encryption and sign-in; for a person of an organization", BOTH, KF_DC_CLIENT, true,
     true},
    {"client_email_security_plus", "Email Security Plus",
     "signing and encrypting mail; for a person of an organization", MAIL, KF_DC_CLIENT, true,
     true},
    {"client_digital_signature_plus", "Digital Signature Plus",
     "signing and sign-in; for a person of an organization", BOTH, KF_DC_CLIENT, true, true},
    {"client_authentication_plus", "Authentication Plus",
     "sign-in; for a person of an organization", AUTH, KF_DC_CLIENT, true, false},
    {"client_grid_private_premium", "Grid, private", "private trust; for an organization", NULL,
     KF_DC_CLIENT, true, false},
    {"class1_smime", "Class 1 S/MIME", "mail; the first address is the name", MAIL, KF_DC_CLASS1,
     false, false},
    {"secure_email_mailbox", "Secure Email for Individual",
     "mail; only the addresses are in the certificate", MAIL, KF_DC_MAILBOX, false, false},
    {"secure_email_sponsor", "Secure Email for Business",
     "mail; a person of an organization is in the certificate", MAIL, KF_DC_SPONSOR, true, true},
    {"secure_email_organization", "Secure Email for Organization",
     "mail; the organization is in the certificate", MAIL, KF_DC_ORGANIZATION, true, false},
};

/* Older accounts have "client_premium_sha2" for "client_premium". */
static bool is_named(const struct kf_dc_product *product, const char *id) {
    size_t len = strlen(product->id);
    return strncmp(id, product->id, len) == 0 && (!id[len] || strcmp(id + len, "_sha2") == 0);
}

struct kf_dc_product kf_dc_product(const char *id) {
    struct kf_dc_product product = {id, id, NULL, NULL, KF_DC_CLIENT, true, false};
    for (size_t i = 0; i < KF_COUNT(table); i++) {
        if (!is_named(&table[i], id))
            continue;
        product = table[i];
        product.id = id;
        break;
    }
    return product;
}

bool kf_dc_is_secure_email(const struct kf_dc_product *product) {
    return product->family >= KF_DC_MAILBOX;
}

/* It goes into a path. */
static bool is_product_id(const char *id) {
    size_t len = strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    return len > 0 && len < 64 && !id[len];
}

kf_err kf_dc_product_check(const char *id) {
    return is_product_id(id) ? KF_OK : kf_fail(KF_E_USAGE, "\"%s\" is not the id of a product", id);
}

kf_err kf_dc_product_of(const kf_dc *dc, const json_t *fields, struct kf_dc_product *ret_product) {
    const char *id = kf_dc_text(fields, "template");
    if (!*id)
        id = dc->product ? dc->product : "";
    if (!*id) {
        kf_err err = kf_fail(KF_E_USAGE, "no product was chosen for the order at \"%s\"",
                             dc->setup->connection);
        kf_error_hint("List them with `keyfob connection templates %s`, then add `--set "
                      "template=PRODUCT`.",
                      dc->setup->connection);
        return err;
    }
    KF_TRY(kf_dc_product_check(id));
    *ret_product = kf_dc_product(id);
    return KF_OK;
}

/* --- listing --- */

/* TLS, code signing and the like are no business of a token's owner here. */
static bool is_for_people(const json_t *item) {
    static const char *const parts[] = {"client", "secure_email", "smime", "email"};
    const char *members[] = {kf_dc_text(item, "name_id"), kf_dc_text(item, "type"),
                             kf_dc_text(item, "group_name")};
    for (size_t m = 0; m < KF_COUNT(members); m++)
        for (size_t p = 0; p < KF_COUNT(parts); p++)
            if (strcasestr(members[m], parts[p]))
                return is_product_id(kf_dc_text(item, "name_id"));
    return false;
}

static kf_err list_of_table(json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = json_array();
    for (size_t i = 0; i < KF_COUNT(table); i++)
        KF_TRY(kf_json_append(
            list, json_pack("{s:s, s:s}", "name_id", table[i].id, "name", table[i].title)));
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

static kf_err list_of_account(kf_dc *dc, json_t **ret_list) {
    KF_AUTO_PTR(json_t) answer = NULL;
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_dc_call(dc, "listing the products", "GET", "product", NULL, &answer));
    const json_t *all = json_object_get(answer, "products");
    for (size_t i = 0; i < json_array_size(all) && i < KF_DC_LIST_MAX; i++)
        if (is_for_people(json_array_get(all, i)))
            KF_TRY(kf_json_append(list, json_incref(json_array_get(all, i))));
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

kf_err kf_dc_products(kf_dc *dc, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = NULL;
    kf_err err = list_of_account(dc, &list);
    if (err == KF_E_NOT_FOUND || err == KF_E_REJECTED || err == KF_E_PERMISSION ||
        (err == KF_OK && !json_array_size(list))) {
        json_decref(KF_MOVE(list));
        err = list_of_table(&list);
    }
    KF_TRY(err);
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

static kf_err add_template(const json_t *item, json_t *list) {
    struct kf_dc_product product = kf_dc_product(kf_dc_text(item, "name_id"));
    const char *title = kf_dc_text(item, "name");
    return kf_json_append(list, json_pack("{s:s, s:s, s:s*, s:s, s:b, s:b}", "name", product.id,
                                          "title", *title ? title : product.title, "help",
                                          product.help, "key", KEYS, "organization",
                                          product.organization, "individual", product.individual));
}

kf_err kf_dc_templates(void *state, json_t **ret_json) {
    KF_AUTO_PTR(json_t) products = NULL;
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_dc_products(state, &products));
    for (size_t i = 0; i < json_array_size(products); i++)
        KF_TRY(add_template(json_array_get(products, i), list));
    KF_TRY(kf_json_ready(list));
    *ret_json = KF_MOVE(list);
    return KF_OK;
}
