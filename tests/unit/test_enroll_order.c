// SPDX-License-Identifier: Apache-2.0
// The order as the journal keeps it: all that a resume needs, whatever the texts are.
#include "unit/base_fixture.h"

#include "base/text.h"
#include "enroll/order.h"

static const char profile_text[] = "[profile]\n"
                                   "title = \"Made \xc3\xbc\x62\x65r\"\n"
                                   "keys = p384 rsa2048\n"
                                   "[usage]\n"
                                   "key_usage = digitalSignature\n"
                                   "[names]\n"
                                   "email = optional\n";

static void ok(kf_err err) {
    if (err != KF_OK)
        fail_msg("%s", kf_error_sentence(err));
}

static kf_profile *read_profile(const char *text) {
    kf_profile *profile = NULL;
    ok(kf_profile_parse(text, strlen(text), "own", &profile));
    return profile;
}

/* Through the journal's text and back; `row` holds the text. */
static void round_trip(const struct kf_enroll_order *order, const kf_profile *profile,
                       enum kf_key_type key, kf_request *row, kf_order *ret_order) {
    ok(kf_order_encode(order, profile, key, &row->order));
    row->profile = strdup("own");
    ok(kf_order_decode(row, ret_order));
}

static const struct kf_san sans[] = {
    {KF_SAN_EMAIL, "anna@example.org"},  {KF_SAN_DNS, "*.example.org"},
    {KF_SAN_IP, "2001:db8::1"},          {KF_SAN_URI, "https://example.org/?a=1&b=%22"},
    {KF_SAN_UPN, "anna@EXAMPLE"},        {KF_SAN_KERBEROS, "anna@EXAMPLE.ORG"},
    {KF_SAN_SID, "S-1-5-21-1-2-3-1001"}, {KF_SAN_OTHER, "1.2.3.4;UTF8:x;y"},
};

static void names_of_every_kind_survive(void **state) {
    KF_AUTO(kf_request) row = {0};
    KF_AUTO(kf_order) back = {0};
    struct kf_enroll_order order = {.spec = {.sans = sans, .san_count = KF_COUNT(sans)}};
    round_trip(&order, NULL, KF_KEY_P256, &row, &back);
    assert_int_equal(back.spec.san_count, KF_COUNT(sans));
    for (size_t i = 0; i < KF_COUNT(sans); i++) {
        assert_int_equal(back.spec.sans[i].kind, sans[i].kind);
        assert_string_equal(back.spec.sans[i].value, sans[i].value);
    }
}

static void everything_else_survives(void **state) {
    KF_AUTO(kf_request) row = {0};
    KF_AUTO(kf_order) back = {0};
    kf_profile *profile = read_profile(profile_text);
    struct kf_enroll_order order = {.spec = {.subject = "CN=Anna,O=Example",
                                             .hash = "sha512",
                                             .rsa_pss = true,
                                             .template_name = "Smartcard",
                                             .template_oid = "1.2.3:100:7"},
                                    .fields = "{\"cost\": 4, \"who\": [\"a\", null]}",
                                    .id_style = KF_ID_KEEP,
                                    .exportable = true};
    round_trip(&order, profile, KF_KEY_RSA_4096, &row, &back);
    assert_string_equal(back.spec.subject, "CN=Anna,O=Example");
    assert_string_equal(back.spec.hash, "sha512");
    assert_true(back.spec.rsa_pss);
    assert_string_equal(back.spec.template_name, "Smartcard");
    assert_string_equal(back.spec.template_oid, "1.2.3:100:7");
    assert_int_equal(back.key, KF_KEY_RSA_4096);
    assert_int_equal(back.id_style, KF_ID_KEEP);
    assert_true(back.exportable);
    assert_string_equal(back.fields, "{\"cost\":4,\"who\":[\"a\",null]}");
    assert_string_equal(kf_profile_text(back.profile), profile_text);
    kf_profile_free(profile);
}

static void what_was_not_said_stays_unsaid(void **state) {
    KF_AUTO(kf_request) row = {0};
    KF_AUTO(kf_order) back = {0};
    struct kf_enroll_order order = {0};
    round_trip(&order, NULL, KF_KEY_NONE, &row, &back);
    assert_string_equal(back.spec.subject, "");
    assert_null(back.spec.hash);
    assert_null(back.spec.template_name);
    assert_null(back.spec.template_oid);
    assert_false(back.spec.rsa_pss);
    assert_null(back.profile);
    assert_int_equal(back.key, KF_KEY_NONE);
    assert_int_equal(back.spec.san_count, 0);
    assert_string_equal(back.fields, "{}");
}

static void every_kind_of_key_survives(void **state) {
    for (int type = KF_KEY_NONE; type <= KF_KEY_ED25519; type++) {
        KF_AUTO(kf_request) row = {0};
        KF_AUTO(kf_order) back = {0};
        struct kf_enroll_order order = {0};
        round_trip(&order, NULL, (enum kf_key_type)type, &row, &back);
        assert_int_equal(back.key, type);
    }
}

static void hostile_text_comes_back_as_it_was(void **state) {
    static const char *const texts[] = {
        "CN=\"},{\"key\":\"rsa2048",    "CN=\x01\x1b[31m\x7f",         "CN=%s%n%n",
        "CN='; DROP TABLE requests;--", "CN=\xe2\x80\xae\xe5\xb1\xb1", "CN=a\\,b\\+c\nd",
    };
    for (size_t i = 0; i < KF_COUNT(texts); i++) {
        KF_AUTO(kf_request) row = {0};
        KF_AUTO(kf_order) back = {0};
        struct kf_san san = {KF_SAN_OTHER, texts[i]};
        struct kf_enroll_order order = {
            .spec = {.subject = texts[i], .sans = &san, .san_count = 1}};
        round_trip(&order, NULL, KF_KEY_P256, &row, &back);
        assert_string_equal(back.spec.subject, texts[i]);
        assert_string_equal(back.spec.sans[0].value, texts[i]);
        assert_int_equal(back.key, KF_KEY_P256);
    }
}

static void what_is_not_utf8_is_refused_and_never_left_out(void **state) {
    char *text = NULL;
    struct kf_san bad[] = {{KF_SAN_DNS, "a.example"}, {KF_SAN_DNS, "\xff.example"}};
    struct kf_enroll_order names = {.spec = {.sans = bad, .san_count = 2}};
    struct kf_enroll_order subject = {.spec = {.subject = "CN=\xc3"}};
    assert_int_equal(kf_order_encode(&names, NULL, KF_KEY_P256, &text), KF_E_INPUT);
    assert_int_equal(kf_order_encode(&subject, NULL, KF_KEY_P256, &text), KF_E_INPUT);
    assert_null(text);
}

static void fields_are_one_object_with_each_name_once(void **state) {
    static const char *const bad[] = {
        "", "[]", "1", "{", "{\"a\":1}x", "{\"a\":1,\"a\":2}", "{\"a\":\"\xff\"}"};
    for (size_t i = 0; i < KF_COUNT(bad); i++) {
        char *text = NULL;
        struct kf_enroll_order order = {.fields = bad[i]};
        assert_int_equal(kf_order_encode(&order, NULL, KF_KEY_P256, &text), KF_E_USAGE);
        assert_null(text);
    }
}

static void a_damaged_order_is_told_and_not_guessed(void **state) {
    static char *const bad[] = {NULL,
                                "",
                                "{",
                                "[]",
                                "null",
                                "{\"subject\":1}",
                                "{\"subject\":\"\",\"sans\":[]}",
                                "{\"fields\":{},\"sans\":[]}",
                                "{\"fields\":{},\"sans\":[{\"kind\":1}]}",
                                "{\"fields\":{},\"sans\":[],\"key\":\"rsa3\"}",
                                "{\"fields\":{},\"sans\":[],\"profile_text\":\"[nonsense\"}"};
    for (size_t i = 0; i < KF_COUNT(bad); i++) {
        kf_request row = {.number = 7, .order = bad[i], .profile = "own"};
        KF_AUTO(kf_order) order = {0};
        assert_int_not_equal(kf_order_decode(&row, &order), KF_OK);
        assert_null(order.json);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_every_kind_survive),
        cmocka_unit_test(everything_else_survives),
        cmocka_unit_test(what_was_not_said_stays_unsaid),
        cmocka_unit_test(every_kind_of_key_survives),
        cmocka_unit_test(hostile_text_comes_back_as_it_was),
        cmocka_unit_test(what_is_not_utf8_is_refused_and_never_left_out),
        cmocka_unit_test(fields_are_one_object_with_each_name_once),
        cmocka_unit_test(a_damaged_order_is_told_and_not_guessed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
