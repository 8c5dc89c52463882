// SPDX-License-Identifier: Apache-2.0
// Enrolling: one token of privacyIDEA for one order, under a serial that we choose, so that it can
// be found again.
#include "ca/privacyidea/pi.h"

#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* The kinds of CA as privacyIDEA names them. */
#define MEMO_LOCAL     "local"
#define MEMO_MICROSOFT "microsoft"

kf_err pi_fields(const char *text, json_t **ret_fields) {
    json_t *fields = json_loads(text && *text ? text : "{}", JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(fields)) {
        *ret_fields = fields;
        return KF_OK;
    }
    json_decref(fields);
    return kf_fail(KF_E_USAGE, "the form's fields are not a JSON object");
}

kf_err pi_pem(const char *text, const char *what, kf_buf *ret_pem) {
    KF_AUTO(kf_certs) certs = {0};
    if (kf_certs_read((const uint8_t *)text, strlen(text), &certs) != KF_OK)
        return kf_fail_in(KF_E_INPUT, "the %s", what);
    return kf_certs_encode(&certs, KF_CERT_PEM, ret_pem);
}

/* --- the serial --- */

/* "kf-" and 32 hex digits, as keyfob makes them; anything else by its hash. */
static kf_err serial_of(const char *client_id, char ret_serial[static PI_SERIAL_MAX + 1]) {
    static const char hex_digits[] = "0123456789abcdef";
    KF_AUTO(kf_buf) hex = {0};
    uint8_t digest[32];
    size_t len = strlen(client_id);
    if (len == 35 && strncmp(client_id, "kf-", 3) == 0 && strspn(client_id + 3, hex_digits) == 32)
        KF_TRY(kf_buf_add_str(&hex, client_id + 3));
    else if (!EVP_Digest(client_id, len, digest, NULL, EVP_sha256(), NULL))
        return kf_fail(KF_E_CRYPTO, "SHA-256 is not available");
    else
        KF_TRY(kf_hex(&hex, digest, 16, 0));
    memcpy(ret_serial, "KF", 2);
    for (size_t i = 0; i <= hex.len; i++) {
        char c = kf_buf_str(&hex)[i];
        ret_serial[2 + i] = c >= 'a' && c <= 'f' ? (char)(c - 'a' + 'A') : c;
    }
    return KF_OK;
}

/* --- what became of a token --- */

static kf_err take_issued(const struct pi_token *token, struct kf_ca_answer *answer) {
    answer->outcome = KF_CA_ISSUED;
    KF_TRY(kf_ca_answer_ticket(answer, token->serial));
    return kf_ca_answer_body(answer, token->certificate, strlen(token->certificate));
}

static kf_err take_refusal(const struct pi_token *token, struct kf_ca_answer *answer) {
    answer->outcome = KF_CA_REJECTED;
    if (token->revoked)
        return kf_ca_answer_text(answer, "the token %s was revoked", token->serial);
    return kf_ca_answer_text(answer, "the CA says \"%s\" to the token %s", token->state,
                             token->serial);
}

/* No certificate although nothing is pending: an empty enrolment, or a policy that hides it. */
static kf_err take_nothing(const struct pi_token *token, struct kf_ca_answer *answer) {
    KF_TRY(kf_ca_answer_ticket(answer, token->serial));
    return kf_ca_answer_person(answer, "ca",
                               "the token %s shows no certificate: the privacyIDEA administrator "
                               "must look whether one was issued and whether the policy "
                               "hide_tokeninfo hides it from this account",
                               token->serial);
}

/* Unknown states are waited for (closed list: docs of tokenrolloutstate.py). */
static kf_err take_token(const struct pi_token *token, struct kf_ca_answer *answer) {
    if (token->revoked || kf_str_has_word("denied failed broken", token->state))
        return take_refusal(token, answer);
    if (token->certificate)
        return take_issued(token, answer);
    if (!*token->state || kf_str_equal(token->state, "enrolled"))
        return take_nothing(token, answer);
    answer->outcome = KF_CA_WAIT;
    KF_TRY(kf_ca_answer_ticket(answer, token->serial));
    return kf_ca_answer_text(answer, "the token %s is \"%s\"", token->serial, token->state);
}

/* The service says when it wants to be asked again. */
static kf_err wait_longer(const struct pi *pi, const char *ticket, struct kf_ca_answer *answer) {
    answer->outcome = KF_CA_WAIT;
    answer->delay = pi->later;
    KF_TRY(kf_ca_answer_ticket(answer, ticket));
    return kf_ca_answer_text(answer, "%s", kf_error_sentence(KF_E_CA_UNREACHABLE));
}

kf_err pi_poll(void *state, const struct kf_ca_order *order, const char *ticket,
               struct kf_ca_answer *answer) {
    struct pi *pi = state;
    KF_AUTO(pi_reply) reply = {0};
    struct pi_token token = {0};
    bool found = false;
    (void)order;
    kf_err err = pi_token_find(pi, ticket, &reply, &token, &found);
    if (err == KF_E_CA_UNREACHABLE && pi->later > 0)
        return wait_longer(pi, ticket, answer);
    KF_TRY(err);
    if (found)
        return take_token(&token, answer);
    answer->outcome = KF_CA_NOT_FOUND;
    return KF_OK;
}

/* --- looking for it --- */

/* What stands behind the CA's name decides whether "there is no such token" means that nothing was
 * ordered: with a Microsoft CA the token is thrown away while the order is pending there. */
kf_err pi_remember(void *state, const struct kf_ca_order *order, char **ret_memo) {
    KF_AUTO_PTR(json_t) fields = NULL;
    struct pi_target target = {0};
    const char *type = "";
    *ret_memo = NULL;
    KF_TRY(pi_fields(order->fields, &fields));
    if (pi_target(state, fields, &target) != KF_OK ||
        pi_connector_type(state, target.ca, &type) != KF_OK || !*type)
        return KF_OK;
    *ret_memo = strdup(type);
    return *ret_memo ? KF_OK : pi_no_memory();
}

static kf_err not_known(const struct pi *pi, const struct kf_ca_order *order, const char *serial,
                        struct kf_ca_answer *answer) {
    if (kf_str_equal(order->memo, MEMO_LOCAL)) {
        answer->outcome = KF_CA_NOT_FOUND;
        return KF_OK;
    }
    return kf_fail(KF_E_UNSUPPORTED,
                   "%s has no token %s, but the CA behind it may have the order all the same",
                   kf_http_host(pi->http), serial);
}

kf_err pi_lookup(void *state, const struct kf_ca_order *order, struct kf_ca_answer *answer) {
    char serial[PI_SERIAL_MAX + 1];
    KF_AUTO(pi_reply) reply = {0};
    struct pi_token token = {0};
    bool found = false;
    KF_TRY(serial_of(order->client_id, serial));
    kf_err err = pi_token_find(state, serial, &reply, &token, &found);
    if (err == KF_E_POLICY)
        return kf_fail_in(KF_E_UNSUPPORTED, "this account may not look for its order");
    KF_TRY(err);
    return found ? take_token(&token, answer) : not_known(state, order, serial, answer);
}

/* --- ordering --- */

static kf_err set_date(json_t *body, const char *name, const char *date) {
    KF_AUTO_FREE char *moment = kf_str("%sT00:00+0000", date);
    return moment ? kf_json_set(body, name, json_string(moment)) : pi_no_memory();
}

static kf_err copy_fields(const json_t *fields, json_t *body) {
    static const char *const names[] = {"user", "realm", "description", "container_serial"};
    static const char *const dates[] = {"validity_period_start", "validity_period_end"};
    for (size_t i = 0; i < KF_COUNT(names); i++) {
        const char *value = json_string_value(json_object_get(fields, names[i]));
        if (value && *value)
            KF_TRY(kf_json_set(body, names[i], json_string(value)));
    }
    for (size_t i = 0; i < KF_COUNT(dates); i++) {
        const char *value = json_string_value(json_object_get(fields, dates[i]));
        if (value && *value)
            KF_TRY(set_date(body, dates[i], value));
    }
    const char *attestation = json_string_value(json_object_get(fields, "attestation"));
    if (!attestation || !*attestation)
        return KF_OK;
    KF_AUTO(kf_buf) pem = {0};
    KF_TRY(pi_pem(attestation, "attestation certificate", &pem));
    return kf_json_set(body, "attestation", json_string(kf_buf_str(&pem)));
}

/* LF and this label: CRLF or NEW CERTIFICATE REQUEST is an internal error there, and an empty
 * request is a token without a certificate. */
static kf_err order_body(struct pi *pi, const struct kf_ca_order *order, const char *serial,
                         json_t **ret_body) {
    KF_AUTO_PTR(json_t) fields = NULL;
    KF_AUTO_PTR(json_t) body = NULL;
    KF_AUTO(kf_buf) pem = {0};
    struct pi_target target = {0};
    if (!order->csr || order->csr_len == 0)
        return kf_fail(KF_E_INPUT, "the order has no certificate request");
    KF_TRY(kf_pem(&pem, "CERTIFICATE REQUEST", order->csr, order->csr_len));
    KF_TRY(pi_fields(order->fields, &fields));
    KF_TRY(pi_target(pi, fields, &target));
    body = json_pack("{s:s, s:s, s:s, s:s}", "type", "certificate", "serial", serial, "ca",
                     target.ca, "request", kf_buf_str(&pem));
    KF_TRY(kf_json_ready(body));
    if (*target.template)
        KF_TRY(kf_json_set(body, "template", json_string(target.template)));
    KF_TRY(copy_fields(fields, body));
    *ret_body = KF_MOVE(body);
    return KF_OK;
}

static kf_err pending_and_lost(const struct pi *pi) {
    kf_fail(KF_E_NEEDS_OPERATOR,
            "the CA behind %s has the order, but it is pending there (505) and privacyIDEA does "
            "not follow it",
            kf_http_host(pi->http));
    kf_error_hint("Have the CA's operator approve it and give you the certificate: `keyfob request "
                  "import ID FILE`. Sending it again would make another request at the CA.");
    return KF_E_NEEDS_OPERATOR;
}

static kf_err reject(const pi_reply *reply, struct kf_ca_answer *answer) {
    static const struct {
        int code;
        const char *hint;
    } hints[] = {
        {PI_CA_ERROR, "; a local CA says no more when the subject was certified before"},
        {PI_INTERNAL, "; an unknown CA or template is the usual cause"},
    };
    const char *hint = "";
    for (size_t i = 0; i < KF_COUNT(hints); i++)
        hint = hints[i].code == reply->code ? hints[i].hint : hint;
    answer->outcome = KF_CA_REJECTED;
    return kf_ca_answer_text(answer, "%.1200s%s", *reply->message ? reply->message : "no reason",
                             hint);
}

/* An error inside the server says nothing of what was done before it; with a local CA there is a
 * token then, with a Microsoft CA the order may be there without one. */
static kf_err take_no(struct pi *pi, const struct kf_ca_order *order, const pi_reply *reply,
                      struct kf_ca_answer *answer) {
    if (reply->code == PI_CSR_PENDING)
        return pending_and_lost(pi);
    if (reply->code == PI_INTERNAL) {
        struct kf_ca_order known = *order;
        if (!kf_str_equal(order->memo, MEMO_MICROSOFT))
            known.memo = MEMO_LOCAL;
        kf_err err = pi_lookup(pi, &known, answer);
        if (err == KF_E_CA_LOGIN) /* which would say that nothing was taken */
            return kf_fail_in(KF_E_CA_UNREACHABLE, "it is unknown whether the order was taken");
        if (err == KF_E_UNSUPPORTED)
            return kf_fail_in(KF_E_NEEDS_OPERATOR, "it is unknown whether the order was taken");
        KF_TRY(err);
        if (answer->outcome != KF_CA_NOT_FOUND)
            return KF_OK;
    }
    return reject(reply, answer);
}

static kf_err take_init(struct pi *pi, const struct kf_ca_order *order, const pi_reply *reply,
                        struct kf_ca_answer *answer) {
    struct pi_token token = {0};
    if (!reply->ok)
        return take_no(pi, order, reply, answer);
    pi_enrolled_read(reply, &token);
    if (!pi_serial_ok(token.serial))
        return kf_fail(KF_E_CA_ANSWER, "%s names no token for the order", kf_http_host(pi->http));
    return take_token(&token, answer);
}

/* A serial that is there already would be enrolled anew in place, with another certificate. */
static kf_err adopt(struct pi *pi, const char *serial, struct kf_ca_answer *answer,
                    bool *ret_adopted) {
    KF_AUTO(pi_reply) reply = {0};
    struct pi_token token = {0};
    kf_err err = pi_token_find(pi, serial, &reply, &token, ret_adopted);
    if (err == KF_E_CA_UNREACHABLE) {
        answer->outcome = KF_CA_RETRY; /* looking orders nothing */
        answer->delay = pi->later;
        *ret_adopted = true;
        return kf_ca_answer_text(answer, "%s", kf_error_sentence(err));
    }
    if (err == KF_E_POLICY) /* the serial is new, as keyfob makes it: it cannot be there */
        return KF_OK;
    KF_TRY(err);
    return *ret_adopted ? take_token(&token, answer) : KF_OK;
}

kf_err pi_submit(void *state, const struct kf_ca_order *order, struct kf_ca_answer *answer) {
    struct pi *pi = state;
    char serial[PI_SERIAL_MAX + 1];
    KF_AUTO_PTR(json_t) body = NULL;
    KF_AUTO(pi_reply) reply = {0};
    bool settled = false;
    KF_TRY(serial_of(order->client_id, serial));
    KF_TRY(order_body(pi, order, serial, &body));
    KF_TRY(adopt(pi, serial, answer, &settled));
    if (settled)
        return KF_OK;
    struct pi_request request = {.method = "POST", .path = "token/init", .body = body};
    KF_TRY(pi_order(pi, &request, answer, &settled, &reply));
    return settled ? KF_OK : take_init(pi, order, &reply, answer);
}
