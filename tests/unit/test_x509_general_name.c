// SPDX-License-Identifier: Apache-2.0
// General names: text to DER, byte for byte where Windows and Kerberos are picky, and back.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/text.h"
#include "x509/json.h"
#include "x509/name.h"

#define SID "S-1-5-21-1004336348-1177238915-682003330-1104"

static void build(const char *text, GENERAL_NAMES **ret_names) {
    struct kf_san san = {0};
    assert_int_equal(kf_san_parse(text, &san), KF_OK);
    kf_err err = kf_general_names_build(&san, 1, ret_names);
    if (err != KF_OK)
        fail_msg("%s: %s", text, kf_error_sentence(err));
}

static void assert_der(const char *text, const char *hex) {
    KF_AUTO_PTR(GENERAL_NAMES) names = NULL;
    KF_AUTO(kf_buf) shown = {0};
    unsigned char *der = NULL;
    build(text, &names);
    int len = i2d_GENERAL_NAMES(names, &der);
    assert_true(len > 0);
    assert_int_equal(kf_hex(&shown, der, (size_t)len, '\0'), KF_OK);
    OPENSSL_free(der);
    assert_string_equal(kf_buf_str(&shown), hex);
}

static void assert_shows(const char *text, const char *kind, const char *value) {
    KF_AUTO_PTR(GENERAL_NAMES) names = NULL;
    KF_AUTO_PTR(json_t) json = NULL;
    build(text, &names);
    assert_int_equal(kf_general_names_json(names, &json), KF_OK);
    const json_t *first = json_array_get(json, 0);
    assert_string_equal(json_string_value(json_object_get(first, "kind")), kind);
    assert_string_equal(json_string_value(json_object_get(first, "value")), value);
}

static void assert_refused(const char *text) {
    struct kf_san san = {0};
    GENERAL_NAMES *names = NULL;
    kf_err err = kf_san_parse(text, &san);
    if (err == KF_OK)
        err = kf_general_names_build(&san, 1, &names);
    if (err != KF_E_USAGE)
        fail_msg("\"%s\" gave %d", text, err);
    assert_null(names);
}

static void every_kind_is_shown_as_it_was_written(void **state) {
    assert_shows("email:Anna.B@Example.ORG", "email", "Anna.B@example.org");
    assert_shows("email:фёдор@example.org", "email", "фёдор@example.org");
    assert_shows("dns:*.Example.org", "dns", "*.example.org");
    assert_shows("ip:192.0.2.7", "ip", "192.0.2.7");
    assert_shows("ip:2001:db8::1", "ip", "2001:db8::1");
    assert_shows("uri:urn:uuid:0f1e2d3c-0000-4000-8000-000000000001", "uri",
                 "urn:uuid:0f1e2d3c-0000-4000-8000-000000000001");
    assert_shows("URI:tag:microsoft.com,2022-09-14:sid:" SID, "uri",
                 "tag:microsoft.com,2022-09-14:sid:" SID);
    assert_shows("upn:anna@corp.example", "upn", "anna@corp.example");
    assert_shows("kerberos:anna/admin@EXAMPLE.ORG", "kerberos", "anna/admin@EXAMPLE.ORG");
    assert_shows("kerberos:a\\/b@EXAMPLE.ORG", "kerberos", "a\\/b@EXAMPLE.ORG");
    assert_shows("other:1.2.3.4;UTF8:ё", "other", "1.2.3.4;DER:0c02d191");
    assert_shows("other:2.16.840.1.101.3.6.6;DER:0403 010203", "other",
                 "2.16.840.1.101.3.6.6;DER:0403010203");
}

static void upn_is_an_explicit_utf8_string(void **state) {
    assert_der("upn:a@b", "3015a013060a2b060104018237140203a0050c03614062");
}

/* As `openssl asn1parse -genconf` gives it for RFC 4556 3.2.2. */
static void kerberos_name_is_a_principal_with_a_type(void **state) {
    assert_der("kerberos:u@R",
               "3023a02106062b0601050202a0173015a0031b0152a10e300ca003020101a10530031b0175");
}

static void mailbox_in_utf8_is_an_other_name(void **state) {
    assert_der("email:ё@b.c", "3016a01406082b06010505070809a0080c06d19140622e63");
}

static void plain_names_have_their_tags(void **state) {
    assert_der("email:a@B.C", "300781056140622e63");
    assert_der("dns:b.c", "30058203622e63");
    assert_der("uri:a:b", "30058603613a62");
    assert_der("ip:1.2.3.4", "3006870401020304");
}

static void malformed_names_are_refused(void **state) {
    static const char *const texts[] = {
        "email:",
        "mail:a@b",
        "anna@example.org",
        "email:anna",
        "email:@example.org",
        "email:a@",
        "email:a b@example.org",
        "email:.a@example.org",
        "email:a..b@example.org",
        "email:a@-example.org",
        "email:a@exämple.org",
        "email:a\n@example.org",
        "dns:a..b",
        "dns:-a.org",
        "dns:a_b.org",
        "dns:www.*.org",
        "dns:**.org",
        "dns:192.0.2.7",
        "dns:a.org.",
        "dns:exämple.org",
        "ip:192.0.2",
        "ip:192.0.2.256",
        "ip:2001:db8::/32",
        "uri:nothing",
        "uri:http:",
        "uri:1a:b",
        "uri:http://a b",
        "uri:http://ä",
        "uri:tag:microsoft.com,2022-09-14:sid:S-1",
        "upn:anna",
        "upn:@b",
        "upn:a@b@c",
        "upn:a@",
        "kerberos:anna",
        "kerberos:@REALM",
        "kerberos:a@",
        "kerberos:a//b@R",
        "kerberos:a@R@S",
        "kerberos:ä@R",
        "kerberos:a\\",
        "kerberos:a\\@R",
        "other:1.2.3.4",
        "other:1.2.3.4;UTF8:",
        "other:x;UTF8:a",
        "other:1.2.3.4;DER:04",
        "other:1.2.3.4;DER:040101ff",
        "other:1.2.3.4;DER:zz",
        "other:;UTF8:a",
    };
    for (size_t i = 0; i < KF_COUNT(texts); i++)
        assert_refused(texts[i]);
}

static void too_many_or_too_long_names_are_refused(void **state) {
    static struct kf_san many[KF_SAN_MAX + 1];
    char uri[3000] = "a:";
    memset(uri + 2, 'x', sizeof uri - 3);
    GENERAL_NAMES *names = NULL;
    for (size_t i = 0; i < KF_COUNT(many); i++)
        many[i] = (struct kf_san){KF_SAN_URI, "a:b"};
    assert_int_equal(kf_general_names_build(many, KF_COUNT(many), &names), KF_E_USAGE);
    assert_int_equal(kf_general_names_build(&(struct kf_san){KF_SAN_URI, uri}, 1, &names),
                     KF_E_USAGE);
}

static void a_name_said_twice_is_there_once(void **state) {
    const struct kf_san sans[] = {
        {KF_SAN_EMAIL, "a@b.org"}, {KF_SAN_EMAIL, "a@B.org"}, {KF_SAN_SID, SID}};
    KF_AUTO_PTR(GENERAL_NAMES) names = NULL;
    assert_int_equal(kf_general_names_build(sans, KF_COUNT(sans), &names), KF_OK);
    assert_int_equal(sk_GENERAL_NAME_num(names), 1);
}

static void sid_extension_is_what_windows_expects(void **state) {
    KF_AUTO_PTR(X509_EXTENSION) extension = NULL;
    KF_AUTO(kf_buf) hex = {0}, sid = {0};
    assert_int_equal(kf_sid_extension(SID, &extension), KF_OK);
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
    kf_hex(&hex, ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value), '\0');
    assert_memory_equal(kf_buf_str(&hex), "303fa03d060a2b060104018237190201a02f042d532d312d", 48);
    assert_int_equal(hex.len, 2 * 0x41);
    assert_false(X509_EXTENSION_get_critical(extension));
    assert_int_equal(kf_sid_from(extension, &sid), KF_OK);
    assert_string_equal(kf_buf_str(&sid), SID);
}

static void wrong_sids_are_refused(void **state) {
    static const char *const sids[] = {"",
                                       "S-1",
                                       "S-1-",
                                       "S-1-5",
                                       "S-1-5-",
                                       "S-2-5-21",
                                       "S-1-5-21x",
                                       "s-1-5-21",
                                       "S-1-5--21",
                                       "S-1-5-99999999999",
                                       "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16"};
    X509_EXTENSION *extension = NULL;
    for (size_t i = 0; i < KF_COUNT(sids); i++)
        assert_int_equal(kf_sid_extension(sids[i], &extension), KF_E_USAGE);
    assert_null(extension);
    KF_AUTO(kf_buf) sid = {0};
    assert_int_equal(kf_sid_from(NULL, &sid), KF_E_NOT_FOUND);
}

static void malformed_other_names_are_shown_as_hex(void **state) {
    assert_shows("other:1.3.6.1.4.1.311.20.2.3;DER:130161", "other",
                 "1.3.6.1.4.1.311.20.2.3;DER:130161");
    assert_shows("other:1.3.6.1.5.2.2;DER:3000", "other", "1.3.6.1.5.2.2;DER:3000");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_shown_as_it_was_written),
        cmocka_unit_test(upn_is_an_explicit_utf8_string),
        cmocka_unit_test(kerberos_name_is_a_principal_with_a_type),
        cmocka_unit_test(mailbox_in_utf8_is_an_other_name),
        cmocka_unit_test(plain_names_have_their_tags),
        cmocka_unit_test(malformed_names_are_refused),
        cmocka_unit_test(too_many_or_too_long_names_are_refused),
        cmocka_unit_test(a_name_said_twice_is_there_once),
        cmocka_unit_test(sid_extension_is_what_windows_expects),
        cmocka_unit_test(wrong_sids_are_refused),
        cmocka_unit_test(malformed_other_names_are_shown_as_hex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
