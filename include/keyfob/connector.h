// SPDX-License-Identifier: Apache-2.0
// The connector interface: code that speaks one kind of certification authority. docs/CONNECTORS.md
// is the guide.
#pragma once

#include <keyfob/context.h>

struct json_t;

/* One setting of a connection: feeds the configuration check, --help, and forms. */
struct kf_ca_option {
    const char *name;  /* "url" */
    const char *title; /* what a person reads */
    const char *help;
    const char *fallback; /* default, or NULL */
    enum {
        KF_OPTION_TEXT,
        KF_OPTION_NUMBER,
        KF_OPTION_SWITCH,
        KF_OPTION_FILE,
        KF_OPTION_CHOICE,
        KF_OPTION_SECRET
    } kind;
    const char *choices; /* blank-separated, for KF_OPTION_CHOICE */
    bool required;
};

/* How the CA treats a request that is sent twice. Decides what resume does when the fate of the
 * first is unknown. */
enum kf_ca_duplicates {
    KF_CA_LOOKUP, /* A: the CA can be asked by our client id; `lookup` is there */
    KF_CA_SAME,   /* B: the same client id and bytes give the same order */
    KF_CA_UNKNOWN /* C: neither; a person decides */
};

/* How signing reaches the ca room, which knows no tokens: an EVP_PKEY for a PKCS#11 URI, owned by
 * the door. */
struct kf_ca_signer {
    kf_err (*signer)(void *arg, const char *uri, void **ret_evp_pkey);
    /* A certificate of the personal store, by any of its names, with what is known of its chain
     * (PEM, leaf first) and the URI of its key. Both malloc'ed. NULL where there is no store. */
    kf_err (*identity)(void *arg, const char *name, char **ret_chain, char **ret_key_uri);
    void *arg;
};

/* --- forms: what the CA wants to know, described by data that a page can draw (form.h) --- */

enum kf_ca_form {
    KF_FORM_LOGIN,    /* what signing in takes */
    KF_FORM_REGISTER, /* what the CA asks of a new user */
    KF_FORM_ORDER     /* what goes with an order, for one template */
};

/* One field of a form that is always the same; such tables become JSON with kf_form_new(). */
struct kf_ca_field {
    const char *name, *title, *help; /* help may be NULL */
    const char *kind;                /* "text" ..., see form.h; NULL = "text" */
    const char *check;               /* see form.h, or NULL */
    const char *value;               /* default, or NULL */
    const char *choices;             /* "sha256|sha384" or "1=One year|2=Two years", or NULL */
    const char *group;               /* heading, or NULL */
    bool required, open;             /* open: other values than the choices are taken too */
    int max;                         /* characters; 0 = no limit of its own */
};

/* --- what else a CA keeps and offers --- */

/* A list that the CA keeps: organizations, domains. */
struct kf_ca_kind {
    const char *name, *title; /* "organizations", "Organizations" */
    const char *columns;      /* "id=ID|name=NAME": members of the records, with headings */
};

/* Something that a person can have done there: "domain-check". */
struct kf_ca_action {
    const char *name, *title, *help;
    const struct kf_ca_field *fields;
    size_t field_count;
};

/* What a connector is opened with. Pointers live as long as the opened connector. */
struct kf_ca_setup {
    kf_context *context;
    const char *connection; /* its name */
    /* The value of one of the connector's options, its fallback when not set. */
    const char *(*option)(void *arg, const char *name);
    void *arg; /* of `option` */
    /* For protocols that sign (CMP, SCEP, TLS; the lab CA). NULL where there are no tokens: such
     * signing is then KF_E_UNSUPPORTED. */
    const struct kf_ca_signer *signer;
    /* Secrets of this connection: its secret options under their names, and what the connector
     * keeps itself ("session"). In the person's keyring or a closed file, never in the database.
     * `recall`: NULL in `ret_secret` when there is none. `keep`: NULL forgets. */
    kf_err (*recall)(void *arg, const char *name, kf_secret **ret_secret);
    kf_err (*keep)(void *arg, const char *name, const kf_secret *secret);
};

/* --- signing in --- */

/* One round of signing in. A CA that wants more answers with KF_CA_NEEDS_PERSON. */
struct kf_ca_login {
    const char *fields; /* JSON object of the login form's open fields (user, realm), or NULL */
    const kf_secret
        *secret;        /* password, PIN and OTP in one, or the answer to `text`; may be NULL */
    const char *ticket; /* of the answer before, NULL in the first round */
};

enum kf_ca_standing {
    KF_CA_ANONYMOUS,   /* this CA has no accounts, or none is needed */
    KF_CA_CONNECTED,   /* signed in, or the key is accepted */
    KF_CA_SIGNED_OUT,  /* connected but not signed in */
    KF_CA_UNCONFIRMED, /* registered, and the CA has not confirmed it yet */
    KF_CA_REFUSED      /* the registration, or the account, was rejected */
};
/* Start with `= {0}`; kf_ca_account_clear() frees. */
struct kf_ca_account {
    enum kf_ca_standing standing;
    char *name; /* malloc'ed, who is signed in, or NULL */
    char *text; /* malloc'ed, the CA's words, or NULL */
};
void kf_ca_account_clear(struct kf_ca_account *account);
kf_err kf_ca_account_set(struct kf_ca_account *account, enum kf_ca_standing standing,
                         const char *name, const char *text);

/* --- before an order --- */

/* What a person is about to order; nothing was made yet. */
struct kf_ca_plan {
    const char *profile;
    const char *key;     /* the type that was chosen ("rsa2048"), "" when it is still open */
    const char *subject; /* RFC 4514, "" when none was given */
    const char *fields;  /* the form's fields as a JSON object */
    const uint8_t *csr;  /* a request made elsewhere, DER, or NULL */
    size_t csr_len;
    bool renewal;
    bool reissue; /* the same order again with another key */
};
/* Start with `= {0}`; kf_ca_prepared_clear() frees. What is NULL stays as the person asked. */
struct kf_ca_prepared {
    char *subject; /* the subject that the CSR must carry */
    char *template_name, *template_oid;
    char *fields; /* with the CA's defaults and prefilled values */
    bool keyless; /* the key is made elsewhere, after the order: no key and no CSR are made here */
    struct json_t *notes; /* [{level: "note"|"warning", text}]: what this CA ignores or overrides */
};
void kf_ca_prepared_clear(struct kf_ca_prepared *prepared);
__attribute__((format(printf, 3, 4))) kf_err kf_ca_prepared_note(struct kf_ca_prepared *prepared,
                                                                 const char *level,
                                                                 const char *format, ...);

/* One order: a finished CSR plus what the CA's form wants. */
struct kf_ca_order {
    const char
        *client_id; /* our own id of the order, chosen before the key was made; unique for ever */
    const uint8_t *csr; /* DER */
    size_t csr_len;
    const char *profile; /* name of the local profile */
    const char *fields;  /* the form's fields as a JSON object, "{}" when none */
    const char *memo;    /* what `remember` gave before the order was sent, or NULL */
    /* The order is a renewal of `old_ticket` (NULL when that is not known) with this certificate
     * (DER), which the CA issued. Both empty for a new one. */
    const char *old_ticket;
    const uint8_t *old_cert;
    size_t old_cert_len;
    bool reissue; /* the same order again with another key, where the CA knows that */
};

enum kf_ca_outcome {
    KF_CA_ISSUED,   /* `body` holds what the CA sent: certificates in any form kf_certs_read() takes
                     */
    KF_CA_WAIT,     /* accepted; ask again with `ticket` in `delay` seconds */
    KF_CA_REJECTED, /* `text` in the CA's words */
    KF_CA_RETRY,    /* not accepted, worth sending again in `delay` seconds */
    KF_CA_NEEDS_PERSON, /* `text` says who must do what; otherwise as KF_CA_WAIT */
    KF_CA_NOT_FOUND     /* lookup and poll: the CA knows nothing of it */
};

#define KF_CA_BODY_MAX ((size_t)1024 * 1024)

/* Filled by the connector; kf_ca_answer_clear() frees. Start with `= {0}`. */
struct kf_ca_answer {
    enum kf_ca_outcome outcome;
    uint8_t *body; /* malloc'ed */
    size_t body_len;
    char *ticket;  /* malloc'ed, opaque, kept in the journal */
    char *text;    /* malloc'ed, the CA's words */
    char *who;     /* malloc'ed, for KF_CA_NEEDS_PERSON: "ca", "you", "approver", "recipient" */
    int64_t delay; /* seconds; 0 = the caller's own schedule */
};
void kf_ca_answer_clear(struct kf_ca_answer *answer);
/* Set the malloc'ed parts; KF_E_MEMORY, KF_E_TOO_LARGE. `person` also sets the outcome. */
kf_err kf_ca_answer_body(struct kf_ca_answer *answer, const void *data, size_t len);
kf_err kf_ca_answer_ticket(struct kf_ca_answer *answer, const char *ticket);
__attribute__((format(printf, 2, 3))) kf_err kf_ca_answer_text(struct kf_ca_answer *answer,
                                                               const char *format, ...);
__attribute__((format(printf, 3, 4))) kf_err kf_ca_answer_person(struct kf_ca_answer *answer,
                                                                 const char *who,
                                                                 const char *format, ...);

/* A certificate to be revoked. */
struct kf_ca_revocation {
    const uint8_t *cert; /* DER */
    size_t cert_len;
    const char *ticket;  /* of the order that gave it, NULL when that is not known */
    int reason;          /* RFC 5280 5.3.1 */
    const char *comment; /* or NULL */
};

struct kf_connector {
    const char *name;  /* "local" */
    const char *title; /* "Lab CA on this computer" */
    const struct kf_ca_option *options;
    size_t option_count;
    enum kf_ca_duplicates duplicates;
    bool ca_sets_subject;  /* the CA takes subject and names from its own records */
    bool can_reissue;      /* an order can be filled again with another key */
    bool same_key;         /* a renewal may certify the same key again */
    bool form_has_subject; /* the order's form says whose certificate it is: no subject is asked for
                            */

    /* Each pointer returns KF_OK when the CA gave an answer (also a rejection), KF_E_CA_UNREACHABLE
     * when it is unknown whether anything arrived, KF_E_CA_LOGIN when a sign-in is wanted
     * and nothing was taken, KF_E_CA_ANSWER for an answer it cannot read. */

    /* Expected to check the options and make its state; sends nothing. Never NULL. */
    kf_err (*open)(const struct kf_ca_setup *setup, void **ret_state);
    /* Expected to free the state; NULL is welcome. Never NULL. */
    void (*close)(void *state);
    /* Expected to say that the service is there and what it is, one line. NULL: nothing to test. */
    kf_err (*test)(void *state, char **ret_text);
    /* Expected to sign in with what the person gave (JSON object). NULL: no accounts. */
    kf_err (*login)(void *state, const struct kf_ca_login *login, struct kf_ca_answer *ret_answer);
    kf_err (*logout)(void *state);
    /* Expected to register a new user with the fields of KF_FORM_REGISTER (JSON object):
     * KF_CA_ISSUED without a body when it can be used at once, KF_CA_WAIT until the CA confirms.
     * What is shown only once is kept before it answers. NULL: not offered; otherwise `form` is
     * there too. */
    kf_err (*register_user)(void *state, const char *fields, struct kf_ca_answer *ret_answer);
    /* Expected to say how the account stands, asking the CA. NULL: there are no accounts. */
    kf_err (*account)(void *state, struct kf_ca_account *ret_account);
    /* Expected to list the CA's own templates: JSON array of {name, title, help?, key?: "rsa2048
     * p256"}; `name` is the value of the order's field "template". NULL: the CA has none. */
    kf_err (*templates)(void *state, struct json_t **ret_json);
    /* Expected to give a form as keyfob.form/1, prefilled with what the CA knows; `template` (or
     * NULL) counts for KF_FORM_ORDER. KF_E_UNSUPPORTED for a form that it has no use for. NULL: no
     * forms. */
    kf_err (*form)(void *state, enum kf_ca_form which, const char *template,
                   struct json_t **ret_form);
    /* Expected to refuse (KF_E_USAGE, KF_E_POLICY, KF_E_CA_LOGIN) what the CA would refuse, before
     * a key is made, and to say what it will ignore. May ask the CA. NULL: everything goes. */
    kf_err (*prepare)(void *state, const struct kf_ca_plan *plan,
                      struct kf_ca_prepared *ret_prepared);
    /* Expected to give what a later `lookup` needs to know of the time before the order was sent;
     * kept in the journal before sending. malloc'ed, NULL for nothing. NULL: no need. */
    kf_err (*remember)(void *state, const struct kf_ca_order *order, char **ret_memo);
    /* Expected to send the order once. Never NULL. */
    kf_err (*submit)(void *state, const struct kf_ca_order *order, struct kf_ca_answer *ret_answer);
    /* Expected to tell what became of the ticket. NULL only when submit never answers KF_CA_WAIT.
     */
    kf_err (*poll)(void *state, const struct kf_ca_order *order, const char *ticket,
                   struct kf_ca_answer *ret_answer);
    /* Expected to mark in `ret_news` (count items) which of the tickets may have news since `since`
     * (seconds since the epoch); one question to the CA instead of `count`. NULL: not offered. */
    kf_err (*changes)(void *state, const char *const *tickets, size_t count, int64_t since,
                      bool *ret_news);
    /* Expected to find an order by client id, KF_CA_NOT_FOUND when there is none,
     * KF_E_NEEDS_OPERATOR when there are several, KF_E_UNSUPPORTED when it cannot be told: then a
     * person who has looked decides. Required for KF_CA_LOOKUP. */
    kf_err (*lookup)(void *state, const struct kf_ca_order *order, struct kf_ca_answer *ret_answer);
    /* Expected to withdraw an order that waits: KF_CA_REJECTED when that is done, otherwise what
     * became of the order. NULL: not offered. */
    kf_err (*cancel)(void *state, const struct kf_ca_order *order, const char *ticket,
                     struct kf_ca_answer *ret_answer);
    /* Expected to revoke: KF_CA_ISSUED without a body says that it is done, also when it was
     * before; KF_CA_NEEDS_PERSON or KF_CA_WAIT that it was asked for. NULL: not offered. */
    kf_err (*revoke)(void *state, const struct kf_ca_revocation *order,
                     struct kf_ca_answer *ret_answer);
    /* Expected to give the CA's certificates as `body`; they are shown, never trusted by
     * themselves. NULL: not offered. */
    kf_err (*roots)(void *state, struct kf_ca_answer *ret_answer);
    /* Told after the certificate was proven on the token. NULL: the CA does not ask. */
    kf_err (*acknowledge)(void *state, const struct kf_ca_order *order, const char *ticket);

    /* The lists that the CA keeps. `records` is expected to give all of a kind (an array of
     * objects), or with `id` the one (an object with all there is to know). NULL: none. */
    const struct kf_ca_kind *kinds;
    size_t kind_count;
    kf_err (*records)(void *state, const char *kind, const char *id, struct json_t **ret_json);
    /* What a person can have done. `act` gets the checked fields (JSON object) and is expected to
     * give an object {text: "what was done", ...: what the person must know or publish}. */
    const struct kf_ca_action *actions;
    size_t action_count;
    kf_err (*act)(void *state, const char *action, const struct json_t *fields,
                  struct json_t **ret_json);
};

/* The built-in connectors and those registered. */
size_t kf_connector_count(void);
const struct kf_connector *kf_connector_at(size_t index);
const struct kf_connector *kf_connector_find(const char *name); /* NULL when there is none */
/* Add one, which must live as long as the process. KF_E_EXISTS, KF_E_USAGE when a needed pointer is
 * missing. */
kf_err kf_connector_register(const struct kf_connector *connector);
