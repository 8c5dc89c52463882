// SPDX-License-Identifier: Apache-2.0
// State: tokens as files in the folder named by FAKE_TOKEN_STATE, shared by processes.
#pragma once

#include <stdbool.h>

#include "fakes/token.h"

// Takes the folder's lock for the length of one call; makes the folder when it is missing.
// Returns a descriptor for state_unlock, -1 when there is no folder to lock.
int state_lock(void);
void state_unlock(int lock);

// Takes over what another process, or a run before, has written; the objects of sessions stay.
void state_load(struct token *token);

// Writes the token when it has changed: a new file, synced, renamed over the old one. On failure
// the token is read back, so that it is as the folder has it.
bool state_save(struct token *token);
