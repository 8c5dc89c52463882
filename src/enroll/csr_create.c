// SPDX-License-Identifier: Apache-2.0
// A request for a key that is on a token already, without sending it anywhere.
#include "token/key.h"
#include "x509/csr.h"

static kf_err find_key(kf_session *session, kf_token *token, const char *name, kf_key **ret_key) {
    KF_AUTO_PTR(kf_containers) containers = NULL;
    size_t index = 0;
    KF_TRY(kf_containers_read(token, true, &containers));
    KF_TRY(kf_containers_find(containers, name, &index));
    const struct kf_container_info *info = kf_containers_at(containers, index);
    if (!info->has_private)
        return kf_fail(KF_E_KEY_UNUSABLE, "the container \"%s\" has no private key", info->label);
    return kf_key_find_id(session, info->id, info->id_len, ret_key);
}

kf_err kf_csr_create(kf_context *context, const struct kf_csr_order *order, kf_csr **ret_csr) {
    KF_AUTO_PTR(kf_tokens) tokens = NULL;
    KF_AUTO_PTR(kf_session) session = NULL;
    KF_AUTO_PTR(kf_key) key = NULL;
    kf_token *token = NULL;
    KF_TRY(kf_csr_spec_check(&order->spec));
    KF_TRY(kf_tokens_open(context, &tokens));
    KF_TRY(kf_tokens_select(tokens, order->token, &token));
    KF_TRY(kf_session_open(token, &session));
    KF_TRY(kf_session_login(session, KF_PIN_USER, order->container, "to sign the request"));
    KF_TRY(find_key(session, token, order->container, &key));
    return kf_key_request(key, &order->spec, ret_csr);
}
