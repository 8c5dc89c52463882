// SPDX-License-Identifier: Apache-2.0
// What the parts of the CryptoPro UC 2.0 connector share: its state, its calls, and their answers.
// The service is the registration authority's user portal ("/ui/api").
#pragma once

#include "base/context.h"
#include "ca/ca.h"
#include "ca/cryptopro/address.h"
#include "ca/cryptopro/wire.h"
#include "ca/http.h"

typedef struct kf_cp {
    const struct kf_ca_setup *setup;
    kf_cp_address address;
    bool by_certificate; /* signed in with a certificate instead of login and password */
    kf_http *http;
    char *user;  /* the login that the door has now, or NULL */
    bool looked; /* the kept account was read */
} kf_cp;

/* --- calls (call.c): one request each, any status; paths are written with kf_str() and taken over
 * --- */

/* KF_E_MEMORY for a path that is NULL. */
kf_err kf_cp_get_open(kf_cp *cp, char *path, kf_http_answer *ret_http); /* without signing in */
/* KF_E_CA_LOGIN when there is no account yet. */
kf_err kf_cp_get(kf_cp *cp, char *path, kf_http_answer *ret_http);
kf_err kf_cp_post(kf_cp *cp, char *path, const char *type, const void *body, size_t len,
                  kf_http_answer *ret_http);
/* Where requests and certificates are: the other root for a sign-in with a certificate. */
const char *kf_cp_root(const kf_cp *cp);
/* Of one request, `what` behind it ("/rawcert") or "". NULL when out of memory. */
char *kf_cp_request_path(const kf_cp *cp, const char *id, const char *what);

bool kf_cp_is_ok(const kf_http_answer *http);
/* What a status other than 200 means; never KF_OK. 401 and 403 KF_E_CA_LOGIN, 429 and 5xx
 * KF_E_CA_UNREACHABLE, others KF_E_CA_ANSWER; `what` was asked for. */
kf_err kf_cp_refused(const kf_cp *cp, const kf_http_answer *http, const char *what);
/* Get and require 200. */
kf_err kf_cp_fetch(kf_cp *cp, char *path, const char *what, kf_http_answer *ret_http);

/* --- the account (account.c, kept.c) --- */

/* Read what was kept into the door, once. */
kf_err kf_cp_sign_in(kf_cp *cp);
kf_err kf_cp_login(void *state, const struct kf_ca_login *login, struct kf_ca_answer *answer);
kf_err kf_cp_logout(void *state);
kf_err kf_cp_account(void *state, struct kf_ca_account *account);
kf_err kf_cp_login_form(kf_cp *cp, json_t **ret_form);
/* Keep the login, see kept.h. */
kf_err kf_cp_keep_account(kf_cp *cp, const char *user, const kf_secret *password, bool once);
kf_err kf_cp_has_account(kf_cp *cp, bool *ret_there);

/* --- registration (register.c) --- */
kf_err kf_cp_register(void *state, const char *fields, struct kf_ca_answer *answer);

/* --- forms (form.c) --- */
/* KF_E_NOT_FOUND when this is no folder of such a service. */
kf_err kf_cp_fields_fetch(kf_cp *cp, kf_cp_fields *ret_fields);
kf_err kf_cp_register_form(const kf_cp_fields *fields, json_t **ret_form);
/* `template` may be NULL. Fields carry "oid" where they are names. */
kf_err kf_cp_order_form(kf_cp *cp, const char *template, json_t **ret_form);
kf_err kf_cp_form(void *state, enum kf_ca_form which, const char *template, json_t **ret_form);

/* --- templates (template.c) --- */
kf_err kf_cp_templates_fetch(kf_cp *cp, kf_cp_templates *ret_templates);
kf_err kf_cp_list_templates(void *state, json_t **ret_json);
/* By OID, name or title; NULL when there is none. */
const struct kf_cp_template *kf_cp_template_find(const kf_cp_templates *templates,
                                                 const char *name);
/* "for signing; issued without an operator"; malloc'ed, NULL when out of memory. */
char *kf_cp_template_help(const struct kf_cp_template *template);

/* --- the subject (subject.c) --- */

/* Append "CN=...": the type by its name where keyfob knows it, escaped (RFC 4514 2.4). */
kf_err kf_cp_subject_add(kf_buf *subject, const char *oid, const char *value);
/* A word of `text` in which Latin letters stand among Cyrillic ones; false when there is none. */
bool kf_cp_mixed_word(const char *text, char *ret_word, size_t size);

/* --- before an order (prepare.c) --- */
kf_err kf_cp_prepare(void *state, const struct kf_ca_plan *plan,
                     struct kf_ca_prepared *ret_prepared);

/* --- orders (order.c) --- */
kf_err kf_cp_submit(void *state, const struct kf_ca_order *order, struct kf_ca_answer *answer);
kf_err kf_cp_poll(void *state, const struct kf_ca_order *order, const char *ticket,
                  struct kf_ca_answer *answer);
kf_err kf_cp_acknowledge(void *state, const struct kf_ca_order *order, const char *ticket);
/* What the letter means for the order with this id. */
kf_err kf_cp_settle(kf_cp *cp, const struct kf_cp_request *request, struct kf_ca_answer *answer);
/* What is posted by a sign-in with a certificate (signed.c). Its token may ask for the PIN. */
kf_err kf_cp_signed_order(const kf_cp *cp, const struct kf_ca_order *order, kf_buf *ret_body);
/* The certificate of a complete request, as the service gave it; false when it is not there yet. */
kf_err kf_cp_rawcert(kf_cp *cp, const char *id, kf_http_answer *ret_http, bool *ret_there);

/* --- finding orders in the list (lookup.c, changes.c) --- */
kf_err kf_cp_fetch_requests(kf_cp *cp, json_t **ret_list);
kf_err kf_cp_remember(void *state, const struct kf_ca_order *order, char **ret_memo);
kf_err kf_cp_lookup(void *state, const struct kf_ca_order *order, struct kf_ca_answer *answer);

/* One question to the service: which of the tickets do not wait any more? */
kf_err kf_cp_changes(void *state, const char *const *tickets, size_t count, int64_t since,
                     bool *ret_news);

/* --- lists and CA certificates (records.c) --- */
kf_err kf_cp_records(void *state, const char *kind, const char *id, json_t **ret_json);
kf_err kf_cp_roots(void *state, struct kf_ca_answer *answer);
