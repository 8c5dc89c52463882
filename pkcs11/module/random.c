// SPDX-License-Identifier: Apache-2.0
// C_SeedRandom, C_GenerateRandom (PKCS#11 2.40, 5.14).
#include <openssl/rand.h>

#include "keys/crypto.h"
#include "module/session.h"

CK_RV C_SeedRandom(CK_SESSION_HANDLE session, CK_BYTE_PTR seed, CK_ULONG len) {
    KF_AUTO(kfm_call) call = {0};
    CK_TRY(kfm_call_begin(session, &call));
    return seed || !len ? CKR_RANDOM_SEED_NOT_SUPPORTED : CKR_ARGUMENTS_BAD;
}

CK_RV C_GenerateRandom(CK_SESSION_HANDLE session, CK_BYTE_PTR ret_random, CK_ULONG len) {
    KF_AUTO(kfm_call) call = {0};
    CK_TRY(kfm_call_begin(session, &call));
    if (!ret_random && len)
        return CKR_ARGUMENTS_BAD;
    KF_QUIET();
    if (len && (!kf_crypto() || RAND_bytes_ex(kf_crypto(), ret_random, len, 0) != 1))
        return kfm_rv(kf_fail(KF_E_CRYPTO, "the random generator failed"), CKR_FUNCTION_FAILED);
    return CKR_OK;
}
