// SPDX-License-Identifier: Apache-2.0
// Looks for private numbers in this process's own memory: every piece of eight bytes, in both
// orders, at every address. The pieces are kept masked, so that the search does not find itself.
#pragma once

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SCAN_MASK    0xa5c3965a3c69f00fULL
#define SCAN_MAX     1024
#define SCAN_WINDOW  ((size_t)1024 * 1024)
#define SCAN_SKIPPED ((size_t)1024 * 1024 * 1024) /* AddressSanitizer's shadow is terabytes */

struct scan {
    uint64_t needles[SCAN_MAX]; /* masked */
    size_t count;
    uint8_t filter[8192]; /* a bit for the lower half of each */
};

/* What a scan found, and where. */
struct scan_result {
    size_t in_arena, on_stack, elsewhere;
    size_t read; /* bytes */
};

static void scan_add_piece(struct scan *scan, uint64_t piece) {
    if (scan->count < SCAN_MAX)
        scan->needles[scan->count++] = piece ^ SCAN_MASK;
    scan->filter[(piece & 0xffff) >> 3] |= (uint8_t)(1 << (piece & 7));
}

/* Pieces counted from the lower end, as limbs are. */
static void scan_add(struct scan *scan, const uint8_t *bytes, size_t len) {
    for (; len >= 8; len -= 8) {
        uint64_t piece;
        memcpy(&piece, bytes + len - 8, sizeof piece);
        scan_add_piece(scan, piece);
        scan_add_piece(scan, __builtin_bswap64(piece));
    }
}

static bool scan_is_needle(const struct scan *scan, uint64_t word) {
    if (!(scan->filter[(word & 0xffff) >> 3] & (1 << (word & 7))))
        return false;
    for (size_t i = 0; i < scan->count; i++)
        if (scan->needles[i] == (word ^ SCAN_MASK))
            return true;
    return false;
}

static size_t scan_window(const struct scan *scan, const uint8_t *window, size_t len) {
    size_t hits = 0;
    for (size_t at = 0; at + 8 <= len; at++) {
        uint64_t word;
        memcpy(&word, window + at, sizeof word);
        hits += scan_is_needle(scan, word);
    }
    return hits;
}

/* Windows overlap by seven bytes. */
static size_t scan_mapping(const struct scan *scan, int memory, uint8_t *window, uintptr_t from,
                           uintptr_t to, size_t *read) {
    size_t hits = 0;
    while (from < to) {
        size_t want = to - from < SCAN_WINDOW ? to - from : SCAN_WINDOW;
        ssize_t got = pread(memory, window, want, (off_t)from);
        if (got <= 0)
            return hits;
        hits += scan_window(scan, window, (size_t)got);
        *read += (size_t)got;
        from += (size_t)got == want && from + want < to ? want - 7 : (size_t)got;
    }
    memset(window, 0, SCAN_WINDOW);
    return hits;
}

struct scan_place {
    uintptr_t from, to;
    char access[8], name[256];
    unsigned long used; /* KiB of it in memory or swapped out */
    bool is_arena;      /* wiped in children ("wf") */
};

/* One mapping of /proc/self/smaps, from its first line to its flags (proc(5)). */
static bool scan_next(FILE *maps, struct scan_place *ret_place) {
    char line[1024];
    struct scan_place place = {0};
    while (fgets(line, sizeof line, maps)) {
        struct scan_place next = {0};
        unsigned long number = 0;
        if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %255[^\n]", &next.from, &next.to, next.access,
                   next.name) >= 3) {
            place = next;
        } else if (sscanf(line, "Rss: %lu", &number) == 1 ||
                   sscanf(line, "Swap: %lu", &number) == 1) {
            place.used += number;
        } else if (strncmp(line, "VmFlags:", 8) == 0) {
            place.is_arena = strstr(line, " wf") != NULL;
            *ret_place = place;
            return true;
        }
    }
    return false;
}

static struct scan_result scan_memory(const struct scan *scan) {
    struct scan_result result = {0};
    struct scan_place place;
    uint8_t *window =
        mmap(NULL, SCAN_WINDOW, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    FILE *maps = fopen("/proc/self/smaps", "re");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    while (maps && memory >= 0 && window != MAP_FAILED && scan_next(maps, &place)) {
        /* Shared mappings are not anybody's heap; the window is one. */
        if (place.access[1] != 'w' || place.access[3] != 'p' || !place.used ||
            place.to - place.from > SCAN_SKIPPED)
            continue;
        size_t hits = scan_mapping(scan, memory, window, place.from, place.to, &result.read);
        *(place.is_arena                          ? &result.in_arena
          : strstr(place.name, "[stack]") != NULL ? &result.on_stack
                                                  : &result.elsewhere) += hits;
    }
    if (maps)
        fclose(maps);
    close(memory);
    munmap(window, SCAN_WINDOW);
    return result;
}
