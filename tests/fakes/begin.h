// SPDX-License-Identifier: Apache-2.0
// Begin: what C_SignInit and C_DecryptInit have in common: key, mechanism and its parameters.
#pragma once

#include <openssl/types.h>
#include <p11-kit/pkcs11.h>

struct fake;
struct operation;
struct token;

// Fills the operation, of this use (CKF_SIGN with CKA_SIGN, CKF_DECRYPT with CKA_DECRYPT).
CK_RV begin_operation(struct fake *fake, const struct token *token, struct operation *operation,
                      const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key, CK_FLAGS use,
                      CK_ATTRIBUTE_TYPE permission);

// "SHA256" and the like, for a CKM_ hash or a CKG_ mask function; NULL when there is none.
const char *begin_hash_name(CK_MECHANISM_TYPE hash);
const char *begin_mgf_name(CK_ULONG mgf);
