// SPDX-License-Identifier: Apache-2.0
// The order of an enrollment from the options.
#include "enroll_order.h"

#include "fields.h"

void enroll_input_clear(enroll_input *enroll) {
    kf_buf_clear(&enroll->subject);
    kf_buf_clear(&enroll->csr);
    free(enroll->fields);
    enroll->fields = NULL;
    json_decref(enroll->given);
    enroll->given = NULL;
    json_decref(enroll->form);
    enroll->form = NULL;
    json_decref(enroll->plan);
    enroll->plan = NULL;
}

/* --template is the form's field of that name. */
static kf_err add_template(struct run *run, json_t *fields) {
    const char *name = run_option(run, OPT_TEMPLATE);
    if (!name)
        return KF_OK;
    return json_object_set_new(fields, "template", json_string(name)) == 0
               ? KF_OK
               : kf_fail(KF_E_INPUT, "the template's name is not UTF-8");
}

/* With --from the fields that are set now take the place of the old ones, the others stay. */
static kf_err add_old(struct run *run, json_t *fields) {
    KF_AUTO_PTR(json_t) document = NULL;
    const char *from = run_option(run, OPT_FROM);
    if (!from)
        return KF_OK;
    KF_TRY(kf_request_json(run->context, from, &document));
    json_t *old = json_object_get(document, "fields");
    return json_object_update_missing(fields, old) == 0 || !old
               ? KF_OK
               : kf_fail(KF_E_MEMORY, "out of memory for the CA's form");
}

static kf_err read_fields(struct run *run, enroll_input *enroll) {
    KF_TRY(fields_given(run, &enroll->given));
    KF_TRY(add_template(run, enroll->given));
    if (json_object_size(enroll->given) == 0)
        return KF_OK;
    KF_TRY(add_old(run, enroll->given));
    return enroll_set_fields(enroll, enroll->given);
}

kf_err enroll_set_fields(enroll_input *enroll, const json_t *fields) {
    free(enroll->fields);
    enroll->fields = NULL;
    KF_TRY(fields_text(fields, &enroll->fields));
    enroll->order.fields = enroll->fields;
    return KF_OK;
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
    KF_TRY(read_fields(run, enroll));
    KF_TRY(read_csr_file(run, enroll));
    order->spec = enroll->names.spec;
    order->csr = enroll->csr.data;
    order->csr_len = enroll->csr.len;
    return KF_OK;
}
