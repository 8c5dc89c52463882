// SPDX-License-Identifier: Apache-2.0
// An order before it is recorded: what comes from an older request.
#include "enroll/draft.h"

#include "x509/json.h"

static void renewal_clear(struct kf_renewal *renewal) {
    free(renewal->certificate);
    kf_cert_free(renewal->cert);
    free(renewal->ticket);
}

void kf_draft_clear(kf_draft *draft) {
    renewal_clear(&draft->renewal);
    kf_profile_free(draft->profile);
    kf_request_clear(&draft->old_request);
    kf_order_clear(&draft->old);
    free(draft->names);
    json_decref(draft->texts);
    kf_prepared_clear(&draft->prepared);
    free(draft->fields);
    *draft = (kf_draft){0};
}

/* The fields are put together later, when the CA's form says which of them can be given. */
kf_err kf_draft_inherit(kf_context *context, kf_draft *draft, const char *from) {
    struct kf_enroll_order *order = &draft->order;
    struct kf_csr_spec *spec = &order->spec;
    kf_order *old = &draft->old;
    KF_TRY(kf_journal_load(context, from, &draft->old_request));
    KF_TRY(kf_order_decode(&draft->old_request, old));
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
        order->profile = draft->old_request.profile;
    if (!order->connection)
        order->connection = draft->old_request.connection;
    if (order->key == KF_KEY_NONE)
        order->key = old->key;
    if (order->key == old->key)
        spec->rsa_pss = spec->rsa_pss || old->spec.rsa_pss;
    return KF_OK;
}

enum kf_key_type kf_key_type_of(const json_t *key) {
    enum kf_key_type type = KF_KEY_NONE;
    const char *name = json_string_value(json_object_get(key, "type"));
    if (name && kf_key_type_parse(name, &type) != KF_OK)
        kf_error_clear();
    return type;
}

/* Before the CA is asked for anything that it does not do. */
kf_err kf_renewal_check(const kf_flow *flow, const struct kf_renewal *renewal) {
    const struct kf_connector *connector = kf_ca_connector(flow->ca);
    if (renewal->same_key && !connector->same_key) {
        kf_fail(KF_E_UNSUPPORTED, "\"%s\" (%s) does not certify the same key again",
                flow->request.connection, connector->title);
        kf_error_hint("Renew with a new key: leave out --same-key.");
        return KF_E_UNSUPPORTED;
    }
    if (renewal->reissue && !connector->can_reissue)
        return kf_fail(KF_E_UNSUPPORTED, "\"%s\" (%s) does not fill an order again",
                       flow->request.connection, connector->title);
    return KF_OK;
}
