// SPDX-License-Identifier: Apache-2.0
// What the files gost*.c share.
#pragma once

#include "x509/der.h"
#include "x509/gost.h"

/* One row a length of key: object identifiers of RFC 9215. */
struct kf_gost_kind {
    enum kf_key_type type;
    size_t half; /* bytes of a coordinate, and of the hash */
    const char *algorithm, *signature, *digest, *curve;
    bool names_digest; /* RFC 9215 4.2: with the curves of RFC 4357 the hash must be named */
};

struct kf_gost_public {
    const struct kf_gost_kind *kind;
    struct kf_der_view curve; /* contents of its object identifier */
    struct kf_der_view value; /* x and y, little-endian */
};

/* A SubjectPublicKeyInfo of such a key; false for any other. */
bool kf_gost_parse(const uint8_t *spki, size_t len, struct kf_gost_public *ret_public);
bool kf_gost_is_oid(const struct kf_der_view *content, const char *dotted);
/* Is the point on the curve that keyfob makes such keys on (gost_curve.c)? */
bool kf_gost_on_curve(const struct kf_gost_public *public);
