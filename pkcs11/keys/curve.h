// SPDX-License-Identifier: Apache-2.0
// The curves that keys may lie on, and the ways in which CKA_EC_PARAMS names them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "keys/ck.h"

#define KF_CURVE_SIZE_MAX  66                          /* bytes of a coordinate or private number */
#define KF_CURVE_POINT_MAX (1 + 2 * KF_CURVE_SIZE_MAX) /* uncompressed */

struct kf_curve {
    CK_KEY_TYPE type;  /* CKK_EC or CKK_EC_EDWARDS */
    const char *group; /* OpenSSL's name of it */
    int nid;
    CK_ULONG bits;
    size_t size;      /* bytes of a private number, and of a coordinate */
    size_t point_len; /* bytes of a public key: 0x04, x, y (SEC 1), or RFC 8032's */
    size_t oid_len;
    uint8_t oid[12]; /* with its DER header, as CKA_EC_PARAMS */
};

/* By CKA_EC_PARAMS (PKCS#11 2.40, 2.3.3; 3.0, 6.3.5): an OID, or a PrintableString.
 * CKR_CURVE_NOT_SUPPORTED when it names another curve or spells one out,
 * CKR_ATTRIBUTE_VALUE_INVALID when it is none of the three. */
CK_RV kf_curve_find(const uint8_t *params, size_t len, CK_KEY_TYPE type,
                    const struct kf_curve **ret_curve);

/* False for a point of small order, or one that is not written in the one right way. */
bool kf_edwards_is_sound(const uint8_t point[static 32]);
