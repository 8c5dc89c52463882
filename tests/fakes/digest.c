// SPDX-License-Identifier: Apache-2.0
// Operations: hashing, which the fake does for GOST only.
#include "fakes/operation.h"

#include <string.h>

#include "fakes/fake.h"
#include "fakes/gost.h"
#include "fakes/mechanisms.h"

CK_RV operation_digest_init(struct fake *fake, CK_SESSION_HANDLE handle,
                            const CK_MECHANISM *mechanism) {
    struct session *session = NULL;
    struct token *token = NULL;
    CK_RV rv = session_find(fake, handle, &session, &token);
    if (rv == CKR_OK && mechanism == NULL)
        rv = CKR_ARGUMENTS_BAD;
    if (rv == CKR_OK && session->digest != 0)
        rv = CKR_OPERATION_ACTIVE;
    if (rv == CKR_OK)
        rv = mechanisms_check(fake, mechanism->mechanism, CKF_DIGEST);
    if (rv == CKR_OK)
        session->digest = mechanism->mechanism;
    return rv;
}

CK_RV operation_digest(struct fake *fake, CK_SESSION_HANDLE handle, const CK_BYTE *data,
                       CK_ULONG len, CK_BYTE *digest, CK_ULONG *ret_len) {
    struct session *session = NULL;
    struct token *token = NULL;
    unsigned char value[GOST_MAX];
    size_t size = 0;
    CK_RV rv = session_find(fake, handle, &session, &token);
    if (rv != CKR_OK)
        return rv;
    if (session->digest == 0)
        return CKR_OPERATION_NOT_INITIALIZED;
    if (ret_len == NULL || digest == NULL || (data == NULL && len > 0))
        return CKR_ARGUMENTS_BAD;
    rv = gost_digest(session->digest, data, len, value, &size);
    session->digest = 0;
    if (rv == CKR_OK && *ret_len < size)
        rv = CKR_BUFFER_TOO_SMALL;
    if (rv != CKR_OK)
        return rv;
    memcpy(digest, value, size);
    *ret_len = size;
    return CKR_OK;
}
