// SPDX-License-Identifier: Apache-2.0
// What privacyIDEA sends, read from its bytes. Unknown members are ignored, unknown states kept.
#include "ca/privacyidea/wire.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ca/http.h"
#include "x509/json.h"

#define CONNECTORS_MAX 64
#define TEMPLATES_MAX  256
#define JWT_MAX        KF_SECRET_MAX

static const char serial_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-_";

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* "" is none. */
static const char *some_text(const json_t *object, const char *key) {
    const char *text = text_of(object, key);
    return *text ? text : NULL;
}

/* --- the envelope --- */

void pi_reply_clear(pi_reply *reply) {
    if (!reply)
        return;
    json_decref(reply->json);
    *reply = (pi_reply){0};
}

static kf_err no_envelope(void) {
    return kf_fail(KF_E_CA_ANSWER, "the answer is JSON but not of privacyIDEA");
}

kf_err pi_reply_read(const void *data, size_t len, pi_reply *ret_reply) {
    KF_AUTO_PTR(json_t) json = NULL;
    KF_TRY(kf_json_parse_answer(data, len, &json));
    const json_t *result = json_object_get(json, "result");
    const json_t *status = json_object_get(result, "status");
    if (!json_is_boolean(status))
        return no_envelope();
    const json_t *error = json_object_get(result, "error");
    const json_t *detail = json_object_get(json, "detail");
    bool ok = json_is_true(status);
    pi_reply_clear(ret_reply);
    *ret_reply = (pi_reply){
        .ok = ok,
        .value = json_object_get(result, "value"),
        .detail = json_is_object(detail) ? detail : NULL,
        .authentication = text_of(result, "authentication"),
        .code = ok ? 0 : json_integer_value(json_object_get(error, "code")),
        .message = text_of(ok ? detail : error, "message"),
        .version = text_of(json, "version"),
    };
    ret_reply->json = KF_MOVE(json); /* which all of these point into */
    return KF_OK;
}

/* --- the second factor --- */

static bool set_transaction(const char *text, struct pi_challenge *challenge) {
    size_t len = strlen(text);
    if (len == 0 || len >= sizeof challenge->transaction || strspn(text, serial_letters) != len)
        return false;
    memcpy(challenge->transaction, text, len + 1);
    return true;
}

/* An old server says no mode: then the person types. */
static void take_mode(const json_t *item, struct pi_challenge *challenge) {
    const char *mode = text_of(item, "client_mode");
    if (!*mode || kf_str_equal(mode, "interactive"))
        challenge->can_answer = true;
    else if (kf_str_equal(mode, "poll"))
        challenge->can_poll = true;
    else
        challenge->other = mode;
}

kf_err pi_challenge_read(const pi_reply *reply, struct pi_challenge *ret_challenge) {
    struct pi_challenge challenge = {0};
    const json_t *list = json_object_get(reply->detail, "multi_challenge");
    for (size_t i = 0; i < json_array_size(list); i++)
        take_mode(json_array_get(list, i), &challenge);
    if (json_array_size(list) == 0)
        take_mode(reply->detail, &challenge);
    const char *transaction = text_of(reply->detail, "transaction_id");
    if (!*transaction)
        transaction = text_of(json_array_get(list, 0), "transaction_id");
    if (!set_transaction(transaction, &challenge))
        return kf_fail(KF_E_CA_ANSWER, "privacyIDEA asks for a second factor without saying in "
                                       "which transaction");
    *ret_challenge = challenge;
    return KF_OK;
}

/* --- tokens --- */

bool pi_serial_ok(const char *serial) {
    size_t len = serial ? strlen(serial) : 0;
    return len > 0 && len <= PI_SERIAL_MAX && strspn(serial, serial_letters) == len;
}

bool pi_token_read(const json_t *item, struct pi_token *ret_token) {
    const char *serial = json_string_value(json_object_get(item, "serial"));
    const json_t *info = json_object_get(item, "info");
    if (!serial || !*serial)
        return false;
    *ret_token = (struct pi_token){
        .serial = serial,
        .type = text_of(item, "tokentype"),
        .state = text_of(item, "rollout_state"),
        .certificate = some_text(info, "certificate"),
        .user = text_of(item, "username"),
        .realm = text_of(item, "user_realm"),
        .description = text_of(item, "description"),
        .ca = text_of(info, "CA"),
        .request = text_of(info, "requestId"),
        .active = json_is_true(json_object_get(item, "active")),
        .revoked = json_is_true(json_object_get(item, "revoked")),
        .locked = json_is_true(json_object_get(item, "locked")),
    };
    return true;
}

kf_err pi_tokens_read(const pi_reply *reply, const json_t **ret_list, json_int_t *ret_next) {
    const json_t *list = json_object_get(reply->value, "tokens");
    if (!json_is_array(list))
        return kf_fail(KF_E_CA_ANSWER, "privacyIDEA's answer has no list of tokens");
    *ret_list = list;
    *ret_next = json_integer_value(json_object_get(reply->value, "next"));
    return KF_OK;
}

void pi_enrolled_read(const pi_reply *reply, struct pi_token *ret_token) {
    *ret_token = (struct pi_token){
        .serial = text_of(reply->detail, "serial"),
        .state = text_of(reply->detail, "rollout_state"),
        .certificate = some_text(reply->detail, "certificate"),
        .type = "certificate",
        .active = true,
    };
}

/* --- CA connectors --- */

static kf_err template_names(const json_t *templates, json_t **ret_names) {
    KF_AUTO_PTR(json_t) names = json_array();
    const char *name = NULL;
    json_t *value = NULL;
    KF_TRY(kf_json_ready(names));
    json_object_foreach((json_t *)templates, name, value) {
        if (*name && json_array_size(names) < TEMPLATES_MAX)
            KF_TRY(kf_json_append(names, json_string(name)));
    }
    *ret_names = KF_MOVE(names);
    return KF_OK;
}

kf_err pi_connectors_read(const pi_reply *reply, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    if (!json_is_array(reply->value))
        return kf_fail(KF_E_CA_ANSWER, "privacyIDEA's answer has no list of CA connectors");
    for (size_t i = 0; i < json_array_size(reply->value) && i < CONNECTORS_MAX; i++) {
        const json_t *item = json_array_get(reply->value, i);
        const char *name = text_of(item, "connectorname");
        json_t *names = NULL;
        if (!*name)
            continue;
        KF_TRY(template_names(json_object_get(item, "templates"), &names));
        KF_TRY(kf_json_append(list, json_pack("{s:s, s:s, s:o}", "name", name, "type",
                                              text_of(item, "type"), "templates", names)));
    }
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

/* --- the session --- */

/* The middle of the three parts, in base64url (RFC 7515 2) as base64 without its padding. */
static kf_err payload_of(const char *jwt, size_t len, kf_buf *ret_json) {
    KF_AUTO(kf_buf) text = {0};
    const char *first = memchr(jwt, '.', len);
    const char *start = first ? first + 1 : NULL;
    const char *end = start ? memchr(start, '.', len - (size_t)(start - jwt)) : NULL;
    if (!end || end == start)
        return KF_E_INPUT;
    KF_TRY(kf_buf_add(&text, start, (size_t)(end - start)));
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        text.data[i] = c == '-' ? '+' : c == '_' ? '/' : c;
    }
    static const char *const padding[] = {"", "===", "==", "="};
    KF_TRY(kf_buf_add_str(&text, padding[text.len % 4]));
    return kf_unbase64(kf_buf_str(&text), text.len, ret_json);
}

bool pi_claims_read(const void *jwt, size_t len, struct pi_claims *ret_claims) {
    KF_AUTO(kf_buf) payload = {0};
    KF_AUTO_PTR(json_t) json = NULL;
    if (len > JWT_MAX || payload_of(jwt, len, &payload) != KF_OK ||
        kf_json_parse_answer(payload.data, payload.len, &json) != KF_OK || !json_is_object(json))
        return false;
    struct pi_claims claims = {.expires = json_integer_value(json_object_get(json, "exp"))};
    snprintf(claims.user, sizeof claims.user, "%s", text_of(json, "username"));
    snprintf(claims.realm, sizeof claims.realm, "%s", text_of(json, "realm"));
    snprintf(claims.role, sizeof claims.role, "%s", text_of(json, "role"));
    *ret_claims = claims;
    return true;
}
