// SPDX-License-Identifier: Apache-2.0
// A key in a file: what a call brings, and what it takes away.
#include "web/worker/container_key.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "common/key_file.h"
#include "common/password.h"

void key_bytes_clear(key_bytes *file) {
    if (file->bytes.data)
        explicit_bzero(file->bytes.data, file->bytes.len);
    kf_buf_clear(&file->bytes);
}

kf_err container_key_file(struct work *work, key_bytes *ret_file, kf_secret **ret_password) {
    KF_TRY(work_bytes(work, "file", KEY_FILE_MAX, &ret_file->bytes));
    KF_TRY(work_secret(work, "password", ret_password));
    if (*ret_password || key_file_is_open(&ret_file->bytes))
        return KF_OK;
    return work_ask_secret(work,
                           json_pack("{s:s, s:s, s:s}", "kind", "secret", "title",
                                     "The password of the file", "text",
                                     "The key in this file is sealed with a password."),
                           ret_password);
}

kf_err container_export_format(const struct work *work, enum kf_key_format *ret_format) {
    const char *word = work_text(work, "format");
    if (word && strcmp(word, "p12") != 0 && strcmp(word, "p8") != 0)
        return kf_fail(KF_E_USAGE, "\"format\" takes p12 or p8, not \"%s\"", word);
    *ret_format = word && strcmp(word, "p8") == 0 ? KF_KEY_PKCS8 : KF_KEY_PKCS12;
    return KF_OK;
}

kf_err container_new_password(const struct work *work, kf_secret **ret_password) {
    KF_AUTO_PTR(kf_secret) password = NULL;
    KF_TRY(work_secret(work, "password", &password));
    if (!password)
        return kf_fail(KF_E_USAGE, "\"password\" is missing: the file is sealed with it");
    kf_err code = password_check(password, "the new password");
    if (code == KF_E_POLICY)
        kf_error_hint("Take 10 or more characters of 3 kinds (small letters, capitals, digits, "
                      "signs), or a sentence of some words.");
    KF_TRY(code);
    *ret_password = KF_MOVE(password);
    return KF_OK;
}

/* A label may hold anything; a file's name should not. */
static void file_name(const char *label, const char *ending, char ret_name[static 64]) {
    size_t len = 0;
    for (const char *at = label; *at && len < 48; at++)
        ret_name[len++] = isalnum((unsigned char)*at) || strchr("-_.@", *at) ? *at : '_';
    if (len > 0 && ret_name[0] == '.')
        ret_name[0] = '_';
    snprintf(ret_name + len, 64 - len, "%s%s", len ? "" : "key", ending);
}

kf_err container_download(const struct kf_container_info *info, enum kf_key_format format,
                          const void *data, size_t len, json_t **ret_result) {
    char name[64];
    bool is_p12 = format == KF_KEY_PKCS12;
    file_name(info->label, is_p12 ? ".p12" : ".p8", name);
    return work_file(name, is_p12 ? "application/pkcs12" : "application/pkcs8-encrypted", data, len,
                     ret_result);
}
