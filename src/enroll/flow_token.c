// SPDX-License-Identifier: Apache-2.0
// The token's side of the flow: one session, opened when it is first needed and kept to the end.
#include <openssl/evp.h>
#include <string.h>

#include "base/text.h"
#include "enroll/flow.h"

#define TOKEN_LOCK_WAIT_MS 30000

void kf_flow_release_token(kf_flow *flow) {
    kf_key_free(KF_MOVE(flow->key));
    kf_session_free(KF_MOVE(flow->session));
    kf_lock_clear(&flow->token_lock);
    kf_tokens_free(KF_MOVE(flow->tokens));
}

/* One writer a token among keyfob's processes; other programs may still change it. */
static kf_err lock_token(kf_flow *flow, const struct kf_token_info *info) {
    KF_AUTO_FREE char *folder = NULL;
    KF_AUTO(kf_buf) name = {0};
    uint8_t digest[32];
    KF_TRY(kf_context_data_path(flow->context, "locks", &folder));
    KF_TRY(kf_dir_make(folder));
    if (!EVP_Digest(info->uri, strlen(info->uri), digest, NULL, EVP_sha256(), NULL))
        return kf_fail(KF_E_CRYPTO, "SHA-256 is not available");
    KF_TRY(kf_buf_printf(&name, "%s/token-", folder));
    KF_TRY(kf_hex(&name, digest, 8, 0));
    kf_err err = kf_lock_wait(kf_buf_str(&name), TOKEN_LOCK_WAIT_MS, &flow->token_lock);
    if (err == KF_E_BUSY)
        return kf_fail(KF_E_BUSY, "another keyfob process is working on the token \"%s\" (%s)",
                       info->label, info->serial);
    return err;
}

/* Another token with the same label is not the one that the request belongs to. */
static kf_err token_is_missing(kf_flow *flow, kf_err err) {
    const kf_request *request = &flow->request;
    for (size_t i = 0; err == KF_E_TOKEN_ABSENT && i < kf_tokens_count(flow->tokens); i++) {
        const struct kf_token_info *info = kf_token_info(kf_tokens_at(flow->tokens, i));
        if (kf_str_equal(info->label, request->token_label))
            return kf_fail(KF_E_TOKEN_OTHER,
                           "the token \"%s\" in the reader has serial %s, but request r-%lld "
                           "belongs to serial %s",
                           info->label, info->serial, (long long)request->number,
                           request->token_serial);
    }
    if (err == KF_E_TOKEN_ABSENT)
        return kf_fail(err, "the token \"%s\" (%s) is not inserted", request->token_label,
                       request->token_serial);
    return err;
}

kf_err kf_flow_choose_token(kf_flow *flow, const char *selector, kf_token **ret_token) {
    if (!flow->tokens)
        KF_TRY(kf_tokens_open(flow->context, &flow->tokens));
    return kf_tokens_select(flow->tokens, selector, ret_token);
}

kf_err kf_flow_login(kf_flow *flow, kf_token *token, const char *why) {
    if (!flow->session) {
        KF_TRY(lock_token(flow, kf_token_info(token)));
        KF_TRY(kf_session_open(token, &flow->session));
    }
    if (flow->without_pin)
        return KF_OK;
    return kf_session_login(flow->session, KF_PIN_USER, flow->request.container, why);
}

kf_err kf_flow_session(kf_flow *flow, const char *why) {
    if (flow->session && flow->without_pin)
        return KF_OK;
    if (flow->session)
        return kf_session_login(flow->session, KF_PIN_USER, flow->request.container, why);
    kf_token *token = NULL;
    kf_err err = kf_flow_choose_token(flow, flow->request.token_uri, &token);
    if (err != KF_OK)
        return token_is_missing(flow, err);
    return kf_flow_login(flow, token, why);
}
