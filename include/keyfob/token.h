// SPDX-License-Identifier: Apache-2.0
// Tokens: what PKCS#11 modules show, how one is named, and its PINs.
#pragma once

#include <keyfob/context.h>
#include <stddef.h>

struct json_t; /* jansson's value; the caller owns a returned reference */

typedef struct kf_tokens kf_tokens; /* the loaded modules and the tokens seen in their slots */
typedef struct kf_token kf_token;   /* one token of it; lives as long as its kf_tokens */

/* Load the modules (options.module alone, or keyfob.conf's and p11-kit's) and look into every slot.
 * A module or slot that fails becomes a note, never an error. Free with kf_tokens_free(), which
 * finalizes them. */
kf_err kf_tokens_open(kf_context *context, kf_tokens **ret_tokens);
void kf_tokens_free(kf_tokens *tokens);

/* What is in the slots now: the tokens that were known keep their place. Opens no session. With
 * `restart` also what some software modules (SoftHSM2) show only after C_Finalize and C_Initialize:
 * those without removable and hardware slots are restarted, unless a session is open. */
kf_err kf_tokens_look_again(kf_tokens *tokens, bool restart);

size_t kf_tokens_count(const kf_tokens *tokens);
kf_token *kf_tokens_at(const kf_tokens *tokens, size_t index);
size_t kf_tokens_note_count(const kf_tokens *tokens);
const char *kf_tokens_note(const kf_tokens *tokens, size_t index);

/* The token that `selector` names: a PKCS#11 URI (RFC 7512), a serial number, a label, or NULL /
 * "auto" for the only initialised one. KF_E_TOKEN_ABSENT, or KF_E_TOKEN_AMBIGUOUS with all that
 * match in the sentence. Looks again a few times before it says that a token is absent (SoftHSM2
 * hides a token while another process writes). */
kf_err kf_tokens_select(kf_tokens *tokens, const char *selector, kf_token **ret_token);

struct kf_token_info {
    char label[33], serial[17], model[17],
        manufacturer[33]; /* UTF-8, escaped for display, no padding */
    char uri[512];        /* RFC 7512: model, manufacturer, serial, token */
    char module[256];     /* name or path of the module */
    bool initialized, user_pin_set, login_required, write_protected, pin_pad, removable;
    enum kf_pin_tries user_tries, so_tries;
    size_t pin_min, pin_max; /* bytes */
};
const struct kf_token_info *kf_token_info(const kf_token *token);
/* Reads the flags again, after a PIN was tried or a token was put back. */
kf_err kf_token_refresh(kf_token *token);
/* keyfob.token/1; with `details` the mechanisms and key types too. */
kf_err kf_token_json(kf_token *token, bool details, struct json_t **ret_json);
/* keyfob.module/1: an array of the modules with name, path, slots and their errors. */
kf_err kf_tokens_modules_json(kf_tokens *tokens, struct json_t **ret_json);

/* C_InitToken and C_InitPIN: everything on the token is erased. Asks for the (new) SO PIN and a new
 * user PIN through the context's ui. An initialised token needs `erase` = true. `selector` may name
 * a blank slot: "new" is the first blank. */
kf_err kf_token_init(kf_tokens *tokens, const char *selector, const char *label, bool erase,
                     kf_token **ret_token);
/* PINs, all asked for through the ui. */
kf_err kf_pin_change(kf_token *token);  /* user PIN: old and new (C_SetPIN) */
kf_err kf_pin_unblock(kf_token *token); /* SO PIN, then a new user PIN (C_InitPIN) */
kf_err kf_pin_set(kf_token *token);    /* first user PIN, by the SO; KF_E_STATE when there is one */
kf_err kf_pin_set_so(kf_token *token); /* SO PIN: old and new */

/* Makes a session key pair (not kept on the token), signs, verifies; reports the steps in
 * keyfob.token-test/1. */
kf_err kf_token_test(kf_token *token, struct json_t **ret_json);
