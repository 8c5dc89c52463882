// SPDX-License-Identifier: Apache-2.0
// CertCentral's answers as bytes: read whole, read in older forms, and refused when they are none.
#include "unit/ca_fixture.h"

#include "ca/digicert/digicert.h"

static json_t *parsed(const char *text) {
    json_t *json = NULL;
    OK(kf_json_parse_answer(text, strlen(text), &json));
    return json;
}

static void an_order_is_read_with_its_chain(void **state) {
    (void)state;
    KF_AUTO(kf_dc_order) order = {0};
    KF_AUTO_PTR(json_t)
    json = parsed("{\"id\":542772,\"certificate_id\":\"318113\",\"requests\":[{\"id\":9,\"status\":"
                  "\"pending\"},{\"id\":10,\"status\":\"approved\"}],\"certificate_chain\":[{"
                  "\"pem\":\"A\\r\\n\"},{\"subject_common_name\":\"x\"},{\"pem\":\"B\"}]}");
    OK(kf_dc_order_read(json, &order));
    assert_string_equal(order.id, "542772");
    assert_string_equal(order.certificate_id, "318113");
    assert_string_equal(order.request_id, "10");
    assert_string_equal(order.request_status, "approved");
    assert_string_equal(kf_buf_str(&order.chain), "A\r\n\nB\n");
    assert_int_equal(order.status, KF_DC_UNKNOWN);
}

static void order_info_is_read(void **state) {
    (void)state;
    KF_AUTO(kf_dc_order) order = {0};
    KF_AUTO_PTR(json_t)
    json = parsed("{\"id\":\"7\",\"status\":\"Waiting_Pickup\",\"date_created\":\"2026-01-05T12:00:"
                  "00+02:00\",\"alternative_order_id\":\"kf-1\",\"product\":{\"name_id\":"
                  "\"client_premium\"},\"certificate\":{\"id\":8,\"csr\":\"MII\"},\"requests\":[{"
                  "\"id\":1,\"status\":\"rejected\",\"comments\":\"no\"}]}");
    OK(kf_dc_order_read(json, &order));
    assert_int_equal(order.status, KF_DC_WAITING_PICKUP);
    assert_string_equal(order.certificate_id, "8");
    assert_int_equal(order.created, 1767607200);
    assert_string_equal(order.alternative, "kf-1");
    assert_string_equal(order.product, "client_premium");
    assert_string_equal(kf_buf_str(&order.comments), "no");
    assert_string_equal(kf_buf_str(&order.csr), "MII");
}

static void what_is_no_order_is_refused(void **state) {
    static const char *const texts[] = {
        "{}",
        "[]",
        "{\"id\":null}",
        "{\"id\":-5}",
        "{\"id\":0}",
        "{\"id\":{}}",
        "{\"id\":\"\"}",
        "{\"id\":\"1/2\"}",
        "{\"id\":\"12a\"}",
        "{\"id\":\"123456789012345678901234567890\"}",
    };
    (void)state;
    for (size_t i = 0; i < KF_COUNT(texts); i++) {
        KF_AUTO(kf_dc_order) order = {0};
        KF_AUTO_PTR(json_t) json = parsed(texts[i]);
        if (kf_dc_order_read(json, &order) != KF_E_CA_ANSWER)
            fail_msg("%s was taken", texts[i]);
    }
}

static void errors_are_read_in_every_form(void **state) {
    static const struct {
        const char *json, *code, *text;
    } cases[] = {
        {"{\"errors\":[{\"code\":\"a|b\",\"message\":\"M\"},{\"code\":\"c\",\"message\":\"N\"}]}",
         "a|b", "M; N"},
        {"{\"errors\":{\"code\":\"a\",\"message\":\"M\"}}", "a", "M"},
        {"{\"errors\":[{\"code\":\"bad_request_format\"}]}", "bad_request_format",
         "bad_request_format"},
        {"{\"errors\":[\"plain words\"]}", "", "plain words"},
        {"{\"code\":\"x\",\"message\":\"M\"}", "x", "M"},
        {"{}", "", ""},
        {"[]", "", ""},
    };
    (void)state;
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        struct kf_dc_error error;
        KF_AUTO_PTR(json_t) json = parsed(cases[i].json);
        kf_dc_error_read(json, &error);
        assert_string_equal(error.code, cases[i].code);
        assert_string_equal(error.text, cases[i].text);
    }
}

static void a_code_is_known_by_its_first_part(void **state) {
    (void)state;
    const struct kf_dc_error error = {.code = "not_found|order"};
    assert_true(kf_dc_error_is(&error, "not_found"));
    assert_true(kf_dc_error_is(&error, "not_found|order"));
    assert_false(kf_dc_error_is(&error, "not_found|route"));
    assert_false(kf_dc_error_is(&error, "not"));
}

static void waiting_names_what_is_open(void **state) {
    (void)state;
    struct kf_dc_waiting waiting = {0};
    KF_AUTO_PTR(json_t)
    emails = parsed("{\"emails\":[{\"email\":\"a@x\",\"status\":\"validated\"},{\"email\":\"b@x\","
                    "\"status\":\"unvalidated\"},{\"email\":\"c@x\",\"status\":\"unvalidated\"}]}");
    KF_AUTO_PTR(json_t)
    validations = parsed(
        "{\"organization_validations\":[{\"name\":\"S/MIME\",\"status\":\"pending\"},{\"name\":"
        "\"OV\",\"status\":\"active\"}],\"dns_name_validations\":[{\"status\":\"active\","
        "\"name_scope\":\"a.com\"},{\"domain_id\":\"5\",\"status\":\"pending\",\"dns_names\":["
        "\"b.com\"],\"method\":\"email\"}]}");
    kf_dc_waiting_emails(emails, &waiting);
    kf_dc_waiting_validations(validations, &waiting);
    assert_string_equal(waiting.emails, "b@x, c@x");
    assert_string_equal(waiting.organization, "S/MIME (pending)");
    assert_string_equal(waiting.domain, "b.com");
    assert_string_equal(waiting.domain_id, "5");
    assert_string_equal(waiting.method, "email");
}

static void long_lists_of_addresses_are_cut(void **state) {
    (void)state;
    struct kf_dc_waiting waiting = {0};
    KF_AUTO_PTR(json_t) list = json_array();
    for (int i = 0; i < 2000; i++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "email", "somebody@example.com",
                                              "status", "unvalidated"));
    KF_AUTO_PTR(json_t) json = json_pack("{s:O}", "emails", list);
    kf_dc_waiting_emails(json, &waiting);
    assert_int_equal(strlen(waiting.emails), sizeof waiting.emails - 1);
}

static void times_that_are_none_are_zero(void **state) {
    static const char *const texts[] = {"",
                                        "2026-01-05",
                                        "yesterday",
                                        "2026-13-05T10:00:00+00:00",
                                        "0001-01-01T00:00:00",
                                        "2026-01-99T10:00:00+00:00"};
    (void)state;
    for (size_t i = 0; i < KF_COUNT(texts); i++)
        assert_int_equal(kf_dc_time(texts[i]), 0);
    assert_int_equal(kf_dc_time("2026-01-05T10:00:00+00:00"), 1767607200);
    assert_int_equal(kf_dc_time("2026-01-05T10:00:00Z"), 1767607200);
    assert_int_equal(kf_dc_time("2026-01-05T05:30:00-04:30"), 1767607200);
}

static void a_token_is_needed_to_publish(void **state) {
    (void)state;
    KF_AUTO_PTR(json_t) answer = parsed("{\"dcv_token\":{\"status\":\"pending\"}}");
    KF_AUTO_PTR(json_t) publish = NULL;
    assert_says(kf_dc_publish("x.com", "dns-txt-token", answer, &publish), KF_E_CA_ANSWER,
                "no token");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_is_read_with_its_chain),
        cmocka_unit_test(order_info_is_read),
        cmocka_unit_test(what_is_no_order_is_refused),
        cmocka_unit_test(errors_are_read_in_every_form),
        cmocka_unit_test(a_code_is_known_by_its_first_part),
        cmocka_unit_test(waiting_names_what_is_open),
        cmocka_unit_test(long_lists_of_addresses_are_cut),
        cmocka_unit_test(times_that_are_none_are_zero),
        cmocka_unit_test(a_token_is_needed_to_publish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
