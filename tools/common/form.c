// SPDX-License-Identifier: Apache-2.0
// Looking into a form.
#include "common/form.h"

#include <string.h>

const json_t *form_field(const json_t *form, const char *name) {
    size_t i;
    json_t *field;
    json_array_foreach(json_object_get(form, "fields"), i, field) {
        const char *is = json_string_value(json_object_get(field, "name"));
        if (is && strcmp(is, name) == 0)
            return field;
    }
    return NULL;
}

bool form_costs(const json_t *form) {
    return form_field(form, "agreement") || form_field(form, "payment_method");
}
