// SPDX-License-Identifier: Apache-2.0
// Enrolling: from what was ordered to the recorded intent; everything that can be refused is
// refused before.
#include <openssl/rand.h>
#include <string.h>

#include "base/text.h"
#include "enroll/flow.h"
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

static kf_err fill_common(kf_flow *flow, const struct kf_enroll_order *order,
                          const kf_profile *profile, enum kf_key_type type) {
    kf_request *request = &flow->request;
    KF_TRY(kf_request_set(&request->who, kf_journal_user()));
    KF_TRY(kf_request_set(&request->profile, kf_profile_name(profile)));
    KF_TRY(kf_request_set(&request->profile_hash, kf_profile_hash(profile)));
    KF_TRY(fill_client_id(request));
    free(KF_MOVE(request->order));
    return kf_order_encode(order, profile, type, &request->order);
}

static kf_err record(kf_flow *flow, char ret_id[static KF_REQUEST_ID_MAX]) {
    KF_TRY(kf_journal_begin(flow->context, &flow->request));
    kf_request_id(&flow->request, ret_id);
    KF_TRY(kf_journal_lock(flow->context, &flow->request, &flow->lock));
    kf_order_clear(&flow->order);
    return kf_order_decode(&flow->request, &flow->order);
}

/* A key is to be made: everything about the token is settled before the intent is recorded. */
static kf_err prepare_on_token(kf_flow *flow, const struct kf_enroll_order *order,
                               const kf_profile *profile) {
    kf_request *request = &flow->request;
    kf_token *token = NULL;
    enum kf_key_type type = KF_KEY_NONE;
    KF_AUTO(kf_buf) keys = {0};
    KF_TRY(kf_flow_choose_token(flow, order->token, &token));
    KF_TRY(choose_key_type(token, profile, order->key, &type));
    KF_TRY(check_signing(&order->spec, type));
    KF_TRY(fill_token(flow, token));
    KF_TRY(kf_flow_name_container(flow, order));
    KF_TRY(kf_flow_login(flow, token, "to make the key"));
    KF_TRY(kf_session_key_ids(flow->session, &keys));
    KF_TRY(kf_session_has_place(flow->session));
    KF_TRY(kf_flow_check_container(flow, order->container != NULL));
    KF_TRY(kf_request_set(&request->keys_before, kf_buf_str(&keys)));
    KF_TRY(fill_cka_id(request));
    KF_TRY(fill_common(flow, order, profile, type));
    request->state = KF_REQUEST_INTENT;
    flow->fresh_key = true;
    return KF_OK;
}

/* A request made elsewhere: its key is not ours to see. */
static kf_err prepare_csr(kf_flow *flow, const struct kf_enroll_order *given,
                          const kf_profile *profile) {
    kf_request *request = &flow->request;
    struct kf_enroll_order order = *given;
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_AUTO_PTR(json_t) document = NULL;
    KF_AUTO_FREE struct kf_san *names = NULL;
    size_t len = 0;
    KF_TRY(kf_csr_read(order.csr, order.csr_len, &csr));
    const uint8_t *der = kf_csr_der(csr, &len);
    KF_TRY(kf_buf_set(&request->csr, der, len));
    KF_TRY(kf_csr_spki(csr, &request->spki));
    order.spec.subject = kf_csr_subject(csr);
    KF_TRY(kf_csr_json(csr, &document));
    KF_TRY(kf_order_names(document, &names, &order.spec.san_count));
    order.spec.sans = names;
    KF_TRY(fill_common(flow, &order, profile, KF_KEY_NONE));
    request->state = KF_REQUEST_CSR_READY;
    return KF_OK;
}

/* --- taking over from an older request --- */

/* What the new order leaves open comes from the old one. */
static kf_err inherit(kf_context *context, struct kf_enroll_order *order, kf_request *old_request,
                      kf_order *old) {
    KF_TRY(kf_journal_load(context, order->from, old_request));
    KF_TRY(kf_order_decode(old_request, old));
    struct kf_csr_spec *spec = &order->spec;
    if (!spec->subject)
        spec->subject = old->spec.subject;
    if (spec->san_count == 0) {
        spec->sans = old->spec.sans;
        spec->san_count = old->spec.san_count;
    }
    if (!spec->hash)
        spec->hash = old->spec.hash;
    if (!spec->template_name)
        spec->template_name = old->spec.template_name;
    if (!spec->template_oid)
        spec->template_oid = old->spec.template_oid;
    if (!order->profile)
        order->profile = old_request->profile;
    if (!order->connection)
        order->connection = old_request->connection;
    if (!order->fields)
        order->fields = old->fields;
    if (order->key == KF_KEY_NONE)
        order->key = old->key;
    if (order->key == old->key)
        spec->rsa_pss = spec->rsa_pss || old->spec.rsa_pss;
    return KF_OK;
}

static kf_err prepare(kf_flow *flow, struct kf_enroll_order *order, kf_profile **ret_profile) {
    if (!order->connection)
        return kf_fail(KF_E_USAGE, "no connection was named");
    if (order->spec.challenge)
        return kf_fail(KF_E_UNSUPPORTED, "a challenge password cannot be kept in the journal");
    KF_TRY(kf_profile_load(flow->context, order->profile ? order->profile : "tls-client",
                           ret_profile));
    order->spec.profile = *ret_profile;
    KF_TRY(kf_request_set(&flow->request.connection, order->connection));
    KF_TRY(check_connection(flow));
    if (order->csr)
        return prepare_csr(flow, order, *ret_profile);
    KF_TRY(kf_csr_spec_check(&order->spec));
    return prepare_on_token(flow, order, *ret_profile);
}

kf_err kf_enroll(kf_context *context, const struct kf_enroll_order *given,
                 char ret_id[static KF_REQUEST_ID_MAX]) {
    KF_AUTO_PTR(kf_profile) profile = NULL;
    KF_AUTO(kf_request) old_request = {0};
    KF_AUTO(kf_order) old = {0};
    KF_AUTO(kf_flow) flow = {.context = context};
    struct kf_enroll_order order = *given;
    ret_id[0] = '\0';
    if (order.from)
        KF_TRY(inherit(context, &order, &old_request, &old));
    KF_TRY(prepare(&flow, &order, &profile));
    KF_TRY(record(&flow, ret_id));
    flow.deadline = kf_flow_deadline(context, order.wait);
    return kf_flow_run(&flow);
}
