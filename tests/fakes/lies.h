// SPDX-License-Identifier: Apache-2.0
// Lies: the directives that make the fake answer what is not so.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct script;
struct words;

// The words after "lie"; false when they mean nothing.
bool lies_parse(struct script *script, const struct words *words, size_t offset);
