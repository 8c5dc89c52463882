// SPDX-License-Identifier: Apache-2.0
// What certain token models do their own way: a small table, and [quirk MODEL] sections of
// keyfob.conf.
#pragma once

#include "token/tokens.h"

struct kf_quirks {
    bool keep_id;           /* CKA_ID cannot be set after key generation */
    bool single_key;        /* a new key would overwrite the one that is there */
    bool no_init;           /* C_InitToken leaves a token that cannot get a PIN */
    int64_t first_template; /* rung of the key generation ladder to start with */
};
/* keyfob.conf's section wins over the table. MODEL is the beginning of the token's model. */
kf_err kf_quirks_find(const kf_token *token, struct kf_quirks *ret_quirks);
