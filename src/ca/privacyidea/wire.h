// SPDX-License-Identifier: Apache-2.0
// What privacyIDEA sends, read from its bytes: the envelope, challenges, tokens, CA connectors, and
// what a session says of itself.
#pragma once

#include <jansson.h>
#include <keyfob/secret.h>

#include "base/buf.h"

#define PI_SERIAL_MAX 40 /* characters that its database keeps */

/* The error codes that mean something to us (privacyidea/lib/error.py); others are only shown. */
enum pi_code {
    PI_INTERNAL = -500,
    PI_GENERIC = 10,
    PI_POLICY = 303,
    PI_CA_ERROR = 503,
    PI_CSR_REFUSED = 504,
    PI_CSR_PENDING = 505,
    PI_NOT_FOUND = 601,
    PI_WRONG_CREDENTIALS = 4031,
    PI_NO_SESSION = 4033,
    PI_BAD_SESSION = 4304,
    PI_SESSION_ENDED = 4305,
    PI_NO_RIGHT = 4306,
    PI_NO_METHOD = 4307,
};

/* An answer. Start with `= {0}`; pi_reply_clear() frees. The pointers live in `json`. */
typedef struct pi_reply {
    json_t *json;
    bool ok;             /* result.status */
    const json_t *value; /* result.value, NULL when there is none */
    const json_t *detail;
    const char *authentication; /* "ACCEPT" "REJECT" "CHALLENGE" "DECLINED", "" when it says none */
    json_int_t code;            /* of the error, 0 when there is none */
    const char *message;        /* the error's, or the detail's; "" when there is none */
    const char *version;        /* "privacyIDEA 3.11.4", "" */
} pi_reply;
void pi_reply_clear(pi_reply *reply);
/* KF_E_CA_ANSWER for anything but privacyIDEA's envelope. */
kf_err pi_reply_read(const void *data, size_t len, pi_reply *ret_reply);

/* The second factor that POST /auth wants. */
struct pi_challenge {
    char transaction[65];
    bool can_answer;   /* something can be typed */
    bool can_poll;     /* something can be confirmed elsewhere (a push) */
    const char *other; /* the way that keyfob cannot go ("webauthn"), NULL when there is none */
};
/* KF_E_CA_ANSWER without a transaction that can be named. */
kf_err pi_challenge_read(const pi_reply *reply, struct pi_challenge *ret_challenge);

/* One token; the pointers live in the reply. */
struct pi_token {
    const char *serial, *type, *state /* rollout_state, "" */;
    const char *certificate; /* PEM, NULL when there is none or it is hidden */
    const char *user, *realm, *description, *ca, *request;
    bool active, revoked, locked;
};
/* The serials that we send: letters, digits, "-" and "_", at most PI_SERIAL_MAX. An empty one, or
 * one with "*", means every token to privacyIDEA. */
bool pi_serial_ok(const char *serial);
/* False when it is no token. */
bool pi_token_read(const json_t *item, struct pi_token *ret_token);
/* The page of GET /token/: KF_E_CA_ANSWER when there is no list. `ret_next` is 0 on the last. */
kf_err pi_tokens_read(const pi_reply *reply, const json_t **ret_list, json_int_t *ret_next);

/* What POST /token/init says of the new token: as a token with serial, state and certificate. */
void pi_enrolled_read(const pi_reply *reply, struct pi_token *ret_token);

/* [{name, type, templates: [name...]}] from the CA connectors; what is none is left out. */
kf_err pi_connectors_read(const pi_reply *reply, json_t **ret_list);

/* What a session (a JWT, RFC 7519) says of itself. Nothing here is proven: it only saves questions
 * whose answer is known. */
struct pi_claims {
    char user[256], realm[256], role[16];
    json_int_t expires; /* seconds since the epoch, 0 = it does not say */
};
/* False when it is no JWT; what it does not say is empty. */
bool pi_claims_read(const void *jwt, size_t len, struct pi_claims *ret_claims);
