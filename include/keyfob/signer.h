// SPDX-License-Identifier: Apache-2.0
// The door through which a connector signs with a key on a token.
#pragma once

#include <keyfob/connector.h>

typedef struct kf_signer kf_signer;

/* Loads no module before the first signature is asked for. Its keys live as long as it does. */
kf_err kf_signer_new(kf_context *context, kf_signer **ret_signer);
void kf_signer_free(kf_signer *signer);
const struct kf_ca_signer *kf_signer_door(kf_signer *signer);
