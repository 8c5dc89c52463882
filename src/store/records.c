// SPDX-License-Identifier: Apache-2.0
// The table "certificates": its shape, writing a row, reading rows.
#include "store/records.h"

#include <string.h>

#include "base/text.h"
#include "x509/json.h"

/* AUTOINCREMENT: requests remember ids, so an id must never come to mean another certificate. The
 * trigger passes the mark of a removed certificate on, so that what it took the place of is current
 * again or points at what came after. */
static const char *const steps[] = {
    "CREATE TABLE certificates ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " kind TEXT NOT NULL CHECK (kind IN ('personal', 'root', 'intermediate', 'other')),"
    " fingerprint TEXT NOT NULL,"
    " der BLOB NOT NULL,"
    " subject TEXT NOT NULL,"
    " common_name TEXT,"
    " issuer TEXT NOT NULL,"
    " serial TEXT NOT NULL,"
    " not_before INTEGER NOT NULL,"
    " not_after INTEGER NOT NULL,"
    " spki TEXT NOT NULL," /* SHA-256 of the SubjectPublicKeyInfo */
    " key_uri TEXT,"
    " request TEXT,"
    " superseded_by INTEGER REFERENCES certificates (id),"
    " added INTEGER NOT NULL,"
    " UNIQUE (kind, fingerprint));"
    "CREATE INDEX certificates_subject ON certificates (subject COLLATE NOCASE);"
    "CREATE INDEX certificates_superseded ON certificates (superseded_by);"
    "CREATE TRIGGER certificates_removed BEFORE DELETE ON certificates BEGIN"
    " UPDATE certificates SET superseded_by = OLD.superseded_by WHERE superseded_by = OLD.id;"
    " END;",
    /* `revocation` holds the CA's words while it has not decided. */
    "ALTER TABLE certificates ADD COLUMN revoked_at INTEGER;"
    "ALTER TABLE certificates ADD COLUMN revoked_reason INTEGER;"
    "ALTER TABLE certificates ADD COLUMN revocation TEXT;"
    "ALTER TABLE certificates ADD COLUMN revocation_at INTEGER;",
};

static const char *const kinds[] = {
    [KF_STORE_PERSONAL] = "personal",
    [KF_STORE_ROOT] = "root",
    [KF_STORE_INTERMEDIATE] = "intermediate",
    [KF_STORE_OTHER] = "other",
};

const char *kf_store_kind_name(enum kf_store_kind kind) {
    return (size_t)kind < KF_COUNT(kinds) ? kinds[kind] : NULL;
}

kf_err kf_store_open(kf_context *context, kf_db **ret_db) {
    kf_db *db = NULL;
    KF_TRY(kf_context_db(context, &db));
    KF_TRY(kf_db_schema(db, "store", steps, KF_COUNT(steps)));
    *ret_db = db;
    return KF_OK;
}

kf_err kf_store_prepare(kf_context *context) {
    kf_db *db = NULL;
    return kf_store_open(context, &db);
}

void kf_record_clear(kf_record *record) {
    if (!record)
        return;
    kf_cert_free(record->cert);
    free(record->key_uri);
    free(record->request);
    free(record->revocation);
    *record = (kf_record){0};
}

void kf_record_id(int64_t id, char ret_id[static KF_STORE_ID_SIZE]) {
    snprintf(ret_id, KF_STORE_ID_SIZE, "c-%lld", (long long)id);
}

/* --- writing --- */

/* The most specific common name (RFC 4514: the first one), or NULL. */
static const char *common_name(const json_t *document) {
    size_t i;
    const json_t *part;
    json_array_foreach(json_object_get(document, "subject"), i, part) {
        const char *oid = json_string_value(json_object_get(part, "oid"));
        if (kf_str_equal(oid, "2.5.4.3"))
            return json_string_value(json_object_get(part, "value"));
    }
    return NULL;
}

static kf_err write_row(kf_db *db, const kf_record *record, const json_t *document, int64_t now) {
    const kf_cert *cert = record->cert;
    size_t len = 0;
    const uint8_t *der = kf_cert_der(cert, &len);
    return kf_db_run(
        db,
        "INSERT INTO certificates (kind, fingerprint, der, subject, common_name, issuer, serial,"
        " not_before, not_after, spki, key_uri, request, added)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (kind, fingerprint) DO UPDATE SET"
        " key_uri = coalesce(excluded.key_uri, key_uri),"
        " request = coalesce(excluded.request, request)",
        "ssbssssiisssi", kf_store_kind_name(record->kind), kf_cert_fingerprint(cert),
        (const void *)der, len, kf_cert_subject(cert), common_name(document), kf_cert_issuer(cert),
        kf_cert_serial(cert), kf_cert_not_before(cert), kf_cert_not_after(cert),
        json_string_value(json_object_get(document, "spki_sha256")), record->key_uri,
        record->request, now);
}

kf_err kf_record_put(kf_context *context, const kf_record *record, int64_t *ret_id) {
    kf_db *db = NULL;
    KF_AUTO_PTR(json_t) document = NULL;
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    KF_TRY(kf_store_open(context, &db));
    KF_TRY(kf_cert_json(record->cert, &document));
    KF_TRY(write_row(db, record, document, kf_context_now(context)));
    KF_TRY(kf_rows_open(db, &rows, "SELECT id FROM certificates WHERE kind = ? AND fingerprint = ?",
                        "ss", kf_store_kind_name(record->kind), kf_cert_fingerprint(record->cert)));
    KF_TRY(kf_rows_next(&rows, &found));
    if (!found)
        return kf_fail(KF_E_DATABASE, "the certificate \"%s\" is not in the store after writing it",
                       kf_cert_subject(record->cert));
    *ret_id = kf_rows_int(&rows, 0);
    return KF_OK;
}

/* --- reading --- */

static kf_err fail_row(kf_rows *rows) {
    char id[KF_STORE_ID_SIZE];
    kf_record_id(kf_rows_int(rows, 0), id);
    kf_fail(KF_E_DATABASE, "the row of \"%s\" in the store is damaged", id);
    kf_error_hint("Remove it with `keyfob store remove %s` and add the certificate again.", id);
    return KF_E_DATABASE;
}

static kf_err read_kind(kf_rows *rows, enum kf_store_kind *ret_kind) {
    for (size_t i = 0; i < KF_COUNT(kinds); i++)
        if (kf_str_equal(kf_rows_text(rows, 1), kinds[i])) {
            *ret_kind = (enum kf_store_kind)i;
            return KF_OK;
        }
    return fail_row(rows);
}

static kf_err copy_text(const char *text, char **ret_text) {
    if (text && !(*ret_text = strdup(text)))
        return kf_fail(KF_E_MEMORY, "out of memory");
    return KF_OK;
}

static kf_err read_row(kf_rows *rows, kf_record *record) {
    size_t len = 0;
    const uint8_t *der = kf_rows_blob(rows, 2, &len);
    record->id = kf_rows_int(rows, 0);
    record->superseded_by = kf_rows_int(rows, 5);
    KF_TRY(read_kind(rows, &record->kind));
    kf_err err = kf_cert_parse(der, len, &record->cert);
    if (err == KF_E_INPUT || err == KF_E_TOO_LARGE)
        return fail_row(rows);
    KF_TRY(err);
    record->revoked_at = kf_rows_int(rows, 6);
    record->revoked_reason = (int)kf_rows_int(rows, 7);
    record->revocation_at = kf_rows_int(rows, 9);
    KF_TRY(copy_text(kf_rows_text(rows, 8), &record->revocation));
    KF_TRY(copy_text(kf_rows_text(rows, 3), &record->key_uri));
    return copy_text(kf_rows_text(rows, 4), &record->request);
}

kf_err kf_record_next(kf_rows *rows, kf_record *ret_record, bool *ret_found) {
    KF_AUTO(kf_record) record = {0};
    bool found = false;
    KF_TRY(kf_rows_next(rows, &found));
    if (found) {
        KF_TRY(read_row(rows, &record));
        kf_record_clear(ret_record);
        *ret_record = record;
        record = (kf_record){0};
    }
    *ret_found = found;
    return KF_OK;
}
