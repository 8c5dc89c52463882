// SPDX-License-Identifier: Apache-2.0
// Values for a CA's form, from the command line.
#include "fields.h"

#include <string.h>

#define FIELD_FILE_MAX ((size_t)256 * 1024)

/* A field that has a value already becomes a list of both. */
static kf_err add_value(json_t *fields, const char *name, json_t *value) {
    json_t *before = json_object_get(fields, name);
    int failed;
    if (!before)
        failed = json_object_set_new(fields, name, value);
    else if (json_is_array(before))
        failed = json_array_append_new(before, value);
    else
        failed = json_object_set_new(fields, name, json_pack("[O, o]", before, value));
    return failed ? kf_fail(KF_E_INPUT, "the name of a field is not UTF-8") : KF_OK;
}

/* `ret_name` is freed by the caller; `ret_value` points into the word. */
static kf_err cut_word(const char *word, const char *what, const char *form, char **ret_name,
                       const char **ret_value) {
    const char *equals = strchr(word, '=');
    if (!equals || equals == word)
        return kf_fail(KF_E_USAGE, "%s wants %s, not \"%s\"", what, form, word);
    *ret_name = strndup(word, (size_t)(equals - word));
    *ret_value = equals + 1;
    return *ret_name ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory for the CA's form");
}

kf_err fields_set(json_t *fields, const char *word, const char *what) {
    KF_AUTO_FREE char *name = NULL;
    const char *text = NULL;
    KF_TRY(cut_word(word, what, "FIELD=VALUE", &name, &text));
    json_t *value = json_string(text);
    if (!value)
        return kf_fail(KF_E_INPUT, "%s wants UTF-8 text", what);
    return add_value(fields, name, value);
}

/* Editors end the last line of a file; a value of one line has no line end. */
static void trim_end(kf_buf *bytes) {
    while (bytes->len && strchr("\r\n", bytes->data[bytes->len - 1]))
        bytes->len--;
}

kf_err fields_file(const char *path, json_t **ret_text) {
    KF_AUTO(kf_buf) bytes = {0};
    KF_TRY(run_read_file(path, FIELD_FILE_MAX, &bytes));
    trim_end(&bytes);
    *ret_text = json_stringn((const char *)bytes.data, bytes.len);
    if (*ret_text)
        return KF_OK;
    kf_fail(KF_E_INPUT, "\"%s\" is not text (UTF-8)", path);
    kf_error_hint("A certificate goes along as PEM: `openssl x509 -inform DER -in FILE`.");
    return KF_E_INPUT;
}

kf_err fields_set_file(json_t *fields, const char *word) {
    KF_AUTO_FREE char *name = NULL;
    const char *path = NULL;
    json_t *value = NULL;
    KF_TRY(cut_word(word, "--set-file", "FIELD=PATH", &name, &path));
    KF_TRY(fields_file(path, &value));
    return add_value(fields, name, value);
}

kf_err fields_given(const struct run *run, json_t **ret_fields) {
    KF_AUTO_PTR(json_t) fields = json_object();
    for (size_t i = 0; i < run->line->given_count; i++) {
        const struct given *given = &run->line->given[i];
        if (given->option == OPT_SET)
            KF_TRY(fields_set(fields, given->value, "--set"));
        else if (given->option == OPT_SET_FILE)
            KF_TRY(fields_set_file(fields, given->value));
    }
    *ret_fields = KF_MOVE(fields);
    return *ret_fields ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory for the CA's form");
}

kf_err fields_text(const json_t *fields, char **ret_text) {
    *ret_text = json_dumps(fields, JSON_COMPACT);
    return *ret_text ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory for the CA's form");
}
