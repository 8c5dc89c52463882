// SPDX-License-Identifier: Apache-2.0
// The arguments of a call: texts of a query or a path, and whatever a JSON body has.
#include "web/worker/work.h"

#include <string.h>

#include "base/text.h"

const char *work_text(const struct work *work, const char *name) {
    const char *text = json_string_value(json_object_get(work->args, name));
    return text && *text ? text : NULL;
}

kf_err work_need(const struct work *work, const char *name, const char **ret_text) {
    const char *text = work_text(work, name);
    if (!text)
        return kf_fail(KF_E_USAGE, "\"%s\" is missing", name);
    *ret_text = text;
    return KF_OK;
}

bool work_flag(const struct work *work, const char *name) {
    const char *text = work_text(work, name);
    return json_is_true(json_object_get(work->args, name)) ||
           (text && kf_str_has_word("true yes 1", text));
}

kf_err work_number(const struct work *work, const char *name, int64_t fallback,
                   int64_t *ret_number) {
    const json_t *value = json_object_get(work->args, name);
    if (json_is_string(value) && json_string_length(value) > 0)
        return kf_parse_number(json_string_value(value), name, INT64_MIN, INT64_MAX, ret_number);
    if (value && !json_is_null(value) && !json_is_string(value) && !json_is_integer(value))
        return kf_fail(KF_E_INPUT, "\"%s\" is not a whole number", name);
    *ret_number = json_is_integer(value) ? json_integer_value(value) : fallback;
    return KF_OK;
}

const json_t *work_object(const struct work *work, const char *name) {
    const json_t *value = json_object_get(work->args, name);
    return json_is_object(value) ? value : NULL;
}

/* Four characters hold three bytes; there may be line ends between them. */
static bool is_too_long(size_t characters, size_t max) {
    return characters / 4 * 3 > max + max / 32 + 64;
}

kf_err work_bytes(const struct work *work, const char *name, size_t max, kf_buf *ret_bytes) {
    const char *text = NULL;
    KF_AUTO(kf_buf) bytes = {0};
    KF_TRY(work_need(work, name, &text));
    size_t len = strlen(text);
    kf_err code = is_too_long(len, max) ? KF_E_TOO_LARGE : kf_unbase64(text, len, &bytes);
    bool fits = code == KF_OK && bytes.len <= max;
    if (fits)
        kf_buf_move(ret_bytes, &bytes);
    else if (bytes.len)
        explicit_bzero(bytes.data, bytes.len);
    if (code == KF_E_TOO_LARGE || (code == KF_OK && !fits))
        return kf_fail(KF_E_TOO_LARGE, "\"%s\" is larger than %zu bytes", name, max);
    return code == KF_OK ? KF_OK : kf_fail_in(code, "\"%s\"", name);
}

kf_err work_secret(const struct work *work, const char *name, kf_secret **ret_secret) {
    const char *text = work_text(work, name);
    kf_secret *secret = NULL;
    if (text)
        KF_TRY(kf_secret_copy(text, strlen(text), &secret));
    *ret_secret = secret;
    return KF_OK;
}

kf_err work_confirmed(const struct work *work, const char *name) {
    const char *given = work_text(work, "confirm");
    if (given && strcmp(given, name) == 0)
        return KF_OK;
    kf_fail(KF_E_USAGE, given ? "\"confirm\" does not repeat \"%s\"" : "\"%s\" is not confirmed",
            name);
    kf_error_hint("Type the name \"%s\" to confirm.", name);
    return KF_E_USAGE;
}
