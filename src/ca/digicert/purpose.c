// SPDX-License-Identifier: Apache-2.0
// What a product's certificates are for, beside what the profile asks for. CertCentral decides it
// by the product, and keyfob checks it against the profile: better said before the order is paid
// for.
#include <string.h>

#include "base/text.h"
#include "ca/digicert/digicert.h"
#include "x509/csr.h"

/* Those of the product, and of the order's further usages. */
static kf_err given_by(const struct kf_dc_product *product, const json_t *fields,
                       kf_buf *ret_purposes) {
    KF_AUTO_PTR(json_t) usages = NULL;
    KF_TRY(kf_dc_field_list(fields, "additional_usages", &usages));
    KF_TRY(kf_buf_add_str(ret_purposes, product->purposes));
    for (size_t i = 0; kf_dc_is_secure_email(product) && i < json_array_size(usages); i++)
        if (kf_str_equal(json_string_value(json_array_get(usages, i)), "client_auth"))
            KF_TRY(kf_buf_add_str(ret_purposes, " clientAuth"));
    return KF_OK;
}

static kf_err asked_by(const kf_dc *dc, const char *name, json_t **ret_usages) {
    KF_AUTO_PTR(json_t) json = NULL;
    KF_AUTO_PTR(kf_profile) profile = NULL;
    KF_TRY(kf_profile_load(dc->setup->context, name, &profile));
    KF_TRY(kf_profile_json(profile, &json));
    *ret_usages = json_incref(json_object_get(json, "extended_key_usage"));
    return KF_OK;
}

/* How many of the asked ones are given. */
static size_t common(const json_t *asked, const char *given) {
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(asked); i++)
        count += kf_str_has_word(given, kf_dc_text(json_array_get(asked, i), "name"));
    return count;
}

static size_t words(const char *text) {
    size_t count = 0;
    for (; *text; text += strcspn(text, " "), text += strspn(text, " "))
        count++;
    return count;
}

kf_err kf_dc_check_purposes(const kf_dc *dc, const struct kf_dc_product *product,
                            const char *profile, const json_t *fields,
                            struct kf_ca_prepared *prepared) {
    KF_AUTO_PTR(json_t) asked = NULL;
    KF_AUTO(kf_buf) given = {0};
    if (!product->purposes || !profile || !*profile)
        return KF_OK;
    KF_TRY(asked_by(dc, profile, &asked));
    KF_TRY(given_by(product, fields, &given));
    size_t wanted = json_array_size(asked), same = common(asked, kf_buf_str(&given));
    if (!wanted || (same == wanted && same == words(kf_buf_str(&given))))
        return KF_OK;
    if (same)
        return kf_ca_prepared_note(prepared, "warning",
                                   "certificates of the product \"%s\" are for %s, and the profile "
                                   "\"%s\" does not ask for the same: keyfob would not install it "
                                   "(`--profile person` is for sign-in and mail)",
                                   product->title, kf_buf_str(&given), profile);
    kf_err err = kf_fail(KF_E_POLICY,
                         "certificates of the product \"%s\" are for %s, which the profile \"%s\" "
                         "does not ask for",
                         product->title, kf_buf_str(&given), profile);
    kf_error_hint("Choose a profile for it, such as `--profile person`; `keyfob profile list` "
                  "shows all.");
    return err;
}
