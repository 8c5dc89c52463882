// SPDX-License-Identifier: Apache-2.0
// privacyIDEA: certificates as tokens of its users, issued by a CA that it reaches for them.
#include "ca/connectors.h"

#include <string.h>

#include "base/text.h"
#include "ca/privacyidea/pi.h"

static const struct kf_ca_option options[] = {
    {.name = "url",
     .title = "Address",
     .help = "of the server, for example https://pi.example.org",
     .kind = KF_OPTION_TEXT,
     .required = true},
    {.name = "user",
     .title = "User",
     .help = "who signs in; an administrator may order for others",
     .kind = KF_OPTION_TEXT},
    {.name = "realm",
     .title = "Realm",
     .help = "the user's realm; empty = the server's own choice",
     .kind = KF_OPTION_TEXT},
    {.name = "password",
     .title = "Password",
     .help = "kept only when sign-ins should go on by themselves; useless with a second factor",
     .kind = KF_OPTION_SECRET},
    {.name = "ca",
     .title = "CA",
     .help = "the CA connector's name, needed where the account may not list them",
     .kind = KF_OPTION_TEXT},
    {.name = "template",
     .title = "Template",
     .help = "the CA's template for orders that name none",
     .kind = KF_OPTION_TEXT},
    {.name = "ca-type",
     .title = "Kind of CA",
     .help = "what stands behind the CA, where the account may not see it",
     .kind = KF_OPTION_CHOICE,
     .choices = "local microsoft"},
    KF_HTTP_OPTIONS,
};

static void close_pi(void *state) {
    struct pi *pi = state;
    if (!pi)
        return;
    kf_http_free(pi->http);
    kf_secret_free(pi->session);
    json_decref(pi->connectors);
    free(pi);
}

static kf_err open_pi(const struct kf_ca_setup *setup, void **ret_state) {
    struct pi *pi = calloc(1, sizeof *pi);
    if (!pi)
        return pi_no_memory();
    pi->setup = *setup;
    kf_err err = kf_http_new(setup, pi_option(pi, "url"), &pi->http);
    if (err != KF_OK) {
        close_pi(pi);
        return err;
    }
    *ret_state = pi;
    return KF_OK;
}

/* Even "who are you?" comes with the server's name and version. */
static kf_err test_pi(void *state, char **ret_text) {
    struct pi *pi = state;
    KF_AUTO(pi_reply) reply = {0};
    struct pi_request request = {.method = "GET", .path = "auth/rights"};
    KF_TRY(pi_ask_anyone(pi, &request, &reply));
    KF_AUTO(kf_buf) version = {0};
    KF_TRY(kf_text_escape(&version, reply.version, strnlen(reply.version, 80)));
    char *text = kf_str("%s at %s", version.len ? kf_buf_str(&version) : "privacyIDEA",
                        kf_http_host(pi->http));
    if (!text)
        return pi_no_memory();
    *ret_text = text;
    return KF_OK;
}

const struct kf_connector kf_connector_privacyidea = {
    .name = "privacyidea",
    .title = "privacyIDEA",
    .options = options,
    .option_count = KF_COUNT(options),
    .duplicates = KF_CA_LOOKUP,
    .ca_sets_subject = true, /* a template of the CA behind it may, and drops names */
    .same_key = true,
    .open = open_pi,
    .close = close_pi,
    .test = test_pi,
    .login = pi_login,
    .logout = pi_logout,
    .register_user = pi_register,
    .account = pi_account,
    .templates = pi_templates,
    .form = pi_form,
    .prepare = pi_prepare,
    .remember = pi_remember,
    .submit = pi_submit,
    .poll = pi_poll,
    .lookup = pi_lookup,
    .revoke = pi_revoke,
    .kinds = pi_kinds,
    .kind_count = PI_KIND_COUNT,
    .records = pi_records,
    .actions = pi_actions,
    .action_count = PI_ACTION_COUNT,
    .act = pi_act,
};
