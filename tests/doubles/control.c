// SPDX-License-Identifier: Apache-2.0
// The knobs and counters for tests in other processes: /_double/..., never hit by a fault.
#include "core.h"

#include <stdlib.h>
#include <string.h>

static void set_knobs(kf_double *d, const struct double_request *request,
                      struct double_reply *reply) {
    const char *knob;
    json_t *value;
    json_object_foreach(request->json, knob, value) {
        if (!double_knob_known(d, knob) || !json_is_string(value)) {
            double_reply_data(reply, 400, "text/plain", knob, strlen(knob));
            return;
        }
    }
    json_object_foreach(request->json, knob, value) double_set(d, knob, json_string_value(value));
    double_reply_json(reply, 200, json_object());
}

static void tell_counters(kf_double *d, const struct double_request *request,
                          struct double_reply *reply) {
    double_reply_json(reply, 200, double_counters(d));
}

static void tell_seen(kf_double *d, const struct double_request *request,
                      struct double_reply *reply) {
    pthread_mutex_lock(&d->lock);
    const char *text =
        double_seen(d, double_query(request, "request"), double_query(request, "header"));
    double_reply_data(reply, 200, "text/plain", text, strlen(text));
    pthread_mutex_unlock(&d->lock);
}

static void tell_chain(kf_double *d, const struct double_request *request,
                       struct double_reply *reply) {
    char *pem = double_ca_chain(d);
    double_reply_data(reply, 200, "application/x-pem-file", pem, strlen(pem));
    free(pem);
}

bool double_control(kf_double *d, const struct double_request *request,
                    struct double_reply *reply) {
    static const struct {
        const char *method, *path;
        void (*answer)(kf_double *d, const struct double_request *request,
                       struct double_reply *reply);
    } routes[] = {
        {"POST", "/_double/knobs", set_knobs},
        {"GET", "/_double/counters", tell_counters},
        {"GET", "/_double/seen", tell_seen},
        {"GET", "/_double/chain", tell_chain},
    };
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (strcmp(request->method, routes[i].method) == 0 &&
            strcmp(request->path, routes[i].path) == 0) {
            routes[i].answer(d, request, reply);
            return true;
        }
    }
    return false;
}
