// SPDX-License-Identifier: Apache-2.0
// Completion: small scripts for the shells that ask `keyfob __complete WORD...`, which looks into
// the tables.
#include "program.h"

#include <string.h>

static const char bash_script[] =
    "# bash completion for keyfob; use: eval \"$(keyfob completion bash)\"\n"
    "_keyfob() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} word\n"
    "    [ \"$cur\" = = ] && cur=\n"
    "    COMPREPLY=()\n"
    "    while IFS=$'\\t' read -r word _; do\n"
    "        case $word in\n"
    "        :files) compopt -o filenames; mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY "
    "< <(compgen -f -- \"$cur\") ;;\n"
    "        :dirs) compopt -o filenames; mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY "
    "< <(compgen -d -- \"$cur\") ;;\n"
    "        *) COMPREPLY+=(\"$(printf %q \"$word\")\") ;;\n"
    "        esac\n"
    "    done < <(\"${COMP_WORDS[0]}\" __complete \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
    "}\n"
    "complete -F _keyfob keyfob\n";

static const char zsh_script[] =
    "#compdef keyfob\n"
    "# zsh completion for keyfob; use: eval \"$(keyfob completion zsh)\"\n"
    "_keyfob() {\n"
    "    local word what\n"
    "    local -a found\n"
    "    while IFS=$'\\t' read -r word what; do\n"
    "        case $word in\n"
    "        :files) _files ;;\n"
    "        :dirs) _files -/ ;;\n"
    "        *) found+=(\"${word//:/\\\\:}:$what\") ;;\n"
    "        esac\n"
    "    done < <(\"${words[1]}\" __complete \"${(@)words[2,CURRENT]}\" 2>/dev/null)\n"
    "    (( ${#found} )) && _describe keyfob found\n"
    "}\n"
    "if [ \"${funcstack[1]}\" = _keyfob ]; then\n" /* loaded by compinit from a file */
    "    _keyfob \"$@\"\n"
    "else\n"
    "    compdef _keyfob keyfob\n"
    "fi\n";

static const char fish_script[] =
    "# fish completion for keyfob; use: keyfob completion fish | source\n"
    "function __fish_keyfob\n"
    "    set -l words (commandline -opc) (commandline -ct)\n"
    "    for line in ($words[1] __complete $words[2..-1] 2>/dev/null)\n"
    "        switch $line\n"
    "            case ':files*'\n"
    "                __fish_complete_path (commandline -ct)\n"
    "            case ':dirs*'\n"
    "                __fish_complete_directories (commandline -ct)\n"
    "            case '*'\n"
    "                echo $line\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c keyfob -f -a '(__fish_keyfob)'\n";

static const struct {
    const char *shell, *script;
} scripts[] = {{"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}};

int completion_run(const struct line *line) {
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++)
        if (strcmp(scripts[i].shell, line->arguments[0]) == 0)
            return fputs(scripts[i].script, stdout) == EOF;
    return usage_error(line, NULL, "there is completion for bash, zsh and fish, not for \"%s\"",
                       line->arguments[0]);
}

/* What is known of the line so far, and the word to complete. */
struct typed {
    struct line line;
    enum option_id wants; /* an option that still wants its value */
    bool only_words;
    const char *word;
};

static void offer(const struct typed *typed, const char *candidate, const char *help) {
    if (strncmp(candidate, typed->word, strlen(typed->word)) == 0)
        printf("%s\t%s\n", candidate, help);
}

/* Names of things in capitals: files are left to the shell, the rest is asked of the module. */
static void offer_kind(const struct typed *typed, const char *kind) {
    static const char *const known[] = {"TOKEN",  "CONNECTION", "REQUEST", "PROFILE", "CONTAINER",
                                        "CERT",   "CONNECTOR",  "CA",      "SETTING", "RECORDS",
                                        "ACTION", "FIELD",      "BATCH"};
    if (strcmp(kind, "FILE") == 0)
        puts(":files\t");
    else if (strcmp(kind, "DIR") == 0)
        puts(":dirs\t");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(kind, known[i]) != 0)
            continue;
        keyfob_complete_fn *complete =
            (keyfob_complete_fn *)module_function(&typed->line, "keyfob_complete");
        if (complete)
            complete(&typed->line, kind, typed->word);
    }
}

/* "auto|always|never", "TOKEN", "CERT|FILE", "FIELD=VALUE": of that the field. */
static void offer_argument(const struct typed *typed, const char *argument, size_t len) {
    for (const char *end = argument + len; argument < end;) {
        size_t part = strcspn(argument, "|] =");
        char word[64];
        snprintf(word, sizeof word, "%.*s", (int)part, argument);
        if (word[0] >= 'a' && word[0] <= 'z')
            offer(typed, word, "");
        else
            offer_kind(typed, word);
        argument = argument[part] == '=' ? end : argument + part + 1;
    }
}

static void offer_options(const struct typed *typed) {
    for (int id = OPT_NONE + 1; id < OPT_COUNT; id++) {
        char name[48];
        snprintf(name, sizeof name, "--%s", options[id].name);
        bool taken = typed->line.command ? command_takes(typed->line.command, (enum option_id)id)
                                         : options[id].flags & OPTION_GLOBAL;
        if (taken)
            offer(typed, name, options[id].help);
    }
}

static void offer_nouns(const struct typed *typed) {
    for (size_t i = 0; i < CMD_COUNT; i++) {
        bool first = i == 0 || strcmp(commands[i - 1].noun, commands[i].noun) != 0;
        if (first)
            offer(typed, commands[i].noun, commands[i].verb ? "" : commands[i].help);
    }
}

static void offer_verbs(const struct typed *typed, const char *noun) {
    for (size_t i = 0; i < CMD_COUNT; i++)
        if (commands[i].verb && strcmp(commands[i].noun, noun) == 0)
            offer(typed, commands[i].verb, commands[i].help);
}

static void offer_help_words(const struct typed *typed) {
    if (typed->line.argument_count == 0)
        offer_nouns(typed);
    else
        offer_verbs(typed, typed->line.arguments[0]);
    for (size_t i = 0; typed->line.argument_count == 0 && i < topic_count; i++)
        offer(typed, topics[i].name, topics[i].title);
}

static void offer_position(const struct typed *typed) {
    const struct command *command = typed->line.command;
    size_t position = typed->line.argument_count - (command->verb ? 1 : 0);
    const char *at = command->arguments;
    while (position > 0 && *at) {
        size_t len = strcspn(at, " ");
        bool last = !at[len];
        if (last && strstr(at, "..."))
            break;
        at += len;
        at += strspn(at, " ");
        position--;
    }
    at += *at == '[';
    offer_argument(typed, at, strcspn(at, " ]"));
}

static void note_word(struct typed *typed, const char *word) {
    struct line *line = &typed->line;
    if (!line->noun)
        line->noun = word;
    else if (line->argument_count < LINE_ARGUMENTS)
        line->arguments[line->argument_count++] = word;
    if (!line->command)
        line->command = command_find(line->noun, line->argument_count ? line->arguments[0] : NULL);
}

static void note_option(struct typed *typed, const char *name) {
    size_t len = strcspn(name, "=");
    enum option_id id = option_find(name, len);
    if (id != OPT_NONE && name[len] == '=')
        typed->line.value[id] = name + len + 1;
    else if (id != OPT_NONE && options[id].argument)
        typed->wants = id;
}

/* bash cuts --opt=value into three words; the "=" says nothing. */
static void note(struct typed *typed, const char *word) {
    if (strcmp(word, "=") == 0)
        return;
    if (typed->wants != OPT_NONE) {
        typed->line.value[typed->wants] = word;
        typed->wants = OPT_NONE;
    } else if (!typed->only_words && strcmp(word, "--") == 0) {
        typed->only_words = true;
    } else if (!typed->only_words && strncmp(word, "--", 2) == 0) {
        note_option(typed, word + 2);
    } else if (typed->only_words || word[0] != '-') {
        note_word(typed, word);
    }
}

int completion_words(int count, char **words) {
    static struct typed typed;
    for (int i = 0; i + 1 < count; i++)
        note(&typed, words[i]);
    typed.word = count ? words[count - 1] : "";
    if (strcmp(typed.word, "=") == 0)
        typed.word = "";
    const struct line *line = &typed.line;
    if (typed.wants != OPT_NONE && line->command)
        typed.wants = command_option(line->command, typed.wants);
    if (typed.wants != OPT_NONE)
        offer_argument(&typed, options[typed.wants].argument,
                       strlen(options[typed.wants].argument));
    else if (!typed.only_words && typed.word[0] == '-')
        offer_options(&typed);
    else if (!line->noun)
        offer_nouns(&typed);
    else if (!line->command)
        offer_verbs(&typed, line->noun);
    else if (line->command->id == CMD_HELP)
        offer_help_words(&typed);
    else
        offer_position(&typed);
    return 0;
}
