// SPDX-License-Identifier: Apache-2.0
// Connections for a person: the list, the card, how the account stands, and what to do next.
#pragma once

#include "output.h"

kf_err connection_table(struct run *run, const json_t *connections);
kf_err connection_card(struct run *run, const json_t *document);
/* On standard error: trust its root, sign in, register, wait, enroll. */
void connection_next(struct run *run, const json_t *document);
/* The exit status of `connection check`: KF_OK, or why orders would not go through. */
kf_err connection_standing_code(const json_t *document);
