// SPDX-License-Identifier: Apache-2.0
// Rows of the table "certificates". Only this room includes it.
#pragma once

#include "base/context.h"
#include "store/store.h"
#include "x509/cert.h"

/* "c-" and the row's number; numbers are never used again. */
#define KF_STORE_ID_SIZE 24

struct kf_record {
    int64_t id;
    enum kf_store_kind kind;
    kf_cert *cert;
    char *key_uri, *request; /* or NULL */
    int64_t superseded_by;   /* 0 = not superseded */
    int64_t revoked_at;      /* 0 = not revoked */
    int revoked_reason;      /* RFC 5280 5.3.1, also while it is only asked for */
    char *revocation;        /* the CA's words while it has not decided, or NULL */
    int64_t revocation_at;   /* when it was asked for */
};
typedef struct kf_record kf_record;
void kf_record_clear(kf_record *record);
void kf_record_id(int64_t id, char ret_id[static KF_STORE_ID_SIZE]);

/* "personal", "root", "intermediate", "other"; NULL for what is no kind. */
const char *kf_store_kind_name(enum kf_store_kind kind);

/* The database with its tables up to date. */
kf_err kf_store_open(kf_context *context, kf_db **ret_db);

/* A new row, or the row that is there already with its key URI and request replaced where they are
 * given. Needs no transaction and can be inside one. */
kf_err kf_record_put(kf_context *context, const kf_record *record, int64_t *ret_id);

/* Reading rows of `SELECT KF_RECORD_COLUMNS FROM certificates ...`. KF_E_DATABASE when a row holds
 * no certificate. */
#define KF_RECORD_COLUMNS                                                                          \
    "id, kind, der, key_uri, request, superseded_by, revoked_at, revoked_reason, revocation,"      \
    " revocation_at"
kf_err kf_record_next(kf_rows *rows, kf_record *ret_record, bool *ret_found);

/* The row of that name; KF_E_NOT_FOUND, or KF_E_USAGE with the ids of all that match. */
kf_err kf_record_find_id(kf_context *context, const char *name, int64_t *ret_id);
kf_err kf_record_find(kf_context *context, const char *name, kf_record *ret_record);

/* `cert` and what is known of its issuers, each by a signature that was checked: intermediates
 * before other people's certificates, no roots, at most KF_CERT_COUNT_MAX. */
kf_err kf_store_pool(kf_context *context, kf_cert *cert, kf_certs *ret_pool);
