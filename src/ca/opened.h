// SPDX-License-Identifier: Apache-2.0
// What this room sees of an opened connection, beyond ca.h.
#pragma once

#include "ca/ca.h"
#include "ca/connection.h"

/* As kf_ca_open(), for a connection that need not be in the database. Takes what is in `connection`
 * over, also on failure. */
kf_err kf_ca_open_as(kf_context *context, kf_connection *connection,
                     const struct kf_ca_signer *signer, kf_ca **ret_ca);
/* The connector's state, for the doors. */
void *kf_ca_state(const kf_ca *ca);
const char *kf_ca_name(const kf_ca *ca);
kf_context *kf_ca_context(const kf_ca *ca);
int64_t kf_ca_id(const kf_ca *ca); /* of its row, 0 when it is only tried */
/* KF_E_UNSUPPORTED: this connection cannot `what`. */
kf_err kf_ca_cannot(const kf_ca *ca, const char *what);
/* KF_E_CA_ANSWER: what the connector said at `door` makes no sense, for it has `what`. */
kf_err kf_ca_fail_answer(const kf_ca *ca, const char *door, const char *what);
/* Hand over what the connector said at `door` ("submit"), when it makes sense. */
enum kf_ca_door {
    KF_DOOR_SUBMIT,
    KF_DOOR_POLL,
    KF_DOOR_LOOKUP,
    KF_DOOR_CANCEL,
    KF_DOOR_REVOKE,
    KF_DOOR_ROOTS,
    KF_DOOR_LOGIN,
    KF_DOOR_REGISTER
};
kf_err kf_ca_give(const kf_ca *ca, enum kf_ca_door door, struct kf_ca_answer *answer,
                  struct kf_ca_answer *ret_answer);
