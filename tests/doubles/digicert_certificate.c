// SPDX-License-Identifier: Apache-2.0
// The CertCentral double's certificates: download in its forms, and revocation.
#include "digicert.h"

#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define END "-----END CERTIFICATE-----\n"

/* With the line ends that the knob says; malloc'ed. */
static char *line_ends(const struct dc *dc, const char *pem) {
    char *text = malloc(2 * strlen(pem) + 1), *to = text;
    bool crlf = dc_knob_on(dc, "crlf");
    for (; *pem; pem++) {
        if (*pem == '\n' && crlf)
            *to++ = '\r';
        *to++ = *pem;
    }
    *to = '\0';
    return text;
}

json_t *dc_chain_of(struct dc *dc, const char *pem) {
    json_t *list = json_array();
    for (const char *end; (end = strstr(pem, END)); pem = end + sizeof END - 1) {
        char *one = strndup(pem, (size_t)(end - pem) + sizeof END - 1);
        char *shown = line_ends(dc, one);
        json_array_append_new(
            list, json_pack("{s:s, s:s}", "subject_common_name", "a name", "pem", shown));
        free(one), free(shown);
    }
    return list;
}

static json_t *by_certificate(struct dc *dc, const char *id) {
    for (size_t i = 0; i < json_array_size(dc->orders); i++) {
        json_t *order = json_array_get(dc->orders, i);
        char digits[32];
        snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT,
                 json_integer_value(json_object_get(json_object_get(order, "certificate"), "id")));
        if (strcmp(digits, id) == 0)
            return order;
    }
    return NULL;
}

/* --- download --- */

static void answer_file(struct dc_call *call, const char *pem, const char *format) {
    struct dc *dc = call->dc;
    bool all = strcmp(format, "pem_all") == 0;
    char whole[65536] = "", *root = double_ca_chain(dc->d), *text;
    const char *last = root;
    for (const char *at = root; (at = strstr(at, "-----BEGIN ")); at++)
        last = at;
    snprintf(whole, sizeof whole, "%s%s", pem, all ? last : "");
    free(root);
    text = line_ends(dc, whole);
    double_reply_data(call->reply, 200, "application/x-pem-file", text, strlen(text));
    free(text);
}

static void answer_download(struct dc_call *call, const json_t *order, const char *format) {
    const char *pem = dc_text(order, "_pem");
    bool noroot = strcmp(format, "pem_noroot") == 0;
    double_add(call->dc->d, "downloads", 1);
    if (dc_knob(call->dc, "download", "garbage"))
        double_reply_data(call->reply, 200, "application/x-pem-file", "not a certificate", 17);
    else if (!*pem || dc_knob(call->dc, "download", "none") ||
             dc_knob(call->dc, "download", "chain-only") ||
             (noroot && dc_knob(call->dc, "download", "no-noroot")))
        dc_error(call, 404, "not_found|certificate", "The certificate was not found.");
    else if (!noroot && strcmp(format, "pem_all") != 0)
        dc_error(call, 400, "invalid_format", "The format is not known.");
    else
        answer_file(call, pem, format);
}

void dc_certificate_download(struct dc_call *call) {
    answer_download(call, by_certificate(call->dc, call->parts[1]), call->parts[4]);
}

void dc_order_download(struct dc_call *call) {
    json_t *order = dc_find(call, call->dc->orders, call->parts[3], "order");
    if (order)
        answer_download(call, order, call->parts[5]);
}

void dc_certificate_chain(struct dc_call *call) {
    const char *pem = dc_text(by_certificate(call->dc, call->parts[1]), "_pem");
    if (!*pem || dc_knob(call->dc, "download", "none") || dc_knob(call->dc, "download", "garbage"))
        dc_error(call, 404, "not_found|certificate", "The certificate was not found.");
    else
        dc_answer(call, 200, json_pack("{s:o}", "intermediates", dc_chain_of(call->dc, pem)));
}

/* --- revoke --- */

static bool has_serial(const char *pem, const char *hex) {
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *leaf = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIGNUM *wanted = NULL;
    BIGNUM *serial = leaf ? ASN1_INTEGER_to_BN(X509_get0_serialNumber(leaf), NULL) : NULL;
    bool same = serial && BN_hex2bn(&wanted, hex) && BN_cmp(serial, wanted) == 0;
    BN_free(wanted), BN_free(serial);
    X509_free(leaf);
    BIO_free(bio);
    return same;
}

/* `ret_current` false: one that a reissue has replaced. */
static json_t *by_serial(struct dc *dc, const char *hex, bool *ret_current) {
    for (size_t i = 0; i < json_array_size(dc->orders); i++) {
        json_t *order = json_array_get(dc->orders, i);
        const json_t *old = json_object_get(order, "_replaced");
        *ret_current = has_serial(dc_text(order, "_pem"), hex);
        bool found = *ret_current;
        for (size_t n = 0; !found && n < json_array_size(old); n++)
            found = has_serial(json_string_value(json_array_get(old, n)), hex);
        if (found)
            return order;
    }
    return NULL;
}

/* With the approval skipped it is done at once; otherwise somebody has to approve the request. */
void dc_certificate_revoke(struct dc_call *call) {
    struct dc *dc = call->dc;
    bool current = true;
    json_t *order = by_serial(dc, call->parts[1], &current);
    if (!order)
        order = by_certificate(dc, call->parts[1]);
    if (!order) {
        dc_error(call, 404, "not_found|certificate", "The certificate was not found.");
        return;
    }
    if (strcmp(dc_text(order, "status"), "revoked") == 0 || dc_knob_on(dc, "already_revoked")) {
        dc_error(call, 400, "cert_already_revoked", "The certificate is already revoked.");
        return;
    }
    bool skips = json_is_true(json_object_get(call->request->json, "skip_approval")) ||
                 !dc_knob_on(dc, "needs_approval");
    if (!skips) {
        dc_answer(call, 201, json_incref(dc_request_new(dc, order, "revoke", "pending")));
        return;
    }
    if (current)
        json_object_set_new(order, "status", json_string("revoked"));
    double_add(dc->d, "revoked", 1);
    dc_no_content(call);
}
