// SPDX-License-Identifier: Apache-2.0
// Changes: what other processes have changed in keyfob's home since one looked last, for a page
// that stays open.
#pragma once

#include <keyfob/context.h>

typedef struct kf_changes kf_changes;

struct kf_change {
    enum {
        KF_CHANGED_REQUEST,      /* `name` is its id, "r-17" */
        KF_CHANGED_CONNECTION,   /* added, changed, or removed */
        KF_CHANGED_CERTIFICATES, /* some in the stores */
        KF_CHANGED_MUCH          /* too much to name it: read all again */
    } what;
    const char *name; /* or NULL; lives during the call */
};

/* What is there now is known. Free with kf_changes_free(); the context lives on. */
kf_err kf_changes_open(kf_context *context, kf_changes **ret_changes);
void kf_changes_free(kf_changes *changes);
/* Tells each change that others have committed since the last look. While there was none it costs
 * one small read; otherwise it grows with the changes, not with the requests. */
kf_err kf_changes_look(kf_changes *changes, void (*tell)(void *arg, const struct kf_change *change),
                       void *arg);
