// SPDX-License-Identifier: Apache-2.0
// Signing in to the privacyIDEA double: sessions as JWTs, second factors, rights, registration.
#include "privacyidea.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- JWT (RFC 7519), HS256 --- */

static void base64url(const void *data, size_t len, char *to) {
    int n = EVP_EncodeBlock((unsigned char *)to, data, (int)len);
    while (n > 0 && to[n - 1] == '=')
        n--;
    to[n] = '\0';
    for (char *at = to; *at; at++)
        *at = *at == '+' ? '-' : *at == '/' ? '_' : *at;
}

static void sign(char *jwt) {
    unsigned char mac[32];
    unsigned int len = sizeof mac;
    HMAC(EVP_sha256(), "the double's key", 16, (unsigned char *)jwt, strlen(jwt), mac, &len);
    strcat(jwt, ".");
    base64url(mac, len, jwt + strlen(jwt));
}

char *pi_jwt_make(const struct pi_call *call, const struct pi_person *person) {
    long lasts = strtol(double_knob(call->d, "jwt-seconds"), NULL, 10);
    json_t *claims =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "username", person->name, "realm",
                  person->realm, "role", person->role, "nonce", double_knob(call->d, "session"),
                  "authtype", "password", "exp", (json_int_t)time(NULL) + lasts);
    char *text = json_dumps(claims, JSON_COMPACT), *jwt = calloc(1, 2048);
    strcpy(jwt, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.");
    base64url(text, strlen(text), jwt + strlen(jwt));
    sign(jwt);
    free(text);
    json_decref(claims);
    return jwt;
}

/* The claims when the signature is ours. */
static json_t *open_jwt(const char *jwt) {
    char copy[2048], payload[2048];
    unsigned char plain[2048];
    const char *first = strchr(jwt, '.'), *last = strrchr(jwt, '.');
    if (!first || first == last || strlen(jwt) >= sizeof copy)
        return NULL;
    snprintf(copy, sizeof copy, "%.*s", (int)(last - jwt), jwt);
    sign(copy);
    if (strcmp(copy, jwt) != 0)
        return NULL;
    snprintf(payload, sizeof payload - 4, "%.*s", (int)(last - first - 1), first + 1);
    for (char *at = payload; *at; at++)
        *at = *at == '-' ? '+' : *at == '_' ? '/' : *at;
    while (strlen(payload) % 4)
        strcat(payload, "=");
    int n = EVP_DecodeBlock(plain, (unsigned char *)payload, (int)strlen(payload));
    while (n > 0 && plain[n - 1] != '}')
        n--;
    return n > 0 ? json_loadb((char *)plain, (size_t)n, 0, NULL) : NULL;
}

static void refuse(struct pi_call *call, int code, const char *message) {
    pi_error(call, 401, code, message);
}

static bool still_valid(struct pi_call *call, const json_t *claims) {
    const char *nonce = json_string_value(json_object_get(claims, "nonce"));
    json_int_t expires = json_integer_value(json_object_get(claims, "exp"));
    return nonce && pi_knob_is(call, "session", nonce) && expires > time(NULL);
}

bool pi_authorize(struct pi_call *call) {
    const char *jwt = double_header(call->request, "PI-Authorization");
    if (!*jwt)
        jwt = double_header(call->request, "Authorization");
    if (!*jwt) {
        refuse(call, 4033, "Authentication failure. Missing Authorization header.");
        return false;
    }
    json_t *claims = open_jwt(jwt);
    if (!claims) {
        refuse(call, 4304,
               "Authentication failure. Error decoding the Authorization token: "
               "Invalid header padding");
        return false;
    }
    bool valid = still_valid(call, claims);
    const char *name = json_string_value(json_object_get(claims, "username"));
    call->person = pi_person_find(name ? name : "", "");
    json_decref(claims);
    if (!valid)
        refuse(call, 4305, "Authentication failure. Your token has expired: Signature has expired");
    return valid;
}

/* --- POST /auth --- */

static void accept(struct pi_call *call, const struct pi_person *person) {
    bool admin = strcmp(person->role, "admin") == 0;
    char *jwt = pi_jwt_make(call, person);
    json_t *rights = json_pack("[s, s, s, s]", "enable", "disable", "revoke", "enrollCERTIFICATE");
    if (admin)
        json_array_append_new(rights, json_string("caconnectorread"));
    json_t *value =
        json_pack("{s:b, s:i, s:[s, s], s:s, s:o, s:s, s:s, s:s}", "auth", 1, "log_level", 20,
                  "menus", "audit", "tokens", "realm", person->realm, "rights", rights, "role",
                  person->role, "token", jwt, "username", person->name);
    free(jwt);
    double_add(call->d, "logins", 1);
    pi_success_auth(call, "ACCEPT", value, NULL);
}

/* The server's own trick against guessing: one status for all. */
static void deny(struct pi_call *call, int status, int code, const char *message) {
    bool hide = pi_knob_is(call, "hide-auth-error-status", "yes");
    double_add(call->d, "denied", 1);
    pi_error(call, hide ? 401 : status, code, message);
}

static json_t *one_challenge(const char *type, const char *mode, const char *serial,
                             const char *transaction, const char *message) {
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:n}", "serial", serial, "type", type,
                     "transaction_id", transaction, "message", message, "client_mode", mode,
                     "attributes");
}

static void challenge(struct pi_call *call, const struct pi_person *person, const char *factor) {
    struct pi_double *pi = call->pi;
    size_t at = pi->challenge_count++ % PI_CHALLENGES_MAX;
    bool otp = !strcmp(factor, "challenge") || !strcmp(factor, "both");
    bool push = !strcmp(factor, "push") || !strcmp(factor, "both");
    char *transaction = pi->challenges[at].transaction;
    snprintf(transaction, 32, "%019zu", pi->challenge_count);
    pi->challenges[at].person = person;
    pi->challenges[at].push = push;
    json_t *list = json_array();
    const char *message =
        push ? "Please confirm the authentication on your mobile device!" : "please enter otp: ";
    if (otp)
        json_array_append_new(list, one_challenge("hotp", "interactive", "HOTP0001", transaction,
                                                  "please enter otp: "));
    if (push)
        json_array_append_new(list,
                              one_challenge("push", "poll", "PIPU0001", transaction, message));
    if (!otp && !push)
        json_array_append_new(list, one_challenge("webauthn", "webauthn", "WAN0001", transaction,
                                                  "Please confirm with your WebAuthn token"));
    double_add(call->d, "challenges", 1);
    pi_success_auth(call, "CHALLENGE", json_false(),
                    json_pack("{s:s, s:s, s:s, s:o}", "transaction_id", transaction, "message",
                              message, "serial", "HOTP0001", "multi_challenge", list));
}

static bool fails(struct pi_call *call) {
    bool broken = pi_knob_is(call, "auth-error", "yes");
    if (broken)
        pi_error(call, 500, -500, "ERR-500: the database is locked");
    return broken;
}

/* The second leg. */
static bool answers(struct pi_call *call, const struct pi_person *person, const char *password) {
    const char *transaction = pi_arg(call, "transaction_id");
    for (size_t i = 0; i < PI_CHALLENGES_MAX; i++) {
        if (strcmp(call->pi->challenges[i].transaction, transaction) != 0 ||
            call->pi->challenges[i].person != person)
            continue;
        bool confirmed = call->pi->challenges[i].push && pi_knob_is(call, "push", "accept");
        return *password ? !strcmp(password, person->otp) : confirmed;
    }
    return false;
}

static bool pin_and_otp(const struct pi_person *person, const char *password) {
    size_t len = strlen(person->password);
    return strncmp(password, person->password, len) == 0 &&
           strcmp(password + len, person->otp) == 0;
}

void pi_auth_double(struct pi_call *call) {
    const char *password = pi_arg(call, "password"),
               *factor = double_knob(call->d, "second-factor");
    const struct pi_person *person =
        pi_person_find(pi_arg(call, "username"), pi_arg(call, "realm"));
    bool none = !strcmp(factor, "none"), right = person && !strcmp(password, person->password);
    if (fails(call))
        return;
    if (!*pi_arg(call, "username"))
        deny(call, 400, 4032, "Authentication failure. missing Username");
    else if (person && *pi_arg(call, "transaction_id") && answers(call, person, password))
        accept(call, person);
    else if (person && (none ? right : pin_and_otp(person, password)))
        accept(call, person);
    else if (right && !none && strcmp(factor, "otp") != 0 && !*pi_arg(call, "transaction_id"))
        challenge(call, person, factor);
    else
        deny(call, 401, 4031, "Authentication failure. Wrong credentials");
}

void pi_poll_transaction(struct pi_call *call) {
    const char *push = double_knob(call->d, "push");
    bool accepted = !strcmp(push, "accept"), declined = !strcmp(push, "decline");
    const char *status = accepted ? "accept" : declined ? "declined" : "pending";
    double_add(call->d, "polls", 1);
    pi_success_auth(call, accepted ? "ACCEPT" : "CHALLENGE", json_boolean(accepted),
                    json_pack("{s:s}", "challenge_status", status));
}

/* --- what the account may --- */

void pi_rights(struct pi_call *call) {
    if (fails(call))
        return;
    json_t *value = json_pack("{s:s}", "hotp", "HOTP: Event based One Time Passwords.");
    if (pi_knob_is(call, "may-enroll", "yes"))
        json_object_set_new(value, "certificate",
                            json_string("Certificate: Enroll an x509 Certificate Token."));
    pi_success(call, value, NULL);
}

void pi_register_double(struct pi_call *call) {
    static const char *const needed[] = {"username", "givenname", "surname", "email"};
    bool offered = pi_knob_is(call, "register", "yes");
    if (!strcmp(call->request->method, "GET")) {
        pi_success(call, json_boolean(offered), NULL);
        return;
    }
    if (!offered) {
        pi_error(call, 400, 402, "ERR402: No registration policy.");
        return;
    }
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        char message[64];
        snprintf(message, sizeof message, "ERR905: Missing parameter: '%s'", needed[i]);
        if (!*pi_arg(call, needed[i])) {
            pi_error(call, 400, 905, message);
            return;
        }
    }
    if (pi_person_find(pi_arg(call, "username"), "")) {
        pi_error(call, 400, 402, "ERR402: The username is already registered!");
        return;
    }
    double_add(call->d, "registered", 1);
    pi_success(call, json_true(), NULL);
}
