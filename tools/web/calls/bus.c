// SPDX-License-Identifier: Apache-2.0
// The bus.
#include "web/calls/bus.h"

#include <string.h>

#include "base/auto.h"
#include "base/text.h"

#define LISTENERS_MAX 1024
#define KEPT_BYTES    ((size_t)8 * 1024 * 1024)

struct event {
    uint64_t id;
    char *owner, *type, *data;
};

struct listener {
    bus_fn *fn; /* NULL: has left while events were told */
    void *arg;
    char *owner;
    struct listener *next;
};

struct bus {
    struct event kept[BUS_KEPT]; /* event `id` lies at id % BUS_KEPT */
    uint64_t first, last;        /* ids of those that are kept; 1, 0: none yet */
    size_t bytes;
    struct listener *listeners;
    size_t count;
    unsigned telling;
};

kf_err bus_new(bus **ret_bus) {
    bus *new = calloc(1, sizeof *new);
    if (!new)
        return kf_fail(KF_E_MEMORY, "out of memory for the events");
    new->first = 1;
    *ret_bus = new;
    return KF_OK;
}

/* --- events --- */

static void forget_first(bus *bus) {
    struct event *event = &bus->kept[bus->first++ % BUS_KEPT];
    bus->bytes -= strlen(event->data);
    free(event->owner);
    free(event->type);
    free(event->data);
    *event = (struct event){0};
}

static bool is_for(const char *event_owner, const char *owner) {
    return !event_owner || kf_str_equal(event_owner, owner);
}

/* Those that left while they were told of something. */
static void sweep(bus *bus) {
    for (struct listener **at = &bus->listeners; *at;) {
        struct listener *listener = *at;
        if (listener->fn) {
            at = &listener->next;
            continue;
        }
        *at = listener->next;
        bus->count--;
        free(listener->owner);
        free(listener);
    }
}

static void tell_all(bus *bus, const struct event *event) {
    bus->telling++;
    for (struct listener *at = bus->listeners; at; at = at->next)
        if (at->fn && is_for(event->owner, at->owner))
            at->fn(at->arg, event->id, event->type, event->data);
    if (--bus->telling == 0)
        sweep(bus);
}

static bool make_event(struct event *event, const char *owner, const char *type, json_t *data) {
    event->owner = owner ? strdup(owner) : NULL;
    event->type = strdup(type);
    event->data = data ? json_dumps(data, JSON_COMPACT) : NULL;
    json_decref(data);
    if ((!owner || event->owner) && event->type && event->data)
        return true;
    free(event->owner);
    free(event->type);
    free(event->data);
    return false;
}

/* Without memory an event is missed, and its number too: who comes back then is told to reset. */
void bus_publish(bus *bus, const char *owner, const char *type, json_t *data) {
    struct event event = {.id = bus->last + 1};
    if (!make_event(&event, owner, type, data)) {
        while (bus->first <= bus->last)
            forget_first(bus);
        bus->first = ++bus->last + 1;
        return;
    }
    bus->bytes += strlen(event.data);
    while (bus->first <= bus->last &&
           (bus->last - bus->first + 1 == BUS_KEPT || bus->bytes > KEPT_BYTES))
        forget_first(bus);
    bus->last = event.id;
    bus->kept[event.id % BUS_KEPT] = event;
    tell_all(bus, &event);
}

/* --- listeners --- */

static void tell_missed(const bus *bus, const char *owner, uint64_t last, bus_fn *fn, void *arg) {
    if (last + 1 < bus->first || last > bus->last) {
        fn(arg, bus->last, "reset", "{}");
        return;
    }
    for (uint64_t id = last + 1; id <= bus->last; id++) {
        const struct event *event = &bus->kept[id % BUS_KEPT];
        if (is_for(event->owner, owner))
            fn(arg, event->id, event->type, event->data);
    }
}

kf_err bus_join(bus *bus, const char *owner, uint64_t last, bus_fn *fn, void *arg) {
    if (bus->count >= LISTENERS_MAX)
        return kf_fail(KF_E_BUSY, "too many pages listen already");
    struct listener *listener = calloc(1, sizeof *listener);
    char *copy = strdup(owner);
    if (!listener || !copy) {
        free(listener);
        free(copy);
        return kf_fail(KF_E_MEMORY, "out of memory for a listener");
    }
    if (last > 0)
        tell_missed(bus, owner, last, fn, arg);
    *listener = (struct listener){.fn = fn, .arg = arg, .owner = copy, .next = bus->listeners};
    bus->listeners = listener;
    bus->count++;
    return KF_OK;
}

void bus_leave(bus *bus, bus_fn *fn, void *arg) {
    for (struct listener *at = bus->listeners; at; at = at->next)
        if (at->fn == fn && at->arg == arg)
            at->fn = NULL;
    if (bus->telling == 0)
        sweep(bus);
}

void bus_free(bus *bus) {
    if (!bus)
        return;
    while (bus->first <= bus->last)
        forget_first(bus);
    for (struct listener *at = bus->listeners; at; at = at->next)
        at->fn = NULL;
    sweep(bus);
    free(bus);
}
