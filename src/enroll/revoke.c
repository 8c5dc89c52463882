// SPDX-License-Identifier: Apache-2.0
// Revoking: the CA is asked, and what it says is kept beside the certificate. Keys stay.
#include <keyfob/renew.h>
#include <keyfob/store.h>

#include <string.h>

#include "base/text.h"
#include "enroll/flow.h"
#include "enroll/service.h"
#include "x509/json.h"

/* What is to be revoked, and where it is marked. */
typedef struct kf_case {
    kf_flow flow;  /* of its request, when that is known */
    bool in_store; /* otherwise it is only in the answer to the request */
    char *id;      /* in the personal store */
    kf_cert *cert;
    const char *connection, *ticket;
} kf_case;

static void kf_case_clear(kf_case *it) {
    kf_flow_clear(&it->flow);
    free(it->id);
    kf_cert_free(it->cert);
}

/* --- which certificate --- */

/* Only one for the request's own key: another one may be somebody else's. */
static kf_err take_own(kf_case *it) {
    const kf_request *request = &it->flow.request;
    const kf_buf *from = request->chain.len ? &request->chain : &request->answer;
    KF_AUTO(kf_certs) certs = {0};
    if (from->len && kf_certs_read(from->data, from->len, &certs) != KF_OK)
        kf_error_clear();
    for (size_t i = 0; i < certs.count && !it->cert; i++) {
        size_t len = 0;
        const uint8_t *der = kf_cert_der(certs.items[i], &len);
        bool old = len == request->old_cert.len && memcmp(der, request->old_cert.data, len) == 0;
        if (!old && kf_cert_has_spki(certs.items[i], request->spki.data, request->spki.len))
            it->cert = kf_cert_ref(certs.items[i]);
    }
    return it->cert ? KF_OK
                    : kf_fail(KF_E_STATE, "no certificate for the key of request r-%lld has come",
                              (long long)request->number);
}

static kf_err find_of_request(kf_context *context, const char *name, kf_case *it) {
    KF_TRY(kf_flow_open(context, name, &it->flow));
    it->connection = it->flow.request.connection;
    it->ticket = it->flow.request.ticket;
    if (!it->flow.request.cert_id)
        return take_own(it);
    it->in_store = true;
    KF_TRY(kf_request_set(&it->id, it->flow.request.cert_id));
    return kf_store_get(context, it->id, &it->cert, NULL);
}

static kf_err find_in_store(kf_context *context, const char *name, kf_case *it) {
    KF_AUTO_PTR(json_t) row = NULL;
    KF_TRY(kf_store_json(context, name, &row));
    const char *request = json_string_value(json_object_get(row, "request"));
    if (!kf_str_equal(json_string_value(json_object_get(row, "store")), "personal"))
        return kf_fail(KF_E_USAGE, "\"%s\" is not a certificate of the personal store", name);
    it->in_store = true;
    KF_TRY(kf_request_set(&it->id, json_string_value(json_object_get(row, "id"))));
    KF_TRY(kf_store_get(context, it->id, &it->cert, NULL));
    if (!request)
        return KF_OK;
    kf_err err = kf_journal_load(context, request, &it->flow.request);
    if (err != KF_OK && err != KF_E_NOT_FOUND)
        return err;
    kf_error_clear();
    it->connection = it->flow.request.connection;
    it->ticket = it->flow.request.ticket;
    return KF_OK;
}

/* Another connection knows nothing of the ticket. */
static kf_err choose_connection(kf_case *it, const char *given, const char *name) {
    if (given && !kf_str_equal(given, it->connection)) {
        it->connection = given;
        it->ticket = NULL;
    }
    if (it->connection)
        return KF_OK;
    kf_fail(KF_E_USAGE, "it is not known which CA connection the certificate \"%s\" came from",
            name);
    kf_error_hint("Name it with --connection.");
    return KF_E_USAGE;
}

/* --- what came of it --- */

/* What waited for its token is not installed any more, least of all in place of an old one. */
static kf_err keep_from_token(kf_context *context, kf_request *request) {
    if (request->state != KF_REQUEST_ISSUED && request->state != KF_REQUEST_VERIFIED)
        return kf_journal_save(context, request);
    KF_TRY(kf_request_set(&request->reason, "the certificate is revoked"));
    return kf_journal_move(context, request, KF_REQUEST_QUARANTINED, request->reason);
}

static kf_err mark_request(kf_context *context, kf_case *it, bool done, int reason,
                           const char *text) {
    kf_request *request = &it->flow.request;
    KF_AUTO_FREE char *note =
        kf_str("%s: %s%s%s", done ? "revoked" : "to be revoked", kf_revocation_reason_name(reason),
               text ? ", " : "", text ? text : "");
    if (!request->number)
        return KF_OK;
    if (!it->in_store) {
        request->revoked_reason = reason;
        request->revoked_at = done ? kf_context_now(context) : 0;
        KF_TRY(kf_request_set(&request->revocation, done ? NULL : text));
        KF_TRY(done ? keep_from_token(context, request) : kf_journal_save(context, request));
    }
    return kf_journal_note(context, request, note);
}

static kf_err mark(kf_context *context, kf_case *it, bool done, int reason, const char *text) {
    if (it->in_store && done)
        KF_TRY(kf_store_revoked(context, it->id, reason));
    else if (it->in_store)
        KF_TRY(kf_store_revocation_asked(context, it->id, reason, text));
    return mark_request(context, it, done, reason, text);
}

static kf_err report(const kf_case *it, bool done, int reason, const char *text,
                     json_t **ret_json) {
    if (!ret_json)
        return KF_OK;
    *ret_json =
        json_pack("{s:s, s:s, s:s, s:s?, s:s, s:s, s:s, s:s?}", "schema", "keyfob.revocation/1",
                  "status", done ? "revoked" : "asked", "reason", kf_revocation_reason_name(reason),
                  "text", text, "connection", it->connection, "subject_text",
                  kf_cert_subject(it->cert), "serial", kf_cert_serial(it->cert), "id", it->id);
    return kf_json_ready(*ret_json);
}

/* The table's words are those of orders. */
static kf_err still_valid(kf_err err) {
    kf_error_key("The certificate is still valid; its key is as it was.");
    return err;
}

static kf_err refused(const kf_case *it, const struct kf_ca_answer *answer) {
    const char *text = answer->text ? answer->text : "no reason given";
    if (answer->outcome == KF_CA_REJECTED) {
        kf_fail(KF_E_REJECTED, "\"%s\" does not revoke the certificate: %s", it->connection, text);
        kf_error_hint("Correct what the CA names, or have its operator revoke it.");
        return still_valid(KF_E_REJECTED);
    }
    if (answer->outcome == KF_CA_NOT_FOUND)
        return still_valid(kf_fail(KF_E_NOT_FOUND, "\"%s\" does not know the certificate: %s",
                                   it->connection, text));
    kf_fail(KF_E_CA_UNREACHABLE, "\"%s\" has not taken it: %s", it->connection,
            answer->text ? answer->text : "try again later");
    kf_error_hint("Check with `keyfob connection test %s`, then run the command again.",
                  it->connection);
    return still_valid(KF_E_CA_UNREACHABLE);
}

static kf_err undecided(const kf_case *it, const struct kf_ca_answer *answer) {
    kf_err err = answer->outcome == KF_CA_NEEDS_PERSON ? KF_E_NEEDS_PERSON : KF_E_PENDING;
    kf_fail(err, "\"%s\" was asked to revoke it: %s", it->connection,
            answer->text ? answer->text : "the CA has not decided");
    kf_error_hint("Run the command again to see what \"%s\" has decided.", it->connection);
    return still_valid(err);
}

static kf_err ask_ca(kf_context *context, const kf_case *it, int reason, const char *comment,
                     kf_answer *answer) {
    KF_AUTO(kf_service) service = {0};
    size_t len = 0;
    const uint8_t *der = kf_cert_der(it->cert, &len);
    struct kf_ca_revocation order = {
        .cert = der, .cert_len = len, .ticket = it->ticket, .reason = reason, .comment = comment};
    KF_TRY(kf_service_open(context, it->connection, &service));
    kf_err err = kf_ca_revoke(service.ca, &order, answer);
    return err == KF_OK ? KF_OK : still_valid(err);
}

kf_err kf_revoke(kf_context *context, const char *certificate, const char *connection, int reason,
                 const char *comment, json_t **ret_json) {
    KF_AUTO(kf_case) it = {0};
    KF_AUTO(kf_answer) answer = {0};
    if (!kf_revocation_reason_name(reason))
        return kf_fail(KF_E_USAGE, "%d is not a reason to revoke (RFC 5280 5.3.1)", reason);
    KF_TRY(kf_str_starts(certificate, "r-") ? find_of_request(context, certificate, &it)
                                            : find_in_store(context, certificate, &it));
    KF_TRY(choose_connection(&it, connection, certificate));
    KF_TRY(ask_ca(context, &it, reason, comment, &answer));
    bool done = answer.outcome == KF_CA_ISSUED;
    if (!done && answer.outcome != KF_CA_WAIT && answer.outcome != KF_CA_NEEDS_PERSON)
        return refused(&it, &answer);
    KF_TRY(mark(context, &it, done, reason, answer.text));
    KF_TRY(report(&it, done, reason, answer.text, ret_json));
    return done ? KF_OK : undecided(&it, &answer);
}
