// SPDX-License-Identifier: Apache-2.0
// Counting what is in a PKCS#7 file before each certificate of it is decoded, which takes long.
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Certificates in a SignedData (RFC 5652 5.1), definite or indefinite lengths. 0 when the structure
 * is another one: the parser then says what is wrong. */
size_t kf_pkcs7_count(const uint8_t *data, size_t len);
