// SPDX-License-Identifier: Apache-2.0
// A key in a file: what a call brings, and what it takes away.
#pragma once

#include "web/worker/work.h"

/* It may be a key in the clear: wiped. */
typedef struct key_bytes {
    kf_buf bytes;
} key_bytes;
void key_bytes_clear(key_bytes *file);

/* "file" and "password"; a sealed file without a password asks for it. */
kf_err container_key_file(struct work *work, key_bytes *ret_file, kf_secret **ret_password);
/* "format": p12 (also when it is missing) or p8. */
kf_err container_export_format(const struct work *work, enum kf_key_format *ret_format);
/* "password", which must be worth something: whoever has the file can try as many as they like. */
kf_err container_new_password(const struct work *work, kf_secret **ret_password);
/* The answer with the file. */
kf_err container_download(const struct kf_container_info *info, enum kf_key_format format,
                          const void *data, size_t len, json_t **ret_result);
