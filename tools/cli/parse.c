// SPDX-License-Identifier: Apache-2.0
// From argv to a line: options anywhere, then noun, verb and arguments, checked against the tables.
#include "program.h"

#include <stdint.h>
#include <string.h>

#include "base/nearest.h"

bool words_have(const char *words, const char *word) {
    size_t len = strlen(word);
    for (const char *at = words; *at; at += strcspn(at, "|"), at += *at == '|')
        if (strcspn(at, "|") == len && strncmp(at, word, len) == 0)
            return true;
    return false;
}

bool option_has_words(const struct option *option) {
    const char *argument = option->argument;
    return argument && argument[0] >= 'a' && argument[0] <= 'z' && strchr(argument, '|');
}

enum option_id option_find(const char *name, size_t len) {
    for (int id = OPT_NONE + 1; id < OPT_COUNT; id++)
        if (strlen(options[id].name) == len && strncmp(options[id].name, name, len) == 0)
            return (enum option_id)id;
    return OPT_NONE;
}

enum option_id option_letter(char letter) {
    for (int id = OPT_NONE + 1; id < OPT_COUNT; id++)
        if (options[id].letter == letter)
            return (enum option_id)id;
    return OPT_NONE;
}

bool command_takes(const struct command *command, enum option_id option) {
    if (options[option].flags & OPTION_GLOBAL)
        return true;
    for (const unsigned char *at = command->options; *at; at++)
        if (*at == option)
            return true;
    return false;
}

enum option_id command_option(const struct command *command, enum option_id option) {
    for (const unsigned char *at = command->options; *at && !command_takes(command, option); at++)
        if (strcmp(options[*at].name, options[option].name) == 0)
            return (enum option_id) * at;
    return option;
}

bool command_is_noun(const char *word) {
    for (size_t i = 0; i < CMD_COUNT; i++)
        if (strcmp(commands[i].noun, word) == 0)
            return true;
    return false;
}

const struct command *command_find(const char *noun, const char *verb) {
    for (size_t i = 0; i < CMD_COUNT; i++) {
        const struct command *command = &commands[i];
        if (strcmp(command->noun, noun) == 0 &&
            (!command->verb || (verb && strcmp(command->verb, verb) == 0)))
            return command;
    }
    return NULL;
}

void command_arguments(const struct command *command, size_t *ret_min, size_t *ret_max) {
    size_t min = 0, max = 0;
    for (const char *at = command->arguments; *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        bool many = len > 4 && strncmp(at + len - 4, "...]", 4) == 0;
        min += *at != '[';
        max = many ? LINE_ARGUMENTS : max + 1;
        at += len;
    }
    *ret_min = min;
    *ret_max = max;
}

static int unknown_option(const struct line *line, const char *typed, size_t len) {
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)len, typed);
    struct kf_nearest nearest = {.wanted = name};
    for (int id = OPT_NONE + 1; id < OPT_COUNT; id++)
        if (!line->command || command_takes(line->command, (enum option_id)id))
            kf_nearest_try(&nearest, options[id].name);
    const char *near = kf_nearest_word(&nearest);
    char hint[128];
    snprintf(hint, sizeof hint, "Did you mean --%s?", near ? near : "");
    return usage_error(line, near ? hint : NULL, "there is no option \"%s%s\"",
                       len == 1 ? "-" : "--", name);
}

static int give(struct line *line, enum option_id id, const char *value) {
    const struct option *option = &options[id];
    if (option_has_words(option) && !words_have(option->argument, value))
        return usage_error(line, NULL, "--%s takes one of %s, not \"%s\"", option->name,
                           option->argument, value);
    if (line->given_count == LINE_GIVEN)
        return usage_error(line, NULL, "there are more than %d options", LINE_GIVEN);
    line->given[line->given_count++] = (struct given){.option = id, .value = value};
    line->value[id] = value;
    return 0;
}

/* `*at` is moved on when the value is a word of its own. */
static int take_long(struct line *line, int argc, char **argv, int *at) {
    const char *name = argv[*at] + 2;
    size_t len = strcspn(name, "=");
    enum option_id id = option_find(name, len);
    if (id == OPT_NONE)
        return unknown_option(line, name, len);
    const struct option *option = &options[id];
    if (!option->argument && name[len] == '=')
        return usage_error(line, NULL, "--%s takes no value", option->name);
    if (!option->argument)
        return give(line, id, "");
    if (name[len] == '=')
        return give(line, id, name + len + 1);
    if (*at + 1 == argc)
        return usage_error(line, NULL, "--%s needs a value: %s", option->name, option->argument);
    return give(line, id, argv[++*at]);
}

static int take_letters(struct line *line, int argc, char **argv, int *at) {
    for (const char *letter = argv[*at] + 1; *letter; letter++) {
        enum option_id id = option_letter(*letter);
        if (id == OPT_NONE)
            return unknown_option(line, letter, 1);
        const char *value = "";
        if (options[id].argument && letter[1])
            value = letter + 1;
        else if (options[id].argument && *at + 1 == argc)
            return usage_error(line, NULL, "-%c needs a value: %s", *letter, options[id].argument);
        else if (options[id].argument)
            value = argv[++*at];
        int status = give(line, id, value);
        if (status || options[id].argument)
            return status;
    }
    return 0;
}

static int take_word(struct line *line, const char *word) {
    if (!line->noun)
        line->noun = word;
    else if (line->argument_count == LINE_ARGUMENTS)
        return usage_error(line, NULL, "there are more than %d arguments", LINE_ARGUMENTS);
    else
        line->arguments[line->argument_count++] = word;
    if (!line->command)
        line->command = command_find(line->noun, line->argument_count ? line->arguments[0] : NULL);
    return 0;
}

static int unknown_noun(const struct line *line) {
    struct kf_nearest nearest = {.wanted = line->noun};
    for (size_t i = 0; i < CMD_COUNT; i++)
        kf_nearest_try(&nearest, commands[i].noun);
    const char *near = kf_nearest_word(&nearest);
    char hint[128];
    snprintf(hint, sizeof hint, "Did you mean `keyfob %s`?", near ? near : "");
    return usage_error(line, near ? hint : NULL, "there is no command \"%s\"", line->noun);
}

static int unknown_verb(const struct line *line) {
    struct kf_nearest nearest = {.wanted = line->arguments[0]};
    for (size_t i = 0; i < CMD_COUNT; i++)
        if (strcmp(commands[i].noun, line->noun) == 0)
            kf_nearest_try(&nearest, commands[i].verb);
    const char *near = kf_nearest_word(&nearest);
    char hint[128];
    if (near)
        snprintf(hint, sizeof hint, "Did you mean `keyfob %s %s`?", line->noun, near);
    else
        snprintf(hint, sizeof hint, "See `keyfob help %.64s`.", line->noun);
    return usage_error(line, hint, "there is no command \"%s %s\"", line->noun, line->arguments[0]);
}

static int check_command(struct line *line) {
    if (!line->noun)
        return 0;
    if (!line->command && !command_is_noun(line->noun))
        return unknown_noun(line);
    if (!line->command)
        return line->argument_count ? unknown_verb(line) : 0;
    if (line->command->verb) {
        memmove(line->arguments, line->arguments + 1,
                --line->argument_count * sizeof line->arguments[0]);
    }
    return 0;
}

static int check_options(struct line *line) {
    for (size_t i = 0; line->command && i < line->given_count; i++) {
        enum option_id id = command_option(line->command, line->given[i].option);
        line->given[i].option = id;
        line->value[id] = line->given[i].value;
        if (!command_takes(line->command, id))
            return usage_error(line, NULL, "--%s does not belong to \"%s%s%s\"", options[id].name,
                               line->command->noun, line->command->verb ? " " : "",
                               line->command->verb ? line->command->verb : "");
    }
    return 0;
}

static int check_arguments(const struct line *line) {
    if (!line->command || line->value[OPT_HELP] || line->value[OPT_VERSION])
        return 0;
    size_t min, max;
    command_arguments(line->command, &min, &max);
    if (line->argument_count < min)
        return usage_error(line, NULL, "something is missing: %s", line->command->arguments);
    if (line->argument_count > max)
        return usage_error(line, NULL, "\"%s\" is one argument too many", line->arguments[max]);
    return 0;
}

static bool is_option(const char *word) {
    return word[0] == '-' && word[1];
}

/* --json counts from the start, so that errors before it are JSON as well. */
static void look_for_json(int argc, char **argv, struct line *line) {
    for (int at = 1; at < argc && strcmp(argv[at], "--") != 0; at++)
        if (strcmp(argv[at], "--json") == 0)
            line->value[OPT_JSON] = "";
}

int line_parse(int argc, char **argv, struct line *ret_line) {
    struct line *line = ret_line;
    bool only_words = false;
    look_for_json(argc, argv, line);
    for (int at = 1; at < argc; at++) {
        const char *word = argv[at];
        int status = 0;
        if (!only_words && strcmp(word, "--") == 0)
            only_words = true;
        else if (only_words || !is_option(word))
            status = take_word(line, word);
        else
            status = word[1] == '-' ? take_long(line, argc, argv, &at)
                                    : take_letters(line, argc, argv, &at);
        if (status)
            return status;
    }
    int status = check_command(line);
    if (!status)
        status = check_options(line);
    return status ? status : check_arguments(line);
}
