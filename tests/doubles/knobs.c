// SPDX-License-Identifier: Apache-2.0
// What a test may set, and what it may count.
#include "core.h"

#include <stdlib.h>
#include <string.h>

/* name, first value, ... */
static const char *const common[] = {
    "fault",       "",    "fault-count", "1",          "fault-path", "",      "redirect-to", "",
    "retry-after", "",    "issue",       "",           "decide",     "issue", "pending",     "",
    "days",        "365", "purpose",     "clientAuth", "usage",      "",      "san",         "",
    NULL,
};

static struct double_entry *find(const kf_double *d, const char *knob) {
    for (size_t i = 0; i < d->knob_count; i++) {
        if (strcmp(d->knobs[i].name, knob) == 0)
            return (struct double_entry *)&d->knobs[i];
    }
    return NULL;
}

static void add_knobs(kf_double *d, const char *const *table) {
    for (; table && *table; table += 2) {
        if (d->knob_count == DOUBLE_KNOB_MAX || find(d, table[0]))
            double_die("the knob \"%s\" is there twice or one too many", table[0]);
        d->knobs[d->knob_count++] =
            (struct double_entry){.name = strdup(table[0]), .value = strdup(table[1])};
    }
}

void double_knobs_start(kf_double *d) {
    d->fault_left = 1;
    add_knobs(d, common);
    add_knobs(d, d->service->knobs);
}

void double_knobs_clear(kf_double *d) {
    for (size_t i = 0; i < d->knob_count; i++)
        free(d->knobs[i].name), free(d->knobs[i].value);
    for (size_t i = 0; i < d->counter_count; i++)
        free(d->counters[i].name);
}

bool double_knob_known(const kf_double *d, const char *knob) {
    return find(d, knob) != NULL;
}

static void put(kf_double *d, const char *knob, const char *value) {
    struct double_entry *entry = find(d, knob);
    if (!entry)
        double_die("\"%s\" has no knob \"%s\"", d->service->name, knob);
    char *copy = strdup(value);
    free(entry->value);
    entry->value = copy;
}

void double_set(kf_double *d, const char *knob, const char *value) {
    pthread_mutex_lock(&d->lock);
    put(d, knob, value);
    if (strcmp(knob, "fault") == 0 && *value == '\0') {
        put(d, "fault-count", "1");
        put(d, "fault-path", "");
    }
    if (strcmp(knob, "fault") == 0 || strcmp(knob, "fault-count") == 0)
        d->fault_left = strtol(double_knob(d, "fault-count"), NULL, 10);
    pthread_mutex_unlock(&d->lock);
}

const char *double_knob(const kf_double *d, const char *knob) {
    const struct double_entry *entry = find(d, knob);
    if (!entry)
        double_die("\"%s\" has no knob \"%s\"", d->service->name, knob);
    return entry->value;
}

static long *counter_of(kf_double *d, const char *counter) {
    size_t i = 0;
    while (i < d->counter_count && strcmp(d->counters[i].name, counter) != 0)
        i++;
    if (i == DOUBLE_KNOB_MAX)
        double_die("the counter \"%s\" is one too many", counter);
    if (i == d->counter_count) {
        d->counters[i].name = strdup(counter);
        d->counters[i].n = 0;
        d->counter_count++;
    }
    return &d->counters[i].n;
}

void double_add(kf_double *d, const char *counter, long n) {
    pthread_mutex_lock(&d->lock);
    *counter_of(d, counter) += n;
    pthread_mutex_unlock(&d->lock);
}

long double_count(kf_double *d, const char *counter) {
    pthread_mutex_lock(&d->lock);
    long n = *counter_of(d, counter);
    pthread_mutex_unlock(&d->lock);
    return n;
}

json_t *double_counters(kf_double *d) {
    pthread_mutex_lock(&d->lock);
    json_t *all = json_object();
    for (size_t i = 0; i < d->counter_count; i++)
        json_object_set_new(all, d->counters[i].name, json_integer(d->counters[i].n));
    pthread_mutex_unlock(&d->lock);
    return all;
}
