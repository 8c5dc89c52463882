// SPDX-License-Identifier: Apache-2.0
// Renewing: an order filled from the old request and certificate. The old certificate and its key
// stay; it is marked only when the new one is in the store.
#include <keyfob/renew.h>
#include <keyfob/store.h>

#include <string.h>

#include "base/text.h"
#include "enroll/draft.h"
#include "x509/json.h"

static const char *text_of(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

/* --- the old certificate --- */

static kf_err check_renewable(kf_context *context, const json_t *old, const char *name,
                              bool same_key) {
    char request[KF_REQUEST_ID_MAX];
    const char *id = text_of(old, "id");
    const char *by = text_of(old, "superseded_by");
    if (!kf_str_equal(text_of(old, "store"), "personal"))
        return kf_fail(KF_E_USAGE, "\"%s\" is not a certificate of the personal store", name);
    if (by) {
        kf_fail(KF_E_STATE, "the certificate \"%s\" was renewed already, by \"%s\"", id, by);
        kf_error_hint("Renew that one, when it is time: `keyfob renew %s`.", by);
        return KF_E_STATE;
    }
    if (same_key && kf_str_equal(text_of(old, "status"), "revoked"))
        return kf_fail(KF_E_STATE,
                       "the certificate \"%s\" is revoked, so its key is not used again", id);
    KF_TRY(kf_journal_renewing(context, id, request));
    if (!*request)
        return KF_OK;
    kf_fail(KF_E_STATE, "request %s renews the certificate \"%s\" already", request, id);
    kf_error_hint("Go on with it: `keyfob resume %s`, or withdraw it first.", request);
    return KF_E_STATE;
}

/* --- without a request: from the certificate itself --- */

static bool is_for(const json_t *certificate, const char *purpose) {
    size_t i;
    json_t *usage;
    json_array_foreach(json_object_get(certificate, "extended_key_usage"), i, usage) {
        if (kf_str_equal(text_of(usage, "oid"), purpose))
            return true;
    }
    return false;
}

/* The profile that people would name for such a certificate. */
static const char *guess_profile(const json_t *certificate) {
    static const struct {
        const char *usage, *profile;
    } table[] = {
        {"1.3.6.1.4.1.311.20.2.2", "smartcard-logon"},
        {"1.3.6.1.5.5.7.3.4", "smime-sign"},
        {"1.3.6.1.5.5.7.3.3", "codesign"},
        {"1.3.6.1.5.5.7.3.1", "server-tls"},
        {"1.3.6.1.5.5.7.3.2", "tls-client"},
    };
    if (is_for(certificate, "1.3.6.1.5.5.7.3.2") && is_for(certificate, "1.3.6.1.5.5.7.3.4"))
        return "person";
    for (size_t i = 0; i < KF_COUNT(table); i++)
        if (is_for(certificate, table[i].usage))
            return table[i].profile;
    return NULL;
}

static kf_err take_certificate(kf_draft *draft) {
    struct kf_enroll_order *order = &draft->order;
    if (!order->connection) {
        kf_fail(KF_E_USAGE, "it is not known which CA connection the certificate \"%s\" came from",
                draft->renewal.certificate);
        kf_error_hint("Name it with --connection.");
        return KF_E_USAGE;
    }
    order->spec.subject = text_of(draft->texts, "subject_text");
    KF_TRY(kf_order_names(draft->texts, &draft->names, &order->spec.san_count));
    order->spec.sans = draft->names;
    order->profile = guess_profile(draft->texts);
    if (order->key == KF_KEY_NONE)
        order->key = kf_key_type_of(json_object_get(draft->texts, "key"));
    return KF_OK;
}

/* --- from its request --- */

static kf_err take_request(kf_context *context, kf_draft *draft, const char *request) {
    struct kf_enroll_order *order = &draft->order;
    KF_TRY(kf_draft_inherit(context, draft, request));
    order->exportable = draft->old.exportable;
    order->id_style = draft->old.id_style;
    if (order->key == KF_KEY_NONE) /* of a request made elsewhere */
        order->key = kf_key_type_of(json_object_get(draft->texts, "key"));
    const char *ticket = draft->old_request.ticket;
    if (ticket)
        KF_TRY(kf_request_set(&draft->renewal.ticket, ticket));
    return KF_OK;
}

/* A request that is not there any more is as none. */
static kf_err take_origin(kf_context *context, kf_draft *draft) {
    const char *request = text_of(draft->texts, "request");
    kf_err err = request ? take_request(context, draft, request) : KF_E_NOT_FOUND;
    if (err != KF_E_NOT_FOUND)
        return err;
    kf_error_clear();
    return take_certificate(draft);
}

/* Another CA knows nothing of the old certificate: there it is an order like any other. */
static void forget_elsewhere(kf_draft *draft) {
    const char *origin = draft->old_request.connection;
    draft->renewal.elsewhere = origin && !kf_str_equal(origin, draft->order.connection);
    if (draft->renewal.elsewhere)
        free(KF_MOVE(draft->renewal.ticket));
}

static kf_err find_key(kf_draft *draft) {
    struct kf_enroll_order *order = &draft->order;
    const char *uri = text_of(draft->texts, "key_uri");
    if (!order->token)
        order->token = uri;
    if (uri || order->token || !draft->renewal.same_key)
        return KF_OK;
    kf_fail(KF_E_STATE, "it is not known on which token the key of the certificate \"%s\" is",
            draft->renewal.certificate);
    kf_error_hint("Name the token with --token, or renew with a new key.");
    return KF_E_STATE;
}

static kf_err fill(kf_context *context, const struct kf_renew_order *given, kf_draft *draft) {
    struct kf_renewal *renewal = &draft->renewal;
    KF_TRY(kf_store_json(context, given->certificate, &draft->texts));
    KF_TRY(check_renewable(context, draft->texts, given->certificate, given->same_key));
    KF_TRY(kf_request_set(&renewal->certificate, text_of(draft->texts, "id")));
    KF_TRY(kf_store_get(context, renewal->certificate, &renewal->cert, NULL));
    renewal->same_key = given->same_key;
    renewal->reissue = given->reissue;
    KF_TRY(take_origin(context, draft));
    forget_elsewhere(draft);
    return find_key(draft);
}

kf_err kf_renew(kf_context *context, const struct kf_renew_order *given,
                char ret_id[static KF_REQUEST_ID_MAX]) {
    KF_AUTO(kf_draft)
    draft = {.order = {.connection = given->connection,
                       .token = given->token,
                       .container = given->container,
                       .key = given->key,
                       .fields = given->fields,
                       .wait = given->wait}};
    ret_id[0] = '\0';
    if (given->same_key && (given->reissue || given->key != KF_KEY_NONE))
        return kf_fail(KF_E_USAGE, "the same key is renewed as it is: no key type, no reissue");
    KF_TRY(fill(context, given, &draft));
    return kf_draft_enroll(context, &draft, ret_id);
}
