// SPDX-License-Identifier: Apache-2.0
// Mechanisms: what the token can do with which keys.
#include "fakes/mechanisms.h"

#include <stddef.h>

#include "fakes/fake.h"
#include "fakes/gost.h"
#include "fakes/slots.h"

enum { MAX_LIED_MECHANISMS = 1 << 20 };

#define CURVES (CKF_HW | CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS)

static const struct {
    CK_MECHANISM_TYPE type;
    CK_MECHANISM_INFO info;
} MECHANISMS[] = {
    {CKM_RSA_PKCS_KEY_PAIR_GEN, {1024, 4096, CKF_HW | CKF_GENERATE_KEY_PAIR}},
    {CKM_RSA_PKCS, {1024, 4096, CKF_HW | CKF_SIGN | CKF_DECRYPT}},
    {CKM_RSA_PKCS_PSS, {1024, 4096, CKF_HW | CKF_SIGN}},
    {CKM_RSA_PKCS_OAEP, {1024, 4096, CKF_HW | CKF_DECRYPT}},
    {CKM_EC_KEY_PAIR_GEN, {256, 521, CURVES | CKF_GENERATE_KEY_PAIR}},
    {CKM_ECDSA, {256, 521, CURVES | CKF_SIGN}},
    {CKM_ECDH1_DERIVE, {256, 521, CURVES | CKF_DERIVE}},
    {CKM_EC_EDWARDS_KEY_PAIR_GEN, {255, 255, CKF_HW | CKF_GENERATE_KEY_PAIR}},
    {CKM_EDDSA, {255, 255, CKF_HW | CKF_SIGN}},
    {CKM_GOSTR3410_KEY_PAIR_GEN, {0, 0, CKF_HW | CKF_GENERATE_KEY_PAIR}},
    {CKM_GOSTR3410, {0, 0, CKF_HW | CKF_SIGN}},
    {CKM_GOSTR3411_12_256_TC26, {0, 0, CKF_HW | CKF_DIGEST}},
    {CKM_GOSTR3410_512_PAIRS_TC26, {0, 0, CKF_HW | CKF_GENERATE_KEY_PAIR}},
    {CKM_GOSTR3410_512_TC26, {0, 0, CKF_HW | CKF_SIGN}},
    {CKM_GOSTR3411_12_512_TC26, {0, 0, CKF_HW | CKF_DIGEST}},
};

enum { MECHANISM_COUNT = sizeof MECHANISMS / sizeof MECHANISMS[0] };

static bool is_there(const struct fake *fake, size_t place) {
    const struct script_numbers *only = &fake->script.mechanisms;
    if (gost_is_mechanism(MECHANISMS[place].type) && !fake->script.gost)
        return false;
    return only->count == 0 || script_lists(only, MECHANISMS[place].type);
}

CK_RV mechanisms_list(struct fake *fake, CK_SLOT_ID id, CK_MECHANISM_TYPE *types, CK_ULONG *count) {
    struct token *token = NULL;
    const CK_RV rv = slots_token(fake, id, &token);
    if (rv != CKR_OK)
        return rv;
    if (count == NULL)
        return CKR_ARGUMENTS_BAD;
    const CK_ULONG room = *count;
    CK_MECHANISM_TYPE real[MECHANISM_COUNT];
    CK_ULONG real_count = 0;
    for (size_t i = 0; i < MECHANISM_COUNT; i++) {
        if (is_there(fake, i))
            real[real_count++] = MECHANISMS[i].type;
    }
    const struct script_count *lie = &fake->script.mechanism_count;
    *count = lie->set ? lie->number : real_count;
    if (types == NULL)
        return CKR_OK;
    if (room < *count || *count > MAX_LIED_MECHANISMS)
        return CKR_BUFFER_TOO_SMALL;
    for (CK_ULONG i = 0; i < *count; i++)
        types[i] = i < real_count ? real[i] : CKM_VENDOR_DEFINED + i;
    return CKR_OK;
}

CK_RV mechanisms_info(struct fake *fake, CK_SLOT_ID id, CK_MECHANISM_TYPE type,
                      CK_MECHANISM_INFO *ret_info) {
    struct token *token = NULL;
    const CK_RV rv = slots_token(fake, id, &token);
    if (rv != CKR_OK)
        return rv;
    if (ret_info == NULL)
        return CKR_ARGUMENTS_BAD;
    for (size_t i = 0; i < MECHANISM_COUNT; i++) {
        if (MECHANISMS[i].type == type && is_there(fake, i)) {
            *ret_info = MECHANISMS[i].info;
            return CKR_OK;
        }
    }
    return CKR_MECHANISM_INVALID;
}

CK_RV mechanisms_check(const struct fake *fake, CK_MECHANISM_TYPE type, CK_FLAGS use) {
    for (size_t i = 0; i < MECHANISM_COUNT; i++) {
        if (MECHANISMS[i].type == type && is_there(fake, i) && (MECHANISMS[i].info.flags & use))
            return CKR_OK;
    }
    return CKR_MECHANISM_INVALID;
}
