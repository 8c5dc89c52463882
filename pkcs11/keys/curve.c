// SPDX-License-Identifier: Apache-2.0
// The table of curves.
#include "keys/curve.h"

#include <openssl/obj_mac.h>
#include <stdbool.h>
#include <string.h>

#include "base/auto.h"
#include "keys/asn1.h"

#define OID(...) .oid_len = sizeof((uint8_t[]){__VA_ARGS__}), .oid = {__VA_ARGS__}

static const struct kf_curve curves[] = {
    {.type = CKK_EC,
     .group = "P-256",
     .nid = NID_X9_62_prime256v1,
     .bits = 256,
     .size = 32,
     .point_len = 65,
     OID(0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07)},
    {.type = CKK_EC,
     .group = "P-384",
     .nid = NID_secp384r1,
     .bits = 384,
     .size = 48,
     .point_len = 97,
     OID(0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22)},
    {.type = CKK_EC,
     .group = "P-521",
     .nid = NID_secp521r1,
     .bits = 521,
     .size = 66,
     .point_len = 133,
     OID(0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23)},
    {.type = CKK_EC_EDWARDS,
     .group = "ED25519",
     .nid = NID_ED25519,
     .bits = 255,
     .size = 32,
     .point_len = 32,
     OID(0x06, 0x03, 0x2b, 0x65, 0x70)},
};

/* Other spellings that hosts use. */
static const struct {
    size_t curve;
    const char *params;
} spellings[] = {
    {0, "\x13\x05P-256"},
    {0, "\x13\x09secp256r1"},
    {0, "\x13\x0aprime256v1"},
    {1, "\x13\x05P-384"},
    {1, "\x13\x09secp384r1"},
    {2, "\x13\x05P-521"},
    {2, "\x13\x09secp521r1"},
    {3, "\x13\x0c"
        "edwards25519"},
    {3, "\x06\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01"}, /* GnuPG's, from before RFC 8410 */
};

static const struct kf_curve *look_up(const uint8_t *params, size_t len) {
    for (size_t i = 0; i < KF_COUNT(curves); i++)
        if (curves[i].oid_len == len && memcmp(curves[i].oid, params, len) == 0)
            return &curves[i];
    for (size_t i = 0; i < KF_COUNT(spellings); i++)
        if (strlen(spellings[i].params) == len && memcmp(spellings[i].params, params, len) == 0)
            return &curves[spellings[i].curve];
    return NULL;
}

/* One element of a kind that ECParameters may be. */
static bool is_well_formed(const uint8_t *params, size_t len) {
    static const uint8_t tags[] = {KF_ASN1_OID, KF_ASN1_PRINTABLE, KF_ASN1_SEQUENCE};
    for (size_t i = 0; i < sizeof tags; i++) {
        struct kf_span rest = {params, len}, content;
        if (kf_asn1_take(&rest, tags[i], &content) && rest.len == 0)
            return true;
    }
    return false;
}

CK_RV kf_curve_find(const uint8_t *params, size_t len, CK_KEY_TYPE type,
                    const struct kf_curve **ret_curve) {
    if (!is_well_formed(params, len))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    const struct kf_curve *curve = look_up(params, len);
    if (!curve || curve->type != type)
        return CKR_CURVE_NOT_SUPPORTED;
    *ret_curve = curve;
    return CKR_OK;
}
