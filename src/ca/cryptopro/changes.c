// SPDX-License-Identifier: Apache-2.0
// Which of many orders at a CryptoPro UC 2.0 service have news: its list says it in one answer.
#include "ca/cryptopro/cryptopro.h"

#include "base/text.h"

static bool waits(enum kf_cp_letter letter) {
    return letter <= KF_CP_PENDING;
}

/* What is not in the list is asked about by itself: perhaps the list is cut. */
static bool has_news(const json_t *list, const char *ticket) {
    size_t i;
    json_t *object;
    json_array_foreach(list, i, object) {
        struct kf_cp_request request;
        if (kf_cp_request_of(object, &request) && kf_str_equal(request.id, ticket))
            return !waits(request.letter);
    }
    return true;
}

kf_err kf_cp_changes(void *state, const char *const *tickets, size_t count, int64_t since,
                     bool *ret_news) {
    KF_AUTO_PTR(json_t) list = NULL;
    (void)since; /* the list has no times that are documented */
    KF_TRY(kf_cp_fetch_requests(state, &list));
    for (size_t i = 0; i < count; i++)
        ret_news[i] = has_news(list, tickets[i]);
    return KF_OK;
}
