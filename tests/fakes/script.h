// SPDX-License-Identifier: Apache-2.0
// Script: what the file named by FAKE_TOKEN tells the fake to do; README.md has the language.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <p11-kit/pkcs11.h>

#include "fakes/functions.h"

enum {
    SCRIPT_MAX_TOKENS = 16,
    SCRIPT_MAX_LINES = 64, // of one kind
    SCRIPT_MAX_NUMBERS = 64,
    SCRIPT_MAX_WORDS = 32,
    SCRIPT_MAX_TEXT = 64 * 1024,
};

// A token as it is when it is seen for the first time; later its own state counts.
struct script_token {
    char label[33], serial[17], model[17], manufacturer[33];
    char pin[256], so_pin[256];
    bool uninitialized; // needs C_InitToken
    bool no_pin;        // needs C_InitPIN
};

enum script_fault_kind { FAULT_FAIL, FAULT_SLOW, FAULT_CRASH };
enum script_crash { CRASH_ABORT, CRASH_EXIT, CRASH_SEGV, CRASH_KILL };

struct script_fault {
    enum script_fault_kind kind;
    enum fake_function function; // FN_ANY: counted over all functions
    unsigned long first, last;   // calls since the script text took effect, from 1
    bool after;                  // the work is done, and durable, first
    CK_RV rv;
    unsigned long milliseconds;
    enum script_crash crash;
};

enum script_change_kind { CHANGE_REMOVE, CHANGE_REINSERT, CHANGE_REPLACE, CHANGE_LOGOUT };

struct script_change {
    enum script_change_kind kind;
    size_t slot;         // from 0
    unsigned long after; // so many calls are answered first
    char serial[17];
};

enum script_length_kind { LENGTH_NUMBER, LENGTH_UNAVAILABLE, LENGTH_LONGER, LENGTH_SHORTER };

struct script_length {
    CK_ATTRIBUTE_TYPE type;
    enum script_length_kind kind;
    CK_ULONG number;
};

// A number that need not be there.
struct script_count {
    bool set;
    CK_ULONG number;
};

struct script_numbers {
    CK_ULONG items[SCRIPT_MAX_NUMBERS];
    size_t count;
};

enum script_weakness { WEAK_NOT, WEAK_BITS, WEAK_E1, WEAK_E3, WEAK_ROCA, WEAK_DUPLICATE };
enum script_pinpad { PINPAD_NONE, PINPAD_RIGHT, PINPAD_WRONG, PINPAD_CANCEL };

struct script {
    struct script_token tokens[SCRIPT_MAX_TOKENS];
    size_t token_count; // never 0 after script_parse
    struct script_fault faults[SCRIPT_MAX_LINES];
    size_t fault_count;
    struct script_change changes[SCRIPT_MAX_LINES];
    size_t change_count;
    struct script_length lengths[SCRIPT_MAX_LINES];
    size_t length_count;

    // lies
    bool slots_grow, objects_forever, objects_overcount, key_handle, sign_wrong;
    struct script_count slots, mechanism_count, objects, sign_length;
    unsigned char label[32];
    bool label_raw;

    // PINs
    struct script_count pin_tries, so_pin_tries, min_pin, max_pin;
    bool pin_expired;
    CK_RV pin_bad_code; // CKR_OK: the usual one
    enum script_pinpad pinpad;

    // objects and keys
    bool full, write_protected, own_id, always_authenticate, no_public_object, raw_ec_point;
    bool extractable, no_sensitive, overwrite_key, gost, gost_swapped, gost_little;
    struct script_count full_after;
    struct script_numbers read_only_attributes, refused_attributes, mechanisms;
    enum script_weakness weakness;

    // manners
    bool noise, rude;
};

// Reads the text into a fresh script. A line that means nothing ends the program with its number on
// stderr: a test with a typing error must not pass.
void script_parse(const char *text, struct script *ret_script);

bool script_lists(const struct script_numbers *numbers, CK_ULONG number);

// NULL when nothing is to be said about this attribute's length.
const struct script_length *script_length_of(const struct script *script, CK_ATTRIBUTE_TYPE type);
