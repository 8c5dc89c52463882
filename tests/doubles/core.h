// SPDX-License-Identifier: Apache-2.0
// A double's inside: what the server, the faults, the knobs and the issuer share.
#pragma once

#include "double.h"

#include <openssl/ssl.h>
#include <pthread.h>

enum { DOUBLE_PATH_MAX = 512, DOUBLE_KNOB_MAX = 64, DOUBLE_SEEN_MAX = 256 };

struct double_entry {
    char *name, *value;
};

/* A request that came, for double_seen(). */
struct double_sighting {
    char *what /* "METHOD path" */, *body, *query;
    struct double_entry *headers;
    size_t header_count;
};

struct kf_double {
    const struct double_service *service;
    void *state;
    SSL_CTX *tls; /* NULL: plain */
    struct double_issuer *issuer;
    int listener;
    pthread_t accepter;
    /* Recursive; held while a service answers, and by every function a test calls. */
    pthread_mutex_t lock;
    bool stopping;
    struct double_connection *connections;

    struct double_entry knobs[DOUBLE_KNOB_MAX];
    size_t knob_count;
    long fault_left; /* below 0: until switched off */
    struct {
        char *name;
        long n;
    } counters[DOUBLE_KNOB_MAX];
    size_t counter_count;
    struct double_sighting seen[DOUBLE_SEEN_MAX]; /* a ring */
    size_t seen_count;
    char *seen_text;

    char url[64], folder[DOUBLE_PATH_MAX], tls_root[DOUBLE_PATH_MAX + 32],
        ca_root[DOUBLE_PATH_MAX + 32];
};

/* Says why on stderr and aborts: a test that cannot have its double is no test. */
_Noreturn void double_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* --- knobs.c --- */
void double_knobs_start(kf_double *d);
void double_knobs_clear(kf_double *d);
bool double_knob_known(const kf_double *d, const char *knob);
json_t *double_counters(kf_double *d);

/* --- seen.c --- */
void double_seen_add(kf_double *d, const struct double_request *request);
void double_seen_clear(kf_double *d);
/* "METHOD part" or "part": the method is equal, the path contains the part. */
bool double_matches(const char *method, const char *path, const char *pattern);

/* --- issuer.c --- */
void double_issuer_start(kf_double *d);
void double_issuer_clear(kf_double *d);

/* --- tls.c --- */
/* The context of that mode; its root is written to `d->tls_root`. NULL for DOUBLE_PLAIN. */
SSL_CTX *double_tls_start(kf_double *d, enum double_tls tls);

/* --- control.c --- */
/* Answers /_double/...; false when the path is none of them. */
bool double_control(kf_double *d, const struct double_request *request, struct double_reply *reply);
