// SPDX-License-Identifier: Apache-2.0
// Certificates that a person has in a file: read, kept, trusted, brought to their key.
#include <keyfob/install.h>
#include <string.h>

#include "web/worker/certificates.h"

static kf_err read_file(struct work *work, kf_certs *ret_certs) {
    KF_AUTO(kf_buf) file = {0};
    KF_TRY(work_bytes(work, "file", KF_CERT_FILE_MAX, &file));
    KF_TRY(kf_certs_read(file.data, file.len, ret_certs));
    return ret_certs->count ? KF_OK : kf_fail(KF_E_INPUT, "the file has no certificate");
}

kf_err certificate_read(struct work *work, json_t **ret_result) {
    KF_AUTO(kf_certs) certs = {0};
    json_t *list = NULL;
    KF_TRY(read_file(work, &certs));
    KF_TRY(document_certs(&certs, &list));
    return work_items("keyfob.certificates/1", list, ret_result);
}

/* --- roots --- */

/* The one that the person compared; the file may have others. */
static kf_err trust_root(struct work *work, const kf_certs *certs, json_t *items) {
    const char *fingerprint = work_text(work, "fingerprint");
    kf_err code = KF_E_UNTRUSTED;
    json_t *document = NULL;
    if (!fingerprint) {
        kf_fail(KF_E_NEEDS_PERSON, "a root needs its fingerprint before it is trusted");
        kf_error_key("Nothing was changed.");
        kf_error_hint("Ask the CA for its SHA-256 fingerprint by another way than the file came, "
                      "compare it, and type it.");
        return KF_E_NEEDS_PERSON;
    }
    for (size_t i = 0; i < certs->count && code == KF_E_UNTRUSTED; i++) {
        code = kf_store_accept_root(work->context, certs->items[i], fingerprint);
        if (code == KF_OK || code == KF_E_EXISTS)
            KF_TRY(kf_cert_json(certs->items[i], &document));
    }
    if (code != KF_E_EXISTS)
        KF_TRY(code);
    kf_error_clear();
    json_array_append_new(items, document);
    return KF_OK;
}

/* --- the others --- */

/* A root never comes in beside others: it is for the person to compare. */
static enum kf_store_kind kind_of(const kf_cert *cert, enum kf_store_kind wanted) {
    if (kf_cert_is_ca(cert))
        return kf_cert_is_self_issued(cert) ? KF_STORE_ROOT : KF_STORE_INTERMEDIATE;
    return wanted == KF_STORE_INTERMEDIATE ? KF_STORE_OTHER : wanted;
}

static kf_err refuse_all(enum kf_store_kind kind) {
    if (kind == KF_STORE_INTERMEDIATE)
        return kf_fail(KF_E_INPUT, "the file has no certificate of an intermediate CA");
    kf_fail(KF_E_INPUT, "the file has certificates of CAs only");
    kf_error_hint("Add it to the trusted roots or to the intermediates instead.");
    return KF_E_INPUT;
}

static kf_err put(struct work *work, enum kf_store_kind kind, kf_cert *cert, json_t *items) {
    char id[24];
    json_t *document = NULL;
    KF_TRY(kf_store_put(work->context, kind, cert, NULL, NULL, id));
    KF_TRY(kf_store_json(work->context, id, &document));
    json_array_append_new(items, document);
    return KF_OK;
}

/* What was asked for comes first; intermediates of the file are kept with it. */
static kf_err keep(struct work *work, enum kf_store_kind kind, const kf_certs *certs,
                   json_t *items) {
    size_t wanted = 0;
    for (size_t i = 0; i < certs->count; i++)
        wanted += kind_of(certs->items[i], kind) == kind;
    if (wanted == 0)
        return refuse_all(kind);
    for (size_t i = 0; i < certs->count; i++) {
        enum kf_store_kind own = kind_of(certs->items[i], kind);
        if (own == kind || own == KF_STORE_INTERMEDIATE)
            KF_TRY(put(work, own, certs->items[i], items));
    }
    return KF_OK;
}

kf_err certificate_add(struct work *work, json_t **ret_result) {
    KF_AUTO(kf_certs) certs = {0};
    KF_AUTO_PTR(json_t) items = json_array();
    enum kf_store_kind kind = KF_STORE_OTHER;
    KF_TRY(certificate_store(work, kind, &kind));
    KF_TRY(read_file(work, &certs));
    if (kind == KF_STORE_ROOT)
        KF_TRY(trust_root(work, &certs, items));
    else
        KF_TRY(keep(work, kind, &certs, items));
    work_event(work, "certificate.changed", json_object());
    return work_items("keyfob.certificates/1", KF_MOVE(items), ret_result);
}

/* --- to its key --- */

/* One login: the certificate is written next to its key and read back, then kept with its URI. */
kf_err certificate_match(struct work *work, json_t **ret_result) {
    KF_AUTO(kf_certs) certs = {0};
    char container[2 * KF_ID_MAX + 1];
    kf_tokens *tokens = NULL;
    kf_token *token = NULL;
    json_t *list = NULL;
    KF_TRY(read_file(work, &certs));
    kf_step(work->context, "match", KF_STEP_BEGIN, 0, "looking for the key on the tokens");
    KF_TRY(work_tokens(work, &tokens));
    KF_TRY(kf_certs_find_key(tokens, &certs, &token, container));
    const struct kf_token_info *info = kf_token_info(token);
    kf_step(work->context, "match", KF_STEP_DONE, 0, "the key is on \"%s\"", info->label);
    KF_TRY(kf_container_install(work->context, token, container, &certs, &list));
    kf_step(work->context, "write", KF_STEP_DONE, 0, "written to \"%s\" and read back",
            info->label);
    work_event(work, "certificate.changed", json_object());
    return work_result(json_pack("{s:s, s:o, s:{s:s, s:s, s:s}}", "schema", "keyfob.certificates/1",
                                 "items", list, "token", "label", info->label, "serial",
                                 info->serial, "uri", info->uri),
                       ret_result);
}
