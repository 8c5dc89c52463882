// SPDX-License-Identifier: Apache-2.0
// interleave [-n RUNS] [-w WARM] [-b SECONDS] [-s SETUP] [-p PREFIX] [-e FILE] LABEL=COMMAND...:
// runs the commands in turn, so that a slow minute of the machine hits all of them, and prints
// "LABEL RUNS MEDIAN_MS RATIO" for each, the ratio being the median of its runs over the runs of
// the first command in the same round.
//
// A command is split at blanks and started without a shell; " ; " separates its steps, which run
// one after another, each with PREFIX before it. SETUP is a shell command that runs before each
// run, outside the clock. A command that has used up its SECONDS after at least one counted run
// sits out the other rounds. A step that fails ends the whole with its output, kept in FILE.

#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS_MAX = 16, WORDS_MAX = 256, RUNS_MAX = 1000 };

extern char **environ;

struct command {
    const char *label;
    char *words[WORDS_MAX]; // the steps one after another, each ended by NULL
    int count;
    double runs[RUNS_MAX]; // milliseconds
    int done;
    double spent; // milliseconds, warm-up included
};

static struct {
    int runs, warm;
    double budget; // milliseconds
    const char *setup;
    char *prefix;
    const char *errors;
} options = {.runs = 21, .warm = 2, .budget = 60e3, .errors = "/dev/null"};

static struct command commands[COMMANDS_MAX];
static posix_spawn_file_actions_t streams;

static double now(void) {
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static int by_size(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

static double median(const double *values, int count) {
    double sorted[RUNS_MAX];

    memcpy(sorted, values, (size_t)count * sizeof(*values));
    qsort(sorted, (size_t)count, sizeof(*sorted), by_size);
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

static double median_ratio(const struct command *command, const struct command *first) {
    double ratios[RUNS_MAX];
    int count = command->done < first->done ? command->done : first->done;

    for (int run = 0; run < count; run++)
        ratios[run] = command->runs[run] / first->runs[run];
    return median(ratios, count);
}

static void add_word(struct command *command, char *word) {
    if (command->count == WORDS_MAX - 1)
        errx(2, "%s: more than %d words", command->label, WORDS_MAX);
    command->words[command->count++] = word;
}

static void add_words(struct command *command, const char *text) {
    char *copy = strdup(text), *rest;

    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        bool next_step = strcmp(word, ";") == 0;

        add_word(command, next_step ? NULL : word);
        if (next_step && options.prefix)
            add_words(command, options.prefix);
    }
}

static void parse_command(struct command *command, char *argument) {
    char *equals = strchr(argument, '=');

    if (!equals)
        errx(2, "\"%s\" is no LABEL=COMMAND", argument);
    *equals = '\0';
    command->label = argument;
    if (options.prefix)
        add_words(command, options.prefix);
    add_words(command, equals + 1);
    add_word(command, NULL);
}

static int number(const char *text, int max) {
    char *end;
    long value = strtol(text, &end, 10);

    if (*end || value < 0 || value > max)
        errx(2, "\"%s\" is no number up to %d", text, max);
    return (int)value;
}

static void parse_options(int argc, char **argv) {
    for (int option; (option = getopt(argc, argv, "+n:w:b:s:p:e:")) != -1;) {
        switch (option) {
        case 'n':
            options.runs = number(optarg, RUNS_MAX);
            break;
        case 'w':
            options.warm = number(optarg, RUNS_MAX);
            break;
        case 'b':
            options.budget = number(optarg, 86400) * 1e3;
            break;
        case 's':
            options.setup = optarg;
            break;
        case 'p':
            options.prefix = optarg;
            break;
        case 'e':
            options.errors = optarg;
            break;
        default:
            exit(2);
        }
    }
    if (options.runs < 1 || optind == argc || argc - optind > COMMANDS_MAX)
        errx(2, "usage: interleave [-n RUNS] [-w WARM] [-b SECONDS] [-s SETUP] [-p PREFIX] "
                "[-e FILE] LABEL=COMMAND...");
}

static void run_step(const struct command *command, char *const *words) {
    pid_t child;
    int status;
    int error = posix_spawnp(&child, words[0], &streams, NULL, words, environ);

    if (error)
        errx(EXIT_FAILURE, "%s: %s: %s", command->label, words[0], strerror(error));
    if (waitpid(child, &status, 0) != child || status != 0)
        errx(EXIT_FAILURE, "%s: \"%s %s\" failed, its output is in \"%s\"", command->label,
             words[0], words[1] ? words[1] : "", options.errors);
}

static void run_command(struct command *command, bool counted) {
    if (options.setup && system(options.setup) != 0)
        errx(EXIT_FAILURE, "the setup failed: %s", options.setup);

    double start = now();
    for (int word = 0; word < command->count; word++) {
        run_step(command, command->words + word);
        while (command->words[word])
            word++;
    }
    double taken = now() - start;

    command->spent += taken;
    if (counted)
        command->runs[command->done++] = taken;
}

static void open_streams(void) {
    posix_spawn_file_actions_init(&streams);
    posix_spawn_file_actions_addopen(&streams, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&streams, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&streams, STDERR_FILENO, options.errors,
                                     O_WRONLY | O_CREAT | O_APPEND, 0600);
}

int main(int argc, char **argv) {
    parse_options(argc, argv);
    open_streams();

    int count = argc - optind;
    for (int i = 0; i < count; i++)
        parse_command(&commands[i], argv[optind + i]);
    for (int round = -options.warm; round < options.runs; round++) {
        for (int i = 0; i < count; i++) {
            bool due = round >= 0 && commands[i].done == 0;

            if (due || commands[i].spent < options.budget)
                run_command(&commands[i], round >= 0);
        }
    }
    for (int i = 0; i < count; i++)
        printf("%s %d %.2f %.2f\n", commands[i].label, commands[i].done,
               median(commands[i].runs, commands[i].done), median_ratio(&commands[i], commands));
    return EXIT_SUCCESS;
}
