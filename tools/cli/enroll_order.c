// SPDX-License-Identifier: Apache-2.0
// The order of an enrollment from the options.
#include "enroll_order.h"

#include <string.h>

void enroll_input_clear(enroll_input *enroll) {
    kf_buf_clear(&enroll->subject);
    kf_buf_clear(&enroll->csr);
    free(enroll->fields);
    enroll->fields = NULL;
}

static kf_err set_field(json_t *fields, const char *text) {
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return kf_fail(KF_E_USAGE, "--set wants FIELD=VALUE, not \"%s\"", text);
    KF_AUTO_FREE char *name = strndup(text, (size_t)(equals - text));
    json_t *value = json_string(equals + 1);
    if (!name || !value)
        return kf_fail(KF_E_INPUT, "--set wants UTF-8 text");
    if (json_object_set_new(fields, name, value) != 0)
        return kf_fail(KF_E_INPUT, "the field name in \"%s\" is not UTF-8", text);
    return KF_OK;
}

/* With --from the fields that are set now take the place of the old ones, the others stay. */
static kf_err old_fields(struct run *run, json_t **ret_fields) {
    KF_AUTO_PTR(json_t) document = NULL;
    const char *from = run_option(run, OPT_FROM);
    if (from)
        KF_TRY(kf_request_json(run->context, from, &document));
    json_t *fields = json_object_get(document, "fields");
    *ret_fields = json_is_object(fields) ? json_deep_copy(fields) : json_object();
    return *ret_fields ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory for the CA's form");
}

static kf_err read_fields(struct run *run, char **ret_fields) {
    KF_AUTO_PTR(json_t) fields = NULL;
    if (!run_has(run, OPT_SET))
        return KF_OK;
    KF_TRY(old_fields(run, &fields));
    for (size_t i = 0; i < run->line->given_count; i++)
        if (run->line->given[i].option == OPT_SET)
            KF_TRY(set_field(fields, run->line->given[i].value));
    *ret_fields = json_dumps(fields, JSON_COMPACT);
    return *ret_fields ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory for the CA's form");
}

/* What says how a key and a new request are to be made has no place beside a finished request. */
static kf_err refuse_beside_csr(struct run *run) {
    static const struct {
        enum option_id option;
        const char *name;
    } others[] = {{OPT_KEY, "key"}, {OPT_CONTAINER, "container"}, {OPT_SUBJECT, "subject"},
                  {OPT_SAN, "san"}, {OPT_EMAIL, "email"},         {OPT_DNS, "dns"},
                  {OPT_UPN, "upn"}, {OPT_FROM, "from"},           {OPT_HASH, "hash"},
                  {OPT_PSS, "pss"}};
    for (size_t i = 0; i < KF_COUNT(others); i++)
        if (run_has(run, others[i].option))
            return kf_fail(KF_E_USAGE, "--csr and --%s do not go together", others[i].name);
    return KF_OK;
}

static kf_err read_csr_file(struct run *run, enroll_input *enroll) {
    const char *path = run_option(run, OPT_CSR);
    if (!path)
        return KF_OK;
    KF_TRY(refuse_beside_csr(run));
    return run_read_file(path, KF_CSR_FILE_MAX, &enroll->csr);
}

kf_err enroll_read(struct run *run, enroll_input *ret_enroll) {
    enroll_input *enroll = ret_enroll;
    struct kf_enroll_order *order = &enroll->order;
    *order = (struct kf_enroll_order){.connection = run_option(run, OPT_CONNECTION),
                                      .token = run_option(run, OPT_TOKEN),
                                      .profile = run_option(run, OPT_PROFILE),
                                      .container = run_option(run, OPT_CONTAINER),
                                      .exportable = run_has(run, OPT_EXPORTABLE),
                                      .from = run_option(run, OPT_FROM)};
    if (run_has(run, OPT_KEY))
        KF_TRY(kf_key_type_parse(run_option(run, OPT_KEY), &order->key));
    KF_TRY(run_id_style(run, &order->id_style));
    KF_TRY(run_duration(run, OPT_WAIT, 0, &order->wait));
    KF_TRY(names_read(run, &enroll->names));
    KF_TRY(read_fields(run, &enroll->fields));
    KF_TRY(read_csr_file(run, enroll));
    order->spec = enroll->names.spec;
    order->fields = enroll->fields;
    order->csr = enroll->csr.data;
    order->csr_len = enroll->csr.len;
    return KF_OK;
}
