// SPDX-License-Identifier: Apache-2.0
// A CryptoPro UC 2.0 user portal ("/ui/api"): routes. Its one folder is
// b1ca4992-d7cd-4f7e-b56e-a81e00db58ee, and "fedorov" with the password "korova" is registered.
// Knobs besides the common ones:
//   registration   letter of every registration: "C", "Q" (then certificate requests are 403), ...
//   letter         letter of a request that waits ("Q", "A", "P", "x")
//   refusal        letter of one that was decided against ("R", "D", "E")
//   lower          "yes": letters in lower case
//   nulls          "yes": members that are null, and some that nobody knows
//   rawcert        "der", "base64", "pem"
//   stale          "yes": rawcert is 404 although the letter is C
//   list-csr       "yes": lists carry the CSR as "RawRequest"
//   repeat-k       status of a K that was told before: "200" or "409"
//   templates-at   "base", "root"
//   profile        "yes", "" (404)
//   revocations    "yes", "" (404)
//   certificate-login  "yes": /ui/2/api is "fedorov", "" (401)
//   portal         "yes", "" (every path is 404)
// Counters: "registrations", "acknowledged", "templated" (orders whose CSR names a template).
#include "cryptopro.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FOLDER "/b1ca4992-d7cd-4f7e-b56e-a81e00db58ee"

void cp_refuse(const struct cp_call *call, int status, const char *words) {
    double_reply_data(call->reply, status, "text/plain", words, strlen(words));
}

bool cp_is_on(const struct cp_call *call, const char *knob) {
    return *double_knob(call->d, knob) != '\0';
}

char cp_registration(const struct cp_call *call) {
    return *double_knob(call->d, "registration");
}

json_t *cp_letter(const struct cp_call *call, char letter) {
    char text[2] = {letter, '\0'};
    if (cp_is_on(call, "lower"))
        text[0] |= 0x20;
    return json_string(text);
}

static void cacertificate(struct cp_call *call) {
    size_t len = 0;
    unsigned char *bytes = double_ca_p7b(call->d, &len);
    double_reply_data(call->reply, 200, "application/x-pkcs7-certificates", bytes, len);
    free(bytes);
}

static void revrequest(struct cp_call *call) {
    if (!cp_is_on(call, "revocations"))
        cp_refuse(call, 404, "no such resource");
    else
        double_reply_json(call->reply, 200,
                          json_pack("{s:[{s:s, s:s, s:o}]}", "RevokeRequest", "RevRequestId",
                                    "rev-1", "UserId", call->user->token, "Status",
                                    cp_letter(call, 'C')));
}

static const struct {
    const char *path;
    void (*answer)(struct cp_call *call);
    bool anonymous;
    enum { ANYWHERE, IN_FOLDER, AT_ROOT } where;
} routes[] = {
    {"/userattr", cp_userattr, true, IN_FOLDER},
    {"/regrequest/profile", cp_profile, false, AT_ROOT},
    {"/regrequest", cp_regrequest, true, IN_FOLDER},
    {"/certtemplate", cp_certtemplate, false, ANYWHERE},
    {"/certrequest", cp_certrequest, false, AT_ROOT},
    {"/certificate", cp_certificate, false, AT_ROOT},
    {"/revrequest", revrequest, false, AT_ROOT},
    {"/cacertificate", cacertificate, true, AT_ROOT},
};

static bool is_under(const char *path, const char *route) {
    size_t len = strlen(route);
    return strncmp(path, route, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

static void answer(struct cp_call *call) {
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (!is_under(call->rest, routes[i].path) ||
            (routes[i].where == IN_FOLDER && !call->folder) ||
            (routes[i].where == AT_ROOT && call->folder))
            continue;
        if (routes[i].anonymous || call->user)
            routes[i].answer(call);
        else
            cp_refuse(call, 401, "unknown user or wrong password");
        return;
    }
    cp_refuse(call, 404, "no such resource");
}

static void handle(kf_double *d, void *state, const struct double_request *request,
                   struct double_reply *reply) {
    struct cp_call call = {.d = d, .state = state, .request = request, .reply = reply};
    bool second = strncmp(request->path, "/ui/2/api", 9) == 0;
    if ((!second && strncmp(request->path, "/ui/api", 7) != 0) || !cp_is_on(&call, "portal")) {
        cp_refuse(&call, 404, "no such site");
        return;
    }
    call.second = second;
    call.rest = request->path + (second ? 9 : 7);
    call.folder = strncmp(call.rest, FOLDER, strlen(FOLDER)) == 0;
    call.rest += call.folder ? strlen(FOLDER) : 0;
    if (!second)
        call.user = cp_find_user(call.state, request);
    else if (cp_is_on(&call, "certificate-login"))
        call.user = &call.state->users[0];
    answer(&call);
}

static void *start(kf_double *d) {
    struct cp_state *state = calloc(1, sizeof *state);
    (void)d;
    if (!state)
        abort();
    state->requests = calloc(CP_REQUESTS_MAX, sizeof *state->requests);
    if (!state->requests)
        abort();
    cp_add_user(state, "fedorov", "korova",
                json_pack("[{s:s}, {s:s}, {s:s}, {s:s}]", "2.5.4.3", "Фёдоров Фёдор Фёдорович",
                          "2.5.4.6", "RU", "2.5.4.7", "Йошкар-Ола", "1.2.643.100.3",
                          "11223344595"));
    return state;
}

static void stop(void *arg) {
    struct cp_state *state = arg;
    for (size_t i = 0; i < state->user_count; i++)
        json_decref(state->users[i].names);
    cp_requests_clear(state);
    free(state);
}

static const char *const knobs[] = {"registration",
                                    "C",
                                    "letter",
                                    "Q",
                                    "refusal",
                                    "R",
                                    "lower",
                                    "",
                                    "nulls",
                                    "",
                                    "rawcert",
                                    "der",
                                    "stale",
                                    "",
                                    "list-csr",
                                    "",
                                    "repeat-k",
                                    "200",
                                    "profile",
                                    "yes",
                                    "templates-at",
                                    "base",
                                    "revocations",
                                    "",
                                    "certificate-login",
                                    "",
                                    "portal",
                                    "yes",
                                    NULL};

const struct double_service double_cryptopro = {
    .name = "cryptopro", .knobs = knobs, .start = start, .stop = stop, .handle = handle};
