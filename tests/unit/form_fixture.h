// SPDX-License-Identifier: Apache-2.0
// What the tests of forms share: a form of one field, or of a text, and what the check says.
#pragma once

#include "unit/base_fixture.h"

#include <keyfob/form.h>

#include "base/text.h"
#include "x509/json.h"

__attribute__((unused)) static void assert_ok(kf_err err) {
    if (err != KF_OK)
        fail_msg("%s", kf_error_sentence(err));
}

/* JSON with ' for ". */
__attribute__((unused)) static json_t *json_of(const char *text) {
    char copy[4096];
    snprintf(copy, sizeof copy, "%s", text);
    for (char *at = copy; *at; at++)
        *at = (char)(*at == '\'' ? '"' : *at);
    json_t *json = json_loads(copy, JSON_DECODE_ANY, NULL);
    if (!json)
        fail_msg("the test's own JSON is wrong: %s", text);
    return json;
}

/* What is wrong with the values: the first problem's text, NULL when nothing is. `ret_values` may
 * be NULL. */
static const char *wrong_with(json_t *form, const char *values, json_t **ret_values) {
    static char text[512];
    KF_AUTO_PTR(json_t) given = json_of(values);
    KF_AUTO_PTR(json_t) problems = NULL;
    kf_err err = kf_form_check(form, given, ret_values, &problems);
    if (err == KF_OK)
        return NULL;
    assert_int_equal(err, KF_E_USAGE);
    const json_t *first = json_array_get(problems, 0);
    const char *said = json_string_value(json_object_get(first, "text"));
    assert_non_null(strstr(kf_error_sentence(err), said));
    snprintf(text, sizeof text, "%s", said);
    return text;
}

/* {'fields': [FIELD]} */
__attribute__((unused)) static json_t *form_of(const char *field) {
    return json_pack("{s:[o]}", "fields", json_of(field));
}

/* One field takes `values` (an object) and makes `wanted` of them. */
__attribute__((unused)) static void assert_takes(const char *field, const char *values,
                                                 const char *wanted) {
    KF_AUTO_PTR(json_t) form = form_of(field);
    KF_AUTO_PTR(json_t) expected = json_of(wanted);
    KF_AUTO_PTR(json_t) taken = NULL;
    const char *wrong = wrong_with(form, values, &taken);
    if (wrong)
        fail_msg("%s is refused: %s", values, wrong);
    KF_AUTO_FREE char *shown = json_dumps(taken, JSON_COMPACT);
    if (!json_equal(taken, expected))
        fail_msg("%s became %s, not %s", values, shown, wanted);
}

__attribute__((unused)) static void assert_refuses(const char *field, const char *values,
                                                   const char *part) {
    KF_AUTO_PTR(json_t) form = form_of(field);
    KF_AUTO_PTR(json_t) taken = NULL;
    const char *wrong = wrong_with(form, values, &taken);
    if (!wrong)
        fail_msg("%s is taken", values);
    if (!strstr(wrong, part))
        fail_msg("%s: \"%s\", wanted \"%s\"", values, wrong, part);
    assert_null(taken);
}
