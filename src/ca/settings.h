// SPDX-License-Identifier: Apache-2.0
// The settings of a connection, checked against the options of its connector.
#pragma once

#include <jansson.h>
#include <keyfob/connector.h>

/* From words "name=value" to an object of strings. KF_E_USAGE; KF_E_UNSUPPORTED for a secret. */
kf_err kf_settings_parse(const struct kf_connector *connector, const char *const *words,
                         size_t count, json_t **ret_settings);
/* Its value, the option's fallback when not set, or NULL. */
const char *kf_settings_get(const struct kf_connector *connector, const json_t *settings,
                            const char *name);
