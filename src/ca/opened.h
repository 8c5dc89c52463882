// SPDX-License-Identifier: Apache-2.0
// What this room sees of an opened connection, beyond ca.h.
#pragma once

#include "ca/ca.h"
#include "ca/connection.h"

/* As kf_ca_open(), for a connection that need not be in the database. Takes what is in `connection`
 * over, also on failure. */
kf_err kf_ca_open_as(kf_context *context, kf_connection *connection,
                     const struct kf_ca_signer *signer, kf_ca **ret_ca);
/* Doors that only connections need. One line for a person; free with free(). */
kf_err kf_ca_test(kf_ca *ca, char **ret_text);
/* The CA's own certificates, none when it does not offer them. */
kf_err kf_ca_roots(kf_ca *ca, kf_certs *ret_certs);
