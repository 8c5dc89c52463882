// SPDX-License-Identifier: Apache-2.0
// A session with one token: the only place that logs in, one operation at a time.
#pragma once

#include <keyfob/container.h>
#include <openssl/evp.h>
#include <pthread.h>

#include "base/auto.h"
#include "base/buf.h"

typedef struct kf_session kf_session;
KF_DEFINE_AUTO_PTR(kf_tokens)
KF_DEFINE_AUTO_PTR(kf_containers)

/* Opens a read-write session (read-only where the token is write protected). `token` must outlive
 * it. Keep one open until the work is done: opening the first one is what costs on a card. */
kf_err kf_session_open(kf_token *token, kf_session **ret_session);
/* The token keeps the last one for the next kf_session_open(), still logged in, until
 * kf_tokens_free(): log out first where the process lives on. */
void kf_session_free(kf_session *session);
KF_DEFINE_AUTO_PTR(kf_session)

kf_token *kf_session_token(const kf_session *session);

/* The only C_Login. Does nothing when this session's token is logged in by this process already.
 * Asks the ui for one PIN and tries it once; `why` completes "Enter the PIN ... ", such as "to make
 * the key". The token's flags are read again after a wrong PIN. `container` may be NULL. */
kf_err kf_session_login(kf_session *session, enum kf_pin_kind kind, const char *container,
                        const char *why);
kf_err kf_session_logout(kf_session *session);
/* CKU_CONTEXT_SPECIFIC, between C_SignInit and C_Sign, for keys with CKA_ALWAYS_AUTHENTICATE. The
 * caller holds the lock. */
kf_err kf_session_login_for_key(kf_session *session, const char *container);

/* The ids (CKA_ID) of all private keys, for the journal: lengths and bytes as hex words separated
 * by blanks. */
kf_err kf_session_key_ids(kf_session *session, kf_buf *ret_ids);
/* Is this id one of the words that kf_session_key_ids() gave? */
bool kf_ids_have(const char *ids, const uint8_t *id, size_t len);
/* KF_E_TOKEN_FULL on a token with one place (quirk `single_key`) whose key a new one would
 * overwrite. */
kf_err kf_session_has_place(kf_session *session);
/* Has a private key this label? Uses the list that kf_session_key_ids() read. */
kf_err kf_session_label_taken(kf_session *session, const char *label, bool *ret_taken);
/* KF_E_EXISTS when a private key has this label. */
kf_err kf_session_refuse_taken(kf_session *session, const char *label);
