// SPDX-License-Identifier: Apache-2.0
// An order before it is recorded: what a person gave, completed from older requests and by the CA.
#pragma once

#include "enroll/flow.h"

/* What a renewal brings along. */
struct kf_renewal {
    char *certificate; /* the old one's id in the personal store; NULL: this is no renewal */
    kf_cert *cert;
    char *ticket; /* of the order that gave it, or NULL */
    bool same_key, reissue;
    bool elsewhere; /* another CA gave it than the one that is asked now */
};

/* Start with the order in `order`; its strings belong to the giver or to what stands below. */
typedef struct kf_draft {
    struct kf_enroll_order order;
    struct kf_renewal renewal;
    kf_profile *profile;
    kf_request old_request; /* that it was taken over from */
    kf_order old;
    struct kf_san *names;        /* of a CSR made elsewhere, or of an old certificate */
    struct json_t *texts;        /* that `names` points into */
    enum kf_key_type key;        /* chosen, KF_KEY_NONE while it is open */
    kf_prepared prepared;        /* what the CA made of it */
    char *fields;                /* complete */
    bool only_plan;              /* nothing is to be made: the token may be absent */
    struct kf_journal_also also; /* recorded together with the request */
    kf_flow *shared; /* what an order before left open and the next one may use, or NULL */
} kf_draft;
void kf_draft_clear(kf_draft *draft);

/* What the new order leaves open comes from the request `from`. */
kf_err kf_draft_inherit(kf_context *context, kf_draft *draft, const char *from);
/* The type in the "key" of a keyfob.csr/1 or keyfob.certificate/1 document. */
enum kf_key_type kf_key_type_of(const struct json_t *key);
/* With the CA open: KF_E_UNSUPPORTED for what this CA does not do. */
kf_err kf_renewal_check(const kf_flow *flow, const struct kf_renewal *renewal);
/* Check, ask the CA, record, and go as far as it can: kf_enroll() without `from`. */
kf_err kf_draft_enroll(kf_context *context, kf_draft *draft, char ret_id[static KF_REQUEST_ID_MAX]);

/* --- the CA's part (plan.c) --- */
/* With the CA open and the key type chosen: the fields are checked against the CA's form, and what
 * the CA wants otherwise is taken over. `spki` is of a CSR made elsewhere. Nothing is recorded. */
kf_err kf_draft_ask_ca(kf_flow *flow, kf_draft *draft, const kf_buf *csr);
