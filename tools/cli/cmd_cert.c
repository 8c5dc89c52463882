// SPDX-License-Identifier: Apache-2.0
// keyfob cert: the user's certificates, and certificates in files.
#include <string.h>

#include "output.h"

#define RENEWAL_SECONDS ((int64_t)28 * 24 * 3600)

static const struct column list_columns[] = {
    {"ID", "id", NULL},
    {"STATUS", "status", format_state},
    {"SUBJECT", "subject_text", NULL},
    {"ISSUER", "issuer_text", NULL},
    {"VALID UNTIL", "not_after", format_date},
    {"SERIAL", "serial", NULL},
};

static const struct column card_columns[] = {
    {"Certificate", "id", NULL},
    {"Status", "status", format_state},
    {"Subject", "subject_text", NULL},
    {"Issuer", "issuer_text", NULL},
    {"Serial", "serial", NULL},
    {"Valid from", "not_before", format_date},
    {"Valid until", "not_after", format_date},
    {"Names", "alternative_names", format_names},
    {"Key", "key", format_key},
    {"Key usage", "key_usage", format_list},
    {"Extended usage", "extended_key_usage", format_list},
    {"CA", "is_ca", format_bool},
    {"SHA-256", "fingerprint_sha256", format_fingerprint},
    {"Key at", "key_uri", NULL},
};

kf_err cmd_cert_list(struct run *run) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_TRY(kf_store_list_json(run->context, KF_STORE_PERSONAL, &list));
    return out_list(run, list, list_columns, KF_COUNT(list_columns), "certificate");
}

static kf_err no_cert(const char *name) {
    return kf_fail(KF_E_NOT_FOUND, "there is neither a certificate nor a file \"%s\"", name);
}

/* What is in the store counts first; then a file of that name. */
kf_err run_find_cert(struct run *run, const char *name, kf_cert **ret_cert) {
    KF_AUTO_FREE char *uri = NULL;
    kf_err code = kf_store_get(run->context, name, ret_cert, &uri);
    if (code != KF_E_NOT_FOUND)
        return code;
    if (!kf_file_exists(name))
        return no_cert(name);
    return run_read_cert(name, ret_cert);
}

static kf_err cert_document(struct run *run, const char *name, json_t **ret_json) {
    kf_err code = kf_store_json(run->context, name, ret_json);
    if (code != KF_E_NOT_FOUND)
        return code;
    if (!kf_file_exists(name))
        return no_cert(name);
    KF_AUTO_PTR(kf_cert) cert = NULL;
    KF_TRY(run_read_cert(name, &cert));
    return kf_cert_json(cert, ret_json);
}

kf_err run_show_cert(struct run *run, const json_t *document) {
    return out_card(run, document, card_columns, KF_COUNT(card_columns));
}

kf_err cmd_cert_show(struct run *run) {
    KF_AUTO_PTR(json_t) document = NULL;
    KF_TRY(cert_document(run, run_argument(run, 0), &document));
    return run_show_cert(run, document);
}

kf_err cmd_cert_import(struct run *run) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    KF_AUTO_PTR(json_t) document = NULL;
    char id[24];
    KF_TRY(run_read_cert(run_argument(run, 0), &cert));
    if (kf_cert_is_ca(cert)) {
        kf_fail(KF_E_INPUT, "\"%s\" is the certificate of a CA", run_argument(run, 0));
        kf_error_hint("Keep it with `keyfob store add %s`.", run_argument(run, 0));
        return KF_E_INPUT;
    }
    KF_TRY(kf_store_put(run->context, KF_STORE_PERSONAL, cert, run_option(run, OPT_KEY_URI), NULL,
                        id));
    KF_TRY(kf_store_json(run->context, id, &document));
    return run_show_cert(run, document);
}

static kf_err parse_format(const struct run *run, enum kf_cert_format *ret_format) {
    static const struct {
        const char *name;
        enum kf_cert_format format;
    } formats[] = {{"pem", KF_CERT_PEM},
                   {"der", KF_CERT_DER},
                   {"p7b", KF_CERT_PKCS7},
                   {"p7b-pem", KF_CERT_PKCS7_PEM}};
    const char *name = run_has(run, OPT_FORMAT) ? run_option(run, OPT_FORMAT) : "pem";
    for (size_t i = 0; i < KF_COUNT(formats); i++)
        if (strcmp(formats[i].name, name) == 0) {
            *ret_format = formats[i].format;
            return KF_OK;
        }
    return kf_fail(KF_E_USAGE, "--format takes pem, der, p7b or p7b-pem here, not \"%s\"", name);
}

kf_err cmd_cert_export(struct run *run) {
    KF_AUTO_FREE uint8_t *data = NULL;
    enum kf_cert_format format = KF_CERT_PEM;
    size_t len = 0;
    KF_TRY(parse_format(run, &format));
    if (format == KF_CERT_DER && run_has(run, OPT_CHAIN))
        return kf_fail(KF_E_USAGE, "DER holds one certificate; a chain goes into pem or p7b");
    KF_TRY(kf_store_export(run->context, run_argument(run, 0), format, run_has(run, OPT_CHAIN),
                           &data, &len));
    return out_file(run, data, len, format == KF_CERT_DER || format == KF_CERT_PKCS7);
}

static const struct column chain_columns[] = {
    {"SUBJECT", "subject_text", NULL},
    {"VALID UNTIL", "not_after", format_date},
    {"SHA-256", "fingerprint_sha256", NULL},
};

kf_err cmd_cert_verify(struct run *run) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    KF_AUTO_PTR(json_t) report = NULL;
    KF_TRY(run_find_cert(run, run_argument(run, 0), &cert));
    kf_err code = kf_store_verify(run->context, cert, &report);
    if (report && run_has(run, OPT_JSON))
        KF_TRY(out_json(run, report));
    else if (report)
        KF_TRY(out_list(run, json_at(report, "chain"), chain_columns, KF_COUNT(chain_columns),
                        "certificate"));
    return code;
}

kf_err cmd_cert_needs_renewal(struct run *run) {
    KF_AUTO_PTR(json_t) list = NULL;
    int64_t seconds = RENEWAL_SECONDS;
    if (run_has(run, OPT_WITHIN))
        KF_TRY(kf_parse_duration(run_option(run, OPT_WITHIN), "the duration", &seconds));
    KF_TRY(kf_store_needs_renewal(run->context, seconds, &list));
    return out_list(run, list, list_columns, KF_COUNT(list_columns), "certificate");
}
