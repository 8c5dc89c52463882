// SPDX-License-Identifier: Apache-2.0
// What may befall a request: the knob "fault" of double.h.
#pragma once

#include "core.h"
#include "wire.h"

struct double_fault {
    const char *name;
    bool processed; /* the service saw the request */
    /* Sends what the client gets; `answer` is the service's own, or an empty one. False: the
     * connection ends. */
    bool (*send)(struct double_channel *channel, const char *argument, const char *answer,
                 size_t len);
};

/* The fault that this request meets, now counted, or NULL; `ret_argument` gets the texts that it
 * needs, and `ret_processed` whether the service is to see the request. */
const struct double_fault *double_fault_take(kf_double *d, const struct double_request *request,
                                             char ret_argument[256], bool *ret_processed);
