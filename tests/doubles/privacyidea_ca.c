// SPDX-License-Identifier: Apache-2.0
// The CAs behind the privacyIDEA double, and how a certificate token is enrolled with one.
#include "decode.h"
#include "privacyidea.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct connector {
    const char *name, *type;
    const char *templates[4];
} connectors[] = {
    {"localCA", "local", {"user", "webserver"}},
    {"msCA", "microsoft", {"AutoUser", "ManualUser", "DenyUser"}},
};

/* --- what there is --- */

static json_t *connector_json(const struct connector *connector, bool names_only) {
    bool local = strcmp(connector->type, "local") == 0;
    json_t *templates = json_object();
    for (size_t i = 0; connector->templates[i]; i++)
        json_object_set_new(templates, connector->templates[i],
                            local ? json_pack("{s:i, s:s}", "days", 365, "extensions", "user")
                                  : json_string(""));
    json_t *data = names_only ? json_object() : json_pack("{s:s}", "name", connector->name);
    return json_pack("{s:s, s:s, s:o, s:o}", "connectorname", connector->name, "type",
                     connector->type, "data", data, "templates", templates);
}

/* Users get the names only, /caconnector/ is for administrators. */
void pi_list_connectors(struct pi_call *call) {
    bool names_only = strstr(call->request->path, "/system/") != NULL;
    bool admin = strcmp(call->person->role, "admin") == 0;
    if (pi_knob_is(call, "may-list", "no") || (!names_only && !admin)) {
        pi_error(call, 401, 4306,
                 "Authentication failure. You do not have the necessary role (['admin']) to "
                 "access this resource!");
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof connectors / sizeof connectors[0]; i++)
        json_array_append_new(list, connector_json(&connectors[i], names_only));
    pi_success(call, list, NULL);
}

/* --- the certificate --- */

static void set_text(char **field, char *text) {
    free(*field);
    *field = text;
}

/* The local CA takes no names from the request; the certificate comes alone. */
static void issue(struct pi_call *call, struct pi_item *item) {
    set_text(&item->certificate,
             double_issue(call->d, item->csr, strlen(item->csr), NULL, false, false));
}

void pi_refresh(struct pi_call *call, struct pi_item *item) {
    if (strcmp(item->state, "pending") != 0 || pi_knob_is(call, "stale", "yes"))
        return;
    if (pi_knob_is(call, "pending", "issue")) {
        issue(call, item);
        strcpy(item->state, "enrolled");
    } else if (pi_knob_is(call, "pending", "reject")) {
        strcpy(item->state, "denied");
    }
}

/* --- POST /token/init --- */

static void crash(struct pi_call *call) {
    pi_error(call, 500, -500,
             "500 Internal Server Error: The server encountered an internal error and was unable "
             "to complete your request. Either the server is overloaded or there is an error in "
             "the application.");
}

static void enrolled(struct pi_call *call, const struct pi_item *item) {
    json_t *certificate = item->certificate ? json_string(item->certificate) : json_null();
    pi_success(call, json_true(),
               json_pack("{s:s, s:s, s:o}", "serial", item->serial, "rollout_state", item->state,
                         "certificate", certificate));
}

static const struct pi_person *owner(const struct pi_call *call) {
    bool admin = strcmp(call->person->role, "admin") == 0;
    if (!admin)
        return call->person;
    return *pi_arg(call, "user") ? pi_person_find(pi_arg(call, "user"), pi_arg(call, "realm"))
                                 : NULL;
}

/* With a serial that is there, the token is enrolled anew in its place. */
static struct pi_item *new_token(struct pi_call *call) {
    bool again = pi_item_find(call->pi, pi_arg(call, "serial")) != NULL;
    struct pi_item *item =
        pi_item_make(call->pi, "certificate", pi_arg(call, "serial"), owner(call));
    snprintf(item->ca, sizeof item->ca, "%s", pi_arg(call, "ca"));
    snprintf(item->description, sizeof item->description, "%s", pi_arg(call, "description"));
    item->state[0] = '\0';
    set_text(&item->certificate, NULL);
    set_text(&item->csr, strdup(pi_arg(call, "request")));
    double_add(call->d, "re-enrolled", again);
    return item;
}

static const struct connector *find_connector(const struct pi_call *call) {
    const char *ca = pi_arg(call, "ca"), *template = pi_arg(call, "template");
    for (size_t i = 0; i < sizeof connectors / sizeof connectors[0]; i++) {
        if (strcmp(connectors[i].name, ca) != 0)
            continue;
        for (size_t k = 0; connectors[i].templates[k]; k++)
            if (!*template || strcmp(connectors[i].templates[k], template) == 0)
                return &connectors[i];
    }
    return NULL;
}

/* Newlines go, the label is put before what has none, and the rest is parsed: a CR, or another
 * label, or words, end in an exception. */
static bool readable(const char *request) {
    static const char label[] = "-----BEGIN CERTIFICATE REQUEST-----";
    bool labelled = strncmp(request, label, strlen(label)) == 0;
    return !strchr(request, '\r') && strlen(request) > 100 && (labelled || request[0] != '-');
}

static bool same_subject_was_certified(struct pi_call *call, X509_REQ *csr) {
    for (size_t i = 0; i < call->pi->token_count; i++) {
        const char *pem = call->pi->tokens[i].certificate;
        X509 *old = pem ? double_decode_certificate(pem, strlen(pem)) : NULL;
        bool same =
            old && X509_NAME_cmp(X509_get_subject_name(old), X509_REQ_get_subject_name(csr)) == 0;
        X509_free(old);
        if (same)
            return true;
    }
    return false;
}

/* NULL when the CA behind it takes the request; otherwise the code and its words. */
static const char *complaint(struct pi_call *call, X509_REQ *csr, bool local, int *ret_code) {
    const char *attestation = pi_arg(call, "attestation"), *request = pi_arg(call, "request");
    bool denied =
        strcmp(pi_arg(call, "template"), "DenyUser") == 0 || pi_knob_is(call, "decide", "reject");
    *ret_code = 10;
    if (!csr)
        return "ERR10: request has invalid signature.";
    if (*attestation &&
        !double_same_key(attestation, strlen(attestation), request, strlen(request)))
        return "ERR10: certificate request does not match attestation certificate.";
    *ret_code = 503;
    if (local && X509_NAME_get_index_by_NID(X509_REQ_get_subject_name(csr), NID_commonName, -1) < 0)
        return "ERR503: Using configuration from openssl.cnf\nThe commonName field needed to be "
               "supplied and was missing\n";
    if (local && pi_knob_is(call, "unique-subject", "yes") && same_subject_was_certified(call, csr))
        return "ERR503: An error occurred during signing of the certificate.";
    *ret_code = denied && !local ? 504 : 503;
    if (denied)
        return local ? "ERR503: An error occurred during signing of the certificate."
                     : "ERR504: Denied by Policy Module";
    return NULL;
}

static bool must_wait(const struct pi_call *call) {
    return strcmp(pi_arg(call, "template"), "ManualUser") == 0 ||
           pi_knob_is(call, "decide", "pend") || pi_knob_is(call, "decide", "approval");
}

/* The trap: the order is at the CA, the token is gone. */
static void order(struct pi_call *call) {
    double_add(call->d, "orders", 1);
    if (must_wait(call) && pi_knob_is(call, "pending-csr", "error505")) {
        double_add(call->d, "lost", 1);
        pi_error(call, 400, 505, "ERR505: CSR pending");
        return;
    }
    struct pi_item *item = new_token(call);
    if (must_wait(call)) {
        strcpy(item->state, "pending");
        snprintf(item->request, sizeof item->request, "%d", 4700 + item->id);
    } else {
        issue(call, item);
    }
    enrolled(call, item);
}

static void enroll_request(struct pi_call *call) {
    const struct connector *connector = find_connector(call);
    const char *request = pi_arg(call, "request");
    int code = 0;
    if (!connector || !readable(request)) {
        crash(call);
        return;
    }
    X509_REQ *csr = double_decode_csr(request, strlen(request));
    bool local = strcmp(connector->type, "local") == 0;
    const char *no = complaint(call, csr, local, &code);
    X509_REQ_free(csr);
    if (no)
        pi_error(call, 400, code, no);
    else
        order(call);
}

static void upload(struct pi_call *call) {
    const char *pem = pi_arg(call, "certificate");
    X509 *certificate = double_decode_certificate(pem, strlen(pem));
    if (!certificate || strchr(pem, '\r')) {
        X509_free(certificate);
        crash(call);
        return;
    }
    X509_free(certificate);
    struct pi_item *item = new_token(call);
    set_text(&item->certificate, strdup(pem));
    double_add(call->d, "uploads", 1);
    enrolled(call, item);
}

static bool refused_at_the_door(struct pi_call *call) {
    int code = (int)strtol(double_knob(call->d, "error"), NULL, 10);
    if (code)
        pi_error(call, code < 0 ? 500 : 400, code, "ERR: as the knob says");
    else if (strcmp(pi_arg(call, "type"), "certificate") != 0)
        pi_error(call, 400, 1610, "ERR1610: Unknown token type");
    else if (pi_knob_is(call, "may-enroll", "no"))
        pi_error(call, 403, 303,
                 "Admin actions are defined, but the action enrollCERTIFICATE is not allowed!");
    else if (pi_knob_is(call, "attestation", "require") && !*pi_arg(call, "attestation"))
        pi_error(call, 403, 303, "A policy requires that you provide an attestation certificate.");
    else
        return false;
    return true;
}

void pi_init_token(struct pi_call *call) {
    if (refused_at_the_door(call))
        return;
    if (*pi_arg(call, "certificate"))
        upload(call);
    else if (!*pi_arg(call, "ca") && pi_has_arg(call, "request"))
        pi_error(call, 400, 905, "ERR905: Missing parameter: 'ca'");
    else if (!*pi_arg(call, "request"))
        enrolled(call, new_token(call)); /* a token with nothing in it */
    else
        enroll_request(call);
}
