// SPDX-License-Identifier: Apache-2.0
// Signing in to a CA at the terminal: its form, its questions, and the push to a phone.
#pragma once

#include "output.h"

/* Under KF_AUTO. */
typedef struct kf_ca_answer ca_answer;
__attribute__((unused)) static inline void ca_answer_clear(ca_answer *answer) {
    kf_ca_answer_clear(answer);
}

/* Rounds until the CA has said yes. `given` are fields of the login form (NULL: none); what is
 * missing is asked for. KF_E_REJECTED in the CA's words; KF_E_NEEDS_PERSON names what is needed
 * where nobody can be asked. */
kf_err login_run(struct run *run, const char *connection, const json_t *given);

/* `work` goes on after a sign-in: when it says KF_E_CA_LOGIN and a person is there, that one signs
 * in, and it is done once more. `connection` NULL: it cannot be named. */
typedef kf_err login_work(struct run *run, void *arg);
kf_err login_and(struct run *run, const char *connection, login_work *work, void *arg);
