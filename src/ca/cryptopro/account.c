// SPDX-License-Identifier: Apache-2.0
// The account at a CryptoPro UC 2.0 service: login and password checked, and how it stands.
#include "ca/cryptopro/kept.h"

#include <string.h>

#include <keyfob/form.h>

#include "base/text.h"

/* --- signing in --- */

static kf_err use(kf_cp *cp, const char *user, const kf_secret *password) {
    char *copy = user ? strdup(user) : NULL;
    if (user && !copy)
        return kf_fail(KF_E_MEMORY, "out of memory");
    free(cp->user);
    cp->user = copy;
    return kf_http_basic(cp->http, user, password);
}

static kf_err use_kept(kf_cp *cp) {
    KF_AUTO(kf_cp_kept) account = {0};
    KF_AUTO_PTR(kf_secret) password = NULL;
    KF_TRY(kf_cp_recall(cp, &account));
    if (!account.user || !account.password || account.asleep || account.elsewhere)
        return use(cp, NULL, NULL);
    KF_TRY(kf_secret_copy(account.password, strlen(account.password), &password));
    return use(cp, account.user, password);
}

static kf_err fail_signed_out(const kf_cp *cp) {
    KF_AUTO(kf_cp_kept) kept = {0};
    KF_TRY(kf_cp_recall(cp, &kept));
    if (kept.elsewhere)
        kf_fail(KF_E_CA_LOGIN, "the login that is kept for \"%s\" is of %s and goes nowhere else",
                cp->setup->connection, kept.elsewhere);
    else
        kf_fail(KF_E_CA_LOGIN, "nobody is signed in to \"%s\"", cp->setup->connection);
    kf_error_hint("Sign in with `keyfob connection login %s`, or register with `keyfob connection "
                  "register %s`.",
                  cp->setup->connection, cp->setup->connection);
    return KF_E_CA_LOGIN;
}

kf_err kf_cp_sign_in(kf_cp *cp) {
    if (cp->by_certificate)
        return KF_OK; /* by the TLS connection itself */
    if (!cp->looked)
        KF_TRY(use_kept(cp));
    cp->looked = true;
    return cp->user ? KF_OK : fail_signed_out(cp);
}

/* --- how it stands --- */

static enum kf_ca_standing standing_of(enum kf_cp_letter letter) {
    static const enum kf_ca_standing standings[] = {
        [KF_CP_UNKNOWN] = KF_CA_UNCONFIRMED, [KF_CP_QUEUED] = KF_CA_UNCONFIRMED,
        [KF_CP_ACCEPTED] = KF_CA_CONNECTED,  [KF_CP_PENDING] = KF_CA_UNCONFIRMED,
        [KF_CP_COMPLETE] = KF_CA_CONNECTED,  [KF_CP_ACKNOWLEDGED] = KF_CA_CONNECTED,
        [KF_CP_REJECTED] = KF_CA_REFUSED,    [KF_CP_DENIED] = KF_CA_REFUSED,
        [KF_CP_ERRORED] = KF_CA_REFUSED,
    };
    return standings[letter];
}

static kf_err set_standing(const kf_cp *cp, enum kf_cp_letter letter,
                           struct kf_ca_account *account) {
    KF_AUTO_FREE char *text = kf_str("registration %s", kf_cp_letter_words(letter));
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory");
    enum kf_ca_standing standing = standing_of(letter);
    return kf_ca_account_set(account, standing, cp->user,
                             standing == KF_CA_CONNECTED ? NULL : text);
}

/* The list of requests is there for everybody who is signed in. */
static kf_err ask_by_list(kf_cp *cp, struct kf_ca_account *account) {
    KF_AUTO(kf_http_answer) http = {0};
    KF_TRY(kf_cp_get(cp, kf_str("%s/certrequest", kf_cp_root(cp)), &http));
    if (http.status == 401 || http.status == 403)
        return kf_ca_account_set(account, KF_CA_SIGNED_OUT, cp->user,
                                 cp->by_certificate ? "the certificate is not accepted"
                                                    : "the login or the password is not accepted");
    if (!kf_cp_is_ok(&http))
        return kf_cp_refused(cp, &http, "the list of requests");
    return kf_ca_account_set(account, KF_CA_CONNECTED, cp->user, NULL);
}

/* With what the door holds now. */
static kf_err ask_standing(kf_cp *cp, struct kf_ca_account *account) {
    KF_AUTO(kf_http_answer) http = {0};
    KF_AUTO(kf_cp_registration) registration = {0};
    if (cp->by_certificate)
        return ask_by_list(cp, account);
    KF_TRY(kf_cp_get(cp, kf_str("%s/regrequest", cp->address.base), &http));
    if (http.status == 401 || http.status == 403)
        return kf_ca_account_set(account, KF_CA_SIGNED_OUT, cp->user,
                                 "the login or the password is not accepted");
    if (http.status == 404)
        return ask_by_list(cp, account);
    if (!kf_cp_is_ok(&http))
        return kf_cp_refused(cp, &http, "the state of the registration");
    KF_TRY(kf_cp_read_registration(http.body.data, http.body.len, &registration));
    return set_standing(cp, registration.letter, account);
}

kf_err kf_cp_account(void *state, struct kf_ca_account *account) {
    kf_cp *cp = state;
    kf_err err = kf_cp_sign_in(cp);
    if (err == KF_E_CA_LOGIN)
        return kf_ca_account_set(account, KF_CA_SIGNED_OUT, NULL, NULL);
    KF_TRY(err);
    return ask_standing(cp, account);
}

/* --- login and logout --- */

/* What is in the form of a login. */
static kf_err user_of(const struct kf_ca_login *login, char **ret_user) {
    KF_AUTO_PTR(json_t) fields = NULL;
    if (login->fields)
        fields = json_loads(login->fields, JSON_REJECT_DUPLICATES, NULL);
    const char *user = json_string_value(json_object_get(fields, "user"));
    if (!user || !*user)
        return KF_OK;
    if (strchr(user, ':'))
        return kf_fail(KF_E_USAGE, "a login of this service cannot hold a colon");
    *ret_user = strdup(user);
    return *ret_user ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

static kf_err answer_standing(const struct kf_ca_account *account, struct kf_ca_answer *answer) {
    answer->outcome = account->standing == KF_CA_SIGNED_OUT ? KF_CA_REJECTED : KF_CA_ISSUED;
    return account->text ? kf_ca_answer_text(answer, "%s", account->text) : KF_OK;
}

/* A login that was shown once is gone when another takes its place. */
static kf_err check_place(const kf_cp *cp, const char *user, bool *ret_once) {
    KF_AUTO(kf_cp_kept) kept = {0};
    KF_TRY(kf_cp_recall(cp, &kept));
    *ret_once = kept.once && !kept.elsewhere && kf_str_equal(kept.user, user);
    if (!kept.once || *ret_once)
        return KF_OK;
    kf_fail(KF_E_EXISTS, "\"%s\" keeps the login \"%s\", which the CA has shown only once",
            cp->setup->connection, kept.user ? kept.user : "");
    kf_error_hint("Add another connection for another user, or forget that login for ever with "
                  "`keyfob connection logout %s --all`.",
                  cp->setup->connection);
    return KF_E_EXISTS;
}

/* The new login is tried first; what was kept stays when it is not taken. */
static kf_err login_with(kf_cp *cp, const char *user, const kf_secret *password,
                         struct kf_ca_answer *answer) {
    KF_AUTO(kf_account) account = {0};
    bool once = false;
    KF_TRY(check_place(cp, user, &once));
    cp->looked = true;
    kf_err err = use(cp, user, password);
    if (err == KF_OK)
        err = ask_standing(cp, &account);
    if (err == KF_OK && account.standing != KF_CA_SIGNED_OUT)
        err = kf_cp_keep_account(cp, user, password, once);
    if (err != KF_OK || account.standing == KF_CA_SIGNED_OUT)
        cp->looked = false; /* the kept one again */
    KF_TRY(err);
    return answer_standing(&account, answer);
}

/* Without a login: what is kept, awake again. */
static kf_err login_with_kept(kf_cp *cp, struct kf_ca_answer *answer) {
    KF_AUTO(kf_cp_kept) kept = {0};
    KF_AUTO(kf_account) account = {0};
    if (!cp->by_certificate) {
        KF_TRY(kf_cp_recall(cp, &kept));
        if (!kept.user)
            return kf_fail(KF_E_USAGE, "signing in to \"%s\" takes a login and a password",
                           cp->setup->connection);
        if (kept.asleep) {
            json_object_del(kept.json, "asleep");
            KF_TRY(kf_cp_keep(cp, kept.json));
        }
        cp->looked = false;
        KF_TRY(kf_cp_sign_in(cp));
    }
    KF_TRY(ask_standing(cp, &account));
    return answer_standing(&account, answer);
}

kf_err kf_cp_login(void *state, const struct kf_ca_login *login, struct kf_ca_answer *answer) {
    kf_cp *cp = state;
    KF_AUTO_FREE char *user = NULL;
    KF_TRY(user_of(login, &user));
    bool has_password = login->secret && kf_secret_len(login->secret);
    if (cp->by_certificate || (!has_password && !user))
        return login_with_kept(cp, answer);
    if (!user || !has_password)
        return kf_fail(KF_E_USAGE, "signing in to \"%s\" takes a login and a password",
                       cp->setup->connection);
    return login_with(cp, user, login->secret, answer);
}

kf_err kf_cp_logout(void *state) {
    kf_cp *cp = state;
    KF_AUTO(kf_cp_kept) account = {0};
    KF_TRY(kf_cp_recall(cp, &account));
    KF_TRY(use(cp, NULL, NULL));
    cp->looked = false;
    if (!account.once)
        return kf_cp_keep(cp, NULL);
    KF_TRY(kf_json_set(account.json, "asleep", json_true()));
    return kf_cp_keep(cp, account.json);
}

kf_err kf_cp_login_form(kf_cp *cp, json_t **ret_form) {
    static const struct kf_ca_field fields[] = {
        {.name = "user",
         .title = "Login",
         .help = "the login, or temporary access marker, that the CA gave at the registration",
         .required = true},
        {.name = "password", .title = "Password", .kind = "secret", .required = true},
    };
    KF_AUTO(kf_cp_kept) kept = {0};
    KF_TRY(kf_cp_recall(cp, &kept));
    if (cp->by_certificate || (kept.user && kept.asleep && !kept.elsewhere)) /* nothing to type */
        return kf_form_new("Sign in", NULL, 0, ret_form);
    return kf_form_new("Sign in", fields, KF_COUNT(fields), ret_form);
}
