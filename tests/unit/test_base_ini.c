// SPDX-License-Identifier: Apache-2.0
// Configuration files: what is read, and which line is named when something is wrong.
#include "base/ini.h"

#include "base_fixture.h"

static kf_ini *parse(const char *text) {
    kf_ini *ini = NULL;
    assert_int_equal(kf_ini_parse(text, strlen(text), "t.conf", KF_E_CONFIG, &ini), KF_OK);
    return ini;
}

static void sections_keys_and_values_are_read(void **state) {
    KF_AUTO_PTR(kf_ini)
    ini = parse("top = 1\n"
                "# comment\n"
                "  ; another\n"
                "[ ca one ]\r\n"
                "url=https://x/?a=b#c\r\n"
                "\tname =  a  b  \n"
                "empty =");
    assert_string_equal(kf_ini_get(ini, "", "top"), "1");
    assert_string_equal(kf_ini_get(ini, "ca one", "url"), "https://x/?a=b#c");
    assert_string_equal(kf_ini_get(ini, "ca one", "name"), "a  b");
    assert_string_equal(kf_ini_get(ini, "ca one", "empty"), "");
    assert_null(kf_ini_get(ini, "ca one", "top"));
    assert_null(kf_ini_get(ini, "none", "url"));
    assert_int_equal(kf_ini_count(ini), 4);
}

static void the_last_value_counts_and_all_keep_their_order(void **state) {
    KF_AUTO_PTR(kf_ini) ini = parse("[m]\npath = a\npath = b\n[n]\npath = x\n[m]\npath = c\n");
    assert_string_equal(kf_ini_get(ini, "m", "path"), "c");
    assert_int_equal(kf_ini_count(ini), 4);
    assert_string_equal(kf_ini_at(ini, 1)->value, "b");
    assert_string_equal(kf_ini_at(ini, 2)->section, "n");
    assert_int_equal(kf_ini_at(ini, 3)->line, 7);
    assert_null(kf_ini_at(ini, 4));
}

static void quoted_values_keep_blanks_and_escapes(void **state) {
    KF_AUTO_PTR(kf_ini) ini = parse("a = \"  x # y  \"\nb = \"say \\\"hi\\\" \\\\\"\nc = \"\"\n");
    assert_string_equal(kf_ini_get(ini, "", "a"), "  x # y  ");
    assert_string_equal(kf_ini_get(ini, "", "b"), "say \"hi\" \\");
    assert_string_equal(kf_ini_get(ini, "", "c"), "");
}

static void an_empty_text_and_a_byte_order_mark_are_fine(void **state) {
    KF_AUTO_PTR(kf_ini) empty = parse("");
    KF_AUTO_PTR(kf_ini) marked = parse("\xef\xbb\xbf[s]\nk=v");
    assert_int_equal(kf_ini_count(empty), 0);
    assert_string_equal(kf_ini_get(marked, "s", "k"), "v");
}

static void a_bad_line_is_named_by_its_number(void **state) {
    static const struct {
        const char *text, *sentence;
    } bad[] = {
        {"a = 1\n\nnonsense\n", "t.conf:3: there is no \"=\""},
        {"[open\n", "t.conf:1: the section has no closing \"]\""},
        {"[", "t.conf:1: the section has no closing \"]\""},
        {"\n[ ]\n", "t.conf:2: the section has no name"},
        {" = x\n", "t.conf:1: there is no name before \"=\""},
        {"a = \"x\n", "t.conf:1: the quoted value has no closing quote"},
        {"a = \"x\\", "t.conf:1: only \\\" and \\\\ may follow a backslash in a quoted value"},
        {"a = \"x\" y\n", "t.conf:1: there is something after the closing quote"},
        {"a = 1\nb = \"\\n\"\n",
         "t.conf:2: only \\\" and \\\\ may follow a backslash in a quoted value"},
        {"a = 1\nb = \xff\n", "t.conf:2: the text is not UTF-8"},
    };
    for (size_t i = 0; i < KF_COUNT(bad); i++) {
        kf_ini *ini = NULL;
        assert_int_equal(
            kf_ini_parse(bad[i].text, strlen(bad[i].text), "t.conf", KF_E_PROFILE, &ini),
            KF_E_PROFILE);
        assert_string_equal(kf_error_sentence(KF_E_PROFILE), bad[i].sentence);
        assert_null(ini);
    }
}

static void a_nul_byte_is_refused(void **state) {
    kf_ini *ini = NULL;
    assert_int_equal(kf_ini_parse("a=1\nb=\0x\n", 9, "t", KF_E_CONFIG, &ini), KF_E_CONFIG);
    assert_string_equal(kf_error_sentence(KF_E_CONFIG), "t:2: there is a NUL byte");
}

static void a_file_that_is_too_large_is_refused(void **state) {
    kf_ini *ini = NULL;
    KF_AUTO_FREE char *text = malloc(KF_INI_FILE_MAX + 1);
    memset(text, '\n', KF_INI_FILE_MAX + 1);
    assert_int_equal(kf_ini_parse(text, KF_INI_FILE_MAX + 1, "t", KF_E_CONFIG, &ini),
                     KF_E_TOO_LARGE);
    assert_int_equal(kf_ini_parse(text, KF_INI_FILE_MAX, "t", KF_E_CONFIG, &ini), KF_OK);
    kf_ini_free(ini);
    kf_ini_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_keys_and_values_are_read),
        cmocka_unit_test(the_last_value_counts_and_all_keep_their_order),
        cmocka_unit_test(quoted_values_keep_blanks_and_escapes),
        cmocka_unit_test(an_empty_text_and_a_byte_order_mark_are_fine),
        cmocka_unit_test(a_bad_line_is_named_by_its_number),
        cmocka_unit_test(a_nul_byte_is_refused),
        cmocka_unit_test(a_file_that_is_too_large_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
