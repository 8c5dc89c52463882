// SPDX-License-Identifier: Apache-2.0
// The front's beginning and end.
#pragma once

#include "web/front/front.h"

struct front_options {
    const char *home;    /* the data folder; borrowed */
    const char *module;  /* or NULL */
    const char *web_dir; /* or NULL */
    const char *program; /* of workers; NULL: this one */
    uint16_t port;       /* 0: any */
    bool agent;
};

/* KF_E_BUSY when one runs for this home already. Free with front_free(), also after a failure. */
kf_err front_start(struct front *front, const struct front_options *options);
/* Until front_stop(), or an end signal. */
kf_err front_run(struct front *front);
/* Pages are told, workers are asked to end; front_run() returns soon. */
void front_stop(struct front *front);
void front_free(struct front *front);
