// SPDX-License-Identifier: Apache-2.0
// Operations: certificates of the store, and those in files.
#include <string.h>

#include "web/worker/certificates.h"
#include "web/worker/requests.h"

/* --- looking --- */

static const char *const store_words[] = {
    [KF_STORE_PERSONAL] = "personal",
    [KF_STORE_ROOT] = "root",
    [KF_STORE_INTERMEDIATE] = "intermediate",
    [KF_STORE_OTHER] = "other",
};

kf_err certificate_store(const struct work *work, enum kf_store_kind fallback,
                         enum kf_store_kind *ret_kind) {
    const char *word = work_text(work, "store");
    *ret_kind = fallback;
    for (size_t i = 0; i < KF_COUNT(store_words) && word; i++)
        if (strcmp(store_words[i], word) == 0) {
            *ret_kind = (enum kf_store_kind)i;
            return KF_OK;
        }
    return word ? kf_fail(KF_E_USAGE,
                          "there is no store \"%s\"; there are personal, root, intermediate, other",
                          word)
                : KF_OK;
}

static kf_err certificate_list(struct work *work, json_t **ret_result) {
    enum kf_store_kind kind = KF_STORE_PERSONAL;
    json_t *list = NULL;
    KF_TRY(certificate_store(work, kind, &kind));
    KF_TRY(kf_store_list_json(work->context, kind, &list));
    return work_items("keyfob.certificates/1", list, ret_result);
}

static kf_err certificate_show(struct work *work, json_t **ret_result) {
    const char *name = NULL;
    KF_TRY(work_need(work, "certificate", &name));
    return kf_store_json(work->context, name, ret_result);
}

/* That a chain leads nowhere is what was asked for, and no error. */
static kf_err certificate_chain(struct work *work, json_t **ret_result) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    const char *name = NULL;
    KF_TRY(work_need(work, "certificate", &name));
    KF_TRY(kf_store_get(work->context, name, &cert, NULL));
    kf_err code = kf_store_verify(work->context, cert, ret_result);
    if (code != KF_E_UNTRUSTED || !*ret_result)
        return code;
    kf_error_clear();
    return KF_OK;
}

static const struct cert_file {
    const char *word, *ending, *type;
    enum kf_cert_format format;
} cert_files[] = {
    {"pem", "pem", "application/x-pem-file", KF_CERT_PEM},
    {"der", "cer", "application/pkix-cert", KF_CERT_DER},
    {"p7b", "p7b", "application/x-pkcs7-certificates", KF_CERT_PKCS7},
    {"p7b_pem", "p7b", "application/x-pem-file", KF_CERT_PKCS7_PEM},
};

static kf_err find_format(const struct work *work, const struct cert_file **ret_file) {
    const char *word = work_text(work, "format");
    for (size_t i = 0; i < KF_COUNT(cert_files); i++)
        if (strcmp(cert_files[i].word, word ? word : "pem") == 0) {
            *ret_file = &cert_files[i];
            return KF_OK;
        }
    return kf_fail(KF_E_USAGE, "the format is \"pem\", \"der\", \"p7b\" or \"p7b_pem\", not \"%s\"",
                   word);
}

static kf_err certificate_export(struct work *work, json_t **ret_result) {
    const struct cert_file *file = NULL;
    const char *name = NULL;
    KF_AUTO_FREE uint8_t *data = NULL;
    KF_AUTO_PTR(json_t) document = NULL;
    char filename[64];
    size_t len = 0;
    bool chain = work_flag(work, "chain");
    KF_TRY(work_need(work, "certificate", &name));
    KF_TRY(find_format(work, &file));
    if (chain && file->format == KF_CERT_DER)
        return kf_fail(KF_E_USAGE, "DER holds one certificate; a chain goes into pem or p7b");
    KF_TRY(kf_store_json(work->context, name, &document));
    KF_TRY(kf_store_export(work->context, name, file->format, chain, &data, &len));
    snprintf(filename, sizeof filename, "%s.%s", document_text(document, "id"), file->ending);
    return work_file(filename, file->type, data, len, ret_result);
}

/* --- renewing --- */

static kf_err read_renewal(struct work *work, struct kf_renew_order *order, char **ret_fields) {
    const char *key = work_text(work, "key");
    *order = (struct kf_renew_order){.same_key = work_flag(work, "same_key"),
                                     .reissue = work_flag(work, "reissue"),
                                     .connection = work_text(work, "connection"),
                                     .token = work_text(work, "token"),
                                     .container = work_text(work, "container")};
    KF_TRY(work_need(work, "certificate", &order->certificate));
    if (order->same_key && order->reissue)
        return kf_fail(KF_E_USAGE, "\"reissue\" makes a new key, \"same_key\" keeps the old one: "
                                   "give one of them");
    if (key)
        KF_TRY(kf_key_type_parse(key, &order->key));
    if (json_object_size(work_object(work, "fields")) == 0)
        return KF_OK;
    KF_TRY(document_fields(work_object(work, "fields"), ret_fields));
    order->fields = *ret_fields;
    return KF_OK;
}

/* Where the CA's form refused a field, it says which. */
static void blame_fields(struct work *work, const struct kf_renew_order *order, kf_err code) {
    KF_AUTO_PTR(json_t) certificate = NULL;
    KF_AUTO_PTR(json_t) request = NULL;
    KF_AUTO_PTR(json_t) form = NULL;
    KF_AUTO_PTR(json_t) values = json_object();
    struct kf_error_saved saved;
    if (code != KF_E_USAGE)
        return;
    kf_error_save(&saved);
    if (kf_store_json(work->context, order->certificate, &certificate) == KF_OK &&
        kf_request_json(work->context, document_text(certificate, "request"), &request) == KF_OK &&
        kf_connection_form(work->context, document_text(request, "connection"), KF_FORM_ORDER, NULL,
                           &form) == KF_OK) {
        json_object_update(values, json_object_get(request, "fields"));
        json_object_update(values, (json_t *)(uintptr_t)work_object(work, "fields"));
        (void)work_check_form(work, form, values, NULL);
    }
    kf_error_restore(&saved);
}

static kf_err certificate_renew(struct work *work, json_t **ret_result) {
    struct kf_renew_order order;
    DOCUMENT_SECRET char *fields = NULL;
    char id[KF_REQUEST_ID_MAX] = "";
    KF_TRY(read_renewal(work, &order, &fields));
    kf_err code = kf_renew(work->context, &order, id);
    if (!*id)
        blame_fields(work, &order, code);
    else
        work_event(work, "certificate.changed", json_object());
    return request_result(work, id, code, ret_result);
}

/* --- revoking --- */

/* Asked for, and somebody at the CA decides: no error for who asked. */
static kf_err certificate_revoke(struct work *work, json_t **ret_result) {
    const char *name = NULL, *text = NULL;
    json_t *revocation = NULL;
    int reason = 0;
    KF_TRY(work_need(work, "certificate", &name));
    KF_TRY(work_need(work, "reason", &text));
    KF_TRY(kf_revocation_reason_parse(text, &reason));
    kf_step(work->context, "revoke", KF_STEP_BEGIN, 0, "asking the CA to revoke %s", name);
    kf_err code = kf_revoke(work->context, name, work_text(work, "connection"), reason,
                            work_text(work, "comment"), &revocation);
    bool asked = (code == KF_E_PENDING || code == KF_E_NEEDS_PERSON) && revocation;
    if (code != KF_OK && !asked) {
        json_decref(revocation);
        return code;
    }
    kf_error_clear();
    work_event(work, "certificate.changed", json_object());
    return work_result(revocation, ret_result);
}

static kf_err certificate_remove(struct work *work, json_t **ret_result) {
    const char *name = NULL;
    KF_TRY(work_need(work, "certificate", &name));
    KF_TRY(kf_store_remove(work->context, name));
    work_event(work, "certificate.changed", json_object());
    return work_nothing(ret_result);
}

const struct op certificate_ops[] = {
    {"certificate.list", certificate_list},
    {"certificate.show", certificate_show},
    {"certificate.chain", certificate_chain},
    {"certificate.export", certificate_export},
    {"certificate.add", certificate_add},
    {"certificate.read", certificate_read},
    {"certificate.match", certificate_match},
    {"certificate.renew", certificate_renew},
    {"certificate.revoke", certificate_revoke},
    {"certificate.remove", certificate_remove},
    {0},
};
