// SPDX-License-Identifier: Apache-2.0
// Finding an order whose answer was lost: by our own id, or where the account's API does not know
// that question, by the key in the CSR of recent orders. Only a sure "no" lets it be sent again.
#include <string.h>

#include "base/text.h"
#include "ca/digicert/digicert.h"

#define CANDIDATES_MAX 200
#define SKEW           3600 /* seconds that the two clocks may differ */

/* What is known of the time before the order was sent. */
kf_err kf_dc_remember(void *state, const struct kf_ca_order *order, char **ret_memo) {
    const kf_dc *dc = state;
    char *memo = kf_str("%lld", (long long)kf_context_now(dc->setup->context));
    (void)order;
    if (!memo)
        return kf_fail(KF_E_MEMORY, "out of memory");
    *ret_memo = memo;
    return KF_OK;
}

/* The orders found so far that are ours. */
struct search {
    const struct kf_ca_order *order;
    kf_dc_order found;
    size_t count;
    bool unsure; /* an order was seen that cannot be compared */
    kf_buf ids;
};

typedef struct search dc_search;
static void dc_search_clear(dc_search *search) {
    kf_dc_order_clear(&search->found);
    kf_buf_clear(&search->ids);
}

static kf_err take(struct search *search, kf_dc_order *order) {
    if (search->count && kf_str_equal(search->found.id, order->id))
        return KF_OK;
    KF_TRY(kf_buf_printf(&search->ids, "%s%s", search->count ? ", " : "", order->id));
    if (search->count++ == 0) {
        kf_dc_order_clear(&search->found);
        search->found = *order;
        *order = (kf_dc_order){0};
    }
    return KF_OK;
}

static kf_err ask_order(kf_dc *dc, const char *id, kf_dc_order *ret_order) {
    KF_AUTO(kf_buf) path = {0};
    KF_AUTO_PTR(json_t) json = NULL;
    KF_TRY(kf_buf_printf(&path, "order/certificate/%s", id));
    KF_TRY(kf_dc_call(dc, "looking for the order", "GET", kf_buf_str(&path), NULL, &json));
    return kf_dc_order_read(json, ret_order);
}

/* --- by our own id --- */

/* One order, or a list of them; what is only named is asked about. */
static kf_err take_answer(kf_dc *dc, const json_t *json, struct search *search) {
    const json_t *list = json_is_array(json) ? json : json_object_get(json, "orders");
    size_t count = list ? json_array_size(list) : 1;
    for (size_t i = 0; i < count && i < KF_DC_LIST_MAX; i++) {
        KF_AUTO(kf_dc_order) order = {0};
        KF_TRY(kf_dc_order_read(list ? json_array_get(list, i) : json, &order));
        if (!order.word[0] || !order.csr.len) {
            char id[KF_DC_ID_MAX];
            memcpy(id, order.id, sizeof id);
            KF_TRY(ask_order(dc, id, &order));
        }
        KF_TRY(take(search, &order));
    }
    return KF_OK;
}

/* `ret_knows` false: this API does not know the question. */
static kf_err by_id(kf_dc *dc, struct search *search, bool *ret_knows) {
    KF_AUTO(kf_buf) path = {0};
    KF_AUTO(kf_dc_reply) reply = {0};
    KF_TRY(kf_buf_add_str(&path, "order/alternate/"));
    KF_TRY(kf_http_escape(&path, search->order->client_id));
    KF_TRY(kf_dc_exchange(dc, "GET", kf_buf_str(&path), NULL, &reply));
    *ret_knows = true;
    if (kf_dc_ok(&reply))
        return take_answer(dc, reply.json, search);
    if (reply.http.status == 404 && kf_dc_error_is(&reply.error, "not_found|order"))
        return KF_OK;
    static const long unknown[] = {400, 403, 404, 405};
    for (size_t i = 0; i < KF_COUNT(unknown); i++)
        *ret_knows &= reply.http.status != unknown[i];
    return *ret_knows ? kf_dc_refusal(dc, "looking for the order", &reply) : KF_OK;
}

/* --- by the key --- */

/* Our id decides where it is told: a renewal with the same key is another order. */
static bool is_ours(const struct kf_ca_order *order, const kf_dc_order *found) {
    if (found->alternative[0])
        return kf_str_equal(found->alternative, order->client_id);
    return !kf_str_equal(found->id, order->old_ticket) && kf_dc_same_key(order, &found->csr);
}

static kf_err compare(kf_dc *dc, const char *id, struct search *search) {
    KF_AUTO(kf_dc_order) order = {0};
    KF_TRY(ask_order(dc, id, &order));
    search->unsure |= !order.alternative[0] && search->order->csr_len == 0;
    return is_ours(search->order, &order) ? take(search, &order) : KF_OK;
}

static kf_err too_many(const struct search *search) {
    return kf_fail(KF_E_UNSUPPORTED,
                   "too many orders were placed since to look through; look in CertCentral whether "
                   "one has the comment \"keyfob %s\"",
                   search->order->client_id);
}

/* Newest first, as asked for; what is older than the sending cannot be ours. A list that was cut
 * off says "no" only when it reached that far. */
static kf_err compare_all(kf_dc *dc, const json_t *list, int64_t since, struct search *search) {
    char id[KF_DC_ID_MAX];
    size_t asked = 0;
    int64_t last = INT64_MAX;
    bool sorted = true;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        int64_t created = kf_dc_time(kf_dc_text(item, "date_created"));
        sorted &= created && created <= last;
        last = created;
        if (!kf_dc_id(item, "id", id) || (created && created < since))
            continue;
        if (asked++ == CANDIDATES_MAX)
            return too_many(search);
        KF_TRY(compare(dc, id, search));
    }
    if (search->unsure && !search->count)
        return kf_fail(KF_E_UNSUPPORTED,
                       "an order without a CSR cannot be told from others; look in CertCentral "
                       "whether one has the comment \"keyfob %s\"",
                       search->order->client_id);
    bool all = json_array_size(list) < KF_DC_LIST_MAX || (sorted && last < since);
    return all || search->count ? KF_OK : too_many(search);
}

static kf_err list_orders(kf_dc *dc, const char *query, json_t **ret_list) {
    return kf_dc_list(dc, "looking for the order", "order/certificate", query, "orders", ret_list);
}

/* Not filtered by date: what a filter leaves out, today's orders for example, would be a wrong
 * "no", and the order would be paid for twice. */
static kf_err by_key(kf_dc *dc, struct search *search) {
    KF_AUTO_PTR(json_t) list = NULL;
    const char *memo = search->order->memo;
    kf_err err = list_orders(dc, "sort=-date_created", &list);
    if (err == KF_E_REJECTED) /* an account that does not sort */
        err = list_orders(dc, "", &list);
    KF_TRY(err);
    return compare_all(dc, list, memo ? atoll(memo) - SKEW : 0, search);
}

/* --- a reissue carries no id of ours --- */

static bool is_our_reissue(const struct kf_ca_order *order, const json_t *item) {
    KF_AUTO(kf_buf) csr = {0};
    const char *text = kf_dc_text_in(item, "certificate", "csr");
    return kf_buf_add_str(&csr, *text ? text : kf_dc_text(item, "csr")) == KF_OK &&
           kf_dc_same_key(order, &csr);
}

static kf_err reissue_listed(kf_dc *dc, struct search *search, const char *id, bool *found) {
    KF_AUTO(kf_buf) path = {0};
    KF_AUTO_PTR(json_t) json = NULL;
    KF_TRY(kf_buf_printf(&path, "order/certificate/%s/reissue", id));
    kf_err err = kf_dc_call(dc, "looking for the reissue", "GET", kf_buf_str(&path), NULL, &json);
    if (err == KF_E_NOT_FOUND)
        return KF_OK;
    KF_TRY(err);
    const json_t *list = json_is_array(json) ? json : json_object_get(json, "certificates");
    for (size_t i = 0; i < json_array_size(list) && i < KF_DC_LIST_MAX; i++)
        *found |= is_our_reissue(search->order, json_array_get(list, i));
    return KF_OK;
}

static kf_err by_reissue(kf_dc *dc, struct search *search) {
    const char *id = search->order->old_ticket;
    KF_AUTO(kf_dc_order) order = {0};
    if (!id || !kf_dc_is_id(id))
        return kf_fail(KF_E_NEEDS_OPERATOR, "the number of the reissued order is not known");
    KF_TRY(ask_order(dc, id, &order));
    bool found = kf_dc_same_key(search->order, &order.csr);
    if (!found)
        KF_TRY(reissue_listed(dc, search, id, &found));
    if (!found && order.status == KF_DC_REISSUE_PENDING)
        return kf_fail(KF_E_UNSUPPORTED,
                       "order %s is being reissued, and CertCentral does not say for which key",
                       id);
    return found ? take(search, &order) : KF_OK;
}

/* --- the door --- */

/* Its number is what counts; that its state cannot be told now is no reason to look again. */
static kf_err adopt(kf_dc *dc, const struct search *search, struct kf_ca_answer *answer) {
    if (kf_dc_settle(dc, search->order, &search->found, answer) == KF_OK)
        return KF_OK;
    kf_ca_answer_clear(answer);
    answer->outcome = KF_CA_WAIT;
    KF_TRY(kf_ca_answer_ticket(answer, search->found.id));
    return kf_ca_answer_text(answer, "order %s was found", search->found.id);
}

static kf_err look(kf_dc *dc, struct search *search) {
    bool knows = false;
    if (search->order->reissue)
        return by_reissue(dc, search);
    KF_TRY(by_id(dc, search, &knows));
    return knows ? KF_OK : by_key(dc, search);
}

kf_err kf_dc_lookup(void *state, const struct kf_ca_order *order, struct kf_ca_answer *answer) {
    kf_dc *dc = state;
    KF_AUTO(dc_search) search = {.order = order};
    KF_TRY(look(dc, &search));
    if (search.count > 1)
        return kf_fail(KF_E_NEEDS_OPERATOR, "CertCentral has several orders for this one: %s",
                       kf_buf_str(&search.ids));
    if (!search.count) {
        answer->outcome = KF_CA_NOT_FOUND;
        return KF_OK;
    }
    if (!order->reissue && order->csr_len && search.found.csr.len &&
        !kf_dc_same_key(order, &search.found.csr))
        return kf_fail(KF_E_NEEDS_OPERATOR, "order %s has our number %s but another key",
                       search.found.id, order->client_id);
    return adopt(dc, &search, answer);
}
