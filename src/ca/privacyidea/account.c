// SPDX-License-Identifier: Apache-2.0
// The account: how it stands, and registering a new one where the server offers that.
#include "ca/privacyidea/pi.h"

#include "base/text.h"

static kf_err connected(const struct pi *pi, bool may_enroll, struct kf_ca_account *ret_account) {
    const struct pi_claims *claims = &pi->claims;
    char until[21];
    kf_time_text(claims->expires, until);
    KF_AUTO_FREE char *name =
        kf_str("%s%s%s", claims->user, *claims->realm ? "@" : "", claims->realm);
    KF_AUTO_FREE char *text = kf_str("%s%s%s", may_enroll ? "" : "may not enroll certificates; ",
                                     "session until ", claims->expires ? until : "it ends");
    if (!name || !text)
        return pi_no_memory();
    return kf_ca_account_set(ret_account, KF_CA_CONNECTED, *name ? name : NULL, text);
}

/* GET /auth/rights: the kinds of token that the account may enroll. */
kf_err pi_account(void *state, struct kf_ca_account *ret_account) {
    struct pi *pi = state;
    KF_AUTO(pi_reply) reply = {0};
    struct pi_request request = {.method = "GET", .path = "auth/rights"};
    kf_err err = pi_ask(pi, &request, &reply);
    if (err == KF_OK)
        err = pi_check(pi, &reply);
    if (err == KF_E_CA_LOGIN)
        return kf_ca_account_set(ret_account, KF_CA_SIGNED_OUT, NULL, NULL);
    if (err != KF_E_POLICY) /* it knows who asks, and does not say what that one may */
        KF_TRY(err);
    kf_error_clear();
    bool may_enroll = !reply.ok || json_object_get(reply.value, "certificate");
    return connected(pi, may_enroll, ret_account);
}

/* --- POST /register --- */

kf_err pi_offers_registration(struct pi *pi, bool *ret_offered) {
    KF_AUTO(pi_reply) reply = {0};
    struct pi_request request = {.method = "GET", .path = "register"};
    KF_TRY(pi_ask_anyone(pi, &request, &reply));
    *ret_offered = reply.ok && json_is_true(reply.value);
    return KF_OK;
}

/* Only what it knows, and nothing empty. */
static kf_err registration(const json_t *fields, json_t **ret_body) {
    static const char *const names[] = {"username", "givenname", "surname", "email",
                                        "password", "mobile",    "phone"};
    KF_AUTO_PTR(json_t) body = json_object();
    KF_TRY(kf_json_ready(body));
    for (size_t i = 0; i < KF_COUNT(names); i++) {
        const char *value = json_string_value(json_object_get(fields, names[i]));
        if (value && *value)
            KF_TRY(kf_json_set(body, names[i], json_string(value)));
    }
    *ret_body = KF_MOVE(body);
    return KF_OK;
}

kf_err pi_register(void *state, const char *fields, struct kf_ca_answer *answer) {
    struct pi *pi = state;
    KF_AUTO_PTR(json_t) given = NULL;
    KF_AUTO_PTR(json_t) body = NULL;
    KF_AUTO(pi_reply) reply = {0};
    bool offered = false;
    KF_TRY(pi_fields(fields, &given));
    KF_TRY(registration(given, &body));
    KF_TRY(pi_offers_registration(pi, &offered));
    if (!offered)
        return kf_fail(KF_E_UNSUPPORTED, "%s does not offer registration to new users",
                       kf_http_host(pi->http));
    struct pi_request request = {
        .method = "POST", .path = "register", .body = body, .secret = true};
    KF_TRY(pi_ask_anyone(pi, &request, &reply));
    if (!reply.ok || !json_is_true(reply.value)) {
        answer->outcome = KF_CA_REJECTED;
        return kf_ca_answer_text(answer, "%s", *reply.message ? reply.message : "not registered");
    }
    answer->outcome = KF_CA_ISSUED;
    return kf_ca_answer_text(answer, "registered; privacyIDEA sends a registration code by e-mail, "
                                     "which is needed for the first sign-in");
}
