// SPDX-License-Identifier: Apache-2.0
// The states of a request and which may follow which: the one table that the journal obeys.
#pragma once

#include <keyfob/request.h>

/* Who may cause a change of state. */
enum kf_move_by {
    KF_MOVE_FLOW,  /* the flow itself, also after a crash */
    KF_MOVE_PERSON /* only a command of a person: retry, import, withdraw */
};

struct kf_move {
    enum kf_request_state from, to;
    enum kf_move_by by;
};

extern const struct kf_move kf_moves[];
extern const size_t kf_move_count;

bool kf_move_allowed(enum kf_request_state from, enum kf_request_state to);
/* Nothing more happens to it by itself. */
bool kf_state_is_end(enum kf_request_state state);
/* By the name of kf_request_state_name(); KF_E_DATABASE for an unknown one. */
kf_err kf_state_parse(const char *name, enum kf_request_state *ret_state);

/* The words that people see. */
struct kf_state_words {
    const char *name;   /* in the database and in JSON's "state" */
    const char *status; /* JSON's "status" */
    const char *mark;   /* JSON's "mark", while no connection problem takes its place */
    const char *title;
};
const struct kf_state_words *kf_state_words(enum kf_request_state state);
