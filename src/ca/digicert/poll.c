// SPDX-License-Identifier: Apache-2.0
// Asking what became of an order, singly and for many at once.
#include <string.h>

#include "base/text.h"
#include "ca/digicert/digicert.h"
#include "x509/cert.h"
#include "x509/csr.h"

#define DAY          ((int64_t)24 * 3600)
#define WEEK_MINUTES (7 * 24 * 60)

/* --- whose key --- */

/* CertCentral keeps a CSR as it came, so without line breaks: what is between its PEM's lines. */
static kf_err read_kept(const kf_buf *text, kf_csr **ret_csr) {
    const char *start = kf_buf_str(text);
    const char *begin = strstr(start, "-----BEGIN ");
    const char *base64 = begin ? strstr(begin + 11, "-----") : NULL;
    const char *end = base64 ? strstr(base64 + 5, "-----END ") : NULL;
    if (!end)
        return kf_csr_read(text->data, text->len, ret_csr);
    return kf_csr_read((const uint8_t *)base64 + 5, (size_t)(end - base64) - 5, ret_csr);
}

bool kf_dc_same_key(const struct kf_ca_order *order, const kf_buf *csr) {
    KF_AUTO_PTR(kf_csr) ours = NULL;
    KF_AUTO_PTR(kf_csr) theirs = NULL;
    KF_AUTO(kf_buf) a = {0}, b = {0};
    return csr->len && kf_csr_read(order->csr, order->csr_len, &ours) == KF_OK &&
           read_kept(csr, &theirs) == KF_OK && kf_csr_spki(ours, &a) == KF_OK &&
           kf_csr_spki(theirs, &b) == KF_OK && kf_buf_equal(&a, &b);
}

/* Does a certificate for the order's key come along? */
static bool has_our_key(const struct kf_ca_order *order, const kf_buf *pem) {
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_AUTO(kf_buf) spki = {0};
    KF_AUTO(kf_certs) certs = {0};
    if (kf_csr_read(order->csr, order->csr_len, &csr) != KF_OK ||
        kf_csr_spki(csr, &spki) != KF_OK || kf_certs_read(pem->data, pem->len, &certs) != KF_OK)
        return false;
    for (size_t i = 0; i < certs.count; i++)
        if (kf_cert_has_spki(certs.items[i], spki.data, spki.len))
            return true;
    return false;
}

/* --- one order --- */

static kf_err wait_on(const kf_dc_order *found, int64_t delay, const char *why,
                      struct kf_ca_answer *answer) {
    answer->outcome = KF_CA_WAIT;
    answer->delay = delay;
    return kf_ca_answer_text(answer, "order %s: %s", found->id, why);
}

/* After a reissue the order still counts as issued, with the old certificate, until the new one is
 * there: that is no answer to this order. Any other foreign certificate is for the flow to judge.
 */
static kf_err fetch(kf_dc *dc, const struct kf_ca_order *order, const kf_dc_order *found,
                    struct kf_ca_answer *answer) {
    KF_AUTO(kf_buf) pem = {0};
    KF_TRY(kf_dc_download(dc, found, &pem));
    if (!pem.len)
        return wait_on(found, 60, "issued, but the certificate cannot be downloaded yet", answer);
    if (order->reissue && !has_our_key(order, &pem))
        return wait_on(found, 60, "the reissued certificate is not there yet", answer);
    answer->outcome = KF_CA_ISSUED;
    return kf_ca_answer_body(answer, pem.data, pem.len);
}

static kf_err is_final(const kf_dc_order *found, struct kf_ca_answer *answer) {
    const char *said = kf_buf_str(&found->comments);
    answer->outcome = KF_CA_REJECTED;
    return kf_ca_answer_text(answer, "order %s is %s%s%s", found->id, found->word,
                             *said ? ": " : "", said);
}

kf_err kf_dc_settle(kf_dc *dc, const struct kf_ca_order *order, const kf_dc_order *found,
                    struct kf_ca_answer *answer) {
    KF_TRY(kf_ca_answer_ticket(answer, found->id));
    switch (found->status) {
    case KF_DC_ISSUED:
        return fetch(dc, order, found, answer);
    case KF_DC_APPROVED:
    case KF_DC_RENEWED:
        if (found->certificate_id[0])
            return fetch(dc, order, found, answer);
        return kf_dc_explain(dc, found, answer);
    case KF_DC_REJECTED:
    case KF_DC_CANCELED:
    case KF_DC_EXPIRED:
    case KF_DC_REVOKED:
        return is_final(found, answer);
    default:
        return kf_dc_explain(dc, found, answer);
    }
}

/* It is not lost when CertCentral wants to be left alone for a while. */
static kf_err slow_down(const kf_dc_reply *reply, const char *ticket, struct kf_ca_answer *answer) {
    answer->outcome = KF_CA_WAIT;
    answer->delay = reply->http.retry_after ? reply->http.retry_after : 300;
    KF_TRY(kf_ca_answer_ticket(answer, ticket));
    return kf_ca_answer_text(answer, "order %s: CertCentral asks for fewer requests", ticket);
}

kf_err kf_dc_poll(void *state, const struct kf_ca_order *order, const char *ticket,
                  struct kf_ca_answer *answer) {
    kf_dc *dc = state;
    KF_AUTO(kf_buf) path = {0};
    KF_AUTO(kf_dc_reply) reply = {0};
    KF_AUTO(kf_dc_order) found = {0};
    if (!ticket || !kf_dc_is_id(ticket))
        return kf_fail(KF_E_INPUT, "\"%s\" is not the number of an order at CertCentral",
                       ticket ? ticket : "");
    KF_TRY(kf_buf_printf(&path, "order/certificate/%s", ticket));
    KF_TRY(kf_dc_exchange(dc, "GET", kf_buf_str(&path), NULL, &reply));
    if (reply.http.status == 404) {
        answer->outcome = KF_CA_NOT_FOUND;
        return KF_OK;
    }
    if (reply.http.status == 429 || (reply.http.status == 503 && reply.http.retry_after))
        return slow_down(&reply, ticket, answer);
    if (!kf_dc_ok(&reply))
        return kf_dc_refusal(dc, "asking about the order", &reply);
    KF_TRY(kf_dc_order_read(reply.json, &found));
    return kf_dc_settle(dc, order, &found, answer);
}

/* --- many orders --- */

static void mark(const json_t *list, const char *const *tickets, size_t count, bool *news) {
    char id[KF_DC_ID_MAX];
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        if (!kf_dc_id(item, "order_id", id) && !kf_dc_id(item, "id", id))
            continue;
        for (size_t t = 0; t < count; t++)
            if (kf_str_equal(tickets[t], id))
                news[t] = true;
    }
}

static kf_err list_changes(kf_dc *dc, const char *query, json_t **ret_list) {
    return kf_dc_list(dc, "asking which orders changed", "order/certificate/status-changes", query,
                      "orders", ret_list);
}

/* Whole days in a time zone that nobody has told: one more on either side. */
static kf_err changes_by_day(kf_dc *dc, int64_t since, int64_t now, json_t **ret_list) {
    KF_AUTO(kf_buf) query = {0};
    char from[21], to[21];
    kf_time_text(since > DAY ? since - DAY : 0, from);
    kf_time_text(now + DAY, to);
    KF_TRY(kf_buf_printf(&query, "filters%%5Bstatus_last_updated%%5D=%.10s...%.10s", from, to));
    return list_changes(dc, kf_buf_str(&query), ret_list);
}

/* The other way to ask, up to a week back. */
static kf_err changes_by_minute(kf_dc *dc, int64_t since, int64_t now, json_t **ret_list) {
    KF_AUTO(kf_buf) query = {0};
    int64_t minutes = (now - since) / 60 + 10;
    if (minutes > WEEK_MINUTES)
        return kf_fail(KF_E_UNSUPPORTED, "CertCentral tells changes of a week only");
    KF_TRY(kf_buf_printf(&query, "minutes=%lld", (long long)(minutes > 10 ? minutes : 10)));
    return list_changes(dc, kf_buf_str(&query), ret_list);
}

kf_err kf_dc_changes(void *state, const char *const *tickets, size_t count, int64_t since,
                     bool *ret_news) {
    kf_dc *dc = state;
    KF_AUTO_PTR(json_t) list = NULL;
    int64_t now = kf_context_now(dc->setup->context);
    kf_err err = changes_by_day(dc, since, now, &list);
    if (err == KF_E_REJECTED)
        err = changes_by_minute(dc, since, now, &list);
    if (err == KF_E_REJECTED || err == KF_E_NOT_FOUND || err == KF_E_PERMISSION)
        return kf_fail(KF_E_UNSUPPORTED, "this account cannot be asked about several orders");
    KF_TRY(err);
    if (json_array_size(list) >= KF_DC_LIST_MAX)
        return kf_fail(KF_E_UNSUPPORTED, "more orders changed than are told at once");
    mark(list, tickets, count, ret_news);
    return KF_OK;
}
