// SPDX-License-Identifier: Apache-2.0
// The command line as tables: commands, options, and one line that was parsed. The program and its
// module share this.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum option_id {
    OPT_NONE, /* ends a command's list */
    OPT_HELP,
    OPT_VERSION,
    OPT_HOME,
    OPT_MODULE,
    OPT_TOKEN,
    OPT_JSON,
    OPT_NO_INPUT,
    OPT_YES,
    OPT_QUIET,
    OPT_VERBOSE,
    OPT_COLOR,
    OPT_PIN_SOURCE,
    OPT_SO_PIN_SOURCE,
    OPT_NEW_PIN_SOURCE,
    OPT_CONNECTION,
    OPT_PROFILE,
    OPT_KEY,
    OPT_CONTAINER,
    OPT_SUBJECT,
    OPT_SAN,
    OPT_EMAIL,
    OPT_DNS,
    OPT_UPN,
    OPT_SET,
    OPT_HASH,
    OPT_PSS,
    OPT_ID_STYLE,
    OPT_WAIT,
    OPT_FROM,
    OPT_CSR,
    OPT_TEMPLATE_NAME,
    OPT_TEMPLATE_OID,
    OPT_DRY_RUN,
    OPT_FORMAT,
    OPT_OUT,
    OPT_CHAIN,
    OPT_LABEL,
    OPT_ERASE,
    OPT_LOGIN,
    OPT_USE,
    OPT_ALWAYS_PIN,
    OPT_ACCEPT,
    OPT_FILE,
    OPT_FINGERPRINT,
    OPT_KIND,
    OPT_WITHIN,
    OPT_OPEN,
    OPT_ABANDON,
    OPT_REASON,
    OPT_CA,
    OPT_APPROVAL,
    OPT_DAYS,
    OPT_PROFILES,
    OPT_KEY_URI,
    OPT_DETAILS,
    OPT_MEDIUM,
    OPT_DIR,
    OPT_UNBLOCK,
    OPT_EXPORTABLE,
    OPT_WEAK_PASSWORD,
    OPT_NAME,
    OPT_TO,
    OPT_FILE_PIN_SOURCE,
    OPT_REMOVE_SOURCE,
    OPT_SYSTEM,
    OPT_REMOVE,
    OPT_SAME_KEY,
    OPT_REISSUE,
    OPT_COMMENT,
    OPT_ONCE,
    OPT_RENEW,
    OPT_NOTIFY,
    OPT_TEMPLATE,
    OPT_SET_FILE,
    OPT_SECRET_SOURCE,
    OPT_USER,
    OPT_ALL,
    OPT_PORT,
    OPT_WEB_DIR,
    OPT_NO_AGENT,
    OPT_PRINT,
    OPT_OPEN_BROWSER,    /* --open */
    OPT_BROWSER_PROFILE, /* --profile as well: what it means is the command's */
    OPT_COUNT
};

enum option_flags { OPTION_GLOBAL = 1, OPTION_REPEAT = 2 };

/* `argument` is NULL for a switch; in capitals it names what is completed (TOKEN, FILE, ...), in
 * small letters with
 * "|" it lists the allowed words. */
struct option {
    const char *name;
    char letter; /* 0 when there is none */
    const char *argument;
    const char *help;
    unsigned flags;
};

enum command_id {
    CMD_ENROLL,
    CMD_STATUS,
    CMD_WAIT,
    CMD_RESUME,
    CMD_RENEW,
    CMD_REVOKE,
    CMD_AGENT,
    CMD_SERVE,
    CMD_OPEN,
    CMD_BATCH_RUN,
    CMD_BATCH_RESUME,
    CMD_BATCH_LIST,
    CMD_BATCH_SHOW,
    CMD_BATCH_RETRY,
    CMD_BATCH_ERRORS,
    CMD_TOKEN_LIST,
    CMD_TOKEN_SHOW,
    CMD_TOKEN_INIT,
    CMD_TOKEN_TEST,
    CMD_PIN_STATUS,
    CMD_PIN_CHANGE,
    CMD_PIN_SET,
    CMD_PIN_UNBLOCK,
    CMD_PIN_SET_SO,
    CMD_CONTAINER_LIST,
    CMD_CONTAINER_SHOW,
    CMD_CONTAINER_CREATE,
    CMD_CONTAINER_CHECK,
    CMD_CONTAINER_COPY,
    CMD_CONTAINER_MOVE,
    CMD_CONTAINER_RENAME,
    CMD_CONTAINER_DELETE,
    CMD_CONTAINER_IMPORT,
    CMD_CONTAINER_EXPORT,
    CMD_CSR_CREATE,
    CMD_CSR_SHOW,
    CMD_CSR_LINT,
    CMD_CSR_EXPLAIN,
    CMD_CSR_EXPORT,
    CMD_CERT_LIST,
    CMD_CERT_SHOW,
    CMD_CERT_IMPORT,
    CMD_CERT_EXPORT,
    CMD_CERT_VERIFY,
    CMD_CERT_NEEDS_RENEWAL,
    CMD_CONNECTION_LIST,
    CMD_CONNECTION_ADD,
    CMD_CONNECTION_SHOW,
    CMD_CONNECTION_EDIT,
    CMD_CONNECTION_TEST,
    CMD_CONNECTION_CHECK,
    CMD_CONNECTION_LOGIN,
    CMD_CONNECTION_LOGOUT,
    CMD_CONNECTION_REGISTER,
    CMD_CONNECTION_TEMPLATES,
    CMD_CONNECTION_RECORDS,
    CMD_CONNECTION_ACT,
    CMD_CONNECTION_ROOTS,
    CMD_CONNECTION_REMOVE,
    CMD_REQUEST_LIST,
    CMD_REQUEST_SHOW,
    CMD_REQUEST_CHECK,
    CMD_REQUEST_WAIT,
    CMD_REQUEST_INSTALL,
    CMD_REQUEST_IMPORT,
    CMD_REQUEST_WITHDRAW,
    CMD_REQUEST_RETRY,
    CMD_REQUEST_HISTORY,
    CMD_PROFILE_LIST,
    CMD_PROFILE_SHOW,
    CMD_PROFILE_NEW,
    CMD_PROFILE_CHECK,
    CMD_STORE_LIST,
    CMD_STORE_ADD,
    CMD_STORE_REMOVE,
    CMD_STORE_EXPORT,
    CMD_CA_INIT,
    CMD_CA_LIST,
    CMD_CA_APPROVE,
    CMD_CA_REJECT,
    CMD_CA_REVOKE,
    CMD_CA_CRL,
    CMD_MODULE_LIST,
    CMD_MODULE_REGISTER,
    CMD_MODULE_BROWSERS,
    CMD_COMPLETION,
    CMD_HELP,
    CMD_COUNT
};

#define EXAMPLES_MAX 4

/* `verb` is NULL for one-word commands. `arguments` as printed: "NAME [FILE...]"; the words also
 * say what is completed. */
struct command {
    enum command_id id;
    const char *noun, *verb, *arguments;
    const char *help;    /* one line */
    const char *details; /* more of it, or NULL */
    const unsigned char
        *options; /* enum option_id, ended by OPT_NONE; global ones are not listed */
    const char *examples[EXAMPLES_MAX];
};

struct noun {
    const char *name, *title;
};

extern const struct option options[OPT_COUNT];
extern const struct command commands[CMD_COUNT];
extern const struct noun nouns[];
extern const size_t noun_count;

#define LINE_ARGUMENTS 64
#define LINE_GIVEN     256

struct given {
    enum option_id option;
    const char *value;
};

/* One parsed command line; all strings point into argv. */
struct line {
    const struct command *command;  /* NULL: none, or only a noun */
    const char *noun;               /* as typed, or NULL */
    const char *value[OPT_COUNT];   /* the last value, "" for a switch, NULL when not given */
    struct given given[LINE_GIVEN]; /* all of them in order, for options that repeat */
    size_t given_count;
    const char *arguments[LINE_ARGUMENTS];
    size_t argument_count;
};

/* What keyfob-cli.so exports. Both return the exit status; keyfob_complete() prints "word TAB what
 * it is" lines of the tokens, connections and the like that `what` names and that begin with
 * `prefix`, and never asks for a PIN.
 */
typedef int keyfob_run_fn(const struct line *line);
typedef int keyfob_complete_fn(const struct line *line, const char *what, const char *prefix);
