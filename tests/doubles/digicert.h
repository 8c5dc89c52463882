// SPDX-License-Identifier: Apache-2.0
// Inside the CertCentral double: its tables and the request that is being answered.
#pragma once

#include "double.h"

enum { DC_PARTS_MAX = 8, DC_TEXT_MAX = 256 };

struct dc {
    kf_double *d;
    /* arrays of objects as they are shown; members that begin with "_" never leave */
    json_t *orders, *requests, *organizations, *domains;
    json_int_t next_order, next_request, next_certificate, next_other;
    long taken; /* requests, for rate_limit */
};

struct dc_call {
    struct dc *dc;
    const struct double_request *request;
    struct double_reply *reply;
    char parts[DC_PARTS_MAX][DC_TEXT_MAX]; /* of the path */
    size_t count;
};

/* --- digicert.c --- */
bool dc_knob(const struct dc *dc, const char *name, const char *value);
long dc_knob_number(const struct dc *dc, const char *name);
/* A knob that is switched on: anything but "", "0" and "no". */
bool dc_knob_on(const struct dc *dc, const char *name);
/* `ids_as_strings` is obeyed; private members are left out; takes `json` over. */
void dc_answer(struct dc_call *call, int status, json_t *json);
void dc_no_content(struct dc_call *call);
void dc_error(struct dc_call *call, int status, const char *code, const char *message);
/* Answers the items of a list with the page that was asked for. `list` is borrowed. */
void dc_answer_page(struct dc_call *call, const char *name, json_t *list);
/* The item with that number, NULL after answering 404 with not_found|`what`. */
json_t *dc_find(struct dc_call *call, json_t *list, const char *id, const char *what);
const char *dc_text(const json_t *object, const char *name);

/* --- digicert_order.c --- */
void dc_order_place(struct dc_call *call);
void dc_order_reissue(struct dc_call *call);
void dc_order_reissues(struct dc_call *call);
/* What time, approvals and knobs have made of it. */
void dc_order_advance(struct dc *dc, json_t *order);
/* A request to be approved, kept in the table and borrowed. */
json_t *dc_request_new(struct dc *dc, json_t *order, const char *type, const char *status);

/* --- digicert_status.c --- */
void dc_order_list(struct dc_call *call);
void dc_order_info(struct dc_call *call);
void dc_order_alternate(struct dc_call *call);
void dc_order_changes(struct dc_call *call);
void dc_order_validation(struct dc_call *call);
void dc_order_emails(struct dc_call *call);
void dc_order_resend(struct dc_call *call);
void dc_order_check_dcv(struct dc_call *call);
void dc_order_cancel(struct dc_call *call);

/* --- digicert_certificate.c --- */
void dc_certificate_download(struct dc_call *call);
void dc_order_download(struct dc_call *call);
void dc_certificate_chain(struct dc_call *call);
void dc_certificate_revoke(struct dc_call *call);
/* The chain as [{subject_common_name, pem}], a new reference. */
json_t *dc_chain_of(struct dc *dc, const char *pem);

/* --- digicert_account.c --- */
void dc_user_me(struct dc_call *call);
void dc_products(struct dc_call *call);
void dc_product(struct dc_call *call);
void dc_requests(struct dc_call *call);
void dc_request(struct dc_call *call);
void dc_request_decide(struct dc_call *call);
bool dc_product_known(const char *name_id);
bool dc_product_wants_organization(const char *name_id);
bool dc_product_wants_individual(const char *name_id);
/* In OpenSSL's words. */
const char *dc_product_purposes(const char *name_id);

/* --- digicert_validation.c --- */
void dc_validation_start(struct dc *dc);
void dc_organizations(struct dc_call *call);
void dc_organization(struct dc_call *call);
void dc_organization_add(struct dc_call *call);
void dc_organization_validate(struct dc_call *call);
void dc_domains(struct dc_call *call);
void dc_domain(struct dc_call *call);
void dc_domain_add(struct dc_call *call);
void dc_domain_validate(struct dc_call *call);
void dc_domain_method(struct dc_call *call);
void dc_domain_token(struct dc_call *call);
void dc_domain_check(struct dc_call *call);
