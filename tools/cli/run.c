// SPDX-License-Identifier: Apache-2.0
// What keyfob-cli.so exports: run one command against the library, and list names for completion.
#include "run.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "output.h"
#include "results.h"
#include "tty.h"

static run_fn *const runners[CMD_COUNT] = {
    [CMD_ENROLL] = cmd_enroll,
    [CMD_STATUS] = cmd_status,
    [CMD_WAIT] = cmd_wait,
    [CMD_RESUME] = cmd_resume,
    [CMD_RENEW] = cmd_renew,
    [CMD_REVOKE] = cmd_revoke,
    [CMD_AGENT] = cmd_agent,
    [CMD_BATCH_RUN] = cmd_batch_run,
    [CMD_BATCH_RESUME] = cmd_batch_resume,
    [CMD_BATCH_LIST] = cmd_batch_list,
    [CMD_BATCH_SHOW] = cmd_batch_show,
    [CMD_BATCH_RETRY] = cmd_batch_retry,
    [CMD_BATCH_ERRORS] = cmd_batch_errors,
    [CMD_TOKEN_LIST] = cmd_token_list,
    [CMD_TOKEN_SHOW] = cmd_token_show,
    [CMD_TOKEN_INIT] = cmd_token_init,
    [CMD_TOKEN_TEST] = cmd_token_test,
    [CMD_PIN_STATUS] = cmd_pin_status,
    [CMD_PIN_CHANGE] = cmd_pin_change,
    [CMD_PIN_SET] = cmd_pin_set,
    [CMD_PIN_UNBLOCK] = cmd_pin_unblock,
    [CMD_PIN_SET_SO] = cmd_pin_set_so,
    [CMD_CONTAINER_LIST] = cmd_container_list,
    [CMD_CONTAINER_SHOW] = cmd_container_show,
    [CMD_CONTAINER_CREATE] = cmd_container_create,
    [CMD_CONTAINER_CHECK] = cmd_container_check,
    [CMD_CONTAINER_COPY] = cmd_container_copy,
    [CMD_CONTAINER_MOVE] = cmd_container_move,
    [CMD_CONTAINER_RENAME] = cmd_container_rename,
    [CMD_CONTAINER_DELETE] = cmd_container_delete,
    [CMD_CONTAINER_IMPORT] = cmd_container_import,
    [CMD_CONTAINER_EXPORT] = cmd_container_export,
    [CMD_CSR_CREATE] = cmd_csr_create,
    [CMD_CSR_SHOW] = cmd_csr_show,
    [CMD_CSR_LINT] = cmd_csr_lint,
    [CMD_CSR_EXPLAIN] = cmd_csr_explain,
    [CMD_CSR_EXPORT] = cmd_csr_export,
    [CMD_CERT_LIST] = cmd_cert_list,
    [CMD_CERT_SHOW] = cmd_cert_show,
    [CMD_CERT_IMPORT] = cmd_cert_import,
    [CMD_CERT_EXPORT] = cmd_cert_export,
    [CMD_CERT_VERIFY] = cmd_cert_verify,
    [CMD_CERT_NEEDS_RENEWAL] = cmd_cert_needs_renewal,
    [CMD_CONNECTION_LIST] = cmd_connection_list,
    [CMD_CONNECTION_ADD] = cmd_connection_add,
    [CMD_CONNECTION_SHOW] = cmd_connection_show,
    [CMD_CONNECTION_EDIT] = cmd_connection_edit,
    [CMD_CONNECTION_TEST] = cmd_connection_test,
    [CMD_CONNECTION_CHECK] = cmd_connection_check,
    [CMD_CONNECTION_LOGIN] = cmd_connection_login,
    [CMD_CONNECTION_LOGOUT] = cmd_connection_logout,
    [CMD_CONNECTION_REGISTER] = cmd_connection_register,
    [CMD_CONNECTION_TEMPLATES] = cmd_connection_templates,
    [CMD_CONNECTION_RECORDS] = cmd_connection_records,
    [CMD_CONNECTION_ACT] = cmd_connection_act,
    [CMD_CONNECTION_ROOTS] = cmd_connection_roots,
    [CMD_CONNECTION_REMOVE] = cmd_connection_remove,
    [CMD_REQUEST_LIST] = cmd_request_list,
    [CMD_REQUEST_SHOW] = cmd_request_show,
    [CMD_REQUEST_CHECK] = cmd_request_check,
    [CMD_REQUEST_WAIT] = cmd_wait,
    [CMD_REQUEST_INSTALL] = cmd_request_install,
    [CMD_REQUEST_IMPORT] = cmd_request_import,
    [CMD_REQUEST_WITHDRAW] = cmd_request_withdraw,
    [CMD_REQUEST_RETRY] = cmd_request_retry,
    [CMD_REQUEST_HISTORY] = cmd_request_history,
    [CMD_PROFILE_LIST] = cmd_profile_list,
    [CMD_PROFILE_SHOW] = cmd_profile_show,
    [CMD_PROFILE_NEW] = cmd_profile_new,
    [CMD_PROFILE_CHECK] = cmd_profile_check,
    [CMD_STORE_LIST] = cmd_store_list,
    [CMD_STORE_ADD] = cmd_store_add,
    [CMD_STORE_REMOVE] = cmd_store_remove,
    [CMD_STORE_EXPORT] = cmd_cert_export,
    [CMD_CA_INIT] = cmd_ca_init,
    [CMD_CA_LIST] = cmd_ca_list,
    [CMD_CA_APPROVE] = cmd_ca_approve,
    [CMD_CA_REJECT] = cmd_ca_reject,
    [CMD_CA_REVOKE] = cmd_ca_revoke,
    [CMD_CA_CRL] = cmd_ca_crl,
    [CMD_MODULE_LIST] = cmd_module_list,
    [CMD_MODULE_REGISTER] = cmd_module_register,
    [CMD_MODULE_BROWSERS] = cmd_module_browsers,
};

/* No core dump, no other process that looks into this one's memory: PINs pass through it. */
static void protect_process(void) {
    const struct rlimit none = {0};
    setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* its leak check looks into its own process */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

static kf_err ui_pin(void *arg, const struct kf_pin_question *question, kf_secret **ret_pin) {
    struct run *run = arg;
    progress_pause(&run->progress);
    return pins_answer(&run->pins, question, ret_pin);
}

static void ui_step(void *arg, const struct kf_step *step) {
    progress_step(&((struct run *)arg)->progress, step);
}

static bool ui_interrupted(void *arg) {
    return interrupt_came();
}

static void run_init(struct run *run, const struct line *line) {
    const char *no_input = getenv("KEYFOB_NO_INPUT");
    run->line = line;
    run->no_input = run_has(run, OPT_NO_INPUT) || (no_input && *no_input);
    term_init(&run->term, run_option(run, OPT_COLOR));
    run->progress = (struct progress){
        .term = &run->term, .quiet = run_has(run, OPT_QUIET), .verbose = run_has(run, OPT_VERBOSE)};
}

static kf_err open_context(struct run *run) {
    KF_TRY(pins_init(&run->pins, run->line, run->no_input));
    KF_TRY(secrets_init(&run->secrets, run->line));
    const struct kf_ui ui = {.arg = run,
                             .pin_is_stored = pins_are_stored(&run->pins),
                             .pin_pad = pins_use_pad(&run->pins),
                             .pin = ui_pin,
                             .step = ui_step,
                             .interrupted = ui_interrupted};
    const struct kf_context_options wanted = {
        .home = run_option(run, OPT_HOME), .module = run_option(run, OPT_MODULE), .ui = &ui};
    return kf_context_new(&wanted, &run->context);
}

static void run_clear(struct run *run) {
    kf_tokens_free(run->tokens);
    kf_context_free(run->context);
    pins_clear(&run->pins);
    secrets_clear(&run->secrets);
}

__attribute__((visibility("default"))) keyfob_run_fn keyfob_run;

int keyfob_run(const struct line *line) {
    struct run run = {0};
    protect_process();
    interrupt_watch();
    run_init(&run, line);
    results_guard();
    kf_err code = open_context(&run);
    if (code == KF_OK)
        code = runners[line->command->id](&run);
    progress_pause(&run.progress);
    int status = code == KF_OK ? 0 : tell_error(&run, code);
    run_clear(&run);
    results_release();
    return status;
}
