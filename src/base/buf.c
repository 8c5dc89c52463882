// SPDX-License-Identifier: Apache-2.0
// A growing buffer of bytes with a maximum.
#include "base/buf.h"

#include <stdio.h>
#include <string.h>

static size_t buf_max(const kf_buf *buf) {
    return buf->max ? buf->max : KF_BUF_MAX;
}

/* Room for `more` bytes and the NUL after them. */
static kf_err reserve(kf_buf *buf, size_t more) {
    size_t max = buf_max(buf);
    if (buf->len > max || more > max - buf->len)
        return kf_fail(KF_E_TOO_LARGE, "more than %zu bytes", max);
    size_t want = buf->len + more + 1;
    if (want <= buf->capacity)
        return KF_OK;
    size_t capacity = buf->capacity ? buf->capacity : 64;
    while (capacity < want)
        capacity *= 2;
    uint8_t *data = realloc(buf->data, capacity);
    if (!data)
        return kf_fail(KF_E_MEMORY, "out of memory for %zu bytes", capacity);
    buf->data = data;
    buf->capacity = capacity;
    return KF_OK;
}

kf_err kf_buf_add(kf_buf *buf, const void *data, size_t len) {
    KF_TRY(reserve(buf, len));
    if (len)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
    return KF_OK;
}

kf_err kf_buf_add_str(kf_buf *buf, const char *text) {
    return kf_buf_add(buf, text, strlen(text));
}

kf_err kf_buf_printf(kf_buf *buf, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        return kf_fail(KF_E_FAILED, "text could not be formatted");
    KF_TRY(reserve(buf, (size_t)len));
    va_start(args, format);
    vsnprintf((char *)buf->data + buf->len, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
    return KF_OK;
}

kf_err kf_buf_set(kf_buf *buf, const void *data, size_t len) {
    KF_AUTO(kf_buf) copy = {.max = buf->max};
    KF_TRY(kf_buf_add(&copy, data, len));
    kf_buf_move(buf, &copy);
    return KF_OK;
}

const char *kf_buf_str(const kf_buf *buf) {
    return buf->data ? (const char *)buf->data : "";
}

bool kf_buf_equal(const kf_buf *a, const kf_buf *b) {
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

void kf_buf_move(kf_buf *to, kf_buf *from) {
    if (to == from)
        return;
    kf_buf_clear(to);
    to->data = from->data;
    to->len = from->len;
    to->capacity = from->capacity;
    from->data = NULL;
    from->len = from->capacity = 0;
}

void kf_buf_clear(kf_buf *buf) {
    if (!buf)
        return;
    free(buf->data);
    buf->data = NULL;
    buf->len = buf->capacity = 0;
}
