// SPDX-License-Identifier: Apache-2.0
// What the kernel says about the mapping of an address.
#pragma once

#include <stdbool.h>

#include "base_fixture.h"

/* The flags that the kernel gives the mapping of `address` (proc(5), VmFlags of smaps). */
static void read_flags(const void *address, char *ret_flags, size_t size) {
    FILE *maps = fopen("/proc/self/smaps", "re");
    assert_non_null(maps);
    char line[512];
    bool here = false;
    ret_flags[0] = '\0';
    while (!ret_flags[0] && fgets(line, sizeof line, maps)) {
        uintptr_t from, to;
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            here = (uintptr_t)address >= from && (uintptr_t)address < to;
        if (here && strncmp(line, "VmFlags:", 8) == 0)
            snprintf(ret_flags, size, "%s", line);
    }
    fclose(maps);
}
