// SPDX-License-Identifier: Apache-2.0
// Operations: requests.
#include <string.h>

#include "web/worker/requests.h"

/* --- looking --- */

static kf_err request_list(struct work *work, json_t **ret_result) {
    int64_t limit = 0;
    KF_TRY(work_number(work, "limit", 0, &limit));
    if (limit < 0)
        return kf_fail(KF_E_USAGE, "\"limit\" is not a number of requests");
    const struct kf_request_query query = {.view = work_text(work, "view"),
                                           .search = work_text(work, "search"),
                                           .after = work_text(work, "after"),
                                           .limit = (size_t)limit};
    return kf_requests_page_json(work->context, &query, ret_result);
}

static kf_err request_show(struct work *work, json_t **ret_result) {
    const char *id = NULL;
    KF_TRY(work_need(work, "request", &id));
    return kf_request_json(work->context, id, ret_result);
}

static kf_err request_history(struct work *work, json_t **ret_result) {
    const char *id = NULL;
    json_t *items = NULL;
    KF_TRY(work_need(work, "request", &id));
    KF_TRY(kf_request_history_json(work->context, id, &items));
    return work_items("keyfob.history/1", items, ret_result);
}

static const struct csr_file {
    const char *word, *ending, *type;
    enum kf_csr_format format;
} csr_files[] = {
    {"pem", "csr", "application/x-pem-file", KF_CSR_PEM},
    {"pem_new", "csr", "application/x-pem-file", KF_CSR_PEM_NEW},
    {"der", "p10", "application/pkcs10", KF_CSR_DER},
};

static kf_err find_format(const struct work *work, const struct csr_file **ret_file) {
    const char *word = work_text(work, "format");
    for (size_t i = 0; i < KF_COUNT(csr_files); i++)
        if (strcmp(csr_files[i].word, word ? word : "pem") == 0) {
            *ret_file = &csr_files[i];
            return KF_OK;
        }
    return kf_fail(KF_E_USAGE, "the format is \"pem\", \"pem_new\" or \"der\", not \"%s\"", word);
}

static kf_err request_csr(struct work *work, json_t **ret_result) {
    const struct csr_file *file = NULL;
    const char *id = NULL;
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_AUTO_FREE uint8_t *der = NULL, *data = NULL;
    size_t der_len = 0, len = 0;
    char name[KF_REQUEST_ID_MAX + 8];
    KF_TRY(work_need(work, "request", &id));
    KF_TRY(find_format(work, &file));
    KF_TRY(kf_request_csr(work->context, id, &der, &der_len));
    KF_TRY(kf_csr_read(der, der_len, &csr));
    KF_TRY(kf_csr_export(csr, file->format, &data, &len));
    snprintf(name, sizeof name, "%s.%s", id, file->ending);
    return work_file(name, file->type, data, len, ret_result);
}

/* --- going on --- */

static kf_err request_check(struct work *work, json_t **ret_result) {
    const char *id = NULL;
    KF_TRY(work_need(work, "request", &id));
    kf_step(work->context, "check", KF_STEP_BEGIN, 0, "asking the CA about %s", id);
    return request_result(work, id, kf_request_check(work->context, id), ret_result);
}

static kf_err request_resume(struct work *work, json_t **ret_result) {
    const char *id = NULL;
    KF_TRY(work_need(work, "request", &id));
    return request_result(work, id, kf_request_resume(work->context, id, 0), ret_result);
}

static kf_err request_install(struct work *work, json_t **ret_result) {
    const char *id = NULL;
    KF_TRY(work_need(work, "request", &id));
    return request_result(work, id, kf_request_install(work->context, id), ret_result);
}

static kf_err request_import(struct work *work, json_t **ret_result) {
    const char *id = NULL;
    KF_AUTO(kf_buf) file = {0};
    KF_TRY(work_need(work, "request", &id));
    KF_TRY(work_bytes(work, "file", KF_CERT_FILE_MAX, &file));
    kf_err code = kf_request_import(work->context, id, file.data, file.len);
    return request_result(work, id, code, ret_result);
}

static kf_err request_withdraw(struct work *work, json_t **ret_result) {
    const char *id = NULL;
    KF_TRY(work_need(work, "request", &id));
    kf_err code = kf_request_withdraw(work->context, id, work_flag(work, "abandon"));
    return request_result(work, id, code, ret_result);
}

static kf_err request_retry(struct work *work, json_t **ret_result) {
    const char *id = NULL;
    KF_TRY(work_need(work, "request", &id));
    return request_result(work, id, kf_request_retry(work->context, id), ret_result);
}

/* --- all that wait --- */

struct checks {
    struct work *work;
    json_t *requests, *problems, *unreachable; /* connections that are not asked again */
    size_t asked;
};

static bool waits_for_ca(const json_t *request) {
    const char *state = document_text(request, "state");
    return strcmp(state, "waiting") == 0 || strcmp(state, "submitting") == 0;
}

static void note_problem(struct checks *checks, const json_t *request, kf_err code) {
    json_array_append_new(checks->problems,
                          json_pack("{s:s, s:s, s:s, s:s}", "request", document_text(request, "id"),
                                    "connection", document_text(request, "connection"), "code",
                                    kf_error_info(code)->code, "text", kf_error_sentence(code)));
    if (code == KF_E_CA_UNREACHABLE || code == KF_E_CA_LOGIN)
        json_object_set_new(checks->unreachable, document_text(request, "connection"), json_true());
}

/* One that changed is told to everybody at once. */
static kf_err check_one(struct checks *checks, const json_t *request) {
    struct work *work = checks->work;
    const char *id = document_text(request, "id");
    KF_AUTO_PTR(json_t) after = NULL;
    checks->asked++;
    kf_step(work->context, "check", KF_STEP_BEGIN, 0, "asking \"%s\" about %s",
            document_text(request, "connection"), id);
    kf_err code = kf_request_check(work->context, id);
    if (code == KF_E_INTERRUPTED || code == KF_E_MEMORY)
        return code;
    if (code != KF_OK && code != KF_E_PENDING)
        note_problem(checks, request, code);
    kf_error_clear();
    KF_TRY(kf_request_json(work->context, id, &after));
    if (strcmp(document_text(after, "mark"), document_text(request, "mark")) != 0)
        json_array_append_new(checks->requests, json_string(id));
    json_t *data = json_pack("{s:s}", "id", id);
    if (data)
        work_event(work, "request.changed", data);
    return KF_OK;
}

static kf_err check_each(struct checks *checks, const json_t *list) {
    size_t i;
    json_t *request;
    json_array_foreach(list, i, request) {
        const char *connection = document_text(request, "connection");
        if (!waits_for_ca(request) || json_object_get(checks->unreachable, connection))
            continue;
        if (kf_context_interrupted(checks->work->context))
            return kf_fail(KF_E_INTERRUPTED, "the check was cancelled");
        KF_TRY(check_one(checks, request));
    }
    return KF_OK;
}

/* {asked, changed: [id], problems: [{request, connection, code, text}]}; one CA that cannot be
 * reached does not keep the others from being asked. */
static kf_err request_check_all(struct work *work, json_t **ret_result) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_AUTO_PTR(json_t) requests = json_array();
    KF_AUTO_PTR(json_t) problems = json_array();
    KF_AUTO_PTR(json_t) unreachable = json_object();
    struct checks checks = {
        .work = work, .requests = requests, .problems = problems, .unreachable = unreachable};
    KF_TRY(kf_requests_json(work->context, true, &list));
    KF_TRY(check_each(&checks, list));
    return work_result(json_pack("{s:s, s:I, s:O, s:O}", "schema", "keyfob.checks/1", "asked",
                                 (json_int_t)checks.asked, "changed", requests, "problems",
                                 problems),
                       ret_result);
}

const struct op request_ops[] = {
    {"request.list", request_list},           {"request.show", request_show},
    {"request.history", request_history},     {"request.csr", request_csr},
    {"request.check_all", request_check_all}, {"request.check", request_check},
    {"request.resume", request_resume},       {"request.install", request_install},
    {"request.import", request_import},       {"request.withdraw", request_withdraw},
    {"request.retry", request_retry},         {0},
};
