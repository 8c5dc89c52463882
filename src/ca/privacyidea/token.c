// SPDX-License-Identifier: Apache-2.0
// Tokens of privacyIDEA: found, walked through, changed, revoked. A
// call without a serial means all tokens of the user there, so none is ever sent without one.
#include "ca/privacyidea/pi.h"

#include <string.h>

#include "base/text.h"

#define PAGE_SIZE 50
#define PAGES_MAX 200

#define HOLD 6 /* RFC 5280 5.3.1 certificateHold */

static kf_err no_serial(void) {
    return kf_fail(KF_E_USAGE, "that is no serial of a token: nothing was sent, as privacyIDEA "
                               "would take it for all tokens of the user");
}

/* --- finding --- */

static kf_err pick(const pi_reply *reply, const char *serial, struct pi_token *ret_token,
                   bool *ret_found) {
    const json_t *list = NULL;
    json_int_t next = 0;
    KF_TRY(pi_tokens_read(reply, &list, &next));
    *ret_found = false;
    for (size_t i = 0; i < json_array_size(list) && !*ret_found; i++) {
        struct pi_token token;
        *ret_found =
            pi_token_read(json_array_get(list, i), &token) && kf_str_equal(token.serial, serial);
        if (*ret_found)
            *ret_token = token;
    }
    return KF_OK;
}

kf_err pi_token_find(struct pi *pi, const char *serial, pi_reply *ret_reply,
                     struct pi_token *ret_token, bool *ret_found) {
    if (!pi_serial_ok(serial))
        return no_serial();
    KF_AUTO_FREE char *path = kf_str("token/?serial=%s", serial);
    if (!path)
        return pi_no_memory();
    struct pi_request request = {.method = "GET", .path = path};
    *ret_found = false;
    KF_TRY(pi_ask(pi, &request, ret_reply));
    if (ret_reply->code == PI_NOT_FOUND)
        return KF_OK;
    KF_TRY(pi_check(pi, ret_reply));
    return pick(ret_reply, serial, ret_token, ret_found);
}

static kf_err visit_page(const json_t *list,
                         kf_err (*visit)(void *arg, const json_t *item,
                                         const struct pi_token *token, bool *ret_stop),
                         void *arg, bool *ret_stop) {
    for (size_t i = 0; i < json_array_size(list) && !*ret_stop; i++) {
        const json_t *item = json_array_get(list, i);
        struct pi_token token;
        if (pi_token_read(item, &token))
            KF_TRY(visit(arg, item, &token, ret_stop));
    }
    return KF_OK;
}

kf_err pi_tokens_walk(struct pi *pi,
                      kf_err (*visit)(void *arg, const json_t *item, const struct pi_token *token,
                                      bool *ret_stop),
                      void *arg) {
    bool stop = false;
    json_int_t page = 1;
    for (int pages = 0; pages < PAGES_MAX && !stop; pages++) {
        KF_AUTO(pi_reply) reply = {0};
        KF_AUTO_FREE char *path =
            kf_str("token/?type=certificate&page=%lld&pagesize=%d", (long long)page, PAGE_SIZE);
        struct pi_request request = {.method = "GET", .path = path};
        const json_t *list = NULL;
        json_int_t next = 0;
        if (!path)
            return pi_no_memory();
        KF_TRY(pi_ask(pi, &request, &reply));
        KF_TRY(pi_check(pi, &reply));
        KF_TRY(pi_tokens_read(&reply, &list, &next));
        KF_TRY(visit_page(list, visit, arg, &stop));
        if (next <= page) /* also one that leads in a circle */
            return KF_OK;
        page = next;
    }
    return KF_OK;
}

/* --- one that must be there --- */

kf_err pi_token_must_find(struct pi *pi, const char *serial, pi_reply *ret_reply,
                          struct pi_token *ret_token) {
    bool found = false;
    KF_TRY(pi_token_find(pi, serial, ret_reply, ret_token, &found));
    return found ? KF_OK
                 : kf_fail(KF_E_NOT_FOUND, "%s has no token \"%s\", or this account may not see it",
                           kf_http_host(pi->http), serial);
}

kf_err pi_token_change(struct pi *pi, const char *what, const char *serial, json_t *extra,
                       pi_reply *ret_reply) {
    KF_AUTO_PTR(json_t) body = extra;
    if (!pi_serial_ok(serial))
        return no_serial();
    KF_AUTO_FREE char *path = kf_str("token/%s/%s", what, serial);
    if (!path)
        return pi_no_memory();
    KF_TRY(kf_json_ready(body));
    KF_TRY(kf_json_set(body, "serial", json_string(serial)));
    struct pi_request request = {.method = "POST", .path = path, .body = body};
    KF_TRY(pi_ask(pi, &request, ret_reply));
    return pi_check(pi, ret_reply);
}

kf_err pi_token_revoke(struct pi *pi, const char *serial) {
    KF_AUTO(pi_reply) reply = {0};
    KF_TRY(pi_token_change(pi, "revoke", serial, json_object(), &reply));
    json_int_t count = json_integer_value(reply.value);
    if (count == 1)
        return KF_OK;
    return kf_fail(KF_E_CA_ANSWER, "%s says that it revoked %lld tokens, not one",
                   kf_http_host(pi->http), (long long)count);
}

/* --- revoking a certificate --- */

struct wanted {
    const struct kf_ca_revocation *order;
    char serial[PI_SERIAL_MAX + 1];
};

static bool same_certificate(const struct kf_ca_revocation *order, const char *pem) {
    KF_AUTO(kf_certs) certs = {0};
    size_t len = 0;
    if (kf_certs_read((const uint8_t *)pem, strlen(pem), &certs) != KF_OK || certs.count == 0)
        return false;
    const uint8_t *der = kf_cert_der(certs.items[0], &len);
    return len == order->cert_len && memcmp(der, order->cert, len) == 0;
}

static kf_err is_it(void *arg, const json_t *item, const struct pi_token *token, bool *ret_stop) {
    struct wanted *wanted = arg;
    (void)item;
    if (token->certificate && pi_serial_ok(token->serial) &&
        same_certificate(wanted->order, token->certificate)) {
        snprintf(wanted->serial, sizeof wanted->serial, "%s", token->serial);
        *ret_stop = true;
    }
    return KF_OK;
}

/* By the ticket of its order, else by its bytes. */
static kf_err find_serial(struct pi *pi, struct wanted *wanted) {
    const char *ticket = wanted->order->ticket;
    if (ticket && !pi_serial_ok(ticket))
        return no_serial();
    if (ticket) {
        snprintf(wanted->serial, sizeof wanted->serial, "%s", ticket);
        return KF_OK;
    }
    KF_TRY(pi_tokens_walk(pi, is_it, wanted));
    return *wanted->serial ? KF_OK
                           : kf_fail(KF_E_NOT_FOUND,
                                     "%s has no token with this certificate, or this account may "
                                     "not see it",
                                     kf_http_host(pi->http));
}

kf_err pi_revoke(void *state, const struct kf_ca_revocation *order, struct kf_ca_answer *answer) {
    struct pi *pi = state;
    struct wanted wanted = {.order = order};
    KF_AUTO(pi_reply) reply = {0};
    struct pi_token token = {0};
    if (order->reason == HOLD) {
        kf_fail(KF_E_UNSUPPORTED, "privacyIDEA cannot put a certificate on hold");
        kf_error_hint(
            "Disable its token: `keyfob connection act %s token-disable --set serial=...`.",
            pi->setup.connection);
        return KF_E_UNSUPPORTED;
    }
    KF_TRY(find_serial(pi, &wanted));
    KF_TRY(pi_token_must_find(pi, wanted.serial, &reply, &token));
    if (token.certificate && !same_certificate(order, token.certificate))
        return kf_fail(KF_E_STATE, "the token %s holds another certificate: nothing was revoked",
                       wanted.serial);
    answer->outcome = KF_CA_ISSUED;
    if (!token.revoked)
        KF_TRY(pi_token_revoke(pi, wanted.serial));
    return kf_ca_answer_text(answer, "the token %s is revoked; privacyIDEA notes no reason",
                             wanted.serial);
}
