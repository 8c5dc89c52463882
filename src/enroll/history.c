// SPDX-License-Identifier: Apache-2.0
// The history of requests: who did what when. Rows are added, never changed.
#include <jansson.h>
#include <pwd.h>
#include <string.h>

#include "base/text.h"
#include "enroll/journal_row.h"
#include "x509/json.h"

/* Looked up once: with a directory service it is a question over the network. */
const char *kf_journal_user(void) {
    static _Thread_local char name[64];
    static _Thread_local uid_t named;
    struct passwd entry, *found = NULL;
    char space[1024];
    uid_t user = getuid();
    if (*name && named == user)
        return name;
    if (getpwuid_r(user, &entry, space, sizeof space, &found) == 0 && found)
        kf_text_escape_into(name, sizeof name, found->pw_name, strlen(found->pw_name));
    else
        snprintf(name, sizeof name, "uid %u", (unsigned)user);
    named = user;
    return name;
}

kf_err kf_history_add(kf_context *context, kf_db *db, const kf_request *request, const char *from,
                      const char *to, const char *note) {
    return kf_db_run(db,
                     "INSERT INTO history (request, seq, at, who, from_state, to_state, note)"
                     " VALUES (?, ?, ?, ?, ?, ?, ?)",
                     "iiissss", request->number, request->seq, kf_context_now(context),
                     kf_journal_user(), from, to, note);
}

kf_err kf_journal_note(kf_context *context, const kf_request *request, const char *note) {
    kf_db *db = NULL;
    KF_TRY(kf_journal_open(context, &db));
    const char *state = kf_request_state_name(request->state);
    return kf_history_add(context, db, request, state, state, note);
}

kf_err kf_journal_history(kf_context *context, const kf_request *request, json_t **ret_items) {
    kf_db *db = NULL;
    KF_AUTO(kf_rows) rows = {0};
    KF_TRY(kf_journal_open(context, &db));
    KF_TRY(kf_rows_open(db, &rows,
                        "SELECT at, who, from_state, to_state, note FROM history"
                        " WHERE request = ? ORDER BY id",
                        "i", request->number));
    KF_AUTO_PTR(json_t) items = json_array();
    for (bool found = true;;) {
        char at[21];
        KF_TRY(kf_rows_next(&rows, &found));
        if (!found)
            break;
        kf_time_text(kf_rows_int(&rows, 0), at);
        KF_TRY(kf_json_append(items, json_pack("{s:s s:s? s:s? s:s? s:s?}", "at", at, "who",
                                               kf_rows_text(&rows, 1), "from",
                                               kf_rows_text(&rows, 2), "to", kf_rows_text(&rows, 3),
                                               "note", kf_rows_text(&rows, 4))));
    }
    *ret_items = KF_MOVE(items);
    return KF_OK;
}
