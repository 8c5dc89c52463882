// SPDX-License-Identifier: Apache-2.0
// The PKCS#11 modules of one kf_tokens: loaded and initialised, or noted with what went wrong.
#pragma once

#include <p11-kit/pkcs11.h>

#include "base/context.h"

#define KF_MODULES_MAX ((size_t)64)

struct kf_interface; /* <keyfob/interface.h> */

struct kf_module {
    CK_FUNCTION_LIST *p11; /* NULL when it failed to load or to initialise */
    char *name;            /* its keyfob.conf or p11-kit name, else its path */
    char *path;
    char *reserved; /* arguments for C_Initialize, such as NSS wants; or NULL */
    char *error;    /* why it is not there, or what its slots said last; NULL when all is well */
    const struct kf_interface *own; /* of keyfob's own module; NULL for all others */
    bool hidden; /* our own, loaded for what it can besides: its slots are not looked at */
    size_t slots;
};

struct kf_modules {
    struct kf_module items[KF_MODULES_MAX];
    size_t count;
};

/* options.module alone (a path, or the name of a [module NAME] section), or keyfob.conf's [module
 * NAME] sections, then p11-kit's, then keyfob's own unless [module keyfob] says enabled = no. Only
 * out of memory and a wrong keyfob.conf are errors: a module that fails keeps its `error`. */
kf_err kf_modules_load(kf_context *context, struct kf_modules *modules);
/* keyfob's own module, hidden, where only others are to be used. */
kf_err kf_modules_load_hidden(kf_context *context, struct kf_modules *modules,
                              struct kf_module **ret_module);
/* C_Finalize and C_Initialize again: SoftHSM2 shows what other processes initialised only then. */
kf_err kf_module_restart(struct kf_module *module);
/* C_Initialize with module->reserved, and C_Finalize of module->p11 by its last user in this
 * process. */
CK_RV kf_module_start(const struct kf_module *module, CK_FUNCTION_LIST *p11);
void kf_module_stop(const struct kf_module *module);
/* Will kf_module_stop() not finalize it? Then what is open in it stays open. */
bool kf_module_lives_on(const struct kf_module *module);
void kf_module_note(struct kf_module *module, const char *doing, CK_RV rv);
void kf_modules_clear(struct kf_modules *modules);
