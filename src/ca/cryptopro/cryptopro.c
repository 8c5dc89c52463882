// SPDX-License-Identifier: Apache-2.0
// CryptoPro UC 2.0: the user portal of its registration authority ("/ui/api").
#include "ca/cryptopro/cryptopro.h"

#include "base/text.h"
#include "ca/connectors.h"

static const struct kf_ca_option options[] = {
    {.name = "url",
     .title = "Address",
     .help = "https://HOST/ui/api/FOLDER; /ui, /ui/FOLDER and /ui/api are understood as well",
     .kind = KF_OPTION_TEXT,
     .required = true},
    {.name = "login-with",
     .title = "Sign in with",
     .help = "login and password, or the certificate that client-cert names",
     .fallback = "password",
     .kind = KF_OPTION_CHOICE,
     .choices = "password certificate"},
    KF_HTTP_OPTIONS,
};

static void close_cp(void *state) {
    kf_cp *cp = state;
    if (!cp)
        return;
    kf_http_free(cp->http);
    free(cp->user);
    free(cp);
}

static kf_err check_certificate(const struct kf_ca_setup *setup) {
    const char *cert = setup->option(setup->arg, "client-cert");
    if (cert && *cert)
        return KF_OK;
    kf_fail(KF_E_USAGE, "signing in to \"%s\" with a certificate takes the option \"client-cert\"",
            setup->connection);
    kf_error_hint("Name a certificate of the personal store: client-cert=NAME.");
    return KF_E_USAGE;
}

static kf_err fill(kf_cp *cp) {
    const struct kf_ca_setup *setup = cp->setup;
    KF_TRY(kf_cp_address_parse(setup->option(setup->arg, "url"), &cp->address));
    cp->by_certificate = kf_str_equal(setup->option(setup->arg, "login-with"), "certificate");
    if (cp->by_certificate)
        KF_TRY(check_certificate(setup));
    KF_AUTO_FREE char *base = kf_str("%s%s", cp->address.origin, cp->address.root);
    return base ? kf_http_new(setup, base, &cp->http) : kf_fail(KF_E_MEMORY, "out of memory");
}

static kf_err open_cp(const struct kf_ca_setup *setup, void **ret_state) {
    kf_cp *cp = calloc(1, sizeof *cp);
    if (!cp)
        return kf_fail(KF_E_MEMORY, "out of memory");
    cp->setup = setup;
    kf_err err = fill(cp);
    if (err != KF_OK) {
        close_cp(cp);
        return err;
    }
    *ret_state = cp;
    return KF_OK;
}

/* --- is it there --- */

static kf_err without_folder(kf_cp *cp, char **ret_text) {
    KF_AUTO(kf_answer) answer = {0};
    KF_TRY(kf_cp_roots(cp, &answer));
    if (answer.outcome != KF_CA_ISSUED)
        return kf_fail(KF_E_CA_ANSWER, "there is no CryptoPro UC 2.0 user portal at \"%s%s\"",
                       cp->address.origin, cp->address.root);
    *ret_text = kf_str("\"%s\" answers; the address has no folder, so nobody can register there",
                       kf_http_host(cp->http));
    return *ret_text ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

static kf_err test(void *state, char **ret_text) {
    static const char *const standings[] = {
        [KF_CA_ANONYMOUS] = "",
        [KF_CA_CONNECTED] = "signed in",
        [KF_CA_SIGNED_OUT] = "not signed in",
        [KF_CA_UNCONFIRMED] = "your registration is not confirmed yet",
        [KF_CA_REFUSED] = "your registration was refused",
    };
    kf_cp *cp = state;
    KF_AUTO(kf_cp_fields) fields = {0};
    KF_AUTO(kf_account) account = {0};
    if (!*cp->address.folder)
        return without_folder(cp, ret_text);
    kf_err err = kf_cp_fields_fetch(cp, &fields);
    if (err == KF_E_NOT_FOUND)
        return kf_fail(KF_E_CA_ANSWER, "%s", kf_error_sentence(err));
    KF_TRY(err);
    KF_TRY(kf_cp_account(cp, &account));
    *ret_text =
        kf_str("\"%s\" answers: %s%s%s", kf_http_host(cp->http), standings[account.standing],
               account.name ? " as " : "", account.name ? account.name : "");
    return *ret_text ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

static const struct kf_ca_kind kinds[] = {
    {"requests", "Certificate requests", "id=ID|status=STATUS|state=STATE"},
    {"certificates", "Certificates", "id=ID|status=STATUS|state=STATE"},
    {"revocation-requests", "Revocation requests", "id=ID|status=STATUS|state=STATE"},
};

/* Users cannot ask for a revocation there, so `revoke` is NULL. */
const struct kf_connector kf_connector_cryptopro = {
    .name = "cryptopro",
    .title = "CryptoPro UC 2.0",
    .options = options,
    .option_count = KF_COUNT(options),
    .duplicates = KF_CA_LOOKUP,
    .ca_sets_subject = true,
    .form_has_subject = true,
    .open = open_cp,
    .close = close_cp,
    .test = test,
    .login = kf_cp_login,
    .logout = kf_cp_logout,
    .register_user = kf_cp_register,
    .account = kf_cp_account,
    .templates = kf_cp_list_templates,
    .form = kf_cp_form,
    .prepare = kf_cp_prepare,
    .remember = kf_cp_remember,
    .submit = kf_cp_submit,
    .poll = kf_cp_poll,
    .changes = kf_cp_changes,
    .lookup = kf_cp_lookup,
    .roots = kf_cp_roots,
    .acknowledge = kf_cp_acknowledge,
    .kinds = kinds,
    .kind_count = KF_COUNT(kinds),
    .records = kf_cp_records,
};
