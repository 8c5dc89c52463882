// SPDX-License-Identifier: Apache-2.0
// The insides of kf_tokens and kf_token, for this room only.
#pragma once

#include <stdatomic.h>

#include "token/modules.h"
#include "token/p11.h"

enum kf_login { KF_LOGIN_NONE, KF_LOGIN_USER, KF_LOGIN_SO };

struct kf_token {
    kf_tokens *owner;
    struct kf_module *module;
    CK_SLOT_ID slot;
    CK_TOKEN_INFO raw;
    struct kf_token_info info;
    bool present;       /* seen when the slots were read last */
    bool pin_was_wrong; /* the last one that was typed for it */

    /* Set by whichever thread hears it of the module, see kf_fail_rv(). */
    atomic_bool lost; /* it was removed: look who is in the slot before the next session */
    _Atomic enum kf_login login;

    pthread_mutex_t lock; /* for what follows */
    unsigned insertion;   /* grows when the token comes back: earlier sessions are dead */
    size_t sessions;      /* open ones, the spare one included */
    bool has_spare;       /* a session that its user gave back, kept open for the next */
    CK_SESSION_HANDLE spare;
    bool spare_read_only;
};

#define KF_TOKENS_MAX ((size_t)KF_P11_SLOTS_MAX * 4 + KF_P11_OWN_SLOTS_MAX)

struct kf_tokens {
    kf_context *context;
    struct kf_modules modules;
    kf_token **items;
    size_t count;
};

/* Fill `info` from `raw`. */
void kf_token_describe(kf_token *token);
/* KF_E_USAGE: 1 to 32 bytes that show as they are. */
kf_err kf_token_check_label(const char *label);
/* The same token has another label; or another token is in the slot since C_InitToken, with another
 * label and often another serial number. */
kf_err kf_token_read_label(kf_token *token);
kf_err kf_token_read_new(kf_token *token);
/* A token that is not present yet; the list owns it. */
kf_err kf_tokens_grow(kf_tokens *tokens, kf_token **ret_token);
/* Reads the slots of one module again. */
kf_err kf_tokens_look(kf_tokens *tokens, struct kf_module *module);
/* Restart the modules that have slots and read all slots again; nothing while sessions are open.
 * False when no module was restarted: then another try shows nothing else. */
kf_err kf_tokens_reread(kf_tokens *tokens, bool *ret_restarted);
/* The first blank token, or KF_E_TOKEN_ABSENT. */
kf_err kf_tokens_blank(kf_tokens *tokens, kf_token **ret_token);
/* Closes the spare session; KF_E_BUSY when another one is open. */
kf_err kf_token_close_all(kf_token *token);
