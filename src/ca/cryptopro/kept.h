// SPDX-License-Identifier: Apache-2.0
// The login and password of a CryptoPro UC 2.0 service that are kept as the secret "account":
// {Token, Password, at, once, asleep}.
#pragma once

#include "ca/cryptopro/cryptopro.h"

/* Start with `= {0}`. Texts live in `json`, which is wiped. */
typedef struct kf_cp_kept {
    json_t *json;
    const char *user, *password;
    const char *elsewhere; /* the service ("https://ca.example.org") that it is of when that is not
                              the connection's any more: it is sent to no other */
    bool once;             /* shown once, when it was made, so that signing out puts it to sleep and
                              only forgetting everything loses it */
    bool asleep;
} kf_cp_kept;
void kf_cp_kept_clear(kf_cp_kept *kept);
/* Nothing in it when none is kept. KF_E_CA_LOGIN when it is damaged. */
kf_err kf_cp_recall(const kf_cp *cp, kf_cp_kept *ret_kept);
/* NULL forgets. */
kf_err kf_cp_keep(const kf_cp *cp, const json_t *json);
