// SPDX-License-Identifier: Apache-2.0
// Signing in: a password, PIN and OTP in one, the answer to a challenge, a push that is confirmed
// elsewhere. What a person types goes from one locked place to the other.
#include "ca/privacyidea/pi.h"

#include <string.h>

#include "base/text.h"

#define BODY_MAX   KF_SECRET_MAX
#define PUSH_DELAY 3 /* seconds between two looks */

/* --- POST /auth --- */

/* JSON text (RFC 8259 7) behind what is in the secret; false when it does not fit. */
static bool add_raw(kf_secret *body, const void *data, size_t len) {
    size_t at = kf_secret_len(body);
    if (len > kf_secret_capacity(body) - at)
        return false;
    memcpy(kf_secret_data(body) + at, data, len);
    kf_secret_set_len(body, at + len);
    return true;
}

static bool add_quoted(kf_secret *body, const uint8_t *text, size_t len) {
    bool fits = add_raw(body, "\"", 1);
    for (size_t i = 0; i < len && fits; i++) {
        char escaped[8];
        int escaped_len = 1;
        if (text[i] == '"' || text[i] == '\\')
            escaped_len = snprintf(escaped, sizeof escaped, "\\%c", text[i]);
        else if (text[i] < 0x20)
            escaped_len = snprintf(escaped, sizeof escaped, "\\u%04x", text[i]);
        else
            escaped[0] = (char)text[i];
        fits = add_raw(body, escaped, (size_t)escaped_len);
        explicit_bzero(escaped, sizeof escaped);
    }
    return fits && add_raw(body, "\"", 1);
}

static bool add_member(kf_secret *body, const char *name, const char *value) {
    if (!value || !*value)
        return true;
    return add_raw(body, ",\"", 2) && add_raw(body, name, strlen(name)) &&
           add_raw(body, "\":", 2) && add_quoted(body, (const uint8_t *)value, strlen(value));
}

static kf_err auth_body(const struct pi_who *who, kf_secret **ret_body) {
    KF_AUTO_PTR(kf_secret) body = NULL;
    kf_secret *typed = (kf_secret *)who->password; /* read only */
    const uint8_t *data = typed ? kf_secret_data(typed) : (const uint8_t *)"";
    size_t len = typed ? kf_secret_len(typed) : 0;
    if (!kf_utf8_valid((const char *)data, len) || memchr(data, '\0', len))
        return kf_fail(KF_E_INPUT, "the password is not UTF-8");
    KF_TRY(kf_secret_new(BODY_MAX, &body));
    bool fits = add_raw(body, "{\"password\":", 12) && add_quoted(body, data, len) &&
                add_member(body, "username", who->user) && add_member(body, "realm", who->realm) &&
                add_member(body, "transaction_id", who->transaction) && add_raw(body, "}", 1);
    if (!fits)
        return kf_fail(KF_E_TOO_LARGE, "the password is too long");
    *ret_body = KF_MOVE(body);
    return KF_OK;
}

/* What says nothing about the password, in whatever words. */
static bool is_own_trouble(long status) {
    return status == 408 || status == 429 || status >= 500;
}

kf_err pi_auth(struct pi *pi, const struct pi_who *who, pi_reply *ret_reply) {
    KF_AUTO_PTR(kf_secret) body = NULL;
    KF_AUTO(kf_http_answer) http = {0};
    KF_TRY(auth_body(who, &body));
    struct kf_http_request request = {
        .method = "POST",
        .path = "auth",
        .type = "application/json",
        .body = kf_secret_data(body),
        .body_len = kf_secret_len(body),
        .accept = "application/json",
        .anonymous = true,
    };
    pi->later = 0;
    KF_TRY(kf_http_send(pi->http, &request, &http));
    if (is_own_trouble(http.status)) {
        pi->later = http.retry_after;
        return kf_fail(KF_E_CA_UNREACHABLE, "%s signs nobody in at the moment (HTTP %ld)",
                       kf_http_host(pi->http), http.status);
    }
    if (pi_reply_read(http.body.data, http.body.len, ret_reply) == KF_OK)
        return KF_OK;
    return kf_fail_in(KF_E_CA_ANSWER, "signing in at %s (HTTP %ld)", kf_http_host(pi->http),
                      http.status);
}

/* jansson frees without wiping. */
static void wipe_text(const json_t *json) {
    char *text = (char *)json_string_value(json);
    if (text)
        explicit_bzero(text, strlen(text));
}

kf_err pi_accepted(struct pi *pi, const pi_reply *reply, bool *ret_in) {
    const json_t *token = json_object_get(reply->value, "token");
    const char *jwt = json_string_value(token);
    *ret_in = reply->ok && jwt && *jwt;
    if (!*ret_in)
        return KF_OK;
    kf_err err = pi_session_set(pi, jwt);
    wipe_text(token);
    return err;
}

/* --- the rounds --- */

/* What is carried from round to round, as {t, u, r, m}; nothing in it is secret. */
struct round {
    json_t *json;
    const char *transaction, *user, *realm;
    const char *mode; /* "type", "poll", "both" */
};

static kf_err make_ticket(const struct pi_who *who, const char *mode, struct kf_ca_answer *answer) {
    KF_AUTO_PTR(json_t)
    json = json_pack("{s:s, s:s, s:s, s:s}", "t", who->transaction ? who->transaction : "", "u",
                     who->user, "r", who->realm, "m", mode);
    KF_AUTO_FREE char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    return text ? kf_ca_answer_ticket(answer, text) : pi_no_memory();
}

static const char *member(const json_t *json, const char *key) {
    const char *text = json_string_value(json_object_get(json, key));
    return text ? text : "";
}

static kf_err read_ticket(const char *ticket, json_t **ret_json) {
    json_t *json = json_loads(ticket, 0, NULL);
    if (json_is_object(json)) {
        *ret_json = json;
        return KF_OK;
    }
    json_decref(json);
    return kf_fail(KF_E_USAGE, "the ticket is not of a sign-in at privacyIDEA");
}

static kf_err cannot_answer(const struct pi *pi, const char *way) {
    kf_fail(KF_E_UNSUPPORTED, "\"%s\" wants \"%.32s\" as the second factor, which keyfob cannot do",
            pi->setup.connection, way ? way : "something unknown");
    kf_error_hint("Have an OTP token or a push token enrolled for the account in privacyIDEA.");
    return KF_E_UNSUPPORTED;
}

static kf_err ask_further(struct pi *pi, const struct pi_who *who, const pi_reply *reply,
                          struct kf_ca_answer *answer) {
    struct pi_challenge challenge = {0};
    KF_TRY(pi_challenge_read(reply, &challenge));
    if (!challenge.can_answer && !challenge.can_poll)
        return cannot_answer(pi, challenge.other);
    struct pi_who next = *who;
    next.transaction = challenge.transaction;
    const char *mode = !challenge.can_poll ? "type" : challenge.can_answer ? "both" : "poll";
    KF_TRY(make_ticket(&next, mode, answer));
    const char *words = *reply->message ? reply->message : "enter the one-time password";
    if (challenge.can_answer)
        return kf_ca_answer_person(
            answer, "you", "%.1000s%s", words,
            challenge.can_poll ? " (or confirm on the phone and give nothing)" : "");
    answer->outcome = KF_CA_WAIT;
    answer->delay = PUSH_DELAY;
    return kf_ca_answer_text(answer, "%.1000s", words);
}

static kf_err refused(const pi_reply *reply, struct kf_ca_answer *answer) {
    answer->outcome = KF_CA_REJECTED;
    return kf_ca_answer_text(answer, "%s",
                             *reply->message ? reply->message : "the sign-in was refused");
}

/* The password that is kept is of the user in the settings, where there is one. */
static bool is_set_user(const struct pi *pi, const struct pi_who *who) {
    const char *user = pi_option(pi, "user");
    return !*user ||
           (kf_str_equal(user, who->user) && kf_str_equal(pi_option(pi, "realm"), who->realm));
}

/* After a person signed in with nothing but the password, that is enough to do it again; after
 * somebody else did, it would go on as another. */
static kf_err note_password(struct pi *pi, const struct pi_who *who) {
    KF_AUTO_PTR(kf_secret) kept = NULL;
    if (!pi->setup.keep || !pi->setup.recall)
        return KF_OK;
    if (is_set_user(pi, who))
        return who->transaction ? KF_OK : pi->setup.keep(pi->setup.arg, "refused", NULL);
    KF_TRY(pi->setup.recall(pi->setup.arg, "password", &kept));
    return kept ? pi->setup.keep(pi->setup.arg, "refused", kept) : KF_OK;
}

static kf_err signed_in(struct pi *pi, const struct pi_who *who, struct kf_ca_answer *answer) {
    answer->outcome = KF_CA_ISSUED;
    KF_TRY(note_password(pi, who));
    return kf_ca_answer_text(answer, "signed in as %s%s%s%s",
                             *pi->claims.user ? pi->claims.user : who->user,
                             *pi->claims.realm ? "@" : "", pi->claims.realm,
                             kf_str_equal(pi->claims.role, "admin") ? " (administrator)" : "");
}

/* Whether it succeeded stands in the answer, not in the HTTP status: a challenge comes with 200. */
static kf_err one_round(struct pi *pi, const struct pi_who *who, struct kf_ca_answer *answer) {
    KF_AUTO(pi_reply) reply = {0};
    bool in = false;
    KF_TRY(pi_auth(pi, who, &reply));
    KF_TRY(pi_accepted(pi, &reply, &in));
    if (in)
        return signed_in(pi, who, answer);
    if (reply.ok && kf_str_equal(reply.authentication, "CHALLENGE"))
        return ask_further(pi, who, &reply, answer);
    return refused(&reply, answer);
}

/* GET /validate/polltransaction: was it confirmed on the phone? */
static kf_err look_at_push(struct pi *pi, const struct pi_who *who, const char *ticket,
                           struct kf_ca_answer *answer) {
    KF_AUTO(kf_buf) path = {0};
    KF_AUTO(pi_reply) reply = {0};
    KF_TRY(kf_buf_add_str(&path, "validate/polltransaction/"));
    KF_TRY(kf_http_escape(&path, who->transaction));
    struct pi_request request = {.method = "GET", .path = kf_buf_str(&path)};
    KF_TRY(pi_ask_anyone(pi, &request, &reply));
    if (reply.ok && json_is_true(reply.value))
        return one_round(pi, who, answer);
    if (!reply.ok || kf_str_equal(member(reply.detail, "challenge_status"), "declined"))
        return refused(&reply, answer);
    answer->outcome = KF_CA_WAIT;
    answer->delay = PUSH_DELAY;
    return kf_ca_answer_ticket(answer, ticket);
}

static kf_err next_round(struct pi *pi, const struct kf_ca_login *login,
                         struct kf_ca_answer *answer) {
    KF_AUTO_PTR(json_t) json = NULL;
    KF_TRY(read_ticket(login->ticket, &json));
    const char *transaction = member(json, "t"), *mode = member(json, "m");
    struct pi_who who = {.user = member(json, "u"),
                         .realm = member(json, "r"),
                         .password = login->secret,
                         .transaction = *transaction ? transaction : NULL};
    bool typed = login->secret && kf_secret_len(login->secret) > 0;
    if (who.transaction && !typed && !kf_str_equal(mode, "type"))
        return look_at_push(pi, &who, login->ticket, answer);
    return one_round(pi, &who, answer);
}

static kf_err first_round(struct pi *pi, const struct kf_ca_login *login,
                          struct kf_ca_answer *answer) {
    KF_AUTO_PTR(json_t) fields = NULL;
    KF_AUTO_PTR(kf_secret) kept = NULL;
    KF_TRY(pi_fields(login->fields, &fields));
    const char *user = member(fields, "user"), *realm = member(fields, "realm");
    struct pi_who who = {.user = *user ? user : pi_option(pi, "user"),
                         .realm = *realm ? realm : pi_option(pi, "realm"),
                         .password = login->secret};
    if (!*who.user)
        return kf_fail(KF_E_USAGE, "who signs in at \"%s\"? the field \"user\" is empty",
                       pi->setup.connection);
    if (!who.password && pi->setup.recall && is_set_user(pi, &who))
        KF_TRY(pi->setup.recall(pi->setup.arg, "password", &kept));
    who.password = who.password ? who.password : kept;
    if (who.password)
        return one_round(pi, &who, answer);
    KF_TRY(make_ticket(&who, "type", answer));
    return kf_ca_answer_person(answer, "you",
                               "password of %s (or PIN and one-time password in one)", who.user);
}

kf_err pi_login(void *state, const struct kf_ca_login *login, struct kf_ca_answer *answer) {
    return login->ticket ? next_round(state, login, answer) : first_round(state, login, answer);
}

kf_err pi_logout(void *state) {
    struct pi *pi = state;
    return pi_session_set(pi, NULL);
}
