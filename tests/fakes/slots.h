// SPDX-License-Identifier: Apache-2.0
// Slots: which token is in which slot now, and what the slots say of themselves.
// Slot ids count from 1, in the order of the script's token lines.
#pragma once

#include <stdbool.h>

#include <p11-kit/pkcs11.h>

struct fake;
struct token;

// The script has changed: lay out its slots.
void slots_new_script(struct fake *fake);

// Puts tokens in and takes them out as the script says for this call, and reads their state.
void slots_refresh(struct fake *fake);

// false when a change could not be written.
bool slots_save(struct fake *fake);

// CKR_SLOT_ID_INVALID, or CKR_TOKEN_NOT_PRESENT.
CK_RV slots_token(struct fake *fake, CK_SLOT_ID id, struct token **ret_token);

CK_RV slots_list(struct fake *fake, CK_BBOOL with_token, CK_SLOT_ID *ids, CK_ULONG *count);
CK_RV slots_info(struct fake *fake, CK_SLOT_ID id, CK_SLOT_INFO *ret_info);
CK_RV slots_token_info(struct fake *fake, CK_SLOT_ID id, CK_TOKEN_INFO *ret_info);
CK_RV slots_wait(struct fake *fake, CK_FLAGS flags, CK_SLOT_ID *ret_id);
