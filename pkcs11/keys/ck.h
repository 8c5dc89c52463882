// SPDX-License-Identifier: Apache-2.0
// PKCS#11 2.40 as p11-kit's header has it, and the few names of 3.0 that it lacks.
#pragma once

#include <p11-kit/pkcs11.h>

/* PKCS#11 3.0, 6.3.5 and 6.3.12. */
#ifndef CKM_EC_EDWARDS_KEY_PAIR_GEN
#define CKM_EC_EDWARDS_KEY_PAIR_GEN 0x1055UL
#endif
#ifndef CKM_EDDSA
#define CKM_EDDSA 0x1057UL
#endif
#ifndef CKK_EC_EDWARDS
#define CKK_EC_EDWARDS 0x40UL
#endif
/* An error that a caller may act on, named by the function that it concerns (PKCS#11 3.0, 5.1). */
#ifndef CKR_OPERATION_CANCEL_FAILED
#define CKR_OPERATION_CANCEL_FAILED 0x202UL
#endif

/* PKCS#11 3.0, 6.3.12. */
typedef struct kf_ck_eddsa_params {
    CK_BBOOL phFlag; /* sign a hash of the data: Ed25519ph */
    CK_ULONG ulContextDataLen;
    CK_BYTE_PTR pContextData;
} kf_ck_eddsa_params;

/* As KF_TRY(), for functions that answer with a CK_RV. */
#define CK_TRY(expression)                                                                         \
    do {                                                                                           \
        CK_RV ck_try_ = (expression);                                                              \
        if (ck_try_ != CKR_OK)                                                                     \
            return ck_try_;                                                                        \
    } while (0)
