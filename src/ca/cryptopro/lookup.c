// SPDX-License-Identifier: Apache-2.0
// Finding an order again whose fate is unknown: the service keeps no id of ours, so the requests
// that are new since it was sent are compared with our public key, and adopted by nothing else.
#include "ca/cryptopro/cryptopro.h"

#include <string.h>

#include "base/text.h"
#include "x509/csr.h"

#define CSR_TEXT_MIN 100 /* no request fits into less */
#define FETCHED_MAX  64  /* certificates that one search fetches */

kf_err kf_cp_fetch_requests(kf_cp *cp, json_t **ret_list) {
    KF_AUTO(kf_http_answer) http = {0};
    KF_TRY(
        kf_cp_fetch(cp, kf_str("%s/certrequest", kf_cp_root(cp)), "the list of requests", &http));
    return kf_cp_read_list(http.body.data, http.body.len, "CertRequest", ret_list);
}

/* --- before sending --- */

/* An array of the ids that are there already. */
kf_err kf_cp_remember(void *state, const struct kf_ca_order *order, char **ret_memo) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_AUTO_PTR(json_t) ids = json_array();
    size_t i;
    json_t *object;
    (void)order;
    KF_TRY(kf_json_ready(ids));
    KF_TRY(kf_cp_fetch_requests(state, &list));
    json_array_foreach(list, i, object) {
        struct kf_cp_request request;
        if (kf_cp_request_of(object, &request))
            KF_TRY(kf_json_append(ids, json_string(request.id)));
    }
    char *memo = json_dumps(ids, JSON_COMPACT);
    if (!memo)
        return kf_fail(KF_E_MEMORY, "out of memory");
    *ret_memo = memo;
    return KF_OK;
}

static bool was_there(const json_t *memo, const char *id) {
    size_t i;
    json_t *known;
    json_array_foreach(memo, i, known) {
        if (kf_str_equal(json_string_value(known), id))
            return true;
    }
    return false;
}

/* --- whose is it --- */

/* What comparing with a request of the list has given. */
enum likeness {
    CANNOT_TELL, /* nothing there to compare with, yet or for ever */
    ANOTHER,
    OURS
};

struct search {
    kf_cp *cp;
    const json_t *memo;
    kf_buf spki; /* of our request */
    struct kf_cp_request ours, open, ended;
    size_t ours_count, open_count, ended_count, fetched;
};

static void search_clear(struct search *search) {
    kf_buf_clear(&search->spki);
}

/* Any text in the list's object that is a request: how it is called is not documented. */
static enum likeness compare_csr(const struct search *search, const json_t *object) {
    enum likeness likeness = CANNOT_TELL;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        KF_AUTO_PTR(kf_csr) csr = NULL;
        KF_AUTO(kf_buf) spki = {0};
        size_t len = json_string_length(value);
        if (len < CSR_TEXT_MIN || len > KF_CSR_FILE_MAX ||
            kf_csr_read((const uint8_t *)json_string_value(value), len, &csr) != KF_OK ||
            kf_csr_spki(csr, &spki) != KF_OK)
            continue;
        likeness = kf_buf_equal(&spki, &search->spki) ? OURS : ANOTHER;
        break;
    }
    kf_error_clear();
    return likeness;
}

static kf_err compare_cert(const struct search *search, const struct kf_cp_request *request,
                           enum likeness *ret_likeness) {
    KF_AUTO(kf_http_answer) http = {0};
    KF_AUTO(kf_certs) certs = {0};
    bool there = false;
    KF_TRY(kf_cp_rawcert(search->cp, request->id, &http, &there));
    if (!there || kf_certs_read(http.body.data, http.body.len, &certs) != KF_OK) {
        kf_error_clear();
        return KF_OK; /* perhaps later */
    }
    *ret_likeness = ANOTHER;
    for (size_t i = 0; i < certs.count; i++) {
        if (kf_cert_has_spki(certs.items[i], search->spki.data, search->spki.len))
            *ret_likeness = OURS;
    }
    return KF_OK;
}

static bool has_certificate(enum kf_cp_letter letter) {
    return letter == KF_CP_COMPLETE || letter == KF_CP_ACKNOWLEDGED;
}

static bool has_ended(enum kf_cp_letter letter) {
    return letter == KF_CP_REJECTED || letter == KF_CP_DENIED || letter == KF_CP_ERRORED;
}

static kf_err look_at(struct search *search, const json_t *object) {
    struct kf_cp_request request;
    if (!kf_cp_request_of(object, &request) || was_there(search->memo, request.id))
        return KF_OK;
    enum likeness likeness = compare_csr(search, object);
    if (likeness == CANNOT_TELL && has_certificate(request.letter) &&
        search->fetched++ < FETCHED_MAX)
        KF_TRY(compare_cert(search, &request, &likeness));
    if (likeness == OURS) {
        search->ours = request;
        search->ours_count++;
    } else if (likeness == CANNOT_TELL && has_ended(request.letter)) {
        search->ended = request;
        search->ended_count++;
    } else if (likeness == CANNOT_TELL) {
        search->open = request;
        search->open_count++;
    }
    return KF_OK;
}

/* --- what it means for the order --- */

static kf_err several(const struct search *search) {
    return kf_fail(KF_E_NEEDS_OPERATOR,
                   "\"%s\" has %zu requests for this key, one of them %s: ask the CA which counts",
                   kf_http_host(search->cp->http), search->ours_count, search->ours.id);
}

static kf_err cannot_tell_yet(const struct search *search, struct kf_ca_answer *answer) {
    answer->outcome = KF_CA_RETRY;
    return kf_ca_answer_text(answer,
                             "request %s is new and may be this one; that shows when its "
                             "certificate is there",
                             search->open.id);
}

static kf_err cannot_tell(const struct search *search) {
    return kf_fail(KF_E_UNSUPPORTED,
                   "request %s at \"%s\" is new and ended without a certificate (%s), and it does "
                   "not show whether it is this one",
                   search->ended.id, kf_http_host(search->cp->http),
                   kf_cp_letter_words(search->ended.letter));
}

static kf_err conclude(const struct search *search, struct kf_ca_answer *answer) {
    if (search->ours_count > 1)
        return several(search);
    if (search->ours_count)
        return kf_cp_settle(search->cp, &search->ours, answer);
    if (search->open_count)
        return cannot_tell_yet(search, answer);
    if (search->ended_count)
        return cannot_tell(search);
    answer->outcome = KF_CA_NOT_FOUND;
    return KF_OK;
}

static kf_err our_key(const struct kf_ca_order *order, kf_buf *ret_spki) {
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_TRY(kf_csr_read(order->csr, order->csr_len, &csr));
    return kf_csr_spki(csr, ret_spki);
}

kf_err kf_cp_lookup(void *state, const struct kf_ca_order *order, struct kf_ca_answer *answer) {
    KF_AUTO_PTR(json_t) memo = order->memo ? json_loads(order->memo, 0, NULL) : NULL;
    KF_AUTO_PTR(json_t) list = NULL;
    __attribute__((cleanup(search_clear))) struct search search = {.cp = state, .memo = memo};
    size_t i;
    json_t *object;
    KF_TRY(our_key(order, &search.spki));
    KF_TRY(kf_cp_fetch_requests(state, &list));
    json_array_foreach(list, i, object) KF_TRY(look_at(&search, object));
    return conclude(&search, answer);
}
