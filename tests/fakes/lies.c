// SPDX-License-Identifier: Apache-2.0
// Lies: the directives that make the fake answer what is not so.
#include "fakes/lies.h"

#include <stdio.h>
#include <string.h>

#include "fakes/directives.h"
#include "fakes/names.h"
#include "fakes/script.h"

static bool is(const struct words *words, size_t at, const char *word) {
    return words->count > at && strcmp(words->items[at], word) == 0;
}

static bool read_count(const struct words *words, struct script_count *ret_count) {
    ret_count->set = true;
    return words->count == 2 && names_number(words->items[1], &ret_count->number);
}

// "length CKA_X 0x7fffffffffffffff|unavailable|longer|shorter"
static bool lie_length(struct script *script, const struct words *words) {
    if (words->count != 3 || script->length_count == SCRIPT_MAX_LINES)
        return false;
    struct script_length *length = &script->lengths[script->length_count++];
    if (!names_attribute(words->items[1], &length->type))
        return false;
    length->kind = is(words, 2, "unavailable") ? LENGTH_UNAVAILABLE
                   : is(words, 2, "longer")    ? LENGTH_LONGER
                   : is(words, 2, "shorter")   ? LENGTH_SHORTER
                                               : LENGTH_NUMBER;
    return length->kind != LENGTH_NUMBER || names_number(words->items[2], &length->number);
}

static bool lie_slots(struct script *script, const struct words *words) {
    script->slots_grow |= words->count == 2 && is(words, 1, "grow");
    return script->slots_grow || read_count(words, &script->slots);
}

static bool lie_mechanisms(struct script *script, const struct words *words) {
    return read_count(words, &script->mechanism_count);
}

static bool lie_objects(struct script *script, const struct words *words) {
    const bool forever = words->count == 2 && is(words, 1, "forever");
    const bool overcount = words->count == 2 && is(words, 1, "overcount");
    script->objects_forever |= forever;
    script->objects_overcount |= overcount;
    return forever || overcount || read_count(words, &script->objects);
}

static bool lie_sign_length(struct script *script, const struct words *words) {
    return read_count(words, &script->sign_length);
}

static bool lie_sign(struct script *script, const struct words *words) {
    script->sign_wrong = true;
    return words->count == 2 && is(words, 1, "wrong");
}

static bool lie_key_handle(struct script *script, const struct words *words) {
    script->key_handle = true;
    return words->count == 1;
}

// "label raw HEX": up to 32 bytes as they are, blanks after them.
static bool lie_label(struct script *script, const struct words *words) {
    if (words->count != 3 || !is(words, 1, "raw"))
        return false;
    const char *hex = words->items[2];
    const size_t len = strlen(hex);
    if (len % 2 != 0 || len / 2 > sizeof script->label)
        return false;
    memset(script->label, ' ', sizeof script->label);
    for (size_t i = 0; i < len / 2; i++) {
        unsigned int byte = 0;
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
            return false;
        script->label[i] = (unsigned char)byte;
    }
    script->label_raw = true;
    return true;
}

static const struct {
    const char *name;
    bool (*parse)(struct script *script, const struct words *words);
} LIES[] = {
    {"length", lie_length},           {"slots", lie_slots},
    {"mechanisms", lie_mechanisms},   {"objects", lie_objects},
    {"sign-length", lie_sign_length}, {"sign", lie_sign},
    {"key-handle", lie_key_handle},   {"label", lie_label},
};

bool lies_parse(struct script *script, const struct words *words, size_t offset) {
    for (size_t i = 0; i < sizeof LIES / sizeof LIES[0]; i++) {
        if (is(words, 0, LIES[i].name))
            return LIES[i].parse(script, words);
    }
    return false;
}
