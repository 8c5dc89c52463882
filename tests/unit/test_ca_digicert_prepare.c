// SPDX-License-Identifier: Apache-2.0
// Before an order at CertCentral: what is refused, and what is said about the CSR and the money.
#include "unit/digicert_fixture.h"

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

static void an_organization_may_be_the_name(void **state) {
    (void)state;
    KF_AUTO(kf_prepared) prepared = {0};
    OK(prepare("{\"template\":\"secure_email_organization\",\"recipients\":[\"a@example.com\"],"
               "\"organization\":\"123456\",\"agreement\":true}",
               "rsa3072", &prepared));
    assert_noted(&prepared, "note", "named after the organization");
}

static void csr_later_must_be_asked_for_and_warns(void **state) {
    (void)state;
    KF_AUTO(kf_prepared) prepared = {0};
    OK(prepare("{" SPONSOR ",\"csr_later\":\"yes\"}", "p256", &prepared));
    assert_noted(&prepared, "warning", "takes none afterwards");
    assert_noted(&prepared, "warning", "in a browser");
    assert_true(prepared.keyless);
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

static void a_reissue_is_paid_for_already(void **state) {
    (void)state;
    KF_AUTO(kf_prepared) prepared = {0};
    const struct kf_ca_plan plan = {.profile = "smime-dual",
                                    .key = "p256",
                                    .subject = "",
                                    .fields = "{" SPONSOR "}",
                                    .renewal = true,
                                    .reissue = true};
    OK(kf_ca_prepare(dc.ca, &plan, &prepared));
    assert_noted(&prepared, "note", "paid for");
    for (size_t i = 0; i < json_array_size(prepared.notes); i++)
        assert_null(strstr(kf_dc_text(json_array_get(prepared.notes, i), "text"), "costs"));
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

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(keys_that_the_ca_refuses_are_refused),
        TEST(a_csr_made_elsewhere_is_checked_and_explained),
        TEST(the_names_of_a_csr_are_said_to_be_ignored),
        TEST(the_name_of_the_certificate_is_said),
        TEST(an_organization_may_be_the_name),
        TEST(csr_later_must_be_asked_for_and_warns),
        TEST(what_costs_money_is_said),
        TEST(a_reissue_is_paid_for_already),
        TEST(a_certificate_that_could_not_be_installed_is_not_ordered),
        TEST(a_certificate_for_more_than_asked_is_warned_of),
        TEST(an_organization_that_is_not_validated_is_warned_of),
        TEST(an_unknown_organization_is_refused),
        TEST(who_may_not_read_organizations_may_order),
        TEST(an_order_that_cannot_be_is_refused),
        TEST(settings_stay_with_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
