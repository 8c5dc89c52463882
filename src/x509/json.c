// SPDX-License-Identifier: Apache-2.0
// Filling JSON documents with every failure noticed.
#include "x509/json.h"

#include <openssl/crypto.h>
#include <stdint.h>
#include <string.h>

static kf_err no_memory(void) {
    return kf_fail(KF_E_MEMORY, "out of memory for a JSON document");
}

kf_err kf_json_ready(const json_t *json) {
    return json ? KF_OK : no_memory();
}

kf_err kf_json_append(json_t *list, json_t *value) {
    return json_array_append_new(list, value) == 0 ? KF_OK : no_memory();
}

kf_err kf_json_set(json_t *object, const char *key, json_t *value) {
    return json_object_set_new(object, key, value) == 0 ? KF_OK : no_memory();
}

void kf_json_wipe(json_t *json) {
    const char *key;
    json_t *item;
    size_t i;
    if (json_is_string(json))
        OPENSSL_cleanse((char *)(uintptr_t)json_string_value(json), json_string_length(json));
    json_array_foreach(json, i, item) kf_json_wipe(item);
    json_object_foreach(json, key, item) kf_json_wipe(item);
}

const char *kf_json_problem(json_error_t *error) {
    char *near = strstr(error->text, " near ");
    if (near)
        *near = '\0';
    return error->text;
}
