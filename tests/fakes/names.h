// SPDX-License-Identifier: Apache-2.0
// Names: what a script calls a function, an error code, an attribute or a mechanism.
#pragma once

#include <stdbool.h>

#include <p11-kit/pkcs11.h>

#include "fakes/functions.h"

// Decimal or 0x hexadecimal, the whole word.
bool names_number(const char *word, CK_ULONG *ret_number);

// Each takes a CKR_, CKA_ or CKM_ name, or a number.
bool names_rv(const char *word, CK_RV *ret_rv);
bool names_attribute(const char *word, CK_ATTRIBUTE_TYPE *ret_type);
bool names_mechanism(const char *word, CK_MECHANISM_TYPE *ret_type);

// "C_Sign" and the like, or "any".
bool names_function(const char *word, enum fake_function *ret_function);

// An attribute type that PKCS#11 2.40 knows, or a vendor's.
bool names_is_attribute(CK_ATTRIBUTE_TYPE type);

const char *names_of_function(enum fake_function function);

// NULL when the code has no name.
const char *names_of_rv(CK_RV rv);
