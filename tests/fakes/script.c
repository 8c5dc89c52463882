// SPDX-License-Identifier: Apache-2.0
// Script: lines into words, words into directives.
#include "fakes/script.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/directives.h"

static _Noreturn void complain(size_t line, const char *what, const char *word) {
    fprintf(stderr, "fake-token: line %zu of the script: %s \"%s\"\n", line, what, word);
    abort();
}

// Takes one word off the line, in place; double quotes keep blanks together.
static char *take_word(char **line) {
    char *from = *line;
    while (isspace((unsigned char)*from))
        from++;
    if (*from == '\0' || *from == '#')
        return NULL;
    char *word = from;
    char *to = from;
    bool quoted = false;
    for (; *from != '\0' && (quoted || !isspace((unsigned char)*from)); from++) {
        if (*from == '"')
            quoted = !quoted;
        else
            *to++ = *from;
    }
    *line = *from == '\0' ? from : from + 1;
    *to = '\0';
    return word;
}

static void parse_line(struct script *script, size_t number, char *line) {
    struct words words = {0};
    const char *name = take_word(&line);
    if (name == NULL)
        return;
    for (char *word = take_word(&line); word != NULL; word = take_word(&line)) {
        if (words.count == SCRIPT_MAX_WORDS)
            complain(number, "too many words after", name);
        words.items[words.count++] = word;
    }
    const struct directive *directive = directives_find(name);
    if (directive == NULL)
        complain(number, "no directive is called", name);
    if (!directive->parse(script, &words, directive->offset))
        complain(number, "cannot make sense of", name);
}

void script_parse(const char *text, struct script *ret_script) {
    struct script *script = ret_script;
    memset(script, 0, sizeof *script);
    char *copy = strdup(text);
    if (copy == NULL)
        complain(0, "out of memory for", "the script");
    char *rest = copy;
    size_t number = 0;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n"))
        parse_line(script, ++number, line);
    free(copy);
    if (script->token_count == 0)
        directives_find("token")->parse(script, &(struct words){0}, 0);
}

bool script_lists(const struct script_numbers *numbers, CK_ULONG number) {
    for (size_t i = 0; i < numbers->count; i++) {
        if (numbers->items[i] == number)
            return true;
    }
    return false;
}

const struct script_length *script_length_of(const struct script *script, CK_ATTRIBUTE_TYPE type) {
    for (size_t i = 0; i < script->length_count; i++) {
        if (script->lengths[i].type == type)
            return &script->lengths[i];
    }
    return NULL;
}
