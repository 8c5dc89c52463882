// SPDX-License-Identifier: Apache-2.0
// CertCentral's products, and the form of each.
#include "unit/digicert_fixture.h"

#include <keyfob/form.h>

static const json_t *template_named(const json_t *list, const char *name) {
    for (size_t i = 0; i < json_array_size(list); i++)
        if (kf_str_equal(kf_dc_text(json_array_get(list, i), "name"), name))
            return json_array_get(list, i);
    return NULL;
}

static void the_products_for_people_are_listed(void **state) {
    (void)state;
    KF_AUTO_PTR(json_t) list = NULL;
    OK(kf_ca_templates(dc.ca, &list));
    assert_int_equal(json_array_size(list), 8);
    assert_null(template_named(list, "ssl_plus"));
    const json_t *sponsor = template_named(list, "secure_email_sponsor");
    assert_string_equal(kf_dc_text(sponsor, "title"), "Secure Email for Business");
    assert_string_equal(kf_dc_text(sponsor, "key"), "rsa2048 rsa3072 rsa4096 p256 p384");
    assert_true(json_is_true(json_object_get(sponsor, "organization")));
}

static void where_products_are_not_told_the_table_stands_in(void **state) {
    static const char *const faults[] = {"status:404", "status:403", "status:400"};
    (void)state;
    for (size_t i = 0; i < KF_COUNT(faults); i++) {
        KF_AUTO_PTR(json_t) list = NULL;
        double_set(dc.d, "fault", faults[i]);
        OK(kf_ca_templates(dc.ca, &list));
        assert_non_null(template_named(list, "client_premium"));
        assert_int_equal(json_array_size(list), 9);
    }
}

static const json_t *field_of(const json_t *form, const char *name) {
    return template_named(json_object_get(form, "fields"), name);
}

static void a_form_has_what_the_product_uses(void **state) {
    (void)state;
    KF_AUTO_PTR(json_t) sponsor = NULL;
    KF_AUTO_PTR(json_t) mailbox = NULL;
    KF_AUTO_PTR(json_t) client = NULL;
    OK(kf_ca_form(dc.ca, KF_FORM_ORDER, "secure_email_sponsor", &sponsor));
    OK(kf_ca_form(dc.ca, KF_FORM_ORDER, "secure_email_mailbox", &mailbox));
    OK(kf_ca_form(dc.ca, KF_FORM_ORDER, "client_premium_sha2", &client));
    assert_non_null(field_of(sponsor, "usage"));
    assert_non_null(field_of(sponsor, "first_name"));
    assert_null(field_of(sponsor, "organization_units"));
    assert_null(field_of(mailbox, "organization"));
    assert_null(field_of(mailbox, "indicator"));
    assert_non_null(field_of(client, "organization_units"));
    assert_null(field_of(client, "usage"));
    assert_string_equal(kf_dc_text(field_of(client, "template"), "value"), "client_premium_sha2");
}

/* What a terminal would ask for: the order refuses to go without it. */
static void a_form_needs_the_names_that_its_indicator_takes(void **state) {
    static const struct {
        const char *product, *values, *missing;
    } rows[] = {
        {"client_premium", "", "first_name"},
        {"client_premium", ",\"first_name\":\"Anna\"", "last_name"},
        {"secure_email_sponsor", ",\"indicator\":\"email_address\"", "first_name"},
        {"secure_email_sponsor", ",\"indicator\":\"pseudonym\"", "pseudonym"},
        {"client_authentication_plus", "", "common_name"},
    };
    (void)state;
    for (size_t i = 0; i < KF_COUNT(rows); i++) {
        KF_AUTO_PTR(json_t) form = NULL;
        KF_AUTO_PTR(json_t) problems = NULL;
        KF_AUTO_FREE char *text = kf_str("{\"recipients\":\"a@example.com\",\"agreement\":true,"
                                         "\"organization\":\"123456\"%s}",
                                         rows[i].values);
        KF_AUTO_PTR(json_t) values = json_loads(text, 0, NULL);
        OK(kf_ca_form(dc.ca, KF_FORM_ORDER, rows[i].product, &form));
        assert_int_equal(kf_form_check(form, values, NULL, &problems), KF_E_USAGE);
        assert_string_equal(kf_dc_text(json_array_get(problems, 0), "field"), rows[i].missing);
    }
}

static void a_form_offers_what_the_account_has(void **state) {
    (void)state;
    KF_AUTO_PTR(json_t) form = NULL;
    OK(kf_ca_form(dc.ca, KF_FORM_ORDER, "secure_email_sponsor", &form));
    assert_int_equal(json_array_size(json_object_get(field_of(form, "validity"), "choices")), 2);
    assert_int_equal(json_array_size(json_object_get(field_of(form, "signature_hash"), "choices")),
                     2);
    const json_t *choices = json_object_get(field_of(form, "organization"), "choices");
    assert_string_equal(kf_dc_text(json_array_get(choices, 0), "value"), "123456");
    assert_string_equal(kf_dc_text(json_array_get(choices, 0), "title"),
                        "Example Inc (S/MIME: active)");
}

static void a_form_needs_neither_organizations_nor_limits(void **state) {
    (void)state;
    KF_AUTO_PTR(json_t) form = NULL;
    double_set(dc.d, "restricted", "orders");
    OK(kf_ca_form(dc.ca, KF_FORM_ORDER, "client_other", &form));
    assert_string_equal(kf_dc_text(field_of(form, "organization"), "kind"), "text");
    assert_int_equal(json_array_size(json_object_get(field_of(form, "signature_hash"), "choices")),
                     3);
}

static void the_fields_of_an_order_pass_their_own_form(void **state) {
    (void)state;
    KF_AUTO_PTR(json_t) form = NULL;
    KF_AUTO_PTR(json_t) fields = json_loads("{" SPONSOR "}", 0, NULL);
    KF_AUTO_PTR(json_t) values = NULL;
    KF_AUTO(kf_answer) answer = {0};
    OK(kf_ca_form(dc.ca, KF_FORM_ORDER, "secure_email_sponsor", &form));
    OK(kf_form_check(form, fields, &values, NULL));
    KF_AUTO_FREE char *text = json_dumps(values, 0);
    dc.order.fields = text;
    submit(&answer);
    assert_issued(&answer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_products_for_people_are_listed),
        TEST(where_products_are_not_told_the_table_stands_in),
        TEST(a_form_has_what_the_product_uses),
        TEST(a_form_needs_the_names_that_its_indicator_takes),
        TEST(a_form_offers_what_the_account_has),
        TEST(a_form_needs_neither_organizations_nor_limits),
        TEST(the_fields_of_an_order_pass_their_own_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
