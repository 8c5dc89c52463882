// SPDX-License-Identifier: Apache-2.0
// What a CA says its certificates are, and trusting one whose fingerprint the person compared.
#include "web/worker/connections.h"

static bool holds(const kf_certs *certs, const kf_cert *cert) {
    for (size_t i = 0; i < certs->count; i++)
        if (kf_cert_equal(certs->items[i], cert))
            return true;
    return false;
}

static kf_err list_certs(const kf_certs *certs, const kf_certs *accepted, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_TRY(document_certs(certs, &list));
    for (size_t i = 0; i < certs->count; i++)
        json_object_set_new(json_array_get(list, i), "trusted",
                            json_boolean(holds(accepted, certs->items[i])));
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

kf_err connection_roots(struct work *work, json_t **ret_result) {
    KF_AUTO(kf_certs) offered = {0}, accepted = {0};
    KF_AUTO_PTR(json_t) new = NULL;
    KF_AUTO_PTR(json_t) old = NULL;
    const char *name = NULL;
    KF_TRY(work_need(work, "connection", &name));
    KF_TRY(kf_connection_roots(work->context, name, &offered, &accepted));
    KF_TRY(list_certs(&offered, &accepted, &new));
    KF_TRY(list_certs(&accepted, &accepted, &old));
    return work_result(
        json_pack("{s:s, s:O, s:O}", "schema", "keyfob.roots/1", "offered", new, "accepted", old),
        ret_result);
}

/* From the file that the person has, otherwise from what the CA offers now. */
static kf_err find_source(struct work *work, const char *name, kf_certs *ret_from) {
    KF_AUTO(kf_buf) file = {0};
    KF_AUTO(kf_certs) accepted = {0};
    if (!work_text(work, "file"))
        return kf_connection_roots(work->context, name, ret_from, &accepted);
    KF_TRY(work_bytes(work, "file", KF_CERT_FILE_MAX, &file));
    return kf_certs_read(file.data, file.len, ret_from);
}

/* The anchor of the connection is what the person compared, so the store trusts it as well. */
static kf_err trust(struct work *work, kf_cert *cert) {
    kf_err code = kf_store_accept_root(work->context, cert, kf_cert_fingerprint(cert));
    if (code != KF_E_EXISTS)
        return code;
    kf_error_clear();
    return KF_OK;
}

kf_err connection_accept(struct work *work, json_t **ret_result) {
    KF_AUTO(kf_certs) from = {0};
    KF_AUTO_PTR(kf_cert) cert = NULL;
    const char *name = NULL, *fingerprint = NULL;
    KF_TRY(work_need(work, "connection", &name));
    KF_TRY(work_need(work, "fingerprint", &fingerprint));
    KF_TRY(find_source(work, name, &from));
    KF_TRY(kf_connection_accept(work->context, name, &from, fingerprint, &cert));
    KF_TRY(trust(work, cert));
    connection_changed(work, name);
    work_event(work, "certificate.changed", json_object());
    KF_TRY(kf_cert_json(cert, ret_result));
    json_object_set_new(*ret_result, "trusted", json_true());
    return KF_OK;
}
