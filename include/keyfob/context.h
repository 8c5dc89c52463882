// SPDX-License-Identifier: Apache-2.0
// The context: keyfob's home folder, its configuration and database, and the way to the person who
// uses it.
#pragma once

#include <keyfob/error.h>
#include <keyfob/secret.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct kf_context kf_context;

/* Which PIN is asked for. */
enum kf_pin_kind {
    KF_PIN_USER,     /* the token's user PIN */
    KF_PIN_SO,       /* the security officer's PIN */
    KF_PIN_KEY,      /* again, for one signature with a key that always wants it
                        (CKA_ALWAYS_AUTHENTICATE) */
    KF_PIN_NEW_USER, /* a new user PIN: the one who asks the person asks twice */
    KF_PIN_NEW_SO
};

/* What the token's flags say of the tries left; PKCS#11 has no counter. */
enum kf_pin_tries { KF_TRIES_OK, KF_TRIES_LOW, KF_TRIES_LAST, KF_TRIES_LOCKED };

struct kf_pin_question {
    enum kf_pin_kind kind;
    enum kf_pin_tries tries;
    const char *token_label, *token_serial;
    const char *container;   /* or NULL */
    const char *why;         /* "to make the key", "to sign the request" */
    size_t min_len, max_len; /* bytes; 0 = the token does not say */
    bool software; /* of a software container: people call it a password, and the SO PIN its
                      unblock secret */
    bool again;    /* the one before was wrong, see kf_ui.asks_again */
};

enum kf_step_state {
    KF_STEP_BEGIN, /* key generation and the like: show that something goes on */
    KF_STEP_DONE,
    KF_STEP_FAILED,
    KF_STEP_WAIT, /* a person, a token or a CA is waited for; may come again and again */
    KF_STEP_NOTE
};

struct kf_step {
    const char *name; /* stable word: "pin" "keygen" "csr" "submit" "wait" "check" "write" "store"
                         "row" "note" */
    enum kf_step_state state;
    const char *text; /* one line for a person */
    int64_t ms;       /* how long it took, for KF_STEP_DONE */
};

/* The way to the person. Any pointer may be NULL: no PIN can be asked, no progress shown, no
 * interruption. */
struct kf_ui {
    void *arg;
    /* True when `pin` answers from a file, descriptor or variable: such a PIN is refused when few
     * tries are left. */
    bool pin_is_stored;
    /* True to let the reader's keypad ask although the token does not announce one. */
    bool pin_pad;
    /* True when a person who typed a wrong PIN is asked for another one, while tries are left;
     * otherwise the operation ends with KF_E_PIN_WRONG. The reader's keypad never asks again. */
    bool asks_again;
    /* Expected to give the PIN asked for, or KF_E_PIN_NEEDED / KF_E_INTERRUPTED / KF_E_PIN_SOURCE.
     */
    kf_err (*pin)(void *arg, const struct kf_pin_question *question, kf_secret **ret_pin);
    /* The reader's keypad asks now; told after the step "pin" that says so. */
    void (*keypad)(void *arg, const struct kf_pin_question *question);
    void (*step)(void *arg, const struct kf_step *step);
    /* Expected to tell whether the person wants to stop (Ctrl-C); asked while waiting. */
    bool (*interrupted)(void *arg);
};

struct kf_context_options {
    const char *home;   /* folder for everything; NULL: $KEYFOB_HOME, else the XDG folders */
    const char *module; /* use only this PKCS#11 module, a path or the NAME of keyfob.conf's [module
                           NAME]; NULL: keyfob.conf's and the system's */
    const struct kf_ui *ui;      /* copied; NULL: nobody is there */
    int64_t (*clock)(void *arg); /* seconds since the epoch; NULL: the system's clock */
    void *clock_arg;
};

/* Nothing is created or opened on disk before it is needed. `options` may be NULL. Free with
 * kf_context_free(). */
kf_err kf_context_new(const struct kf_context_options *options, kf_context **ret_context);
void kf_context_free(kf_context *context);

const char *kf_version(void);
