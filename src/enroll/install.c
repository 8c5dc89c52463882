// SPDX-License-Identifier: Apache-2.0
// Certificates next to their keys and in the personal store, without a request: from a container,
// from a file, signed by the key itself.
#include <keyfob/install.h>

#include <jansson.h>

#include "base/context.h"
#include "base/text.h"
#include "token/key.h"
#include "x509/cert.h"
#include "x509/issue.h"
#include "x509/json.h"

#define DAY         86400
#define DAYS_USUAL  30
#define CLOCK_SLACK 300 /* seconds: other computers' clocks are behind */

/* --- into the store --- */

static kf_err keep(kf_context *context, kf_cert *cert, const char *uri, json_t *list) {
    char id[24];
    json_t *document = NULL;
    KF_TRY(kf_store_put(context, KF_STORE_PERSONAL, cert, uri, NULL, id));
    KF_TRY(kf_store_json(context, id, &document));
    kf_step(context, "store", KF_STEP_DONE, 0, "kept in the personal store as %s", id);
    return kf_json_append(list, document);
}

/* A root is for the person to accept. */
static kf_err keep_intermediates(kf_context *context, const kf_certs *certs) {
    char ignored[24];
    for (size_t i = 0; certs && i < certs->count; i++)
        if (kf_cert_is_ca(certs->items[i]) && !kf_cert_is_self_issued(certs->items[i]))
            KF_TRY(
                kf_store_put(context, KF_STORE_INTERMEDIATE, certs->items[i], NULL, NULL, ignored));
    return KF_OK;
}

/* --- next to the key --- */

/* Another one for the same key stays. */
static kf_err write_beside(kf_context *context, const kf_token *token, kf_key *key,
                           const kf_cert *cert) {
    size_t len = 0;
    const uint8_t *der = kf_cert_der(cert, &len);
    KF_TRY(kf_key_write_cert(key, der, len, KF_CERT_BESIDE));
    kf_step(context, "write", KF_STEP_DONE, 0, "certificate written to \"%s\" and read back",
            kf_token_info(token)->label);
    return KF_OK;
}

static kf_err find_key(kf_session *session, const char *container, const char *why,
                       kf_key **ret_key) {
    KF_TRY(kf_session_login(session, KF_PIN_USER, container, why));
    return kf_key_find_container(session, container, ret_key);
}

/* The one of the file that is for this key; where the token hides the public half, writing it
 * tells. */
static kf_err choose(kf_token *token, const char *container, const kf_certs *certs,
                     kf_cert **ret_cert) {
    KF_AUTO_PTR(kf_containers) containers = NULL;
    size_t index = 0;
    if (certs->count == 0)
        return kf_fail(KF_E_INPUT, "the file has no certificate");
    KF_TRY(kf_containers_read(token, false, &containers));
    kf_err code = kf_containers_find(containers, container, &index);
    if (code == KF_OK)
        code = kf_containers_match(containers, index, certs, ret_cert);
    if (code != KF_E_NOT_FOUND)
        return code;
    kf_error_clear();
    *ret_cert = kf_cert_ref(certs->items[0]);
    return KF_OK;
}

static kf_err write_first(kf_context *context, kf_token *token, const char *container,
                          const kf_certs *certs) {
    KF_AUTO_PTR(kf_session) session = NULL;
    KF_AUTO_PTR(kf_key) key = NULL;
    KF_AUTO_PTR(kf_cert) cert = NULL;
    KF_TRY(choose(token, container, certs, &cert));
    KF_TRY(kf_session_open(token, &session));
    KF_TRY(find_key(session, container, "to write the certificate", &key));
    return write_beside(context, token, key, cert);
}

/* --- from a container --- */

static kf_err keep_all(kf_context *context, const kf_containers *containers, size_t index,
                       json_t **ret_json) {
    KF_AUTO(kf_certs) certs = {0};
    KF_AUTO_PTR(json_t) list = json_array();
    const struct kf_container_info *info = kf_containers_at(containers, index);
    KF_TRY(kf_containers_certs(containers, index, &certs));
    if (certs.count == 0) {
        kf_fail(KF_E_NOT_FOUND, "the container \"%s\" has no certificate", info->label);
        kf_error_hint("Enroll one, or write one next to the key from a file.");
        return KF_E_NOT_FOUND;
    }
    for (size_t i = 0; i < certs.count; i++)
        KF_TRY(keep(context, certs.items[i], info->uri, list));
    *ret_json = KF_MOVE(list);
    return KF_OK;
}

kf_err kf_container_install(kf_context *context, kf_token *token, const char *container,
                            const kf_certs *certs, struct json_t **ret_json) {
    KF_AUTO_PTR(kf_containers) containers = NULL;
    size_t index = 0;
    if (certs)
        KF_TRY(write_first(context, token, container, certs));
    KF_TRY(kf_containers_read(token, false, &containers));
    KF_TRY(kf_containers_find(containers, container, &index));
    KF_TRY(keep_all(context, containers, index, ret_json));
    return keep_intermediates(context, certs);
}

/* --- signed by itself --- */

static kf_err check_days(const struct kf_self_signed_order *order, int *ret_days) {
    *ret_days = order->days ? order->days : DAYS_USUAL;
    if (*ret_days < 1 || *ret_days > KF_SELF_SIGNED_DAYS_MAX)
        return kf_fail(KF_E_USAGE, "such a certificate is valid for 1 to %d days, not %d",
                       KF_SELF_SIGNED_DAYS_MAX, *ret_days);
    return KF_OK;
}

/* Where signing failed, the token's own reason is given. */
static kf_err sign(kf_key *key, const struct kf_issue_self_order *order, kf_cert **ret_cert) {
    KF_TRY(kf_key_load(key));
    kf_provider_last_error(); /* forget an earlier one */
    kf_err code = kf_issue_self(order, kf_key_pkey(key), kf_key_public(key), ret_cert);
    kf_err token_code = code == KF_E_CRYPTO ? kf_provider_last_error() : KF_OK;
    return token_code != KF_OK ? token_code : code;
}

static kf_err keep_signed(kf_context *context, const kf_key *key, kf_cert *cert,
                          json_t **ret_json) {
    KF_AUTO(kf_buf) uri = {0};
    char id[24];
    KF_TRY(kf_key_uri(key, &uri));
    KF_TRY(kf_store_put(context, KF_STORE_PERSONAL, cert, kf_buf_str(&uri), NULL, id));
    kf_step(context, "store", KF_STEP_DONE, 0, "kept in the personal store as %s", id);
    return kf_store_json(context, id, ret_json);
}

kf_err kf_self_signed(kf_context *context, kf_token *token,
                      const struct kf_self_signed_order *order, struct json_t **ret_json) {
    const struct kf_csr_spec names = {
        .subject = order->subject, .sans = order->sans, .san_count = order->san_count};
    KF_AUTO_PTR(kf_session) session = NULL;
    KF_AUTO_PTR(kf_key) key = NULL;
    KF_AUTO_PTR(kf_cert) cert = NULL;
    int64_t now = kf_context_now(context);
    int days = 0;
    KF_TRY(check_days(order, &days));
    KF_TRY(kf_csr_spec_check(&names));
    KF_TRY(kf_session_open(token, &session));
    KF_TRY(find_key(session, order->container, "to sign the certificate", &key));
    const struct kf_issue_self_order self = {
        .names = &names, .not_before = now - CLOCK_SLACK, .not_after = now + (int64_t)days * DAY};
    KF_TRY(sign(key, &self, &cert));
    KF_TRY(write_beside(context, token, key, cert));
    return keep_signed(context, key, cert, ret_json);
}
