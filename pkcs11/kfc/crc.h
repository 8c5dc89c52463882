// SPDX-License-Identifier: Apache-2.0
// CRC-32 (ISO 3309, as zlib and PNG have it): tells a torn file from a whole one. No protection
// against anybody who wants to deceive.
#pragma once

#include <stddef.h>
#include <stdint.h>

/* `crc` is 0 for a start, or what the bytes before gave. */
uint32_t kfc_crc(uint32_t crc, const void *data, size_t len);
