// SPDX-License-Identifier: Apache-2.0
// Text: what is escaped, how wide it is, and what the strict readers refuse.
#include "base/text.h"

#include <locale.h>

#include "base_fixture.h"

static void hostile_text_is_escaped(void **state) {
    static const struct {
        const char *text, *shown;
    } corpus[] = {
        {"plain", "plain"},
        {"back\\slash", "back\\slash"},
        {"Grüße 漢字 🔑", "Grüße 漢字 🔑"},
        {"\x1b[31mred", "\\x1b[31mred"},
        {"\x1b]0;title\x07", "\\x1b]0;title\\x07"},
        {"a\tb\r\nc\x7f", "a\\x09b\\x0d\\x0ac\\x7f"},
        {"\xc2\x9b"
         "31m",
         "\\xc2\\x9b31m"}, /* C1 CSI */
        {"\xe2\x80\xae"
         "txt.exe",
         "\\xe2\\x80\\xaetxt.exe"},                                       /* U+202E */
        {"\xe2\x81\xa6x\xe2\x81\xa9", "\\xe2\\x81\\xa6x\\xe2\\x81\\xa9"}, /* U+2066, U+2069 */
        {"\xd8\x9c", "\\xd8\\x9c"},                                       /* U+061C */
        {"\xe2\x80\xa8", "\\xe2\\x80\\xa8"},                              /* U+2028 */
        {"\xc0\xaf", "\\xc0\\xaf"}, /* too long a form of "/" */
        {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* a surrogate */
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* above U+10FFFF */
        {"\xe2\x82", "\\xe2\\x82"},                   /* cut short */
        {"\xff\xfe", "\\xff\\xfe"},
        {"a\x80z", "a\\x80z"},
    };
    for (size_t i = 0; i < KF_COUNT(corpus); i++) {
        KF_AUTO(kf_buf) buf = {0};
        assert_int_equal(kf_text_escape(&buf, corpus[i].text, strlen(corpus[i].text)), KF_OK);
        assert_string_equal(kf_buf_str(&buf), corpus[i].shown);
    }
}

static void a_nul_is_escaped_by_length(void **state) {
    KF_AUTO(kf_buf) buf = {0};
    assert_int_equal(kf_text_escape(&buf, "a\0b", 3), KF_OK);
    assert_string_equal(kf_buf_str(&buf), "a\\x00b");
}

static void every_byte_pair_is_shown_as_safe_utf8(void **state) {
    for (unsigned pair = 0; pair < 65536; pair++) {
        char text[2] = {(char)(pair >> 8), (char)pair}, shown[40];
        kf_text_escape_into(shown, sizeof shown, text, 2);
        assert_true(kf_utf8_valid(shown, strlen(shown)));
        for (const char *c = shown; *c; c++)
            assert_true((uint8_t)*c >= 0x20 && *c != 0x7f);
    }
}

static void plain_text_is_shown_as_it_is(void **state) {
    static const char *const plain[] = {"", "vpn", "\u738b\u5c0f\u660e", "O\u2019Neill", "\u05e9"};
    static const char *const other[] = {"a\nb",  "\033[31m", "\x7f",    "\xff",
                                        "a\xc2", "\u202e",   "\xc2\x9b"};
    for (size_t i = 0; i < KF_COUNT(plain); i++)
        assert_true(kf_text_plain(plain[i], strlen(plain[i])));
    for (size_t i = 0; i < KF_COUNT(other); i++)
        assert_false(kf_text_plain(other[i], strlen(other[i])));
}

static void escape_into_cuts_at_a_character(void **state) {
    char shown[6];
    kf_text_escape_into(shown, sizeof shown, "abc漢", strlen("abc漢"));
    assert_string_equal(shown, "abc");
    kf_text_escape_into(shown, sizeof shown, "ab漢x", strlen("ab漢x"));
    assert_string_equal(shown, "ab漢");
    kf_text_escape_into(shown, sizeof shown, "ab\x1b", 3);
    assert_string_equal(shown, "ab");
    kf_text_escape_into(shown, 1, "ab", 2);
    assert_string_equal(shown, "");
}

static void wide_characters_take_two_columns(void **state) {
    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    assert_int_equal(kf_text_width("abc"), 3);
    assert_int_equal(kf_text_width("Grüße"), 5);
    assert_int_equal(kf_text_width("漢字"), 4);
    assert_int_equal(kf_text_width("e\xcc\x81"), 1);
    setlocale(LC_CTYPE, "C");
    assert_int_equal(kf_text_width("漢字"), 2);
}

static void hex_goes_there_and_back(void **state) {
    static const uint8_t bytes[] = {0x00, 0x1f, 0xab, 0xff};
    KF_AUTO(kf_buf) text = {0};
    KF_AUTO(kf_buf) back = {0};
    assert_int_equal(kf_hex(&text, bytes, 4, ':'), KF_OK);
    assert_string_equal(kf_buf_str(&text), "00:1f:ab:ff");
    assert_int_equal(kf_unhex("00:1F aB:ff\n", &back), KF_OK);
    assert_int_equal(back.len, 4);
    assert_memory_equal(back.data, bytes, 4);
    kf_buf_clear(&text);
    assert_int_equal(kf_hex(&text, bytes, 4, 0), KF_OK);
    assert_string_equal(kf_buf_str(&text), "001fabff");
}

static void bad_hex_is_refused_and_changes_nothing(void **state) {
    KF_AUTO(kf_buf) bytes = {0};
    kf_buf_add_str(&bytes, "kept");
    static const char *const bad[] = {"0", "0g", "abc", "0x12", "12-34"};
    for (size_t i = 0; i < KF_COUNT(bad); i++)
        assert_int_equal(kf_unhex(bad[i], &bytes), KF_E_INPUT);
    assert_string_equal(kf_buf_str(&bytes), "kept");
}

static void base64_is_that_of_rfc_4648(void **state) {
    static const char *const vectors[][2] = {{"", ""},
                                             {"f", "Zg=="},
                                             {"fo", "Zm8="},
                                             {"foo", "Zm9v"},
                                             {"foob", "Zm9vYg=="},
                                             {"fooba", "Zm9vYmE="},
                                             {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < KF_COUNT(vectors); i++) {
        KF_AUTO(kf_buf) text = {0};
        KF_AUTO(kf_buf) back = {0};
        kf_base64(&text, (const uint8_t *)vectors[i][0], strlen(vectors[i][0]));
        assert_string_equal(kf_buf_str(&text), vectors[i][1]);
        assert_int_equal(kf_unbase64(kf_buf_str(&text), text.len, &back), KF_OK);
        assert_string_equal(kf_buf_str(&back), vectors[i][0]);
    }
}

static void pem_has_lines_of_64_characters(void **state) {
    KF_AUTO(kf_buf) text = {0};
    uint8_t zeros[49] = {0};
    assert_int_equal(kf_pem(&text, "X", zeros, sizeof zeros), KF_OK);
    assert_string_equal(kf_buf_str(&text),
                        "-----BEGIN X-----\n"
                        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
                        "AA==\n"
                        "-----END X-----\n");
}

static void a_word_is_found_whole(void **state) {
    assert_true(kf_str_has_word("one two  three", "three"));
    assert_false(kf_str_has_word("one two", "tw"));
    assert_false(kf_str_has_word("one two", "two one"));
    assert_false(kf_str_has_word("one two", ""));
    assert_false(kf_str_has_word("", "one"));
}

static void white_space_in_base64_does_not_matter(void **state) {
    KF_AUTO(kf_buf) bytes = {0};
    assert_int_equal(kf_unbase64(" Zm9v\r\nYg=\t=\n", 13, &bytes), KF_OK);
    assert_string_equal(kf_buf_str(&bytes), "foob");
}

static void bad_base64_is_refused(void **state) {
    static const char *const bad[] = {"Z",     "Zg",   "Zg=",      "Zg===", "====",
                                      "=Zg=",  "Z===", "Zg==Zg==", "Zm9v=", "Zm-_",
                                      "Zm9v!", "Zg=a", "Zm9v===="};
    KF_AUTO(kf_buf) bytes = {0};
    for (size_t i = 0; i < KF_COUNT(bad); i++)
        assert_int_equal(kf_unbase64(bad[i], strlen(bad[i]), &bytes), KF_E_INPUT);
    assert_int_equal(kf_unbase64("Zm9\0", 4, &bytes), KF_E_INPUT);
}

static void string_helpers_take_null(void **state) {
    assert_true(kf_str_equal(NULL, NULL));
    assert_false(kf_str_equal(NULL, ""));
    assert_true(kf_str_equal("a", "a"));
    assert_true(kf_str_starts("pkcs11:token", "pkcs11:"));
    assert_false(kf_str_starts("pk", "pkcs11:"));
    assert_false(kf_str_starts(NULL, "x"));
    char text[] = " \t a b \r\n";
    assert_string_equal(kf_str_trim(text), "a b");
    KF_AUTO_FREE char *made = kf_str("%s-%d", "x", 3);
    assert_string_equal(made, "x-3");
}

static void numbers_are_read_strictly(void **state) {
    int64_t number = 42;
    assert_int_equal(kf_parse_number("-9223372036854775808", "n", INT64_MIN, 0, &number), KF_OK);
    assert_true(number == INT64_MIN);
    assert_int_equal(kf_parse_number("0065535", "n", 1, 65535, &number), KF_OK);
    assert_int_equal(number, 65535);
    static const char *const bad[] = {
        "", "-", "+1", " 1", "1 ", "0x1", "1.0", "1e3", "65536", "0", "9223372036854775808"};
    for (size_t i = 0; i < KF_COUNT(bad); i++)
        assert_int_equal(kf_parse_number(bad[i], "the port", 1, 65535, &number), KF_E_INPUT);
    assert_int_equal(number, 65535);
    assert_non_null(strstr(kf_error_sentence(KF_E_INPUT), "the port"));
}

static void durations_have_units(void **state) {
    static const struct {
        const char *text;
        int64_t seconds;
    } good[] = {{"0", 0}, {"90", 90}, {"90s", 90}, {"15m", 900}, {"2h", 7200}, {"28d", 2419200}};
    static const char *const bad[] = {
        "", "s", "-1", "-0s", "1w", "1 d", "1dd", "1.5h", "9223372036854775807d"};
    int64_t seconds = -1;
    for (size_t i = 0; i < KF_COUNT(good); i++) {
        assert_int_equal(kf_parse_duration(good[i].text, "the time", &seconds), KF_OK);
        assert_int_equal(seconds, good[i].seconds);
    }
    for (size_t i = 0; i < KF_COUNT(bad); i++)
        assert_int_equal(kf_parse_duration(bad[i], "the time", &seconds), KF_E_INPUT);
}

static void times_are_rfc_3339_in_utc(void **state) {
    char text[21];
    setenv("TZ", "America/New_York", 1);
    kf_time_text(1795163702, text);
    assert_string_equal(text, "2026-11-20T08:35:02Z");
    kf_time_text(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    kf_time_text(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59Z");
    kf_time_text(INT64_MAX, text);
    assert_string_equal(text, "0000-00-00T00:00:00Z");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_text_is_escaped),
        cmocka_unit_test(a_nul_is_escaped_by_length),
        cmocka_unit_test(every_byte_pair_is_shown_as_safe_utf8),
        cmocka_unit_test(plain_text_is_shown_as_it_is),
        cmocka_unit_test(escape_into_cuts_at_a_character),
        cmocka_unit_test(wide_characters_take_two_columns),
        cmocka_unit_test(hex_goes_there_and_back),
        cmocka_unit_test(bad_hex_is_refused_and_changes_nothing),
        cmocka_unit_test(base64_is_that_of_rfc_4648),
        cmocka_unit_test(pem_has_lines_of_64_characters),
        cmocka_unit_test(a_word_is_found_whole),
        cmocka_unit_test(white_space_in_base64_does_not_matter),
        cmocka_unit_test(bad_base64_is_refused),
        cmocka_unit_test(string_helpers_take_null),
        cmocka_unit_test(numbers_are_read_strictly),
        cmocka_unit_test(durations_have_units),
        cmocka_unit_test(times_are_rfc_3339_in_utc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
