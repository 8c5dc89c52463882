// SPDX-License-Identifier: Apache-2.0
// The connection to one CertCentral account, for the files of this folder.
#pragma once

#include <jansson.h>
#include <keyfob/connector.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/context.h"
#include "ca/ca.h"
#include "ca/digicert/wire.h"
#include "ca/http.h"
#include "x509/json.h"

typedef struct kf_dc {
    const struct kf_ca_setup *setup;
    kf_http *http;
    bool has_key; /* the API key is set */
    /* settings, NULL when not set */
    const char *product, *organization, *container;
} kf_dc;

/* --- one question, one answer (call.c) --- */

typedef struct kf_dc_reply {
    kf_http_answer http;
    json_t *json; /* NULL when the body was empty or no JSON */
    struct kf_dc_error error;
} kf_dc_reply;
void kf_dc_reply_clear(kf_dc_reply *reply);
bool kf_dc_ok(const kf_dc_reply *reply); /* 200 to 299 */

/* Any status is KF_OK. KF_E_CA_LOGIN when there is no API key: nothing is sent then. On an error
 * `ret_reply` still has what is known of the answer (`unsent`, `status`). */
kf_err kf_dc_exchange(kf_dc *dc, const char *method, const char *path, const json_t *body,
                      kf_dc_reply *ret_reply);
/* What a status other than 2xx means for something that may be asked again: KF_E_CA_LOGIN (401),
 * KF_E_PERMISSION (403), KF_E_NOT_FOUND, KF_E_CA_UNREACHABLE, KF_E_REJECTED, with `what` ("asking
 * for the order") and the CA's words. */
kf_err kf_dc_refusal(const kf_dc *dc, const char *what, const kf_dc_reply *reply);
/* A question whose answer is JSON, and where only 2xx counts. `ret_json` may be NULL. */
kf_err kf_dc_call(kf_dc *dc, const char *what, const char *method, const char *path,
                  const json_t *body, json_t **ret_json);
/* All items of a list, page by page: the member `name` of the answers. `query` is percent-encoded,
 * or "". At most KF_DC_LIST_MAX items. */
kf_err kf_dc_list(kf_dc *dc, const char *what, const char *path, const char *query,
                  const char *name, json_t **ret_list);
/* Each item as the record that a person sees. */
kf_err kf_dc_each_record(const json_t *list, kf_err (*record_of)(const json_t *, json_t **),
                     json_t **ret_records);

/* --- products (product.c) --- */

enum kf_dc_family {
    KF_DC_CLIENT, /* legacy client certificates */
    KF_DC_CLASS1, /* class1_smime: the first address is the name */
    KF_DC_MAILBOX,
    KF_DC_SPONSOR,
    KF_DC_ORGANIZATION
};
struct kf_dc_product {
    const char *id, *title, *help;
    const char *purposes; /* extended key usages of its certificates, NULL: not known */
    enum kf_dc_family family;
    bool organization; /* needs one */
    bool individual;   /* must say who it is: indicator and names */
};
/* What is known of a product id; an unknown one is a client certificate with an organization. */
struct kf_dc_product kf_dc_product(const char *id);
/* May it stand in a path? KF_E_USAGE. */
kf_err kf_dc_product_check(const char *id);
bool kf_dc_is_secure_email(const struct kf_dc_product *product);
/* The product of an order: its field "template", or the connection's. KF_E_USAGE. */
kf_err kf_dc_product_of(const kf_dc *dc, const json_t *fields, struct kf_dc_product *ret_product);
/* The account's products of the kinds that keyfob can order: [{name_id, name, ...}] as the CA gives
 * them, or from the table when the account may not list them. */
kf_err kf_dc_products(kf_dc *dc, json_t **ret_list);
/* A set of families, of one. */
#define KF_DC_OF(family) (1u << (family))
/* The form of a product before the account is asked (form_fields.c). */
kf_err kf_dc_form_fields(const struct kf_dc_product *product, json_t **ret_form);
kf_err kf_dc_templates(void *state, json_t **ret_json);
kf_err kf_dc_form(void *state, enum kf_ca_form which, const char *template, json_t **ret_form);

/* --- the order's fields (fields.c) --- */

kf_err kf_dc_fields(const char *text, json_t **ret_fields);
/* A field as text: numbers too; "" when it was not given. `buf` holds numbers. */
const char *kf_dc_field(const json_t *fields, const char *name, char buf[static 24]);
/* A field that lists texts, also when one text with commas came. A new reference, maybe empty. */
kf_err kf_dc_field_list(const json_t *fields, const char *name, json_t **ret_list);
/* The fields that make no order: KF_E_USAGE with the field in the sentence. */
kf_err kf_dc_fields_check(const kf_dc *dc, const struct kf_dc_product *product,
                          const json_t *fields);
/* The name that the certificate will have; nothing when it is that of the organization. */
kf_err kf_dc_future_name(const struct kf_dc_product *product, const json_t *fields,
                         kf_buf *ret_name);

/* --- an order's way --- */

kf_err kf_dc_order_json(const kf_dc *dc, const struct kf_ca_order *order, json_t **ret_json);
kf_err kf_dc_reissue_json(const kf_dc *dc, const struct kf_ca_order *order, json_t **ret_json);
kf_err kf_dc_prepare(void *state, const struct kf_ca_plan *plan,
                     struct kf_ca_prepared *ret_prepared);
/* Will the certificate fit the profile? KF_E_POLICY when it cannot, as it would be quarantined
 * after it was paid for; a warning when it has more or less (purpose.c). */
kf_err kf_dc_check_purposes(const kf_dc *dc, const struct kf_dc_product *product,
                            const char *profile, const json_t *fields,
                            struct kf_ca_prepared *prepared);
kf_err kf_dc_remember(void *state, const struct kf_ca_order *order, char **ret_memo);
kf_err kf_dc_submit(void *state, const struct kf_ca_order *order, struct kf_ca_answer *ret_answer);
kf_err kf_dc_poll(void *state, const struct kf_ca_order *order, const char *ticket,
                  struct kf_ca_answer *ret_answer);
kf_err kf_dc_changes(void *state, const char *const *tickets, size_t count, int64_t since,
                     bool *ret_news);
kf_err kf_dc_lookup(void *state, const struct kf_ca_order *order, struct kf_ca_answer *ret_answer);
kf_err kf_dc_cancel(void *state, const struct kf_ca_order *order, const char *ticket,
                    struct kf_ca_answer *ret_answer);
kf_err kf_dc_revoke(void *state, const struct kf_ca_revocation *order,
                    struct kf_ca_answer *ret_answer);
/* Is this CSR (PEM or base64, as the CA keeps it) for the key of the order's? False also for what
 * cannot be read. */
bool kf_dc_same_key(const struct kf_ca_order *order, const kf_buf *csr);
/* What became of an order that the CA told about: the certificate, or who must act. */
kf_err kf_dc_settle(kf_dc *dc, const struct kf_ca_order *order, const kf_dc_order *found,
                    struct kf_ca_answer *ret_answer);
/* The certificates of an order: `ret_pem` stays empty when the CA has none to download yet. */
kf_err kf_dc_download(kf_dc *dc, const kf_dc_order *order, kf_buf *ret_pem);
/* An approver of the account must act. */
kf_err kf_dc_say_approval(const kf_dc *dc, const kf_dc_order *order, struct kf_ca_answer *answer);
/* Why it waits and who must act: fills text and outcome, the delay too. */
kf_err kf_dc_explain(kf_dc *dc, const kf_dc_order *order, struct kf_ca_answer *answer);

/* --- records and actions (records.c) --- */

#define KF_DC_KINDS   5
#define KF_DC_ACTIONS 9
extern const struct kf_ca_kind kf_dc_kinds[KF_DC_KINDS];
extern const struct kf_ca_action kf_dc_actions[KF_DC_ACTIONS];
kf_err kf_dc_records(void *state, const char *kind, const char *id, json_t **ret_json);
kf_err kf_dc_act(void *state, const char *action, const json_t *fields, json_t **ret_json);

kf_err kf_dc_organizations(kf_dc *dc, const char *id, json_t **ret_json);
kf_err kf_dc_organization_add(kf_dc *dc, const json_t *fields, json_t **ret_json);
kf_err kf_dc_organization_validate(kf_dc *dc, const json_t *fields, json_t **ret_json);
kf_err kf_dc_domains(kf_dc *dc, const char *id, json_t **ret_json);
kf_err kf_dc_domain_add(kf_dc *dc, const json_t *fields, json_t **ret_json);
kf_err kf_dc_domain_validate(kf_dc *dc, const json_t *fields, json_t **ret_json);
kf_err kf_dc_domain_check(kf_dc *dc, const json_t *fields, json_t **ret_json);
/* "TXT record of example.org with the value \"...\"": what a validation waits for. */
kf_err kf_dc_domain_publish(kf_dc *dc, const char *id, const char *name, kf_buf *ret_text);
/* What a method wants published for a domain, from the answer that has `dcv_token` or
 * `validation_emails`: {record_type, record_name, record_value} or {url, content} or {emails}. */
kf_err kf_dc_publish(const char *domain, const char *method, const json_t *answer,
                     json_t **ret_publish);
kf_err kf_dc_publish_say(const json_t *publish, kf_buf *text);
kf_err kf_dc_requests(kf_dc *dc, const char *id, json_t **ret_json);
kf_err kf_dc_request_approve(kf_dc *dc, const json_t *fields, json_t **ret_json);
kf_err kf_dc_request_reject(kf_dc *dc, const json_t *fields, json_t **ret_json);
kf_err kf_dc_orders(kf_dc *dc, const char *id, json_t **ret_json);
kf_err kf_dc_order_resend(kf_dc *dc, const json_t *fields, json_t **ret_json);
kf_err kf_dc_order_check_dcv(kf_dc *dc, const json_t *fields, json_t **ret_json);
