// SPDX-License-Identifier: Apache-2.0
// How requests are shown, and what is said when work on one ends.
#pragma once

#include "output.h"

/* After enroll, resume and the like: `code` is what the library said about request `id`. Shows the
 * request when it is done or waits; otherwise names it in the error. Returns the code that decides
 * the exit status. */
kf_err request_result(struct run *run, const char *id, kf_err code);
kf_err request_table(struct run *run, const json_t *requests);
/* "", or what must be done about the requests, such as "1 waits for you". */
void request_counts(struct run *run, const json_t *requests);
