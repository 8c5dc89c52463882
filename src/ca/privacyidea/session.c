// SPDX-License-Identifier: Apache-2.0
// Asking privacyIDEA within a session: the JWT goes bare into PI-Authorization, is kept in the
// keyring, and a new one is asked for when it has ended, if a password alone is enough for that.
#include "ca/privacyidea/pi.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/text.h"

#define HEADER   "PI-Authorization"
#define MARK_LEN ((size_t)33) /* hex digits and a line end */

kf_err pi_no_memory(void) {
    return kf_fail(KF_E_MEMORY, "out of memory for privacyIDEA");
}

const char *pi_option(const struct pi *pi, const char *name) {
    const char *value = pi->setup.option(pi->setup.arg, name);
    return value ? value : "";
}

/* --- the session --- */

static kf_err use_session(struct pi *pi, kf_secret *session) {
    kf_secret_free(pi->session);
    pi->session = session;
    pi->claims = (struct pi_claims){0};
    if (session)
        pi_claims_read(kf_secret_data(session), kf_secret_len(session), &pi->claims);
    return kf_http_credential(pi->http, HEADER, session);
}

/* The first line of what is kept: a session is of the address and the user that the settings had.
 * After a change it goes nowhere. */
static kf_err mark_of(const struct pi *pi, char ret_mark[static MARK_LEN + 1]) {
    static const char *const names[] = {"url", "user", "realm"};
    KF_AUTO(kf_buf) text = {0};
    KF_AUTO(kf_buf) hex = {0};
    uint8_t digest[32];
    for (size_t i = 0; i < KF_COUNT(names); i++)
        KF_TRY(kf_buf_printf(&text, "%s\n", pi_option(pi, names[i])));
    if (!EVP_Digest(text.data, text.len, digest, NULL, EVP_sha256(), NULL))
        return kf_fail(KF_E_CRYPTO, "SHA-256 is not available");
    KF_TRY(kf_hex(&hex, digest, (MARK_LEN - 1) / 2, 0));
    snprintf(ret_mark, MARK_LEN + 1, "%s\n", kf_buf_str(&hex));
    return KF_OK;
}

static kf_err keep_session(const struct pi *pi) {
    KF_AUTO_PTR(kf_secret) marked = NULL;
    char mark[MARK_LEN + 1];
    if (!pi->setup.keep)
        return KF_OK;
    if (!pi->session)
        return pi->setup.keep(pi->setup.arg, "session", NULL);
    KF_TRY(mark_of(pi, mark));
    KF_TRY(kf_secret_new(MARK_LEN + kf_secret_len(pi->session), &marked));
    memcpy(kf_secret_data(marked), mark, MARK_LEN);
    memcpy(kf_secret_data(marked) + MARK_LEN, kf_secret_data(pi->session),
           kf_secret_len(pi->session));
    kf_secret_set_len(marked, MARK_LEN + kf_secret_len(pi->session));
    return pi->setup.keep(pi->setup.arg, "session", marked);
}

kf_err pi_session_set(struct pi *pi, const char *jwt) {
    kf_secret *session = NULL;
    pi->recalled = true;
    if (jwt)
        KF_TRY(kf_secret_copy(jwt, strlen(jwt), &session));
    KF_TRY(use_session(pi, session));
    return keep_session(pi);
}

static kf_err recall(const struct pi *pi, const char *name, kf_secret **ret_secret) {
    *ret_secret = NULL;
    return pi->setup.recall ? pi->setup.recall(pi->setup.arg, name, ret_secret) : KF_OK;
}

static kf_err recall_session(struct pi *pi) {
    KF_AUTO_PTR(kf_secret) marked = NULL;
    kf_secret *session = NULL;
    char mark[MARK_LEN + 1];
    KF_TRY(recall(pi, "session", &marked));
    KF_TRY(mark_of(pi, mark));
    if (!marked || kf_secret_len(marked) <= MARK_LEN ||
        memcmp(kf_secret_data(marked), mark, MARK_LEN) != 0)
        return KF_OK;
    KF_TRY(kf_secret_copy(kf_secret_data(marked) + MARK_LEN, kf_secret_len(marked) - MARK_LEN,
                          &session));
    return use_session(pi, session);
}

bool pi_session_recall(struct pi *pi) {
    if (!pi->recalled)
        recall_session(pi);
    pi->recalled = true;
    return pi->session != NULL;
}

/* --- a new one by itself --- */

static kf_err want_login(const struct pi *pi, const char *why) {
    kf_fail(KF_E_CA_LOGIN, "\"%s\" wants a sign-in: %s", pi->setup.connection, why);
    kf_error_hint("Sign in with `keyfob connection login %s`, then run the command again, or "
                  "`keyfob resume`.",
                  pi->setup.connection);
    return KF_E_CA_LOGIN;
}

/* A password that was refused, or that alone is not enough, is not tried again: each try may count
 * towards a lock, or ring somebody's phone. "refused" is a copy of it. */
static kf_err note_refused(struct pi *pi, const kf_secret *password, const char *why) {
    if (pi->setup.keep)
        KF_TRY(pi->setup.keep(pi->setup.arg, "refused", password));
    return want_login(pi, why);
}

static kf_err sign_in_with(struct pi *pi, const kf_secret *password) {
    KF_AUTO(pi_reply) reply = {0};
    bool in = false;
    char user[sizeof pi->claims.user], realm[sizeof pi->claims.realm];
    const char *set_user = pi_option(pi, "user"), *set_realm = pi_option(pi, "realm");
    snprintf(user, sizeof user, "%s", *set_user ? set_user : pi->claims.user);
    snprintf(realm, sizeof realm, "%s", *set_user ? set_realm : pi->claims.realm);
    if (!*user)
        return want_login(pi, "no user is set");
    struct pi_who who = {.user = user, .realm = realm, .password = password};
    KF_TRY(pi_auth(pi, &who, &reply));
    KF_TRY(pi_accepted(pi, &reply, &in));
    if (in)
        return KF_OK;
    if (reply.ok && kf_str_equal(reply.authentication, "CHALLENGE"))
        return note_refused(pi, password, "it asks for a second factor");
    return note_refused(pi, password, "it does not take the password that is kept");
}

static kf_err sign_in_again(struct pi *pi) {
    KF_AUTO_PTR(kf_secret) password = NULL;
    KF_AUTO_PTR(kf_secret) refused = NULL;
    KF_TRY(recall(pi, "password", &password));
    if (!password)
        return want_login(pi, pi->session ? "the session has ended" : "nobody is signed in");
    KF_TRY(recall(pi, "refused", &refused));
    if (refused && kf_secret_equal(refused, password))
        return want_login(pi,
                          "the password that is kept was not enough the last time, or is not of "
                          "whoever signed in");
    return sign_in_with(pi, password);
}

/* Whether a session has ended is for the server to say: our clock may be wrong. */
kf_err pi_sign_in(struct pi *pi) {
    return pi_session_recall(pi) ? KF_OK : sign_in_again(pi);
}

/* --- asking --- */

bool pi_session_over(const pi_reply *reply) {
    return !reply->ok && (reply->code == PI_SESSION_ENDED || reply->code == PI_BAD_SESSION ||
                          reply->code == PI_NO_SESSION);
}

static kf_err send_once(struct pi *pi, const struct pi_request *request, bool anonymous,
                        kf_http_answer *ret_answer) {
    KF_AUTO_FREE char *body = request->body ? json_dumps(request->body, JSON_COMPACT) : NULL;
    if (request->body && !body)
        return pi_no_memory();
    struct kf_http_request http = {
        .method = request->method,
        .path = request->path,
        .type = body ? "application/json" : NULL,
        .body = body,
        .body_len = body ? strlen(body) : 0,
        .accept = "application/json",
        .anonymous = anonymous,
    };
    kf_err err = kf_http_send(pi->http, &http, ret_answer);
    if (body && request->secret)
        explicit_bzero(body, strlen(body));
    return err;
}

/* "Not now", as an error for those who only look. */
static kf_err not_now(struct pi *pi, const kf_http_answer *http) {
    KF_AUTO(kf_answer) answer = {0};
    bool settled = false;
    pi->later = http->retry_after;
    kf_err err = kf_http_unsettled(KF_OK, http, &answer, &settled);
    if (err == KF_OK && !settled)
        return KF_OK;
    return kf_fail(KF_E_CA_UNREACHABLE, "%s answers with HTTP %ld: not now", kf_http_host(pi->http),
                   http->status);
}

static kf_err read_reply(const struct pi *pi, const kf_http_answer *http, pi_reply *ret_reply) {
    if (pi_reply_read(http->body.data, http->body.len, ret_reply) == KF_OK)
        return KF_OK;
    return kf_fail_in(KF_E_CA_ANSWER, "%s answered with HTTP %ld and no privacyIDEA",
                      kf_http_host(pi->http), http->status);
}

kf_err pi_ask_anyone(struct pi *pi, const struct pi_request *request, pi_reply *ret_reply) {
    KF_AUTO(kf_http_answer) http = {0};
    KF_TRY(send_once(pi, request, true, &http));
    KF_TRY(not_now(pi, &http));
    return read_reply(pi, &http, ret_reply);
}

/* `answer` NULL: nothing is ordered, so that "not now" is an error. */
static kf_err ask_once(struct pi *pi, const struct pi_request *request, struct kf_ca_answer *answer,
                       bool *ret_settled, pi_reply *ret_reply) {
    KF_AUTO(kf_http_answer) http = {0};
    pi->later = 0;
    kf_err err = send_once(pi, request, false, &http);
    if (answer) {
        KF_TRY(kf_http_unsettled(err, &http, answer, ret_settled));
        return *ret_settled ? KF_OK : read_reply(pi, &http, ret_reply);
    }
    KF_TRY(err);
    KF_TRY(not_now(pi, &http));
    return read_reply(pi, &http, ret_reply);
}

/* That the CA could not be reached for signing in says that the order was not even sent. */
static kf_err unsent(const struct pi *pi, kf_err err, struct kf_ca_answer *answer,
                     bool *ret_settled) {
    if (err != KF_E_CA_UNREACHABLE || !answer)
        return err;
    answer->outcome = KF_CA_RETRY;
    answer->delay = pi->later;
    *ret_settled = true;
    return kf_ca_answer_text(answer, "%s", kf_error_sentence(err));
}

static kf_err ask(struct pi *pi, const struct pi_request *request, struct kf_ca_answer *answer,
                  bool *ret_settled, pi_reply *ret_reply) {
    kf_err err = pi_sign_in(pi);
    if (err != KF_OK)
        return unsent(pi, err, answer, ret_settled);
    KF_TRY(ask_once(pi, request, answer, ret_settled, ret_reply));
    if (!pi_session_over(ret_reply) || (answer && *ret_settled))
        return KF_OK;
    err = sign_in_again(pi); /* who was not let in has ordered nothing */
    if (err != KF_OK)
        return unsent(pi, err, answer, ret_settled);
    pi_reply_clear(ret_reply);
    KF_TRY(ask_once(pi, request, answer, ret_settled, ret_reply));
    if (pi_session_over(ret_reply))
        return want_login(pi, "it does not take its own session");
    return KF_OK;
}

kf_err pi_ask(struct pi *pi, const struct pi_request *request, pi_reply *ret_reply) {
    return ask(pi, request, NULL, NULL, ret_reply);
}

kf_err pi_order(struct pi *pi, const struct pi_request *request, struct kf_ca_answer *answer,
                bool *ret_settled, pi_reply *ret_reply) {
    *ret_settled = false;
    return ask(pi, request, answer, ret_settled, ret_reply);
}

/* --- what a "no" means --- */

kf_err pi_check(const struct pi *pi, const pi_reply *reply) {
    static const struct {
        int code;
        kf_err err;
    } known[] = {
        {PI_POLICY, KF_E_POLICY},
        {PI_NO_RIGHT, KF_E_POLICY},
        {PI_NO_METHOD, KF_E_POLICY},
        {PI_NOT_FOUND, KF_E_NOT_FOUND},
        {PI_NO_SESSION, KF_E_CA_LOGIN},
        {PI_BAD_SESSION, KF_E_CA_LOGIN},
        {PI_INTERNAL, KF_E_CA_ANSWER},
        {PI_SESSION_ENDED, KF_E_CA_LOGIN},
        {PI_WRONG_CREDENTIALS, KF_E_CA_LOGIN},
    };
    kf_err err = KF_E_REJECTED;
    if (reply->ok)
        return KF_OK;
    for (size_t i = 0; i < KF_COUNT(known); i++)
        err = known[i].code == reply->code ? known[i].err : err;
    kf_fail(err, "%s says no (%lld): %.400s", kf_http_host(pi->http), (long long)reply->code,
            reply->message);
    if (err == KF_E_POLICY)
        kf_error_hint("Ask the privacyIDEA administrator for the right that is named above.");
    return err;
}
