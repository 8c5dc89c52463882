// SPDX-License-Identifier: Apache-2.0
// Filling JSON documents with every failure noticed.
#pragma once

#include <jansson.h>
#include <keyfob/error.h>

#include "base/auto.h"

KF_DEFINE_AUTO_PTR_WITH(json_t, json_decref)

/* KF_E_MEMORY when `json` is NULL. */
kf_err kf_json_ready(const json_t *json);
/* Take `value` over, also on failure; a NULL `value` (a failed json_pack()) is KF_E_MEMORY. */
kf_err kf_json_append(json_t *list, json_t *value);
kf_err kf_json_set(json_t *object, const char *key, json_t *value);
/* Wipe every string in it, for documents that held a password; whoever shares a string loses it.
 * NULL is welcome. */
void kf_json_wipe(json_t *json);
/* Why jansson does not take a text, without the word that it stopped near: it may be a password.
 * Lives as long as `error`. */
const char *kf_json_problem(json_error_t *error);
