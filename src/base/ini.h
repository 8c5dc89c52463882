// SPDX-License-Identifier: Apache-2.0
// Small configuration files: [section name], key = value, # comment. Used by keyfob.conf and the
// profiles.
#pragma once

#include "base/buf.h"

typedef struct kf_ini kf_ini;

#define KF_INI_FILE_MAX ((size_t)256 * 1024)

/* `name` is used in sentences ("keyfob.conf:12: ..."). `code` is the error for bad lines
 * (KF_E_CONFIG, KF_E_PROFILE). Keys of a section may repeat and keep their order. Refuses NUL
 * bytes, invalid UTF-8, lines without "=". */
kf_err kf_ini_parse(const char *text, size_t len, const char *name, kf_err code, kf_ini **ret_ini);
void kf_ini_free(kf_ini *ini);
KF_DEFINE_AUTO_PTR(kf_ini)

/* The last value of a key, or NULL. `section` "" is what stands before the first [section]. */
const char *kf_ini_get(const kf_ini *ini, const char *section, const char *key);
size_t kf_ini_count(const kf_ini *ini);
struct kf_ini_entry {
    const char *section, *key, *value;
    int line;
};
const struct kf_ini_entry *kf_ini_at(const kf_ini *ini, size_t index);
