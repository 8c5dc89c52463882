// SPDX-License-Identifier: Apache-2.0
// Where browsers keep their NSS databases, and whether one of them runs.
#pragma once

#include <limits.h>

#include "base/buf.h"

#define BROWSER_PROFILES_MAX ((size_t)64)

struct browser_profile {
    const char *browser; /* "Firefox", "Chromium (snap)" */
    char folder[PATH_MAX];
    bool sandboxed; /* snap or flatpak: sees its own files, not the computer's */
    bool running;
};

struct browser_profiles {
    struct browser_profile items[BROWSER_PROFILES_MAX];
    size_t count;
};

/* All databases of this user's browsers. */
kf_err browsers_find(struct browser_profiles *ret_profiles);
/* Only that of `folder`: KF_E_NOT_FOUND when there is none in it. */
kf_err browsers_take(const char *folder, struct browser_profiles *ret_profiles);

struct browser_order {
    bool remove, dry_run;
    const char *proxy; /* nssdb_proxy(); not for `remove` */
};
/* `ret_result` says what was done, static, set also with an error: "added" "present" "foreign"
 * "removed" "absent" "kept" "would-add" "would-remove" "running" (KF_E_BUSY) "failed". */
kf_err browser_change(const struct browser_profile *profile, const struct browser_order *order,
                      const char **ret_result);
/* Fails, as there is no profile at all. */
kf_err browsers_none(void);
