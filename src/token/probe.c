// SPDX-License-Identifier: Apache-2.0
// A trial of a whole token that leaves nothing on it: a session key pair signs once.
#include "token/keys.h"

#include "token/report.h"
#include "token/tokens.h"
#include "token/quirks.h"

static kf_err pick_type(kf_token *token, enum kf_key_type *ret_type) {
    static const enum kf_key_type types[] = {KF_KEY_P256, KF_KEY_RSA_2048, KF_KEY_ED25519,
                                             KF_KEY_P384};
    for (size_t i = 0; i < KF_COUNT(types); i++) {
        kf_err error = kf_key_offered(token, types[i]);
        if (error == KF_OK)
            *ret_type = types[i];
        if (error != KF_E_NOT_ON_TOKEN)
            return error;
    }
    return kf_fail(KF_E_NOT_ON_TOKEN, "token \"%s\" makes no key that keyfob can use",
                   token->info.label);
}

static kf_err generate(kf_key *key) {
    uint8_t id[KF_FRESH_ID_LEN];
    struct kf_quirks quirks = {0};
    KF_TRY(kf_fresh_id(id));
    KF_TRY(kf_quirks_find(key->session->token, &quirks));
    struct kf_pair_order order = {
        .spec = kf_key_spec(key->type),
        .label = "keyfob test",
        .id = id,
        .id_len = sizeof(id),
        .use = KF_USE_SIGN,
        .first_template = quirks.first_template,
    };
    return kf_pair_generate(key->session, &order, &key->public_key, &key->private_key);
}

static kf_err read_public(kf_key *key) {
    KF_AUTO(kf_object) object = {0};
    KF_TRY(kf_object_read(key->session, key->public_key, &object));
    return kf_key_take_public(key, &object);
}

static kf_err destroy(kf_key *key) {
    kf_err first = kf_object_destroy(key->session, key->private_key, "deleting the test key");
    kf_err second = kf_object_destroy(key->session, key->public_key, "deleting the test key");
    return first != KF_OK ? first : second;
}

static void try_key(kf_key *key, struct kf_report *report) {
    if (kf_report_step(report, "generate", generate(key),
                       "it made a key pair that ends with the session") != KF_OK)
        return;
    if (kf_report_step(report, "public", read_public(key), "it shows the public half") == KF_OK)
        kf_report_step(report, "sign", kf_key_try(key), "it signed, and the signature verifies");
    EVP_PKEY_free(key->pkey); /* before its object goes */
    key->pkey = NULL;
    kf_report_step(report, "destroy", destroy(key), "the test key is gone");
}

static void run(kf_token *token, kf_session *session, struct kf_report *report) {
    kf_key *key = calloc(1, sizeof(*key));
    if (key == NULL) {
        kf_report_step(report, "session", kf_fail(KF_E_MEMORY, "out of memory for a key"), "");
        return;
    }
    key->session = session;
    kf_err error = kf_session_login(session, KF_PIN_USER, NULL, "to test the token");
    if (kf_report_step(report, "login", error, "the PIN is right") == KF_OK &&
        kf_report_step(report, "offer", pick_type(token, &key->type),
                       "it offers keys that keyfob can use") == KF_OK)
        try_key(key, report);
    kf_key_free(key);
}

kf_err kf_token_test(kf_token *token, struct json_t **ret_json) {
    struct kf_report report = {0};
    kf_session *session = NULL;
    if (kf_report_step(&report, "session", kf_session_open(token, &session),
                       "it opens a session") == KF_OK)
        run(token, session, &report);
    kf_session_free(session);
    return kf_report_end(&report, "keyfob.token-test/1", token->info.label, ret_json);
}
