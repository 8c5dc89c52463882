// SPDX-License-Identifier: Apache-2.0
// One question of a CA's form, asked until the answer fits.
#pragma once

#include "output.h"

/* `ret_value` is NULL when an optional field was passed over. KF_E_INTERRUPTED. */
kf_err form_answer(struct run *run, const json_t *field, json_t **ret_value);
