// SPDX-License-Identifier: Apache-2.0
// The login and password of a CryptoPro UC 2.0 service that are kept.
#include "ca/cryptopro/kept.h"

#include "base/text.h"

#define KEPT "account"

void kf_cp_kept_clear(kf_cp_kept *kept) {
    kf_json_wipe(kept->json);
    json_decref(kept->json);
    *kept = (kf_cp_kept){0};
}

static kf_err damaged(const kf_cp *cp) {
    kf_fail(KF_E_CA_LOGIN, "the login that is kept for \"%s\" cannot be read",
            cp->setup->connection);
    kf_error_hint("Forget it with `keyfob connection logout %s --all`, then sign in.",
                  cp->setup->connection);
    return KF_E_CA_LOGIN;
}

kf_err kf_cp_recall(const kf_cp *cp, kf_cp_kept *ret_kept) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    json_t *json = NULL;
    KF_TRY(cp->setup->recall(cp->setup->arg, KEPT, &secret));
    if (!secret)
        return KF_OK;
    if (kf_json_parse_answer(kf_secret_data(secret), kf_secret_len(secret), &json) != KF_OK)
        return damaged(cp);
    const char *at = json_string_value(json_object_get(json, "at"));
    *ret_kept = (kf_cp_kept){
        .json = json,
        .user = json_string_value(json_object_get(json, "Token")),
        .password = json_string_value(json_object_get(json, "Password")),
        .elsewhere = at && !kf_str_equal(at, cp->address.origin) ? at : NULL,
        .once = json_is_true(json_object_get(json, "once")),
        .asleep = json_is_true(json_object_get(json, "asleep")),
    };
    return KF_OK;
}

kf_err kf_cp_keep(const kf_cp *cp, const json_t *json) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    if (!json)
        return cp->setup->keep(cp->setup->arg, KEPT, NULL);
    size_t len = json_dumpb(json, NULL, 0, JSON_COMPACT);
    if (len == 0 || len > KF_SECRET_MAX)
        return kf_fail(KF_E_TOO_LARGE, "the login is too long to be kept");
    KF_TRY(kf_secret_new(len, &secret));
    json_dumpb(json, (char *)kf_secret_data(secret), len, JSON_COMPACT);
    kf_secret_set_len(secret, len);
    return cp->setup->keep(cp->setup->arg, KEPT, secret);
}

kf_err kf_cp_keep_account(kf_cp *cp, const char *user, const kf_secret *password, bool once) {
    kf_secret *bytes = (kf_secret *)(uintptr_t)password;
    json_t *json =
        json_pack("{s:s, s:s%, s:s, s:b}", "Token", user, "Password", kf_secret_data(bytes),
                  kf_secret_len(password), "at", cp->address.origin, "once", once);
    if (!json)
        return kf_fail(KF_E_INPUT, "the login or the password is not UTF-8");
    kf_err err = kf_cp_keep(cp, json);
    kf_json_wipe(json);
    json_decref(json);
    return err;
}

kf_err kf_cp_has_account(kf_cp *cp, bool *ret_there) {
    KF_AUTO(kf_cp_kept) kept = {0};
    KF_TRY(kf_cp_recall(cp, &kept));
    *ret_there = kept.user != NULL;
    return KF_OK;
}
