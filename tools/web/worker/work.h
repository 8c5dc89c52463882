// SPDX-License-Identifier: Apache-2.0
// One call as a worker sees it: its arguments, the way to the person, and what it has opened.
//
// An operation is a function of the library with JSON around it: it reads its arguments, calls, and
// gives a result. It never prints, and keeps nothing between two calls.
#pragma once

#include <jansson.h>
#include <keyfob/keyfob.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/context.h"

KF_DEFINE_AUTO_PTR(kf_tokens)
KF_DEFINE_AUTO_PTR(kf_containers)
KF_DEFINE_AUTO_PTR(kf_cert)
KF_DEFINE_AUTO_PTR(kf_csr)
KF_DEFINE_AUTO_PTR(kf_profile)
KF_DEFINE_AUTO_PTR_WITH(json_t, json_decref)

/* The new password of a software container, for the first login to it in the same call: nobody
 * types it a third time. See kept_pin.c. */
struct kept_pin {
    bool wanted;
    kf_secret *secret;
    char label[33], serial[17];
};

struct work {
    struct worker *worker; /* its process, worker.h */
    kf_context *context;   /* with the ui that sends steps and asks for PINs */
    const json_t *args;
    kf_tokens *tokens;               /* see work_tokens() */
    char request[KF_REQUEST_ID_MAX]; /* the request that an error is about, or "" */
    json_t *problems; /* of a form, [{field, title, text}] or NULL: go along with the error */
    struct kept_pin kept;
};

typedef kf_err op_fn(struct work *work, json_t **ret_result);
struct op {
    const char *name; /* "token.list" */
    op_fn *run;
};
/* One table a noun; each ends with {0}. */
extern const struct op token_ops[], pin_ops[], medium_ops[], container_ops[], module_ops[];
extern const struct op connection_ops[], labca_ops[], enroll_ops[], request_ops[],
    certificate_ops[];
extern const struct op settings_ops[], watch_ops[], agent_ops[];

/* --- arguments (args.c); texts belong to `args` --- */
/* NULL when it is not there, null, or "". */
const char *work_text(const struct work *work, const char *name);
/* KF_E_USAGE that names it when it is missing. */
kf_err work_need(const struct work *work, const char *name, const char **ret_text);
/* true, or one of the texts "true", "yes", "1" (of a query). */
bool work_flag(const struct work *work, const char *name);
kf_err work_number(const struct work *work, const char *name, int64_t fallback,
                   int64_t *ret_number);
/* An object, NULL when it is not there. */
const json_t *work_object(const struct work *work, const char *name);
/* Base64 to at most `max` bytes; KF_E_USAGE when it is missing, KF_E_INPUT, KF_E_TOO_LARGE. */
kf_err work_bytes(const struct work *work, const char *name, size_t max, kf_buf *ret_bytes);
/* NULL when it is not there. */
kf_err work_secret(const struct work *work, const char *name, kf_secret **ret_secret);
/* KF_E_USAGE unless "confirm" repeats `name`. */
kf_err work_confirmed(const struct work *work, const char *name);

/* --- the person (person.c) ---
 * A question: {question: number, kind, ...}. Its kinds:
 *   pin      {pin: user|so|key|new_user|new_so, token {label, serial}, container?, why, tries:
 *            ok|low|last|locked, software, min, max, problem?: pin_wrong|pin_length|password_weak
 * (of the answer before this one; weak: a new password of a container that could be guessed by
 * whoever copies it), window: true when it is being asked in a window of the desktop}; answer:
 * secret keypad   the same without a number, to be typed on the reader; no answer: the next step,
 * or the end, says how it went text, secret  {title, text}; answer: text or secret (a CA's question
 * at sign-in) confirm  {title, text, danger}; answer: yes An answer "cancel" is KF_E_INTERRUPTED.
 */
/* Takes over `question`, whose number it adds. */
kf_err work_ask(struct work *work, json_t *question, json_t **ret_answer);
kf_err work_ask_secret(struct work *work, json_t *question, kf_secret **ret_secret);

/* Keep the next new user PIN; then for this token alone. */
void kept_pin_want(struct work *work);
void kept_pin_bind(struct work *work, const kf_token *token);
/* A copy of it when it answers the question, otherwise NULL. */
kf_err kept_pin_get(struct work *work, const struct kf_pin_question *question, kf_secret **ret_pin);
kf_err kept_pin_note(struct work *work, const struct kf_pin_question *question,
                     const kf_secret *pin);
/* Wipes. */
void kept_pin_drop(struct work *work);

/* --- what it opens (open.c) --- */
/* Opened at the first call, freed with the work. */
kf_err work_tokens(struct work *work, kf_tokens **ret_tokens);
/* The token that the argument "token" names. */
kf_err work_token(struct work *work, kf_token **ret_token);

/* --- results --- */
/* {file: {name, type, data: base64}}: the front answers with a download. */
kf_err work_file(const char *name, const char *type, const void *data, size_t len,
                 json_t **ret_result);
/* {schema, items: [...]}; takes over `items`. */
kf_err work_items(const char *schema, json_t *items, json_t **ret_result);
/* {}: done. */
kf_err work_nothing(json_t **ret_result);
/* `json`, or KF_E_MEMORY when it is NULL: for json_pack(). Takes it over. */
kf_err work_result(json_t *json, json_t **ret_result);
/* A report that goes on after a failed step: with "ok", and "error" (keyfob.error/1) when `code` is
 * one. Without a report that is the failure. Takes over `report`. */
kf_err work_report(struct work *work, kf_err code, json_t *report, json_t **ret_result);
/* Tell everybody. Takes over `data`. */
void work_event(struct work *work, const char *type, json_t *data);
/* keyfob.error/1 of this thread's last error, with `request` and `problems`. */
json_t *work_error(const struct work *work, kf_err code);
