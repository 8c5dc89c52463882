// SPDX-License-Identifier: Apache-2.0
// Who must act next on a request, since when, and what keyfob does meanwhile.
#include "enroll/next.h"

#include <string.h>

#include "base/text.h"
#include "x509/issued.h"
#include "x509/json.h"

/* One line of what comes next. Times are seconds since the epoch; 0 is left out. */
struct line {
    const char *actor, *what; /* a word for programs that have sentences of their own */
    int64_t since, at;
};

static kf_err set_time(json_t *item, const char *key, int64_t seconds) {
    char text[21];
    if (seconds == 0)
        return KF_OK;
    kf_time_text(seconds, text);
    return kf_json_set(item, key, json_string(text));
}

/* Takes `text` over, which is malloc'ed. */
static kf_err add(json_t *list, struct line line, char *text) {
    KF_AUTO_FREE char *owned = text;
    if (!owned)
        return kf_fail(KF_E_MEMORY, "out of memory");
    KF_AUTO_PTR(json_t)
    item = json_pack("{s:s, s:s, s:s}", "actor", line.actor, "what", line.what, "do", owned);
    KF_TRY(kf_json_ready(item));
    KF_TRY(set_time(item, "since", line.since));
    KF_TRY(set_time(item, "at", line.at));
    return kf_json_append(list, KF_MOVE(item));
}

/* --- parts --- */

static kf_err add_sign_in(json_t *list, const kf_request *request) {
    return add(list, (struct line){"you", "sign_in", .since = request->ca_since},
               kf_str("sign in: `keyfob connection login %s`", request->connection));
}

static kf_err add_checks(json_t *list, const kf_request *request, const char *what,
                         const char *text) {
    const char *after = request->login ? ", and at once when you have signed in" : "";
    return add(list, (struct line){"keyfob", what, .at = request->next_poll},
               kf_str("%s%s", text, after));
}

static kf_err add_installs(json_t *list, const kf_request *request) {
    struct line line = {.actor = "keyfob", .what = request->token_uri ? "install" : "store"};
    KF_AUTO_FREE char *old =
        request->renews ? kf_str("; until then \"%s\" stays", request->renews) : strdup("");
    if (!old)
        return kf_fail(KF_E_MEMORY, "out of memory");
    if (!request->token_uri)
        return add(list, line, kf_str("puts the certificate into the personal store%s", old));
    return add(list, line,
               kf_str("installs the certificate when \"%s\" (%s) is inserted%s",
                      request->token_label, request->token_serial, old));
}

static kf_err add_you(json_t *list, const kf_request *request, const char *what, const char *text) {
    return add(list, (struct line){"you", what, .since = request->updated}, kf_str("%s", text));
}

/* --- by state --- */

static kf_err before_sending(json_t *list, const kf_request *request) {
    static const char *const steps[][2] = {
        [KF_REQUEST_INTENT] = {"make_key", "make the key"},
        [KF_REQUEST_KEY_READY] = {"sign", "sign the request"},
        [KF_REQUEST_CSR_READY] = {"send", "send the request"},
        [KF_REQUEST_SUBMITTING] = {"find_out", "find out whether it arrived"},
    };
    const char *const *step = steps[request->state];
    if (request->login)
        KF_TRY(add_sign_in(list, request));
    KF_TRY(add(list, (struct line){"you", step[0], .since = request->updated},
               kf_str("go on with `keyfob resume`: %s", step[1])));
    if (request->problem)
        KF_TRY(add_checks(list, request, "try_again", "tries again"));
    return KF_OK;
}

static kf_err waiting(json_t *list, const kf_request *request) {
    struct line who = {request->ca_who ? request->ca_who : "ca", "decide",
                       .since = request->ca_since};
    if (request->answer.len > 0) {
        KF_TRY(
            add_you(list, request, "check", "go on with `keyfob resume`: check the certificate"));
        return add_installs(list, request);
    }
    if (request->login)
        KF_TRY(add_sign_in(list, request));
    else
        KF_TRY(add(list, who,
                   kf_str("%s", request->ca_text ? request->ca_text : "decides on the request")));
    KF_TRY(request->problem ? add_checks(list, request, "try_again", "tries again")
                            : add_checks(list, request, "check_again", "checks again"));
    return add_installs(list, request);
}

static kf_err issued(json_t *list, const kf_request *request) {
    KF_TRY(add_you(list, request, "check", "go on with `keyfob resume`: check the certificate"));
    return add_installs(list, request);
}

static kf_err verified(json_t *list, const kf_request *request) {
    char id[KF_REQUEST_ID_MAX];
    kf_request_id(request, id);
    if (!request->token_uri)
        return add_you(list, request, "store", "go on with `keyfob resume`: put it into the store");
    KF_TRY(add(list, (struct line){"you", "insert", .since = request->updated},
               kf_str("insert \"%s\" (%s) and run `keyfob request install %s`",
                      request->token_label, request->token_serial, id)));
    return add_installs(list, request);
}

static kf_err written(json_t *list, const kf_request *request) {
    if (request->login)
        KF_TRY(add_sign_in(list, request));
    if (!request->problem)
        return add_you(list, request, "store", "go on with `keyfob resume`: put it into the store");
    return add_checks(list, request, "tell_ca",
                      "tells the CA again that the certificate is installed");
}

static kf_err quarantined(json_t *list, const kf_request *request) {
    if (request->revocation)
        return add(list, (struct line){"ca", "decide_revocation", .since = request->updated},
                   kf_str("decides on the revocation: %s", request->revocation));
    long long number = (long long)request->number;
    int64_t since = request->updated;
    if (request->revoked_at)
        return add(
            list, (struct line){"you", "withdraw", .since = since},
            kf_str("withdraw it with `keyfob request withdraw r-%lld`: it is revoked", number));
    if (request->reason && strstr(request->reason, KF_ISSUED_ROOTLESS))
        return add(list, (struct line){"you", "trust", .since = since},
                   kf_str("if its issuer is the CA's own, accept it with `keyfob connection roots "
                          "%s --file FILE --accept FINGERPRINT`, then `keyfob request retry "
                          "r-%lld`; if not, have it revoked with `keyfob revoke r-%lld`",
                          request->connection, number, number));
    return add(list, (struct line){"you", "correct", .since = since},
               kf_str("have the CA correct it, then `keyfob request retry r-%lld`; or have it "
                      "revoked with `keyfob revoke r-%lld`",
                      number, number));
}

static kf_err needs_operator(json_t *list, const kf_request *request) {
    long long number = (long long)request->number;
    return add(list, (struct line){"you", "ask_ca", .since = request->updated},
               kf_str("ask the CA, then `keyfob request retry r-%lld` or `keyfob request import "
                      "r-%lld FILE`",
                      number, number));
}

static kf_err (*const by_state[])(json_t *, const kf_request *) = {
    [KF_REQUEST_INTENT] = before_sending,    [KF_REQUEST_KEY_READY] = before_sending,
    [KF_REQUEST_CSR_READY] = before_sending, [KF_REQUEST_SUBMITTING] = before_sending,
    [KF_REQUEST_SUBMITTED] = waiting,        [KF_REQUEST_ISSUED] = issued,
    [KF_REQUEST_VERIFIED] = verified,        [KF_REQUEST_WRITTEN] = written,
    [KF_REQUEST_QUARANTINED] = quarantined,  [KF_REQUEST_NEEDS_OPERATOR] = needs_operator,
};

kf_err kf_next_json(const kf_request *request, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    if (request->key_left)
        KF_TRY(add_you(list, request, "destroy_key",
                       "insert the token and run `keyfob resume`: its unused key is still to be "
                       "destroyed"));
    if ((size_t)request->state < KF_COUNT(by_state) && by_state[request->state])
        KF_TRY(by_state[request->state](list, request));
    *ret_list = KF_MOVE(list);
    return KF_OK;
}
