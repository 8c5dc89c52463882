// SPDX-License-Identifier: Apache-2.0
// The web front end's settings: web.json in the data folder, 0600, without secrets.
#pragma once

#include "web/worker/work.h"

/* keyfob.settings/1:
 *   language    "auto" "en" "ru" "zh" "xx" (the pseudo-locale)
 *   theme       "system" "light" "dark"
 *   single_keys true
 *   notify      false (desktop notifications)
 *   pin_entry   "auto" "page" "window": auto is a window of the desktop (pinentry) where there is
 * one, otherwise the page lock_after  300 to 3600 seconds; 600 warn_days   28 welcomed    false
 * until the first visit is done What is not in the file has its default; what the file has too much
 * is kept. */
kf_err settings_read(kf_context *context, json_t **ret_settings);
