// SPDX-License-Identifier: Apache-2.0
// Operations on connections that have files of their own.
#pragma once

#include "web/worker/document.h"

/* Everybody is told. */
void connection_changed(struct work *work, const char *name);
/* keyfob.connection/1 as the result of a change. */
kf_err connection_result(struct work *work, const char *name, json_t **ret_result);
kf_err connection_add(struct work *work, json_t **ret_result);
kf_err connection_edit(struct work *work, json_t **ret_result);
kf_err connection_login(struct work *work, json_t **ret_result);
kf_err connection_register(struct work *work, json_t **ret_result);
kf_err connection_roots(struct work *work, json_t **ret_result);
kf_err connection_accept(struct work *work, json_t **ret_result);
