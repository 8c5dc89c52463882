// SPDX-License-Identifier: Apache-2.0
// The checks that a form's field can name: what is wrong with a value, in words.
#include <keyfob/form.h>

#include <string.h>

#include "base/auto.h"
#include "base/text.h"

/* Zeros alone would pass every check sum. */
static bool all_digits(const char *value, size_t len) {
    return strlen(value) == len && strspn(value, "0123456789") == len && strspn(value, "0") != len;
}

/* Sum of the digits with weights; as many as there are weights. */
static int weighted(const char *value, const int *weights, size_t count) {
    int sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (value[i] - '0') * weights[i];
    return sum;
}

static const int inn_weights[] = {3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8};

static const char *check_inn_of_organization(const char *value) {
    bool right = weighted(value, inn_weights + 2, 9) % 11 % 10 == value[9] - '0';
    return right ? NULL : "has a wrong check digit";
}

/* Taxpayer number: 10 digits with one check digit (organization), 12 with two (person). Where 12
 * must be given an organization's begins with "00", which no region's number does. */
static const char *check_inn(const char *value) {
    if (all_digits(value, 10))
        return check_inn_of_organization(value);
    if (!all_digits(value, 12))
        return "must have 10 or 12 digits";
    if (value[0] == '0' && value[1] == '0')
        return check_inn_of_organization(value + 2);
    bool right = weighted(value, inn_weights + 1, 10) % 11 % 10 == value[10] - '0' &&
                 weighted(value, inn_weights, 11) % 11 % 10 == value[11] - '0';
    return right ? NULL : "has a wrong check digit";
}

/* Pension insurance number: 9 digits and their sum; numbers up to 001-001-998 have no sum. */
static const char *check_snils(const char *value) {
    static const int weights[] = {9, 8, 7, 6, 5, 4, 3, 2, 1};
    if (!all_digits(value, 11))
        return "must have 11 digits";
    if (strncmp(value, "001001998", 9) <= 0)
        return NULL;
    int sum = weighted(value, weights, 9) % 101 % 100;
    return sum == (value[9] - '0') * 10 + value[10] - '0' ? NULL : "has a wrong check sum";
}

/* State registration number: the last digit is the remainder of the others by 11 (13 digits) or 13
 * (15 digits), its last digit. */
static const char *check_registration(const char *value, size_t len, int divisor) {
    int64_t number = 0;
    if (!all_digits(value, len))
        return len == 13 ? "must have 13 digits" : "must have 15 digits";
    for (size_t i = 0; i + 1 < len; i++)
        number = number * 10 + (value[i] - '0');
    return number % divisor % 10 == value[len - 1] - '0' ? NULL : "has a wrong check digit";
}

static const char *check_ogrn(const char *value) {
    return check_registration(value, 13, 11);
}

static const char *check_ogrnip(const char *value) {
    return check_registration(value, 15, 13);
}

/* One "@" with something on both sides and a dot or nothing strange in the domain; the CA knows the
 * rest. Internationalised addresses pass (RFC 6531). */
static const char *check_email(const char *value) {
    const char *at = strrchr(value, '@');
    size_t len = strlen(value);
    bool strange = strpbrk(value, " \t\r\n<>,;\"()") != NULL;
    if (!at || at == value || strchr(value, '@') != at || !at[1] || at[1] == '.' ||
        value[len - 1] == '.' || strange || len > 254 || strstr(at, ".."))
        return "is not an e-mail address";
    return NULL;
}

static const char *check_country(const char *value) {
    bool right = strlen(value) == 2 && value[0] >= 'A' && value[0] <= 'Z' && value[1] >= 'A' &&
                 value[1] <= 'Z';
    return right ? NULL : "must be two capital letters (ISO 3166)";
}

static const char *check_date(const char *value) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    static const char shape[] = "0000-00-00";
    for (size_t i = 0; i < sizeof shape; i++) {
        bool digit = value[i] >= '0' && value[i] <= '9';
        if (shape[i] == '0' ? !digit : value[i] != shape[i])
            return "must be a date like 2026-11-20";
    }
    int year = atoi(value), month = atoi(value + 5), day = atoi(value + 8);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month < 1 || month > 12 || day < 1 || day > days[month - 1] + (month == 2 && leap))
        return "is not a day of the calendar";
    return NULL;
}

static const char *check_phone(const char *value) {
    size_t digits = 0;
    if (strspn(value, "+0123456789 ()-./") != strlen(value))
        return "is not a telephone number";
    for (const char *at = value; *at; at++)
        digits += *at >= '0' && *at <= '9';
    return digits >= 5 && digits <= 20 ? NULL : "is not a telephone number";
}

static const char *check_digits(const char *value) {
    return *value && strspn(value, "0123456789") == strlen(value) ? NULL : "must have digits only";
}

static const struct {
    const char *name;
    const char *(*check)(const char *value);
} checks[] = {
    {"email", check_email}, {"country", check_country}, {"inn", check_inn},
    {"snils", check_snils}, {"ogrn", check_ogrn},       {"ogrnip", check_ogrnip},
    {"date", check_date},   {"phone", check_phone},     {"digits", check_digits},
};

const char *kf_form_check_value(const char *check, const char *value) {
    for (size_t i = 0; i < KF_COUNT(checks); i++) {
        if (kf_str_equal(checks[i].name, check))
            return checks[i].check(value);
    }
    return NULL;
}
