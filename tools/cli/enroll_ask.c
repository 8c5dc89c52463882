// SPDX-License-Identifier: Apache-2.0
// What enroll finds out by itself or asks: the only connection, the only token, whose certificate
// it is.
#include <string.h>

#include "enroll_order.h"
#include "medium.h"
#include "tty.h"

/* Somebody reads along: there is a terminal, and neither -q nor --json. */
static bool somebody_watches(const struct run *run) {
    return run->term.err && !run->progress.quiet && !run->no_input && !run_has(run, OPT_JSON);
}

static kf_err no_connection(size_t count) {
    if (count > 1) {
        kf_fail(KF_E_USAGE, "%zu connections are set up, choose one", count);
        kf_error_hint("Name it with --connection; `keyfob connection list` shows them.");
        return KF_E_USAGE;
    }
    kf_fail(KF_E_NOT_FOUND, "no connection to a CA is set up");
    kf_error_hint(
        "Set one up with `keyfob connection add`, or make a lab CA: `keyfob ca init lab`.");
    return KF_E_NOT_FOUND;
}

static kf_err find_only(struct run *run, enroll_input *enroll) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_TRY(kf_connections_json(run->context, &list));
    if (json_array_size(list) != 1)
        return no_connection(json_array_size(list));
    snprintf(enroll->connection, sizeof enroll->connection, "%s",
             json_text(json_array_get(list, 0), "name"));
    enroll->order.connection = enroll->connection;
    if (somebody_watches(run))
        note(run, "Connection  %-26s  the only one", enroll->connection);
    return KF_OK;
}

/* An unknown connection is left to the library, which knows what to say. */
static void find_connector(struct run *run, enroll_input *enroll) {
    const char *name = enroll->order.connection;
    if (name && run_connector(run, name, &enroll->connector) != KF_OK)
        kf_error_clear();
}

/* With --from it is that of the old request; an unknown one is left to the library as well. */
static kf_err take_old(struct run *run, enroll_input *enroll) {
    KF_AUTO_FREE char *connection = NULL;
    KF_TRY(run_origin(run, enroll->order.from, &connection));
    if (!connection)
        return KF_OK;
    snprintf(enroll->connection, sizeof enroll->connection, "%s", connection);
    enroll->order.connection = enroll->connection;
    return KF_OK;
}

static kf_err choose_connection(struct run *run, enroll_input *enroll) {
    bool named = enroll->order.connection;
    if (!named && enroll->order.from)
        KF_TRY(take_old(run, enroll));
    else if (!named)
        KF_TRY(find_only(run, enroll));
    find_connector(run, enroll);
    return KF_OK;
}

/* Only where somebody watches: otherwise the flow opens the modules once and chooses by itself. */
static kf_err choose_token(struct run *run, enroll_input *enroll) {
    kf_token *token = NULL;
    if (enroll->order.token || enroll->order.csr || medium_is_software(run) ||
        !somebody_watches(run))
        return KF_OK;
    KF_TRY(run_select_token(run, false, &token));
    const struct kf_token_info *info = kf_token_info(token);
    KF_AUTO_FREE char *name = kf_str("%s (%s)", info->label, info->serial);
    note(run, "Token       %-26s  the only one inserted", name ? name : info->label);
    snprintf(enroll->token_uri, sizeof enroll->token_uri, "%s", info->uri);
    enroll->order.token = enroll->token_uri;
    kf_tokens_free(run->tokens);
    run->tokens = NULL;
    return KF_OK;
}

kf_err enroll_choose(struct run *run, enroll_input *enroll) {
    KF_TRY(choose_connection(run, enroll));
    return choose_token(run, enroll);
}

/* Is it the name that is missing? Then the same with any name would do. */
static kf_err lacks_name_alone(struct run *run, const enroll_input *enroll) {
    KF_AUTO_PTR(json_t) plan = NULL;
    enroll_input named = *enroll;
    named.order.spec.subject = "CN=Anna";
    kf_error_clear();
    return enroll_ca_plan(run, &named, &plan);
}

/* Some CAs take the subject from the form or from their own records: a plan shows it. Where nobody
 * can be asked, the order itself will. */
static kf_err ca_says_subject(struct run *run, enroll_input *enroll, bool *ret_said) {
    *ret_said = enroll->connector && enroll->connector->prepare;
    if (!*ret_said || !run_can_ask(run))
        return KF_OK;
    kf_err code = enroll_ca_plan(run, enroll, &enroll->plan);
    if (code != KF_E_USAGE)
        return code;
    *ret_said = false;
    return lacks_name_alone(run, enroll);
}

kf_err enroll_ask(struct run *run, enroll_input *enroll) {
    struct kf_csr_spec *spec = &enroll->order.spec;
    char answer[ANSWER_MAX];
    if (spec->subject || enroll->order.csr || enroll->order.from)
        return KF_OK;
    bool said = spec->san_count > 0;
    if (!said)
        KF_TRY(ca_says_subject(run, enroll, &said));
    if (said) {
        spec->subject = "";
        return KF_OK;
    }
    if (!run_can_ask(run)) {
        kf_fail(KF_E_USAGE, "whose certificate is it? Name it with --subject");
        kf_error_hint("Add a name such as --subject \"CN=Anna,O=Example\".");
        return KF_E_USAGE;
    }
    KF_TRY(run_ask(run, "Common name: ", answer));
    char *name = kf_str_trim(answer);
    if (!*name)
        return kf_fail(KF_E_USAGE, "no common name was typed");
    KF_TRY(names_common(name, &enroll->subject));
    spec->subject = kf_buf_str(&enroll->subject);
    return KF_OK;
}
