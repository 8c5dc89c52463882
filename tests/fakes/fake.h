// SPDX-License-Identifier: Apache-2.0
// Fake: the module's one state, behind one mutex that the gate holds during every call.
#pragma once

#include <sys/types.h>

#include <openssl/types.h>
#include <p11-kit/pkcs11.h>

#include "fakes/script.h"
#include "fakes/session.h"
#include "fakes/token.h"

enum {
    FAKE_MAX_TOKENS = 64, // that ever were in a slot
    FAKE_MAX_SESSIONS = 256,
};

struct slot {
    struct token *token;      // NULL while none is in
    struct script_token line; // what the script says of the token that belongs here
    size_t change;            // place, from 1, of the change of the script that rules it
    bool known;               // has been looked at before
    bool event;               // not yet told by C_WaitForSlotEvent
};

struct fake {
    pid_t pid; // of the process that has called C_Initialize, 0: nobody
    char *text;
    struct script script;
    unsigned long calls[FN_COUNT + 1]; // since the script took effect; FN_ANY: all of them
    unsigned long slots_lied;          // how far "lie slots grow" has grown

    struct slot slots[SCRIPT_MAX_TOKENS];
    size_t slot_count;
    struct token *tokens[FAKE_MAX_TOKENS];
    size_t token_count;
    struct session sessions[FAKE_MAX_SESSIONS];
    CK_SESSION_HANDLE next_session;

    // Of our own, so that a provider that the host adds to OpenSSL never answers us.
    OSSL_LIB_CTX *crypto;
    int lock; // on the folder of the state, -1: none
};
