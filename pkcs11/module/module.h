// SPDX-License-Identifier: Apache-2.0
// The module's one state: whether C_Initialize was called in this very process, the arena, the
// options, and the locks. Order of locks: module (shared by every call) > session > table of slots
// > slot. The table of sessions is locked for a look-up only, inside of all others.
#pragma once

#include "base/buf.h"
#include "keys/arena.h"
#include "keys/ck.h"
#include "kfc/tries.h"

/* From CK_C_INITIALIZE_ARGS.pReserved, a string of KEY='VALUE' with blanks between
 * ("x-init-reserved:" of a p11-kit .module file), else from $KEYFOB_HOME and the XDG folders.
 * Unknown keys are CKR_ARGUMENTS_BAD, so that a misspelt one does not go unnoticed. */
struct kfm_options {
    char *data_dir; /* home='DIR': registry.db, containers/, folders */
    int log_n;      /* scrypt='14' to '20'; 0 = as KFC_LOGN */
    bool memory;    /* memory='yes': a medium that is gone with the process, for tests */
    bool no_wait;   /* wait='no': wrong PINs are not slowed down, for tests */
};
void kfm_options_clear(struct kfm_options *options);
CK_RV kfm_options_read(const char *reserved, struct kfm_options *ret_options);

struct kfm_module {
    kf_arena *arena;
    struct kfm_options options;
    struct kfc_clock clock;
    struct kfm_slots *slots;       /* slots.h */
    struct kfm_sessions *sessions; /* session.h */
};

/* Begins a call: CKR_CRYPTOKI_NOT_INITIALIZED before C_Initialize, after C_Finalize, and in the
 * child of a fork until it initialises for itself. The module stays while the call lasts. */
CK_RV kfm_enter(struct kfm_module **ret_module);
void kfm_leave(struct kfm_module *module);

/* The answer of a kf_err; the sentence stays for kf_interface.message(). `otherwise` is what a code
 * without a counterpart becomes. */
CK_RV kfm_rv(kf_err error, CK_RV otherwise);
/* The same for what is done to a container that was there a moment ago. */
CK_RV kfm_container_rv(kf_err error);
