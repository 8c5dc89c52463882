// SPDX-License-Identifier: Apache-2.0
// The journal: one row a request in the database, changed only by compare-and-swap, with its
// history.
#pragma once

#include "base/context.h"
#include "base/file.h"
#include "enroll/states.h"

/* The journal's row. Strings may be NULL; times are seconds since the epoch, 0 = never. */
typedef struct kf_request {
    /* fixed when the intent is recorded */
    int64_t number;
    char *who, *connection, *client_id, *profile, *profile_hash;
    char *order;                                  /* what was asked, JSON: see enroll/order.h */
    char *token_uri, *token_label, *token_serial; /* NULL for a CSR made elsewhere */
    char *container;
    kf_buf cka_id;     /* random, before the key exists */
    char *keys_before; /* private keys that were on the token */
    /* a renewal: */
    char *renews;     /* the old certificate's id in the personal store, NULL for a new order */
    kf_buf old_cert;  /* DER */
    char *old_ticket; /* of the order that gave it, or NULL */
    int64_t reissue;  /* the same order again with another key */
    int64_t same_key; /* the key was there before: it is never made, renamed or destroyed */
    int64_t created;
    /* changing */
    enum kf_request_state state;
    int64_t seq, updated;
    kf_buf spki, csr;
    char *key_uri;
    int64_t attempt, sent_at;
    char *sent_hash;
    int64_t not_accepted; /* SUBMITTING and the CA said clearly that it took nothing */
    char *memo;           /* of the connector, from before the first send */
    char *ticket;
    int64_t checked_at, next_poll, polls;
    char *ca_text, *ca_who;
    int64_t ca_since; /* since when these two stand */
    char *problem;    /* of the connection, when the last try failed */
    int64_t login;    /* the problem is that nobody is signed in */
    kf_buf answer;    /* what the CA sent, untouched */
    char *answer_hash;
    kf_buf chain;     /* PEM, leaf first, once verified */
    char *reason;     /* why it failed, was rejected or quarantined */
    char *cert_id;    /* in the personal store */
    int64_t key_left; /* WITHDRAWN and the key is still to be destroyed */
    int64_t told;     /* so many times the CA could not be told of the certificate */
    int64_t revoked_at, revoked_reason; /* of what the CA sent, also when it was quarantined */
    char *revocation;                   /* what the CA said to it while it has not decided */
} kf_request;

void kf_request_clear(kf_request *request);
/* "r-17" */
void kf_request_id(const kf_request *request, char ret_id[static KF_REQUEST_ID_MAX]);

/* The new row with its number, state INTENT (or CSR_READY for a CSR made elsewhere), committed. */
kf_err kf_journal_begin(kf_context *context, kf_request *request);
/* As above; `also` is called with the new number in the same transaction, and what it refuses is
 * not recorded. */
struct kf_journal_also {
    kf_err (*write)(void *arg, kf_db *db, int64_t number);
    void *arg;
};
kf_err kf_journal_begin_with(kf_context *context, kf_request *request,
                             const struct kf_journal_also *also);
/* By id ("r-17" or "17"): KF_E_NOT_FOUND. */
kf_err kf_journal_load(kf_context *context, const char *id, kf_request *ret_request);

/* Move to `to` and write all changing fields, if the row is still as it was loaded; KF_E_BUSY
 * otherwise. Durable when it returns. `note` goes into the history. The move must stand in
 * kf_moves[]. */
kf_err kf_journal_move(kf_context *context, kf_request *request, enum kf_request_state to,
                       const char *note);
/* As above inside the caller's transaction: begin, ..., kf_journal_move_in(), commit. */
kf_err kf_journal_move_in(kf_context *context, kf_request *request, enum kf_request_state to,
                          const char *note);
/* Write the changing fields without a change of state and without history, such as after a poll. */
kf_err kf_journal_save(kf_context *context, kf_request *request);
/* Somebody has signed in at the connection: what waited for that may be asked about at once. */
kf_err kf_journal_signed_in(kf_context *context, const char *connection);
/* A history row of its own. */
kf_err kf_journal_note(kf_context *context, const kf_request *request, const char *note);

/* Is a key with this SubjectPublicKeyInfo, or this CKA_ID, already in the journal, other than in
 * `except`? */
kf_err kf_journal_knows_key(kf_context *context, const uint8_t *spki, size_t len, int64_t except,
                            bool *ret_known);
kf_err kf_journal_knows_id(kf_context *context, const uint8_t *id, size_t len, int64_t except,
                           bool *ret_known);
/* Has a request that is not at an end spoken for this container's name on the token? */
kf_err kf_journal_knows_label(kf_context *context, const char *token_uri, const char *label,
                              bool *ret_known);
/* The open request that renews this certificate of the personal store, "" for none. */
kf_err kf_journal_renewing(kf_context *context, const char *certificate,
                           char ret_id[static KF_REQUEST_ID_MAX]);
/* Numbers of requests, malloc'ed: all of them newest first, or oldest first those that are not at
 * an end or have a key to destroy. */
enum kf_journal_which { KF_JOURNAL_ALL, KF_JOURNAL_OPEN };
kf_err kf_journal_numbers(kf_context *context, enum kf_journal_which which, int64_t **ret_numbers,
                          size_t *ret_count);
/* The name of the user who runs this process, for the history. */
const char *kf_journal_user(void);

struct json_t;
kf_err kf_journal_history(kf_context *context, const kf_request *request,
                          struct json_t **ret_items);

/* The request's kernel lock: KF_E_BUSY when another process works on it. */
kf_err kf_journal_lock(kf_context *context, const kf_request *request, kf_lock *ret_lock);
