// SPDX-License-Identifier: Apache-2.0
// The connector interface: code that speaks one kind of certification authority. docs/CONNECTORS.md
// is the guide.
#pragma once

#include <keyfob/context.h>

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
    void *arg;
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
};

/* One order: a finished CSR plus what the CA's form wants. */
struct kf_ca_order {
    const char
        *client_id; /* our own id of the order, chosen before the key was made; unique for ever */
    const uint8_t *csr; /* DER */
    size_t csr_len;
    const char *profile; /* name of the local profile */
    const char *fields;  /* the form's fields as a JSON object, "{}" when none */
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
    char *who;     /* malloc'ed, for KF_CA_NEEDS_PERSON: "ca", "you", "approver" */
    int64_t delay; /* seconds; 0 = the caller's own schedule */
};
void kf_ca_answer_clear(struct kf_ca_answer *answer);
/* Set the malloc'ed parts; KF_E_MEMORY, KF_E_TOO_LARGE. */
kf_err kf_ca_answer_body(struct kf_ca_answer *answer, const void *data, size_t len);
kf_err kf_ca_answer_ticket(struct kf_ca_answer *answer, const char *ticket);
__attribute__((format(printf, 2, 3))) kf_err kf_ca_answer_text(struct kf_ca_answer *answer,
                                                               const char *format, ...);

struct kf_connector {
    const char *name;  /* "local" */
    const char *title; /* "Lab CA on this computer" */
    const struct kf_ca_option *options;
    size_t option_count;
    enum kf_ca_duplicates duplicates;
    bool ca_sets_subject; /* the CA takes subject and names from its own records */

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
    kf_err (*login)(void *state, const char *fields);
    kf_err (*logout)(void *state);
    /* Expected to register a new user. NULL: not offered. */
    kf_err (*register_user)(void *state, const char *fields, struct kf_ca_answer *ret_answer);
    /* Expected to list the CA's own templates as a JSON array of {name, title, fields}. NULL: the
     * CA has none. */
    kf_err (*templates)(void *state, char **ret_json);
    /* Expected to send the order once. Never NULL. */
    kf_err (*submit)(void *state, const struct kf_ca_order *order, struct kf_ca_answer *ret_answer);
    /* Expected to tell what became of the ticket. NULL only when submit never answers KF_CA_WAIT.
     */
    kf_err (*poll)(void *state, const struct kf_ca_order *order, const char *ticket,
                   struct kf_ca_answer *ret_answer);
    /* Expected to find an order by client id, KF_CA_NOT_FOUND when there is none,
     * KF_E_NEEDS_OPERATOR when there are several. Required for KF_CA_LOOKUP. */
    kf_err (*lookup)(void *state, const struct kf_ca_order *order, struct kf_ca_answer *ret_answer);
    /* Expected to withdraw an order that waits: KF_CA_REJECTED when that is done, otherwise what
     * became of the order. NULL: not offered. */
    kf_err (*cancel)(void *state, const struct kf_ca_order *order, const char *ticket,
                     struct kf_ca_answer *ret_answer);
    /* Expected to revoke (RFC 5280 5.3.1 reason): KF_CA_ISSUED without a body says that it is done,
     * also when it was before. NULL: not offered. */
    kf_err (*revoke)(void *state, const uint8_t *cert, size_t len, int reason,
                     struct kf_ca_answer *ret_answer);
    /* Expected to give the CA's certificates as `body`; they are shown, never trusted by
     * themselves. NULL: not offered. */
    kf_err (*roots)(void *state, struct kf_ca_answer *ret_answer);
    /* Told after the certificate was proven on the token. NULL: the CA does not ask. */
    kf_err (*acknowledge)(void *state, const struct kf_ca_order *order, const char *ticket);
};

/* The built-in connectors and those registered. */
size_t kf_connector_count(void);
const struct kf_connector *kf_connector_at(size_t index);
const struct kf_connector *kf_connector_find(const char *name); /* NULL when there is none */
/* Add one, which must live as long as the process. KF_E_EXISTS, KF_E_USAGE when a needed pointer is
 * missing. */
kf_err kf_connector_register(const struct kf_connector *connector);
