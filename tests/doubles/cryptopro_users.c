// SPDX-License-Identifier: Apache-2.0
// The CryptoPro double's users: what it asks of new ones, and what it knows of those it has.
#include "cryptopro.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* --- who is it --- */

const struct cp_user *cp_add_user(struct cp_state *state, const char *token, const char *password,
                                  json_t *names) {
    if (state->user_count == CP_USERS_MAX)
        abort();
    struct cp_user *user = &state->users[state->user_count++];
    snprintf(user->token, sizeof user->token, "%s", token);
    snprintf(user->password, sizeof user->password, "%s", password);
    user->names = names;
    return user;
}

const struct cp_user *cp_find_user(const struct cp_state *state,
                                   const struct double_request *request) {
    const char *header = double_header(request, "Authorization");
    for (size_t i = 0; i < state->user_count; i++) {
        char pair[96], wanted[160] = "Basic ";
        int len =
            snprintf(pair, sizeof pair, "%s:%s", state->users[i].token, state->users[i].password);
        EVP_EncodeBlock((unsigned char *)wanted + 6, (const unsigned char *)pair, len);
        if (strcmp(header, wanted) == 0)
            return &state->users[i];
    }
    return NULL;
}

/* --- what is asked of a new one --- */

static json_t *field(const char *oid, const char *name, const char *title, int length,
                     bool required) {
    return json_pack("{s:s, s:s, s:s, s:i, s:[], s:n, s:b, s:b, s:b}", "Oid", oid, "Name", name,
                     "LocalizedName", title, "Length", length, "SettingsValues", "DefaultValue",
                     "ProhibitAnyValue", 0, "ProhibitChange", 0, "ProhibitEmpty", required);
}

static json_t *country(void) {
    return json_pack("{s:s, s:s, s:s, s:[s], s:s, s:b, s:b, s:b}", "Oid", "2.5.4.6", "Name", "C",
                     "LocalizedName", "Страна", "SettingsValues", "RU", "DefaultValue", "RU",
                     "ProhibitAnyValue", 1, "ProhibitChange", 1, "ProhibitEmpty", 1);
}

/* One list that is open and one that is closed. */
static json_t *listed(const char *oid, const char *name, const char *title, const char *first,
                      const char *second, bool closed) {
    return json_pack("{s:s, s:s, s:s, s:i, s:[s,s], s:n, s:b, s:b, s:b}", "Oid", oid, "Name", name,
                     "LocalizedName", title, "Length", 64, "SettingsValues", first, second,
                     "DefaultValue", "ProhibitAnyValue", closed, "ProhibitChange", 0,
                     "ProhibitEmpty", 0);
}

void cp_userattr(struct cp_call *call) {
    json_t *fields = json_array();
    json_array_append_new(fields, field("2.5.4.3", "CN", "Общее имя", 64, true));
    json_array_append_new(fields, country());
    json_array_append_new(fields, field("2.5.4.7", "L", "Город", 128, false));
    json_array_append_new(fields, listed("2.5.4.10", "O", "Организация", "ООО «Фёдоров и К»",
                                         "ООО «Ромашка»", false));
    json_array_append_new(
        fields, listed("2.5.4.11", "OU", "Подразделение", "Продажи", "Бухгалтерия", true));
    json_array_append_new(fields,
                          field("1.2.840.113549.1.9.1", "E", "Электронная почта", 128, false));
    json_array_append_new(fields, field("1.2.643.100.3", "SNILS", "СНИЛС", 11, false));
    json_array_append_new(fields, field("1.2.643.3.131.1.1", "INN", "ИНН", 12, false));
    if (cp_is_on(call, "nulls"))
        json_array_append_new(fields, json_pack("{s:n, s:n, s:i}", "Oid", "Name", "Unknown", 7));
    double_reply_json(call->reply, 200, json_pack("{s:o}", "RDN", fields));
}

static const char *name_of(const json_t *names, const char *oid) {
    size_t i;
    json_t *pair;
    json_array_foreach(names, i, pair) {
        if (json_object_get(pair, oid))
            return json_string_value(json_object_get(pair, oid));
    }
    return NULL;
}

static const char *wrong_registration(const json_t *body) {
    const json_t *names = json_object_get(body, "OidArray");
    const char *land = name_of(names, "2.5.4.6");
    size_t i;
    json_t *pair;
    json_array_foreach(names, i, pair) {
        if (json_object_size(pair) != 1)
            return "OidArray holds objects of one pair";
    }
    if (!json_is_string(json_object_get(body, "Comment")) ||
        !json_is_string(json_object_get(body, "Description")) ||
        !json_is_string(json_object_get(body, "Email")) ||
        !json_is_string(json_object_get(body, "KeyPhrase")))
        return "a member is missing";
    if (!name_of(names, "2.5.4.3"))
        return "the common name is missing";
    return land && strcmp(land, "RU") == 0 ? NULL : "the country is fixed";
}

static void register_user(struct cp_call *call) {
    char token[40], password[40];
    const char *wrong = wrong_registration(call->request->json);
    if (wrong) {
        cp_refuse(call, 400, wrong);
        return;
    }
    snprintf(token, sizeof token, "user-%zu", call->state->user_count);
    snprintf(password, sizeof password, "once-%zu-Zx7", call->state->user_count);
    cp_add_user(call->state, token, password,
                json_incref(json_object_get(call->request->json, "OidArray")));
    double_add(call->d, "registrations", 1);
    double_reply_json(call->reply, 200,
                      json_pack("{s:{s:s, s:o, s:s, s:s}}", "RegRequest", "RegRequestId", token,
                                "Status", cp_letter(call, cp_registration(call)), "Token", token,
                                "Password", password));
}

void cp_regrequest(struct cp_call *call) {
    if (strcmp(call->request->method, "POST") == 0) {
        register_user(call);
        return;
    }
    if (!call->user) {
        cp_refuse(call, 401, "unknown user or wrong password");
        return;
    }
    double_add(call->d, "logins", 1);
    json_t *registration = json_pack("{s:s, s:o}", "RegRequestId", call->user->token, "Status",
                                     cp_letter(call, cp_registration(call)));
    if (cp_is_on(call, "nulls"))
        json_object_set_new(registration, "Token", json_null());
    double_reply_json(call->reply, 200, json_pack("{s:o}", "RegRequest", registration));
}

void cp_profile(struct cp_call *call) {
    if (!cp_is_on(call, "profile"))
        cp_refuse(call, 404, "no such resource");
    else
        double_reply_json(call->reply, 200, json_pack("{s:O}", "Profile", call->user->names));
}

/* --- templates --- */

static json_t *template(const char *name, const char *title, const char *oid, int key_spec,
                        bool automatic) {
    return json_pack("{s:s, s:s, s:s, s:i, s:b}", "Name", name, "LocalizedName", title, "Oid", oid,
                     "KeySpec", key_spec, "AutoApproval", automatic);
}

void cp_certtemplate(struct cp_call *call) {
    bool at_base = strcmp(double_knob(call->d, "templates-at"), "base") == 0;
    if (at_base != call->folder) {
        cp_refuse(call, 404, "no such resource");
        return;
    }
    json_t *list = json_array();
    json_array_append_new(
        list, template("User", "Пользователь Центра Регистрации", "1.2.643.2.2.46.0.8", 0, true));
    json_array_append_new(
        list, template("IP", "Индивидуальный предприниматель", "1.2.643.2.2.50.1.9.1", 1, false));
    json_array_append_new(list,
                          template("Person", "Физическое лицо", "1.2.643.2.2.50.1.9.2", 2, false));
    if (cp_is_on(call, "nulls"))
        json_array_append_new(list, json_pack("{s:n, s:s}", "Oid", "Name", "broken"));
    double_reply_json(call->reply, 200, json_pack("{s:o}", "Template", list));
}
