// SPDX-License-Identifier: Apache-2.0
// A request for a key that is on a token already, without sending it anywhere.
#include "token/key.h"
#include "x509/csr.h"

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
    KF_TRY(kf_key_find_container(session, order->container, &key));
    return kf_key_request(key, &order->spec, ret_csr);
}
