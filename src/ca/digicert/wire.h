// SPDX-License-Identifier: Apache-2.0
// What CertCentral's Services API v2 answers, read into C: every member is optional or checked, and
// unknown ones are ignored.
#pragma once

#include <jansson.h>
#include <keyfob/error.h>

#include "base/buf.h"

/* Ids are numbers that may come as strings; they go into paths, so nothing else is taken. */
#define KF_DC_ID_MAX   24
#define KF_DC_WORD_MAX 48
#define KF_DC_LIST_MAX 1000 /* items of one answer that are looked at */

/* The member as an id. False when it is absent or no id. */
bool kf_dc_id(const json_t *object, const char *name, char ret_id[static KF_DC_ID_MAX]);
/* May this text, of a person or a ticket, stand where an id stands? */
bool kf_dc_is_id(const char *text);
/* The member as text, "" when it is absent or something else. Lives as long as the object. */
const char *kf_dc_text(const json_t *object, const char *name);
/* The same in a member of a member. */
const char *kf_dc_text_in(const json_t *object, const char *outer, const char *name);
/* Yes in any form: true, 1, "1", "yes". */
bool kf_dc_yes(const json_t *object, const char *name);
/* "2026-01-05T10:00:00+00:00" to seconds since the epoch, 0 when it is no such time. */
int64_t kf_dc_time(const char *text);

/* What the CA has against a request: `errors` as a list, one object, or texts. */
struct kf_dc_error {
    char code[KF_DC_WORD_MAX * 2]; /* of the first, "access_denied|invalid_approver" */
    char text[1024];               /* all messages, separated by "; "; "" when there are none */
};
void kf_dc_error_read(const json_t *json, struct kf_dc_error *ret_error);
/* Is `word` the code's part before the "|", or (with a "|" in it) the whole code? */
bool kf_dc_error_is(const struct kf_dc_error *error, const char *word);

enum kf_dc_status {
    KF_DC_UNKNOWN,
    KF_DC_PENDING,
    KF_DC_NEEDS_APPROVAL,
    KF_DC_PROCESSING,
    KF_DC_REISSUE_PENDING,
    KF_DC_WAITING_PICKUP,
    KF_DC_NEEDS_CSR,
    KF_DC_APPROVED,
    KF_DC_ISSUED,
    KF_DC_REJECTED,
    KF_DC_CANCELED,
    KF_DC_EXPIRED,
    KF_DC_REVOKED,
    KF_DC_RENEWED /* also "not_renewed": orders that were taken over from other systems */
};
enum kf_dc_status kf_dc_status(const char *word);

/* An order as the answer to placing it, to asking for it, or as an item of a list tells it. Start
 * with `= {0}`. */
typedef struct kf_dc_order {
    char id[KF_DC_ID_MAX], certificate_id[KF_DC_ID_MAX], request_id[KF_DC_ID_MAX];
    enum kf_dc_status status;
    char word[KF_DC_WORD_MAX];           /* the status as the CA spells it */
    char request_status[KF_DC_WORD_MAX]; /* of the newest request for it */
    char alternative[80];                /* our own id */
    char product[64];
    int64_t created;
    kf_buf comments; /* what an approver said */
    kf_buf csr;      /* as it came, text */
    kf_buf chain;    /* PEM of `certificate_chain`, empty when there is none */
} kf_dc_order;
void kf_dc_order_clear(kf_dc_order *order);
/* KF_E_CA_ANSWER without an id. */
kf_err kf_dc_order_read(const json_t *json, kf_dc_order *ret_order);

/* PEM of a list of {pem}: `certificate_chain`, `intermediates`. */
kf_err kf_dc_chain_read(const json_t *list, kf_buf *ret_pem);
/* Is there a PEM certificate in what was downloaded? */
bool kf_dc_has_certificate(const void *data, size_t len);

/* Why an order waits, from the answers to .../email-validation and .../validation. */
struct kf_dc_waiting {
    char emails[512];                          /* addresses that did not confirm, "a, b" */
    char organization[256];                    /* what of the organization is not validated */
    char domain[256], domain_id[KF_DC_ID_MAX]; /* the first domain that is not validated */
    char method[KF_DC_WORD_MAX];               /* how it is to be validated */
};
void kf_dc_waiting_emails(const json_t *json, struct kf_dc_waiting *waiting);
void kf_dc_waiting_validations(const json_t *json, struct kf_dc_waiting *waiting);
