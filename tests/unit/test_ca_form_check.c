// SPDX-License-Identifier: Apache-2.0
// The checks of form fields: numbers with check digits, addresses, dates.
#include "unit/ca_fixture.h"

#include <keyfob/form.h>

static void assert_passes(const char *check, const char *value) {
    const char *wrong = kf_form_check_value(check, value);
    if (wrong)
        fail_msg("%s \"%s\" %s", check, value, wrong);
}

static void assert_fails(const char *check, const char *value, const char *words) {
    const char *wrong = kf_form_check_value(check, value);
    if (!wrong || !strstr(wrong, words))
        fail_msg("%s \"%s\": %s", check, value, wrong ? wrong : "passes");
}

/* Each digit replaced by each other one: these sums find nearly all of them, but remainders from 10
 * are written like smaller ones. */
static void assert_wrong_digits_are_found(const char *check, const char *value) {
    size_t tried = 0, passed = 0;
    char changed[32];
    for (size_t at = 0; value[at]; at++) {
        for (char digit = '0'; digit <= '9'; digit++) {
            snprintf(changed, sizeof changed, "%s", value);
            changed[at] = digit;
            tried += digit != value[at];
            passed += digit != value[at] && !kf_form_check_value(check, changed);
        }
    }
    if (passed * 5 > tried)
        fail_msg("%s: %zu of %zu wrong digits pass", value, passed, tried);
}

static void taxpayer_numbers_have_check_digits(void **state) {
    static const char *const right[] = {"7707083893", "7736050003",   "7830002293",
                                        "7702070139", "500100732259", "526317984689"};
    for (size_t i = 0; i < KF_COUNT(right); i++) {
        assert_passes("inn", right[i]);
        assert_wrong_digits_are_found("inn", right[i]);
    }
    assert_fails("inn", "7707083894", "check digit");
    assert_fails("inn", "500100732258", "check digit");
    assert_fails("inn", "500100732269", "check digit");
}

static void an_organizations_taxpayer_number_may_be_filled_up_to_twelve(void **state) {
    assert_passes("inn", "007707083893");
    assert_fails("inn", "007707083894", "check digit");
    assert_fails("inn", "117707083893", "check digit");
}

static void numbers_of_another_length_are_refused(void **state) {
    static const struct {
        const char *check, *value, *words;
    } cases[] = {
        {"inn", "", "10 or 12"},
        {"inn", "770708389", "10 or 12"},
        {"inn", "77070838930", "10 or 12"},
        {"inn", "7707083893 ", "10 or 12"},
        {"inn", "770708389x", "10 or 12"},
        {"snils", "1122334459", "11 digits"},
        {"snils", "112-233-445 95", "11 digits"},
        {"ogrn", "102770013219", "13 digits"},
        {"ogrn", "304500116000157", "13 digits"},
        {"ogrnip", "1027700132195", "15 digits"},
    };
    for (size_t i = 0; i < KF_COUNT(cases); i++)
        assert_fails(cases[i].check, cases[i].value, cases[i].words);
}

static void zeros_are_no_number(void **state) {
    static const char *const checks[] = {"inn", "inn", "snils", "ogrn", "ogrnip"};
    static const char *const zeros[] = {"0000000000", "000000000000", "00000000000",
                                        "0000000000000", "000000000000000"};
    for (size_t i = 0; i < KF_COUNT(checks); i++)
        assert_fails(checks[i], zeros[i], "digits");
}

static void insurance_numbers_have_a_sum(void **state) {
    static const char *const right[] = {"11223344595", "08765430300", "08765430200", "12295279872"};
    for (size_t i = 0; i < KF_COUNT(right); i++) {
        assert_passes("snils", right[i]);
        assert_wrong_digits_are_found("snils", right[i]);
    }
    assert_fails("snils", "11223344596", "check sum");
    assert_fails("snils", "12295279882", "check sum");
}

/* The published rule: below 100 the sum itself, 100 and 101 are 00, above that modulo 101. */
static void the_sums_of_100_and_101_are_written_00(void **state) {
    assert_passes("snils", "00101999699");
    assert_passes("snils", "00101998900");
    assert_passes("snils", "00102998500");
    assert_passes("snils", "00102899801");
}

static void the_first_insurance_numbers_have_no_sum(void **state) {
    assert_passes("snils", "00100199899");
    assert_fails("snils", "00100199900", "check sum");
}

static void registration_numbers_end_with_a_remainder(void **state) {
    static const char *const ogrn[] = {"1027700132195", "1027700070518", "1027739609391",
                                       "5087746429843"};
    static const char *const ogrnip[] = {"304500116000157", "316861700133226", "310253706100022"};
    for (size_t i = 0; i < KF_COUNT(ogrn); i++) {
        assert_passes("ogrn", ogrn[i]);
        assert_wrong_digits_are_found("ogrn", ogrn[i]);
    }
    for (size_t i = 0; i < KF_COUNT(ogrnip); i++) {
        assert_passes("ogrnip", ogrnip[i]);
        assert_wrong_digits_are_found("ogrnip", ogrnip[i]);
    }
    assert_fails("ogrn", "1027700132196", "check digit");
    assert_fails("ogrnip", "304500116000158", "check digit");
}

static void addresses_are_taken_in_any_script(void **state) {
    static const char *const right[] = {"a@b", "anna.smith+x@example.org", "иван@пример.рф",
                                        "o'neill@[192.0.2.1]"};
    static const char *const wrong[] = {"",      "anna",    "@b",     "a@",    "a@.b",
                                        "a@b.",  "a b@c",   "a@b..c", "a@b@c", "a@@b",
                                        "<a@b>", "a@b,c@d", "a@b\n",  "a;b@c"};
    for (size_t i = 0; i < KF_COUNT(right); i++)
        assert_passes("email", right[i]);
    for (size_t i = 0; i < KF_COUNT(wrong); i++)
        assert_fails("email", wrong[i], "e-mail");
}

static void countries_are_two_capital_letters(void **state) {
    assert_passes("country", "RU");
    assert_fails("country", "ru", "two capital letters");
    assert_fails("country", "RUS", "two capital letters");
    assert_fails("country", "РФ", "two capital letters");
}

static void dates_are_of_the_calendar(void **state) {
    static const char *const right[] = {"2026-11-20", "2024-02-29", "2000-02-29", "2026-12-31"};
    static const struct {
        const char *value, *words;
    } wrong[] = {{"2026-02-29", "calendar"}, {"1900-02-29", "calendar"}, {"2026-13-01", "calendar"},
                 {"2026-00-10", "calendar"}, {"2026-04-31", "calendar"}, {"20.11.2026", "like"},
                 {"2026-11-2", "like"},      {"2026-11-200", "like"},    {"", "like"}};
    for (size_t i = 0; i < KF_COUNT(right); i++)
        assert_passes("date", right[i]);
    for (size_t i = 0; i < KF_COUNT(wrong); i++)
        assert_fails("date", wrong[i].value, wrong[i].words);
}

static void telephone_numbers_and_digits(void **state) {
    assert_passes("phone", "+7 (495) 995-48-20");
    assert_fails("phone", "call me", "telephone");
    assert_fails("phone", "+7 1", "telephone");
    assert_passes("digits", "0123");
    assert_fails("digits", "12a", "digits only");
    assert_fails("digits", "", "digits only");
}

static void an_unknown_check_passes(void **state) {
    assert_null(kf_form_check_value("bic", "anything"));
    assert_null(kf_form_check_value(NULL, "anything"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taxpayer_numbers_have_check_digits),
        cmocka_unit_test(an_organizations_taxpayer_number_may_be_filled_up_to_twelve),
        cmocka_unit_test(numbers_of_another_length_are_refused),
        cmocka_unit_test(zeros_are_no_number),
        cmocka_unit_test(insurance_numbers_have_a_sum),
        cmocka_unit_test(the_sums_of_100_and_101_are_written_00),
        cmocka_unit_test(the_first_insurance_numbers_have_no_sum),
        cmocka_unit_test(registration_numbers_end_with_a_remainder),
        cmocka_unit_test(addresses_are_taken_in_any_script),
        cmocka_unit_test(countries_are_two_capital_letters),
        cmocka_unit_test(dates_are_of_the_calendar),
        cmocka_unit_test(telephone_numbers_and_digits),
        cmocka_unit_test(an_unknown_check_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
