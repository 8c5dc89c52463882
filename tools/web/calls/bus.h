// SPDX-License-Identifier: Apache-2.0
// The bus: events for the page, with numbers, the last of them kept for who comes back.
//
// Types: token.inserted token.removed token.changed {uri, label, serial}, or token.changed {} (look
// again); connection.changed {name}; request.changed {id}; certificate.changed {}; settings.changed
// {}; job.changed keyfob.job/1 (only to its owner); news keyfob.news/1 (of the agent);
// session.locking {seconds}; session.ended {}; server.stopping {}; reset {} (something was missed:
// read all again).
#pragma once

#include <jansson.h>
#include <keyfob/error.h>
#include <stdint.h>

#define BUS_KEPT 256

typedef struct bus bus;
/* `data` is the JSON text of one event, on one line. */
typedef void bus_fn(void *arg, uint64_t id, const char *type, const char *data);

kf_err bus_new(bus **ret_bus);
void bus_free(bus *bus);
/* Takes over `data`; `owner` NULL is for everybody. */
void bus_publish(bus *bus, const char *owner, const char *type, json_t *data);
/* What was published after `last` is told first, or "reset" when that is not known any more (`last`
 * 0: nothing). */
kf_err bus_join(bus *bus, const char *owner, uint64_t last, bus_fn *fn, void *arg);
void bus_leave(bus *bus, bus_fn *fn, void *arg);
