// SPDX-License-Identifier: Apache-2.0
// What is sent to CertCentral for an order.
#include "unit/digicert_fixture.h"

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

static void an_order_for_an_organization_names_no_person(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    dc.order.fields = "{\"template\":\"secure_email_organization\",\"recipients\":["
                      "\"info@example.com\"],\"organization\":123456,\"agreement\":true}";
    submit(&answer);
    assert_issued(&answer);
    KF_AUTO_PTR(json_t) sent = seen_order();
    assert_member(sent, "certificate.common_name_indicator", "\"organization_name\"");
    assert_member(sent, "certificate.individual", "");
    assert_member(sent, "subject.include_given_name_surname", "false");
    assert_member(sent, "organization.id", "123456");
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

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_secure_email_order_has_all_its_parts),
        TEST(a_legacy_order_has_its_name_and_units),
        TEST(several_recipients_share_an_order_until_a_day),
        TEST(an_order_for_an_organization_names_no_person),
        TEST(the_csr_has_no_line_breaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
