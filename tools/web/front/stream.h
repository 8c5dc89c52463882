// SPDX-License-Identifier: Apache-2.0
// Event streams (text/event-stream, the HTML standard's section 9.2).
#pragma once

#include "web/front/exchange.h"

/* Answer with the owner's events, from "Last-Event-ID" on. */
void stream_answer(struct exchange *exchange);
/* Its connection is gone. */
void stream_free(struct stream *stream);
/* The other end has left. */
void stream_stop(struct stream *stream);
/* Those of the session, after what was told already; `owner` NULL: all. */
void streams_end(struct front *front, const char *owner);
