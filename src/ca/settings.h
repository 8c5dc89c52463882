// SPDX-License-Identifier: Apache-2.0
// The settings of a connection, checked against the options of its connector.
#pragma once

#include <jansson.h>
#include <keyfob/connector.h>

/* From words "name=value" to an object of strings. KF_E_USAGE, also for a secret, which is never
 * taken from a word. */
kf_err kf_settings_parse(const struct kf_connector *connector, const char *const *words,
                         size_t count, json_t **ret_settings);
/* `settings` with the words put over them; "name=" takes one out. KF_E_USAGE. */
kf_err kf_settings_edit(const struct kf_connector *connector, const json_t *settings,
                        const char *const *words, size_t count, json_t **ret_settings);
/* KF_E_USAGE unless `name` is a secret option of the connector. */
kf_err kf_settings_is_secret(const struct kf_connector *connector, const char *name);
/* Its value, the option's fallback when not set, or NULL. */
const char *kf_settings_get(const struct kf_connector *connector, const json_t *settings,
                            const char *name);
