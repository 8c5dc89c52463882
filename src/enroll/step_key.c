// SPDX-License-Identifier: Apache-2.0
// INTENT to KEY_READY: make the key, or adopt the one that was made before a crash.
#include "base/text.h"
#include "enroll/flow.h"

static kf_err seen_before(void *arg, const uint8_t *spki, size_t len, bool *ret_seen) {
    const kf_flow *flow = arg;
    return kf_journal_knows_key(flow->context, spki, len, flow->request.number, ret_seen);
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

static struct kf_key_order key_order(kf_flow *flow) {
    const kf_request *request = &flow->request;
    const kf_order *order = &flow->order;
    return (struct kf_key_order){
        .label = request->container,
        .type = order->key,
        .use = kf_profile_use(order->profile, order->key),
        .always_authenticate = kf_profile_always_pin(order->profile),
        .exportable = order->exportable,
        .id = request->cka_id.data,
        .id_len = request->cka_id.len,
        .seen = seen_before,
        .seen_arg = flow,
    };
}

static kf_err generate(kf_flow *flow) {
    struct kf_key_order key = key_order(flow);
    kf_err err = kf_key_generate(flow->session, &key, &flow->key);
    if (err == KF_E_KEY_WEAK || err == KF_E_KEY_EXPOSED)
        return give_up(flow, err);
    return err;
}

/* A half pair or a key that does not sign was never certified: nothing is lost by destroying it. */
static kf_err destroy_torn(kf_flow *flow) {
    KF_TRY(kf_flow_destroy_key(flow));
    return kf_journal_note(flow->context, &flow->request, "a torn key was destroyed");
}

static kf_err destroy_and_give_up(kf_flow *flow, kf_err err) {
    struct kf_error_saved saved;
    kf_error_save(&saved);
    KF_TRY(kf_flow_destroy_key(flow));
    kf_error_restore(&saved);
    return give_up(flow, err);
}

/* Finding a key after a crash proves nothing: it must pass what a new one must, and sign. */
static kf_err prove(kf_flow *flow) {
    struct kf_key_order order = key_order(flow);
    kf_err err = kf_key_check_found(flow->key, &order);
    if (err == KF_E_KEY_WEAK || err == KF_E_KEY_EXPOSED)
        return destroy_and_give_up(flow, err);
    KF_TRY(err);
    err = kf_key_try(flow->key);
    if (err == KF_E_KEY_UNUSABLE)
        return destroy_torn(flow);
    if (err == KF_OK)
        kf_step(flow->context, "keygen", KF_STEP_DONE, 0, "key found on the token: %s",
                flow->request.container);
    return err;
}

static kf_err adopt(kf_flow *flow) {
    kf_err err = kf_flow_find_made(flow);
    if (err == KF_E_KEY_UNUSABLE)
        return destroy_torn(flow);
    KF_TRY(err);
    return flow->key ? prove(flow) : KF_OK;
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
