// SPDX-License-Identifier: Apache-2.0
// Orders in CertCentral's answers: their state, their certificates, and what they wait for.
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "ca/digicert/wire.h"

static const struct {
    const char *word;
    enum kf_dc_status status;
} statuses[] = {
    {"pending", KF_DC_PENDING},
    {"needs_approval", KF_DC_NEEDS_APPROVAL},
    {"processing", KF_DC_PROCESSING},
    {"reissue_pending", KF_DC_REISSUE_PENDING},
    {"waiting_pickup", KF_DC_WAITING_PICKUP},
    {"needs_csr", KF_DC_NEEDS_CSR},
    {"approved", KF_DC_APPROVED},
    {"issued", KF_DC_ISSUED},
    {"rejected", KF_DC_REJECTED},
    {"denied", KF_DC_REJECTED},
    {"canceled", KF_DC_CANCELED},
    {"cancelled", KF_DC_CANCELED},
    {"expired", KF_DC_EXPIRED},
    {"revoked", KF_DC_REVOKED},
    {"renewed", KF_DC_RENEWED},
    {"not_renewed", KF_DC_RENEWED},
};

enum kf_dc_status kf_dc_status(const char *word) {
    for (size_t i = 0; i < KF_COUNT(statuses); i++)
        if (strcasecmp(statuses[i].word, word) == 0)
            return statuses[i].status;
    return KF_DC_UNKNOWN;
}

void kf_dc_order_clear(kf_dc_order *order) {
    if (!order)
        return;
    kf_buf_clear(&order->comments);
    kf_buf_clear(&order->csr);
    kf_buf_clear(&order->chain);
    *order = (kf_dc_order){0};
}

/* The newest request, whatever the list's order: the greatest id. */
static kf_err read_requests(const json_t *list, kf_dc_order *order) {
    const json_t *newest = NULL;
    char id[KF_DC_ID_MAX] = "";
    for (size_t i = 0; i < json_array_size(list) && i < KF_DC_LIST_MAX; i++) {
        const json_t *item = json_array_get(list, i);
        if (!kf_dc_id(item, "id", id))
            continue;
        size_t old = strlen(order->request_id), len = strlen(id);
        if (newest && (len < old || (len == old && strcmp(id, order->request_id) < 0)))
            continue;
        newest = item;
        memcpy(order->request_id, id, sizeof id);
    }
    if (!newest)
        return KF_OK;
    snprintf(order->request_status, sizeof order->request_status, "%s",
             kf_dc_text(newest, "status"));
    const char *said = kf_dc_text(newest, "processor_comment");
    return kf_buf_add_str(&order->comments, *said ? said : kf_dc_text(newest, "comments"));
}

kf_err kf_dc_chain_read(const json_t *list, kf_buf *ret_pem) {
    KF_AUTO(kf_buf) pem = {0};
    for (size_t i = 0; i < json_array_size(list) && i < KF_DC_LIST_MAX; i++) {
        const char *text = kf_dc_text(json_array_get(list, i), "pem");
        if (!*text)
            continue;
        KF_TRY(kf_buf_add_str(&pem, text));
        KF_TRY(kf_buf_add_str(&pem, "\n"));
    }
    kf_buf_move(ret_pem, &pem);
    return KF_OK;
}

bool kf_dc_has_certificate(const void *data, size_t len) {
    static const char begin[] = "-----BEGIN ";
    return len > sizeof begin && memmem(data, len, begin, sizeof begin - 1) != NULL;
}

static kf_err read_parts(const json_t *json, kf_dc_order *order) {
    const json_t *certificate = json_object_get(json, "certificate");
    if (!kf_dc_id(json, "certificate_id", order->certificate_id))
        kf_dc_id(certificate, "id", order->certificate_id);
    snprintf(order->word, sizeof order->word, "%s", kf_dc_text(json, "status"));
    order->status = kf_dc_status(order->word);
    snprintf(order->alternative, sizeof order->alternative, "%s",
             kf_dc_text(json, "alternative_order_id"));
    snprintf(order->product, sizeof order->product, "%s",
             kf_dc_text_in(json, "product", "name_id"));
    order->created = kf_dc_time(kf_dc_text(json, "date_created"));
    KF_TRY(kf_buf_add_str(&order->csr, kf_dc_text(certificate, "csr")));
    KF_TRY(read_requests(json_object_get(json, "requests"), order));
    return kf_dc_chain_read(json_object_get(json, "certificate_chain"), &order->chain);
}

kf_err kf_dc_order_read(const json_t *json, kf_dc_order *ret_order) {
    KF_AUTO(kf_dc_order) order = {0};
    if (!kf_dc_id(json, "id", order.id) && !kf_dc_id(json, "order_id", order.id))
        return kf_fail(KF_E_CA_ANSWER, "CertCentral's answer names no order");
    KF_TRY(read_parts(json, &order));
    kf_dc_order_clear(ret_order);
    *ret_order = order;
    order = (kf_dc_order){0};
    return KF_OK;
}

/* --- why it waits --- */

__attribute__((format(printf, 3, 4))) static void add_word(char *words, size_t size,
                                                           const char *format, ...) {
    size_t len = strlen(words);
    va_list args;
    if (len + 3 >= size)
        return;
    len += (size_t)snprintf(words + len, size - len, "%s", len ? ", " : "");
    va_start(args, format);
    vsnprintf(words + len, size - len, format, args);
    va_end(args);
}

void kf_dc_waiting_emails(const json_t *json, struct kf_dc_waiting *waiting) {
    const json_t *list = json_object_get(json, "emails");
    for (size_t i = 0; i < json_array_size(list) && i < KF_DC_LIST_MAX; i++) {
        const json_t *item = json_array_get(list, i);
        const char *email = kf_dc_text(item, "email");
        if (*email && strcasecmp(kf_dc_text(item, "status"), "unvalidated") == 0)
            add_word(waiting->emails, sizeof waiting->emails, "%s", email);
    }
}

/* "active" is validated; a state that is not known is shown rather than guessed. */
static bool is_open(const json_t *item) {
    static const char *const done[] = {"active", "validated", "complete", "completed", "approved"};
    const char *status = kf_dc_text(item, "status");
    for (size_t i = 0; i < KF_COUNT(done); i++)
        if (strcasecmp(status, done[i]) == 0)
            return false;
    return *status != '\0';
}

static void read_domain(const json_t *item, struct kf_dc_waiting *waiting) {
    const json_t *names = json_object_get(item, "dns_names");
    const char *name = kf_dc_text(item, "name_scope");
    for (size_t i = 0; !*name && i < json_array_size(names) && i < KF_DC_LIST_MAX; i++) {
        const json_t *first = json_array_get(names, i);
        name = json_is_string(first) ? json_string_value(first) : kf_dc_text(first, "name");
    }
    if (waiting->domain[0] || !*name)
        return;
    snprintf(waiting->domain, sizeof waiting->domain, "%s", name);
    snprintf(waiting->method, sizeof waiting->method, "%s", kf_dc_text(item, "method"));
    kf_dc_id(item, "domain_id", waiting->domain_id);
}

void kf_dc_waiting_validations(const json_t *json, struct kf_dc_waiting *waiting) {
    const json_t *list = json_object_get(json, "organization_validations");
    for (size_t i = 0; i < json_array_size(list) && i < KF_DC_LIST_MAX; i++) {
        const json_t *item = json_array_get(list, i);
        const char *name = kf_dc_text(item, "name");
        if (is_open(item))
            add_word(waiting->organization, sizeof waiting->organization, "%s (%s)",
                     *name ? name : kf_dc_text(item, "type"), kf_dc_text(item, "status"));
    }
    list = json_object_get(json, "dns_name_validations");
    for (size_t i = 0; i < json_array_size(list) && i < KF_DC_LIST_MAX; i++)
        if (is_open(json_array_get(list, i)))
            read_domain(json_array_get(list, i), waiting);
}
