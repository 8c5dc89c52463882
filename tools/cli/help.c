// SPDX-License-Identifier: Apache-2.0
// keyfob help: overview, a noun, a command, a topic; all from the tables.
#include "program.h"

#include <string.h>

#include "base/nearest.h"

#define COLUMN 34

static void print_blanks(FILE *to, size_t count) {
    static const char blanks[] = "                                        ";
    fwrite(blanks, 1, count < sizeof blanks ? count : sizeof blanks - 1, to);
}

/* How much of `text` fits into `room` columns, cut at a blank; the first word always fits. */
static size_t fitting(const char *text, size_t room) {
    size_t fits = strcspn(text, " ");
    while (text[fits]) {
        size_t more = fits + 1 + strcspn(text + fits + 1, " ");
        if (more > room)
            break;
        fits = more;
    }
    return fits;
}

/* `text` from column `indent` on, in lines of at most 80 columns. */
static void print_wrapped(FILE *to, size_t indent, const char *text) {
    for (bool first = true; *text; first = false) {
        size_t len = fitting(text, 80 - indent);
        if (!first)
            print_blanks(to, indent);
        fwrite(text, 1, len, to);
        fputc('\n', to);
        text += len;
        text += strspn(text, " ");
    }
}

static void print_term(FILE *to, size_t column, const char *term, const char *text) {
    size_t len = strlen(term);
    fputs("  ", to);
    fwrite(term, 1, len, to);
    if (len + 4 > column)
        fputc('\n', to);
    print_blanks(to, len + 4 > column ? column : column - 2 - len);
    print_wrapped(to, column, text);
}

static void print_command(FILE *to, const struct command *command) {
    char words[96];
    snprintf(words, sizeof words, "%s%s%s%s%s", command->noun, command->verb ? " " : "",
             command->verb ? command->verb : "", command->arguments[0] ? " " : "",
             command->arguments);
    print_term(to, COLUMN, words, command->help);
}

static void print_option(FILE *to, const struct option *option) {
    char words[96], letter[8] = "";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(words, sizeof words, "%s--%s%s%s", letter, option->name, option->argument ? " " : "",
             option->argument ? option->argument : "");
    print_term(to, COLUMN, words, option->help);
}

static void print_global_options(FILE *to) {
    fprintf(to, "\nOptions of every command:\n");
    for (int id = OPT_NONE + 1; id < OPT_COUNT; id++)
        if (options[id].flags & OPTION_GLOBAL)
            print_option(to, &options[id]);
}

void help_overview(FILE *to) {
    fprintf(to, "keyfob: keys on tokens, and certificates for them\n\n"
                "Usage: keyfob COMMAND [OPTIONS]\n");
    size_t noun = 0;
    for (size_t i = 0; i < CMD_COUNT; i++) {
        if (noun < noun_count && strcmp(nouns[noun].name, commands[i].noun) == 0)
            fprintf(to, "\n%s:\n", nouns[noun++].title);
        print_command(to, &commands[i]);
    }
    print_global_options(to);
    fprintf(to,
            "\nMore: keyfob help COMMAND, or keyfob help exit-codes, environment, pin, containers, "
            "connections,\nsecrets, agent, batch, keyfob.conf\n");
}

void help_noun(FILE *to, const char *noun) {
    fprintf(to, "Usage: keyfob %s VERB [OPTIONS]\n\n", noun);
    for (size_t i = 0; i < CMD_COUNT; i++)
        if (strcmp(commands[i].noun, noun) == 0)
            print_command(to, &commands[i]);
    fprintf(to, "\nMore: keyfob help %s VERB\n", noun);
}

static void help_topic(FILE *to, const struct topic *topic) {
    fprintf(to, "%s\n\n", topic->title);
    print_wrapped(to, 0, topic->intro);
    fputc('\n', to);
    for (size_t i = 0; i < topic->row_count; i++)
        print_term(to, 20, topic->rows[i].term, topic->rows[i].text);
    if (strcmp(topic->name, "exit-codes") != 0)
        return;
    fprintf(to, "\nCodes of errors, with their exit status:\n");
    for (size_t i = 0; i < error_row_count; i++) {
        fprintf(to, "  %-20s %3d  ", error_rows[i].code, error_rows[i].exit);
        print_wrapped(to, 27, error_rows[i].what);
    }
}

static const struct topic *topic_find(const char *name) {
    for (size_t i = 0; i < topic_count; i++)
        if (strcmp(topics[i].name, name) == 0)
            return &topics[i];
    return NULL;
}

void help_command(FILE *to, const struct command *command) {
    fprintf(to, "Usage: keyfob %s%s%s [OPTIONS]%s%s\n\n", command->noun, command->verb ? " " : "",
            command->verb ? command->verb : "", command->arguments[0] ? " " : "",
            command->arguments);
    print_wrapped(to, 0, command->help);
    if (command->details)
        print_wrapped(to, 0, command->details);
    if (command->options[0])
        fprintf(to, "\nOptions:\n");
    for (const unsigned char *id = command->options; *id; id++)
        print_option(to, &options[*id]);
    print_global_options(to);
    fprintf(to, "\nExamples:\n");
    for (size_t i = 0; i < EXAMPLES_MAX && command->examples[i]; i++)
        fprintf(to, "  %s\n", command->examples[i]);
    const struct topic *topic = command->verb ? NULL : topic_find(command->noun);
    if (topic) {
        fputc('\n', to);
        help_topic(to, topic);
    }
}

/* "pin" is both: the commands, then the topic. */
static void help_word(const char *word, const struct topic *topic) {
    bool noun = command_is_noun(word);
    if (noun)
        help_noun(stdout, word);
    if (noun && topic)
        putchar('\n');
    if (topic)
        help_topic(stdout, topic);
}

static int unknown_topic(const struct line *line, const char *name) {
    struct kf_nearest nearest = {.wanted = name};
    for (size_t i = 0; i < CMD_COUNT; i++)
        kf_nearest_try(&nearest, commands[i].noun);
    for (size_t i = 0; i < topic_count; i++)
        kf_nearest_try(&nearest, topics[i].name);
    const char *near = kf_nearest_word(&nearest);
    char hint[128];
    snprintf(hint, sizeof hint, "Did you mean `keyfob help %s`?", near ? near : "");
    return usage_error(line, near ? hint : "See `keyfob help`.", "there is no help on \"%s\"",
                       name);
}

/* `keyfob help WORD [WORD]` */
static int help_words(const struct line *line) {
    const char *first = line->arguments[0];
    const char *second = line->argument_count > 1 ? line->arguments[1] : NULL;
    const struct topic *topic = topic_find(first);
    const struct command *command = command_find(first, second);
    if (command)
        help_command(stdout, command);
    else if (!second && (topic || command_is_noun(first)))
        help_word(first, topic);
    else
        return unknown_topic(line, second && command_is_noun(first) ? second : first);
    return 0;
}

int help_run(const struct line *line) {
    bool asked = line->value[OPT_HELP] || line->command;
    FILE *to = asked ? stdout : stderr;
    if (line->command && line->command->id == CMD_HELP && line->argument_count)
        return help_words(line);
    if (line->command && (line->command->id != CMD_HELP || line->value[OPT_HELP]))
        help_command(to, line->command);
    else if (line->noun && !line->command)
        help_noun(to, line->noun);
    else
        help_overview(to);
    return asked ? 0 : error_rows[KF_E_USAGE - 1].exit;
}
