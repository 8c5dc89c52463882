// SPDX-License-Identifier: Apache-2.0
// The front of `keyfob serve`: what its parts share. One thread, one loop.
#pragma once

#include <stdint.h>

#include "web/calls/bus.h"
#include "web/calls/calls.h"
#include "web/front/codes.h"
#include "web/front/loop.h"
#include "web/front/session.h"

struct exchange;
struct stream;

struct front {
    loop *loop;
    bus *bus;
    calls *calls;
    sessions *sessions;
    codes *codes;
    struct daemon *daemon;
    struct door *door;
    const char *home;           /* the data folder, absolute */
    int web_dir;                /* --web-dir, or -1: the embedded files */
    uint16_t port;              /* 127.0.0.1:PORT, and [::1]:PORT where there is IPv6 */
    char cookie[24];            /* its name: other ports of 127.0.0.1 share our cookies */
    char address[32];           /* "http://127.0.0.1:8484/" */
    struct exchange *exchanges; /* all that are under way */
    struct stream *streams;
    size_t stream_count;
    uint64_t ping;
    bool stopping;
};
