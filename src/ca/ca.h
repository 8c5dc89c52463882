// SPDX-License-Identifier: Apache-2.0
// An opened connection: thin doors in front of a connector's pointers.
#pragma once

#include <keyfob/connection.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/context.h"
#include "x509/cert.h"

typedef struct kf_ca kf_ca;

/* KF_E_NOT_FOUND. `signer` may be NULL. */
kf_err kf_ca_open(kf_context *context, const char *connection, const struct kf_ca_signer *signer,
                  kf_ca **ret_ca);
void kf_ca_close(kf_ca *ca);
KF_DEFINE_AUTO_PTR_WITH(kf_ca, kf_ca_close)

const struct kf_connector *kf_ca_connector(const kf_ca *ca);
/* The accepted anchors of the connection. */
kf_err kf_ca_anchors(kf_ca *ca, kf_certs *ret_anchors);

/* Doors: KF_E_UNSUPPORTED with the connector's title where the pointer is NULL; answers are capped
 * and checked for sense (an outcome in range, a body with ISSUED, a ticket with WAIT). */
kf_err kf_ca_submit(kf_ca *ca, const struct kf_ca_order *order, struct kf_ca_answer *ret_answer);
kf_err kf_ca_poll(kf_ca *ca, const struct kf_ca_order *order, const char *ticket,
                  struct kf_ca_answer *ret_answer);
kf_err kf_ca_lookup(kf_ca *ca, const struct kf_ca_order *order, struct kf_ca_answer *ret_answer);
kf_err kf_ca_cancel(kf_ca *ca, const struct kf_ca_order *order, const char *ticket,
                    struct kf_ca_answer *ret_answer);
kf_err kf_ca_revoke(kf_ca *ca, const struct kf_ca_revocation *order,
                    struct kf_ca_answer *ret_answer);
kf_err kf_ca_acknowledge(kf_ca *ca, const struct kf_ca_order *order, const char *ticket);
/* One line for a person; free with free(). */
kf_err kf_ca_test(kf_ca *ca, char **ret_text);
/* The CA's own certificates, none when it does not offer them. */
kf_err kf_ca_roots(kf_ca *ca, kf_certs *ret_certs);

/* Before an order. Without the connector's pointer: nothing to say, nothing to remember. */
kf_err kf_ca_prepare(kf_ca *ca, const struct kf_ca_plan *plan, struct kf_ca_prepared *ret_prepared);
kf_err kf_ca_remember(kf_ca *ca, const struct kf_ca_order *order, char **ret_memo);
/* KF_E_UNSUPPORTED where each ticket must be polled by itself. */
kf_err kf_ca_changes(kf_ca *ca, const char *const *tickets, size_t count, int64_t since,
                     bool *ret_news);

/* The account and what else the CA offers (doors_account.c). */
kf_err kf_ca_login(kf_ca *ca, const struct kf_ca_login *login, struct kf_ca_answer *ret_answer);
kf_err kf_ca_logout(kf_ca *ca);
kf_err kf_ca_register(kf_ca *ca, const char *fields, struct kf_ca_answer *ret_answer);
kf_err kf_ca_account(kf_ca *ca,
                     struct kf_ca_account *ret_account); /* anonymous without a pointer */
kf_err kf_ca_templates(kf_ca *ca, struct json_t **ret_json);
kf_err kf_ca_form(kf_ca *ca, enum kf_ca_form which, const char *template, struct json_t **ret_form);
kf_err kf_ca_records(kf_ca *ca, const char *kind, const char *id, struct json_t **ret_json);
kf_err kf_ca_act(kf_ca *ca, const char *action, const struct json_t *fields,
                 struct json_t **ret_json);

/* Under KF_AUTO. */
typedef struct kf_ca_prepared kf_prepared;
__attribute__((unused)) static inline void kf_prepared_clear(kf_prepared *prepared) {
    kf_ca_prepared_clear(prepared);
}
typedef struct kf_ca_account kf_account;
__attribute__((unused)) static inline void kf_account_clear(kf_account *account) {
    kf_ca_account_clear(account);
}

/* `struct kf_ca_answer` under KF_AUTO: KF_AUTO(kf_answer) a = {0}; */
typedef struct kf_ca_answer kf_answer;
__attribute__((unused)) static inline void kf_answer_clear(kf_answer *answer) {
    kf_ca_answer_clear(answer);
}
