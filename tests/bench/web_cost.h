// SPDX-License-Identifier: Apache-2.0
// What keyfob serve costs: the processor time and memory of the front and all of its workers.
#pragma once

#include <sys/types.h>

/* Milliseconds of user and system time so far: of the process, those of its children that live, and
 * those that it has reaped. */
double cost_cpu_ms(pid_t front);
/* Proportional set sizes, in MiB: pages that several share are counted once. */
double cost_pss_mib(pid_t front, int *ret_processes);
double cost_now_ms(void);
double cost_median(double *values, int count);
