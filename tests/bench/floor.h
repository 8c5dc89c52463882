// SPDX-License-Identifier: Apache-2.0
// The floor programs: the unavoidable work of a task and nothing else, as a yardstick beside
// keyfob.
//
// They end the process with a sentence on the first error, and free nothing that exit frees.
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <p11-kit/pkcs11.h>

enum { FLOOR_SLOTS_MAX = 64 };

struct floor {
    CK_FUNCTION_LIST *p11;
    CK_SESSION_HANDLE session;
};

// Ends the process unless rv is CKR_OK.
void floor_check(CK_RV rv, const char *call);

// Loads the module and initializes it: 1 call.
CK_FUNCTION_LIST *floor_load(const char *module);

// Fills in the slots with a token and returns their number: 1 call.
CK_ULONG floor_slots(CK_FUNCTION_LIST *p11, CK_SLOT_ID slots[FLOOR_SLOTS_MAX]);

// Loads the module and logs in to its first token: 5 calls. flags is 0 or CKF_RW_SESSION.
struct floor floor_login(const char *module, const char *pin, CK_FLAGS flags);

#endif
