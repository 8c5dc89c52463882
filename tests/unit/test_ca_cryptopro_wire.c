// SPDX-License-Identifier: Apache-2.0
// CryptoPro UC 2.0: answers as bytes, sensible and not.
#include "unit/ca_fixture.h"

#include "ca/cryptopro/wire.h"

static kf_err read_fields(const char *text, kf_cp_fields *fields) {
    return kf_cp_read_fields(text, strlen(text), fields);
}

static void letters_are_read_in_either_case(void **state) {
    static const char known[] = "QAPCKRDE";
    for (size_t i = 0; known[i]; i++) {
        const char upper[] = {known[i], '\0'}, lower[] = {(char)(known[i] | 0x20), '\0'};
        assert_int_equal(kf_cp_letter(upper), KF_CP_QUEUED + i);
        assert_int_equal(kf_cp_letter(lower), KF_CP_QUEUED + i);
    }
}

static void other_letters_are_unknown(void **state) {
    static const char *const unknown[] = {NULL, "", "X", "CC", "Complete", " C", "1", "\xd0\xa1"};
    for (size_t i = 0; i < KF_COUNT(unknown); i++)
        assert_int_equal(kf_cp_letter(unknown[i]), KF_CP_UNKNOWN);
}

static void fields_have_defaults_for_what_is_absent_or_null(void **state) {
    KF_AUTO(kf_cp_fields) fields = {0};
    OK(read_fields("{\"RDN\":[{\"Oid\":\"2.5.4.3\"},{\"Oid\":\"2.5.4.10\",\"Name\":null,"
                   "\"LocalizedName\":null,\"Length\":null,\"SettingsValues\":null,"
                   "\"DefaultValue\":null,\"ProhibitEmpty\":null,\"Other\":{}}]}",
                   &fields));
    assert_int_equal(fields.count, 2);
    assert_string_equal(fields.items[0].name, "2.5.4.3");
    assert_string_equal(fields.items[0].title, "2.5.4.3");
    assert_false(fields.items[1].required || fields.items[1].read_only || fields.items[1].closed);
    assert_int_equal(fields.items[1].max, 0);
    assert_null(fields.items[1].choices);
}

static void what_is_no_field_is_passed_over(void **state) {
    KF_AUTO(kf_cp_fields) fields = {0};
    OK(read_fields("{\"RDN\":[null,7,\"x\",{},{\"Oid\":\"CN\"},{\"Oid\":\"2..3\"},{\"Oid\":"
                   "\"2.5.4.3.\"},{\"Oid\":\"2.5.4.3\",\"Name\":\"CN\"},{\"Oid\":\"2.5.4.3\"}]}",
                   &fields));
    assert_int_equal(fields.count, 1);
}

static void names_that_cannot_be_typed_or_are_taken_become_oids(void **state) {
    KF_AUTO(kf_cp_fields) fields = {0};
    OK(read_fields("{\"RDN\":[{\"Oid\":\"2.5.4.3\",\"Name\":\"A B\"},{\"Oid\":\"2.5.4.4\",\"Name\":"
                   "\"Email\"},{\"Oid\":\"2.5.4.5\",\"Name\":\"N\"},{\"Oid\":\"2.5.4.6\",\"Name\":"
                   "\"N\"}]}",
                   &fields));
    assert_string_equal(fields.items[0].name, "2.5.4.3");
    assert_string_equal(fields.items[0].title, "A B");
    assert_string_equal(fields.items[1].name, "2.5.4.4");
    assert_string_equal(fields.items[2].name, "N");
    assert_string_equal(fields.items[3].name, "2.5.4.6");
}

/* Rules that would let nothing pass are not rules. */
static void impossible_rules_are_loosened(void **state) {
    KF_AUTO(kf_cp_fields) fields = {0};
    OK(read_fields(
        "{\"RDN\":[{\"Oid\":\"2.5.4.3\",\"SettingsValues\":[],\"ProhibitAnyValue\":true},"
        "{\"Oid\":\"2.5.4.4\",\"ProhibitChange\":true},"
        "{\"Oid\":\"2.5.4.6\",\"SettingsValues\":[\"RU\"],\"ProhibitAnyValue\":true,"
        "\"ProhibitChange\":true},"
        "{\"Oid\":\"2.5.4.7\",\"SettingsValues\":[\"a\",\"b\"],\"ProhibitAnyValue\":true,"
        "\"DefaultValue\":\"c\"}]}",
        &fields));
    assert_false(fields.items[0].closed);
    assert_false(fields.items[1].read_only);
    assert_true(fields.items[2].read_only);
    assert_string_equal(fields.items[2].value, "RU");
    assert_null(fields.items[3].value);
}

static void too_many_are_refused(void **state) {
    KF_AUTO(kf_buf) text = {0};
    KF_AUTO(kf_cp_fields) fields = {0};
    OK(kf_buf_add_str(&text, "{\"RDN\":[{}"));
    for (size_t i = 0; i < KF_CP_FIELDS_MAX; i++)
        OK(kf_buf_add_str(&text, ",{}"));
    OK(kf_buf_add_str(&text, "]}"));
    assert_says(read_fields(kf_buf_str(&text), &fields), KF_E_CA_ANSWER, "65 items");
}

static void answers_of_another_kind_are_refused(void **state) {
    static const char *const texts[] = {
        "",       "{}",         "[]",           "null", "{\"RDN\":null}", "{\"RDN\":7}",
        "<html>", "{\"RDN\":[", "{\"RDN\":[]}x"};
    for (size_t i = 0; i < KF_COUNT(texts); i++) {
        KF_AUTO(kf_cp_fields) fields = {0};
        KF_AUTO(kf_cp_templates) templates = {0};
        struct kf_cp_request request = {0};
        size_t len = strlen(texts[i]);
        assert_int_equal(read_fields(texts[i], &fields), KF_E_CA_ANSWER);
        assert_int_equal(kf_cp_read_templates(texts[i], len, &templates), KF_E_CA_ANSWER);
        assert_int_equal(kf_cp_read_request(texts[i], len, &request), KF_E_CA_ANSWER);
        assert_null(fields.json);
    }
}

static void a_registration_is_read_alone_or_in_an_array(void **state) {
    static const char *const texts[] = {
        "{\"RegRequest\":{\"RegRequestId\":\"r\",\"Status\":\"q\",\"Token\":\"t\",\"Password\":"
        "\"p\"}}",
        "{\"RegRequest\":[{\"RegRequestId\":\"r\",\"Status\":\"Q\",\"Token\":\"t\",\"Password\":"
        "\"p\"}]}",
    };
    for (size_t i = 0; i < KF_COUNT(texts); i++) {
        KF_AUTO(kf_cp_registration) registration = {0};
        OK(kf_cp_read_registration(texts[i], strlen(texts[i]), &registration));
        assert_string_equal(registration.token, "t");
        assert_string_equal(registration.password, "p");
        assert_int_equal(registration.letter, KF_CP_QUEUED);
    }
}

static kf_err read_request(const char *text, struct kf_cp_request *request) {
    return kf_cp_read_request(text, strlen(text), request);
}

static void ids_are_texts_or_numbers(void **state) {
    struct kf_cp_request request = {0};
    OK(read_request("{\"CertRequest\":{\"CertRequestId\":48812,\"Status\":null}}", &request));
    assert_string_equal(request.id, "48812");
    assert_int_equal(request.letter, KF_CP_UNKNOWN);
    OK(read_request("{\"CertRequest\":{\"CertRequestId\":\"7f4b\",\"Status\":\"c\"}}", &request));
    assert_string_equal(request.id, "7f4b");
    assert_int_equal(request.letter, KF_CP_COMPLETE);
}

static void ids_that_cannot_be_used_are_refused(void **state) {
    static const char *const ids[] = {"null",          "\"\"",      "{}", "true",
                                      "\"a\\u0000b\"", "\"a\\nb\"", "1.5"};
    struct kf_cp_request request = {0};
    for (size_t i = 0; i < KF_COUNT(ids); i++) {
        KF_AUTO_FREE char *text = kf_str("{\"CertRequest\":{\"CertRequestId\":%s}}", ids[i]);
        assert_int_equal(read_request(text, &request), KF_E_CA_ANSWER);
    }
    KF_AUTO_FREE char *text = kf_str("{\"CertRequest\":{\"CertRequestId\":\"%0129d\"}}", 1);
    assert_int_equal(read_request(text, &request), KF_E_CA_ANSWER);
}

static void profiles_are_arrays_of_pairs_or_one_object(void **state) {
    static const char *const texts[] = {
        "{\"Profile\":[{\"2.5.4.3\":\"Anna\"},{\"2.5.4.6\":null},{\"2.5.4.7\":\"\"},{\"x\":\"y\"},"
        "{\"2.5.4.10\":\"O\"}]}",
        "{\"Profile\":{\"2.5.4.3\":\"Anna\",\"2.5.4.10\":\"O\"}}",
    };
    for (size_t i = 0; i < KF_COUNT(texts); i++) {
        KF_AUTO_PTR(json_t) names = NULL;
        OK(kf_cp_read_profile(texts[i], strlen(texts[i]), &names));
        assert_int_equal(json_array_size(names), 2);
        assert_string_equal(json_string_value(json_object_get(json_array_get(names, 1), "oid")),
                            "2.5.4.10");
    }
}

static void templates_without_an_oid_are_passed_over(void **state) {
    static const char text[] = "{\"Template\":[{\"Name\":\"x\"},{\"Oid\":\"1.2.3\",\"KeySpec\":9},"
                               "{\"Oid\":\"1.2.4\",\"KeySpec\":1,\"AutoApproval\":true}]}";
    KF_AUTO(kf_cp_templates) templates = {0};
    OK(kf_cp_read_templates(text, strlen(text), &templates));
    assert_int_equal(templates.count, 2);
    assert_string_equal(templates.items[0].title, "1.2.3");
    assert_int_equal(templates.items[0].key_spec, -1);
    assert_int_equal(templates.items[1].key_spec, 1);
    assert_true(templates.items[1].automatic);
}

static void lists_may_be_null_or_one(void **state) {
    static const struct {
        const char *text;
        size_t count;
    } cases[] = {{"{\"CertRequest\":[]}", 0},
                 {"{\"CertRequest\":null}", 0},
                 {"{\"CertRequest\":{}}", 1},
                 {"{\"CertRequest\":[{},null,3,{}]}", 2}};
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO_PTR(json_t) list = NULL;
        OK(kf_cp_read_list(cases[i].text, strlen(cases[i].text), "CertRequest", &list));
        assert_int_equal(json_array_size(list), cases[i].count);
    }
    json_t *list = NULL;
    assert_int_equal(kf_cp_read_list("{}", 2, "CertRequest", &list), KF_E_CA_ANSWER);
}

static void the_words_of_an_error_are_one_safe_line(void **state) {
    static const struct {
        const char *body, *words;
    } cases[] = {{"", ""},
                 {"folder is closed\r\n", "folder is closed"},
                 {"a\nb", "a\\x0ab"},
                 {"{\"Message\":\"no such department\"}", "no such department"},
                 {"{\"error\":{\"code\":1}}", ""},
                 {"\"plain\"", "plain"},
                 {"<html><body>Error</body></html>", ""},
                 {"\xff\xfe", ""}};
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO(kf_buf) words = {0};
        OK(kf_cp_read_words(cases[i].body, strlen(cases[i].body), &words));
        assert_string_equal(kf_buf_str(&words), cases[i].words);
    }
}

static void wiping_leaves_nothing_readable(void **state) {
    KF_AUTO_PTR(json_t) json = json_pack("{s:{s:s}, s:[s, i]}", "a", "b", "secret", "c", "word", 7);
    kf_json_wipe(json);
    KF_AUTO_FREE char *text = json_dumps(json, JSON_COMPACT);
    assert_null(strstr(text, "secret"));
    assert_null(strstr(text, "word"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_are_read_in_either_case),
        cmocka_unit_test(other_letters_are_unknown),
        cmocka_unit_test(fields_have_defaults_for_what_is_absent_or_null),
        cmocka_unit_test(what_is_no_field_is_passed_over),
        cmocka_unit_test(names_that_cannot_be_typed_or_are_taken_become_oids),
        cmocka_unit_test(impossible_rules_are_loosened),
        cmocka_unit_test(too_many_are_refused),
        cmocka_unit_test(answers_of_another_kind_are_refused),
        cmocka_unit_test(a_registration_is_read_alone_or_in_an_array),
        cmocka_unit_test(ids_are_texts_or_numbers),
        cmocka_unit_test(ids_that_cannot_be_used_are_refused),
        cmocka_unit_test(profiles_are_arrays_of_pairs_or_one_object),
        cmocka_unit_test(templates_without_an_oid_are_passed_over),
        cmocka_unit_test(lists_may_be_null_or_one),
        cmocka_unit_test(the_words_of_an_error_are_one_safe_line),
        cmocka_unit_test(wiping_leaves_nothing_readable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
