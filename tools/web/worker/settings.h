// SPDX-License-Identifier: Apache-2.0
// The web front end's settings, and the draft of its wizard: web.json in the data folder, 0600,
// without secrets.
#pragma once

#include "web/worker/work.h"

#define DRAFT_MAX ((size_t)64 * 1024) /* bytes of JSON */

/* keyfob.settings/1:
 *   language    "auto" "en" "ru" "zh" "xx" (the pseudo-locale)
 *   theme       "system" "light" "dark"
 *   single_keys true
 *   notify      false (desktop notifications)
 *   pin_entry   "auto" "page" "window": auto is a window of the desktop (pinentry) where there is
 *               one, otherwise the page
 *   lock_after  300 to 3600 seconds; 600
 *   warn_days   1 to 365; 28
 *   welcomed    false until the first visit is done
 * What is not in the file has its default; what the file has too much is kept. */
kf_err settings_read(kf_context *context, json_t **ret_settings);
/* The members of `changes` and the whole afterwards: KF_E_USAGE for a name that is none, KF_E_INPUT
 * for a value that it does not take; nothing is changed then. */
kf_err settings_change(kf_context *context, const json_t *changes, json_t **ret_settings);

/* {draft: object or null, saved_at: RFC 3339 or null}. */
kf_err draft_read(kf_context *context, json_t **ret_draft);
/* NULL or null forgets it. Members that are named like secrets are left out. KF_E_TOO_LARGE. */
kf_err draft_save(kf_context *context, const json_t *draft, json_t **ret_draft);
