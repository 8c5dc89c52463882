// SPDX-License-Identifier: Apache-2.0
// The lab CA inside: its folder ca/NAME with ca.db (the truth), ca.key, ca.crt, ca.crl, lock.
#pragma once

#include <keyfob/labca.h>

#include "base/auto.h"
#include "base/context.h"
#include "base/file.h"
#include "x509/issue.h"

/* An opened lab CA. */
typedef struct kf_labca {
    kf_context *context;
    const struct kf_ca_signer *signer; /* or NULL */
    char *name, *dir;
    kf_db *db;
    char *key_uri;  /* NULL: the key is in ca.key */
    char *profiles; /* blank-separated; NULL: every one but the CA profiles */
    bool approval;
    kf_cert *root;
} kf_labca;

/* NULL name = the only one. KF_E_NOT_FOUND, KF_E_USAGE, KF_E_DATABASE. */
kf_err kf_labca_open(kf_context *context, const char *name, const struct kf_ca_signer *signer,
                     kf_labca **ret_ca);
void kf_labca_close(kf_labca *ca);
KF_DEFINE_AUTO_PTR_WITH(kf_labca, kf_labca_close)

/* `dir`/FILE; NULL when out of memory. */
char *kf_labca_path(const kf_labca *ca, const char *file);
/* So that two processes do not interleave; the database's transactions carry the truth. */
kf_err kf_labca_lock(const kf_labca *ca, kf_lock *ret_lock);

/* --- labca_key.c --- */

/* A new P-256 key in the file, which must not be there yet: KF_E_EXISTS. */
kf_err kf_labca_key_make(const char *path);
/* The CA's key, a reference of the caller's. */
kf_err kf_labca_key(const kf_labca *ca, EVP_PKEY **ret_key);

/* --- labca_store.c --- */

enum kf_labca_state {
    KF_LABCA_WAITING,
    KF_LABCA_SIGNING, /* the serial number is committed, the signature is not known to be made */
    KF_LABCA_ISSUED,
    KF_LABCA_REJECTED,
    KF_LABCA_REVOKED
};

/* One request of the CA. Start with `= {0}`. */
typedef struct kf_labca_row {
    int64_t id;
    enum kf_labca_state state;
    char *client_id, *profile, *subject;
    kf_buf spki_hash; /* SHA-256 of the SubjectPublicKeyInfo */
    kf_buf csr;
    kf_buf serial; /* 20 bytes once the CA has decided to issue */
    kf_buf cert;   /* DER, once issued */
    int64_t not_before, not_after;
    char *reason; /* why rejected, in words */
    int64_t revoked_at, revoked_reason;
    int64_t renews; /* the row whose key is certified again; 0 for a new key */
    int64_t created;
} kf_labca_row;
void kf_labca_row_clear(kf_labca_row *row);

/* Open or make ca.db in the folder. */
kf_err kf_labca_store_open(const char *dir, kf_db **ret_db);
/* The CA's own row. KF_E_NOT_FOUND when its making was cut off. */
kf_err kf_labca_store_load(kf_labca *ca);
kf_err kf_labca_store_init(kf_labca *ca);

enum kf_labca_by {
    KF_LABCA_BY_ID,
    KF_LABCA_BY_CLIENT,
    KF_LABCA_BY_KEY,    /* those that were not rejected, the last one first */
    KF_LABCA_BY_RENEWS, /* what renews the row `id` and was not rejected */
    KF_LABCA_BY_SERIAL
};
struct kf_labca_key_value {
    enum kf_labca_by by;
    int64_t id;
    const char *client_id;
    const kf_buf *bytes;
};
/* KF_E_NOT_FOUND. */
kf_err kf_labca_row_find(kf_labca *ca, const struct kf_labca_key_value *key, kf_labca_row *ret_row);
/* The id is filled in. */
kf_err kf_labca_row_insert(kf_labca *ca, kf_labca_row *row);
/* Only when it is still in the state `from`: KF_E_BUSY otherwise. */
kf_err kf_labca_row_update(kf_labca *ca, const kf_labca_row *row, enum kf_labca_state from);
/* All rows, oldest first. */
kf_err kf_labca_rows_open(kf_labca *ca, kf_rows *ret_rows);
kf_err kf_labca_rows_next(kf_rows *rows, kf_labca_row *row, bool *ret_found);
kf_err kf_labca_count(kf_labca *ca, int64_t *ret_issued, int64_t *ret_waiting);
/* The next number for a CRL, committed. */
kf_err kf_labca_next_crl(kf_labca *ca, int64_t *ret_number);

/* --- labca_issue.c: all of them under the lock --- */

/* Does the CA issue this? KF_E_POLICY, KF_E_NOT_FOUND, KF_E_PROFILE and the like with the reason.
 */
kf_err kf_labca_examine(const kf_labca *ca, const kf_csr *csr, const char *profile,
                        kf_profile **ret_profile);
/* Choose serial and validity for a row in memory; the caller commits it before kf_labca_sign(). */
kf_err kf_labca_decide(const kf_labca *ca, kf_labca_row *row, const kf_profile *profile);
/* Sign the row that is SIGNING; it becomes ISSUED. */
kf_err kf_labca_sign(kf_labca *ca, kf_labca_row *row);

/* --- labca_renew.c --- */

/* The row that holds exactly this certificate, not merely its serial number. KF_E_NOT_FOUND. */
kf_err kf_labca_find_cert(kf_labca *ca, const uint8_t *der, size_t len, kf_labca_row *row);
/* `row` is a new order for the key of `known`. KF_E_NOT_FOUND: it is fine, and marked as a renewal
 * of the same key and subject; each certificate is renewed so once. KF_E_POLICY. */
kf_err kf_labca_renews_key(kf_labca *ca, const struct kf_ca_order *order, kf_labca_row *row,
                           const kf_labca_row *known);

/* --- labca_revoke.c --- */

/* On record, then in a new ca.crl. Once more is fine and keeps the first reason. KF_E_STATE when it
 * is not issued. */
kf_err kf_labca_revoke_row(kf_labca *ca, kf_labca_row *row, int reason);
