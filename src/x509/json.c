// SPDX-License-Identifier: Apache-2.0
// Filling JSON documents with every failure noticed.
#include "x509/json.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* jansson frees without wiping, but passwords and sessions pass through its parser, its documents
 * and its texts. What another part of the program has set stays. */
static void wipe_and_free(void *memory) {
    if (!memory)
        return;
    OPENSSL_cleanse(memory, malloc_usable_size(memory));
    free(memory);
}

__attribute__((constructor)) static void make_jansson_wipe(void) {
    json_malloc_t take = NULL;
    json_free_t give = NULL;
    json_get_alloc_funcs(&take, &give);
    if (take == malloc && give == free)
        json_set_alloc_funcs(malloc, wipe_and_free);
}

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
