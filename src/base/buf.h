// SPDX-License-Identifier: Apache-2.0
// A growing buffer of bytes with a maximum.
#pragma once

#include <keyfob/error.h>

#include <stdarg.h>
#include <stdint.h>

#include "base/auto.h"

/* Start with `= {0}`. Always NUL-terminated one byte past `len` once something was added. */
typedef struct kf_buf {
    uint8_t *data;
    size_t len, capacity;
    size_t max; /* 0 = KF_BUF_MAX */
} kf_buf;

#define KF_BUF_MAX ((size_t)16 * 1024 * 1024)

kf_err kf_buf_add(kf_buf *buf, const void *data, size_t len);
kf_err kf_buf_add_str(kf_buf *buf, const char *text);
__attribute__((format(printf, 2, 3))) kf_err kf_buf_printf(kf_buf *buf, const char *format, ...);
/* Replace what is in `buf` by a copy. */
kf_err kf_buf_set(kf_buf *buf, const void *data, size_t len);
/* The bytes as a string; "" when empty. Bytes after a NUL are there but not seen. */
const char *kf_buf_str(const kf_buf *buf);
bool kf_buf_equal(const kf_buf *a, const kf_buf *b);
/* Hand over the contents: `to` is cleared first, `from` is empty afterwards. */
void kf_buf_move(kf_buf *to, kf_buf *from);
/* Frees (without wiping: secrets live in kf_secret). */
void kf_buf_clear(kf_buf *buf);
