// SPDX-License-Identifier: Apache-2.0
// Containers made and deleted by hand, outside of an enrollment.
#include "token/containers.h"

#include "token/tokens.h"

/* --- making --- */

kf_err kf_container_create(kf_token *token, const struct kf_container_order *order) {
    KF_AUTO_PTR(kf_session) session = NULL;
    KF_AUTO_PTR(kf_key) key = NULL;
    uint8_t id[KF_FRESH_ID_LEN];
    if (order->label == NULL || order->label[0] == '\0')
        return kf_fail(KF_E_USAGE, "a container needs a label");
    KF_TRY(kf_key_offered(token, order->type));
    KF_TRY(kf_session_open(token, &session));
    KF_TRY(kf_session_login(session, KF_PIN_USER, order->label, "to make the key"));
    KF_TRY(kf_session_has_place(session));
    KF_TRY(kf_session_refuse_taken(session, order->label));
    KF_TRY(kf_fresh_id(id));
    struct kf_key_order made = {
        .label = order->label,
        .type = order->type,
        .use = order->use,
        .always_authenticate = order->always_authenticate,
        .exportable = order->exportable,
        .id = id,
        .id_len = sizeof(id),
    };
    KF_TRY(kf_key_generate(session, &made, &key));
    return kf_key_rename(key, order->id_style);
}

/* --- deleting --- */

static kf_err destroy_class(kf_session *session, const kf_containers *containers, size_t index,
                            CK_OBJECT_CLASS class) {
    for (size_t i = 0; i < containers->object_count; i++)
        if (containers->owners[i] == index && containers->objects[i].class == class)
            KF_TRY(kf_object_destroy(session, containers->objects[i].handle,
                                     "deleting the container"));
    return KF_OK;
}

/* Handles are not used again while the session lives (PKCS#11 2.40, 4.4). */
static kf_err look_gone(kf_session *session, const kf_containers *containers, size_t index) {
    KF_AUTO(kf_handles) left = {0};
    KF_TRY(kf_objects_find(session, NULL, 0, &left));
    for (size_t i = 0; i < containers->object_count; i++)
        for (size_t j = 0; containers->owners[i] == index && j < left.count; j++)
            if (left.items[j] == containers->objects[i].handle)
                return kf_fail(KF_E_TOKEN_ERROR,
                               "token \"%s\" said that it deleted an object, but it is still there",
                               session->token->info.label);
    return KF_OK;
}

kf_err kf_container_delete(kf_token *token, const char *name) {
    KF_AUTO_PTR(kf_session) session = NULL;
    KF_AUTO_PTR(kf_containers) containers = NULL;
    size_t index = 0;
    KF_TRY(kf_session_open(token, &session));
    KF_TRY(kf_session_login(session, KF_PIN_USER, name, "to delete the container"));
    KF_TRY(kf_containers_read_in(session, &containers));
    KF_TRY(kf_containers_find(containers, name, &index));
    kf_session_forget_keys(session);
    KF_TRY(destroy_class(session, containers, index, CKO_PRIVATE_KEY));
    KF_TRY(destroy_class(session, containers, index, CKO_PUBLIC_KEY));
    KF_TRY(destroy_class(session, containers, index, CKO_CERTIFICATE));
    return look_gone(session, containers, index);
}
