// SPDX-License-Identifier: Apache-2.0
// keyfob csr: making, showing, judging and writing signing requests.
#include <string.h>

#include "fields.h"
#include "login.h"
#include "names.h"
#include "output.h"
#include "source.h"

static kf_err parse_format(const struct run *run, enum kf_csr_format *ret_format) {
    static const struct {
        const char *name;
        enum kf_csr_format format;
    } formats[] = {{"pem", KF_CSR_PEM}, {"new", KF_CSR_PEM_NEW}, {"der", KF_CSR_DER}};
    const char *name = run_has(run, OPT_FORMAT) ? run_option(run, OPT_FORMAT) : "pem";
    for (size_t i = 0; i < KF_COUNT(formats); i++)
        if (strcmp(formats[i].name, name) == 0) {
            *ret_format = formats[i].format;
            return KF_OK;
        }
    return kf_fail(KF_E_USAGE, "--format takes pem, new or der here, not \"%s\"", name);
}

static kf_err write_csr(struct run *run, const kf_csr *csr) {
    KF_AUTO_FREE uint8_t *data = NULL;
    enum kf_csr_format format = KF_CSR_PEM;
    size_t len = 0;
    KF_TRY(parse_format(run, &format));
    KF_TRY(kf_csr_export(csr, format, &data, &len));
    return out_file(run, data, len, format == KF_CSR_DER);
}

static const struct column columns[] = {
    {"Subject", "subject_text", NULL},
    {"Names", "alternative_names", format_names},
    {"Key", "key", format_key},
    {"Signature", "signature_algorithm", NULL},
    {"Key usage", "key_usage", format_list},
    {"Extended usage", "extended_key_usage", format_list},
    {"Template", "template.name|template.oid", NULL},
};

static kf_err show_csr(struct run *run, const kf_csr *csr) {
    KF_AUTO_PTR(json_t) document = NULL;
    KF_TRY(kf_csr_json(csr, &document));
    return out_card(run, document, columns, KF_COUNT(columns));
}

/* Of several tokens the one that is a software container of that name, or shows the key. */
static kf_err create_found(struct run *run, struct kf_csr_order *order, kf_csr **ret_csr) {
    KF_AUTO(container_source) source = {0};
    char uri[1024], key[KF_LABEL_MAX + 1];
    const char *name = NULL;
    KF_TRY(source_find(run, order->container, false, &source));
    KF_TRY(source_key(&source, &name));
    snprintf(uri, sizeof uri, "%s", kf_token_info(source.token)->uri);
    snprintf(key, sizeof key, "%s", name);
    order->token = uri;
    order->container = key;
    container_source_clear(&source);
    kf_tokens_free(run->tokens); /* the library opens the modules for itself */
    run->tokens = NULL;
    return kf_csr_create(run->context, order, ret_csr);
}

static kf_err create(struct run *run, struct kf_csr_order *order, kf_csr **ret_csr) {
    kf_err code = kf_csr_create(run->context, order, ret_csr);
    if (order->token || (code != KF_E_TOKEN_AMBIGUOUS && code != KF_E_NOT_FOUND))
        return code;
    return create_found(run, order, ret_csr);
}

kf_err cmd_csr_create(struct run *run) {
    KF_AUTO_PTR(kf_profile) profile = NULL;
    KF_AUTO_PTR(kf_csr) csr = NULL;
    struct names names = {0};
    enum kf_csr_format format = KF_CSR_PEM;
    KF_TRY(parse_format(run, &format));
    KF_TRY(run_profile(run, &profile));
    KF_TRY(names_read(run, &names));
    names.spec.profile = profile;
    if (!names.spec.subject)
        names.spec.subject = "";
    KF_TRY(kf_csr_spec_check(&names.spec));
    struct kf_csr_order order = {
        .token = run_option(run, OPT_TOKEN), .container = run_argument(run, 0), .spec = names.spec};
    KF_TRY(create(run, &order, &csr));
    if (run_has(run, OPT_JSON) && !run_has(run, OPT_OUT))
        return show_csr(run, csr);
    KF_TRY(write_csr(run, csr));
    return run_has(run, OPT_JSON) ? show_csr(run, csr) : KF_OK;
}

kf_err cmd_csr_show(struct run *run) {
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_TRY(run_read_csr(run, run_argument(run, 0), &csr));
    return show_csr(run, csr);
}

static const struct column lint_columns[] = {
    {"LEVEL", "level", format_state},
    {"WHAT", "text", NULL},
};

static kf_err show_lint(struct run *run, const json_t *report) {
    if (run_has(run, OPT_JSON))
        return out_json(run, report);
    return out_list(run, report, lint_columns, KF_COUNT(lint_columns), "remark");
}

kf_err cmd_csr_lint(struct run *run) {
    KF_AUTO_PTR(kf_profile) profile = NULL;
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_AUTO_PTR(json_t) report = NULL;
    int worst = 0;
    KF_TRY(run_profile(run, &profile));
    KF_TRY(run_read_csr(run, run_argument(run, 0), &csr));
    KF_TRY(kf_csr_lint(csr, profile, &report, &worst));
    KF_TRY(show_lint(run, report));
    if (worst < 3)
        return KF_OK;
    kf_fail(KF_E_POLICY, "a CA is likely to refuse this request");
    kf_error_hint("Correct what is marked as an error, and make the request again.");
    return KF_E_POLICY;
}

/* --- explain --- */

struct explained {
    const char *connection;
    struct kf_ca_plan plan;
    json_t *report;
};

static kf_err explain(struct run *run, void *arg) {
    struct explained *explained = arg;
    return kf_connection_explain(run->context, explained->connection, &explained->plan,
                                 &explained->report);
}

static bool is_refused(const json_t *report) {
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(report, "items"), i, item) {
        if (strcmp(json_text(item, "level"), "error") == 0)
            return true;
    }
    return false;
}

/* Those of a request, unless others are given now. */
static kf_err read_explain_fields(struct run *run, const json_t *keeper, char **ret_text) {
    KF_AUTO_PTR(json_t) fields = NULL;
    KF_TRY(fields_given(run, &fields));
    if (run_has(run, OPT_TEMPLATE))
        json_object_set_new(fields, "template", json_string(run_option(run, OPT_TEMPLATE)));
    json_object_update_missing(fields, json_object_get(keeper, "fields"));
    return fields_text(fields, ret_text);
}

/* The connection that is meant when none is named: that of the request, or the only one. */
static kf_err explain_connection(struct run *run, json_t **ret_keeper, const char **ret_name) {
    KF_AUTO_PTR(json_t) list = NULL;
    *ret_name = run_option(run, OPT_CONNECTION);
    if (*ret_name)
        return KF_OK;
    if (kf_request_json(run->context, run_argument(run, 0), ret_keeper) == KF_OK) {
        *ret_name = json_text(*ret_keeper, "connection");
        return KF_OK;
    }
    kf_error_clear();
    KF_TRY(kf_connections_json(run->context, &list));
    if (json_array_size(list) != 1)
        return kf_fail(KF_E_USAGE, "%zu connections are set up, name one with --connection",
                       json_array_size(list));
    *ret_keeper = json_incref(json_array_get(list, 0));
    *ret_name = json_text(*ret_keeper, "name");
    return KF_OK;
}

kf_err cmd_csr_explain(struct run *run) {
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_AUTO_PTR(json_t) keeper = NULL;
    KF_AUTO_FREE char *fields = NULL;
    struct explained explained = {0};
    const char *profile = run_option(run, OPT_PROFILE);
    KF_TRY(run_read_csr(run, run_argument(run, 0), &csr));
    KF_TRY(explain_connection(run, &keeper, &explained.connection));
    KF_TRY(read_explain_fields(run, keeper, &fields));
    explained.plan = (struct kf_ca_plan){.profile = profile ? profile : "tls-client",
                                         .key = "",
                                         .subject = kf_csr_subject(csr),
                                         .fields = fields};
    explained.plan.csr = kf_csr_der(csr, &explained.plan.csr_len);
    KF_TRY(login_and(run, explained.connection, explain, &explained));
    KF_AUTO_PTR(json_t) report = explained.report;
    KF_TRY(show_lint(run, report));
    if (!is_refused(report))
        return KF_OK;
    kf_fail(KF_E_POLICY, "\"%s\" would refuse this request", explained.connection);
    kf_error_key("Nothing was sent.");
    kf_error_hint("Correct what is marked as an error; fields are given with --set FIELD=VALUE.");
    return KF_E_POLICY;
}

kf_err cmd_csr_export(struct run *run) {
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_TRY(run_read_csr(run, run_argument(run, 0), &csr));
    return write_csr(run, csr);
}
