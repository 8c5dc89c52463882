// SPDX-License-Identifier: Apache-2.0
// DigiCert CertCentral (Services API v2): the connector's table, its settings and its account. The
// API key goes into the header X-DC-DEVKEY and nowhere else.
#include "ca/digicert/digicert.h"

#include "base/text.h"
#include "ca/connectors.h"

#define KEY_HEADER "X-DC-DEVKEY"
#define KEY_NAME   "api-key"

static const struct kf_ca_option options[] = {
    {.name = "url",
     .title = "Address",
     .help = "of the Services API; accounts on the EU platform have "
             "https://certcentral.digicert.eu/services/v2",
     .fallback = "https://www.digicert.com/services/v2",
     .kind = KF_OPTION_TEXT},
    {.name = KEY_NAME,
     .title = "API key",
     .help = "made in CertCentral under Automation > API keys; orders are placed as its user",
     .kind = KF_OPTION_SECRET},
    {.name = "product",
     .title = "Product",
     .help = "ordered when an order names none, such as secure_email_sponsor",
     .kind = KF_OPTION_TEXT},
    {.name = "organization",
     .title = "Organization",
     .help = "its id in CertCentral, when an order names none",
     .kind = KF_OPTION_NUMBER},
    {.name = "container",
     .title = "Division",
     .help = "id of the CertCentral division (container) that orders belong to",
     .kind = KF_OPTION_NUMBER},
    KF_HTTP_OPTIONS,
};

/* --- open and close --- */

static const char *setting(const struct kf_ca_setup *setup, const char *name) {
    const char *value = setup->option(setup->arg, name);
    return value && *value ? value : NULL;
}

static void close_dc(void *state) {
    kf_dc *dc = state;
    if (dc)
        kf_http_free(dc->http);
    free(dc);
}

typedef kf_dc kf_dc_opened;
static void kf_dc_opened_free(kf_dc_opened *dc) {
    close_dc(dc);
}
KF_DEFINE_AUTO_PTR(kf_dc_opened)

static kf_err take_key(kf_dc *dc, const kf_secret *key) {
    dc->has_key = key && kf_secret_len(key) > 0;
    return kf_http_credential(dc->http, KEY_HEADER, dc->has_key ? key : NULL);
}

static kf_err recall_key(kf_dc *dc) {
    KF_AUTO_PTR(kf_secret) key = NULL;
    if (dc->setup->recall)
        KF_TRY(dc->setup->recall(dc->setup->arg, KEY_NAME, &key));
    return take_key(dc, key);
}

static kf_err open_dc(const struct kf_ca_setup *setup, void **ret_state) {
    KF_AUTO_PTR(kf_dc_opened) dc = calloc(1, sizeof *dc);
    if (!dc)
        return kf_fail(KF_E_MEMORY, "out of memory for a connection");
    *dc = (kf_dc){.setup = setup,
                  .product = setting(setup, "product"),
                  .organization = setting(setup, "organization"),
                  .container = setting(setup, "container")};
    KF_TRY(kf_http_new(setup, setting(setup, "url"), &dc->http));
    KF_TRY(recall_key(dc));
    *ret_state = KF_MOVE(dc);
    return KF_OK;
}

/* --- the account --- */

static kf_err who_am_i(kf_dc *dc, kf_buf *ret_name, kf_buf *ret_account) {
    KF_AUTO_PTR(json_t) user = NULL;
    KF_TRY(kf_dc_call(dc, "asking who the API key belongs to", "GET", "user/me", NULL, &user));
    const char *email = kf_dc_text(user, "email");
    char id[KF_DC_ID_MAX] = "";
    if (!kf_dc_id(json_object_get(user, "account"), "id", id))
        kf_dc_id(user, "account_id", id);
    KF_TRY(kf_buf_add_str(ret_name, kf_dc_text(user, "username")));
    if (!ret_name->len)
        KF_TRY(kf_buf_printf(ret_name, "%s %s", kf_dc_text(user, "first_name"),
                             kf_dc_text(user, "last_name")));
    if (*email && !kf_str_equal(email, kf_buf_str(ret_name)))
        KF_TRY(kf_buf_printf(ret_name, " <%s>", email));
    return kf_buf_printf(ret_account, "account %s", *id ? id : "without a number");
}

static kf_err test(void *state, char **ret_text) {
    kf_dc *dc = state;
    KF_AUTO(kf_buf) name = {0}, account = {0}, shown = {0};
    KF_TRY(who_am_i(dc, &name, &account));
    KF_TRY(kf_text_escape(&shown, kf_buf_str(&name), name.len));
    char *text = kf_str("CertCentral at %s: signed in as %s, %s", kf_http_host(dc->http),
                        kf_buf_str(&shown), kf_buf_str(&account));
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory");
    *ret_text = text;
    return KF_OK;
}

static kf_err account(void *state, struct kf_ca_account *ret_account) {
    KF_AUTO(kf_buf) name = {0}, number = {0};
    kf_err err = who_am_i(state, &name, &number);
    if (err == KF_E_CA_LOGIN)
        return kf_ca_account_set(ret_account, KF_CA_SIGNED_OUT, NULL, kf_error_sentence(err));
    KF_TRY(err);
    return kf_ca_account_set(ret_account, KF_CA_CONNECTED, kf_buf_str(&name), kf_buf_str(&number));
}

/* A key is kept once CertCentral has accepted it. */
static kf_err login(void *state, const struct kf_ca_login *login, struct kf_ca_answer *answer) {
    kf_dc *dc = state;
    KF_AUTO(kf_buf) name = {0}, number = {0};
    if (!login->secret || !kf_secret_len(login->secret))
        return kf_fail(KF_E_USAGE, "signing in to CertCentral takes an API key");
    KF_TRY(take_key(dc, login->secret));
    kf_err err = who_am_i(dc, &name, &number);
    if (err == KF_E_CA_LOGIN) {
        answer->outcome = KF_CA_REJECTED;
        KF_TRY(kf_ca_answer_text(answer, "%s", kf_error_sentence(err)));
        return recall_key(dc);
    }
    KF_TRY(err);
    KF_TRY(dc->setup->keep(dc->setup->arg, KEY_NAME, login->secret));
    answer->outcome = KF_CA_ISSUED;
    return kf_ca_answer_text(answer, "%s, %s", kf_buf_str(&name), kf_buf_str(&number));
}

static kf_err logout(void *state) {
    kf_dc *dc = state;
    KF_TRY(dc->setup->keep(dc->setup->arg, KEY_NAME, NULL));
    return take_key(dc, NULL);
}

/* --- the table --- */

const struct kf_connector kf_connector_digicert = {
    .name = "digicert",
    .title = "DigiCert CertCentral",
    .options = options,
    .option_count = KF_COUNT(options),
    .duplicates = KF_CA_LOOKUP,
    .ca_sets_subject = true,
    .form_has_subject = true,
    .can_reissue = true,
    .same_key = true,
    .open = open_dc,
    .close = close_dc,
    .test = test,
    .login = login,
    .logout = logout,
    .account = account,
    .templates = kf_dc_templates,
    .form = kf_dc_form,
    .prepare = kf_dc_prepare,
    .remember = kf_dc_remember,
    .submit = kf_dc_submit,
    .poll = kf_dc_poll,
    .changes = kf_dc_changes,
    .lookup = kf_dc_lookup,
    .cancel = kf_dc_cancel,
    .revoke = kf_dc_revoke,
    .kinds = kf_dc_kinds,
    .kind_count = KF_DC_KINDS,
    .records = kf_dc_records,
    .actions = kf_dc_actions,
    .action_count = KF_DC_ACTIONS,
    .act = kf_dc_act,
};
