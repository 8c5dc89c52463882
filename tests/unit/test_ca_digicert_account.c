// SPDX-License-Identifier: Apache-2.0
// The CertCentral account: who the key belongs to, and what the account keeps and does.
#include "unit/digicert_fixture.h"

/* --- the account --- */

static void the_test_says_user_and_account(void **state) {
    (void)state;
    KF_AUTO_FREE char *text = NULL;
    OK(kf_ca_test(dc.ca, &text));
    assert_non_null(strstr(text, "pki-admin <pki@example.com>"));
    assert_non_null(strstr(text, "account 55555"));
}

static void an_accepted_key_is_a_connected_account(void **state) {
    (void)state;
    KF_AUTO(kf_account) account = {0};
    OK(kf_ca_account(dc.ca, &account));
    assert_int_equal(account.standing, KF_CA_CONNECTED);
    assert_string_equal(account.name, "pki-admin <pki@example.com>");
}

static void a_refused_key_is_a_signed_out_account(void **state) {
    (void)state;
    KF_AUTO(kf_account) account = {0};
    double_set(dc.d, "key", "another");
    OK(kf_ca_account(dc.ca, &account));
    assert_int_equal(account.standing, KF_CA_SIGNED_OUT);
    assert_non_null(strstr(account.text, "does not accept the API key"));
}

/* Sign in with a key; what it answers. */
static enum kf_ca_outcome sign_in(const char *key) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_PTR(kf_secret) secret = NULL;
    OK(kf_secret_copy(key, strlen(key), &secret));
    const struct kf_ca_login login = {.secret = secret};
    OK(kf_ca_login(dc.ca, &login, &answer));
    return answer.outcome;
}

static void a_key_is_kept_once_it_was_accepted(void **state) {
    (void)state;
    KF_AUTO(kf_account) account = {0};
    double_set(dc.d, "key", "new-key");
    assert_int_equal(sign_in("wrong-key"), KF_CA_REJECTED);
    assert_int_equal(sign_in("new-key"), KF_CA_ISSUED);
    kf_ca_close(KF_MOVE(dc.ca));
    OK(kf_ca_open(dc.context, "dc", NULL, &dc.ca));
    OK(kf_ca_account(dc.ca, &account));
    assert_int_equal(account.standing, KF_CA_CONNECTED);
}

static void a_refused_key_does_not_replace_the_one_that_works(void **state) {
    (void)state;
    KF_AUTO(kf_account) account = {0};
    double_set(dc.d, "key", API_KEY);
    assert_int_equal(sign_in("wrong-key"), KF_CA_REJECTED);
    OK(kf_ca_account(dc.ca, &account));
    assert_int_equal(account.standing, KF_CA_CONNECTED);
}

static void signing_out_forgets_the_key(void **state) {
    (void)state;
    KF_AUTO(kf_account) account = {0};
    OK(kf_ca_logout(dc.ca));
    OK(kf_ca_account(dc.ca, &account));
    assert_int_equal(account.standing, KF_CA_SIGNED_OUT);
    kf_ca_close(KF_MOVE(dc.ca));
    OK(kf_ca_open(dc.context, "dc", NULL, &dc.ca));
    OK(kf_ca_account(dc.ca, &account));
    assert_int_equal(account.standing, KF_CA_SIGNED_OUT);
    assert_int_equal(double_count(dc.d, "requests"), 0);
}

static void the_key_is_in_no_text_of_the_connection(void **state) {
    (void)state;
    KF_AUTO_PTR(json_t) json = NULL;
    OK(kf_connection_json(dc.context, "dc", &json));
    KF_AUTO_FREE char *text = json_dumps(json, 0);
    assert_null(strstr(text, API_KEY));
    assert_int_equal(shell("grep -a -q " API_KEY " keyfob.db*"), 1); /* 1: not found */
}

/* --- lists --- */

static json_t *records(const char *kind, const char *id) {
    json_t *json = NULL;
    OK(kf_ca_records(dc.ca, kind, id, &json));
    return json;
}

static void organizations_show_their_validation(void **state) {
    (void)state;
    KF_AUTO_PTR(json_t) list = records("organizations", NULL);
    KF_AUTO_PTR(json_t) one = records("organizations", "123457");
    const json_t *first = json_array_get(list, 0);
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(kf_dc_text(first, "id"), "123456");
    assert_string_equal(kf_dc_text(first, "name"), "Example Inc");
    assert_string_equal(kf_dc_text(first, "smime"), "active");
    assert_string_equal(kf_dc_text(first, "smime_until"), "2028-12-01");
    assert_string_equal(kf_dc_text(one, "smime"), "expired");
    assert_string_equal(kf_dc_text(one, "city"), "Lehi");
}

static void orders_and_requests_are_listed(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    double_set(dc.d, "needs_approval", "yes");
    double_set(dc.d, "ids_as_strings", "yes");
    submit(&answer);
    KF_AUTO_PTR(json_t) orders = records("orders", NULL);
    KF_AUTO_PTR(json_t) requests = records("requests", NULL);
    KF_AUTO_PTR(json_t) order = records("orders", "542772");
    KF_AUTO_PTR(json_t) request = records("requests", "922432");
    assert_string_equal(kf_dc_text(json_array_get(orders, 0), "id"), "542772");
    assert_string_equal(kf_dc_text(json_array_get(orders, 0), "status"), "needs_approval");
    assert_string_equal(kf_dc_text(json_array_get(orders, 0), "name"), "alice@example.com");
    assert_string_equal(kf_dc_text(json_array_get(requests, 0), "type"), "new_request");
    assert_non_null(json_object_get(order, "validation"));
    assert_non_null(json_object_get(order, "email-validation"));
    assert_string_equal(kf_dc_text(request, "status"), "needs_approval");
}

static void long_lists_come_page_by_page(void **state) {
    (void)state;
    double_set(dc.d, "decide", "pend");
    for (int i = 0; i < 120; i++) {
        KF_AUTO(kf_answer) answer = {0};
        submit(&answer);
    }
    KF_AUTO_PTR(json_t) orders = records("orders", NULL);
    assert_int_equal(json_array_size(orders), 120);
    assert_string_equal(kf_dc_text(json_array_get(orders, 0), "id"), "542891");
    assert_string_equal(kf_dc_text(json_array_get(orders, 119), "id"), "542772");
}

static void products_are_records_too(void **state) {
    (void)state;
    KF_AUTO_PTR(json_t) list = records("products", NULL);
    KF_AUTO_PTR(json_t) one = records("products", "client_premium");
    assert_int_equal(json_array_size(list), 8);
    assert_non_null(json_object_get(one, "signature_hash_types"));
}

static void what_is_no_id_is_not_asked_for(void **state) {
    static const char *const kinds[] = {"orders", "requests", "products", "organizations",
                                        "domains"};
    (void)state;
    for (size_t i = 0; i < KF_COUNT(kinds); i++) {
        KF_AUTO_PTR(json_t) json = NULL;
        assert_int_equal(kf_ca_records(dc.ca, kinds[i], "1/../2", &json), KF_E_USAGE);
    }
    assert_int_equal(double_count(dc.d, "requests"), 0);
}

static void a_list_that_is_not_allowed_says_so(void **state) {
    (void)state;
    KF_AUTO_PTR(json_t) json = NULL;
    double_set(dc.d, "restricted", "orders");
    assert_says(kf_ca_records(dc.ca, "organizations", NULL, &json), KF_E_PERMISSION, "permission");
}

/* --- actions --- */

/* Do it; the answer's member. */
static json_t *act(const char *action, const char *fields) {
    KF_AUTO_PTR(json_t) given = json_loads(fields, 0, NULL);
    json_t *done = NULL;
    assert_non_null(given);
    OK(kf_ca_act(dc.ca, action, given, &done));
    return done;
}

static void an_organization_is_added_and_validated(void **state) {
    (void)state;
    KF_AUTO_PTR(json_t)
    added = act("organization-add",
                "{\"name\":\"New GmbH\",\"address\":\"Weg 1\",\"zip\":\"01067\",\"city\":"
                "\"Dresden\",\"country\":\"DE\",\"telephone\":\"+49 351 1\","
                "\"contact_first_name\":\"Nora\",\"contact_last_name\":\"Neu\","
                "\"contact_email\":\"nora@example.com\",\"contact_telephone\":\"+49 351 2\"}");
    assert_string_equal(kf_dc_text(added, "id"), "123459");
    KF_AUTO_PTR(json_t) asked = act("organization-validate", "{\"organization\":\"123459\"}");
    assert_non_null(strstr(kf_dc_text(asked, "text"), "825 days"));
    KF_AUTO_PTR(json_t) now = records("organizations", "123459");
    assert_string_equal(kf_dc_text(now, "smime"), "pending");
}

static void each_method_says_exactly_what_to_publish(void **state) {
    static const struct {
        const char *fields, *member, *value;
    } cases[] = {
        {"{\"domain\":\"123458\",\"method\":\"dns-txt-token\"}", "record_type", "TXT"},
        {"{\"domain\":\"123458\"}", "record_name", "example.com"},
        {"{\"domain\":\"123458\"}", "record_value", "ksj37dkwl2mvnw9s4xq0rt8yzb1c5fgh"},
        {"{\"domain\":\"123458\",\"method\":\"dns-cname-token\"}", "record_type", "CNAME"},
        {"{\"domain\":\"123458\",\"method\":\"dns-cname-token\"}", "record_name",
         "ksj37dkwl2mvnw9s4xq0rt8yzb1c5fgh.example.com"},
        {"{\"domain\":\"123458\",\"method\":\"dns-cname-token\"}", "record_value",
         "dcv.digicert.com"},
        {"{\"domain\":\"123458\",\"method\":\"http-token\"}", "url",
         "http://example.com/.well-known/pki-validation/fileauth.txt"},
        {"{\"domain\":\"123458\",\"method\":\"http-token\"}", "content",
         "ksj37dkwl2mvnw9s4xq0rt8yzb1c5fgh"},
        {"{\"domain\":\"123458\",\"method\":\"email\"}", "text",
         "domain example.com (id 123458): click the link in DigiCert's e-mail to admin@example.com "
         "or postmaster@example.com or owner@example.net"},
    };
    (void)state;
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO_PTR(json_t) done = act("domain-validate", cases[i].fields);
        assert_string_equal(kf_dc_text(done, cases[i].member), cases[i].value);
    }
}

static void a_domain_is_added_and_checked(void **state) {
    (void)state;
    KF_AUTO_PTR(json_t)
    added = act("domain-add", "{\"name\":\"example.org\",\"organization\":\"123456\"}");
    assert_string_equal(kf_dc_text(added, "id"), "123459");
    assert_non_null(strstr(kf_dc_text(added, "text"), "TXT record \"example.org\""));
    double_set(dc.d, "domain", "pending");
    KF_AUTO_PTR(json_t) early = act("domain-check", "{\"domain\":\"123459\"}");
    assert_false(json_is_true(json_object_get(early, "valid")));
    assert_non_null(strstr(kf_dc_text(early, "text"), "not found in DNS"));
    double_set(dc.d, "domain", "");
    KF_AUTO_PTR(json_t) now = act("domain-check", "{\"domain\":\"123459\"}");
    assert_true(json_is_true(json_object_get(now, "valid")));
    KF_AUTO_PTR(json_t) list = records("domains", NULL);
    assert_string_equal(kf_dc_text(json_array_get(list, 1), "status"), "active");
}

static void the_mails_of_an_order_are_sent_again(void **state) {
    (void)state;
    KF_AUTO_FREE char *ticket = pending_order();
    KF_AUTO_PTR(json_t) done = act("order-resend-emails", "{\"order\":\"542772\"}");
    KF_AUTO_PTR(json_t) checked = act("order-check-dcv", "{\"order\":\"542772\"}");
    assert_int_equal(double_count(dc.d, "resent"), 1);
    assert_non_null(strstr(kf_dc_text(done, "text"), ticket));
    assert_string_equal(kf_dc_text(checked, "dcv"), "valid");
}

static void who_may_not_approve_is_told(void **state) {
    (void)state;
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_PTR(json_t) fields = json_pack("{s:s}", "request", "922432");
    KF_AUTO_PTR(json_t) done = NULL;
    double_set(dc.d, "needs_approval", "yes");
    double_set(dc.d, "skip_approval", "no");
    submit(&answer);
    assert_says(kf_ca_act(dc.ca, "request-approve", fields, &done), KF_E_PERMISSION,
                "may not approve");
}

static void each_kind_and_action_has_a_doer(void **state) {
    const struct kf_connector *connector = kf_connector_find("digicert");
    (void)state;
    for (size_t i = 0; i < connector->kind_count; i++) {
        KF_AUTO_PTR(json_t) list = records(connector->kinds[i].name, NULL);
        assert_true(json_is_array(list));
    }
    for (size_t i = 0; i < connector->action_count; i++) {
        KF_AUTO_PTR(json_t) fields = json_object();
        KF_AUTO_PTR(json_t) done = NULL;
        kf_err err = kf_ca_act(dc.ca, connector->actions[i].name, fields, &done);
        assert_int_not_equal(err, KF_OK); /* it needs its fields */
        assert_int_not_equal(err, KF_E_NOT_FOUND);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_test_says_user_and_account),
        TEST(an_accepted_key_is_a_connected_account),
        TEST(a_refused_key_is_a_signed_out_account),
        TEST(a_key_is_kept_once_it_was_accepted),
        TEST(a_refused_key_does_not_replace_the_one_that_works),
        TEST(signing_out_forgets_the_key),
        TEST(the_key_is_in_no_text_of_the_connection),
        TEST(organizations_show_their_validation),
        TEST(orders_and_requests_are_listed),
        TEST(long_lists_come_page_by_page),
        TEST(products_are_records_too),
        TEST(what_is_no_id_is_not_asked_for),
        TEST(a_list_that_is_not_allowed_says_so),
        TEST(an_organization_is_added_and_validated),
        TEST(each_method_says_exactly_what_to_publish),
        TEST(a_domain_is_added_and_checked),
        TEST(the_mails_of_an_order_are_sent_again),
        TEST(who_may_not_approve_is_told),
        TEST(each_kind_and_action_has_a_doer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
