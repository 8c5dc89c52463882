// SPDX-License-Identifier: Apache-2.0
// How a connection stands, as the last check or sign-in saw it: kept with the connection.
#include "ca/standing.h"

#include "base/text.h"
#include "ca/opened.h"
#include "x509/json.h"

static const char *const standings[] = {
    [KF_CA_ANONYMOUS] = "anonymous",   [KF_CA_CONNECTED] = "connected",
    [KF_CA_SIGNED_OUT] = "signed_out", [KF_CA_UNCONFIRMED] = "unconfirmed",
    [KF_CA_REFUSED] = "refused",
};

static kf_err keep_reached(kf_ca *ca) {
    kf_db *db = NULL;
    int64_t now = kf_context_now(kf_ca_context(ca));
    KF_TRY(kf_connection_db(kf_ca_context(ca), &db));
    return kf_db_run(db,
                     "UPDATE connections SET checked_at = ?, reached_at = ?, problem = NULL"
                     " WHERE id = ?",
                     "iii", now, now, kf_ca_id(ca));
}

static kf_err keep_account(kf_ca *ca, const struct kf_ca_account *account) {
    kf_db *db = NULL;
    KF_TRY(kf_connection_db(kf_ca_context(ca), &db));
    return kf_db_run(db,
                     "UPDATE connections SET standing = ?, account = ?, standing_text = ?"
                     " WHERE id = ?",
                     "sssi", standings[account->standing], account->name, account->text,
                     kf_ca_id(ca));
}

/* Who it was is still known. */
kf_err kf_standing_signed_out(kf_ca *ca) {
    kf_db *db = NULL;
    KF_TRY(kf_connection_db(kf_ca_context(ca), &db));
    return kf_db_run(db,
                     "UPDATE connections SET standing = 'signed_out', standing_text = NULL"
                     " WHERE id = ?",
                     "i", kf_ca_id(ca));
}

static kf_err keep_problem(kf_ca *ca, const char *sentence) {
    kf_db *db = NULL;
    KF_TRY(kf_connection_db(kf_ca_context(ca), &db));
    return kf_db_run(db, "UPDATE connections SET checked_at = ?, problem = ? WHERE id = ?", "isi",
                     kf_context_now(kf_ca_context(ca)), sentence, kf_ca_id(ca));
}

static kf_err keep(kf_ca *ca, kf_err err, const char *sentence,
                   const struct kf_ca_account *account) {
    switch (err) {
    case KF_OK:
        KF_TRY(keep_reached(ca));
        return account ? keep_account(ca, account) : KF_OK;
    case KF_E_CA_LOGIN:
        KF_TRY(keep_reached(ca));
        return kf_standing_signed_out(ca);
    case KF_E_CA_UNREACHABLE:
    case KF_E_CA_ANSWER:
    case KF_E_UNTRUSTED:
        return keep_problem(ca, sentence);
    default:
        return KF_OK;
    }
}

kf_err kf_standing_keep(kf_ca *ca, kf_err err, const struct kf_ca_account *account) {
    if (err == KF_OK)
        return keep(ca, err, NULL, account);
    struct kf_error_saved saved;
    kf_error_save(&saved);
    kf_err kept = keep(ca, err, saved.sentence, account);
    if (kept != KF_OK)
        return kept;
    kf_error_restore(&saved);
    return err;
}

kf_err kf_standing_reset(kf_context *context, int64_t connection) {
    kf_db *db = NULL;
    KF_TRY(kf_connection_db(context, &db));
    return kf_db_run(db,
                     "UPDATE connections SET standing = NULL, standing_text = NULL,"
                     " checked_at = NULL, reached_at = NULL, problem = NULL WHERE id = ?",
                     "i", connection);
}

/* --- as a document --- */

static kf_err set_text(json_t *object, const char *key, const char *text) {
    return kf_json_set(object, key, text ? json_string(text) : json_null());
}

static kf_err set_time(json_t *object, const char *key, kf_rows *rows, int column) {
    char text[21];
    if (kf_rows_is_null(rows, column))
        return kf_json_set(object, key, json_null());
    kf_time_text(kf_rows_int(rows, column), text);
    return kf_json_set(object, key, json_string(text));
}

kf_err kf_standing_json(kf_context *context, int64_t connection, bool has_accounts,
                        json_t *object) {
    kf_db *db = NULL;
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    KF_TRY(kf_connection_db(context, &db));
    KF_TRY(kf_rows_open(db, &rows,
                        "SELECT standing, account, standing_text, checked_at, reached_at, problem"
                        " FROM connections WHERE id = ?",
                        "i", connection));
    KF_TRY(kf_rows_next(&rows, &found));
    if (!found)
        return kf_fail(KF_E_NOT_FOUND, "the connection was removed meanwhile");
    const char *standing = kf_rows_text(&rows, 0);
    const char *unknown = has_accounts ? "unknown" : "anonymous";
    KF_TRY(set_text(object, "standing", standing ? standing : unknown));
    KF_TRY(set_text(object, "account", kf_rows_text(&rows, 1)));
    KF_TRY(set_text(object, "standing_text", kf_rows_text(&rows, 2)));
    KF_TRY(set_time(object, "checked_at", &rows, 3));
    KF_TRY(set_time(object, "reached_at", &rows, 4));
    return set_text(object, "problem", kf_rows_text(&rows, 5));
}
