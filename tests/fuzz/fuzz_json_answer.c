// SPDX-License-Identifier: Apache-2.0
// What a service sends as JSON: taken or refused; what was taken is within its limits and is the
// same when it was written and read again.
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "ca/http.h"
#include "x509/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t depth_of(json_t *json) {
    size_t deepest = 0, index;
    const char *key;
    json_t *value;
    json_array_foreach(json, index, value) {
        size_t depth = depth_of(value);
        deepest = depth > deepest ? depth : deepest;
    }
    json_object_foreach(json, key, value) {
        size_t depth = depth_of(value);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + (json_is_array(json) || json_is_object(json));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    KF_AUTO_PTR(json_t) json = NULL;
    KF_AUTO_PTR(json_t) again = NULL;
    if (kf_json_parse_answer(data, size, &json) != KF_OK) {
        if (json)
            abort();
        return 0;
    }
    KF_AUTO_FREE char *text =
        json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
    if (depth_of(json) > 32 || !text || kf_json_parse_answer(text, strlen(text), &again) != KF_OK ||
        !json_equal(json, again))
        abort();
    return 0;
}
