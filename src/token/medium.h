// SPDX-License-Identifier: Apache-2.0
// What the files medium*.c share.
#pragma once

#include <keyfob/medium.h>

#include "token/own.h"

/* The place of a software container. */
kf_err kf_medium_describe(kf_token *token, struct kf_place *ret_place);
/* KF_E_USAGE. */
kf_err kf_medium_check_order(const struct kf_medium_order *order);
/* The empty slot of the medium and folder that are meant, and what they are called. */
kf_err kf_medium_place(const struct kf_module *module, const struct kf_medium_order *order,
                       CK_SLOT_ID *ret_slot, struct kf_place *ret_place);
/* The token that was just made in a slot; looks at the module's slots again. */
kf_err kf_medium_at(kf_tokens *tokens, struct kf_module *module, CK_SLOT_ID slot,
                    kf_token **ret_token);
/* KF_E_NOT_ON_TOKEN unless the token is a software container. */
kf_err kf_medium_needs_own(const kf_token *token, const struct kf_interface **ret_own);

/* What is asked for before a container is made. */
typedef struct kf_medium_secrets {
    kf_secret *password, *unblock;
} kf_medium_secrets;
void kf_medium_secrets_clear(kf_medium_secrets *secrets);
/* Its bytes for the vendor interface; of NULL: none. */
struct kf_password kf_password_of(kf_secret *secret);
