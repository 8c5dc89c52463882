// SPDX-License-Identifier: Apache-2.0
// The nearest word to one that was mistyped.
#include "base/nearest.h"

#include <string.h>

#define WORD_MAX 40

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Optimal string alignment: insertions, deletions, changes, and two neighbours swapped, each 1. */
static size_t distance(const char *a, const char *b) {
    size_t rows = strlen(a), columns = strlen(b);
    size_t cell[WORD_MAX + 1][WORD_MAX + 1];
    if (rows > WORD_MAX || columns > WORD_MAX)
        return WORD_MAX;
    for (size_t i = 0; i <= rows; i++)
        cell[i][0] = i;
    for (size_t j = 0; j <= columns; j++)
        cell[0][j] = j;
    for (size_t i = 1; i <= rows; i++) {
        for (size_t j = 1; j <= columns; j++) {
            cell[i][j] = least(cell[i - 1][j - 1] + (a[i - 1] != b[j - 1]),
                               least(cell[i - 1][j], cell[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cell[i][j] = least(cell[i][j], cell[i - 2][j - 2] + 1);
        }
    }
    return cell[rows][columns];
}

void kf_nearest_try(struct kf_nearest *nearest, const char *candidate) {
    if (!candidate)
        return;
    size_t found = distance(nearest->wanted, candidate);
    size_t typed = strlen(nearest->wanted);
    if (typed > 2 && strncmp(nearest->wanted, candidate, typed) == 0)
        found = least(found, 1);
    if (nearest->best && found >= nearest->distance)
        return;
    nearest->best = candidate;
    nearest->distance = found;
}

const char *kf_nearest_word(const struct kf_nearest *nearest) {
    size_t enough = strlen(nearest->wanted) < 5 ? 1 : 2;
    return nearest->best && nearest->distance <= enough ? nearest->best : NULL;
}
