// SPDX-License-Identifier: Apache-2.0
// Files with keys in them.
#include "common/key_file.h"

#include <string.h>

bool key_file_is_open(const kf_buf *file) {
    const char *text = kf_buf_str(file);
    if (strstr(text, "-----BEGIN "))
        return strstr(text, "PRIVATE KEY-----") && !strstr(text, "ENCRYPTED");
    const uint8_t *at = file->data, *end = at + file->len;
    if (file->len < 8 || *at++ != 0x30)
        return false;
    at += *at & 0x80 ? 1 + (*at & 0x7f) : 1;
    return end - at >= 3 && at[0] == 0x02 && at[1] == 0x01 && at[2] <= 1;
}
