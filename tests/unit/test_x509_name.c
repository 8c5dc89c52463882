// SPDX-License-Identifier: Apache-2.0
// Distinguished names: RFC 4514 text to DER and back.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "x509/json.h"
#include "x509/name.h"

/* The text of the name after a trip through DER. */
static void show_again(const char *text, kf_buf *ret_text) {
    KF_AUTO_PTR(X509_NAME) name = NULL;
    KF_AUTO_PTR(X509_NAME) again = NULL;
    unsigned char *der = NULL;
    assert_int_equal(kf_name_parse(text, &name), KF_OK);
    int len = i2d_X509_NAME(name, &der);
    assert_true(len > 0);
    const uint8_t *at = der;
    again = d2i_X509_NAME(NULL, &at, len);
    OPENSSL_free(der);
    assert_non_null(again);
    assert_int_equal(kf_name_text(again, ret_text), KF_OK);
}

static void assert_shows(const char *text, const char *expected) {
    KF_AUTO(kf_buf) shown = {0};
    show_again(text, &shown);
    assert_string_equal(kf_buf_str(&shown), expected);
}

static void assert_refused(const char *text, const char *word) {
    X509_NAME *name = NULL;
    assert_int_equal(kf_name_parse(text, &name), KF_E_USAGE);
    assert_null(name);
    if (!strstr(kf_error_sentence(KF_E_USAGE), word))
        fail_msg("\"%s\" is not in: %s", word, kf_error_sentence(KF_E_USAGE));
}

/* The string type of the only attribute. */
static int type_of(const char *text) {
    KF_AUTO_PTR(X509_NAME) name = NULL;
    assert_int_equal(kf_name_parse(text, &name), KF_OK);
    assert_int_equal(X509_NAME_entry_count(name), 1);
    return ASN1_STRING_type(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, 0)));
}

static void text_survives_the_trip_through_der(void **state) {
    static const char *const texts[] = {
        "CN=Фёдоров Фёдор Фёдорович,O=ООО Ромашка,C=RU",
        "CN=王小明,O=示例,C=CN",
        "CN=𠮷野 太郎",
        "CN=O’Neill,GN=Siobhán,SN=O’Neill",
        "CN=محمد بن سلمان",
        "CN=שלום כהן,O=דוגמה",
        "UID=7+CN=Anna\\, the first,O=Example",
        "CN=\\ leading and trailing\\ ",
        "CN=\\#hash",
        "CN=\\\"Romashka\\\" \\<x\\>\\;\\+\\\\",
        "CN=a=b",
        "1.2.3.4=#0c0141,CN=x",
        "UID=anna,DC=example,DC=org",
        "SNILS=12345678901+INN=123456789012,OGRN=1234567890123",
        "OGRNIP=123456789012345,INNLE=1234567890",
        "STREET=ул. Ленина\\, 1,title=Директор,L=Москва,ST=77 г. Москва",
        "",
    };
    for (size_t i = 0; i < KF_COUNT(texts); i++)
        assert_shows(texts[i], texts[i]);
}

static void other_spellings_become_the_usual_one(void **state) {
    assert_shows(" cn = Anna ,  o=Example", "CN=Anna,O=Example");
    assert_shows("commonName=Anna,2.5.4.10=Example", "CN=Anna,O=Example");
    assert_shows("oid.2.5.4.3=Anna", "CN=Anna");
    assert_shows("E=a@example.org", "emailAddress=a@example.org");
    assert_shows("CN=\\D0\\A4\\D1\\91", "CN=Фё");
    assert_shows("CN=#0c03414243", "CN=ABC");
    assert_shows("G=Anna,S=Hessen,T=Dr.", "GN=Anna,ST=Hessen,title=Dr.");
}

static void a_multi_valued_part_takes_the_order_of_its_der(void **state) {
    assert_shows("CN=Anna\\, the first+UID=7,O=Example", "UID=7+CN=Anna\\, the first,O=Example");
}

static void der_begins_with_the_last_of_the_text(void **state) {
    KF_AUTO_PTR(X509_NAME) name = NULL;
    assert_int_equal(kf_name_parse("CN=Anna+UID=7,O=Example,C=DE", &name), KF_OK);
    char line[128];
    X509_NAME_oneline(name, line, sizeof line);
    assert_memory_equal(line, "/C=DE/O=Example/", 16);
    assert_int_equal(X509_NAME_ENTRY_set(X509_NAME_get_entry(name, 2)),
                     X509_NAME_ENTRY_set(X509_NAME_get_entry(name, 3)));
}

static void each_attribute_has_its_string_type(void **state) {
    assert_int_equal(type_of("CN=Anna"), V_ASN1_UTF8STRING);
    assert_int_equal(type_of("C=DE"), V_ASN1_PRINTABLESTRING);
    assert_int_equal(type_of("serialNumber=A-7"), V_ASN1_PRINTABLESTRING);
    assert_int_equal(type_of("emailAddress=a@b.org"), V_ASN1_IA5STRING);
    assert_int_equal(type_of("DC=org"), V_ASN1_IA5STRING);
    assert_int_equal(type_of("INN=123456789012"), V_ASN1_NUMERICSTRING);
    assert_int_equal(type_of("SNILS=12345678901"), V_ASN1_NUMERICSTRING);
    assert_int_equal(type_of("OGRN=1234567890123"), V_ASN1_NUMERICSTRING);
    assert_int_equal(type_of("CN=#130141"), V_ASN1_PRINTABLESTRING);
}

static void length_is_counted_in_code_points(void **state) {
    char text[4 + 65 * 4] = "CN=";
    for (int i = 0; i < 64; i++)
        strcat(text, "𠮷");
    assert_shows(text, text);
    strcat(text, "𠮷");
    assert_refused(text, "CN may have at most 64 characters");
}

static void wrong_values_are_refused_by_name(void **state) {
    assert_refused("C=DEU", "C must have exactly 2");
    assert_refused("C=Д", "C takes only");
    assert_refused("INN=12345678901x", "INN takes only digits");
    assert_refused("INN=1234567890", "INN must have exactly 12");
    assert_refused("emailAddress=ä@example.org", "emailAddress takes only ASCII");
    assert_refused("CN=", "CN has no value");
    assert_refused("CN=Anna,O=  ", "O has no value");
    assert_refused("CN=a\\00b", "control character");
    assert_refused("CN=a\tb", "control character");
    assert_refused("CN=\\E2\\80\\AEtxt", "control character");
    assert_refused("CN=\\D0", "not UTF-8");
    assert_refused("CN=\xff", "not UTF-8");
}

static void wrong_syntax_is_refused(void **state) {
    assert_refused("Anna", "TYPE=");
    assert_refused("CN=Anna,", "TYPE=");
    assert_refused(",CN=Anna", "TYPE=");
    assert_refused("CN=Anna+", "TYPE=");
    assert_refused("XY=Anna", "no attribute \"XY\"");
    assert_refused("1.2.03=Anna", "not an object identifier");
    assert_refused("/CN=Anna", "not \"/O=Example");
    assert_refused("CN=\"Anna\"", "write \"\\\"\"");
    assert_refused("CN=a\\xb", "not an escape");
    assert_refused("CN=a\\", "not an escape");
    assert_refused("CN=#0c0541", "hex");
    assert_refused("CN=#zz", "hex");
    assert_refused("CN=#020101", "not a string");
}

static void too_much_is_refused(void **state) {
    char text[9000] = "";
    for (int i = 0; i < 33; i++)
        strcat(text, i ? ",OU=x" : "OU=x");
    assert_refused(text, "more than 32");
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_refused(text, "longer than");
}

static void foreign_controls_are_shown_as_escapes(void **state) {
    KF_AUTO_PTR(X509_NAME) name = X509_NAME_new();
    KF_AUTO(kf_buf) text = {0};
    assert_true(X509_NAME_add_entry_by_txt(name, "CN", V_ASN1_UTF8STRING,
                                           (const uint8_t *)"a\x1b[31m\xe2\x80\xae", 9, -1, 0));
    assert_int_equal(kf_name_text(name, &text), KF_OK);
    assert_string_equal(kf_buf_str(&text), "CN=a\\1B[31m\\E2\\80\\AE");
}

static void json_has_the_order_of_the_text(void **state) {
    KF_AUTO_PTR(X509_NAME) name = NULL;
    KF_AUTO_PTR(json_t) json = NULL;
    assert_int_equal(kf_name_parse("CN=Фёдоров,1.2.3=x", &name), KF_OK);
    assert_int_equal(kf_name_json(name, &json), KF_OK);
    KF_AUTO_FREE char *text = json_dumps(json, JSON_COMPACT);
    assert_string_equal(text, "[{\"oid\":\"2.5.4.3\",\"name\":\"CN\",\"value\":\"Фёдоров\"},"
                              "{\"oid\":\"1.2.3\",\"name\":\"1.2.3\",\"value\":\"x\"}]");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_survives_the_trip_through_der),
        cmocka_unit_test(other_spellings_become_the_usual_one),
        cmocka_unit_test(a_multi_valued_part_takes_the_order_of_its_der),
        cmocka_unit_test(der_begins_with_the_last_of_the_text),
        cmocka_unit_test(each_attribute_has_its_string_type),
        cmocka_unit_test(length_is_counted_in_code_points),
        cmocka_unit_test(wrong_values_are_refused_by_name),
        cmocka_unit_test(wrong_syntax_is_refused),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(foreign_controls_are_shown_as_escapes),
        cmocka_unit_test(json_has_the_order_of_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
