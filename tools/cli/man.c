// SPDX-License-Identifier: Apache-2.0
// The manual page keyfob(1), written by the build from the tables (`keyfob __man`).
#include "program.h"

#include <string.h>

/* Text for roff: backslashes and hyphens escaped, no line begins with a control character. */
static void print_text(const char *text) {
    if (text[0] == '.' || text[0] == '\'')
        fputs("\\&", stdout);
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else if (*text == '"')
            fputs("\\(dq", stdout);
        else if (*text == '|')
            fputs("|\\:", stdout); /* a line may break here */
        else
            putchar(*text);
    }
}

static void print_line(const char *macro, const char *text) {
    if (macro)
        printf("%s ", macro);
    print_text(text);
    putchar('\n');
}

static void print_term(const char *term, const char *text) {
    puts(".TP");
    printf("\\fB");
    print_text(term);
    puts("\\fR");
    print_line(NULL, text);
}

static void print_option(const struct option *option) {
    puts(".TP");
    printf("\\fB");
    if (option->letter)
        printf("\\-%c\\fR, \\fB", option->letter);
    print_text("--");
    print_text(option->name);
    printf("\\fR");
    if (option->argument) {
        printf(" \\fI");
        print_text(option->argument);
        printf("\\fR");
    }
    putchar('\n');
    print_text(option->help);
    puts(option->flags & OPTION_REPEAT ? ". May be given several times." : ".");
}

static void print_command(const struct command *command) {
    puts(".TP");
    printf("\\fB");
    print_text(command->noun);
    if (command->verb) {
        putchar(' ');
        print_text(command->verb);
    }
    printf("\\fR");
    if (command->arguments[0]) {
        printf(" \\fI");
        print_text(command->arguments);
        printf("\\fR");
    }
    putchar('\n');
    print_text(command->help);
    puts(".");
    if (command->details)
        print_line(NULL, command->details);
    if (command->options[0])
        printf("Options:");
    for (const unsigned char *id = command->options; *id; id++) {
        printf("%s \\fB", id == command->options ? "" : ",");
        print_text("--");
        print_text(options[*id].name);
        printf("\\fR");
    }
    if (command->options[0])
        puts(".");
}

static void print_commands(void) {
    puts(".SH COMMANDS");
    size_t noun = 0;
    for (size_t i = 0; i < CMD_COUNT; i++) {
        if (noun < noun_count && strcmp(nouns[noun].name, commands[i].noun) == 0)
            print_line(".SS", nouns[noun++].title);
        print_command(&commands[i]);
    }
}

static void print_options(void) {
    puts(".SH OPTIONS\n.SS Options of every command");
    for (int id = OPT_NONE + 1; id < OPT_COUNT; id++)
        if (options[id].flags & OPTION_GLOBAL)
            print_option(&options[id]);
    puts(".SS Options of some commands");
    for (int id = OPT_NONE + 1; id < OPT_COUNT; id++)
        if (!(options[id].flags & OPTION_GLOBAL))
            print_option(&options[id]);
}

static void print_topics(void) {
    for (size_t i = 0; i < topic_count; i++) {
        printf(".SH \"");
        for (const char *at = topics[i].title; *at; at++)
            putchar(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
        puts("\"");
        print_line(NULL, topics[i].intro);
        for (size_t row = 0; row < topics[i].row_count; row++)
            print_term(topics[i].rows[row].term, topics[i].rows[row].text);
    }
}

static void print_errors(void) {
    puts(".SH ERRORS");
    puts(
        "On standard error a sentence with the code in brackets, whether the key is safe, and what "
        "to do\nnext; with \\fB\\-\\-json\\fR also an object keyfob.error/1 on standard output.");
    for (size_t i = 0; i < error_row_count; i++) {
        puts(".TP");
        printf("\\fB%s\\fR (exit %d)\n", error_rows[i].code, error_rows[i].exit);
        print_text(error_rows[i].what);
        puts(".");
        print_line(NULL, error_rows[i].next);
    }
}

static void print_examples(void) {
    puts(".SH EXAMPLES");
    puts("The tokens, a lab CA, certificates from it, and how things stand:\n.PP\n.RS\n.nf");
    print_line(NULL, commands[CMD_TOKEN_LIST].examples[0]);
    print_line(NULL, commands[CMD_CA_INIT].examples[0]);
    for (size_t at = 0; at < EXAMPLES_MAX && commands[CMD_ENROLL].examples[at]; at++)
        print_line(NULL, commands[CMD_ENROLL].examples[at]);
    print_line(NULL, commands[CMD_STATUS].examples[0]);
    puts(".fi\n.RE");
}

int man_run(void) {
    puts(
        ".\\\" SPDX-License-Identifier: Apache-2.0\n"
        ".\\\" Written by the build from the tables in tools/cli.\n"
        ".TH KEYFOB 1 \"\" \"keyfob " KEYFOB_VERSION "\" \"User Commands\"\n"
        ".SH NAME\nkeyfob \\- keys on tokens, and certificates for them\n"
        ".SH SYNOPSIS\n\\fBkeyfob\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n"
        ".SH DESCRIPTION\n"
        "keyfob makes the key pair on a smartcard, USB token or in a software container (PKCS#11), "
        "signs the\n"
        "certificate request there, sends it to a certification authority, waits as long as that\n"
        "needs, checks what comes back, and writes the certificate next to its key.\n"
        "Options may stand before or after the command; \\fB\\-\\-\\fR ends them.\n"
        "Results go to standard output, all else to standard error. Tables are tab\\-separated\n"
        "without a header when standard output is not a terminal.");
    print_examples();
    print_commands();
    print_options();
    print_topics();
    print_errors();
    puts(".SH FILES\n.TP\n\\fI$XDG_CONFIG_HOME/keyfob/keyfob.conf\\fR\nmodules and the manners of "
         "tokens; need not be there\n"
         ".TP\n\\fI$XDG_DATA_HOME/keyfob/keyfob.db\\fR\nconnections, requests, certificates\n"
         ".TP\n\\fI$XDG_DATA_HOME/keyfob/registry.db\\fR\nsoftware containers of the "
         "registry\n"
         ".TP\n\\fI$XDG_DATA_HOME/keyfob/containers/NAME.kfc\\fR\nsoftware containers on "
         "disk\n"
         ".TP\n\\fI$XDG_CONFIG_HOME/pkcs11/modules/keyfob.module\\fR, "
         "\\fI/etc/pkcs11/modules/keyfob.module\\fR\nkeyfob's module for p11-kit\n"
         ".TP\n\\fI$XDG_DATA_HOME/keyfob/ca/NAME/\\fR\na lab CA\n"
         ".TP\n\\fI$XDG_DATA_HOME/keyfob/outbox/\\fR\nrequests and certificates of the "
         "connector manual\n"
         ".TP\n\\fI$XDG_CONFIG_HOME/keyfob/profiles/NAME.conf\\fR\nprofiles of your own\n"
         ".SH SEE ALSO\n\\fBp11\\-kit\\fR(8), \\fBpkcs11.conf\\fR(5), \\fBsofthsm2\\-util\\fR(1)");
    return 0;
}
