// SPDX-License-Identifier: Apache-2.0
// keyfob request, wait, resume: going on with requests.
#include "login.h"
#include "request_view.h"

kf_err cmd_request_list(struct run *run) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_TRY(kf_requests_json(run->context, run_has(run, OPT_OPEN), &list));
    KF_TRY(request_table(run, list));
    request_counts(run, list);
    return KF_OK;
}

/* The request that was named, else the only one that is open. */
static kf_err choose_request(struct run *run, char ret_id[static KF_REQUEST_ID_MAX]) {
    KF_AUTO_PTR(json_t) list = NULL;
    const char *id = run_argument(run, 0);
    if (!id)
        KF_TRY(kf_requests_json(run->context, true, &list));
    if (!id && json_array_size(list) == 0)
        return kf_fail(KF_E_NOT_FOUND, "no request is open");
    if (!id && json_array_size(list) > 1) {
        kf_fail(KF_E_USAGE, "%zu requests are open, name one", json_array_size(list));
        kf_error_hint("`keyfob request list --open` shows them.");
        return KF_E_USAGE;
    }
    snprintf(ret_id, KF_REQUEST_ID_MAX, "%s", id ? id : json_text(json_array_get(list, 0), "id"));
    return KF_OK;
}

struct going {
    const char *id;
    int64_t wait;
};

static kf_err resume_it(struct run *run, void *arg) {
    const struct going *going = arg;
    return kf_request_resume(run->context, going->id, going->wait);
}

/* A CA that wants a sign-in gets it, where a person is there. */
static kf_err resume_signed_in(struct run *run, const char *id, int64_t wait) {
    struct going going = {.id = id, .wait = wait};
    KF_AUTO_FREE char *connection = NULL;
    KF_TRY(run_origin(run, id, &connection));
    return login_and(run, connection, resume_it, &going);
}

static kf_err go_on(struct run *run, int64_t fallback) {
    char id[KF_REQUEST_ID_MAX];
    int64_t wait = 0;
    KF_TRY(run_duration(run, OPT_WAIT, fallback, &wait));
    KF_TRY(choose_request(run, id));
    return request_result(run, id, resume_signed_in(run, id, wait));
}

kf_err cmd_wait(struct run *run) {
    return go_on(run, -1);
}

kf_err cmd_resume(struct run *run) {
    size_t done = 0, open = 0;
    if (run_argument(run, 0) || run_has(run, OPT_WAIT))
        return go_on(run, 0);
    kf_err code = kf_resume_all(run->context, &done, &open);
    if (run_has(run, OPT_JSON)) {
        KF_AUTO_PTR(json_t)
        document = json_pack("{s:s, s:I, s:I}", "schema", "keyfob.resume/1", "done",
                             (json_int_t)done, "open", (json_int_t)open);
        KF_TRY(document ? out_json(run, document) : kf_fail(KF_E_MEMORY, "out of memory"));
    }
    note(run, "%zu finished, %zu still open", done, open);
    run->told = code == KF_E_PENDING;
    return code;
}

kf_err cmd_request_check(struct run *run) {
    const char *id = run_argument(run, 0);
    return request_result(run, id, kf_request_check(run->context, id));
}

kf_err cmd_request_install(struct run *run) {
    const char *id = run_argument(run, 0);
    return request_result(run, id, kf_request_install(run->context, id));
}

kf_err cmd_request_import(struct run *run) {
    KF_AUTO(kf_buf) bytes = {0};
    const char *id = run_argument(run, 0), *path = run_argument(run, 1);
    KF_TRY(run_read_file(path, KF_CA_BODY_MAX, &bytes));
    kf_err code = kf_request_import(run->context, id, bytes.data, bytes.len);
    if (code == KF_E_INPUT)
        kf_fail_in(code, "\"%s\"", path);
    return request_result(run, id, code);
}

/* With the key the work of making it goes: the person must say so. */
kf_err cmd_request_withdraw(struct run *run) {
    const char *id = run_argument(run, 0);
    KF_AUTO_PTR(json_t) document = NULL;
    char question[160];
    KF_TRY(kf_request_json(run->context, id, &document));
    bool stays = json_is_true(json_object_get(document, "same_key")) || !json_at(document, "token");
    snprintf(question, sizeof question, "Its key %s. Type %s to take the request back: ",
             stays ? "stays as it is" : "will be destroyed", id);
    KF_TRY(run_confirm(run, question, id));
    kf_err code = kf_request_withdraw(run->context, id, run_has(run, OPT_ABANDON));
    if (code != KF_OK)
        return request_result(run, id, code);
    json_t *after = NULL;
    KF_TRY(kf_request_json(run->context, id, &after));
    return out_done(run, after, "Withdrawn: %s", id);
}

kf_err cmd_request_retry(struct run *run) {
    const char *id = run_argument(run, 0);
    return request_result(run, id, kf_request_retry(run->context, id));
}

static const struct column history_columns[] = {
    {"WHEN", "at", format_time}, {"FROM", "from", NULL}, {"TO", "to", NULL},
    {"BY", "who", NULL},         {"WHAT", "note", NULL},
};

kf_err cmd_request_history(struct run *run) {
    KF_AUTO_PTR(json_t) history = NULL;
    KF_TRY(kf_request_history_json(run->context, run_argument(run, 0), &history));
    return out_list(run, history, history_columns, KF_COUNT(history_columns), "step");
}
