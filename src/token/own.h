// SPDX-License-Identifier: Apache-2.0
// keyfob's own PKCS#11 module among the others: where it is, and its vendor interface.
#pragma once

#include <keyfob/interface.h>
#include <keyfob/medium.h>

#include "token/tokens.h"

#define KF_OWN_NAME "keyfob"           /* in keyfob.conf: [module keyfob], and for --module */
#define KF_OWN_FILE "keyfob-pkcs11.so" /* beside libkeyfob.so, in pkcs11/ */

/* Is this file our module, of whatever installation? */
bool kf_own_is_file(const char *path);
/* The string for C_Initialize: the context's data folder, and what keyfob.conf adds. */
kf_err kf_own_reserved(kf_context *context, const char *more, char **ret_reserved);
/* The vendor interface of a loaded module, or NULL. */
const struct kf_interface *kf_own_interface(const char *path);

/* For what needs no container of it: loaded now where it is not. */
kf_err kf_own_reader(kf_tokens *tokens, const struct kf_interface **ret_own);
/* The loaded module; KF_E_MODULE with what to do about it. */
kf_err kf_own_module(kf_tokens *tokens, struct kf_module **ret_module);
/* NULL when the token is of another module. */
const struct kf_interface *kf_token_own(const kf_token *token);
/* The answer of the vendor interface as an error, in the module's own words; CKR_OK gives KF_OK.
 * `doing` completes "...: why". */
kf_err kf_fail_own(const struct kf_interface *own, CK_RV rv, const char *doing);
/* The code that our module gave for this thread's last failed call, and its sentence; KF_OK when it
 * said nothing. */
kf_err kf_own_said(const struct kf_interface *own, struct kf_message *ret_message);
kf_err kf_fail_said(kf_err code, const struct kf_message *said, const char *doing);
