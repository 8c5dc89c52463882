// SPDX-License-Identifier: Apache-2.0
// Asking for a PIN before a token is given one, and saying what its refusal means.
#pragma once

#include "token/tokens.h"

/* As people call it: a software container has a password and an unblock secret. */
const char *kf_pin_name(const kf_token *token, enum kf_pin_kind kind);

/* Asks the ui once. KF_E_PIN_LOCKED and KF_E_PIN_LOW (a stored PIN, few tries left) before asking;
 * KF_E_PIN_LENGTH for one that cannot be right. `*ret_pin` is NULL where the reader's keypad asks;
 * the person was told. */
kf_err kf_pin_ask(kf_token *token, enum kf_pin_kind kind, const char *container, const char *why,
                  kf_secret **ret_pin);
/* The PIN as a module wants it. */
CK_UTF8CHAR *kf_pin_bytes(kf_secret *pin, CK_ULONG *ret_len);
/* A token refused the PIN of `kind` that was just tried: reads the flags again and says how many
 * tries are left. */
kf_err kf_fail_pin(kf_token *token, CK_RV rv, enum kf_pin_kind kind);
/* Is the person to be asked for another PIN after this `error`? */
bool kf_pin_asks_again(const kf_token *token, kf_err error);
/* C_InitPIN in a session of the SO; takes over and wipes the PIN. */
kf_err kf_pin_init(kf_session *session, kf_secret *pin);
