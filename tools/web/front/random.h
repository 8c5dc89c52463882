// SPDX-License-Identifier: Apache-2.0
// Random texts, and comparing secrets in constant time.
#pragma once

#include <keyfob/error.h>
#include <stddef.h>
#include <stdint.h>

kf_err random_bytes(void *ret_bytes, size_t len);
/* 2 * `len` hex digits and a NUL. */
kf_err random_hex(char *ret_text, size_t len);
/* The time depends on the lengths only. */
bool secret_equal(const char *a, const char *b);
