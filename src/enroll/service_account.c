// SPDX-License-Identifier: Apache-2.0
// The account at a CA: asked for, signed in to, registered; what came of it is kept.
#include <keyfob/form.h>

#include <openssl/crypto.h>
#include <string.h>

#include "base/text.h"
#include "ca/connection.h"
#include "ca/standing.h"
#include "enroll/journal.h"
#include "enroll/service.h"
#include "x509/json.h"

/* How the account stands, asked now. A CA without accounts is reached by its test. */
static kf_err ask_account(kf_ca *ca, kf_account *account) {
    KF_AUTO_FREE char *text = NULL;
    return kf_ca_connector(ca)->account ? kf_ca_account(ca, account) : kf_ca_test(ca, &text);
}

/* Keep how it stands; that a sign-in is wanted is an answer to this question, not a failure. */
static kf_err check(kf_ca *ca) {
    KF_AUTO(kf_account) account = {0};
    bool has_account = kf_ca_connector(ca)->account;
    kf_err err = ask_account(ca, &account);
    err = kf_standing_keep(ca, err, has_account ? &account : NULL);
    if (err != KF_E_CA_LOGIN)
        return err;
    kf_error_clear();
    return KF_OK;
}

kf_err kf_connection_check(kf_context *context, const char *name, json_t **ret_json) {
    KF_AUTO(kf_service) service = {0};
    KF_TRY(kf_service_open(context, name, &service));
    KF_TRY(check(service.ca));
    return kf_connection_json(context, name, ret_json);
}

/* --- signing in --- */

/* Signed in is signed in: that the name of the account could not be asked for is no failure. */
static kf_err keep_signed_in(kf_ca *ca) {
    KF_AUTO(kf_account) account = {0};
    if (!kf_ca_connector(ca)->account || kf_ca_account(ca, &account) != KF_OK) {
        kf_error_clear();
        KF_TRY(kf_ca_account_set(&account, KF_CA_CONNECTED, NULL, NULL));
    }
    return kf_standing_keep(ca, KF_OK, &account);
}

static kf_err keep_refused(kf_ca *ca, enum kf_ca_standing standing, const char *text) {
    KF_AUTO(kf_account) account = {0};
    KF_TRY(kf_ca_account_set(&account, standing, NULL, text));
    return kf_standing_keep(ca, KF_OK, &account);
}

static kf_err keep_login(kf_ca *ca, const kf_answer *answer) {
    switch (answer->outcome) {
    case KF_CA_ISSUED:
        return keep_signed_in(ca);
    case KF_CA_REJECTED:
        return keep_refused(ca, KF_CA_SIGNED_OUT, answer->text);
    default:
        return kf_standing_keep(ca, KF_OK, NULL);
    }
}

static void give(kf_answer *answer, struct kf_ca_answer *ret_answer) {
    kf_ca_answer_clear(ret_answer);
    *ret_answer = *answer;
    *answer = (kf_answer){0};
}

kf_err kf_connection_login(kf_context *context, const char *name, const struct kf_ca_login *login,
                           struct kf_ca_answer *ret_answer) {
    KF_AUTO(kf_service) service = {0};
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_PTR(json_t) fields = NULL;
    KF_TRY(kf_fields_read(login->fields, &fields));
    KF_TRY(kf_service_open(context, name, &service));
    kf_err err = kf_ca_login(service.ca, login, &answer);
    if (err != KF_OK)
        return kf_standing_keep(service.ca, err, NULL);
    KF_TRY(keep_login(service.ca, &answer));
    if (answer.outcome == KF_CA_ISSUED) /* requests that waited for it need not wait longer */
        KF_TRY(kf_journal_signed_in(context, name));
    give(&answer, ret_answer);
    return KF_OK;
}

/* A CA that does not answer keeps nobody from forgetting; that it was not told is said. */
kf_err kf_connection_logout(kf_context *context, const char *name, bool all) {
    KF_AUTO(kf_service) service = {0};
    KF_TRY(kf_service_open(context, name, &service));
    kf_err err = kf_ca_logout(service.ca);
    struct kf_error_saved saved;
    kf_error_save(&saved);
    if (all)
        KF_TRY(kf_connection_forget(context, name));
    if (kf_ca_connector(service.ca)->login)
        KF_TRY(kf_standing_signed_out(service.ca));
    kf_error_restore(&saved);
    return err;
}

/* --- registering --- */

/* With the values' defaults, in the kinds that the form names. */
static kf_err check_fields(kf_ca *ca, const json_t *given, json_t **ret_values) {
    KF_AUTO_PTR(json_t) form = NULL;
    KF_TRY(kf_ca_form(ca, KF_FORM_REGISTER, NULL, &form));
    return kf_form_check(form, given, ret_values, NULL);
}

static kf_err keep_registration(kf_ca *ca, const kf_answer *answer) {
    switch (answer->outcome) {
    case KF_CA_ISSUED:
        return keep_signed_in(ca);
    case KF_CA_WAIT:
    case KF_CA_NEEDS_PERSON:
        return keep_refused(ca, KF_CA_UNCONFIRMED, answer->text);
    case KF_CA_REJECTED:
        return keep_refused(ca, KF_CA_REFUSED, answer->text);
    default:
        return kf_standing_keep(ca, KF_OK, NULL);
    }
}

static kf_err send(kf_ca *ca, const json_t *values, kf_answer *ret_answer) {
    char *text = json_dumps(values, JSON_COMPACT);
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory");
    kf_err err = kf_ca_register(ca, text, ret_answer);
    OPENSSL_cleanse(text, strlen(text));
    free(text);
    return err;
}

/* Some forms ask for a password: no copy of it is left behind. */
static kf_err check_and_send(kf_ca *ca, const char *fields, kf_answer *ret_answer) {
    KF_AUTO_PTR(json_t) given = NULL;
    KF_AUTO_PTR(json_t) values = NULL;
    KF_TRY(kf_fields_read(fields, &given));
    kf_err err = check_fields(ca, given, &values);
    if (err == KF_OK)
        err = send(ca, values, ret_answer);
    kf_json_wipe(given);
    kf_json_wipe(values);
    return err;
}

kf_err kf_connection_register(kf_context *context, const char *name, const char *fields,
                              struct kf_ca_answer *ret_answer) {
    KF_AUTO(kf_service) service = {0};
    KF_AUTO(kf_answer) answer = {0};
    KF_TRY(kf_service_open(context, name, &service));
    if (!kf_ca_connector(service.ca)->register_user)
        return kf_ca_register(service.ca, "{}", ret_answer); /* which says that it cannot */
    kf_err err = check_and_send(service.ca, fields, &answer);
    if (err != KF_OK)
        return kf_standing_keep(service.ca, err, NULL);
    KF_TRY(keep_registration(service.ca, &answer));
    give(&answer, ret_answer);
    return KF_OK;
}
