// SPDX-License-Identifier: Apache-2.0
// From a name that a person gives to the one certificate that it means.
#include <string.h>

#include "base/text.h"
#include "store/records.h"

#define FINGERPRINT_DIGITS     64 /* SHA-256 */
#define FINGERPRINT_DIGITS_MIN 8
#define MATCHES_SHOWN          8

/* "c-3": never anything else, whatever the subjects in the store call themselves. */
static bool read_id(const char *name, int64_t *ret_id) {
    enum { DIGITS_MAX = 18 }; /* fits int64_t */
    if (!kf_str_starts(name, "c-"))
        return false;
    size_t digits = strspn(name + 2, "0123456789");
    if (digits == 0 || name[2 + digits])
        return false;
    *ret_id = digits <= DIGITS_MAX ? strtoll(name + 2, NULL, 10) : -1;
    return true;
}

/* Lower-case digits without colons and blanks; empty when there is anything else. */
static kf_err read_hex(const char *name, kf_buf *ret_hex) {
    KF_AUTO(kf_buf) hex = {0};
    for (const char *at = name; *at; at++) {
        if (*at == ':' || *at == ' ')
            continue;
        if (!strchr("0123456789abcdefABCDEF", *at))
            return KF_OK;
        char digit = *at >= 'A' && *at <= 'F' ? (char)(*at - 'A' + 'a') : *at;
        KF_TRY(kf_buf_add(&hex, &digit, 1));
    }
    kf_buf_move(ret_hex, &hex);
    return KF_OK;
}

/* A whole fingerprint means one certificate and nothing else; shorter digits may be the start of a
 * fingerprint or a serial number, and either may be somebody's common name. */
static kf_err open_matches(kf_db *db, const char *name, kf_rows *ret_rows) {
    KF_AUTO(kf_buf) digits = {0};
    int64_t id = 0;
    if (read_id(name, &id))
        return kf_rows_open(db, ret_rows, "SELECT id, kind FROM certificates WHERE id = ?", "i",
                            id);
    KF_TRY(read_hex(name, &digits));
    const char *hex = digits.len ? kf_buf_str(&digits) : NULL;
    if (digits.len == FINGERPRINT_DIGITS)
        return kf_rows_open(db, ret_rows,
                            "SELECT id, kind FROM certificates WHERE fingerprint = ? ORDER BY id",
                            "s", hex);
    return kf_rows_open(db, ret_rows,
                        "SELECT id, kind FROM certificates WHERE common_name = ?"
                        " OR substr(fingerprint, 1, ?) = ? OR ltrim(serial, '0') = ltrim(?, '0')"
                        " ORDER BY id",
                        "siss", name, (int64_t)digits.len,
                        digits.len >= FINGERPRINT_DIGITS_MIN ? hex : NULL, hex);
}

/* The ids of all matches, the first of them in `ret_id`. */
static kf_err list_matches(kf_rows *rows, kf_buf *list, size_t *ret_count, int64_t *ret_id) {
    bool found = false;
    size_t count = 0;
    for (;; count++) {
        KF_TRY(kf_rows_next(rows, &found));
        if (!found || count == MATCHES_SHOWN)
            break;
        if (count == 0)
            *ret_id = kf_rows_int(rows, 0);
        KF_TRY(kf_buf_printf(list, "%sc-%lld (%s)", count ? ", " : "",
                             (long long)kf_rows_int(rows, 0), kf_rows_text(rows, 1)));
    }
    *ret_count = count;
    return found ? kf_buf_add_str(list, " and others") : KF_OK;
}

kf_err kf_record_find_id(kf_context *context, const char *name, int64_t *ret_id) {
    KF_AUTO(kf_rows) rows = {0};
    KF_AUTO(kf_buf) list = {0};
    kf_db *db = NULL;
    size_t count = 0;
    int64_t id = 0;
    if (!name || !*name)
        return kf_fail(KF_E_USAGE, "the name of a certificate is empty");
    KF_TRY(kf_store_open(context, &db));
    KF_TRY(open_matches(db, name, &rows));
    KF_TRY(list_matches(&rows, &list, &count, &id));
    if (count == 0)
        return kf_fail(KF_E_NOT_FOUND, "there is no certificate \"%s\" in the store", name);
    if (count > 1) {
        kf_fail(KF_E_USAGE, "\"%s\" is the name of more than one certificate: %s", name,
                kf_buf_str(&list));
        kf_error_hint("Name one of them by its id, for example \"c-%lld\".", (long long)id);
        return KF_E_USAGE;
    }
    *ret_id = id;
    return KF_OK;
}

kf_err kf_record_find(kf_context *context, const char *name, kf_record *ret_record) {
    KF_AUTO(kf_rows) rows = {0};
    kf_db *db = NULL;
    bool found = false;
    int64_t id = 0;
    KF_TRY(kf_record_find_id(context, name, &id));
    KF_TRY(kf_store_open(context, &db));
    KF_TRY(kf_rows_open(db, &rows, "SELECT " KF_RECORD_COLUMNS " FROM certificates WHERE id = ?",
                        "i", id));
    KF_TRY(kf_record_next(&rows, ret_record, &found));
    return found ? KF_OK : kf_fail(KF_E_NOT_FOUND, "the certificate \"%s\" was just removed", name);
}
