// SPDX-License-Identifier: Apache-2.0
// Directives: the table of words that may begin a line of a script.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "fakes/script.h"

// What stands on the line after the directive's name.
struct words {
    const char *items[SCRIPT_MAX_WORDS];
    size_t count;
};

struct directive {
    const char *name;
    // Puts the words into the script, at the offset where the directive has one; false: senseless.
    bool (*parse)(struct script *script, const struct words *words, size_t offset);
    size_t offset;
};

// NULL when there is none of that name.
const struct directive *directives_find(const char *name);
