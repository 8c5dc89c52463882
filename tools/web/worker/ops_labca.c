// SPDX-License-Identifier: Apache-2.0
// Operations: the lab CA, on this computer.
#include <keyfob/signer.h>
#include <string.h>

#include "web/worker/document.h"

KF_DEFINE_AUTO_PTR(kf_signer)

#define DEFAULT_NAME "test-ca"

/* --- list --- */

static const char *ca_of(const json_t *connection) {
    const char *name = document_text(json_object_get(connection, "settings"), "ca");
    return *name ? name : document_text(connection, "name");
}

static bool is_listed(const json_t *items, const char *name) {
    size_t i;
    json_t *item;
    json_array_foreach(items, i, item) {
        if (strcmp(document_text(item, "name"), name) == 0)
            return true;
    }
    return false;
}

/* A CA whose folder is gone does not hide the others. */
static kf_err add_ca(struct work *work, const char *name, json_t *items) {
    json_t *requests = NULL;
    kf_err code = kf_labca_list(work->context, name, &requests);
    if (code == KF_E_MEMORY)
        return code;
    json_t *item =
        json_pack("{s:s, s:o, s:s?}", "name", name, "requests", requests ? requests : json_array(),
                  "problem", code == KF_OK ? NULL : kf_error_sentence(code));
    kf_error_clear();
    json_array_append_new(items, item);
    return KF_OK;
}

static kf_err labca_list(struct work *work, json_t **ret_result) {
    KF_AUTO_PTR(json_t) connections = NULL;
    KF_AUTO_PTR(json_t) items = json_array();
    size_t i;
    json_t *connection;
    KF_TRY(kf_connections_json(work->context, &connections));
    json_array_foreach(connections, i, connection) {
        const char *name = ca_of(connection);
        if (strcmp(document_text(connection, "connector"), "local") != 0 || is_listed(items, name))
            continue;
        KF_TRY(add_ca(work, name, items));
    }
    return work_items("keyfob.labcas/1", KF_MOVE(items), ret_result);
}

/* --- init --- */

/* It was made before, and works: nothing has to be removed. */
static kf_err already_there(struct work *work, const char *name) {
    KF_AUTO_PTR(json_t) connection = NULL;
    struct kf_error_saved saved;
    kf_error_save(&saved);
    bool there = kf_connection_json(work->context, name, &connection) == KF_OK;
    kf_error_restore(&saved);
    if (there)
        kf_error_hint("Use the connection \"%s\", which is there, or choose another name.", name);
    return KF_E_EXISTS;
}

static kf_err make_ca(struct work *work, const struct kf_labca_order *order) {
    KF_AUTO_PTR(kf_signer) signer = NULL;
    KF_AUTO_PTR(kf_cert) root = NULL;
    KF_TRY(kf_signer_new(work->context, &signer));
    kf_err code = kf_labca_init(work->context, kf_signer_door(signer), order, &root);
    if (code == KF_E_EXISTS)
        return already_there(work, order->name);
    KF_TRY(code);
    code = kf_store_accept_root(work->context, root, kf_cert_fingerprint(root));
    return code == KF_E_EXISTS ? KF_OK : code;
}

static kf_err labca_init(struct work *work, json_t **ret_result) {
    const char *name = work_text(work, "name");
    struct kf_labca_order order = {.name = name ? name : DEFAULT_NAME,
                                   .subject = work_text(work, "subject"),
                                   .approval = work_flag(work, "approval")};
    kf_step(work->context, "keygen", KF_STEP_BEGIN, 0, "making the key of the test CA");
    KF_TRY(make_ca(work, &order));
    kf_step(work->context, "store", KF_STEP_DONE, 0, "the test CA \"%s\" is ready", order.name);
    json_t *data = json_pack("{s:s}", "name", order.name);
    if (data)
        work_event(work, "connection.changed", data);
    work_event(work, "certificate.changed", json_object());
    return kf_connection_json(work->context, order.name, ret_result);
}

/* --- deciding --- */

static kf_err read_decision(struct work *work, const char **ret_name, int64_t *ret_id) {
    int64_t id = 0;
    KF_TRY(work_need(work, "name", ret_name));
    KF_TRY(work_number(work, "id", 0, &id));
    if (id < 1)
        return kf_fail(KF_E_USAGE, "which request is meant? \"id\" is its number");
    *ret_id = id;
    return KF_OK;
}

static kf_err after_decision(struct work *work, const char *name, int64_t id, json_t **ret_result) {
    KF_AUTO_PTR(json_t) list = NULL;
    size_t i;
    json_t *item;
    KF_TRY(kf_labca_list(work->context, name, &list));
    json_array_foreach(list, i, item) {
        if (json_integer_value(json_object_get(item, "id")) == id)
            return work_result(json_incref(item), ret_result);
    }
    return work_nothing(ret_result);
}

static kf_err labca_approve(struct work *work, json_t **ret_result) {
    KF_AUTO_PTR(kf_signer) signer = NULL;
    const char *name = NULL;
    int64_t id = 0;
    KF_TRY(read_decision(work, &name, &id));
    KF_TRY(kf_signer_new(work->context, &signer));
    KF_TRY(kf_labca_approve(work->context, kf_signer_door(signer), name, id));
    return after_decision(work, name, id, ret_result);
}

static kf_err labca_reject(struct work *work, json_t **ret_result) {
    const char *name = NULL;
    int64_t id = 0;
    KF_TRY(read_decision(work, &name, &id));
    KF_TRY(kf_labca_reject(work->context, name, id, work_text(work, "reason")));
    return after_decision(work, name, id, ret_result);
}

const struct op labca_ops[] = {
    {"labca.list", labca_list},
    {"labca.init", labca_init},
    {"labca.approve", labca_approve},
    {"labca.reject", labca_reject},
    {0},
};
