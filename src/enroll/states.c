// SPDX-License-Identifier: Apache-2.0
// The states of a request and which may follow which.
#include "enroll/states.h"

#include "base/auto.h"
#include "base/text.h"

static const struct kf_state_words words[] = {
    [KF_REQUEST_INTENT] = {"draft", "to_send", "draft", "draft, no key yet"},
    [KF_REQUEST_KEY_READY] = {"key", "to_send", "draft", "key made, not requested yet"},
    [KF_REQUEST_CSR_READY] = {"csr", "to_send", "draft", "request signed, not sent yet"},
    [KF_REQUEST_SUBMITTING] = {"submitting", "to_send", "processing", "sending"},
    [KF_REQUEST_SUBMITTED] = {"waiting", "pending", "processing", "processing"},
    [KF_REQUEST_ISSUED] = {"issued", "issued", "issued_to_install", "issued, to check"},
    [KF_REQUEST_VERIFIED] = {"verified", "issued", "issued_to_install", "issued, to install"},
    [KF_REQUEST_WRITTEN] = {"written", "issued", "issued_to_install", "on the token, to store"},
    [KF_REQUEST_DONE] = {"done", "installed", "issued_installed", "issued and installed"},
    [KF_REQUEST_REJECTED] = {"rejected", "rejected", "rejected", "rejected"},
    [KF_REQUEST_FAILED] = {"failed", "failed", "failed", "failed, no usable key"},
    [KF_REQUEST_WITHDRAWN] = {"withdrawn", "withdrawn", "withdrawn", "withdrawn"},
    [KF_REQUEST_QUARANTINED] = {"quarantined", "quarantined", "quarantined", "quarantined"},
    [KF_REQUEST_NEEDS_OPERATOR] = {"needs-operator", "needs_operator", "needs_operator",
                                   "a person must look"},
};

/* From SUBMITTING on nothing leads back to CSR_READY: what may have been sent stays "may have been
 * sent". */
const struct kf_move kf_moves[] = {
    {KF_REQUEST_INTENT, KF_REQUEST_KEY_READY, KF_MOVE_FLOW},
    {KF_REQUEST_INTENT, KF_REQUEST_FAILED, KF_MOVE_FLOW},
    {KF_REQUEST_INTENT, KF_REQUEST_WITHDRAWN, KF_MOVE_PERSON},
    {KF_REQUEST_KEY_READY, KF_REQUEST_CSR_READY, KF_MOVE_FLOW},
    {KF_REQUEST_KEY_READY, KF_REQUEST_WITHDRAWN, KF_MOVE_PERSON},
    {KF_REQUEST_CSR_READY, KF_REQUEST_SUBMITTING, KF_MOVE_FLOW},
    {KF_REQUEST_CSR_READY, KF_REQUEST_WITHDRAWN, KF_MOVE_PERSON},
    {KF_REQUEST_SUBMITTING, KF_REQUEST_SUBMITTED, KF_MOVE_FLOW},
    {KF_REQUEST_SUBMITTING, KF_REQUEST_REJECTED, KF_MOVE_FLOW},
    {KF_REQUEST_SUBMITTING, KF_REQUEST_NEEDS_OPERATOR, KF_MOVE_FLOW},
    {KF_REQUEST_SUBMITTING, KF_REQUEST_WITHDRAWN, KF_MOVE_PERSON},
    {KF_REQUEST_SUBMITTING, KF_REQUEST_SUBMITTING, KF_MOVE_FLOW},
    {KF_REQUEST_SUBMITTED, KF_REQUEST_ISSUED, KF_MOVE_FLOW},
    {KF_REQUEST_SUBMITTED, KF_REQUEST_REJECTED, KF_MOVE_FLOW},
    {KF_REQUEST_SUBMITTED, KF_REQUEST_NEEDS_OPERATOR, KF_MOVE_FLOW},
    {KF_REQUEST_SUBMITTED, KF_REQUEST_WITHDRAWN, KF_MOVE_PERSON},
    {KF_REQUEST_ISSUED, KF_REQUEST_VERIFIED, KF_MOVE_FLOW},
    {KF_REQUEST_ISSUED, KF_REQUEST_QUARANTINED, KF_MOVE_FLOW},
    {KF_REQUEST_VERIFIED, KF_REQUEST_WRITTEN, KF_MOVE_FLOW},
    {KF_REQUEST_VERIFIED, KF_REQUEST_QUARANTINED, KF_MOVE_FLOW}, /* a GOST chain, by the token */
    {KF_REQUEST_WRITTEN, KF_REQUEST_DONE, KF_MOVE_FLOW},
    {KF_REQUEST_NEEDS_OPERATOR, KF_REQUEST_SUBMITTING, KF_MOVE_PERSON},
    {KF_REQUEST_NEEDS_OPERATOR, KF_REQUEST_SUBMITTED, KF_MOVE_PERSON},
    {KF_REQUEST_NEEDS_OPERATOR, KF_REQUEST_WITHDRAWN, KF_MOVE_PERSON},
    {KF_REQUEST_QUARANTINED, KF_REQUEST_SUBMITTED, KF_MOVE_PERSON},
    {KF_REQUEST_QUARANTINED, KF_REQUEST_WITHDRAWN, KF_MOVE_PERSON},
    {KF_REQUEST_REJECTED, KF_REQUEST_WITHDRAWN, KF_MOVE_PERSON},
};
const size_t kf_move_count = KF_COUNT(kf_moves);

const struct kf_state_words *kf_state_words(enum kf_request_state state) {
    return &words[state];
}

const char *kf_request_state_name(enum kf_request_state state) {
    return (size_t)state < KF_COUNT(words) ? words[state].name : "?";
}

kf_err kf_state_parse(const char *name, enum kf_request_state *ret_state) {
    for (size_t i = 0; i < KF_COUNT(words); i++) {
        if (kf_str_equal(words[i].name, name)) {
            *ret_state = (enum kf_request_state)i;
            return KF_OK;
        }
    }
    return kf_fail(KF_E_DATABASE, "the database has a request in the unknown state \"%s\"", name);
}

bool kf_move_allowed(enum kf_request_state from, enum kf_request_state to) {
    for (size_t i = 0; i < kf_move_count; i++) {
        if (kf_moves[i].from == from && kf_moves[i].to == to)
            return true;
    }
    return false;
}

bool kf_state_is_end(enum kf_request_state state) {
    for (size_t i = 0; i < kf_move_count; i++) {
        if (kf_moves[i].from == state && kf_moves[i].by == KF_MOVE_FLOW)
            return false;
    }
    return true;
}
