// SPDX-License-Identifier: Apache-2.0
// Standard output is for results alone: what a PKCS#11 module prints there goes to standard error.
#pragma once

/* From here on descriptor 1 leads to standard error, outside of results_begin() and results_end().
 */
void results_guard(void);
/* Whoever prints a result does it between these two. */
void results_begin(void);
void results_end(void);
/* Descriptor 1 is what it was. */
void results_release(void);
