// SPDX-License-Identifier: Apache-2.0
// Revocation and the revocation list of the lab CA.
#include "ca/labca.h"

#include <keyfob/renew.h>
#include <string.h>

#include "base/text.h"

#define CRL_SECONDS ((int64_t)7 * 24 * 3600)

static kf_err mark_revoked(kf_labca *ca, kf_labca_row *row, int reason) {
    if (!kf_revocation_reason_name(reason))
        return kf_fail(KF_E_USAGE, "%d is not a reason to revoke (RFC 5280 5.3.1)", reason);
    if (row->state == KF_LABCA_REVOKED)
        return KF_OK;
    if (row->state != KF_LABCA_ISSUED) {
        kf_fail(KF_E_STATE, "request %lld of the lab CA \"%s\" has no certificate",
                (long long)row->id, ca->name);
        kf_error_hint("Look at it with `keyfob ca list`.");
        return KF_E_STATE;
    }
    row->state = KF_LABCA_REVOKED;
    row->revoked_at = kf_context_now(ca->context);
    row->revoked_reason = reason;
    return kf_labca_row_update(ca, row, KF_LABCA_ISSUED);
}

/* A serial number has 40 digits, a request's number far fewer. */
static kf_err find(kf_labca *ca, const char *serial, kf_labca_row *row) {
    KF_AUTO(kf_buf) bytes = {0};
    struct kf_labca_key_value key = {.by = KF_LABCA_BY_ID};
    if (strlen(serial) > 18 ||
        kf_parse_number(serial, "the request", 1, INT64_MAX, &key.id) != KF_OK) {
        if (kf_unhex(serial, &bytes) != KF_OK)
            return kf_fail(KF_E_USAGE, "\"%s\" is neither a serial number nor a request's number",
                           serial);
        key = (struct kf_labca_key_value){.by = KF_LABCA_BY_SERIAL, .bytes = &bytes};
    }
    kf_err err = kf_labca_row_find(ca, &key, row);
    if (err != KF_E_NOT_FOUND)
        return err;
    return kf_fail(KF_E_NOT_FOUND, "the lab CA \"%s\" has nothing with the number \"%s\"", ca->name,
                   serial);
}

/* --- the list --- */

/* Entries whose serial numbers live beside them. */
struct entries {
    struct kf_revoked *items;
    kf_buf serials; /* one after the other */
    size_t count, room;
};

static void entries_clear(struct entries *entries) {
    free(entries->items);
    kf_buf_clear(&entries->serials);
}

static kf_err add_entry(struct entries *entries, const kf_labca_row *row) {
    if (entries->count == entries->room) {
        size_t room = entries->room ? 2 * entries->room : 64;
        struct kf_revoked *items = realloc(entries->items, room * sizeof *items);
        if (!items)
            return kf_fail(KF_E_MEMORY, "out of memory for a revocation list");
        entries->items = items;
        entries->room = room;
    }
    KF_TRY(kf_buf_add(&entries->serials, row->serial.data, row->serial.len));
    entries->items[entries->count++] = (struct kf_revoked){
        .serial_len = row->serial.len, .when = row->revoked_at, .reason = (int)row->revoked_reason};
    return KF_OK;
}

static kf_err collect(kf_labca *ca, struct entries *entries) {
    KF_AUTO(kf_rows) rows = {0};
    KF_AUTO(kf_labca_row) row = {0};
    KF_TRY(kf_labca_rows_open(ca, &rows));
    for (bool found = true;;) {
        KF_TRY(kf_labca_rows_next(&rows, &row, &found));
        if (!found)
            break;
        if (row.state == KF_LABCA_REVOKED)
            KF_TRY(add_entry(entries, &row));
    }
    /* Only now, as the buffer has stopped moving. */
    const uint8_t *at = entries->serials.data;
    for (size_t i = 0; i < entries->count; at += entries->items[i++].serial_len)
        entries->items[i].serial = at;
    return KF_OK;
}

static kf_err make_crl(kf_labca *ca, kf_buf *ret_der) {
    __attribute__((cleanup(entries_clear))) struct entries entries = {0};
    KF_AUTO_PTR(EVP_PKEY) key = NULL;
    int64_t number = 0, now = kf_context_now(ca->context);
    KF_TRY(collect(ca, &entries));
    KF_TRY(kf_labca_key(ca, &key));
    /* On disk before it is signed: RFC 5280 5.2.3 wants it to grow with every list. */
    KF_TRY(kf_labca_next_crl(ca, &number));
    struct kf_issuer issuer = {.cert = ca->root, .key = key};
    return kf_issue_crl(&issuer, entries.items, entries.count, number, now, now + CRL_SECONDS,
                        ret_der);
}

static kf_err write_crl(kf_labca *ca, kf_buf *ret_der) {
    KF_AUTO_FREE char *path = kf_labca_path(ca, "ca.crl");
    if (!path)
        return kf_fail(KF_E_MEMORY, "out of memory");
    KF_TRY(make_crl(ca, ret_der));
    return kf_file_write(path, ret_der->data, ret_der->len, 0644);
}

/* --- the doors --- */

/* Whoever relies on the list must not go on trusting: the revocation counts when it is in there. */
kf_err kf_labca_revoke_row(kf_labca *ca, kf_labca_row *row, int reason) {
    KF_AUTO(kf_buf) der = {0};
    KF_TRY(mark_revoked(ca, row, reason));
    kf_err err = write_crl(ca, &der);
    if (err == KF_OK)
        return KF_OK;
    kf_fail_in(err, "request %lld is revoked, but the revocation list is still the old one",
               (long long)row->id);
    kf_error_hint("Write it with `keyfob ca crl \"%s\"`.", ca->name);
    return err;
}

kf_err kf_labca_revoke(kf_context *context, const struct kf_ca_signer *signer, const char *name,
                       const char *serial, const char *reason) {
    KF_AUTO_PTR(kf_labca) ca = NULL;
    KF_AUTO(kf_lock) lock = {0};
    KF_AUTO(kf_labca_row) row = {0};
    int number = 0;
    if (reason)
        KF_TRY(kf_revocation_reason_parse(reason, &number));
    KF_TRY(kf_labca_open(context, name, signer, &ca));
    KF_TRY(kf_labca_lock(ca, &lock));
    KF_TRY(find(ca, serial, &row));
    return kf_labca_revoke_row(ca, &row, number);
}

kf_err kf_labca_crl(kf_context *context, const struct kf_ca_signer *signer, const char *name,
                    uint8_t **ret_der, size_t *ret_len) {
    KF_AUTO_PTR(kf_labca) ca = NULL;
    KF_AUTO(kf_lock) lock = {0};
    KF_AUTO(kf_buf) der = {0};
    KF_TRY(kf_labca_open(context, name, signer, &ca));
    KF_TRY(kf_labca_lock(ca, &lock));
    KF_TRY(write_crl(ca, &der));
    *ret_len = der.len;
    *ret_der = KF_MOVE(der.data);
    return KF_OK;
}
