// SPDX-License-Identifier: Apache-2.0
// Template: checking what a caller wants an object to be, and filling in what it left out.
#pragma once

#include <stdbool.h>

#include <p11-kit/pkcs11.h>

#include "fakes/attrs.h"

struct fake;
struct token;

// Known types, sizes that fit, nothing that the script refuses (PKCS#11 2.40 4.1.1).
CK_RV template_check(const struct fake *fake, const CK_ATTRIBUTE *template, CK_ULONG count);

// Whether one more object of the token (or count of them) finds room.
CK_RV template_check_room(const struct fake *fake, const struct token *token, size_t count);

// Sets what is absent: storage, usage and protection flags, as a token would.
void template_fill(const struct fake *fake, struct attrs *attrs, bool generated);

// What C_SetAttributeValue may not touch (5.7).
CK_RV template_check_change(const struct fake *fake, const struct attrs *attrs,
                            const CK_ATTRIBUTE *change);
