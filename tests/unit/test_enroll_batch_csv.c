// SPDX-License-Identifier: Apache-2.0
// Tables as text: what spreadsheets write, what they should not, and formulas on the way out.
#include "unit/base_fixture.h"

#include "base/text.h"
#include "enroll/batch_csv.h"
#include "enroll/batch_rows.h"

static kf_csv csv;

static kf_err read_text(const char *text) {
    return kf_csv_read((const uint8_t *)text, strlen(text), 100, &csv);
}

static void read_ok(const char *text) {
    if (read_text(text) != KF_OK)
        fail_msg("%s", kf_error_sentence(KF_E_INPUT));
}

static int clear(void **state) {
    kf_csv_clear(&csv);
    return 0;
}

static void assert_cell(size_t row, size_t column, const char *text) {
    assert_true(row < csv.count && column < csv.rows[row].count);
    assert_string_equal(csv.rows[row].cells[column], text);
}

static void assert_refused(const char *text, const char *part) {
    kf_err err = read_text(text);
    if (err == KF_OK || !strstr(kf_error_sentence(err), part))
        fail_msg("\"%s\" gave %d", text, err);
}

static void rows_and_cells_are_told_apart(void **state) {
    read_ok("cn,email\r\nAnna,anna@example.org\nBob , \rЕгор,x");
    assert_int_equal(csv.count, 4);
    assert_cell(1, 1, "anna@example.org");
    assert_cell(2, 0, "Bob");
    assert_cell(2, 1, "");
    assert_cell(3, 0, "Егор");
}

static void the_separator_is_found_in_the_header(void **state) {
    read_ok("cn;o\nSmith, Anna;X");
    assert_cell(1, 0, "Smith, Anna");
    read_ok("cn\to\nA;B\tC");
    assert_cell(1, 0, "A;B");
    read_ok("sep=;\ncn;o\nA;B");
    assert_cell(1, 1, "B");
    read_ok("cn\nA");
    assert_int_equal(csv.rows[1].count, 1);
}

static void quotes_hold_separators_line_ends_and_quotes(void **state) {
    read_ok("cn,o\n\"Smith, \"\"Anna\"\"\nB\" , \" kept \"\n\"\",z");
    assert_int_equal(csv.count, 3);
    assert_cell(1, 0, "Smith, \"Anna\"\nB");
    assert_cell(1, 1, " kept ");
    assert_cell(2, 0, "");
    assert_int_equal(csv.rows[2].line, 4);
}

static void a_mark_and_empty_lines_do_not_count(void **state) {
    read_ok("\xef\xbb\xbf"
            "cn\r\n\r\nA\r\n\r\n");
    assert_int_equal(csv.count, 2);
    assert_cell(0, 0, "cn");
}

static void what_is_broken_is_named_by_its_line(void **state) {
    assert_refused("cn\n\"open", "line 2");
    assert_refused("cn\nA\nB\"c\"", "line 3");
    assert_refused("cn\n\"A\"b", "line 2");
    assert_refused("", "no header");
    assert_refused("\n\n", "no header");
    assert_refused("cn\n\xff\xfe", "not UTF-8");
}

static void what_is_too_large_is_refused(void **state) {
    KF_AUTO(kf_buf) rows = {0}, columns = {0}, cell = {0};
    for (int i = 0; i < 102; i++) {
        kf_buf_add_str(&rows, "x\n");
        kf_buf_add_str(&columns, "x,");
    }
    assert_refused(kf_buf_str(&rows), "more than 100 rows");
    assert_refused(kf_buf_str(&columns), "more than 100 cells");
    for (int i = 0; i < 70000; i++)
        kf_buf_add_str(&cell, "x");
    assert_refused(kf_buf_str(&cell), "a cell in line 1");
}

static void wide_text_is_refused_with_a_hint(void **state) {
    static const uint8_t wide[] = {0xff, 0xfe, 'c', 0, 'n', 0};
    assert_int_equal(kf_csv_read(wide, sizeof wide, 10, &csv), KF_E_INPUT);
    assert_non_null(strstr(kf_error_next(KF_E_INPUT), "CSV UTF-8"));
}

static const char *written(kf_buf *buf, const char *text) {
    kf_buf_clear(buf);
    assert_int_equal(kf_csv_add_cell(buf, text, true), KF_OK);
    return kf_buf_str(buf);
}

static void formulas_are_defused_and_come_back(void **state) {
    static const char *const formulas[] = {"=1+1", "+49 30", "-2", "@SUM(A1)", "=cmd|'/c calc'!A1"};
    KF_AUTO(kf_buf) buf = {0};
    assert_string_equal(written(&buf, "plain"), "plain");
    assert_string_equal(written(&buf, "a,\"b"), "\"a,\"\"b\"");
    for (size_t i = 0; i < KF_COUNT(formulas); i++) {
        KF_AUTO_FREE char *text = kf_str("cn,o\n%s,x", written(&buf, formulas[i]));
        assert_true(kf_str_starts(kf_buf_str(&buf), "\"'"));
        read_ok(text);
        assert_cell(1, 0, formulas[i]);
    }
}

static void letters_of_two_alphabets_in_one_word_are_seen(void **state) {
    assert_true(kf_text_mixes_scripts("Аnna"));       /* Cyrillic A */
    assert_true(kf_text_mixes_scripts("pаypal.com")); /* Cyrillic a */
    assert_true(kf_text_mixes_scripts("αlpha"));
    assert_false(kf_text_mixes_scripts("Anna Петрова"));
    assert_false(kf_text_mixes_scripts("Егоров"));
    assert_false(kf_text_mixes_scripts("Müller 王小明"));
}

int main(void) {
#define CSV_TEST(name) cmocka_unit_test_teardown(name, clear)
    const struct CMUnitTest tests[] = {
        CSV_TEST(rows_and_cells_are_told_apart),
        CSV_TEST(the_separator_is_found_in_the_header),
        CSV_TEST(quotes_hold_separators_line_ends_and_quotes),
        CSV_TEST(a_mark_and_empty_lines_do_not_count),
        CSV_TEST(what_is_broken_is_named_by_its_line),
        CSV_TEST(what_is_too_large_is_refused),
        CSV_TEST(wide_text_is_refused_with_a_hint),
        CSV_TEST(formulas_are_defused_and_come_back),
        CSV_TEST(letters_of_two_alphabets_in_one_word_are_seen),
    };
    return cmocka_run_group_tests_name("enroll_batch_csv", tests, NULL, NULL);
}
