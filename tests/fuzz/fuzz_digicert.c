// SPDX-License-Identifier: Apache-2.0
// Whatever CertCentral answers: orders, errors, validations, tokens, certificates.
#include <stdlib.h>
#include <string.h>

#include "ca/digicert/digicert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_order(const json_t *json) {
    KF_AUTO(kf_dc_order) order = {0};
    const uint8_t none[] = {0};
    const struct kf_ca_order ours = {.client_id = "kf-1", .csr = none, .csr_len = sizeof none};
    if (kf_dc_order_read(json, &order) != KF_OK)
        return;
    if (!kf_dc_is_id(order.id) || kf_dc_same_key(&ours, &order.csr))
        abort();
    (void)kf_dc_has_certificate(order.chain.data, order.chain.len);
}

static void read_error(const json_t *json) {
    struct kf_dc_error error;
    kf_dc_error_read(json, &error);
    if (!memchr(error.code, 0, sizeof error.code) || !memchr(error.text, 0, sizeof error.text))
        abort();
    (void)kf_dc_error_is(&error, "not_found|order");
}

static void read_waiting(const json_t *json) {
    struct kf_dc_waiting waiting = {0};
    kf_dc_waiting_emails(json, &waiting);
    kf_dc_waiting_validations(json, &waiting);
    if (waiting.domain_id[0] && !kf_dc_is_id(waiting.domain_id))
        abort();
}

static void read_publish(const json_t *json) {
    static const char *const methods[] = {"email", "dns-txt-token", "dns-cname-token",
                                          "http-token"};
    for (size_t i = 0; i < KF_COUNT(methods); i++) {
        KF_AUTO_PTR(json_t) publish = NULL;
        KF_AUTO(kf_buf) text = {0};
        if (kf_dc_publish("example.com", methods[i], json, &publish) == KF_OK)
            (void)kf_dc_publish_say(publish, &text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    KF_AUTO_PTR(json_t) json = NULL;
    KF_AUTO(kf_buf) pem = {0};
    (void)kf_dc_has_certificate(data, size);
    if (kf_json_parse_answer(data, size, &json) != KF_OK)
        return 0;
    read_order(json);
    read_error(json);
    read_waiting(json);
    read_publish(json);
    (void)kf_dc_chain_read(json_object_get(json, "intermediates"), &pem);
    return 0;
}
