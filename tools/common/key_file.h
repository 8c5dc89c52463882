// SPDX-License-Identifier: Apache-2.0
// Files with keys in them.
#pragma once

#include "base/buf.h"

#define KEY_FILE_MAX ((size_t)1 << 20)

/* Is this a key without a password? PEM that says so, or the version of a PKCS#8 (RFC 5958, 2)
 * where a sealed one has its algorithm. Whatever else it is, a password is asked for. */
bool key_file_is_open(const kf_buf *file);
