// SPDX-License-Identifier: Apache-2.0
// Batches for a person: what was checked, how it stands, which rows need attention.
#pragma once

#include "output.h"

kf_err batch_table(struct run *run, const json_t *batches);
/* One with its rows. */
kf_err batch_card(struct run *run, const json_t *document);
/* The rows of a file that was checked, as the result of --dry-run. KF_E_PARKED when some need
 * attention. */
kf_err batch_checked(struct run *run, const json_t *document);
/* The same before ordering, on standard error: only the rows that need attention. */
void batch_tell_checked(struct run *run, const json_t *document);
/* After ordering: how many are done, wait, and are parked; with --json the document. */
kf_err batch_result(struct run *run, const json_t *document);
/* How many rows have that status. */
size_t batch_count(const json_t *document, const char *status);
