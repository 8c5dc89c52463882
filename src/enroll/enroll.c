// SPDX-License-Identifier: Apache-2.0
// Enrolling: from what was ordered to the recorded intent; everything that can be refused is
// refused before.
#include <openssl/rand.h>
#include <string.h>

#include "base/text.h"
#include "enroll/draft.h"
#include "x509/json.h"

#define CKA_ID_LEN 20
#define FOREVER    ((int64_t)100 * 365 * 24 * 3600)

int64_t kf_flow_deadline(const kf_context *context, int64_t wait) {
    if (wait == 0)
        return 0;
    return kf_context_now(context) + (wait < 0 ? FOREVER : wait);
}

static kf_err fill_client_id(kf_request *request) {
    KF_AUTO(kf_buf) text = {0};
    uint8_t bytes[16];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return kf_fail(KF_E_CRYPTO, "no random numbers are to be had");
    KF_TRY(kf_buf_add_str(&text, "kf-"));
    KF_TRY(kf_hex(&text, bytes, sizeof bytes, 0));
    return kf_request_set(&request->client_id, kf_buf_str(&text));
}

static kf_err fill_cka_id(kf_request *request) {
    uint8_t bytes[CKA_ID_LEN];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return kf_fail(KF_E_CRYPTO, "no random numbers are to be had");
    return kf_buf_set(&request->cka_id, bytes, sizeof bytes);
}

/* The CA is asked for nothing that the connection could not check afterwards. */
static kf_err check_connection(kf_flow *flow) {
    KF_AUTO(kf_certs) anchors = {0};
    KF_TRY(kf_flow_ca(flow));
    KF_TRY(kf_ca_anchors(flow->ca, &anchors));
    if (anchors.count > 0)
        return KF_OK;
    kf_fail(KF_E_UNTRUSTED, "no root certificate of the connection \"%s\" was accepted yet",
            flow->request.connection);
    kf_error_hint(
        "Compare the fingerprint with the CA and accept it: `keyfob connection roots %s`.",
        flow->request.connection);
    return KF_E_UNTRUSTED;
}

/* --- the key --- */

static kf_err choose_key_type(kf_token *token, const kf_profile *profile, enum kf_key_type asked,
                              enum kf_key_type *ret_type) {
    kf_err err = KF_OK;
    for (size_t i = 0; i < kf_profile_key_count(profile); i++) {
        enum kf_key_type type = kf_profile_key_at(profile, i);
        if (asked != KF_KEY_NONE && type != asked)
            continue;
        err = kf_key_offered(token, type);
        if (err == KF_OK)
            *ret_type = type;
        if (err != KF_E_NOT_ON_TOKEN)
            return err;
    }
    if (err != KF_OK)
        return err; /* the token's reason for the last one */
    if (asked == KF_KEY_NONE)
        return kf_fail(KF_E_UNSUPPORTED,
                       "keyfob cannot make the keys that the profile \"%s\" wants",
                       kf_profile_name(profile));
    return kf_fail(KF_E_POLICY, "the profile \"%s\" does not allow %s keys",
                   kf_profile_name(profile), kf_key_type_title(asked));
}

/* Before a key is made that could not sign like that. */
static kf_err check_signing(const struct kf_csr_spec *spec, enum kf_key_type type) {
    if (!spec->rsa_pss || (type >= KF_KEY_RSA_2048 && type <= KF_KEY_RSA_4096))
        return KF_OK;
    kf_fail(KF_E_USAGE, "RSA-PSS needs an RSA key, and this one would be %s",
            kf_key_type_title(type));
    kf_error_hint("Ask for an RSA key, with --key rsa3072 for example.");
    return KF_E_USAGE;
}

/* --- recording --- */

static kf_err fill_token(kf_flow *flow, kf_token *token) {
    const struct kf_token_info *info = kf_token_info(token);
    kf_request *request = &flow->request;
    KF_TRY(kf_request_set(&request->token_uri, info->uri));
    KF_TRY(kf_request_set(&request->token_label, info->label));
    return kf_request_set(&request->token_serial, info->serial);
}

static kf_err fill_renewal(kf_request *request, const struct kf_renewal *renewal) {
    size_t len = 0;
    if (!renewal->certificate)
        return KF_OK;
    const uint8_t *der = kf_cert_der(renewal->cert, &len);
    request->reissue = renewal->reissue;
    request->same_key = renewal->same_key;
    KF_TRY(kf_request_set(&request->renews, renewal->certificate));
    KF_TRY(kf_request_set(&request->old_ticket, renewal->ticket));
    return renewal->elsewhere ? KF_OK : kf_buf_set(&request->old_cert, der, len);
}

static kf_err fill_common(kf_flow *flow, kf_draft *draft) {
    kf_request *request = &flow->request;
    KF_TRY(kf_request_set(&request->who, kf_journal_user()));
    KF_TRY(kf_request_set(&request->profile, kf_profile_name(draft->profile)));
    KF_TRY(kf_request_set(&request->profile_hash, kf_profile_hash(draft->profile)));
    KF_TRY(fill_client_id(request));
    KF_TRY(fill_renewal(request, &draft->renewal));
    free(KF_MOVE(request->order));
    return kf_order_encode(&draft->order, draft->profile, draft->key, &request->order);
}

static kf_err record(kf_flow *flow, const kf_draft *draft, char ret_id[static KF_REQUEST_ID_MAX]) {
    KF_TRY(kf_journal_begin_with(flow->context, &flow->request, &draft->also));
    kf_request_id(&flow->request, ret_id);
    KF_TRY(kf_journal_lock(flow->context, &flow->request, &flow->lock));
    kf_order_clear(&flow->order);
    return kf_order_decode(&flow->request, &flow->order);
}

/* A key is to be made: everything about the token is settled before the intent is recorded. */
static kf_err prepare_new_key(kf_flow *flow, const struct kf_enroll_order *order, kf_token *token) {
    kf_request *request = &flow->request;
    KF_AUTO(kf_buf) keys = {0};
    KF_TRY(fill_token(flow, token));
    KF_TRY(kf_flow_name_container(flow, order));
    KF_TRY(kf_flow_login(flow, token, "to make the key"));
    KF_TRY(kf_session_key_ids(flow->session, &keys));
    KF_TRY(kf_session_has_place(flow->session));
    KF_TRY(kf_flow_check_container(flow, order->container != NULL));
    KF_TRY(kf_request_set(&request->keys_before, kf_buf_str(&keys)));
    KF_TRY(fill_cka_id(request));
    request->state = KF_REQUEST_INTENT;
    flow->fresh_key = true;
    return KF_OK;
}

/* The key of the old certificate, found by its public half; its name and its id stay. */
static kf_err prepare_same_key(kf_flow *flow, const struct kf_renewal *renewal, kf_token *token) {
    kf_request *request = &flow->request;
    KF_AUTO(kf_buf) uri = {0};
    KF_TRY(fill_token(flow, token));
    KF_TRY(kf_cert_spki(renewal->cert, &request->spki));
    KF_TRY(kf_flow_login(flow, token, "to sign the request"));
    kf_err err =
        kf_key_find_public(flow->session, request->spki.data, request->spki.len, &flow->key);
    if (err == KF_E_NOT_FOUND)
        return kf_fail(KF_E_STATE, "the key of the certificate \"%s\" is not on the token \"%s\"",
                       renewal->certificate, request->token_label);
    KF_TRY(err);
    KF_TRY(kf_key_uri(flow->key, &uri));
    KF_TRY(kf_request_set(&request->key_uri, kf_buf_str(&uri)));
    KF_TRY(kf_request_set(&request->container, kf_key_label(flow->key)));
    request->state = KF_REQUEST_KEY_READY;
    return KF_OK;
}

/* --- before the token --- */

/* A plan is also of use while the token is out: then the key's type stays open. */
static kf_err choose_key(kf_flow *flow, kf_draft *draft, kf_token **ret_token) {
    const struct kf_enroll_order *order = &draft->order;
    *ret_token = NULL;
    draft->key = order->key;
    kf_err err = kf_flow_choose_token(flow, order->token, ret_token);
    if (err == KF_E_TOKEN_ABSENT && draft->only_plan) {
        kf_error_clear();
        return KF_OK;
    }
    KF_TRY(err);
    if (!draft->renewal.same_key) /* otherwise it is there */
        KF_TRY(choose_key_type(*ret_token, draft->profile, order->key, &draft->key));
    return check_signing(&order->spec, draft->key);
}

/* What a person gave is looked at before the CA is asked, unless the CA is to say it. */
static kf_err settle_on_token(kf_flow *flow, kf_draft *draft, kf_token **ret_token) {
    const struct kf_csr_spec *spec = &draft->order.spec;
    bool named = (spec->subject && *spec->subject) || spec->san_count > 0;
    if (named || !kf_ca_connector(flow->ca)->prepare)
        KF_TRY(kf_csr_spec_check(spec));
    KF_TRY(choose_key(flow, draft, ret_token));
    KF_TRY(kf_draft_ask_ca(flow, draft, NULL));
    if (draft->prepared.keyless)
        draft->key = KF_KEY_NONE;
    return draft->prepared.keyless ? KF_OK : kf_csr_spec_check(spec);
}

/* A request made elsewhere: its key is not ours to see. */
static kf_err settle_csr(kf_flow *flow, kf_draft *draft) {
    kf_request *request = &flow->request;
    struct kf_enroll_order *order = &draft->order;
    KF_AUTO_PTR(kf_csr) csr = NULL;
    size_t len = 0;
    KF_TRY(kf_csr_read(order->csr, order->csr_len, &csr));
    const uint8_t *der = kf_csr_der(csr, &len);
    KF_TRY(kf_buf_set(&request->csr, der, len));
    KF_TRY(kf_csr_spki(csr, &request->spki));
    json_decref(KF_MOVE(draft->texts));
    free(KF_MOVE(draft->names));
    KF_TRY(kf_csr_json(csr, &draft->texts));
    KF_TRY(kf_order_names(draft->texts, &draft->names, &order->spec.san_count));
    order->spec.sans = draft->names;
    order->spec.subject = json_string_value(json_object_get(draft->texts, "subject_text"));
    draft->key = kf_key_type_of(json_object_get(draft->texts, "key"));
    KF_TRY(kf_draft_ask_ca(flow, draft, &request->csr));
    draft->key = KF_KEY_NONE; /* none is made */
    request->state = KF_REQUEST_CSR_READY;
    return KF_OK;
}

/* All that can be known and refused without a PIN, and without leaving anything behind. */
static kf_err settle(kf_flow *flow, kf_draft *draft, kf_token **ret_token) {
    struct kf_enroll_order *order = &draft->order;
    if (!order->connection)
        return kf_fail(KF_E_USAGE, "no connection was named");
    if (order->spec.challenge)
        return kf_fail(KF_E_UNSUPPORTED, "a challenge password cannot be kept in the journal");
    KF_TRY(kf_profile_load(flow->context, order->profile ? order->profile : "tls-client",
                           &draft->profile));
    order->spec.profile = draft->profile;
    KF_TRY(kf_request_set(&flow->request.connection, order->connection));
    KF_TRY(check_connection(flow));
    KF_TRY(kf_renewal_check(flow, &draft->renewal));
    return order->csr ? settle_csr(flow, draft) : settle_on_token(flow, draft, ret_token);
}

static kf_err enroll_in(kf_flow *flow, kf_draft *draft, char ret_id[static KF_REQUEST_ID_MAX]) {
    const struct kf_enroll_order *order = &draft->order;
    kf_token *token = NULL;
    KF_TRY(settle(flow, draft, &token));
    if (draft->renewal.same_key)
        KF_TRY(prepare_same_key(flow, &draft->renewal, token));
    else if (draft->prepared.keyless)
        flow->request.state = KF_REQUEST_CSR_READY; /* with none */
    else if (!order->csr)
        KF_TRY(prepare_new_key(flow, order, token));
    KF_TRY(fill_common(flow, draft));
    KF_TRY(record(flow, draft, ret_id));
    flow->deadline = kf_flow_deadline(flow->context, order->wait);
    return kf_flow_run(flow);
}

kf_err kf_draft_enroll(kf_context *context, kf_draft *draft,
                       char ret_id[static KF_REQUEST_ID_MAX]) {
    KF_AUTO(kf_flow) flow = {.context = context};
    kf_flow_pass(draft->shared, &flow);
    kf_err err = enroll_in(&flow, draft, ret_id);
    kf_flow_pass(&flow, draft->shared);
    return err;
}

kf_err kf_enroll(kf_context *context, const struct kf_enroll_order *given,
                 char ret_id[static KF_REQUEST_ID_MAX]) {
    KF_AUTO(kf_draft) draft = {.order = *given};
    ret_id[0] = '\0';
    if (given->from)
        KF_TRY(kf_draft_inherit(context, &draft, given->from));
    return kf_draft_enroll(context, &draft, ret_id);
}

static kf_err plan_json(const kf_draft *draft, json_t **ret_json) {
    const struct kf_enroll_order *order = &draft->order;
    const char *key = draft->key == KF_KEY_NONE ? NULL : kf_key_type_name(draft->key);
    json_t *notes = draft->prepared.notes;
    *ret_json = json_pack(
        "{s:s, s:s, s:s, s:s, s:s?, s:o, s:o}", "schema", "keyfob.plan/1", "connection",
        order->connection, "profile", kf_profile_name(draft->profile), "subject",
        order->spec.subject ? order->spec.subject : "", "key", key, "fields",
        json_loads(draft->fields, 0, NULL), "notes", notes ? json_incref(notes) : json_array());
    return kf_json_ready(*ret_json);
}

kf_err kf_enroll_plan(kf_context *context, const struct kf_enroll_order *order, json_t **ret_json) {
    KF_AUTO(kf_flow) flow = {.context = context};
    KF_AUTO(kf_draft) draft = {.order = *order, .only_plan = true};
    kf_token *token = NULL;
    if (order->from)
        KF_TRY(kf_draft_inherit(context, &draft, order->from));
    KF_TRY(settle(&flow, &draft, &token));
    if (order->csr)
        draft.key = kf_key_type_of(json_object_get(draft.texts, "key"));
    return plan_json(&draft, ret_json);
}
