// SPDX-License-Identifier: Apache-2.0
// Directives: the table of words that may begin a line of a script.
#include "fakes/directives.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "fakes/lies.h"
#include "fakes/names.h"

static bool parse_flag(struct script *script, const struct words *words, size_t offset) {
    *(bool *)((char *)script + offset) = true;
    return words->count == 0;
}

static bool parse_count(struct script *script, const struct words *words, size_t offset) {
    struct script_count *count = (struct script_count *)((char *)script + offset);
    count->set = true;
    return words->count == 1 && names_number(words->items[0], &count->number);
}

static bool parse_rv(struct script *script, const struct words *words, size_t offset) {
    return words->count == 1 &&
           names_rv(words->items[0], (CK_RV *)(void *)((char *)script + offset));
}

// "A,B C" adds A, B and C.
static bool parse_list(struct script_numbers *numbers, const struct words *words,
                       bool (*read)(const char *word, CK_ULONG *ret_number)) {
    for (size_t i = 0; i < words->count; i++) {
        for (const char *rest = words->items[i]; rest != NULL;) {
            const char *comma = strchr(rest, ',');
            char word[64] = "";
            const size_t len = comma == NULL ? strlen(rest) : (size_t)(comma - rest);
            if (len >= sizeof word || numbers->count == SCRIPT_MAX_NUMBERS)
                return false;
            memcpy(word, rest, len);
            if (!read(word, &numbers->items[numbers->count++]))
                return false;
            rest = comma == NULL ? NULL : comma + 1;
        }
    }
    return words->count > 0;
}

static bool parse_attributes(struct script *script, const struct words *words, size_t offset) {
    return parse_list((struct script_numbers *)(void *)((char *)script + offset), words,
                      names_attribute);
}

static bool parse_mechanisms(struct script *script, const struct words *words, size_t offset) {
    return parse_list(&script->mechanisms, words, names_mechanism);
}

// "serial=0001" with name "serial" gives "0001", otherwise NULL.
static const char *value_of(const char *word, const char *name) {
    const size_t len = strlen(name);
    return strncmp(word, name, len) == 0 && word[len] == '=' ? word + len + 1 : NULL;
}

static bool copy_text(char *to, size_t size, const char *text) {
    if (strlen(text) >= size)
        return false;
    strcpy(to, text); // NOLINT: measured above
    return true;
}

static bool parse_token_word(struct script_token *token, const char *word) {
    const struct {
        const char *name;
        char *to;
        size_t size;
    } texts[] = {
        {"label", token->label, sizeof token->label},
        {"serial", token->serial, sizeof token->serial},
        {"model", token->model, sizeof token->model},
        {"manufacturer", token->manufacturer, sizeof token->manufacturer},
        {"pin", token->pin, sizeof token->pin},
        {"so-pin", token->so_pin, sizeof token->so_pin},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *value = value_of(word, texts[i].name);
        if (value != NULL)
            return copy_text(texts[i].to, texts[i].size, value);
    }
    token->uninitialized |= strcmp(word, "uninitialized") == 0;
    token->no_pin |= strcmp(word, "no-pin") == 0;
    return strcmp(word, "uninitialized") == 0 || strcmp(word, "no-pin") == 0;
}

static bool parse_token(struct script *script, const struct words *words, size_t offset) {
    if (script->token_count == SCRIPT_MAX_TOKENS)
        return false;
    struct script_token *token = &script->tokens[script->token_count++];
    *token = (struct script_token){.label = "FAKE",
                                   .model = "Fake",
                                   .manufacturer = "keyfob tests",
                                   .pin = "1234",
                                   .so_pin = "12345678"};
    snprintf(token->serial, sizeof token->serial, "%04zu", script->token_count);
    for (size_t i = 0; i < words->count; i++) {
        if (!parse_token_word(token, words->items[i]))
            return false;
    }
    return true;
}

// "3" is that call, "3+" that and all later ones, "*" every call.
static bool parse_calls(const char *word, struct script_fault *fault) {
    char number[24] = "";
    const size_t len = strlen(word);
    fault->first = 1;
    fault->last = ULONG_MAX;
    if (strcmp(word, "*") == 0)
        return true;
    if (len == 0 || len >= sizeof number)
        return false;
    const bool onwards = word[len - 1] == '+';
    memcpy(number, word, onwards ? len - 1 : len);
    if (!names_number(number, &fault->first))
        return false;
    if (!onwards)
        fault->last = fault->first;
    return fault->first > 0;
}

static bool take_after(const struct words *words, size_t at, bool *ret_after) {
    *ret_after = words->count == at + 1 && strcmp(words->items[at], "after") == 0;
    return words->count == at || *ret_after;
}

static struct script_fault *add_fault(struct script *script, const struct words *words,
                                      enum script_fault_kind kind, size_t min_words) {
    if (script->fault_count == SCRIPT_MAX_LINES || words->count < min_words)
        return NULL;
    struct script_fault *fault = &script->faults[script->fault_count++];
    *fault = (struct script_fault){.kind = kind, .first = 1, .last = ULONG_MAX};
    return names_function(words->items[0], &fault->function) ? fault : NULL;
}

static bool parse_fail(struct script *script, const struct words *words, size_t offset) {
    struct script_fault *fault = add_fault(script, words, FAULT_FAIL, 3);
    return fault != NULL && parse_calls(words->items[1], fault) &&
           names_rv(words->items[2], &fault->rv) && take_after(words, 3, &fault->after);
}

static bool parse_slow(struct script *script, const struct words *words, size_t offset) {
    struct script_fault *fault = add_fault(script, words, FAULT_SLOW, 2);
    return fault != NULL && names_number(words->items[1], &fault->milliseconds) &&
           take_after(words, 2, &fault->after);
}

static bool parse_crash(struct script *script, const struct words *words, size_t offset) {
    static const char *const ways[] = {[CRASH_ABORT] = "abort",
                                       [CRASH_EXIT] = "exit",
                                       [CRASH_SEGV] = "segv",
                                       [CRASH_KILL] = "kill"};
    struct script_fault *fault = add_fault(script, words, FAULT_CRASH, 2);
    if (fault == NULL || !parse_calls(words->items[1], fault))
        return false;
    size_t next = 2;
    for (int way = CRASH_ABORT; words->count > 2 && way <= CRASH_KILL; way++) {
        if (strcmp(words->items[2], ways[way]) == 0) {
            fault->crash = (enum script_crash)way;
            next = 3;
        }
    }
    return take_after(words, next, &fault->after);
}

// "[after N] [slot=N] [serial=TEXT]" in any order; at is where the words begin.
static bool parse_change_words(struct script_change *change, const struct words *words) {
    for (size_t i = 0; i < words->count; i++) {
        const char *slot = value_of(words->items[i], "slot");
        const char *serial = value_of(words->items[i], "serial");
        if (slot != NULL) {
            CK_ULONG number = 0;
            if (!names_number(slot, &number) || number == 0 || number > SCRIPT_MAX_TOKENS)
                return false;
            change->slot = number - 1;
        } else if (serial != NULL) {
            if (!copy_text(change->serial, sizeof change->serial, serial))
                return false;
        } else if (strcmp(words->items[i], "after") != 0 || ++i == words->count ||
                   !names_number(words->items[i], &change->after)) {
            return false;
        }
    }
    return (change->kind == CHANGE_REPLACE) == (change->serial[0] != '\0');
}

static bool add_change(struct script *script, const struct words *words,
                       enum script_change_kind kind) {
    if (script->change_count == SCRIPT_MAX_LINES)
        return false;
    struct script_change *change = &script->changes[script->change_count++];
    *change = (struct script_change){.kind = kind};
    return parse_change_words(change, words);
}

static bool parse_remove(struct script *script, const struct words *words, size_t offset) {
    return add_change(script, words, CHANGE_REMOVE);
}

static bool parse_reinsert(struct script *script, const struct words *words, size_t offset) {
    return add_change(script, words, CHANGE_REINSERT);
}

static bool parse_replace(struct script *script, const struct words *words, size_t offset) {
    return add_change(script, words, CHANGE_REPLACE);
}

static bool parse_logout(struct script *script, const struct words *words, size_t offset) {
    return add_change(script, words, CHANGE_LOGOUT);
}

// The one word of the line as its place in the list (ended by NULL), or -1.
static int choose(const struct words *words, const char *const *list) {
    for (int i = 0; words->count == 1 && list[i] != NULL; i++) {
        if (strcmp(words->items[0], list[i]) == 0)
            return i;
    }
    return -1;
}

static bool parse_pinpad(struct script *script, const struct words *words, size_t offset) {
    static const char *const hands[] = {"right", "wrong", "cancel", NULL};
    const int hand = words->count == 0 ? 0 : choose(words, hands);
    script->pinpad = (enum script_pinpad)(PINPAD_RIGHT + hand);
    return hand >= 0;
}

static bool parse_weak_key(struct script *script, const struct words *words, size_t offset) {
    static const char *const kinds[] = {"bits", "e1", "e3", "roca", "duplicate", NULL};
    const int kind = choose(words, kinds);
    script->weakness = (enum script_weakness)(WEAK_BITS + kind);
    return kind >= 0;
}

// "full" at once, or "full after N [objects]".
static bool parse_full(struct script *script, const struct words *words, size_t offset) {
    script->full = words->count == 0;
    if (script->full)
        return true;
    script->full_after.set = true;
    return (words->count == 2 || (words->count == 3 && strcmp(words->items[2], "objects") == 0)) &&
           strcmp(words->items[0], "after") == 0 &&
           names_number(words->items[1], &script->full_after.number);
}

// "min-pin 4 max-pin 8" is two directives on one line.
static bool parse_pin_limits(struct script *script, const struct words *words, size_t offset) {
    if (words->count != 1 && (words->count != 3 || strcmp(words->items[1], "max-pin") != 0))
        return false;
    script->min_pin.set = true;
    if (!names_number(words->items[0], &script->min_pin.number))
        return false;
    script->max_pin.set |= words->count == 3;
    return words->count == 1 || names_number(words->items[2], &script->max_pin.number);
}

#define AT(field) offsetof(struct script, field)

static const struct directive DIRECTIVES[] = {
    {"token", parse_token, 0},
    {"fail", parse_fail, 0},
    {"slow", parse_slow, 0},
    {"crash", parse_crash, 0},
    {"lie", lies_parse, 0},
    {"absent", parse_remove, 0},
    {"remove", parse_remove, 0},
    {"reinsert", parse_reinsert, 0},
    {"replace", parse_replace, 0},
    {"logout", parse_logout, 0},
    {"pin-tries", parse_count, AT(pin_tries)},
    {"so-pin-tries", parse_count, AT(so_pin_tries)},
    {"pin-expired", parse_flag, AT(pin_expired)},
    {"pin-bad-code", parse_rv, AT(pin_bad_code)},
    {"pinpad", parse_pinpad, 0},
    {"min-pin", parse_pin_limits, 0},
    {"max-pin", parse_count, AT(max_pin)},
    {"full", parse_full, 0},
    {"write-protected", parse_flag, AT(write_protected)},
    {"read-only-attributes", parse_attributes, AT(read_only_attributes)},
    {"refuse-attribute", parse_attributes, AT(refused_attributes)},
    {"mechanisms", parse_mechanisms, 0},
    {"own-id", parse_flag, AT(own_id)},
    {"always-authenticate", parse_flag, AT(always_authenticate)},
    {"no-public-object", parse_flag, AT(no_public_object)},
    {"raw-ec-point", parse_flag, AT(raw_ec_point)},
    {"extractable", parse_flag, AT(extractable)},
    {"no-sensitive", parse_flag, AT(no_sensitive)},
    {"overwrite-key", parse_flag, AT(overwrite_key)},
    {"weak-key", parse_weak_key, 0},
    {"gost", parse_flag, AT(gost)},
    {"gost-swapped", parse_flag, AT(gost_swapped)},
    {"gost-little", parse_flag, AT(gost_little)},
    {"noise", parse_flag, AT(noise)},
    {"rude", parse_flag, AT(rude)},
};

const struct directive *directives_find(const char *name) {
    for (size_t i = 0; i < sizeof DIRECTIVES / sizeof DIRECTIVES[0]; i++) {
        if (strcmp(DIRECTIVES[i].name, name) == 0)
            return &DIRECTIVES[i];
    }
    return NULL;
}
