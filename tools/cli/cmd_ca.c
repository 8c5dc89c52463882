// SPDX-License-Identifier: Apache-2.0
// keyfob ca: the lab CA on this computer.
#include <string.h>

#include "output.h"

KF_DEFINE_AUTO_PTR(kf_signer)

/* To the CA a certificate that it has issued is done, and what waits, waits for this person. */
static kf_err format_issued(const struct run *run, const json_t *row, const json_t *value,
                            kf_buf *out) {
    const char *word = json_string_value(value);
    if (word && run->term.out && strcmp(word, "issued") == 0)
        return kf_buf_printf(out, "%s issued", term_mark(&run->term, MARK_DONE));
    if (word && run->term.out && strcmp(word, "waiting") == 0)
        return kf_buf_printf(out, "%s to decide", term_mark(&run->term, MARK_WAIT));
    return format_state(run, row, value, out);
}

static const struct column columns[] = {{"NUMBER", "id", NULL},
                                        {"STATE", "state", format_issued},
                                        {"SUBJECT", "subject_text", NULL},
                                        {"PROFILE", "profile", NULL},
                                        {"SERIAL", "serial", NULL},
                                        {"REASON", "reason|revoked_reason", NULL},
                                        {"MADE", "created_at", format_when}};

/* It was made before, and works: nothing has to be removed. */
static void hint_existing(struct run *run, const char *name) {
    KF_AUTO_PTR(json_t) connection = NULL;
    struct kf_error_saved saved;
    kf_error_save(&saved);
    bool there = kf_connection_json(run->context, name, &connection) == KF_OK;
    kf_error_restore(&saved);
    if (there)
        kf_error_hint("Use what is there (`keyfob connection show %s`), or choose another name.",
                      name);
}

kf_err cmd_ca_init(struct run *run) {
    KF_AUTO_PTR(kf_signer) signer = NULL;
    KF_AUTO_PTR(kf_cert) root = NULL;
    KF_AUTO_PTR(json_t) document = NULL;
    struct kf_labca_order order = {.name = run_argument(run, 0),
                                   .subject = run_option(run, OPT_SUBJECT),
                                   .key_uri = run_option(run, OPT_KEY_URI),
                                   .approval = run_has(run, OPT_APPROVAL),
                                   .profiles = run_option(run, OPT_PROFILES)};
    if (run_has(run, OPT_DAYS))
        KF_TRY(kf_parse_number(run_option(run, OPT_DAYS), "--days", 1, 36500, &order.days));
    KF_TRY(kf_signer_new(run->context, &signer));
    kf_err code = kf_labca_init(run->context, kf_signer_door(signer), &order, &root);
    if (code == KF_E_EXISTS)
        hint_existing(run, order.name);
    KF_TRY(code);
    KF_TRY(run_trust_root(run, root));
    KF_TRY(kf_cert_json(root, &document));
    json_object_set_new(document, "connection", json_string(order.name));
    KF_TRY(out_done(run, NULL, "The lab CA \"%s\" is ready", order.name));
    KF_TRY(run_show_cert(run, document));
    note(run, "  Enroll:  keyfob enroll --connection %s --subject CN=NAME", order.name);
    return KF_OK;
}

kf_err cmd_ca_list(struct run *run) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_TRY(kf_labca_list(run->context, run_argument(run, 0), &list));
    return out_list(run, list, columns, KF_COUNT(columns), "request");
}

/* The request after it was changed, as the document of the command. */
static json_t *request_after(struct run *run, int64_t id) {
    KF_AUTO_PTR(json_t) list = NULL;
    size_t i;
    json_t *item;
    if (kf_labca_list(run->context, run_option(run, OPT_CA), &list) != KF_OK)
        return NULL;
    json_array_foreach(list, i, item) {
        if (json_integer_value(json_object_get(item, "id")) == id)
            return json_incref(item);
    }
    return NULL;
}

static kf_err read_number(struct run *run, int64_t *ret_id) {
    return kf_parse_number(run_argument(run, 0), "the request's number", 1, INT64_MAX, ret_id);
}

kf_err cmd_ca_approve(struct run *run) {
    KF_AUTO_PTR(kf_signer) signer = NULL;
    int64_t id = 0;
    KF_TRY(read_number(run, &id));
    KF_TRY(kf_signer_new(run->context, &signer));
    KF_TRY(kf_labca_approve(run->context, kf_signer_door(signer), run_option(run, OPT_CA), id));
    return out_done(run, request_after(run, id), "Issued: request %s", run_argument(run, 0));
}

kf_err cmd_ca_reject(struct run *run) {
    int64_t id = 0;
    KF_TRY(read_number(run, &id));
    KF_TRY(kf_labca_reject(run->context, run_option(run, OPT_CA), id, run_option(run, OPT_REASON)));
    return out_done(run, request_after(run, id), "Rejected: request %s", run_argument(run, 0));
}

kf_err cmd_ca_revoke(struct run *run) {
    KF_AUTO_PTR(kf_signer) signer = NULL;
    const char *serial = run_argument(run, 0);
    KF_TRY(kf_signer_new(run->context, &signer));
    KF_TRY(kf_labca_revoke(run->context, kf_signer_door(signer), run_option(run, OPT_CA), serial,
                           run_option(run, OPT_REASON)));
    return out_done(run,
                    json_pack("{s:s, s:s, s:s}", "schema", "keyfob.revocation/1", "serial", serial,
                              "state", "revoked"),
                    "Revoked: %s", serial);
}

kf_err cmd_ca_crl(struct run *run) {
    KF_AUTO_PTR(kf_signer) signer = NULL;
    KF_AUTO_FREE uint8_t *der = NULL;
    KF_AUTO(kf_buf) pem = {0};
    const char *format = run_has(run, OPT_FORMAT) ? run_option(run, OPT_FORMAT) : "pem";
    size_t len = 0;
    if (strcmp(format, "pem") != 0 && strcmp(format, "der") != 0)
        return kf_fail(KF_E_USAGE, "--format takes pem or der here, not \"%s\"", format);
    KF_TRY(kf_signer_new(run->context, &signer));
    KF_TRY(kf_labca_crl(run->context, kf_signer_door(signer), run_argument(run, 0), &der, &len));
    if (strcmp(format, "der") == 0)
        return out_file(run, der, len, true);
    KF_TRY(kf_pem(&pem, "X509 CRL", der, len));
    return out_file(run, pem.data, pem.len, false);
}
