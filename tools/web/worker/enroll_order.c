// SPDX-License-Identifier: Apache-2.0
// The order of an enrollment from the arguments of a call.
#include <string.h>

#include "base/text.h"
#include "web/worker/enrolling.h"

#define PROFILE_DEFAULT "tls-client"
#define WAIT_MAX        3600

void enroll_input_clear(enroll_input *enroll) {
    kf_profile_free(enroll->profile);
    enroll_names_clear(&enroll->names);
    kf_buf_clear(&enroll->csr);
    document_wipe(&enroll->fields);
    *enroll = (enroll_input){0};
}

kf_err enroll_connector(struct work *work, const char *connection,
                        const struct kf_connector **ret_connector) {
    KF_AUTO_PTR(json_t) document = NULL;
    KF_TRY(kf_connection_json(work->context, connection, &document));
    const char *name = document_text(document, "connector");
    const struct kf_connector *connector = kf_connector_find(name);
    if (!connector)
        return kf_fail(KF_E_UNSUPPORTED, "this keyfob does not have the connector \"%s\"", name);
    *ret_connector = connector;
    return KF_OK;
}

/* --- a request made elsewhere --- */

/* PEM is read as it is, and so is base64 without its lines; a page that read a file has all of it
 * in base64. */
kf_err enroll_read_csr(struct work *work, kf_buf *ret_csr) {
    const char *text = NULL;
    KF_AUTO(kf_buf) bytes = {0};
    KF_TRY(work_need(work, "csr", &text));
    size_t len = strlen(text);
    if (len > 2 * KF_CSR_FILE_MAX)
        return kf_fail(KF_E_TOO_LARGE, "the request has more than %zu bytes", KF_CSR_FILE_MAX);
    if (!strstr(text, "-----BEGIN") && kf_unbase64(text, len, &bytes) == KF_OK)
        return kf_buf_set(ret_csr, bytes.data, bytes.len);
    kf_error_clear();
    return kf_buf_set(ret_csr, text, len);
}

/* What says how a key and a new request are to be made has no place beside a finished one. */
static kf_err take_csr(struct work *work, enroll_input *enroll) {
    static const char *const others[] = {"subject", "key",       "token",     "medium",
                                         "from",    "container", "exportable"};
    if (!work_text(work, "csr"))
        return KF_OK;
    for (size_t i = 0; i < KF_COUNT(others); i++) {
        const json_t *other = json_object_get(work->args, others[i]);
        bool empty = !other || json_is_null(other) || json_is_false(other) ||
                     (json_is_object(other) && json_object_size(other) == 0) ||
                     (json_is_string(other) && json_string_length(other) == 0);
        if (!empty)
            return kf_fail(KF_E_USAGE, "\"csr\" and \"%s\" do not go together", others[i]);
    }
    KF_TRY(enroll_read_csr(work, &enroll->csr));
    enroll->order.csr = enroll->csr.data;
    enroll->order.csr_len = enroll->csr.len;
    return KF_OK;
}

/* --- names --- */

/* With `from` and nothing else the names are those of the old request. */
static kf_err take_names(struct work *work, enroll_input *enroll) {
    KF_AUTO_PTR(json_t) document = NULL;
    KF_AUTO_PTR(json_t) form = NULL;
    struct kf_csr_spec *spec = &enroll->order.spec;
    const json_t *given = work_object(work, "subject");
    if (enroll->order.csr || (enroll->order.from && json_object_size(given) == 0))
        return KF_OK;
    KF_TRY(kf_profile_json(enroll->profile, &document));
    KF_TRY(enroll_subject_form(document, enroll->connector, &form));
    KF_TRY(enroll_names_read(work, form, given, &enroll->names));
    spec->subject = kf_buf_str(&enroll->names.subject);
    spec->sans = enroll->names.sans;
    spec->san_count = enroll->names.count;
    return KF_OK;
}

/* --- all of it --- */

/* The template is a field of the CA's form like the others. */
static kf_err take_fields(struct work *work, enroll_input *enroll) {
    const json_t *given = work_object(work, "fields");
    const char *template = work_text(work, "template");
    KF_AUTO_PTR(json_t) fields = given ? json_deep_copy(given) : json_object();
    if (template && !json_object_get(fields, "template"))
        json_object_set_new(fields, "template", json_string(template));
    if (json_object_size(fields) == 0)
        return KF_OK;
    KF_TRY(document_fields(fields, &enroll->fields));
    enroll->order.fields = enroll->fields;
    return KF_OK;
}

static kf_err take_words(struct work *work, enroll_input *enroll) {
    struct kf_enroll_order *order = &enroll->order;
    const char *key = work_text(work, "key");
    *order = (struct kf_enroll_order){.profile = work_text(work, "profile"),
                                      .token = work_text(work, "token"),
                                      .container = work_text(work, "container"),
                                      .exportable = work_flag(work, "exportable"),
                                      .from = work_text(work, "from")};
    KF_TRY(work_need(work, "connection", &order->connection));
    if (!order->profile)
        order->profile = PROFILE_DEFAULT;
    if (key)
        KF_TRY(kf_key_type_parse(key, &order->key));
    KF_TRY(work_number(work, "wait", 0, &order->wait));
    if (order->wait < 0 || order->wait > WAIT_MAX)
        return kf_fail(KF_E_USAGE, "\"wait\" is 0 to %d seconds", WAIT_MAX);
    return KF_OK;
}

kf_err enroll_read(struct work *work, enroll_input *ret_enroll) {
    enroll_input *enroll = ret_enroll;
    KF_TRY(take_words(work, enroll));
    KF_TRY(enroll_connector(work, enroll->order.connection, &enroll->connector));
    KF_TRY(kf_profile_load(work->context, enroll->order.profile, &enroll->profile));
    KF_TRY(take_csr(work, enroll));
    KF_TRY(take_names(work, enroll));
    KF_TRY(take_fields(work, enroll));
    return enroll_medium(work, enroll);
}

/* --- what the CA's form finds wrong --- */

/* As the order itself takes them: what the old request had and this form still asks for. */
static kf_err all_values(struct work *work, const enroll_input *enroll, const json_t *form,
                         json_t **ret_values) {
    KF_AUTO_PTR(json_t) values = json_object();
    KF_AUTO_PTR(json_t) given = NULL;
    KF_AUTO_PTR(json_t) old = NULL;
    const char *name;
    json_t *value;
    if (enroll->order.from)
        KF_TRY(kf_request_json(work->context, enroll->order.from, &old));
    json_object_foreach(json_object_get(old, "fields"), name, value) {
        const json_t *field = form_field(form, name);
        if (field && !json_is_true(json_object_get(field, "read_only")))
            json_object_set(values, name, value);
    }
    given = enroll->fields ? json_loads(enroll->fields, 0, NULL) : NULL;
    json_object_update(values, given);
    *ret_values = KF_MOVE(values);
    return KF_OK;
}

static kf_err look_at_form(struct work *work, const enroll_input *enroll) {
    KF_AUTO_PTR(json_t) form = NULL;
    KF_AUTO_PTR(json_t) values = NULL;
    KF_AUTO_PTR(json_t) given = enroll->fields ? json_loads(enroll->fields, 0, NULL) : NULL;
    const char *template = document_text(given, "template");
    KF_TRY(kf_connection_form(work->context, enroll->order.connection, KF_FORM_ORDER,
                              *template ? template : NULL, &form));
    KF_TRY(all_values(work, enroll, form, &values));
    return work_check_form(work, form, values, NULL);
}

/* A CA that wants a common name says so by itself. */
static void blame_names(struct work *work, const enroll_input *enroll, const char *sentence) {
    bool about = strstr(sentence, "common name") || strstr(sentence, "alternative name");
    if (about && !enroll->connector->form_has_subject)
        work_problem(work, "CN", "Common name", sentence);
}

kf_err enroll_blame(struct work *work, const enroll_input *enroll, kf_err code) {
    struct kf_error_saved saved;
    if (code != KF_E_USAGE || work->problems)
        return code;
    kf_error_save(&saved);
    if (enroll->connector->form)
        (void)look_at_form(work, enroll);
    if (!work->problems && !enroll->order.csr)
        blame_names(work, enroll, saved.sentence);
    kf_error_restore(&saved);
    return code;
}
