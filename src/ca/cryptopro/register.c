// SPDX-License-Identifier: Apache-2.0
// Registering a new user at a CryptoPro UC 2.0 service. Login and password are shown once, in the
// answer: they are kept before anything else is done.
#include "ca/cryptopro/cryptopro.h"

#include <openssl/crypto.h>
#include <string.h>

#include <keyfob/form.h>

#include "base/text.h"

/* --- the body --- */

static const char *value_of(const json_t *values, const char *name) {
    const char *value = json_string_value(json_object_get(values, name));
    return value ? value : "";
}

/* [{"2.5.4.3": "..."}, ...] in the service's order, without what is empty. */
static kf_err oid_array(const kf_cp_fields *fields, const json_t *values, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    for (size_t i = 0; i < fields->count; i++) {
        const char *value = value_of(values, fields->items[i].name);
        if (*value)
            KF_TRY(kf_json_append(list, json_pack("{s:s}", fields->items[i].oid, value)));
    }
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

/* As text, to be wiped. */
static kf_err body_of(const kf_cp_fields *fields, const json_t *values, char **ret_body) {
    json_t *names = NULL;
    KF_TRY(oid_array(fields, values, &names));
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:o}", "Comment", value_of(values, "Comment"),
                             "Description", value_of(values, "Description"), "Email",
                             value_of(values, "Email"), "KeyPhrase", value_of(values, "KeyPhrase"),
                             "OidArray", names);
    KF_TRY(kf_json_ready(json));
    size_t len = json_dumpb(json, NULL, 0, JSON_COMPACT);
    char *body = calloc(1, len + 1);
    if (body)
        json_dumpb(json, body, len, JSON_COMPACT);
    kf_json_wipe(json);
    json_decref(json);
    if (!body)
        return kf_fail(KF_E_MEMORY, "out of memory");
    *ret_body = body;
    return KF_OK;
}

static kf_err check_values(const kf_cp_fields *fields, const char *given, json_t **ret_values) {
    KF_AUTO_PTR(json_t) values = json_loads(given ? given : "{}", JSON_REJECT_DUPLICATES, NULL);
    KF_AUTO_PTR(json_t) form = NULL;
    if (!json_is_object(values))
        return kf_fail(KF_E_USAGE, "the fields of the registration are not a JSON object");
    KF_TRY(kf_cp_register_form(fields, &form));
    kf_err err = kf_form_check(form, values, ret_values, NULL);
    if (err != KF_OK)
        kf_json_wipe(values);
    return err;
}

/* --- before --- */

/* A second registration would make the first one's login unreachable. */
static kf_err check_free(kf_cp *cp) {
    KF_AUTO(kf_account) account = {0};
    bool there = false;
    KF_TRY(kf_cp_has_account(cp, &there));
    if (!there)
        return KF_OK;
    KF_TRY(kf_cp_account(cp, &account));
    if (account.standing == KF_CA_REFUSED)
        return KF_OK;
    kf_fail(KF_E_EXISTS, "\"%s\" has a login already", cp->setup->connection);
    kf_error_hint("Use it, forget it with `keyfob connection logout %s --all`, or add another "
                  "connection for another user.",
                  cp->setup->connection);
    return KF_E_EXISTS;
}

/* What cannot be kept must not be asked for. */
static kf_err check_keeping(const kf_cp *cp) {
    static const char word[] = "trial";
    KF_AUTO_PTR(kf_secret) secret = NULL;
    KF_TRY(kf_secret_copy(word, sizeof word - 1, &secret));
    if (cp->setup->keep(cp->setup->arg, word, secret) != KF_OK)
        return kf_fail_in(kf_error_code(), "nothing was registered, because a login could not be "
                                           "kept");
    return cp->setup->keep(cp->setup->arg, word, NULL);
}

/* --- after --- */

/* Whatever came instead of a login: the user may be there. */
static kf_err unknown(kf_err err) {
    kf_error_hint("It is not known whether the user was registered, and the login is shown only "
                  "once: ask the CA before you register again.");
    return err;
}

static kf_err keep_login(kf_cp *cp, const kf_cp_registration *registration) {
    KF_AUTO_PTR(kf_secret) password = NULL;
    if (!registration->token || !registration->password)
        return unknown(kf_fail(KF_E_CA_ANSWER, "the service registered the user without giving a "
                                               "login and a password"));
    KF_TRY(kf_secret_copy(registration->password, strlen(registration->password), &password));
    cp->looked = false; /* the new one from now on */
    if (kf_cp_keep_account(cp, registration->token, password, true) != KF_OK)
        return kf_fail_in(kf_error_code(), "the user is registered, but the login is lost");
    return KF_OK;
}

static kf_err answer_registration(const kf_cp_registration *registration,
                                  struct kf_ca_answer *answer) {
    static const enum kf_ca_outcome outcomes[] = {
        [KF_CP_UNKNOWN] = KF_CA_WAIT,      [KF_CP_QUEUED] = KF_CA_WAIT,
        [KF_CP_ACCEPTED] = KF_CA_ISSUED,   [KF_CP_PENDING] = KF_CA_WAIT,
        [KF_CP_COMPLETE] = KF_CA_ISSUED,   [KF_CP_ACKNOWLEDGED] = KF_CA_ISSUED,
        [KF_CP_REJECTED] = KF_CA_REJECTED, [KF_CP_DENIED] = KF_CA_REJECTED,
        [KF_CP_ERRORED] = KF_CA_REJECTED,
    };
    answer->outcome = outcomes[registration->letter];
    KF_TRY(kf_ca_answer_ticket(answer, registration->token));
    return kf_ca_answer_text(answer, "registered as %s; the registration is %s",
                             registration->token, kf_cp_letter_words(registration->letter));
}

static kf_err refused(kf_cp *cp, const kf_http_answer *http, struct kf_ca_answer *answer) {
    KF_AUTO(kf_buf) words = {0};
    if (http->status != 400 && http->status != 403 && http->status != 422) {
        kf_err err = kf_cp_refused(cp, http, "the registration");
        bool surely_not = err != KF_E_CA_UNREACHABLE || http->status == 429;
        return surely_not ? err : unknown(err);
    }
    KF_TRY(kf_cp_read_words(http->body.data, http->body.len, &words));
    answer->outcome = KF_CA_REJECTED;
    return kf_ca_answer_text(answer, "the service refused the registration (HTTP %ld)%s%s",
                             http->status, words.len ? ": " : "", kf_buf_str(&words));
}

static kf_err send(kf_cp *cp, const char *body, kf_http_answer *ret_http) {
    KF_AUTO_FREE char *path = kf_str("%s/regrequest", cp->address.base);
    struct kf_http_request request = {.method = "POST",
                                      .path = path,
                                      .type = "application/json",
                                      .body = body,
                                      .body_len = strlen(body),
                                      .accept = "application/json",
                                      .anonymous = true};
    if (!path)
        return kf_fail(KF_E_MEMORY, "out of memory");
    kf_err err = kf_http_send(cp->http, &request, ret_http);
    return err == KF_OK || ret_http->unsent ? err : unknown(err);
}

kf_err kf_cp_register(void *state, const char *given, struct kf_ca_answer *answer) {
    kf_cp *cp = state;
    KF_AUTO(kf_cp_fields) fields = {0};
    KF_AUTO(kf_http_answer) http = {0};
    KF_AUTO(kf_cp_registration) registration = {0};
    json_t *values = NULL;
    char *body = NULL;
    if (!*cp->address.folder)
        return kf_fail(KF_E_USAGE,
                       "the address of \"%s\" has no folder, and a registration belongs to one",
                       cp->setup->connection);
    KF_TRY(check_free(cp));
    KF_TRY(kf_cp_fields_fetch(cp, &fields));
    KF_TRY(check_values(&fields, given, &values));
    kf_err err = body_of(&fields, values, &body);
    kf_json_wipe(values);
    json_decref(values);
    KF_TRY(err);
    err = check_keeping(cp);
    if (err == KF_OK)
        err = send(cp, body, &http);
    OPENSSL_cleanse(body, strlen(body));
    free(body);
    KF_TRY(err);
    if (!kf_cp_is_ok(&http))
        return refused(cp, &http, answer);
    err = kf_cp_read_registration(http.body.data, http.body.len, &registration);
    if (err != KF_OK)
        return unknown(err);
    KF_TRY(keep_login(cp, &registration));
    return answer_registration(&registration, answer);
}
