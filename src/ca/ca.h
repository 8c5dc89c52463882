// SPDX-License-Identifier: Apache-2.0
// An opened connection: thin doors in front of a connector's pointers.
#pragma once

#include <keyfob/connection.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/context.h"
#include "x509/cert.h"

typedef struct kf_ca kf_ca;

/* KF_E_NOT_FOUND. `signer` may be NULL. */
kf_err kf_ca_open(kf_context *context, const char *connection, const struct kf_ca_signer *signer,
                  kf_ca **ret_ca);
void kf_ca_close(kf_ca *ca);
KF_DEFINE_AUTO_PTR_WITH(kf_ca, kf_ca_close)

const struct kf_connector *kf_ca_connector(const kf_ca *ca);
/* The accepted anchors of the connection. */
kf_err kf_ca_anchors(kf_ca *ca, kf_certs *ret_anchors);

/* Doors: KF_E_UNSUPPORTED with the connector's title where the pointer is NULL; answers are capped
 * and checked for sense (an outcome in range, a body with ISSUED, a ticket with WAIT). */
kf_err kf_ca_submit(kf_ca *ca, const struct kf_ca_order *order, struct kf_ca_answer *ret_answer);
kf_err kf_ca_poll(kf_ca *ca, const struct kf_ca_order *order, const char *ticket,
                  struct kf_ca_answer *ret_answer);
kf_err kf_ca_lookup(kf_ca *ca, const struct kf_ca_order *order, struct kf_ca_answer *ret_answer);
kf_err kf_ca_cancel(kf_ca *ca, const struct kf_ca_order *order, const char *ticket,
                    struct kf_ca_answer *ret_answer);
kf_err kf_ca_revoke(kf_ca *ca, const uint8_t *cert, size_t len, int reason,
                    struct kf_ca_answer *ret_answer);
kf_err kf_ca_acknowledge(kf_ca *ca, const struct kf_ca_order *order, const char *ticket);

/* `struct kf_ca_answer` under KF_AUTO: KF_AUTO(kf_answer) a = {0}; */
typedef struct kf_ca_answer kf_answer;
__attribute__((unused)) static inline void kf_answer_clear(kf_answer *answer) {
    kf_ca_answer_clear(answer);
}
