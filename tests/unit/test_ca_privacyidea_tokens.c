// SPDX-License-Identifier: Apache-2.0
// What else privacyIDEA is asked for: templates, forms, the look before an order, tokens, revoking.
#include "unit/privacyidea_fixture.h"

static json_t *named(const json_t *list, const char *member, const char *value) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *item = json_array_get(list, i);
        if (kf_str_equal(json_string_value(json_object_get(item, member)), value))
            return item;
    }
    return NULL;
}

static const char *text_in(const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

/* --- templates and forms --- */

static void templates_name_their_ca(void **state) {
    KF_AUTO_PTR(json_t) list = NULL;
    OK(kf_ca_templates(ca, &list));
    assert_non_null(named(list, "name", "localCA/user"));
    assert_non_null(named(list, "name", "localCA/"));
    assert_non_null(named(list, "name", "msCA/ManualUser"));
    assert_null(named(list, "name", "msCA/"));
}

static void an_account_that_may_not_list_has_what_the_settings_say(void **state) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_AUTO_PTR(json_t) form = NULL;
    set("may-list", "no");
    edit("template=user");
    OK(kf_ca_templates(ca, &list));
    assert_int_equal(json_array_size(list), 1);
    assert_non_null(named(list, "name", "localCA/user"));
    OK(kf_ca_form(ca, KF_FORM_ORDER, NULL, &form));
    json_t *field = named(json_object_get(form, "fields"), "name", "template");
    assert_string_equal(text_in(field, "value"), "localCA/user");
    KF_AUTO_PTR(json_t) none = NULL;
    edit("ca=");
    assert_says(kf_ca_templates(ca, &none), KF_E_POLICY, "may not list");
}

static void the_order_form_offers_what_there_is(void **state) {
    KF_AUTO_PTR(json_t) form = NULL;
    OK(kf_ca_form(ca, KF_FORM_ORDER, "msCA/AutoUser", &form));
    json_t *fields = json_object_get(form, "fields"), *field = named(fields, "name", "template");
    assert_string_equal(text_in(field, "value"), "msCA/AutoUser");
    assert_non_null(named(json_object_get(field, "choices"), "value", "localCA/webserver"));
    assert_string_equal(text_in(named(fields, "name", "attestation"), "kind"), "file");
}

static void the_other_forms_are_there(void **state) {
    KF_AUTO_PTR(json_t) login = NULL;
    KF_AUTO_PTR(json_t) registration = NULL;
    OK(kf_ca_form(ca, KF_FORM_LOGIN, NULL, &login));
    OK(kf_ca_form(ca, KF_FORM_REGISTER, NULL, &registration));
    json_t *user = named(json_object_get(login, "fields"), "name", "user");
    assert_string_equal(text_in(user, "value"), "alice");
    set("register", "no");
    KF_AUTO_PTR(json_t) none = NULL;
    assert_says(kf_ca_form(ca, KF_FORM_REGISTER, NULL, &none), KF_E_UNSUPPORTED, "registration");
}

/* --- before an order --- */

static kf_err prepare(const char *subject, const char *fields, kf_prepared *prepared) {
    struct kf_ca_plan plan = {
        .profile = "tls-client", .key = "p256", .subject = subject, .fields = fields};
    return kf_ca_prepare(ca, &plan, prepared);
}

static bool notes_say(const kf_prepared *prepared, const char *part) {
    for (size_t i = 0; i < json_array_size(prepared->notes); i++)
        if (strstr(text_in(json_array_get(prepared->notes, i), "text"), part))
            return true;
    return false;
}

static void what_the_ca_ignores_is_said_before(void **state) {
    KF_AUTO(kf_prepared) prepared = {0};
    KF_AUTO_PTR(json_t) fields = NULL;
    OK(prepare("CN=Anna", "{\"template\":\"localCA/user\"}", &prepared));
    assert_true(notes_say(&prepared, "alternative names"));
    assert_true(notes_say(&prepared, "certified before"));
    assert_false(notes_say(&prepared, "Microsoft"));
    fields = json_loads(prepared.fields, 0, NULL);
    assert_string_equal(text_in(fields, "template"), "localCA/user");
    assert_null(json_object_get(fields, "ca"));
}

static void a_microsoft_ca_comes_with_a_warning(void **state) {
    KF_AUTO(kf_prepared) prepared = {0};
    OK(prepare("CN=Anna", "{\"template\":\"msCA/AutoUser\"}", &prepared));
    assert_true(notes_say(&prepared, "loses the order"));
}

static void what_it_would_refuse_is_refused_before(void **state) {
    static const struct {
        const char *subject, *fields, *says;
    } cases[] = {
        {"O=Example", "{}", "common name"},
        {"O=A\\,CN=B", "{}", "common name"},
        {"CN=Anna", "{\"ca\":\"nopeCA\"}", "no CA \"nopeCA\"; it has \"localCA\", \"msCA\""},
        {"CN=Anna", "{\"template\":\"localCA/nope\"}", "no template \"nope\""},
        {"CN=Anna", "{\"ca\":\"msCA\"}", "wants a template"},
        {"CN=Anna", "{\"ca\":\"msCA\",\"template\":\"localCA/user\"}", "not one of the CA"},
        {"CN=Anna", "{\"attestation\":\"x\"}", "makes a new one"},
    };
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO(kf_prepared) prepared = {0};
        assert_says(prepare(cases[i].subject, cases[i].fields, &prepared), KF_E_USAGE,
                    cases[i].says);
    }
}

static void without_a_session_no_key_is_made(void **state) {
    KF_AUTO(kf_prepared) prepared = {0};
    assert_says(prepare("CN=Anna", "{}", &prepared), KF_E_CA_LOGIN, "nobody is signed in");
}

static void an_attestation_must_be_of_the_key(void **state) {
    KF_AUTO(kf_answer) own = {0};
    KF_AUTO(kf_prepared) right = {0}, wrong = {0};
    assert_int_equal(submit(&own), KF_CA_ISSUED); /* any certificate for the key will do */
    KF_AUTO_PTR(json_t) fields = json_pack("{s:s}", "attestation", (char *)own.body);
    KF_AUTO_FREE char *text = json_dumps(fields, 0);
    struct kf_ca_plan plan = {.fields = text, .csr = csr.data, .csr_len = csr.len};
    OK(kf_ca_prepare(ca, &plan, &right));
    assert_true(notes_say(&right, "RSA keys only"));
    EVP_PKEY_free(key);
    key = EVP_EC_gen("P-256");
    make_request("CN=Alice", "tls-client");
    plan.csr = csr.data, plan.csr_len = csr.len;
    assert_says(kf_ca_prepare(ca, &plan, &wrong), KF_E_USAGE, "another key");
}

/* --- revoking --- */

static kf_err revoke_it(const kf_answer *issued, const char *ticket, int reason,
                        kf_answer *answer) {
    KF_AUTO(kf_certs) certs = {0};
    size_t len = 0;
    OK(kf_certs_read(issued->body, issued->body_len, &certs));
    const uint8_t *der = kf_cert_der(certs.items[0], &len);
    struct kf_ca_revocation order = {
        .cert = der, .cert_len = len, .ticket = ticket, .reason = reason};
    return kf_ca_revoke(ca, &order, answer);
}

static void one_token_is_revoked_and_no_other(void **state) {
    KF_AUTO(kf_answer) issued = {0}, answer = {0}, again = {0};
    submit(&issued);
    OK(revoke_it(&issued, issued.ticket, 1, &answer));
    assert_int_equal(answer.outcome, KF_CA_ISSUED);
    OK(revoke_it(&issued, issued.ticket, 1, &again));
    assert_int_equal(again.outcome, KF_CA_ISSUED);
    assert_int_equal(count("revoked"), 1); /* alice has an OTP token too */
    const char *body = double_seen(server, "POST /token/revoke", "body");
    assert_string_equal(body, "{\"serial\":\"" PI_SERIAL "\"}");
    assert_string_equal(double_seen(server, "POST /token/revoke", "path"),
                        "/token/revoke/" PI_SERIAL);
}

static void a_serial_that_names_nothing_or_all_is_never_sent(void **state) {
    static const char *const serials[] = {"", "*", "KF*", "KF 1", "../revoke", "KF1?user=alice"};
    KF_AUTO(kf_answer) issued = {0}, answer = {0};
    submit(&issued);
    for (size_t i = 0; i < KF_COUNT(serials); i++)
        assert_says(revoke_it(&issued, serials[i], 1, &answer), KF_E_USAGE, "nothing was sent");
    assert_says(revoke_it(&issued, "KF99", 1, &answer), KF_E_NOT_FOUND, "KF99");
    assert_string_equal(double_seen(server, "POST /token/revoke", "path"), "");
    assert_int_equal(count("revoked"), 0);
}

static void a_token_with_another_certificate_is_left_alone(void **state) {
    KF_AUTO(kf_answer) mine = {0}, other = {0}, answer = {0};
    submit(&mine);
    struct kf_ca_order order = order_of("another", &csr);
    OK(kf_ca_submit(ca, &order, &other));
    assert_says(revoke_it(&mine, other.ticket, 1, &answer), KF_E_STATE, "another certificate");
    assert_int_equal(count("revoked"), 0);
}

static void without_a_ticket_the_certificate_is_searched_page_by_page(void **state) {
    KF_AUTO(kf_answer) answer = {0}, last = {0};
    for (int i = 0; i < 60; i++) {
        KF_AUTO_FREE char *id = kf_str("many-%d", i);
        struct kf_ca_order order = order_of(id, &csr);
        OK(kf_ca_submit(ca, &order, &last));
    }
    OK(revoke_it(&last, NULL, 1, &answer));
    assert_int_equal(count("revoked"), 1);
    KF_AUTO_PTR(json_t) list = NULL;
    OK(kf_ca_records(ca, "tokens", NULL, &list));
    assert_int_equal(json_array_size(list), 60);
    assert_string_equal(text_in(named(list, "serial", last.ticket), "state"), "revoked");
}

static void holding_is_not_revoking(void **state) {
    KF_AUTO(kf_answer) issued = {0}, answer = {0};
    submit(&issued);
    assert_says(revoke_it(&issued, issued.ticket, 6, &answer), KF_E_UNSUPPORTED, "on hold");
    assert_int_equal(count("revoked"), 0);
}

/* The double does what the real one does: this is what the refusals above keep from happening. */
static void a_bare_revoke_would_take_all_tokens_of_the_user(void **state) {
    KF_AUTO(kf_answer) issued = {0};
    KF_AUTO_FREE char *session = NULL;
    submit(&issued);
    session = strdup(double_seen(server, "POST /token/init", "pi-authorization"));
    KF_AUTO_FREE char *command = kf_str("exec 3<>/dev/tcp/127.0.0.1/%s; printf 'POST /token/revoke "
                                        "HTTP/1.1\\r\\nPI-Authorization: %s\\r\\nContent-Length: "
                                        "0\\r\\nConnection: close\\r\\n\\r\\n' >&3; cat <&3",
                                        strrchr(double_url(server), ':') + 1, session);
    KF_AUTO_FREE char *whole = kf_str("bash -c \"%s\" | grep -q '\"value\": *2'", command);
    assert_int_equal(shell(whole), 0);
    assert_int_equal(count("revoked"), 2);
}

/* --- records and actions --- */

static void act(const char *action, const char *fields, json_t **ret_said) {
    KF_AUTO_PTR(json_t) given = json_loads(fields, 0, NULL);
    OK(kf_ca_act(ca, action, given, ret_said));
}

static void a_token_is_shown_without_its_secrets(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_PTR(json_t) token = NULL;
    set("pending-csr", "token_pending");
    OK(submit_with("{\"template\":\"msCA/ManualUser\",\"description\":\"PIV\"}", &answer));
    OK(kf_ca_records(ca, "tokens", PI_SERIAL, &token));
    KF_AUTO_FREE char *text = json_dumps(token, 0);
    assert_string_equal(text_in(token, "state"), "pending");
    assert_string_equal(text_in(token, "description"), "PIV");
    assert_null(strstr(text, "privatekey"));
    assert_null(strstr(text, "2ceb4956"));
}

static void cas_are_listed(void **state) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_AUTO_PTR(json_t) one = NULL;
    OK(kf_ca_records(ca, "caconnectors", NULL, &list));
    OK(kf_ca_records(ca, "caconnectors", "msCA", &one));
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(text_in(one, "type"), "microsoft");
}

static void a_token_is_switched_off_and_on_and_described(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_PTR(json_t) off = NULL;
    KF_AUTO_PTR(json_t) said = NULL;
    KF_AUTO_PTR(json_t) described = NULL;
    KF_AUTO_PTR(json_t) token = NULL;
    submit(&answer);
    act("token-disable", "{\"serial\":\"" PI_SERIAL "\"}", &off);
    act("token-description", "{\"serial\":\"" PI_SERIAL "\",\"description\":\"desk 4\"}",
        &described);
    OK(kf_ca_records(ca, "tokens", PI_SERIAL, &token));
    assert_string_equal(text_in(token, "state"), "disabled");
    assert_string_equal(text_in(token, "description"), "desk 4");
    act("token-enable", "{\"serial\":\"" PI_SERIAL "\"}", &said);
    assert_non_null(strstr(text_in(said, "text"), "enabled"));
}

static void a_certificate_of_elsewhere_is_uploaded(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_PTR(json_t) said = NULL;
    KF_AUTO(kf_buf) crlf = {0};
    submit(&answer);
    for (size_t i = 0; i < answer.body_len; i++)
        OK(kf_buf_add(&crlf, answer.body[i] == '\n' ? "\r\n" : (char *)&answer.body[i],
                      answer.body[i] == '\n' ? 2 : 1));
    KF_AUTO_PTR(json_t) fields = json_pack("{s:s}", "certificate", kf_buf_str(&crlf));
    OK(kf_ca_act(ca, "upload-certificate", fields, &said));
    assert_int_equal(count("uploads"), 1);
    assert_true(kf_str_starts(text_in(said, "serial"), "CRT"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        PI_TEST_SIGNED(templates_name_their_ca),
        PI_TEST_SIGNED(an_account_that_may_not_list_has_what_the_settings_say),
        PI_TEST_SIGNED(the_order_form_offers_what_there_is),
        PI_TEST(the_other_forms_are_there),
        PI_TEST_SIGNED(what_the_ca_ignores_is_said_before),
        PI_TEST_SIGNED(a_microsoft_ca_comes_with_a_warning),
        PI_TEST_SIGNED(what_it_would_refuse_is_refused_before),
        PI_TEST(without_a_session_no_key_is_made),
        PI_TEST_SIGNED(an_attestation_must_be_of_the_key),
        PI_TEST_SIGNED(one_token_is_revoked_and_no_other),
        PI_TEST_SIGNED(a_serial_that_names_nothing_or_all_is_never_sent),
        PI_TEST_SIGNED(a_token_with_another_certificate_is_left_alone),
        PI_TEST_SIGNED(without_a_ticket_the_certificate_is_searched_page_by_page),
        PI_TEST_SIGNED(holding_is_not_revoking),
        PI_TEST_SIGNED(a_bare_revoke_would_take_all_tokens_of_the_user),
        PI_TEST_SIGNED(a_token_is_shown_without_its_secrets),
        PI_TEST_SIGNED(cas_are_listed),
        PI_TEST_SIGNED(a_token_is_switched_off_and_on_and_described),
        PI_TEST_SIGNED(a_certificate_of_elsewhere_is_uploaded),
    };
    return cmocka_run_group_tests_name("ca_privacyidea_tokens", tests, NULL, NULL);
}
