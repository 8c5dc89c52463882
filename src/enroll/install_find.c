// SPDX-License-Identifier: Apache-2.0
// Which token has the key of a certificate: looked for without a login.
#include <keyfob/install.h>

#include <string.h>

#include "base/text.h"
#include "token/session.h"
#include "x509/cert.h"

/* A token whose public halves do not show is passed over. */
static kf_err look_at(kf_token *token, const kf_certs *certs, bool *ret_found,
                      char ret_id[static 2 * KF_ID_MAX + 1]) {
    KF_AUTO_PTR(kf_containers) containers = NULL;
    KF_TRY(kf_containers_read(token, false, &containers));
    for (size_t i = 0; i < kf_containers_count(containers) && !*ret_found; i++) {
        KF_AUTO_PTR(kf_cert) cert = NULL;
        KF_AUTO(kf_buf) id = {0};
        const struct kf_container_info *info = kf_containers_at(containers, i);
        if (kf_containers_match(containers, i, certs, &cert) != KF_OK)
            continue;
        KF_TRY(kf_hex(&id, info->id, info->id_len, 0));
        snprintf(ret_id, 2 * KF_ID_MAX + 1, "%s", kf_buf_str(&id));
        *ret_found = true;
    }
    return KF_OK;
}

static kf_err nowhere(const kf_tokens *tokens) {
    KF_AUTO(kf_buf) names = {0};
    for (size_t i = 0; i < kf_tokens_count(tokens); i++) {
        const struct kf_token_info *info = kf_token_info(kf_tokens_at(tokens, i));
        if (info->initialized)
            KF_TRY(kf_buf_printf(&names, "%s\"%s\" (%s)", names.len ? ", " : "", info->label,
                                 info->serial));
    }
    if (names.len)
        kf_fail(KF_E_TOKEN_ABSENT, "the key of the certificate is on none of these tokens: %s",
                kf_buf_str(&names));
    else
        kf_fail(KF_E_TOKEN_ABSENT, "no token is inserted, so the key of the certificate is not "
                                   "there");
    kf_error_hint("Insert the token on which its request was made, then try again.");
    return KF_E_TOKEN_ABSENT;
}

kf_err kf_certs_find_key(kf_tokens *tokens, const kf_certs *certs, kf_token **ret_token,
                         char ret_id[static 2 * KF_ID_MAX + 1]) {
    bool found = false;
    for (size_t i = 0; i < kf_tokens_count(tokens); i++) {
        kf_token *token = kf_tokens_at(tokens, i);
        if (!kf_token_info(token)->initialized)
            continue;
        if (look_at(token, certs, &found, ret_id) != KF_OK)
            kf_error_clear(); /* another one may have it */
        if (!found)
            continue;
        *ret_token = token;
        kf_error_clear();
        return KF_OK;
    }
    return nowhere(tokens);
}
