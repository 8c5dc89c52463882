// SPDX-License-Identifier: Apache-2.0
// One run of a command: what it was given, and what it has opened so far.
#pragma once

#include <jansson.h>
#include <keyfob/keyfob.h>

#include "base/context.h"
#include "base/file.h"
#include "base/text.h"
#include "command.h"
#include "pin.h"
#include "progress.h"
#include "secrets.h"
#include "term.h"

KF_DEFINE_AUTO_PTR(kf_tokens)
KF_DEFINE_AUTO_PTR(kf_containers)
KF_DEFINE_AUTO_PTR(kf_cert)
KF_DEFINE_AUTO_PTR(kf_csr)
KF_DEFINE_AUTO_PTR(kf_profile)
KF_DEFINE_AUTO_PTR_WITH(json_t, json_decref)

struct run {
    const struct line *line;
    struct term term;
    struct pins pins;
    struct secrets secrets;
    struct progress progress;
    bool no_input;
    kf_context *context;
    kf_tokens *tokens;
    bool printed; /* a JSON document is on standard output: an error does not add another one */
    bool told;    /* the person knows already why the exit status is not 0 */
    char request[KF_REQUEST_ID_MAX]; /* the request that an error is about, or "" */
};

static inline bool run_has(const struct run *run, enum option_id option) {
    return run->line->value[option] != NULL;
}
static inline const char *run_option(const struct run *run, enum option_id option) {
    return run->line->value[option];
}
/* The argument at `index`, or NULL. */
static inline const char *run_argument(const struct run *run, size_t index) {
    return index < run->line->argument_count ? run->line->arguments[index] : NULL;
}

/* --- select.c: opening what a command needs --- */
kf_err run_open_tokens(struct run *run);
/* The token that the command's first argument (when `argument` is true) or --token names, else the
 * only one. */
kf_err run_select_token(struct run *run, bool argument, kf_token **ret_token);
/* The selector alone: KF_E_USAGE when argument and option differ. NULL when none was given. */
kf_err run_token_selector(struct run *run, bool argument, const char **ret_selector);
/* "90s" or "forever" (-1); `fallback` when the option was not given. */
kf_err run_duration(const struct run *run, enum option_id option, int64_t fallback,
                    int64_t *ret_seconds);
/* A file with a certificate, a request, or an answer of a CA. */
kf_err run_read_file(const char *path, size_t max, kf_buf *ret_bytes);
/* Exactly one certificate in a file. */
kf_err run_read_cert(const char *path, kf_cert **ret_cert);
/* The profile of --profile; NULL when none was given. */
kf_err run_profile(struct run *run, kf_profile **ret_profile);
kf_err run_id_style(const struct run *run, enum kf_id_style *ret_style);
/* A certificate of the store by name, else of a file. */
kf_err run_find_cert(struct run *run, const char *name, kf_cert **ret_cert);
kf_err run_show_cert(struct run *run, const json_t *document);
/* A root whose fingerprint the person gave for a connection, or that was made here, counts for the
 * store as well. */
kf_err run_trust_root(struct run *run, kf_cert *cert);
/* The connector of a connection. */
kf_err run_connector(struct run *run, const char *connection,
                     const struct kf_connector **ret_connector);
/* The connection that --connection names, or that a certificate (or request) came from; NULL when
 * that is not known. */
kf_err run_origin(struct run *run, const char *certificate, char **ret_connection);
/* A request from a file, or that of a request by its id. */
kf_err run_read_csr(struct run *run, const char *name, kf_csr **ret_csr);

/* --- confirm.c: questions --- */
/* Can a person be asked? */
bool run_can_ask(const struct run *run);
/* The person must type `word`, or have given --yes. */
kf_err run_confirm(struct run *run, const char *question, const char *word);
kf_err run_ask(struct run *run, const char *question, char ret_answer[static 1024]);

/* --- one function a command --- */
typedef kf_err run_fn(struct run *run);
run_fn cmd_enroll, cmd_status, cmd_wait, cmd_resume, cmd_renew, cmd_revoke, cmd_agent;
run_fn cmd_batch_run, cmd_batch_resume, cmd_batch_list, cmd_batch_show, cmd_batch_retry,
    cmd_batch_errors;
run_fn cmd_token_list, cmd_token_show, cmd_token_init, cmd_token_test;
run_fn cmd_module_list, cmd_module_register, cmd_module_browsers;
run_fn cmd_pin_status, cmd_pin_change, cmd_pin_set, cmd_pin_unblock, cmd_pin_set_so;
run_fn cmd_container_list, cmd_container_show, cmd_container_create, cmd_container_check,
    cmd_container_copy, cmd_container_move, cmd_container_rename, cmd_container_delete,
    cmd_container_import, cmd_container_export;
run_fn cmd_csr_create, cmd_csr_show, cmd_csr_lint, cmd_csr_explain, cmd_csr_export;
run_fn cmd_cert_list, cmd_cert_show, cmd_cert_import, cmd_cert_export, cmd_cert_verify,
    cmd_cert_needs_renewal;
run_fn cmd_connection_list, cmd_connection_add, cmd_connection_show, cmd_connection_edit,
    cmd_connection_test, cmd_connection_check, cmd_connection_roots, cmd_connection_remove;
run_fn cmd_connection_login, cmd_connection_logout, cmd_connection_register,
    cmd_connection_templates, cmd_connection_records, cmd_connection_act;
run_fn cmd_request_list, cmd_request_show, cmd_request_check, cmd_request_install,
    cmd_request_import, cmd_request_withdraw, cmd_request_retry, cmd_request_history;
run_fn cmd_profile_list, cmd_profile_show, cmd_profile_new, cmd_profile_check;
run_fn cmd_store_list, cmd_store_add, cmd_store_remove;
run_fn cmd_ca_init, cmd_ca_list, cmd_ca_approve, cmd_ca_reject, cmd_ca_revoke, cmd_ca_crl;
