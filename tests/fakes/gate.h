// SPDX-License-Identifier: Apache-2.0
// Gate: what every call passes on its way in and out: lock, script, faults, state, trace.
#pragma once

#include <p11-kit/pkcs11.h>

#include "fakes/functions.h"

struct fake;

// Takes the lock. CKR_OK when the function shall do its work, otherwise what it shall answer.
CK_RV gate_enter(struct fake *fake, enum fake_function function);

// Makes the work durable, writes the trace, gives the lock back; returns what to answer.
CK_RV gate_leave(struct fake *fake, enum fake_function function, CK_RV rv);
