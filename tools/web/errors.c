// SPDX-License-Identifier: Apache-2.0
// Errors as documents.
#include "web/errors.h"

#include <string.h>

#include "base/auto.h"

/* The first command of a hint stands between backticks. */
static json_t *command_in(const char *text) {
    static const char mark[] = "`keyfob ";
    const char *begin = strstr(text, mark);
    const char *end = begin ? strchr(begin + 1, '`') : NULL;
    return end ? json_stringn(begin + 1, (size_t)(end - begin - 1)) : NULL;
}

static json_t *next_json(const char *text) {
    return *text ? json_pack("[{s:s, s:o*}]", "text", text, "cli", command_in(text)) : json_array();
}

json_t *error_json(kf_err code) {
    return json_pack("{s:s, s:s, s:s, s:s, s:o}", "schema", "keyfob.error/1", "code",
                     kf_error_info(code)->code, "message", kf_error_sentence(code), "key",
                     kf_error_key_state(code), "next", next_json(kf_error_next(code)));
}

kf_err error_code_of(const json_t *error) {
    const char *code = json_string_value(json_object_get(error, "code"));
    for (kf_err i = KF_OK; code && i < KF_ERR_COUNT; i++)
        if (strcmp(kf_error_info(i)->code, code) == 0)
            return i;
    return KF_E_FAILED;
}

int error_status(const json_t *error) {
    return kf_error_info(error_code_of(error))->http;
}
