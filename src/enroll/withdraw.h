// SPDX-License-Identifier: Apache-2.0
// Withdrawing: the state first, the key afterwards, so that no order is left for a key that is
// gone.
#pragma once

#include "enroll/flow.h"

/* Destroy the key of a withdrawn request, when its token is there; repeats what a crash prevented.
 */
kf_err kf_withdraw_sweep(kf_flow *flow);
