// SPDX-License-Identifier: Apache-2.0
// From a request's target to its route and arguments.
#pragma once

#include <jansson.h>
#include <keyfob/error.h>

#include "web/routes.h"

#define API_PREFIX "/api/v1"

/* The route of `path` (below API_PREFIX) and the parameters of its {x}. KF_E_NOT_FOUND;
 * KF_E_UNSUPPORTED when only other methods are there, KF_E_USAGE for a parameter that is no text.
 */
kf_err match_route(const char *method, const char *path, const struct route **ret_route,
                   json_t **ret_params);
/* Which methods the path takes, "GET, POST"; "" for none. */
void match_methods(const char *path, char ret_methods[static 24]);
/* Percent-decoded; NULL (KF_E_USAGE) when that is no valid UTF-8, or has control characters. */
kf_err match_decode(const char *text, size_t len, json_t **ret_text);
/* Members of `more` that are not in `args` yet; KF_E_USAGE for one that is there and differs. */
kf_err match_merge(json_t *args, const json_t *more);
/* How large its body may be. */
size_t route_body_max(const struct route *route);
