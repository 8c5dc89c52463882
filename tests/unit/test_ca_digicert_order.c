// SPDX-License-Identifier: Apache-2.0
// What an order at CertCentral consists of: products, form, checks before a key is made, the JSON.
#include "unit/digicert_fixture.h"

#include <keyfob/form.h>

#define CLIENT                                                                                     \
    "\"template\":\"client_premium\",\"recipients\":[\"alice@example.com\"],"                      \
    "\"organization\":\"123456\",\"first_name\":\"Alice\",\"last_name\":\"Example\","              \
    "\"agreement\":true"

static kf_err prepare(const char *fields, const char *key, kf_prepared *prepared) {
    const struct kf_ca_plan plan = {
        .profile = "smime-dual", .key = key, .subject = "CN=Somebody", .fields = fields};
    return kf_ca_prepare(dc.ca, &plan, prepared);
}

static void assert_noted(const kf_prepared *prepared, const char *level, const char *part) {
    size_t i;
    json_t *note;
    json_array_foreach(prepared->notes, i, note) {
        if (strstr(kf_dc_text(note, "text"), part) &&
            kf_str_equal(kf_dc_text(note, "level"), level))
            return;
    }
    fail_msg("no %s with \"%s\"", level, part);
}

/* --- before a key is made --- */

static void keys_that_the_ca_refuses_are_refused(void **state) {
    static const char *const good[] = {"", "rsa2048", "rsa3072", "rsa4096", "p256", "p384"};
    static const char *const bad[] = {"p521", "ed25519", "rsa1024"};
    (void)state;
    for (size_t i = 0; i < KF_COUNT(good); i++) {
        KF_AUTO(kf_prepared) prepared = {0};
        OK(prepare("{" SPONSOR "}", good[i], &prepared));
    }
    for (size_t i = 0; i < KF_COUNT(bad); i++) {
        KF_AUTO(kf_prepared) prepared = {0};
        assert_says(prepare("{" SPONSOR "}", bad[i], &prepared), KF_E_POLICY, bad[i]);
    }
}

static void a_csr_made_elsewhere_is_checked_and_explained(void **state) {
    (void)state;
    KF_AUTO(kf_prepared) prepared = {0};
    KF_AUTO_PTR(EVP_PKEY) key = EVP_EC_gen("P-521");
    KF_AUTO(kf_buf) csr = {0};
    make_csr(dc.context, key, "CN=x", "tls-client", &csr);
    struct kf_ca_plan plan = {
        .key = "", .fields = "{" SPONSOR "}", .csr = csr.data, .csr_len = csr.len};
    assert_says(kf_ca_prepare(dc.ca, &plan, &prepared), KF_E_POLICY, "p521");
    plan.csr = dc.csr.data;
    plan.csr_len = dc.csr.len;
    OK(kf_ca_prepare(dc.ca, &plan, &prepared));
    assert_noted(&prepared, "note", "only the public key of the CSR is used");
    assert_noted(&prepared, "note", "the subject \"CN=Alice Example\" of the CSR is ignored");
}

static void the_names_of_a_csr_are_said_to_be_ignored(void **state) {
    (void)state;
    KF_AUTO(kf_prepared) prepared = {0};
    KF_AUTO_PTR(kf_csr) csr = NULL;
    const struct kf_san san = {KF_SAN_EMAIL, "other@example.org"};
    const struct kf_csr_spec spec = {.subject = "CN=x", .sans = &san, .san_count = 1};
    size_t len = 0;
    OK(kf_csr_build(&spec, dc.key, dc.key, &csr));
    struct kf_ca_plan plan = {.key = "", .fields = "{" SPONSOR "}"};
    plan.csr = kf_csr_der(csr, &len);
    plan.csr_len = len;
    OK(kf_ca_prepare(dc.ca, &plan, &prepared));
    assert_noted(&prepared, "note", "email:other@example.org");
}

static void the_name_of_the_certificate_is_said(void **state) {
    static const struct {
        const char *fields, *name;
    } cases[] = {
        {"{" SPONSOR "}", "Alice Example"},
        {"{" SPONSOR ",\"indicator\":\"email_address\"}", "alice@example.com"},
        {"{" SPONSOR ",\"indicator\":\"pseudonym\",\"pseudonym\":\"Bob\"}", "Bob"},
        {"{\"template\":\"class1_smime\",\"recipients\":\"b@example.com, c@example.com\","
         "\"agreement\":true}",
         "b@example.com"},
        {"{" CLIENT ",\"common_name\":\"Dr. Alice\"}", "Dr. Alice"},
    };
    (void)state;
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO(kf_prepared) prepared = {0};
        KF_AUTO_FREE char *text = kf_str("will be named \"%s\"", cases[i].name);
        OK(prepare(cases[i].fields, "p256", &prepared));
        assert_noted(&prepared, "note", text);
    }
}

static void csr_later_must_be_asked_for_and_warns(void **state) {
    (void)state;
    KF_AUTO(kf_prepared) prepared = {0};
    OK(prepare("{" SPONSOR ",\"csr_later\":\"yes\"}", "p256", &prepared));
    assert_noted(&prepared, "warning", "takes none afterwards");
    assert_noted(&prepared, "warning", "in a browser");
}

static void what_costs_money_is_said(void **state) {
    (void)state;
    KF_AUTO(kf_prepared) prepared = {0};
    OK(prepare("{" SPONSOR ",\"auto_renew\":true,\"skip_approval\":true}", "p256", &prepared));
    assert_noted(&prepared, "note", "costs money");
    assert_noted(&prepared, "note", "orders again, and charges");
    assert_noted(&prepared, "note", "administrator");
}

static bool has_warning(const kf_prepared *prepared) {
    size_t i;
    json_t *note;
    json_array_foreach(prepared->notes, i, note) {
        if (kf_str_equal(kf_dc_text(note, "level"), "warning"))
            return true;
    }
    return false;
}

static kf_err prepare_for(const char *profile, const char *fields, kf_prepared *prepared) {
    const struct kf_ca_plan plan = {
        .profile = profile, .key = "p256", .subject = "", .fields = fields};
    return kf_ca_prepare(dc.ca, &plan, prepared);
}

static void a_certificate_that_could_not_be_installed_is_not_ordered(void **state) {
    (void)state;
    KF_AUTO(kf_prepared) prepared = {0};
    assert_says(prepare_for("tls-client", "{" SPONSOR "}", &prepared), KF_E_POLICY,
                "are for emailProtection, which the profile \"tls-client\" does not ask for");
    OK(prepare_for("smime-dual", "{" SPONSOR "}", &prepared));
    assert_false(has_warning(&prepared));
}

static void a_certificate_for_more_than_asked_is_warned_of(void **state) {
    (void)state;
    KF_AUTO(kf_prepared) prepared = {0};
    OK(prepare_for("tls-client", "{" CLIENT "}", &prepared));
    assert_noted(&prepared, "warning", "keyfob would not install it");
    OK(prepare_for("smime-dual",
                   "{" SPONSOR ",\"profile_type\":\"multipurpose\",\"additional_usages\":["
                   "\"client_auth\"]}",
                   &prepared));
    assert_noted(&prepared, "warning", "are for emailProtection clientAuth");
}

static void an_organization_that_is_not_validated_is_warned_of(void **state) {
    (void)state;
    KF_AUTO(kf_prepared) prepared = {0};
    OK(prepare("{" SPONSOR ",\"pseudonym\":\"\"}", "p256", &prepared));
    assert_false(has_warning(&prepared));
    KF_AUTO_PTR(json_t) fields = json_loads("{" SPONSOR "}", 0, NULL);
    json_object_set_new(fields, "organization", json_integer(123457));
    KF_AUTO_FREE char *text = json_dumps(fields, 0);
    OK(prepare(text, "p256", &prepared));
    assert_noted(&prepared, "warning", "organization \"Other Ltd\" is \"expired\"");
}

static void an_unknown_organization_is_refused(void **state) {
    (void)state;
    KF_AUTO(kf_prepared) prepared = {0};
    KF_AUTO_PTR(json_t) fields = json_loads("{" SPONSOR "}", 0, NULL);
    json_object_set_new(fields, "organization", json_integer(99));
    KF_AUTO_FREE char *text = json_dumps(fields, 0);
    assert_says(prepare(text, "p256", &prepared), KF_E_USAGE, "no organization 99");
}

static void who_may_not_read_organizations_may_order(void **state) {
    (void)state;
    KF_AUTO(kf_prepared) prepared = {0};
    double_set(dc.d, "restricted", "orders");
    OK(prepare("{" SPONSOR "}", "p256", &prepared));
}

static void an_order_that_cannot_be_is_refused(void **state) {
    static const struct {
        const char *fields, *part;
        kf_err err;
    } cases[] = {
        {"{}", "no product was chosen", KF_E_USAGE},
        {"{\"template\":\"../user\"}", "not the id of a product", KF_E_USAGE},
        {"{\"template\":\"class1_smime\",\"recipients\":\"a@example.com\"}", "\"agreement\"",
         KF_E_USAGE},
        {"{\"template\":\"class1_smime\",\"agreement\":true}", "\"recipients\"", KF_E_USAGE},
        {"{" SPONSOR ",\"recipients\":[\"alice\"]}", "\"alice\" in the field", KF_E_USAGE},
        {"{" SPONSOR ",\"organization\":\"Example Inc\"}", "takes the id", KF_E_USAGE},
        {"{" SPONSOR ",\"organization\":\"\"}", "\"organization\" is missing", KF_E_USAGE},
        {"{" SPONSOR ",\"first_name\":\"\"}", "\"first_name\" is missing", KF_E_USAGE},
        {"{" SPONSOR ",\"indicator\":\"pseudonym\"}", "\"pseudonym\" is missing", KF_E_USAGE},
        {"{" SPONSOR ",\"validity\":\"4\"}", "\"validity\"", KF_E_INPUT},
        {"{" SPONSOR ",\"valid_until\":\"30.06.2027\"}", "no date", KF_E_USAGE},
        {"{" SPONSOR ",\"valid_until\":\"2027-06-30\",\"validity_days\":9}", "not both",
         KF_E_USAGE},
        {"{" SPONSOR ",\"additional_usages\":[\"client_auth\"]}", "multipurpose", KF_E_USAGE},
        {"{" SPONSOR ",\"payment_method\":\"card\"}", "no card numbers", KF_E_UNSUPPORTED},
        {"{" SPONSOR ",\"payment_method\":\"profile\"}", "payment_profile", KF_E_USAGE},
        {"{" SPONSOR ",\"custom_fields\":[\"x=y\"]}", "not ID=VALUE", KF_E_USAGE},
        {"{\"template\":\"client_authentication_plus\",\"recipients\":\"a@example.com\","
         "\"organization\":1,\"agreement\":true}",
         "\"common_name\"", KF_E_USAGE},
    };
    (void)state;
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO(kf_prepared) prepared = {0};
        /* the last of two members counts, as a person's later --set would */
        KF_AUTO_PTR(json_t) fields = json_loads(cases[i].fields, 0, NULL);
        KF_AUTO_FREE char *text = json_dumps(fields, 0);
        assert_says(prepare(text, "p256", &prepared), cases[i].err, cases[i].part);
    }
    assert_int_equal(double_count(dc.d, "requests"), 0);
}

static void settings_stay_with_the_order(void **state) {
    (void)state;
    KF_AUTO(kf_prepared) prepared = {0};
    const char *settings[] = {"product=secure_email_sponsor", "organization=123457", "container=5"};
    kf_ca_close(KF_MOVE(dc.ca));
    OK(kf_connection_edit(dc.context, "dc", settings, 3));
    OK(kf_ca_open(dc.context, "dc", NULL, &dc.ca));
    OK(prepare("{\"recipients\":[\"a@example.com\"],\"first_name\":\"A\",\"last_name\":\"B\","
               "\"agreement\":true}",
               "p256", &prepared));
    KF_AUTO_PTR(json_t) fields = json_loads(prepared.fields, 0, NULL);
    assert_string_equal(kf_dc_text(fields, "template"), "secure_email_sponsor");
    assert_string_equal(kf_dc_text(fields, "organization"), "123457");
    assert_string_equal(kf_dc_text(fields, "container"), "5");
}

/* --- what is sent --- */

static void assert_member(const json_t *json, const char *path, const char *value) {
    char name[64];
    const json_t *at = json;
    for (const char *rest = path; *rest; rest += *rest == '.') {
        size_t len = strcspn(rest, ".");
        snprintf(name, sizeof name, "%.*s", (int)len, rest);
        at = json_object_get(at, name);
        rest += len;
    }
    KF_AUTO_FREE char *text = at ? json_dumps(at, JSON_ENCODE_ANY | JSON_COMPACT) : strdup("");
    if (!kf_str_equal(text, value))
        fail_msg("%s is %s, not %s", path, text, value);
}

static void a_secure_email_order_has_all_its_parts(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    dc.order.fields = "{" SPONSOR ",\"profile_type\":\"multipurpose\",\"usage\":\"signing\","
                      "\"additional_usages\":[\"client_auth\"],\"signature_hash\":\"sha384\","
                      "\"validity\":\"2\",\"auto_renew\":true,\"comments\":\"for Alice\","
                      "\"additional_emails\":[\"pki@example.com\"],"
                      "\"custom_fields\":[\"12=x=y\"],\"payment_method\":\"balance\"}";
    submit(&answer);
    assert_issued(&answer);
    KF_AUTO_PTR(json_t) sent = seen_order();
    assert_member(sent, "certificate.emails", "[\"alice@example.com\"]");
    assert_member(sent, "certificate.signature_hash", "\"sha384\"");
    assert_member(sent, "certificate.profile_type", "\"multipurpose\"");
    assert_member(sent, "certificate.common_name_indicator", "\"given_name_surname\"");
    assert_member(sent, "certificate.individual.first_name", "\"Alice\"");
    assert_member(sent, "certificate.usage_designation.primary_usage", "\"signing\"");
    assert_member(sent, "certificate.usage_designation.additional_usages", "[\"client_auth\"]");
    assert_member(sent, "certificate.common_name", "");
    assert_member(sent, "subject.include_given_name_surname", "true");
    assert_member(sent, "organization.id", "123456");
    assert_member(sent, "order_validity", "{\"years\":2}");
    assert_member(sent, "auto_renew", "1");
    assert_member(sent, "alternative_order_id", "\"kf-0123456789abcdef\"");
    assert_member(sent, "comments", "\"for Alice / keyfob kf-0123456789abcdef\"");
    assert_member(sent, "additional_emails", "[\"pki@example.com\"]");
    assert_member(sent, "custom_fields", "[{\"metadata_id\":12,\"value\":\"x=y\"}]");
    assert_member(sent, "payment_method", "\"balance\"");
    assert_member(sent, "skip_approval", "");
}

static void a_legacy_order_has_its_name_and_units(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    dc.order.fields = "{" CLIENT ",\"organization_units\":[\"IT\"],\"validity_days\":\"90\","
                      "\"skip_approval\":true,\"container\":5,\"payment_method\":\"profile\","
                      "\"payment_profile\":\"8\",\"locale\":\"en\"}";
    submit(&answer);
    assert_issued(&answer);
    KF_AUTO_PTR(json_t) sent = seen_order();
    assert_member(sent, "certificate.common_name", "\"Alice Example\"");
    assert_member(sent, "certificate.organization_units", "[\"IT\"]");
    assert_member(sent, "certificate.usage_designation", "");
    assert_member(sent, "subject", "");
    assert_member(sent, "order_validity", "{\"days\":90}");
    assert_member(sent, "skip_approval", "true");
    assert_member(sent, "container.id", "5");
    assert_member(sent, "payment_profile.id", "8");
    assert_member(sent, "locale", "\"en\"");
}

static void several_recipients_share_an_order_until_a_day(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    dc.order.fields = "{\"template\":\"secure_email_mailbox\",\"recipients\":[\"a@example.com\","
                      "\"b@example.com\"],\"valid_until\":\"2027-06-30\",\"agreement\":true}";
    submit(&answer);
    assert_issued(&answer);
    KF_AUTO_PTR(json_t) sent = seen_order();
    assert_member(sent, "certificate.emails", "[\"a@example.com\",\"b@example.com\"]");
    assert_member(sent, "certificate.common_name_indicator", "");
    assert_member(sent, "organization", "");
    assert_member(sent, "order_validity", "{\"custom_expiration_date\":\"2027-06-30\"}");
}

static void the_csr_has_no_line_breaks(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    submit(&answer);
    KF_AUTO_PTR(json_t) sent = seen_order();
    const char *csr = kf_dc_text_in(sent, "certificate", "csr");
    assert_null(strchr(csr, '\n'));
    assert_true(kf_str_starts(csr, "-----BEGIN CERTIFICATE REQUEST-----MII"));
    assert_true(double_same_key(csr, strlen(csr), (char *)dc.csr.data, dc.csr.len));
}

/* --- products and forms --- */

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
        TEST(keys_that_the_ca_refuses_are_refused),
        TEST(a_csr_made_elsewhere_is_checked_and_explained),
        TEST(the_names_of_a_csr_are_said_to_be_ignored),
        TEST(the_name_of_the_certificate_is_said),
        TEST(csr_later_must_be_asked_for_and_warns),
        TEST(what_costs_money_is_said),
        TEST(a_certificate_that_could_not_be_installed_is_not_ordered),
        TEST(a_certificate_for_more_than_asked_is_warned_of),
        TEST(an_organization_that_is_not_validated_is_warned_of),
        TEST(an_unknown_organization_is_refused),
        TEST(who_may_not_read_organizations_may_order),
        TEST(an_order_that_cannot_be_is_refused),
        TEST(settings_stay_with_the_order),
        TEST(a_secure_email_order_has_all_its_parts),
        TEST(a_legacy_order_has_its_name_and_units),
        TEST(several_recipients_share_an_order_until_a_day),
        TEST(the_csr_has_no_line_breaks),
        TEST(the_products_for_people_are_listed),
        TEST(where_products_are_not_told_the_table_stands_in),
        TEST(a_form_has_what_the_product_uses),
        TEST(a_form_offers_what_the_account_has),
        TEST(a_form_needs_neither_organizations_nor_limits),
        TEST(the_fields_of_an_order_pass_their_own_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
