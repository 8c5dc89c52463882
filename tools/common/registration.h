// SPDX-License-Identifier: Apache-2.0
// Registering keyfob's own module with p11-kit: the file keyfob.module of a user, or of all of
// them.
#pragma once

#include <keyfob/context.h>
#include <limits.h>

struct registration_order {
    bool system;    /* for all users; otherwise for this one, with the context's data folder */
    bool remove;    /* take it out again */
    bool overwrite; /* also a file that keyfob did not write */
};

struct registration {
    char file[PATH_MAX];
    bool registered, changed;
};

/* KF_E_EXISTS when a file is there that keyfob did not write, KF_E_NOT_FOUND without the module. */
kf_err registration_change(kf_context *context, const struct registration_order *order,
                           struct registration *ret_registration);
/* Is it registered by this user, the administrator or a package? p11-kit leaves a user's own
 * configuration out for root. */
bool registration_is_there(void);
