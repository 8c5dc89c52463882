// SPDX-License-Identifier: Apache-2.0
// The request's key on its token: found by its public half, found after a crash, destroyed.
#include <string.h>

#include "base/text.h"
#include "enroll/flow.h"

#define MADE_ID_LEN 20 /* SHA-1, or what kf_enroll() chose */

/* A card without public keys: the key that was made under the recorded id or had this id at the
 * end, when its signature fits. */
static kf_err find_without_public(kf_flow *flow) {
    const kf_request *request = &flow->request;
    KF_AUTO(kf_buf) last = {0};
    KF_TRY(kf_uri_id(request->key_uri, &last));
    const kf_buf *id = last.len > 0 ? &last : &request->cka_id;
    return kf_key_find_private(flow->session, id->data, id->len, request->spki.data,
                               request->spki.len, &flow->key);
}

/* The private half does not show: its id is the one that was recorded when both were there. */
static kf_err find_half(kf_flow *flow) {
    const kf_request *request = &flow->request;
    KF_AUTO(kf_buf) last = {0};
    size_t len = 0;
    KF_TRY(kf_uri_id(request->key_uri, &last));
    KF_TRY(kf_key_find_half(flow->session, request->spki.data, request->spki.len, &flow->key));
    const uint8_t *id = kf_key_id(flow->key, &len);
    if (len == last.len && memcmp(id, last.data, len) == 0)
        return KF_OK;
    kf_key_free(KF_MOVE(flow->key));
    return kf_fail(KF_E_NOT_FOUND, "the public half of the key has another id than the key had");
}

kf_err kf_flow_key(kf_flow *flow, const char *why) {
    if (flow->key)
        return KF_OK;
    const kf_request *request = &flow->request;
    KF_TRY(kf_flow_session(flow, why));
    if (flow->without_pin)
        return find_half(flow);
    kf_err err =
        kf_key_find_public(flow->session, request->spki.data, request->spki.len, &flow->key);
    if (err == KF_E_NOT_FOUND)
        err = find_without_public(flow);
    if (err != KF_E_NOT_FOUND)
        return err;
    kf_fail(KF_E_KEY_UNUSABLE, "the key of request r-%lld is not on the token \"%s\" any more",
            (long long)request->number, request->token_label);
    kf_error_key("The key was deleted by somebody else.");
    if (request->state == KF_REQUEST_VERIFIED)
        kf_error_hint("Have its certificate revoked with `keyfob revoke r-%lld`, then withdraw the "
                      "request and enroll again.",
                      (long long)request->number);
    else
        kf_error_hint("Withdraw the request with `keyfob request withdraw r-%lld` and enroll "
                      "again.",
                      (long long)request->number);
    return KF_E_KEY_UNUSABLE;
}

/* --- after a crash, when nothing but the intended id is known --- */

/* Under our label, not known to another request (by its id until that becomes the key identifier,
 * then by its public half), and not finished by `container create` or another program. */
static kf_err is_ours(const kf_flow *flow, kf_key *key, bool *ret_ours) {
    KF_AUTO(kf_buf) spki = {0};
    size_t len = 0;
    bool by_id = false, by_key = false;
    int64_t number = flow->request.number;
    const uint8_t *id = kf_key_id(key, &len);
    *ret_ours = false;
    if (!kf_str_equal(kf_key_label(key), flow->request.container) || kf_key_id_is_identifier(key))
        return KF_OK;
    KF_TRY(kf_key_spki(key, &spki));
    KF_TRY(kf_journal_knows_id(flow->context, id, len, number, &by_id));
    KF_TRY(kf_journal_knows_key(flow->context, spki.data, spki.len, number, &by_key));
    *ret_ours = !by_id && !by_key;
    return KF_OK;
}

/* A token that chooses CKA_ID itself: the one new key under our label that no other request knows.
 */
static kf_err find_by_difference(kf_flow *flow) {
    KF_AUTO(kf_buf) now = {0};
    KF_TRY(kf_session_key_ids(flow->session, &now));
    char *rest = NULL, *words = (char *)now.data;
    for (char *word = words ? strtok_r(words, " ", &rest) : NULL; word;
         word = strtok_r(NULL, " ", &rest)) {
        KF_AUTO(kf_buf) id = {0};
        KF_AUTO_PTR(kf_key) key = NULL;
        const char *hex = strchr(word, ':'); /* "20:0a0b..." */
        if (!hex || kf_unhex(hex + 1, &id) != KF_OK || id.len == 0 ||
            kf_ids_have(flow->request.keys_before, id.data, id.len) ||
            kf_key_find_id(flow->session, id.data, id.len, &key) != KF_OK)
            continue;
        bool ours = false;
        KF_TRY(is_ours(flow, key, &ours));
        if (!ours)
            continue;
        if (flow->key)
            return kf_fail(
                KF_E_NEEDS_OPERATOR,
                "there is more than one new key \"%s\" on the token, so it is unknown which "
                "one belongs to request r-%lld",
                flow->request.container, (long long)flow->request.number);
        flow->key = KF_MOVE(key);
    }
    return KF_OK;
}

kf_err kf_flow_find_made(kf_flow *flow) {
    const kf_buf *id = &flow->request.cka_id;
    kf_err err = kf_key_find_id(flow->session, id->data, id->len, &flow->key);
    return err == KF_E_NOT_FOUND ? find_by_difference(flow) : err;
}

/* --- destroying --- */

static kf_err destroy_id(kf_flow *flow, const kf_buf *id) {
    return id->len > 0 ? kf_objects_destroy(flow->session, id->data, id->len) : KF_OK;
}

/* An id of 20 bytes was made from the key or by chance. One that the token chose, such as the
 * number of a place, may be another key's by now: then only the key itself proves it. */
static kf_err is_still_ours(kf_flow *flow, const kf_buf *id, bool *ret_ours) {
    const kf_buf *spki = &flow->request.spki;
    KF_AUTO_PTR(kf_key) key = NULL;
    KF_AUTO(kf_buf) found = {0};
    *ret_ours = id->len == MADE_ID_LEN;
    if (id->len == 0 || *ret_ours)
        return KF_OK;
    kf_err err = kf_key_find_id(flow->session, id->data, id->len, &key);
    if (err == KF_OK) {
        KF_TRY(kf_key_spki(key, &found));
        *ret_ours = kf_buf_equal(&found, spki);
        return KF_OK;
    }
    if (err == KF_E_KEY_UNUSABLE) /* half a pair, as on a card without public keys */
        err = kf_key_find_private(flow->session, id->data, id->len, spki->data, spki->len, &key);
    *ret_ours = err == KF_OK;
    return err == KF_E_NOT_FOUND || err == KF_E_KEY_UNUSABLE ? KF_OK : err;
}

/* The key may be under the id that it has, and what an earlier try left of it under the id that it
 * had at the end or at the beginning. */
kf_err kf_flow_destroy_key(kf_flow *flow) {
    KF_AUTO(kf_buf) present = {0};
    KF_AUTO(kf_buf) last = {0};
    if (flow->request.same_key)
        return kf_fail(KF_E_STATE,
                       "the key of request r-%lld has a certificate already and is not "
                       "destroyed",
                       (long long)flow->request.number);
    if (flow->key) {
        size_t len = 0;
        const uint8_t *id = kf_key_id(flow->key, &len);
        KF_TRY(kf_buf_set(&present, id, len));
        kf_key_free(KF_MOVE(flow->key));
    }
    KF_TRY(kf_uri_id(flow->request.key_uri, &last));
    KF_TRY(destroy_id(flow, &present));
    bool ours = false;
    KF_TRY(is_still_ours(flow, &last, &ours));
    if (ours)
        KF_TRY(destroy_id(flow, &last));
    return destroy_id(flow, &flow->request.cka_id);
}
