// SPDX-License-Identifier: Apache-2.0
// Public halves as DER: SubjectPublicKeyInfo (RFC 5280 4.1, RFC 3279, RFC 5480, RFC 8410).
#include "keys/public.h"

static const uint8_t oid_rsa[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
static const uint8_t oid_ec[] = {0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};

bool kf_point_unwrap(const struct kf_curve *curve, struct kf_span value,
                     struct kf_span *ret_point) {
    struct kf_span rest = value, content;
    /* Both forms of a point on a P curve begin with 0x04, so it is the length that tells. */
    if (value.len != curve->point_len) {
        if (!kf_asn1_take(&rest, KF_ASN1_OCTETS, &content) || rest.len ||
            content.len != curve->point_len)
            return false;
        value = content;
    }
    *ret_point = value;
    return true;
}

void kf_public_put_key(const kf_public *public_half, struct kf_asn1_writer *writer) {
    if (public_half->curve) {
        kf_asn1_put(writer, public_half->point.data, public_half->point.len);
        return;
    }
    const uint8_t *end = writer->at;
    kf_asn1_put_number(writer, kf_span_of(&public_half->exponent));
    kf_asn1_put_number(writer, kf_span_of(&public_half->modulus));
    kf_asn1_wrap(writer, KF_ASN1_SEQUENCE, end);
}

void kf_public_put_algorithm(const kf_public *public_half, struct kf_asn1_writer *writer) {
    const struct kf_curve *curve = public_half->curve;
    const uint8_t *end = writer->at;
    if (!curve) {
        kf_asn1_put_element(writer, KF_ASN1_NULL, (struct kf_span){0});
        kf_asn1_put(writer, oid_rsa, sizeof oid_rsa);
    } else {
        kf_asn1_put(writer, curve->oid, curve->oid_len);
        if (curve->type == CKK_EC)
            kf_asn1_put(writer, oid_ec, sizeof oid_ec);
    }
    kf_asn1_wrap(writer, KF_ASN1_SEQUENCE, end);
}

void kf_public_put_info(const kf_public *public_half, struct kf_asn1_writer *writer) {
    const uint8_t *end = writer->at;
    kf_public_put_key(public_half, writer);
    kf_asn1_put_byte(writer, 0); /* no unused bits */
    kf_asn1_wrap(writer, KF_ASN1_BITS, end);
    kf_public_put_algorithm(public_half, writer);
    kf_asn1_wrap(writer, KF_ASN1_SEQUENCE, end);
}
