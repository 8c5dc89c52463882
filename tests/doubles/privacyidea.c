// SPDX-License-Identifier: Apache-2.0
// privacyIDEA 3.11 as it was recorded: users alice, bob (realm1) and admin, passwords NAME "pw",
// one-time password 123456 for all, an OTP token each; the CA "localCA" (templates user, webserver)
// signs at once, "msCA" (AutoUser, ManualUser, DenyUser) may let an order wait. The certificate
// comes alone, signed by the first of double_ca_chain().
//
// Knobs (first value first):
//   pending-csr     error505 | token_pending: what an uploaded CSR that must wait becomes. Orders
//                   wait at msCA with ManualUser, and at any CA with decide=pend or approval
//   stale           "" | yes: reading a token does not ask the CA
//   may-list        yes | no: CA connectors give 4306
//   may-see         yes | no: tokens give 303
//   may-enroll      yes | no
//   hide-tokeninfo  words of the tokens' info that are left out ("certificate requestId")
//   second-factor   none | otp (PIN and OTP in one) | challenge | push | both | webauthn
//   push            pending | accept | decline
//   hide-auth-error-status  "" | yes: every 4xx of /auth is 401
//   session         changing it ends every session (4305); jwt-seconds how long one lasts
//   unique-subject  no | yes: localCA refuses a subject that it has certified (503)
//   attestation     "" | require
//   register        yes | no
//   error           "" | a code: what /token/init answers
//   auth-error      "" | yes: everything under /auth is an internal error
#include "privacyidea.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const knobs[] = {
    "pending-csr",
    "error505",
    "stale",
    "",
    "may-list",
    "yes",
    "may-see",
    "yes",
    "may-enroll",
    "yes",
    "error",
    "",
    "auth-error",
    "",
    "hide-tokeninfo",
    "",
    "second-factor",
    "none",
    "push",
    "pending",
    "session",
    "1",
    "jwt-seconds",
    "3600",
    "unique-subject",
    "no",
    "attestation",
    "",
    "register",
    "yes",
    "hide-auth-error-status",
    "",
    NULL,
};

static const struct pi_person people[] = {
    {"alice", "alicepw", "123456", "realm1", "user"},
    {"bob", "bobpw", "123456", "realm1", "user"},
    {"admin", "adminpw", "123456", "", "admin"},
};

/* "alice@realm1" names the realm too, the parameter wins. */
const struct pi_person *pi_person_find(const char *name, const char *realm) {
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
        size_t len = strlen(people[i].name);
        bool same = strncmp(people[i].name, name, len) == 0;
        bool bare = same && name[len] == '\0';
        bool full = same && name[len] == '@' && strcmp(name + len + 1, people[i].realm) == 0;
        if ((bare || full) && (!*realm || strcmp(realm, people[i].realm) == 0))
            return &people[i];
    }
    return NULL;
}

bool pi_knob_is(const struct pi_call *call, const char *knob, const char *value) {
    return strcmp(double_knob(call->d, knob), value) == 0;
}

const char *pi_arg(const struct pi_call *call, const char *name) {
    const char *text = json_string_value(json_object_get(call->request->json, name));
    if (text)
        return text;
    text = double_form(call->request, name);
    return *text ? text : double_query(call->request, name);
}

bool pi_has_arg(const struct pi_call *call, const char *name) {
    char start[64];
    snprintf(start, sizeof start, "%s=", name);
    const char *at = call->request->json ? NULL : strstr(call->request->body, start);
    return json_object_get(call->request->json, name) ||
           (at && (at == call->request->body || at[-1] == '&'));
}

/* --- the envelope --- */

static json_t *envelope(json_t *result) {
    return json_pack("{s:s, s:i, s:f, s:s, s:s, s:o}", "jsonrpc", "2.0", "id", 1, "time",
                     (double)time(NULL) + 0.25, "version", "privacyIDEA 3.11.4", "signature",
                     "rsa_sha256_pss:00", "result", result);
}

void pi_success_auth(const struct pi_call *call, const char *authentication, json_t *value,
                     json_t *detail) {
    json_t *result = json_pack("{s:b, s:o}", "status", 1, "value", value);
    if (authentication)
        json_object_set_new(result, "authentication", json_string(authentication));
    json_t *all = envelope(result);
    json_object_set_new(all, "versionnumber", json_string("3.11.4"));
    if (detail) {
        json_object_set_new(detail, "threadid", json_integer(140001384830656));
        json_object_set_new(all, "detail", detail);
    }
    double_reply_json(call->reply, 200, all);
}

void pi_success(const struct pi_call *call, json_t *value, json_t *detail) {
    pi_success_auth(call, NULL, value, detail);
}

void pi_error(const struct pi_call *call, int status, int code, const char *message) {
    json_t *all = envelope(
        json_pack("{s:b, s:{s:i, s:s}}", "status", 0, "error", "code", code, "message", message));
    bool login = code == 4031 || code == 4032;
    json_object_set_new(all, "detail", login ? json_object() : json_null());
    double_reply_json(call->reply, status, all);
}

/* --- the service --- */

static void started(struct pi_call *call) {
    pi_success(call, json_pack("{s:s}", "status", "started"), NULL);
}

static const struct route {
    const char *method, *path;
    bool prefix, anonymous;
    void (*answer)(struct pi_call *call);
} routes[] = {
    {"POST", "/auth", false, true, pi_auth_double},
    {"GET", "/auth/rights", false, false, pi_rights},
    {"GET", "/validate/polltransaction/", true, true, pi_poll_transaction},
    {"GET", "/register", false, true, pi_register_double},
    {"POST", "/register", false, true, pi_register_double},
    {"GET", "/healthz/startupz", false, true, started},
    {"GET", "/caconnector/", true, false, pi_list_connectors},
    {"GET", "/system/names/caconnector", false, false, pi_list_connectors},
    {"POST", "/token/init", false, false, pi_init_token},
    {"GET", "/token/", false, false, pi_list_tokens},
    {"POST", "/token/", true, false, pi_change_token},
    {"DELETE", "/token/", true, false, pi_delete_token},
};

static bool matches(const struct route *route, const struct double_request *request) {
    size_t len = strlen(route->path);
    return strcmp(route->method, request->method) == 0 &&
           strncmp(route->path, request->path, len) == 0 &&
           (route->prefix || request->path[len] == '\0');
}

static void handle(kf_double *d, void *state, const struct double_request *request,
                   struct double_reply *reply) {
    struct pi_call call = {.d = d, .pi = state, .request = request, .reply = reply};
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (!matches(&routes[i], request))
            continue;
        if (routes[i].anonymous || pi_authorize(&call))
            routes[i].answer(&call);
        return;
    }
    pi_error(&call, 404, 404, "The requested URL was not found on the server.");
}

static void *start(kf_double *d) {
    struct pi_double *pi = calloc(1, sizeof *pi);
    (void)d;
    for (size_t i = 0; pi && i < sizeof people / sizeof people[0]; i++)
        pi_item_make(pi, "hotp", "", &people[i]);
    return pi;
}

static void stop(void *state) {
    struct pi_double *pi = state;
    for (size_t i = 0; i < pi->token_count; i++)
        free(pi->tokens[i].csr), free(pi->tokens[i].certificate);
    free(pi);
}

const struct double_service double_privacyidea = {
    .name = "privacyidea", .knobs = knobs, .start = start, .stop = stop, .handle = handle};
