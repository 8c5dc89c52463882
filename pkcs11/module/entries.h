// SPDX-License-Identifier: Apache-2.0
// What a host calls. Every function of PKCS#11 2.40 is a global symbol in the file of its noun,
// with p11-kit's prototype; entries.c lists them. Here is what PKCS#11 3.0 adds, 5.4.4 to 5.4.6.
#pragma once

#include <keyfob/interface.h>

#include "keys/ck.h"

#ifndef CKF_INTERFACE_FORK_SAFE
#define CKF_INTERFACE_FORK_SAFE 1UL
typedef struct CK_INTERFACE {
    CK_UTF8CHAR_PTR pInterfaceName;
    CK_VOID_PTR pFunctionList;
    CK_FLAGS flags;
} CK_INTERFACE;
typedef CK_INTERFACE *CK_INTERFACE_PTR;
typedef CK_INTERFACE_PTR *CK_INTERFACE_PTR_PTR;

CK_RV C_GetInterfaceList(CK_INTERFACE_PTR pInterfacesList, CK_ULONG_PTR pulCount);
CK_RV C_GetInterface(CK_UTF8CHAR_PTR pInterfaceName, CK_VERSION_PTR pVersion,
                     CK_INTERFACE_PTR_PTR ppInterface, CK_FLAGS flags);
#endif

/* interface.c */
extern const struct kf_interface kfm_interface;
/* What a function that we do not have answers: CKR_CRYPTOKI_NOT_INITIALIZED comes first. */
CK_RV kfm_unsupported(void);
/* A field of an information structure: UTF-8 padded with blanks, cut between characters. */
void kfm_pad(CK_UTF8CHAR *field, size_t size, const char *text);
