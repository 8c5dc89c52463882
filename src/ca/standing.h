// SPDX-License-Identifier: Apache-2.0
// How a connection stands, as the last check or sign-in saw it: kept with the connection.
#pragma once

#include "ca/ca.h"

struct json_t;

/* Keep what a call to the CA came to: `err` is what it returned (its sentence is still this
 * thread's), `account` what is new about the account or NULL. An `err` that says nothing about the
 * CA (our own disk, a wrong field) changes nothing; KF_E_CA_LOGIN is a CA that was reached and an
 * account that is signed out. Gives `err` back, or the error of keeping it. */
kf_err kf_standing_keep(kf_ca *ca, kf_err err, const struct kf_ca_account *account);
/* The session was given back, or is not wanted any more. */
kf_err kf_standing_signed_out(kf_ca *ca);
/* Forget what is known of the account: after its settings were changed. */
kf_err kf_standing_reset(kf_context *context, int64_t connection);
/* Add `standing`, `account`, `standing_text`, `checked_at`, `reached_at` and `problem` of
 * keyfob.connection/1. `has_accounts`: what is not known is "unknown" and not "anonymous". */
kf_err kf_standing_json(kf_context *context, int64_t connection, bool has_accounts,
                        struct json_t *object);
