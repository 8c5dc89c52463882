// SPDX-License-Identifier: Apache-2.0
// The CryptoPro double's certificate requests: from the CSR to the K.
#include "cryptopro.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"

void cp_requests_clear(struct cp_state *state) {
    for (size_t i = 0; i < state->request_count; i++) {
        free(state->requests[i].csr);
        free(state->requests[i].pem);
    }
    free(state->requests);
}

/* --- how a request stands --- */

static void complete(struct cp_call *call, struct cp_request *request) {
    request->pem = double_issue(call->d, request->csr, request->csr_len, NULL, true, false);
    request->letter = request->pem ? 'C' : 'E';
}

static void decide(struct cp_call *call, struct cp_request *request, const char *decision) {
    if (strcmp(decision, "issue") == 0)
        complete(call, request);
    else if (strcmp(decision, "reject") == 0)
        request->letter = *double_knob(call->d, "refusal");
}

/* The letter now: what waits may have been decided meanwhile. */
static char letter_of(struct cp_call *call, struct cp_request *request) {
    if (request->letter == 'Q')
        decide(call, request, double_knob(call->d, "pending"));
    return request->letter == 'Q' ? *double_knob(call->d, "letter") : request->letter;
}

static json_t *request_json(struct cp_call *call, struct cp_request *request) {
    json_t *json =
        json_pack("{s:s, s:s, s:o}", "CertRequestId", request->id, "UserId", request->user->token,
                  "Status", cp_letter(call, letter_of(call, request)));
    if (cp_is_on(call, "nulls")) {
        json_object_set_new(json, "Comment", json_null());
        json_object_set_new(json, "Unknown", json_pack("[{}]"));
    }
    return json;
}

static json_t *row_json(struct cp_call *call, struct cp_request *request) {
    json_t *json = request_json(call, request);
    if (cp_is_on(call, "list-csr"))
        json_object_set_new(json, "RawRequest", json_stringn(request->csr, request->csr_len));
    return json;
}

/* --- new ones --- */

static bool names_template(X509_REQ *csr) {
    STACK_OF(X509_EXTENSION) *list = X509_REQ_get_extensions(csr);
    ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.311.21.7", 1);
    bool found = X509v3_get_ext_by_OBJ(list, oid, -1) >= 0;
    ASN1_OBJECT_free(oid);
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
    return found;
}

static void take(struct cp_call *call, const char *body, size_t len) {
    const struct double_request *sent = call->request;
    X509_REQ *csr = double_decode_csr(body, len);
    char registration = cp_registration(call);
    if (strcmp(double_header(sent, "Content-Type"), "application/octet-stream") != 0 || !csr) {
        cp_refuse(call, 400, "not a certificate request");
    } else if (registration != 'C' && registration != 'K' && registration != 'A') {
        cp_refuse(call, 403, "the registration is not confirmed");
    } else if (call->state->request_count == CP_REQUESTS_MAX) {
        cp_refuse(call, 500, "too many requests");
    } else {
        struct cp_request *request = &call->state->requests[call->state->request_count++];
        snprintf(request->id, sizeof request->id, "7f4b%04zx-0000-4000-8000-00000000000a",
                 call->state->request_count);
        request->user = call->user, request->letter = 'Q';
        request->csr = malloc(len + 1), request->csr_len = len;
        memcpy(request->csr, body, len);
        decide(call, request, double_knob(call->d, "decide"));
        double_add(call->d, "orders", 1);
        double_add(call->d, "templated", names_template(csr));
        double_reply_json(call->reply, 200,
                          json_pack("{s:o}", "CertRequest", request_json(call, request)));
    }
    X509_REQ_free(csr);
}

static void submit(struct cp_call *call) {
    const struct double_request *sent = call->request;
    size_t len = 0;
    char *unwrapped = call->second ? cp_unwrap(sent->body, sent->body_len, &len) : NULL;
    if (!call->second)
        take(call, sent->body, sent->body_len);
    else if (unwrapped)
        take(call, unwrapped, len);
    else
        cp_refuse(call, 400, "not a signed message");
    free(unwrapped);
}

/* --- those that are there --- */

static void list(struct cp_call *call) {
    json_t *rows = json_array();
    for (size_t i = 0; i < call->state->request_count; i++) {
        if (call->state->requests[i].user == call->user)
            json_array_append_new(rows, row_json(call, &call->state->requests[i]));
    }
    double_reply_json(call->reply, 200, json_pack("{s:o}", "CertRequest", rows));
}

static void rawcert(struct cp_call *call, struct cp_request *request) {
    const char *form = double_knob(call->d, "rawcert");
    char letter = letter_of(call, request);
    if ((letter != 'C' && letter != 'K') || cp_is_on(call, "stale")) {
        cp_refuse(call, 404, "no certificate");
        return;
    }
    size_t len = 0;
    unsigned char *der = double_pem_to_der(request->pem, &len);
    if (strcmp(form, "der") == 0) {
        double_reply_data(call->reply, 200, "application/octet-stream", der, len);
    } else if (strcmp(form, "pem") == 0) {
        double_reply_data(call->reply, 200, "text/plain", request->pem, strlen(request->pem));
    } else {
        unsigned char *text = malloc(len * 2 + 8);
        int text_len = EVP_EncodeBlock(text, der, (int)len);
        double_reply_data(call->reply, 200, "text/plain", text, (size_t)text_len);
        free(text);
    }
    free(der);
}

static void acknowledge(struct cp_call *call, struct cp_request *request) {
    const char *status = json_string_value(json_object_get(call->request->json, "Status"));
    char letter = letter_of(call, request);
    int repeated = atoi(double_knob(call->d, "repeat-k"));
    if (!status || strcmp(status, "K") != 0 || (letter != 'C' && letter != 'K')) {
        cp_refuse(call, 400, "a request that is not complete cannot be confirmed");
        return;
    }
    if (letter == 'K' && repeated != 200) {
        cp_refuse(call, repeated, "it is confirmed already");
        return;
    }
    double_add(call->d, "acknowledged", letter == 'C');
    request->letter = 'K';
    double_reply_json(call->reply, 200,
                      json_pack("{s:o}", "CertRequest", request_json(call, request)));
}

static struct cp_request *find(struct cp_call *call, const char *id, size_t len) {
    for (size_t i = 0; i < call->state->request_count; i++) {
        struct cp_request *request = &call->state->requests[i];
        if (request->user == call->user && strlen(request->id) == len &&
            memcmp(request->id, id, len) == 0)
            return request;
    }
    return NULL;
}

static void one(struct cp_call *call, const char *id) {
    size_t len = strcspn(id, "/");
    bool post = strcmp(call->request->method, "POST") == 0;
    struct cp_request *request = find(call, id, len);
    if (!request)
        cp_refuse(call, 404, "no such request");
    else if (strcmp(id + len, "/rawcert") == 0)
        rawcert(call, request);
    else if (post)
        acknowledge(call, request);
    else
        double_reply_json(call->reply, 200,
                          json_pack("{s:o}", "CertRequest", request_json(call, request)));
}

void cp_certrequest(struct cp_call *call) {
    const char *id = call->rest + strlen("/certrequest");
    if (*id == '/' && id[1])
        one(call, id + 1);
    else if (strcmp(call->request->method, "POST") == 0)
        submit(call);
    else
        list(call);
}

void cp_certificate(struct cp_call *call) {
    json_t *rows = json_array();
    for (size_t i = 0; i < call->state->request_count; i++) {
        const struct cp_request *request = &call->state->requests[i];
        if (request->user == call->user && request->pem)
            json_array_append_new(rows,
                                  json_pack("{s:s+, s:s, s:s}", "CertId", "cert-", request->id,
                                            "UserId", call->user->token, "Status", "V"));
    }
    double_reply_json(call->reply, 200, json_pack("{s:o}", "Certificate", rows));
}
