// SPDX-License-Identifier: Apache-2.0
// Certificates in and out of the store, and one taking the place of another.
#include "store/store.h"

#include <string.h>

#include "store/records.h"

/* RFC 7512 2.4: a URI may carry a PIN, and a PIN never goes into the database. */
static kf_err check_key_uri(const char *key_uri) {
    if (key_uri && strcasestr(key_uri, "pin-value="))
        return kf_fail(KF_E_INPUT, "the key's URI holds a PIN, so it is not stored");
    return KF_OK;
}

kf_err kf_store_put(kf_context *context, enum kf_store_kind kind, kf_cert *cert,
                    const char *key_uri, const char *request, char ret_id[static 24]) {
    int64_t id = 0;
    if (!kf_store_kind_name(kind))
        return kf_fail(KF_E_USAGE, "the store has no kind %d", (int)kind);
    if (kind == KF_STORE_ROOT) {
        kf_fail(KF_E_POLICY,
                "\"%s\" is trusted as a root only with the fingerprint that was"
                " compared",
                kf_cert_subject(cert));
        kf_error_hint("Compare the SHA-256 fingerprint with the CA, then give it with"
                      " --fingerprint.");
        return KF_E_POLICY;
    }
    KF_TRY(check_key_uri(key_uri));
    kf_record record = {
        .kind = kind, .cert = cert, .key_uri = (char *)key_uri, .request = (char *)request};
    KF_TRY(kf_record_put(context, &record, &id));
    kf_record_id(id, ret_id);
    return KF_OK;
}

kf_err kf_store_get(kf_context *context, const char *name, kf_cert **ret_cert, char **ret_key_uri) {
    KF_AUTO(kf_record) record = {0};
    KF_TRY(kf_record_find(context, name, &record));
    if (ret_cert)
        *ret_cert = KF_MOVE(record.cert);
    if (ret_key_uri)
        *ret_key_uri = KF_MOVE(record.key_uri);
    return KF_OK;
}

/* Without reading the certificate, so that a damaged row can be removed. */
kf_err kf_store_remove(kf_context *context, const char *name) {
    kf_db *db = NULL;
    int64_t id = 0;
    KF_TRY(kf_store_open(context, &db));
    KF_TRY(kf_record_find_id(context, name, &id));
    return kf_db_run(db, "DELETE FROM certificates WHERE id = ?", "i", id);
}

static kf_err check_personal(const kf_record *record, const char *name) {
    if (record->kind != KF_STORE_PERSONAL)
        return kf_fail(KF_E_USAGE, "\"%s\" is not in the personal store", name);
    return KF_OK;
}

/* `new_id` must be current itself: so the marks never go round in a circle. */
kf_err kf_store_supersede(kf_context *context, const char *old_id, const char *new_id) {
    KF_AUTO(kf_record) old = {0};
    KF_AUTO(kf_record) new = {0};
    kf_db *db = NULL;
    KF_TRY(kf_store_open(context, &db));
    KF_TRY(kf_record_find(context, old_id, &old));
    KF_TRY(kf_record_find(context, new_id, &new));
    KF_TRY(check_personal(&old, old_id));
    KF_TRY(check_personal(&new, new_id));
    if (old.id == new.id)
        return kf_fail(KF_E_USAGE, "\"%s\" cannot take its own place", new_id);
    if (new.superseded_by)
        return kf_fail(KF_E_STATE,
                       "\"%s\" cannot take the place of \"%s\": it is superseded by"
                       " \"c-%lld\" itself",
                       new_id, old_id, (long long)new.superseded_by);
    return kf_db_run(db, "UPDATE certificates SET superseded_by = ? WHERE id = ?", "ii", new.id,
                     old.id);
}

/* The first date stays; a decision takes the place of what was only asked for. */
kf_err kf_store_revoked(kf_context *context, const char *id, int reason) {
    kf_db *db = NULL;
    int64_t number = 0;
    KF_TRY(kf_store_open(context, &db));
    KF_TRY(kf_record_find_id(context, id, &number));
    return kf_db_run(db,
                     "UPDATE certificates SET revoked_reason = iif(revoked_at IS NULL, ?,"
                     " revoked_reason), revoked_at = coalesce(revoked_at, ?), revocation = NULL"
                     " WHERE id = ?",
                     "iii", (int64_t)reason, kf_context_now(context), number);
}

kf_err kf_store_revocation_asked(kf_context *context, const char *id, int reason,
                                 const char *text) {
    kf_db *db = NULL;
    int64_t number = 0;
    KF_TRY(kf_store_open(context, &db));
    KF_TRY(kf_record_find_id(context, id, &number));
    return kf_db_run(db,
                     "UPDATE certificates SET revocation_at = iif(revocation IS NULL, ?,"
                     " revocation_at), revoked_reason = ?, revocation = ?"
                     " WHERE id = ? AND revoked_at IS NULL",
                     "iisi", kf_context_now(context), (int64_t)reason, text ? text : "", number);
}
