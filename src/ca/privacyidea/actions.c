// SPDX-License-Identifier: Apache-2.0
// What a person can have done at privacyIDEA: a certificate uploaded, a token revoked, switched off
// and on, described.
#include "ca/privacyidea/pi.h"

#include "base/text.h"

static const char *member(const json_t *json, const char *key) {
    const char *text = json_string_value(json_object_get(json, key));
    return text ? text : "";
}

static kf_err say(json_t **ret_json, const char *serial, const char *what) {
    KF_AUTO_FREE char *text = kf_str("the token %s %s", serial, what);
    if (!text)
        return pi_no_memory();
    *ret_json = json_pack("{s:s, s:s}", "text", text, "serial", serial);
    return kf_json_ready(*ret_json);
}

static kf_err act_revoke(struct pi *pi, const json_t *fields, json_t **ret_json) {
    const char *serial = member(fields, "serial");
    KF_AUTO(pi_reply) reply = {0};
    struct pi_token token = {0};
    KF_TRY(pi_token_must_find(pi, serial, &reply, &token));
    if (!token.revoked)
        KF_TRY(pi_token_revoke(pi, serial));
    return say(ret_json, serial, "is revoked, and its certificate at the CA");
}

static kf_err switch_token(struct pi *pi, const json_t *fields, const char *what, const char *done,
                           json_t **ret_json) {
    const char *serial = member(fields, "serial");
    KF_AUTO(pi_reply) found = {0}, reply = {0};
    struct pi_token token = {0};
    KF_TRY(pi_token_must_find(pi, serial, &found, &token));
    KF_TRY(pi_token_change(pi, what, serial, json_object(), &reply));
    return say(ret_json, serial, done);
}

static kf_err act_disable(struct pi *pi, const json_t *fields, json_t **ret_json) {
    return switch_token(pi, fields, "disable", "is disabled; its certificate stays valid",
                        ret_json);
}

static kf_err act_enable(struct pi *pi, const json_t *fields, json_t **ret_json) {
    return switch_token(pi, fields, "enable", "is enabled", ret_json);
}

static kf_err act_describe(struct pi *pi, const json_t *fields, json_t **ret_json) {
    const char *serial = member(fields, "serial");
    KF_AUTO(pi_reply) found = {0}, reply = {0};
    struct pi_token token = {0};
    KF_TRY(pi_token_must_find(pi, serial, &found, &token));
    KF_TRY(pi_token_change(pi, "description", serial,
                           json_pack("{s:s}", "description", member(fields, "description")),
                           &reply));
    return say(ret_json, serial, "has its new description");
}

static kf_err copy_member(const json_t *fields, const char *name, json_t *body) {
    const char *value = member(fields, name);
    return *value ? kf_json_set(body, name, json_string(value)) : KF_OK;
}

/* A certificate that some CA issued, as a token of its owner. */
static kf_err act_upload(struct pi *pi, const json_t *fields, json_t **ret_json) {
    KF_AUTO(kf_buf) pem = {0};
    KF_AUTO(pi_reply) reply = {0};
    KF_AUTO_PTR(json_t) body = NULL;
    struct pi_token token = {0};
    KF_TRY(pi_pem(member(fields, "certificate"), "certificate", &pem));
    body = json_pack("{s:s, s:s}", "type", "certificate", "certificate", kf_buf_str(&pem));
    KF_TRY(kf_json_ready(body));
    KF_TRY(copy_member(fields, "user", body));
    KF_TRY(copy_member(fields, "realm", body));
    KF_TRY(copy_member(fields, "description", body));
    struct pi_request request = {.method = "POST", .path = "token/init", .body = body};
    KF_TRY(pi_ask(pi, &request, &reply));
    KF_TRY(pi_check(pi, &reply));
    pi_enrolled_read(&reply, &token);
    if (!token.certificate || !pi_serial_ok(token.serial))
        return kf_fail(KF_E_CA_ANSWER, "%s made no token with the certificate",
                       kf_http_host(pi->http));
    return say(ret_json, token.serial, "holds the certificate");
}

#define SERIAL_FIELD                                                                               \
    { .name = "serial", .title = "Serial", .required = true, .max = PI_SERIAL_MAX }
static const struct kf_ca_field serial_fields[] = {SERIAL_FIELD};
static const struct kf_ca_field description_fields[] = {
    SERIAL_FIELD,
    {.name = "description", .title = "Description", .max = 80},
};
static const struct kf_ca_field upload_fields[] = {
    {.name = "certificate", .title = "Certificate", .kind = "file", .required = true},
    {.name = "user", .title = "Owner", .help = "empty = your own", .max = 255},
    {.name = "realm", .title = "Owner's realm", .max = 255},
    {.name = "description", .title = "Description", .max = 80},
};

#define FIELDS(table) .fields = (table), .field_count = KF_COUNT(table)
const struct kf_ca_action pi_actions[PI_ACTION_COUNT] = {
    {.name = "upload-certificate",
     .title = "Upload a certificate",
     .help = "one that a CA issued elsewhere becomes a token of its owner",
     FIELDS(upload_fields)},
    {.name = "token-revoke",
     .title = "Revoke a token",
     .help = "and its certificate at the CA; cannot be undone",
     FIELDS(serial_fields)},
    {.name = "token-disable", .title = "Disable a token", FIELDS(serial_fields)},
    {.name = "token-enable", .title = "Enable a token", FIELDS(serial_fields)},
    {.name = "token-description", .title = "Describe a token", FIELDS(description_fields)},
};

kf_err pi_act(void *state, const char *action, const json_t *fields, json_t **ret_json) {
    static kf_err (*const acts[])(struct pi * pi, const json_t *fields, json_t **ret_json) = {
        act_upload, act_revoke, act_disable, act_enable, act_describe};
    _Static_assert(KF_COUNT(acts) == KF_COUNT(pi_actions), "one function an action");
    for (size_t i = 0; i < KF_COUNT(acts); i++) {
        if (kf_str_equal(pi_actions[i].name, action))
            return acts[i](state, fields, ret_json);
    }
    return kf_fail(KF_E_USAGE, "privacyIDEA knows no action \"%s\"", action);
}
