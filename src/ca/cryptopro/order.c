// SPDX-License-Identifier: Apache-2.0
// Orders at a CryptoPro UC 2.0 service: sent, asked about, and confirmed with "K".
#include "ca/cryptopro/cryptopro.h"

#include <string.h>

#include "base/text.h"

#define UNCONFIRMED_DELAY 900 /* seconds until a registration is worth another look */

kf_err kf_cp_rawcert(kf_cp *cp, const char *id, kf_http_answer *ret_http, bool *ret_there) {
    KF_AUTO(kf_http_answer) http = {0};
    KF_TRY(kf_cp_get(cp, kf_cp_request_path(cp, id, "/rawcert"), &http));
    if (http.status == 401 || http.status == 429 || http.status >= 500)
        return kf_cp_refused(cp, &http, "the certificate");
    *ret_there = kf_cp_is_ok(&http) && http.body.len > 0;
    kf_http_answer_clear(ret_http);
    *ret_http = http;
    http = (kf_http_answer){0};
    return KF_OK;
}

/* --- what a letter means --- */

static kf_err wait_for(const struct kf_cp_request *request, const char *words,
                       struct kf_ca_answer *answer) {
    answer->outcome = KF_CA_WAIT;
    KF_TRY(kf_ca_answer_ticket(answer, request->id));
    return kf_ca_answer_text(answer, "%s", words);
}

static kf_err settle_waiting(kf_cp *cp, const struct kf_cp_request *request,
                             struct kf_ca_answer *answer) {
    (void)cp;
    return wait_for(request, kf_cp_letter_words(request->letter), answer);
}

static kf_err settle_rejected(kf_cp *cp, const struct kf_cp_request *request,
                              struct kf_ca_answer *answer) {
    (void)cp;
    answer->outcome = KF_CA_REJECTED;
    KF_TRY(kf_ca_answer_ticket(answer, request->id));
    return kf_ca_answer_text(answer, "request %s: %s", request->id,
                             kf_cp_letter_words(request->letter));
}

/* The chain's other certificates, where the service gives them: rawcert is the leaf alone. Without
 * them the flow sees whether the leaf leads to an anchor. */
static kf_err add_issuers(kf_cp *cp, kf_certs *certs) {
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_certs) offered = {0};
    kf_err err = kf_cp_roots(cp, &answer);
    if (err == KF_OK && answer.outcome == KF_CA_ISSUED)
        err = kf_certs_read(answer.body, answer.body_len, &offered);
    if (err == KF_E_MEMORY || err == KF_E_INTERRUPTED)
        return err;
    for (size_t i = 0; i < offered.count && certs->count < KF_CERT_COUNT_MAX; i++) {
        if (!kf_cert_is_self_issued(offered.items[i]))
            KF_TRY(kf_certs_add(certs, offered.items[i]));
    }
    kf_error_clear();
    return KF_OK;
}

static kf_err settle_complete(kf_cp *cp, const struct kf_cp_request *request,
                              struct kf_ca_answer *answer) {
    KF_AUTO(kf_http_answer) http = {0};
    KF_AUTO(kf_certs) certs = {0};
    KF_AUTO(kf_buf) pem = {0};
    bool there = false;
    KF_TRY(kf_cp_rawcert(cp, request->id, &http, &there));
    if (!there)
        return wait_for(request, "complete, but its certificate cannot be fetched yet", answer);
    if (kf_certs_read(http.body.data, http.body.len, &certs) != KF_OK)
        return kf_fail_in(KF_E_CA_ANSWER, "the certificate of request %s", request->id);
    KF_TRY(add_issuers(cp, &certs));
    KF_TRY(kf_certs_encode(&certs, KF_CERT_PEM, &pem));
    answer->outcome = KF_CA_ISSUED;
    KF_TRY(kf_ca_answer_ticket(answer, request->id));
    return kf_ca_answer_body(answer, pem.data, pem.len);
}

kf_err kf_cp_settle(kf_cp *cp, const struct kf_cp_request *request, struct kf_ca_answer *answer) {
    static kf_err (*const settlers[])(kf_cp *, const struct kf_cp_request *,
                                      struct kf_ca_answer *) = {
        [KF_CP_UNKNOWN] = settle_waiting,   [KF_CP_QUEUED] = settle_waiting,
        [KF_CP_ACCEPTED] = settle_waiting,  [KF_CP_PENDING] = settle_waiting,
        [KF_CP_COMPLETE] = settle_complete, [KF_CP_ACKNOWLEDGED] = settle_complete,
        [KF_CP_REJECTED] = settle_rejected, [KF_CP_DENIED] = settle_rejected,
        [KF_CP_ERRORED] = settle_rejected,
    };
    return settlers[request->letter](cp, request, answer);
}

/* --- sending --- */

/* 403 to an order: nothing was taken. Is it because nobody has confirmed the registration? */
static kf_err forbidden(kf_cp *cp, const kf_http_answer *http, struct kf_ca_answer *answer) {
    KF_AUTO(kf_account) account = {0};
    KF_AUTO(kf_buf) words = {0};
    kf_err err = kf_cp_account(cp, &account);
    if (err == KF_E_MEMORY || err == KF_E_INTERRUPTED)
        return err;
    if (err == KF_OK && account.standing == KF_CA_SIGNED_OUT)
        return kf_cp_refused(cp, http, "the request");
    if (err == KF_OK && account.standing == KF_CA_UNCONFIRMED) {
        answer->outcome = KF_CA_RETRY;
        answer->delay = UNCONFIRMED_DELAY;
        return kf_ca_answer_text(answer, "your registration is not confirmed yet: %s",
                                 account.text);
    }
    kf_error_clear();
    KF_TRY(kf_cp_read_words(http->body.data, http->body.len, &words));
    answer->outcome = KF_CA_REJECTED;
    return kf_ca_answer_text(answer, "the service does not permit it (HTTP 403)%s%s",
                             words.len ? ": " : "", kf_buf_str(&words));
}

/* A status that says no to these bytes, for good. */
static bool is_refusal(long status) {
    return status == 400 || status == 413 || status == 415 || status == 422;
}

static kf_err not_taken(kf_cp *cp, const kf_http_answer *http, struct kf_ca_answer *answer) {
    KF_AUTO(kf_buf) words = {0};
    if (http->status == 403)
        return forbidden(cp, http, answer);
    if (!is_refusal(http->status)) {
        kf_err err = kf_cp_refused(cp, http, "the request");
        return err == KF_E_CA_UNREACHABLE
                   ? kf_fail_in(err, "it is unknown whether the request was taken")
                   : err;
    }
    KF_TRY(kf_cp_read_words(http->body.data, http->body.len, &words));
    answer->outcome = KF_CA_REJECTED;
    return kf_ca_answer_text(answer, "the service refused the request (HTTP %ld)%s%s", http->status,
                             words.len ? ": " : "", kf_buf_str(&words));
}

/* The order is there: whatever fails from here on, its id must not be lost. */
static kf_err taken(kf_cp *cp, const kf_http_answer *http, struct kf_ca_answer *answer) {
    struct kf_cp_request request = {0};
    KF_TRY(kf_cp_read_request(http->body.data, http->body.len, &request));
    kf_err err = kf_cp_settle(cp, &request, answer);
    if (err == KF_OK || err == KF_E_MEMORY)
        return err;
    kf_error_clear();
    kf_ca_answer_clear(answer);
    return wait_for(&request, "complete, but its certificate could not be fetched", answer);
}

/* Base64 on one line: all sites take that. */
static kf_err body_of(kf_cp *cp, const struct kf_ca_order *order, kf_buf *ret_body) {
    KF_TRY(kf_cp_sign_in(cp)); /* so that what fails later was on its way */
    return cp->by_certificate ? kf_cp_signed_order(cp, order, ret_body)
                              : kf_base64(ret_body, order->csr, order->csr_len);
}

kf_err kf_cp_submit(void *state, const struct kf_ca_order *order, struct kf_ca_answer *answer) {
    kf_cp *cp = state;
    KF_AUTO(kf_http_answer) http = {0};
    KF_AUTO(kf_buf) body = {0};
    bool settled = false;
    KF_TRY(body_of(cp, order, &body));
    kf_err err = kf_cp_post(cp, kf_str("%s/certrequest", kf_cp_root(cp)),
                            "application/octet-stream", body.data, body.len, &http);
    err = kf_http_unsettled(err, &http, answer, &settled);
    if (err != KF_OK || settled)
        return err;
    return kf_cp_is_ok(&http) ? taken(cp, &http, answer) : not_taken(cp, &http, answer);
}

/* --- asking --- */

/* The service says when it wants to be asked again. */
static kf_err wait_longer(const kf_http_answer *http, const char *ticket,
                          struct kf_ca_answer *answer) {
    answer->outcome = KF_CA_WAIT;
    answer->delay = http->retry_after;
    KF_TRY(kf_ca_answer_ticket(answer, ticket));
    return kf_ca_answer_text(
        answer, "the service does not answer now (HTTP %ld); keyfob asks later", http->status);
}

kf_err kf_cp_poll(void *state, const struct kf_ca_order *order, const char *ticket,
                  struct kf_ca_answer *answer) {
    kf_cp *cp = state;
    KF_AUTO(kf_http_answer) http = {0};
    struct kf_cp_request request = {0};
    (void)order;
    KF_TRY(kf_cp_get(cp, kf_cp_request_path(cp, ticket, ""), &http));
    if (http.status == 404) {
        answer->outcome = KF_CA_NOT_FOUND;
        return KF_OK;
    }
    if (http.status == 429 || (http.status == 503 && http.retry_after))
        return wait_longer(&http, ticket, answer);
    if (!kf_cp_is_ok(&http))
        return kf_cp_refused(cp, &http, "the state of the request");
    KF_TRY(kf_cp_read_request(http.body.data, http.body.len, &request));
    if (!kf_str_equal(request.id, ticket))
        return kf_fail(KF_E_CA_ANSWER, "\"%s\" was asked about request %s and answered about %s",
                       kf_http_host(cp->http), ticket, request.id);
    return kf_cp_settle(cp, &request, answer);
}

/* --- the certificate arrived --- */

/* Refused: fine when it was told before. */
static kf_err check_acknowledged(kf_cp *cp, const char *ticket, const kf_http_answer *refused) {
    KF_AUTO(kf_http_answer) http = {0};
    struct kf_cp_request request = {0};
    KF_TRY(kf_cp_get(cp, kf_cp_request_path(cp, ticket, ""), &http));
    if (kf_cp_is_ok(&http) &&
        kf_cp_read_request(http.body.data, http.body.len, &request) == KF_OK &&
        request.letter == KF_CP_ACKNOWLEDGED)
        return KF_OK;
    return kf_cp_refused(cp, refused, "the confirmation that the certificate arrived");
}

kf_err kf_cp_acknowledge(void *state, const struct kf_ca_order *order, const char *ticket) {
    static const char body[] = "{\"Status\":\"K\"}";
    kf_cp *cp = state;
    KF_AUTO(kf_http_answer) http = {0};
    (void)order;
    KF_TRY(kf_cp_post(cp, kf_cp_request_path(cp, ticket, ""), "application/json", body,
                      sizeof body - 1, &http));
    return kf_cp_is_ok(&http) ? KF_OK : check_acknowledged(cp, ticket, &http);
}
