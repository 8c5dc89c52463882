// SPDX-License-Identifier: Apache-2.0
// What becomes of an order when its answer is missing, or says "not now".
#include "base/text.h"
#include "ca/http.h"

static const struct {
    long status;
    const char *title;
    bool refused; /* surely nothing was taken */
} later[] = {
    {408, "Request Timeout", false},     {425, "Too Early", false},
    {429, "Too Many Requests", true},    {502, "Bad Gateway", false},
    {503, "Service Unavailable", false}, {504, "Gateway Timeout", false},
};

static kf_err again(struct kf_ca_answer *answer, const char *why, int64_t delay) {
    KF_TRY(kf_ca_answer_text(answer, "%s", why));
    answer->outcome = KF_CA_RETRY;
    answer->delay = delay;
    return KF_OK;
}

static kf_err read_error(kf_err err, const kf_http_answer *http, struct kf_ca_answer *ret_answer,
                         bool *ret_settled) {
    bool stopped = err == KF_E_INTERRUPTED && http->unsent;
    if (err != KF_E_CA_UNREACHABLE && !stopped)
        return err;
    if (!http->unsent)
        return kf_fail_in(err, "it is unknown whether the request arrived");
    KF_TRY(again(ret_answer, kf_error_sentence(err), 0));
    *ret_settled = true;
    return KF_OK;
}

kf_err kf_http_unsettled(kf_err err, const kf_http_answer *http, struct kf_ca_answer *ret_answer,
                         bool *ret_settled) {
    *ret_settled = false;
    if (err != KF_OK)
        return read_error(err, http, ret_answer, ret_settled);
    for (size_t i = 0; i < KF_COUNT(later); i++) {
        if (later[i].status != http->status)
            continue;
        if (!later[i].refused)
            return kf_fail(KF_E_CA_UNREACHABLE,
                           "the service answers %ld (%s): it is unknown whether the request was "
                           "taken",
                           http->status, later[i].title);
        *ret_settled = true;
        return again(ret_answer, "the service has too many requests at the moment",
                     http->retry_after);
    }
    return KF_OK;
}
