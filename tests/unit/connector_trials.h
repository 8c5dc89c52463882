// SPDX-License-Identifier: Apache-2.0
// The common suite as a table: each trial against each of the services.
#pragma once

#include "unit/connector_bench.h"

struct trial {
    const char *name; /* a sentence */
    void (*run)(const struct trial *trial);
    const char *what; /* a fault, a knob's value */
    enum double_tls tls;
};
struct job {
    const struct service *service;
    const struct trial *trial;
    char name[128];
};

static void run_job(void **state) {
    const struct job *job = *state;
    service = job->service;
    assert_non_null(kf_connector_find(service->name));
    begin(job->trial->tls);
    job->trial->run(job->trial);
}

/* With a pattern ("digicert: *") as the program's argument: only those. */
static int run_trials(const struct trial *trials, size_t count, const char *pattern) {
    static struct job jobs[256];
    static struct CMUnitTest tests[256];
    size_t n = 0;
    if (pattern)
        cmocka_set_test_filter(pattern);
    for (size_t s = 0; s < SERVICES; s++) {
        for (size_t t = 0; t < count; t++, n++) {
            jobs[n] = (struct job){.service = &services[s], .trial = &trials[t]};
            snprintf(jobs[n].name, sizeof jobs[n].name, "%s: %s", services[s].name, trials[t].name);
            tests[n] = (struct CMUnitTest){.name = jobs[n].name,
                                           .test_func = run_job,
                                           .teardown_func = end,
                                           .initial_state = &jobs[n]};
        }
    }
    return _cmocka_run_group_tests("connectors", tests, n, NULL, NULL);
}
