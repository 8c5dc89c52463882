// SPDX-License-Identifier: Apache-2.0
// DER (X.690), as much as keys need: read without copying, and written from the end to the start
// into memory that the caller gives, so that a private key passes through no heap.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that belong to somebody else. */
struct kf_span {
    const uint8_t *data;
    size_t len;
};

enum kf_asn1_tag {
    KF_ASN1_INTEGER = 0x02,
    KF_ASN1_BITS = 0x03,
    KF_ASN1_OCTETS = 0x04,
    KF_ASN1_NULL = 0x05,
    KF_ASN1_OID = 0x06,
    KF_ASN1_PRINTABLE = 0x13,
    KF_ASN1_SEQUENCE = 0x30,
    KF_ASN1_IMPLICIT_1 = 0x81, /* [1] of something primitive */
    KF_ASN1_CONTEXT_0 = 0xa0,  /* [0], [1] of something constructed */
    KF_ASN1_CONTEXT_1 = 0xa1
};

/* The content of the next element; false, and `rest` as it was, when the tag is another one or the
 * length is not DER's shortest or does not fit. */
bool kf_asn1_take(struct kf_span *rest, uint8_t tag, struct kf_span *ret_content);
/* The next element with its header. */
bool kf_asn1_take_whole(struct kf_span *rest, uint8_t tag, struct kf_span *ret_element);
/* An INTEGER that is not negative, without a leading zero byte; zero has no bytes. */
bool kf_asn1_take_number(struct kf_span *rest, struct kf_span *ret_number);
/* A BIT STRING of whole bytes, under its own tag or an implicit one. */
bool kf_asn1_take_bits(struct kf_span *rest, uint8_t tag, struct kf_span *ret_bytes);

struct kf_span kf_span_without_zeros(struct kf_span number); /* leading ones */
bool kf_span_equal(struct kf_span a, struct kf_span b);

/* Start with {.start = room, .at = room + size}; written is what lies from `at` to the end. Once
 * the room is spent nothing more is written and `is_full` is set. */
struct kf_asn1_writer {
    uint8_t *start, *at;
    bool is_full;
};
void kf_asn1_put(struct kf_asn1_writer *writer, const void *data, size_t len);
void kf_asn1_put_byte(struct kf_asn1_writer *writer, uint8_t byte);
/* A header before everything written since `at` was `end`. */
void kf_asn1_wrap(struct kf_asn1_writer *writer, uint8_t tag, const uint8_t *end);
void kf_asn1_put_element(struct kf_asn1_writer *writer, uint8_t tag, struct kf_span content);
/* An INTEGER from a big-endian number, with or without leading zeros. */
void kf_asn1_put_number(struct kf_asn1_writer *writer, struct kf_span number);
