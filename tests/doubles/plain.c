// SPDX-License-Identifier: Apache-2.0
// A service without behaviour of its own, for tests of HTTP: every request is answered with "{}".
#include "double.h"

static void *start(kf_double *d) {
    return d;
}

static void stop(void *state) {
    (void)state;
}

static void handle(kf_double *d, void *state, const struct double_request *request,
                   struct double_reply *reply) {
    (void)d, (void)state, (void)request;
    double_reply_json(reply, 200, json_object());
}

const struct double_service double_plain = {
    .name = "plain", .start = start, .stop = stop, .handle = handle};
