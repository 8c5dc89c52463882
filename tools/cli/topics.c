// SPDX-License-Identifier: Apache-2.0
// What help and the man page say beyond the commands: exit status, environment, PIN sources,
// containers, keyfob.conf.
#include "program.h"

static const struct topic_row exit_rows[] = {
    {"0", "done"},
    {"1", "failed"},
    {"2", "wrong usage, or a name that is unknown, taken or ambiguous"},
    {"3", "accepted, still pending"},
    {"4", "rejected by the CA"},
    {"5", "token absent or removed"},
    {"6", "wrong PIN"},
    {"7", "PIN blocked"},
    {"8", "CA unreachable, worth retrying"},
    {"9", "refused by policy or by a check"},
    {"10", "a person must act: sign in, confirm, or type a PIN"},
    {"11", "batch finished, some rows parked"},
    {"12", "token full"},
    {"130", "interrupted; what was begun is kept and its id printed"},
};

static const struct topic_row environment_rows[] = {
    {"KEYFOB_HOME", "the folder for everything, as --home"},
    {"KEYFOB_PIN_SOURCE", "where the PIN comes from, as --pin-source"},
    {"KEYFOB_NO_INPUT", "when set and not empty: never ask, as --no-input"},
    {"KEYFOB_KEYRING", "auto, files or service, before what [secrets] of keyfob.conf says"},
    {"BROWSER", "the program that keyfob open starts, before those of the desktop"},
    {"NO_COLOR", "when set and not empty: no colours"},
    {"CLICOLOR_FORCE", "when set and neither empty nor 0: colours even when piped"},
    {"TERM", "\"dumb\" gives plain lines"},
    {"LC_ALL, LC_CTYPE, LANG", "a locale that is not UTF-8 gives ASCII symbols"},
    {"XDG_DATA_HOME, XDG_CONFIG_HOME", "where data and keyfob.conf live without --home"},
    {"DESTDIR", "put before the folder of module register --system, to build images and packages"},
};

static const struct topic_row pin_rows[] = {
    {"prompt", "ask on the terminal, without echo (the default)"},
    {"file:PATH", "the first line of a file that only you can read (mode 0600)"},
    {"fd:N", "one line from the open file descriptor N"},
    {"env:VAR", "an environment variable, which is wiped once it was read; other programs of "
                "yours could read it before that"},
    {"askpass:PROGRAM", "the first line that a program prints; it is given the question"},
    {"pinpad", "the keys of the reader; no PIN goes through the computer"},
};

static const struct topic_row container_rows[] = {
    {"token", "a smartcard, a USB token, or any other PKCS#11 token; its keys never leave it"},
    {"registry", "software, for this user on this computer: rows of "
                 "$XDG_DATA_HOME/keyfob/registry.db"},
    {"disk", "software, one sealed file NAME.kfc: in $XDG_DATA_HOME/keyfob/containers, or with "
             "--dir in a folder such as a USB stick"},
    {"password", "the container's PIN, for every program. Whoever copies the file can try "
                 "passwords at leisure: six digits fall in a minute, ten mixed characters hold. "
                 "So a new one has 10 characters of 3 kinds, or is a sentence (60 bits); "
                 "--weak-password takes any"},
    {"unblock secret", "the container's SO PIN, set with --unblock: it gives the container a new "
                       "password and keeps the keys. Without it a lost password loses them"},
    {"tries", "after ten wrong passwords the container is blocked, until keyfob pin unblock. That "
              "slows down those who use this computer, not those who have a copy"},
    {"exportable", "a key made with --exportable can be exported, and copied onto another token; "
                   "others cannot, whoever asks. Whole containers can always be copied and moved"},
    {"sticks", "a stick that is plugged in or pulled appears and disappears as a token. On FAT "
               "there are no permissions: the password is all that protects a key there"},
    {"removing", "is no erasing: on an SSD or a stick parts of a deleted container or key file can "
                 "stay readable. What is left of a container is still sealed"},
    {"other programs", "keyfob module register shows the containers to programs that use p11-kit, "
                       "keyfob module browsers to Firefox and Chromium"},
};

static const struct topic_row connection_rows[] = {
    {"privacyIDEA", "sign in with a password, PIN and OTP in one, a challenge, or a push"},
    {"keyfob connection add corp privacyidea", "asks for the address, and offers to sign in"},
    {"keyfob connection login corp", "the password, then the second factor or the phone"},
    {"keyfob connection roots corp --file ca.pem --accept FINGERPRINT",
     "the CA that signs, as privacyIDEA sends the certificate alone"},
    {"keyfob connection templates corp", "which CAs and templates there are"},
    {"keyfob enroll --connection corp --template CA/TEMPLATE --subject CN=Anna", "the certificate"},
    {"DigiCert CertCentral", "an API key from CertCentral > Automation > API keys"},
    {"keyfob connection add dc digicert", "offers to sign in, with the key"},
    {"keyfob connection roots dc --file root.pem --accept FINGERPRINT", "the root of its products"},
    {"keyfob connection templates dc client_premium", "what a product asks for"},
    {"keyfob connection act dc", "have organizations and domains validated, and see what to "
                                 "publish for that"},
    {"keyfob enroll --connection dc --template client_premium --profile person",
     "asks for the rest, and shows what will be ordered and paid"},
    {"CryptoPro UC 2.0", "the address of the user portal, https://HOST/ui/FOLDER"},
    {"keyfob connection add uc cryptopro", "asks for the address"},
    {"keyfob connection roots uc --accept FINGERPRINT", "compare it with the CA first"},
    {"keyfob connection register uc",
     "a new user, field by field; a known one: keyfob connection login uc"},
    {"keyfob connection check uc", "until the CA has confirmed the registration"},
    {"keyfob enroll --connection uc --profile person", "the names come from the registration"},
    {"how it stands", "keyfob connection list: connected, not signed in, registration not "
                      "confirmed, rejected, or when it was last reached"},
    {"TLS", "ca-file=FILE or ca-fingerprint=SHA256 names what the service's own TLS certificate "
            "must lead to; without them the system's roots count. It is always verified"},
    {"fields", "--set FIELD=VALUE, once more for a list; --set-file FIELD=FILE for the text of a "
               "file. At a terminal what is required is asked for"},
};

static const struct topic_row batch_rows[] = {
    {"subject", "the distinguished name; or cn for the common name alone"},
    {"email, dns, upn", "alternative names; san takes KIND:VALUE"},
    {"container, key", "the container's name and the type of its key"},
    {"profile", "the kind of certificate"},
    {"csr", "a file with a request made elsewhere: no key is made for this row"},
    {"other columns", "fields of the CA's form, as --set takes them. An empty cell leaves what the "
                      "options say"},
    {"parked", "a row that cannot be ordered, or that the CA refused; keyfob batch retry corrects "
               "and frees it"},
    {"stopped", "by a wrong PIN, a token that is not there, or a CA out of reach: keyfob batch "
                "resume goes on with the next row"},
};

static const struct topic_row agent_rows[] = {
    {"keyfob agent", "asks the CAs about what waits (Retry-After, then after 1, 2, 5, 15, 60 "
                     "minutes), writes certificates when their token is there, and warns before "
                     "something ends: 28 days, 7 days, the last day"},
    {"--renew", "also begins the renewals that are due; --within says how soon"},
    {"--once", "one round of what is due, for cron"},
    {"--notify PROGRAM", "is started for each news, without a shell and without arguments"},
    {"KEYFOB_NEWS_KIND", "issued, installed, rejected, needs_you, renewing, expiring, problem"},
    {"KEYFOB_NEWS_REQUEST", "such as r-17, or empty"},
    {"KEYFOB_NEWS_CERTIFICATE", "such as c-3, or empty"},
    {"KEYFOB_NEWS_TEXT", "one line for a person; the CA's words may be in it"},
    {"PINs", "a token that wants its PIN waits for you, unless --pin-source names a file, a "
             "descriptor or a program"},
    {"systemd", "systemctl --user enable --now keyfob-agent"},
};

static const struct topic_row secret_rows[] = {
    {"prompt", "ask on the terminal, without echo (the default)"},
    {"file:PATH", "the first line of a file that only you can read (mode 0600)"},
    {"fd:N", "one line from the open file descriptor N"},
    {"env:VAR", "an environment variable, which is wiped once it was read"},
    {"askpass:PROGRAM", "the first line that a program prints; it is given the question"},
    {"names", "the options of a connection that keyfob connection show lists as secrets "
              "(password, api-key), the fields of a form that are not echoed, and \"answer\" for "
              "what a CA asks while you sign in"},
    {"where they lie", "in the keyring of the desktop session where one answers, otherwise in "
                       "closed files of $XDG_DATA_HOME/keyfob/secrets; never in the database, a "
                       "URL, a log or the output"},
    {"forgetting", "keyfob connection logout forgets the session, with --all every secret of the "
                   "connection; so does keyfob connection remove"},
};

static const struct topic_row config_rows[] = {
    {"[module NAME]", "a PKCS#11 module; also one that p11-kit knows by this name"},
    {"path = FILE", "load this module, besides those of p11-kit; --module NAME loads it alone"},
    {"enabled = no", "do not load it, even if p11-kit does"},
    {"reserved = TEXT", "what the module wants to be started with, such as NSS's "
                        "configDir='sql:/home/anna/nss'"},
    {"[module keyfob]", "keyfob's own module of software containers, which needs no path; enabled "
                        "= no leaves it out"},
    {"[quirk MODEL]", "tokens whose model begins so (keyfob token show names it)"},
    {"keep_id = yes", "the CKA_ID of a key cannot be changed"},
    {"single_key = yes", "there is room for one key; a new one would overwrite it"},
    {"prefer_template = 0 to 4", "which of the ways to ask for a key pair is tried first; 0 says "
                                 "the most about the key, 4 the least"},
    {"[secrets]", "where the passwords, keys and sessions of CA services lie"},
    {"store = auto", "in the keyring of the desktop session where one answers, otherwise in files "
                     "that are closed to others; files and service name one of the two"},
};

#define ROWS(rows_) .rows = rows_, .row_count = sizeof rows_ / sizeof rows_[0]

const struct topic topics[] = {
    {.name = "exit-codes",
     .title = "Exit status",
     .intro = "Each error has a code in brackets, and each code one exit status.",
     ROWS(exit_rows)},
    {.name = "environment",
     .title = "Environment",
     .intro = "Options on the command line count more than these variables.",
     ROWS(environment_rows)},
    {.name = "pin",
     .title = "PIN sources",
     .intro = "No option takes a PIN itself. --pin-source names where the PIN comes from, "
              "--so-pin-source where the SO PIN does, and --new-pin-source where a new PIN does. "
              "The SO PIN is the security officer's: it sets and unblocks the PIN. A PIN is tried "
              "once for each time it is given; a stored PIN is not used when few "
              "tries are left. Some tokens, SoftHSM2 among them, say so after one wrong PIN: then "
              "type the right one at a prompt once. For a software container the PIN is its "
              "password and the SO PIN its unblock secret (keyfob help containers). When it is "
              "made, --new-pin-source gives the password and --so-pin-source the unblock secret. "
              "The password of a key file comes from --file-pin-source.",
     ROWS(pin_rows)},
    {.name = "containers",
     .title = "Containers and media",
     .intro = "A container is a key pair with its certificates. On a token there is room for "
              "many; a software container is a PKCS#11 token of its own, named by its label, its "
              "serial number or its URI, with --token or as CONTAINER.",
     ROWS(container_rows)},
    {.name = "connections",
     .title = "Connections to CA services",
     .intro = "A connection is a CA service with its settings, its trusted roots, and how you are "
              "known to it. Each of these three is set up in five lines.",
     ROWS(connection_rows)},
    {.name = "secrets",
     .title = "Secrets for CA services",
     .intro = "No option takes a password or key itself: other users of the computer see the "
              "arguments of a program. --secret-source NAME=SOURCE names where it comes from, once "
              "for each; otherwise keyfob asks.",
     ROWS(secret_rows)},
    {.name = "agent",
     .title = "The agent",
     .intro = "One process for a person, which does what has its time while nobody watches. When "
              "to ask next stands in the database, so that it may be stopped and started.",
     ROWS(agent_rows)},
    {.name = "batch",
     .title = "Batches",
     .intro =
         "A CSV file with a header line, in UTF-8, with commas, semicolons or tabs; each row is "
         "a recipient. What is the same for all of them comes from the options. Every row is "
         "checked before the first order.",
     ROWS(batch_rows)},
    {.name = "keyfob.conf",
     .title = "keyfob.conf",
     .intro = "The file is $XDG_CONFIG_HOME/keyfob/keyfob.conf, which is "
              "~/.config/keyfob/keyfob.conf for most, or keyfob.conf in the folder of --home. It "
              "need not be there. A line is a [section], KEY = VALUE, or a # comment; an unknown "
              "word is an error.",
     ROWS(config_rows)},
};
const size_t topic_count = sizeof topics / sizeof topics[0];
