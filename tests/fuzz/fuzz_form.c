// SPDX-License-Identifier: Apache-2.0
// A form as a CA might make it up, and values for it: checked by shape, then value by value. The
// input is two JSON texts with a NUL between them.
#include <keyfob/form.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ca/shape.h"
#include "x509/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool holds) {
    if (!holds)
        abort();
}

/* What passes may be used: whoever reads the values relies on their kinds. */
static void check_kinds(const json_t *values) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)values, name, value)
        must(json_is_string(value) || json_is_boolean(value) || json_is_array(value));
}

static void check(const json_t *form, const json_t *values) {
    KF_AUTO_PTR(json_t) taken = NULL;
    KF_AUTO_PTR(json_t) problems = NULL;
    kf_err err = kf_form_check(form, values, &taken, &problems);
    must((err == KF_OK) == (taken != NULL));
    if (err == KF_OK)
        check_kinds(taken);
    else if (!kf_shape_form(form) && (!values || json_is_object(values)))
        must(err == KF_E_USAGE && json_array_size(problems) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    const uint8_t *end = memchr(data, 0, len);
    size_t form_len = end ? (size_t)(end - data) : len;
    KF_AUTO_PTR(json_t) form = json_loadb((const char *)data, form_len, JSON_DECODE_ANY, NULL);
    KF_AUTO_PTR(json_t) values = NULL;
    if (end)
        values = json_loadb((const char *)end + 1, len - form_len - 1, JSON_DECODE_ANY, NULL);
    check(form, values);
    kf_error_clear();
    return 0;
}
