// SPDX-License-Identifier: Apache-2.0
// The door: HOME/serve.sock, by which `keyfob open` finds the server of its home and gets a code.
// Only programs of the same user come through. Frames of wire.h:
//   {"want": "link"|"typed"|"address"}     {"address": "http://127.0.0.1:8484/", "code"?: "..."}
#pragma once

#include <jansson.h>

#include "web/front/front.h"

/* --- the server's side --- */

/* KF_E_BUSY, with its address, when a server of this home runs already. */
kf_err door_lock(struct front *front);
/* From now on codes are given. */
kf_err door_open(struct front *front);
void door_free(struct door *door);
/* The file that leads a browser here is of no use once a code was used. */
void door_code_used(struct front *front);

/* --- the other side --- */

/* KF_E_NOT_FOUND when no server of this home runs. */
kf_err door_ask(const char *home, const char *want, json_t **ret_reply);
/* HOME/open.html, 0600: no code stands in the arguments of a program. */
#define DOOR_PAGE "open.html"
