// SPDX-License-Identifier: Apache-2.0
// Certificates next to the key that they belong to, and in the personal store with its URI, without
// a request.
#pragma once

#include <keyfob/container.h>
#include <keyfob/csr.h>
#include <keyfob/store.h>

/* The certificates of a container (by label or id) into the personal store. Those of a file,
 * `certs` unless NULL: the one for its key is written next to the key first, which asks for the
 * PIN, and certificates of other CAs in it are kept as intermediates. KF_E_KEY_MISMATCH, before a
 * PIN is asked, when none is for this key; KF_E_NOT_FOUND when the container has no certificate.
 * An array of keyfob.certificate/1. */
kf_err kf_container_install(kf_context *context, kf_token *token, const char *container,
                            const kf_certs *certs, struct json_t **ret_json);

/* The token that has the key of one of these certificates, and its container's id in hex, as far as
 * that shows without a login. KF_E_TOKEN_ABSENT names the tokens that were looked at. */
kf_err kf_certs_find_key(kf_tokens *tokens, const kf_certs *certs, kf_token **ret_token,
                         char ret_id[static 2 * KF_ID_MAX + 1]);

#define KF_SELF_SIGNED_DAYS_MAX 398

struct kf_self_signed_order {
    const char *container; /* by label or id */
    const char *subject;   /* RFC 4514 */
    const struct kf_san *sans;
    size_t san_count;
    int days; /* 1 to KF_SELF_SIGNED_DAYS_MAX; 0: 30 */
};
/* A certificate for trying things out, signed by the key itself (RFC 5280 3.2, no CA): it is
 * written next to the key and kept in the personal store, and nobody trusts it. Asks for the PIN.
 * KF_E_UNSUPPORTED for a key that OpenSSL does not know. keyfob.certificate/1. */
kf_err kf_self_signed(kf_context *context, kf_token *token,
                      const struct kf_self_signed_order *order, struct json_t **ret_json);
