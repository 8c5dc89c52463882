// SPDX-License-Identifier: Apache-2.0
// Reading and writing DER.
#include "keys/asn1.h"

#include <string.h>

/* X.690 10.1: the shortest form of a definite length. */
static bool take_length(struct kf_span *rest, size_t *ret_len) {
    if (rest->len == 0)
        return false;
    size_t len = rest->data[0], more = len & 0x7f;
    if (len >= 0x80) {
        if (more == 0 || more > 3 || more >= rest->len)
            return false;
        len = 0;
        for (size_t i = 1; i <= more; i++)
            len = len << 8 | rest->data[i];
        if (len < 0x80 || rest->data[1] == 0)
            return false;
    } else {
        more = 0;
    }
    rest->data += 1 + more;
    rest->len -= 1 + more;
    *ret_len = len;
    return len <= rest->len;
}

bool kf_asn1_take(struct kf_span *rest, uint8_t tag, struct kf_span *ret_content) {
    struct kf_span left = *rest;
    size_t len;
    if (left.len == 0 || left.data[0] != tag)
        return false;
    left.data++;
    left.len--;
    if (!take_length(&left, &len))
        return false;
    *ret_content = (struct kf_span){left.data, len};
    *rest = (struct kf_span){left.data + len, left.len - len};
    return true;
}

bool kf_asn1_take_whole(struct kf_span *rest, uint8_t tag, struct kf_span *ret_element) {
    struct kf_span from = *rest, content;
    if (!kf_asn1_take(rest, tag, &content))
        return false;
    *ret_element = (struct kf_span){from.data, from.len - rest->len};
    return true;
}

bool kf_asn1_take_number(struct kf_span *rest, struct kf_span *ret_number) {
    struct kf_span left = *rest, content;
    if (!kf_asn1_take(&left, KF_ASN1_INTEGER, &content) || content.len == 0)
        return false;
    const uint8_t *bytes = content.data;
    bool is_negative = bytes[0] >= 0x80;
    bool is_padded = content.len > 1 && bytes[0] == 0 && bytes[1] < 0x80;
    if (is_negative || is_padded)
        return false;
    *ret_number = kf_span_without_zeros(content);
    *rest = left;
    return true;
}

bool kf_asn1_take_bits(struct kf_span *rest, uint8_t tag, struct kf_span *ret_bytes) {
    struct kf_span left = *rest, content;
    if (!kf_asn1_take(&left, tag, &content) || content.len == 0 || content.data[0] != 0)
        return false;
    *ret_bytes = (struct kf_span){content.data + 1, content.len - 1};
    *rest = left;
    return true;
}

struct kf_span kf_span_without_zeros(struct kf_span number) {
    while (number.len > 0 && number.data[0] == 0) {
        number.data++;
        number.len--;
    }
    return number;
}

bool kf_span_equal(struct kf_span a, struct kf_span b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

void kf_asn1_put(struct kf_asn1_writer *writer, const void *data, size_t len) {
    if (writer->is_full || len > (size_t)(writer->at - writer->start)) {
        writer->is_full = true;
        return;
    }
    writer->at -= len;
    if (len)
        memcpy(writer->at, data, len);
}

void kf_asn1_put_byte(struct kf_asn1_writer *writer, uint8_t byte) {
    kf_asn1_put(writer, &byte, 1);
}

void kf_asn1_wrap(struct kf_asn1_writer *writer, uint8_t tag, const uint8_t *end) {
    size_t len = (size_t)(end - writer->at);
    uint8_t more = 0;
    for (size_t left = len; len >= 0x80 && left; left >>= 8, more++)
        kf_asn1_put_byte(writer, (uint8_t)left);
    kf_asn1_put_byte(writer, len < 0x80 ? (uint8_t)len : 0x80 | more);
    kf_asn1_put_byte(writer, tag);
}

void kf_asn1_put_element(struct kf_asn1_writer *writer, uint8_t tag, struct kf_span content) {
    const uint8_t *end = writer->at;
    kf_asn1_put(writer, content.data, content.len);
    kf_asn1_wrap(writer, tag, end);
}

void kf_asn1_put_number(struct kf_asn1_writer *writer, struct kf_span number) {
    const uint8_t *end = writer->at;
    number = kf_span_without_zeros(number);
    kf_asn1_put(writer, number.data, number.len);
    if (number.len == 0 || number.data[0] >= 0x80)
        kf_asn1_put_byte(writer, 0);
    kf_asn1_wrap(writer, KF_ASN1_INTEGER, end);
}
