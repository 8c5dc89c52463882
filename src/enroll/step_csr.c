// SPDX-License-Identifier: Apache-2.0
// KEY_READY to CSR_READY: the request is signed on the token, once. Its signature is the key's
// trial.
#include "base/text.h"
#include "enroll/flow.h"
#include "x509/profile.h"

/* Some CAs reject a request with extensions that they did not ask for; the profile knows which. */
static struct kf_csr_spec spec_for_ca(const kf_flow *flow, const char *connector) {
    struct kf_csr_spec spec = flow->order.spec;
    if (kf_profile_sends_minimal(flow->order.profile, connector))
        spec.profile = NULL;
    return spec;
}

static kf_err build(kf_flow *flow, kf_csr **ret_csr) {
    KF_TRY(kf_flow_ca(flow));
    struct kf_csr_spec spec = spec_for_ca(flow, kf_ca_connector(flow->ca)->name);
    return kf_key_request(flow->key, &spec, ret_csr);
}

kf_err kf_step_make_csr(kf_flow *flow) {
    kf_request *request = &flow->request;
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_AUTO(kf_buf) uri = {0};
    size_t len = 0;
    KF_TRY(kf_flow_key(flow, "to sign the request"));
    if (!request->same_key) /* its old certificate is found by the id that it has */
        KF_TRY(kf_key_rename(flow->key, flow->order.id_style));
    KF_TRY(build(flow, &csr));
    KF_TRY(kf_key_uri(flow->key, &uri));
    const uint8_t *der = kf_csr_der(csr, &len);
    KF_TRY(kf_buf_set(&request->csr, der, len));
    KF_TRY(kf_request_set(&request->key_uri, kf_buf_str(&uri)));
    KF_TRY(kf_journal_move(flow->context, request, KF_REQUEST_CSR_READY, NULL));
    kf_step(flow->context, "csr", KF_STEP_DONE, 0, "request signed on the token");
    return KF_OK;
}
