// SPDX-License-Identifier: Apache-2.0
// The inside of the CryptoPro UC 2.0 double: users, their requests, and the answers about them.
#pragma once

#include "double.h"

enum { CP_USERS_MAX = 64, CP_REQUESTS_MAX = 20000 };

struct cp_user {
    char token[40], password[40];
    json_t *names; /* OidArray of the registration */
};

struct cp_request {
    char id[40];
    const struct cp_user *user;
    char *csr; /* as it came */
    size_t csr_len;
    char letter; /* Q while nothing is decided */
    char *pem;   /* the certificate, once complete */
};

struct cp_state {
    struct cp_user users[CP_USERS_MAX];
    size_t user_count;
    struct cp_request *requests;
    size_t request_count;
};

/* A request as it came, with what its path means. */
struct cp_call {
    kf_double *d;
    struct cp_state *state;
    const struct double_request *request;
    struct double_reply *reply;
    const struct cp_user *user; /* NULL: not signed in */
    const char *rest;           /* "/certrequest/ID" */
    bool folder, second;        /* under /ui/2/api */
};

void cp_refuse(const struct cp_call *call, int status, const char *words);
bool cp_is_on(const struct cp_call *call, const char *knob);
/* The letter of the running registrations. */
char cp_registration(const struct cp_call *call);
json_t *cp_letter(const struct cp_call *call, char letter);

/* --- cryptopro_users.c --- */
void cp_userattr(struct cp_call *call);
void cp_regrequest(struct cp_call *call);
void cp_profile(struct cp_call *call);
void cp_certtemplate(struct cp_call *call);
const struct cp_user *cp_add_user(struct cp_state *state, const char *token, const char *password,
                                  json_t *names);
/* Who is it, by HTTP Basic? NULL for nobody. */
const struct cp_user *cp_find_user(const struct cp_state *state,
                                   const struct double_request *request);

/* --- cryptopro_signed.c --- */
/* What is in a signed message in a signed message (PEM), both signatures verified; malloc'ed, NULL
 * when it is none. */
char *cp_unwrap(const char *text, size_t len, size_t *ret_len);

/* --- cryptopro_requests.c --- */
void cp_certrequest(struct cp_call *call);
void cp_certificate(struct cp_call *call);
void cp_requests_clear(struct cp_state *state);
