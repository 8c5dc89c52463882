// SPDX-License-Identifier: Apache-2.0
// INTENT to KEY_READY: make the key, or adopt the one that was made before a crash.
#include <string.h>

#include "base/text.h"
#include "enroll/flow.h"

static bool seen_before(void *arg, const uint8_t *spki, size_t len) {
    const kf_flow *flow = arg;
    return kf_journal_knows_key(flow->context, spki, len, flow->request.number);
}

static kf_err give_up(kf_flow *flow, kf_err err) {
    struct kf_error_saved saved;
    kf_error_save(&saved);
    kf_err moved = kf_request_set(&flow->request.reason, kf_error_sentence(err));
    if (moved == KF_OK)
        moved =
            kf_journal_move(flow->context, &flow->request, KF_REQUEST_FAILED, flow->request.reason);
    if (moved != KF_OK)
        return moved;
    kf_error_restore(&saved);
    return err;
}

static kf_err generate(kf_flow *flow) {
    kf_request *request = &flow->request;
    const kf_order *order = &flow->order;
    struct kf_key_order key = {
        .label = request->container,
        .type = order->key,
        .use = kf_profile_use(order->profile, order->key),
        .always_authenticate = kf_profile_always_pin(order->profile),
        .id = request->cka_id.data,
        .id_len = request->cka_id.len,
        .ids_before = request->keys_before,
        .seen = seen_before,
        .seen_arg = flow,
    };
    kf_err err = kf_key_generate(flow->session, &key, &flow->key);
    if (err == KF_E_KEY_WEAK || err == KF_E_KEY_EXPOSED)
        return give_up(flow, err);
    return err;
}

/* A half pair or a key that does not sign was never certified: nothing is lost by destroying it. */
static kf_err destroy_torn(kf_flow *flow) {
    kf_key_free(KF_MOVE(flow->key));
    KF_TRY(kf_objects_destroy(flow->session, flow->request.cka_id.data, flow->request.cka_id.len));
    return kf_journal_note(flow->context, &flow->request, "a torn key was destroyed");
}

static bool is_ours(const kf_flow *flow, kf_key *key) {
    size_t len = 0;
    const uint8_t *id = kf_key_id(key, &len);
    return kf_str_equal(kf_key_label(key), flow->request.container) &&
           !kf_journal_knows_id(flow->context, id, len, flow->request.number);
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
        if (flow->request.keys_before && strstr(flow->request.keys_before, word))
            continue;
        const char *hex = strchr(word, ':'); /* "20:0a0b..." */
        if (!hex || kf_unhex(hex + 1, &id) != KF_OK || id.len == 0 ||
            kf_key_find_id(flow->session, id.data, id.len, &key) != KF_OK || !is_ours(flow, key))
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

/* Finding a key after a crash proves nothing: it is adopted only after a trial signature. */
static kf_err adopt(kf_flow *flow) {
    kf_err err = kf_key_find_id(flow->session, flow->request.cka_id.data, flow->request.cka_id.len,
                                &flow->key);
    if (err == KF_E_NOT_FOUND)
        KF_TRY(find_by_difference(flow));
    else if (err == KF_E_KEY_UNUSABLE)
        return destroy_torn(flow);
    else
        KF_TRY(err);
    if (!flow->key)
        return KF_OK;
    err = kf_key_try(flow->key);
    if (err == KF_E_KEY_UNUSABLE)
        return destroy_torn(flow);
    if (err == KF_OK)
        kf_step(flow->context, "keygen", KF_STEP_DONE, 0, "key found on the token: %s",
                flow->request.container);
    return err;
}

kf_err kf_step_make_key(kf_flow *flow) {
    KF_TRY(kf_flow_session(flow, "to make the key"));
    if (!flow->fresh_key)
        KF_TRY(adopt(flow));
    flow->fresh_key = false;
    if (!flow->key)
        KF_TRY(generate(flow));
    KF_TRY(kf_key_spki(flow->key, &flow->request.spki));
    return kf_journal_move(flow->context, &flow->request, KF_REQUEST_KEY_READY, NULL);
}
