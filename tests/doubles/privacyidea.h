// SPDX-License-Identifier: Apache-2.0
// The inside of the privacyIDEA double: people, tokens, and how its answers are wrapped.
#pragma once

#include "double.h"

enum { PI_TOKENS_MAX = 4096, PI_CHALLENGES_MAX = 64 };

struct pi_person {
    const char *name, *password, *otp, *realm, *role;
};

struct pi_item {
    char serial[64], type[16], user[64], realm[64], ca[64], state[16], description[96], request[16];
    char *csr, *certificate; /* PEM or NULL */
    bool active, revoked, locked;
    int id;
};

struct pi_double {
    struct pi_item tokens[PI_TOKENS_MAX];
    size_t token_count;
    struct {
        char transaction[32];
        const struct pi_person *person;
        bool push;
    } challenges[PI_CHALLENGES_MAX];
    size_t challenge_count;
    int last_id;
};

/* Who asks, and what. */
struct pi_call {
    kf_double *d;
    struct pi_double *pi;
    const struct double_request *request;
    struct double_reply *reply;
    const struct pi_person *person; /* NULL: nobody is signed in */
};

const struct pi_person *pi_person_find(const char *name, const char *realm);
bool pi_knob_is(const struct pi_call *call, const char *knob, const char *value);
/* A parameter, wherever it stands: the body (JSON or form) or the query; "" when absent. */
const char *pi_arg(const struct pi_call *call, const char *name);
bool pi_has_arg(const struct pi_call *call, const char *name);
/* The envelope. `value` and `detail` are taken over; `detail` may be NULL. */
void pi_success(const struct pi_call *call, json_t *value, json_t *detail);
void pi_success_auth(const struct pi_call *call, const char *authentication, json_t *value,
                     json_t *detail);
void pi_error(const struct pi_call *call, int status, int code, const char *message);

/* privacyidea_auth.c */
char *pi_jwt_make(const struct pi_call *call, const struct pi_person *person);
/* Sets `call->person`; answers and gives false when nobody is let in. */
bool pi_authorize(struct pi_call *call);
void pi_auth_double(struct pi_call *call);
void pi_rights(struct pi_call *call);
void pi_poll_transaction(struct pi_call *call);
void pi_register_double(struct pi_call *call);

/* privacyidea_ca.c */
void pi_list_connectors(struct pi_call *call);
void pi_init_token(struct pi_call *call);
/* What the CA decided meanwhile about a pending one: reading a token asks it. */
void pi_refresh(struct pi_call *call, struct pi_item *item);

/* privacyidea_token.c */
struct pi_item *pi_item_find(struct pi_double *pi, const char *serial);
/* The one with this serial, or a new one ("" = the server chooses). */
struct pi_item *pi_item_make(struct pi_double *pi, const char *type, const char *serial,
                             const struct pi_person *owner);
void pi_list_tokens(struct pi_call *call);
void pi_change_token(struct pi_call *call);
void pi_delete_token(struct pi_call *call);
