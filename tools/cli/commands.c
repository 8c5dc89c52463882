// SPDX-License-Identifier: Apache-2.0
// The table of commands: feeds the parser, help, the man page and completion.
#include "command.h"

/* A list of options as a string of bytes: shorter to write, and one pointer to relocate. */
#define LIST(...) ((const unsigned char[]){__VA_ARGS__, OPT_NONE})
#define NO_LIST   ((const unsigned char[]){OPT_NONE})

#define NAME_OPTIONS                                                                               \
    OPT_SUBJECT, OPT_SAN, OPT_EMAIL, OPT_DNS, OPT_UPN, OPT_PROFILE, OPT_HASH, OPT_PSS,             \
        OPT_TEMPLATE_NAME, OPT_TEMPLATE_OID

const struct noun nouns[] = {
    {"enroll", "Common commands"},
    {"batch", "Batches (many recipients from a CSV file)"},
    {"token", "Tokens"},
    {"pin", "PINs"},
    {"container", "Containers (a key pair and its certificates)"},
    {"csr", "Certificate signing requests"},
    {"cert", "Your certificates"},
    {"connection", "Connections to certification authorities"},
    {"request", "Requests"},
    {"profile", "Profiles (kinds of certificates)"},
    {"store", "Trusted roots and other people's certificates"},
    {"ca", "The lab CA on this computer"},
    {"module", "Everything else"},
};
const size_t noun_count = sizeof nouns / sizeof nouns[0];

/* Where a new software container is made, and how. */
#define MEDIUM_OPTIONS OPT_MEDIUM, OPT_DIR, OPT_UNBLOCK, OPT_WEAK_PASSWORD

#define COMMAND(id_, noun_, verb_, arguments_, help_, details_, options_, ...)                     \
    [CMD_##id_] = {.id = CMD_##id_,                                                                \
                   .noun = noun_,                                                                  \
                   .verb = verb_,                                                                  \
                   .arguments = arguments_,                                                        \
                   .help = help_,                                                                  \
                   .details = details_,                                                            \
                   .options = options_,                                                            \
                   .examples = {__VA_ARGS__}}

const struct command commands[CMD_COUNT] = {
    COMMAND(
        ENROLL, "enroll", NULL, "", "Make a key on the token and get a certificate for it",
        "Makes the key pair on the token, signs the request on it, sends it to the CA, waits if "
        "asked to, checks what comes back and writes the certificate next to its key. What is "
        "not finished is kept and goes on with keyfob resume. --medium registry or disk makes a "
        "software container first and asks for its password.",
        LIST(OPT_CONNECTION, NAME_OPTIONS, OPT_KEY, OPT_CONTAINER, MEDIUM_OPTIONS, OPT_EXPORTABLE,
             OPT_TEMPLATE, OPT_SET, OPT_SET_FILE, OPT_SECRET_SOURCE, OPT_ID_STYLE, OPT_WAIT,
             OPT_FROM, OPT_CSR, OPT_DRY_RUN),
        "keyfob enroll --subject \"CN=Anna,O=Example\" --email anna@example.org",
        "keyfob enroll --subject CN=Anna --medium registry --container anna",
        "keyfob enroll --no-input --connection lab --token ci --subject CN=ci "
        "--pin-source file:pin --wait 60s --json",
        "keyfob enroll --from r-9 --subject \"CN=Anna Smith\""),
    COMMAND(STATUS, "status", NULL, "", "What is open, what ends soon, and who must act", NULL,
            NO_LIST, "keyfob status"),
    COMMAND(WAIT, "wait", NULL, "[REQUEST]", "Wait until the CA has decided, and install", NULL,
            LIST(OPT_WAIT), "keyfob wait r-1", "keyfob wait r-1 --wait 15m"),
    COMMAND(RESUME, "resume", NULL, "[REQUEST]", "Go on with a request, or with all of them", NULL,
            LIST(OPT_WAIT), "keyfob resume", "keyfob resume r-1"),
    COMMAND(RENEW, "renew", NULL, "[CERT]", "Get a new certificate in place of one that ends",
            "Subject, names, profile and fields come from the old one, with a new key on the same "
            "token unless --same-key. The old certificate stays until the new one is proven on "
            "the token, and then too. --within renews all that end so soon.",
            LIST(OPT_WITHIN, OPT_SAME_KEY, OPT_REISSUE, OPT_CONNECTION, OPT_CONTAINER, OPT_KEY,
                 OPT_SET, OPT_SET_FILE, OPT_SECRET_SOURCE, OPT_WAIT, OPT_DRY_RUN),
            "keyfob renew c-3", "keyfob renew --within 28d",
            "keyfob renew c-3 --reissue --token 09143328"),
    COMMAND(REVOKE, "revoke", NULL, "CERT|REQUEST", "Have the CA revoke a certificate, for good",
            "The reason is one of RFC 5280: keyCompromise, superseded, cessationOfOperation, ... "
            "The key and the certificate on the token are not touched.",
            LIST(OPT_REASON, OPT_COMMENT, OPT_CONNECTION, OPT_SECRET_SOURCE),
            "keyfob revoke c-3 --reason superseded",
            "keyfob revoke c-3 --reason keyCompromise --comment \"token lost\" --yes"),
    COMMAND(AGENT, "agent", NULL, "", "Ask the CAs, install, renew and warn, while nobody watches",
            "Runs until it is stopped; prints what is new, with --json as lines of JSON.",
            LIST(OPT_ONCE, OPT_RENEW, OPT_WITHIN, OPT_NOTIFY), "keyfob agent",
            "keyfob agent --renew --within 14d --notify /usr/local/bin/tell-me",
            "keyfob agent --once --json"),
    COMMAND(SERVE, "serve", NULL, "", "keyfob in your browser, on this computer alone",
            "Runs until it is stopped, and asks the CAs like keyfob agent unless --no-agent. Only "
            "programs of your own user on this computer reach it; a browser is let in with a code "
            "that is good once.",
            LIST(OPT_PORT, OPT_WEB_DIR, OPT_NO_AGENT, OPT_OPEN_BROWSER), "keyfob serve",
            "keyfob serve --open", "systemctl --user enable --now keyfob-serve"),
    COMMAND(OPEN, "open", NULL, "", "Open what keyfob serve serves in the browser, signed in",
            "Without a browser --print gives the address and a code to type there.",
            LIST(OPT_PRINT), "keyfob open", "keyfob open --print"),

    COMMAND(BATCH_RUN, "batch", "run", "FILE", "Order for every row of a CSV file",
            "All rows are checked first, with the CA's form. A row that fails is parked and the "
            "next one goes on; no row is ordered twice, whatever happens. Exit status 11: some "
            "rows are parked.",
            LIST(OPT_CONNECTION, OPT_PROFILE, OPT_KEY, OPT_TEMPLATE, OPT_SET, OPT_SET_FILE,
                 OPT_SECRET_SOURCE, OPT_DRY_RUN),
            "keyfob batch run starters.csv --connection dc --dry-run",
            "keyfob batch run starters.csv --connection dc --template client_premium"),
    COMMAND(BATCH_RESUME, "batch", "resume", "BATCH", "Go on where a batch was stopped", NULL,
            LIST(OPT_SECRET_SOURCE), "keyfob batch resume b-4"),
    COMMAND(BATCH_LIST, "batch", "list", "", "Your batches, newest first", NULL, NO_LIST,
            "keyfob batch list"),
    COMMAND(BATCH_SHOW, "batch", "show", "BATCH", "The rows of a batch, and how they stand", NULL,
            NO_LIST, "keyfob batch show b-4"),
    COMMAND(BATCH_RETRY, "batch", "retry", "BATCH ROW [COLUMN=VALUE...]",
            "Correct a parked row, and make it ready again", NULL, NO_LIST,
            "keyfob batch retry b-4 17 email=orlov@example.org"),
    COMMAND(BATCH_ERRORS, "batch", "errors", "BATCH", "The parked rows as a CSV file",
            "With a last column that says what is wrong; corrected, the file can be run again.",
            LIST(OPT_OUT), "keyfob batch errors b-4 --out starters.errors.csv"),

    COMMAND(TOKEN_LIST, "token", "list", "", "The tokens that are there", NULL, NO_LIST,
            "keyfob token list", "keyfob token list --json"),
    COMMAND(TOKEN_SHOW, "token", "show", "[TOKEN]", "One token, and what it can do", NULL,
            LIST(OPT_DETAILS), "keyfob token show 09143328 --details"),
    COMMAND(TOKEN_INIT, "token", "init", "[TOKEN]", "Prepare a new token: SO PIN, PIN and label",
            "Everything on the token is erased. Without a name it is the first blank one.",
            LIST(OPT_LABEL, OPT_ERASE), "keyfob token init --label Anna",
            "keyfob token init Anna --label Anna --erase"),
    COMMAND(TOKEN_TEST, "token", "test", "[TOKEN]", "Make a key that is not kept, and sign with it",
            NULL, NO_LIST, "keyfob token test"),

    COMMAND(PIN_STATUS, "pin", "status", "[TOKEN]", "Whether PINs are set, and how tries stand",
            NULL, NO_LIST, "keyfob pin status"),
    COMMAND(PIN_CHANGE, "pin", "change", "[TOKEN]",
            "Change the PIN, or the password of a software container", NULL,
            LIST(OPT_WEAK_PASSWORD), "keyfob pin change --token Anna",
            "keyfob pin change --pin-source file:old --new-pin-source file:new"),
    COMMAND(PIN_SET, "pin", "set", "[TOKEN]", "Set the first PIN, with the SO PIN", NULL,
            LIST(OPT_WEAK_PASSWORD), "keyfob pin set --token Anna"),
    COMMAND(PIN_UNBLOCK, "pin", "unblock", "[TOKEN]", "Set a new PIN with the SO PIN",
            "Of a software container: a new password with its unblock secret.",
            LIST(OPT_WEAK_PASSWORD), "keyfob pin unblock --token Anna"),
    COMMAND(PIN_SET_SO, "pin", "set-so", "[TOKEN]", "Change the SO PIN, or the unblock secret",
            NULL, LIST(OPT_WEAK_PASSWORD), "keyfob pin set-so --token Anna"),

    COMMAND(CONTAINER_LIST, "container", "list", "[TOKEN]", "The containers of a token, or of all",
            NULL, LIST(OPT_LOGIN, OPT_MEDIUM), "keyfob container list",
            "keyfob container list Anna --login", "keyfob container list --medium disk"),
    COMMAND(CONTAINER_SHOW, "container", "show", "CONTAINER", "One container", NULL,
            LIST(OPT_LOGIN), "keyfob container show vpn"),
    COMMAND(CONTAINER_CREATE, "container", "create", "LABEL", "Make a key pair on the token",
            "With --medium registry or disk a software container of that name is made first, and "
            "its password is asked for.",
            LIST(OPT_KEY, OPT_USE, OPT_ID_STYLE, OPT_ALWAYS_PIN, MEDIUM_OPTIONS, OPT_EXPORTABLE),
            "keyfob container create vpn --key p256",
            "keyfob container create vpn --medium disk --dir /media/anna/stick --unblock"),
    COMMAND(CONTAINER_CHECK, "container", "check", "CONTAINER",
            "Sign, verify, and compare its certificates",
            "Of a software container also the structure, the sums and every seal.", NO_LIST,
            "keyfob container check vpn"),
    COMMAND(CONTAINER_COPY, "container", "copy", "CONTAINER",
            "Copy a software container, or its key onto another token",
            "With --medium the whole container is copied, with the same password. With --to the "
            "key and its certificates go onto another token, which may be hardware; the key must "
            "have been made with --exportable.",
            LIST(OPT_MEDIUM, OPT_DIR, OPT_NAME, OPT_UNBLOCK, OPT_TO, OPT_CONTAINER),
            "keyfob container copy vpn --medium disk --dir /media/anna/stick",
            "keyfob container copy vpn --to 09143328"),
    COMMAND(CONTAINER_MOVE, "container", "move", "CONTAINER",
            "Move a software container to another medium or folder",
            "It is written there, read back, and then removed here.", LIST(OPT_MEDIUM, OPT_DIR),
            "keyfob container move vpn --medium disk --dir /media/anna/stick",
            "keyfob container move vpn --medium registry"),
    COMMAND(CONTAINER_RENAME, "container", "rename", "CONTAINER NAME",
            "Give a software container another name", NULL, NO_LIST,
            "keyfob container rename vpn office-vpn"),
    COMMAND(CONTAINER_DELETE, "container", "delete", "CONTAINER",
            "Destroy a key pair and its certificates",
            "This cannot be undone. Asks for the container's name, or wants --yes. A software "
            "container goes with all its keys; with --token only the key that is named goes. "
            "--medium (and --dir) names one of several containers of that name.",
            LIST(OPT_MEDIUM, OPT_DIR), "keyfob container delete vpn"),
    COMMAND(
        CONTAINER_IMPORT, "container", "import", "FILE", "Take a key from a PKCS#12 or PKCS#8 file",
        "With --medium into a software container, which is made when it is not there; with "
        "--token onto that token, where it takes keys from outside. Then the file may be "
        "removed. Removing is no erasing: on an SSD or a USB stick parts of it can stay "
        "readable for whoever takes the medium.",
        LIST(OPT_CONTAINER, MEDIUM_OPTIONS, OPT_EXPORTABLE, OPT_FILE_PIN_SOURCE, OPT_REMOVE_SOURCE),
        "keyfob container import anna.p12 --medium registry --container anna",
        "keyfob container import anna.key --token 09143328 --remove-source"),
    COMMAND(CONTAINER_EXPORT, "container", "export", "CONTAINER",
            "Write an exportable key to a file, sealed with a password",
            "Only keys of software containers that were made with --exportable. p12 (PKCS#12) "
            "holds the certificates as well, p8 (PKCS#8) the key alone.",
            LIST(OPT_FORMAT, OPT_OUT, OPT_CONTAINER, OPT_FILE_PIN_SOURCE, OPT_WEAK_PASSWORD),
            "keyfob container export vpn --format p12 --out vpn.p12"),

    COMMAND(CSR_CREATE, "csr", "create", "CONTAINER", "Make a request for a key that is there",
            NULL, LIST(NAME_OPTIONS, OPT_FORMAT, OPT_OUT),
            "keyfob csr create vpn --subject CN=Anna --out vpn.csr"),
    COMMAND(CSR_SHOW, "csr", "show", "FILE|REQUEST", "What stands in a request", NULL, NO_LIST,
            "keyfob csr show vpn.csr", "keyfob csr show r-1"),
    COMMAND(CSR_LINT, "csr", "lint", "FILE|REQUEST", "What a CA is likely to mind or ignore", NULL,
            LIST(OPT_PROFILE), "keyfob csr lint vpn.csr --profile tls-client"),
    COMMAND(CSR_EXPLAIN, "csr", "explain", "FILE|REQUEST", "What this CA will ignore or override",
            "Nothing is sent as an order; the CA may be asked about its products and templates.",
            LIST(OPT_CONNECTION, OPT_PROFILE, OPT_TEMPLATE, OPT_SET, OPT_SET_FILE),
            "keyfob csr explain vpn.csr --connection digicert --template client_premium",
            "keyfob csr explain r-1"),
    COMMAND(CSR_EXPORT, "csr", "export", "FILE|REQUEST", "Write a request in another format",
            "The format new is PEM with the label NEW CERTIFICATE REQUEST.",
            LIST(OPT_FORMAT, OPT_OUT), "keyfob csr export r-1 --format new --out r-1.csr"),

    COMMAND(CERT_LIST, "cert", "list", "", "Your certificates", NULL, NO_LIST, "keyfob cert list"),
    COMMAND(CERT_SHOW, "cert", "show", "CERT|FILE", "One certificate", NULL, NO_LIST,
            "keyfob cert show c-3", "keyfob cert show anna.pem"),
    COMMAND(CERT_IMPORT, "cert", "import", "FILE", "Keep a certificate of your own",
            "The certificate goes to the personal store; nothing is written to a token. The answer "
            "to a request goes to keyfob request import.",
            LIST(OPT_KEY_URI), "keyfob cert import anna.pem"),
    COMMAND(CERT_EXPORT, "cert", "export", "CERT", "Write a certificate to a file", NULL,
            LIST(OPT_FORMAT, OPT_CHAIN, OPT_OUT),
            "keyfob cert export c-3 --format p7b --chain --out anna.p7b"),
    COMMAND(CERT_VERIFY, "cert", "verify", "CERT|FILE", "Check the chain to a trusted root", NULL,
            NO_LIST, "keyfob cert verify c-3"),
    COMMAND(CERT_NEEDS_RENEWAL, "cert", "needs-renewal", "", "Certificates that end soon", NULL,
            LIST(OPT_WITHIN), "keyfob cert needs-renewal --within 28d"),

    COMMAND(CONNECTION_LIST, "connection", "list", "",
            "The CA services that are set up, and how they stand", NULL, NO_LIST,
            "keyfob connection list"),
    COMMAND(CONNECTION_ADD, "connection", "add", "CONNECTION CONNECTOR [SETTING=VALUE...]",
            "Set up a CA service",
            "The connector is privacyidea, digicert, cryptopro, manual (the request is written to "
            "a file, the certificate is read from one; dir=FOLDER says where) or local (a lab CA "
            "that is there; ca=NAME says which). At a terminal it asks for what the connector "
            "needs. Passwords and keys are never words: it asks for them without echo, or they "
            "come from --secret-source. keyfob ca init makes a lab CA with its connection; "
            "keyfob help connections says more.",
            LIST(OPT_SECRET_SOURCE), "keyfob connection add corp privacyidea",
            "keyfob connection add digicert digicert --secret-source api-key=file:key",
            "keyfob connection add post manual dir=/srv/requests"),
    COMMAND(CONNECTION_SHOW, "connection", "show", "CONNECTION", "One CA service", NULL, NO_LIST,
            "keyfob connection show lab"),
    COMMAND(CONNECTION_EDIT, "connection", "edit", "CONNECTION [SETTING=VALUE...]",
            "Change settings, or a password or key",
            "SETTING= takes one back to its default; SETTING alone asks for it, without echo "
            "when it is a secret.",
            LIST(OPT_SECRET_SOURCE), "keyfob connection edit corp realm=sales",
            "keyfob connection edit digicert --secret-source api-key=file:new-key"),
    COMMAND(CONNECTION_TEST, "connection", "test", "CONNECTION", "Reach the CA", NULL, NO_LIST,
            "keyfob connection test lab"),
    COMMAND(CONNECTION_CHECK, "connection", "check", "CONNECTION",
            "Ask the CA how your account stands",
            "Exit status 0: orders can be sent; 10: sign in first; 3: the registration is not "
            "confirmed yet; 4: it was rejected.",
            NO_LIST, "keyfob connection check corp"),
    COMMAND(CONNECTION_LOGIN, "connection", "login", "CONNECTION", "Sign in to a CA",
            "Asks for what the CA wants: user, password, then its own questions, or waits for a "
            "phone. With --no-input the password comes from --secret-source password=SOURCE, the "
            "answer to a question from --secret-source answer=SOURCE.",
            LIST(OPT_USER, OPT_SET, OPT_SECRET_SOURCE, OPT_WAIT), "keyfob connection login corp",
            "keyfob connection login corp --user anna --secret-source password=file:pw"),
    COMMAND(CONNECTION_LOGOUT, "connection", "logout", "CONNECTION", "Forget the session",
            "With --all also every password and key that is kept for the connection.",
            LIST(OPT_ALL), "keyfob connection logout corp", "keyfob connection logout corp --all"),
    COMMAND(CONNECTION_REGISTER, "connection", "register", "CONNECTION",
            "Register with a CA as a new user",
            "At a terminal it asks field by field; --dry-run shows the fields. What the CA gives "
            "to sign in with is kept, and shown to nobody.",
            LIST(OPT_SET, OPT_SET_FILE, OPT_SECRET_SOURCE, OPT_DRY_RUN),
            "keyfob connection register cryptopro",
            "keyfob connection register cryptopro --set CN=\"Anna Smith\" --set C=RU"),
    COMMAND(CONNECTION_TEMPLATES, "connection", "templates", "CONNECTION [TEMPLATE]",
            "The CA's kinds of certificates, or what one of them asks for", NULL, NO_LIST,
            "keyfob connection templates corp", "keyfob connection templates corp user"),
    COMMAND(CONNECTION_RECORDS, "connection", "records", "CONNECTION [RECORDS] [ID]",
            "What the CA keeps for you: organizations, domains, ...",
            "Without RECORDS it shows which lists there are, with ID all of one record.", NO_LIST,
            "keyfob connection records digicert",
            "keyfob connection records digicert organizations"),
    COMMAND(CONNECTION_ACT, "connection", "act", "CONNECTION [ACTION] [FIELD=VALUE...]",
            "Have something done at the CA",
            "Without ACTION it shows what can be done. A field for a file takes FIELD=@FILE.",
            LIST(OPT_SET, OPT_SET_FILE, OPT_SECRET_SOURCE), "keyfob connection act digicert",
            "keyfob connection act digicert domain-check id=17"),
    COMMAND(CONNECTION_ROOTS, "connection", "roots", "CONNECTION",
            "The CA's certificates, and which are trusted",
            "Compare the fingerprint with what the CA told you before you accept a root.",
            LIST(OPT_ACCEPT, OPT_FILE), "keyfob connection roots lab",
            "keyfob connection roots post --file root.pem",
            "keyfob connection roots post --file root.pem --accept 4fe5..."),
    COMMAND(CONNECTION_REMOVE, "connection", "remove", "CONNECTION", "Forget a CA service", NULL,
            NO_LIST, "keyfob connection remove post"),

    COMMAND(REQUEST_LIST, "request", "list", "", "Your requests, newest first", NULL,
            LIST(OPT_OPEN), "keyfob request list --open"),
    COMMAND(REQUEST_SHOW, "request", "show", "REQUEST", "One request, and what happens next", NULL,
            NO_LIST, "keyfob request show r-1"),
    COMMAND(REQUEST_CHECK, "request", "check", "REQUEST", "Ask the CA once, now", NULL, NO_LIST,
            "keyfob request check r-1"),
    COMMAND(REQUEST_WAIT, "request", "wait", "REQUEST",
            "Wait until the CA has decided, and install", NULL, LIST(OPT_WAIT),
            "keyfob request wait r-1 --wait 15m"),
    COMMAND(REQUEST_INSTALL, "request", "install", "REQUEST",
            "Write an issued certificate to its token", NULL, NO_LIST,
            "keyfob request install r-1"),
    COMMAND(REQUEST_IMPORT, "request", "import", "REQUEST FILE",
            "Take the CA's answer from a file, and install", NULL, NO_LIST,
            "keyfob request import r-1 anna.p7b"),
    COMMAND(REQUEST_WITHDRAW, "request", "withdraw", "REQUEST", "Take a request back",
            "Before anything was sent the key is destroyed. Later the CA is asked to cancel first.",
            LIST(OPT_ABANDON), "keyfob request withdraw r-1"),
    COMMAND(REQUEST_RETRY, "request", "retry", "REQUEST", "Send again, after a person has looked",
            NULL, NO_LIST, "keyfob request retry r-1"),
    COMMAND(REQUEST_HISTORY, "request", "history", "REQUEST", "What was done, step by step", NULL,
            NO_LIST, "keyfob request history r-1"),

    COMMAND(PROFILE_LIST, "profile", "list", "", "The kinds of certificates", NULL, NO_LIST,
            "keyfob profile list"),
    COMMAND(PROFILE_SHOW, "profile", "show", "PROFILE", "One kind of certificate", NULL, NO_LIST,
            "keyfob profile show tls-client"),
    COMMAND(PROFILE_NEW, "profile", "new", "NAME", "Start a profile of your own from an example",
            NULL, LIST(OPT_OUT), "keyfob profile new office-vpn"),
    COMMAND(PROFILE_CHECK, "profile", "check", "PROFILE|FILE", "Check a profile", NULL, NO_LIST,
            "keyfob profile check office-vpn"),

    COMMAND(STORE_LIST, "store", "list", "", "Roots, intermediates and others", NULL,
            LIST(OPT_KIND), "keyfob store list --kind root"),
    COMMAND(STORE_ADD, "store", "add", "FILE", "Keep a certificate; a root becomes trusted",
            "A root needs its fingerprint: given with --fingerprint, or compared and confirmed.",
            LIST(OPT_FINGERPRINT), "keyfob store add root.pem"),
    COMMAND(STORE_REMOVE, "store", "remove", "CERT", "Forget a certificate", NULL, NO_LIST,
            "keyfob store remove c-2"),
    COMMAND(STORE_EXPORT, "store", "export", "CERT", "Write a certificate to a file", NULL,
            LIST(OPT_FORMAT, OPT_CHAIN, OPT_OUT), "keyfob store export c-2 --out root.pem"),

    COMMAND(CA_INIT, "ca", "init", "NAME", "Make a lab CA and a connection to it",
            "For tests and for trying out: its key lies in a file of keyfob's data folder, unless "
            "--key-uri names one on a token. This user trusts its root from then on.",
            LIST(OPT_SUBJECT, OPT_KEY_URI, OPT_APPROVAL, OPT_DAYS, OPT_PROFILES),
            "keyfob ca init lab", "keyfob ca init lab --approval"),
    COMMAND(CA_LIST, "ca", "list", "[CA]", "The lab CA's requests", NULL, NO_LIST,
            "keyfob ca list"),
    COMMAND(CA_APPROVE, "ca", "approve", "NUMBER", "Issue what a request asks for", NULL,
            LIST(OPT_CA), "keyfob ca approve 1"),
    COMMAND(CA_REJECT, "ca", "reject", "NUMBER", "Refuse a request", NULL, LIST(OPT_CA, OPT_REASON),
            "keyfob ca reject 1 --reason \"unknown person\""),
    COMMAND(CA_REVOKE, "ca", "revoke", "SERIAL", "Revoke a certificate, by serial or number",
            "The reason is one of RFC 5280: keyCompromise, superseded, cessationOfOperation, ... "
            "A new list of revoked certificates is written at once.",
            LIST(OPT_CA, OPT_REASON), "keyfob ca revoke 1 --reason keyCompromise"),
    COMMAND(CA_CRL, "ca", "crl", "[CA]", "The present list of revoked certificates", NULL,
            LIST(OPT_FORMAT, OPT_OUT), "keyfob ca crl --out lab.crl"),

    COMMAND(MODULE_LIST, "module", "list", "", "The PKCS#11 modules, and what is wrong with them",
            NULL, NO_LIST, "keyfob module list"),
    COMMAND(MODULE_REGISTER, "module", "register", "",
            "Show the software containers to every program that uses p11-kit",
            "Writes keyfob.module for p11-kit: yours, or with --system that of the computer. Then "
            "curl, ssh, OpenVPN and others find the containers; browsers need keyfob module "
            "browsers as well.",
            LIST(OPT_SYSTEM, OPT_REMOVE), "keyfob module register",
            "sudo keyfob module register --system", "keyfob module register --remove"),
    COMMAND(MODULE_BROWSERS, "module", "browsers", "",
            "Let Firefox and Chromium use what p11-kit knows",
            "Puts p11-kit's proxy module into the NSS databases of Firefox, Chromium and Chrome, "
            "or of the folder --profile names, and takes it out again. The browser must not run "
            "meanwhile. pkcs11.txt is kept beside as pkcs11.txt.keyfob.",
            LIST(OPT_REMOVE, OPT_BROWSER_PROFILE, OPT_DRY_RUN), "keyfob module browsers",
            "keyfob module browsers --remove"),
    COMMAND(COMPLETION, "completion", NULL, "bash|zsh|fish", "Print a completion script",
            "For bash put eval \"$(keyfob completion bash)\" into ~/.bashrc. An installed keyfob "
            "has it already.",
            NO_LIST, "eval \"$(keyfob completion bash)\""),
    COMMAND(HELP, "help", NULL, "[COMMAND|TOPIC...]",
            "Help for a command; topics: exit-codes, environment, pin, containers, connections, "
            "secrets, agent, batch, keyfob.conf",
            NULL, NO_LIST, "keyfob help enroll", "keyfob help exit-codes"),
};
