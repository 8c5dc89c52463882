// SPDX-License-Identifier: Apache-2.0
// The connector's state, and what its files ask of each other.
#pragma once

#include "ca/ca.h"
#include "ca/http.h"
#include "ca/privacyidea/wire.h"
#include "x509/json.h"

struct pi {
    struct kf_ca_setup setup;
    kf_http *http;
    kf_secret *session; /* the JWT, NULL when nobody is signed in */
    struct pi_claims claims;
    bool recalled;      /* the keyring was asked for the session */
    json_t *connectors; /* as pi_connectors_read() gives them, once they were asked for */
    bool may_not_list;
    int64_t later; /* seconds that the service wants to be left alone for, after "not now" */
};

/* The option's value, "" when it is not set. */
const char *pi_option(const struct pi *pi, const char *name);
kf_err pi_no_memory(void);

/* --- asking (session.c) --- */
struct pi_request {
    const char *method, *path;
    const json_t *body; /* or NULL */
    bool secret;        /* there is a password in it */
};
/* Have a session: the one that is kept, or a new one from the kept password. KF_E_CA_LOGIN. */
kf_err pi_sign_in(struct pi *pi);
/* One request in the session, and once more in a new one when it has ended meanwhile. Every answer
 * of privacyIDEA is KF_OK; `ret_settled` (may be NULL, then such are errors) as kf_http_unsettled()
 * with `answer`. */
kf_err pi_ask(struct pi *pi, const struct pi_request *request, pi_reply *ret_reply);
kf_err pi_order(struct pi *pi, const struct pi_request *request, struct kf_ca_answer *answer,
                bool *ret_settled, pi_reply *ret_reply);
/* As pi_ask(), without the session. */
kf_err pi_ask_anyone(struct pi *pi, const struct pi_request *request, pi_reply *ret_reply);
/* What privacyIDEA's "no" means to a caller that has nothing better to say: KF_OK when it is none.
 */
kf_err pi_check(const struct pi *pi, const pi_reply *reply);
/* Is the session over, so that a new one may help? */
bool pi_session_over(const pi_reply *reply);
/* Use this JWT from now on and keep it; NULL forgets. */
kf_err pi_session_set(struct pi *pi, const char *jwt);
/* The one that was kept, without any question to the CA; false when there is none. */
bool pi_session_recall(struct pi *pi);

/* --- signing in (login.c, account.c) --- */
struct pi_who {
    const char *user, *realm;
    const kf_secret *password; /* NULL = empty */
    const char *transaction;   /* of a challenge, or NULL */
};
kf_err pi_auth(struct pi *pi, const struct pi_who *who, pi_reply *ret_reply);
/* Did POST /auth let us in? Then the session is in use and kept. */
kf_err pi_accepted(struct pi *pi, const pi_reply *reply, bool *ret_in);
kf_err pi_login(void *state, const struct kf_ca_login *login, struct kf_ca_answer *answer);
kf_err pi_logout(void *state);
kf_err pi_account(void *state, struct kf_ca_account *ret_account);
kf_err pi_register(void *state, const char *fields, struct kf_ca_answer *answer);
kf_err pi_offers_registration(struct pi *pi, bool *ret_offered);

/* --- what can be ordered (catalog.c, form.c, prepare.c) --- */
/* The CA connectors, NULL (and KF_OK) when the account may not list them. */
kf_err pi_connectors(struct pi *pi, const json_t **ret_list);
const json_t *pi_connector_find(const json_t *list, const char *name);
/* "local", "microsoft", or "" when it cannot be known. */
kf_err pi_connector_type(struct pi *pi, const char *ca, const char **ret_type);
/* Where an order goes: the fields "ca" and "template" ("CA/TEMPLATE" names both), else the
 * settings, else the only CA there is. */
struct pi_target {
    char ca[256], template[256];
};
kf_err pi_target(struct pi *pi, const json_t *fields, struct pi_target *ret_target);
kf_err pi_templates(void *state, json_t **ret_json);
kf_err pi_form(void *state, enum kf_ca_form which, const char *template, json_t **ret_form);
kf_err pi_prepare(void *state, const struct kf_ca_plan *plan, struct kf_ca_prepared *ret_prepared);

/* --- enrolling (enroll.c) --- */
kf_err pi_remember(void *state, const struct kf_ca_order *order, char **ret_memo);
kf_err pi_submit(void *state, const struct kf_ca_order *order, struct kf_ca_answer *answer);
kf_err pi_poll(void *state, const struct kf_ca_order *order, const char *ticket,
               struct kf_ca_answer *answer);
kf_err pi_lookup(void *state, const struct kf_ca_order *order, struct kf_ca_answer *answer);
/* The fields of an order or an action as an object. */
kf_err pi_fields(const char *text, json_t **ret_fields);
/* A certificate or several as PEM with LF, the way privacyIDEA reads it. */
kf_err pi_pem(const char *text, const char *what, kf_buf *ret_pem);

/* --- tokens (token.c, actions.c, records.c) --- */
/* The token with exactly this serial. `ret_found` false: there is none (or none that the account
 * may see). The token's pointers live in the reply. */
kf_err pi_token_find(struct pi *pi, const char *serial, pi_reply *ret_reply,
                     struct pi_token *ret_token, bool *ret_found);
/* Walk the list of certificate tokens, page after page, until `visit` says stop. */
kf_err pi_tokens_walk(struct pi *pi,
                      kf_err (*visit)(void *arg, const json_t *item, const struct pi_token *token,
                                      bool *ret_stop),
                      void *arg);
kf_err pi_revoke(void *state, const struct kf_ca_revocation *order, struct kf_ca_answer *answer);
kf_err pi_act(void *state, const char *action, const json_t *fields, json_t **ret_json);
kf_err pi_records(void *state, const char *kind, const char *id, json_t **ret_json);
/* As pi_token_find(), KF_E_NOT_FOUND. */
kf_err pi_token_must_find(struct pi *pi, const char *serial, pi_reply *ret_reply,
                          struct pi_token *ret_token);
/* POST token/WHAT/SERIAL with the serial in the body as well: whichever of the two is read, it is
 * this one. `extra` is taken over. */
kf_err pi_token_change(struct pi *pi, const char *what, const char *serial, json_t *extra,
                       pi_reply *ret_reply);
/* Revoke this one token, which is known to be there. */
kf_err pi_token_revoke(struct pi *pi, const char *serial);

enum { PI_KIND_COUNT = 2, PI_ACTION_COUNT = 5 };
extern const struct kf_ca_kind pi_kinds[PI_KIND_COUNT];
extern const struct kf_ca_action pi_actions[PI_ACTION_COUNT];
