// SPDX-License-Identifier: Apache-2.0
// The lists that privacyIDEA keeps: certificate tokens and CA connectors. Of a token's information
// only what is named here is shown: it may hold a private key.
#include "ca/privacyidea/pi.h"

#include <string.h>

#include "base/text.h"

const struct kf_ca_kind pi_kinds[PI_KIND_COUNT] = {
    {.name = "tokens",
     .title = "Certificate tokens",
     .columns = "serial=SERIAL|state=STATE|owner=OWNER|ca=CA|subject=SUBJECT|until=UNTIL|"
                "description=DESCRIPTION"},
    {.name = "caconnectors", .title = "CAs", .columns = "name=NAME|type=TYPE|offers=TEMPLATES"},
};

/* --- tokens --- */

static const char *state_of(const struct pi_token *token) {
    if (token->revoked)
        return "revoked";
    if (*token->state && !kf_str_equal(token->state, "enrolled"))
        return token->state;
    if (!token->certificate)
        return "without certificate";
    return token->active ? "issued" : "disabled";
}

/* A certificate that cannot be read is left out, not made up. */
static kf_err add_certificate(const char *pem, bool whole, json_t *row) {
    KF_AUTO(kf_certs) certs = {0};
    char until[21];
    if (!pem || kf_certs_read((const uint8_t *)pem, strlen(pem), &certs) != KF_OK)
        return KF_OK;
    kf_time_text(kf_cert_not_after(certs.items[0]), until);
    KF_TRY(kf_json_set(row, "subject", json_string(kf_cert_subject(certs.items[0]))));
    KF_TRY(kf_json_set(row, "until", json_string(until)));
    return whole ? kf_json_set(row, "certificate", json_string(pem)) : KF_OK;
}

static kf_err token_row(const struct pi_token *token, bool whole, json_t **ret_row) {
    KF_AUTO_FREE char *owner =
        kf_str("%s%s%s", token->user, *token->realm ? "@" : "", token->realm);
    if (!owner)
        return pi_no_memory();
    KF_AUTO_PTR(json_t)
    row = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b}", "serial", token->serial,
                    "state", state_of(token), "owner", owner, "ca", token->ca, "description",
                    token->description, "request", token->request, "active", token->active,
                    "revoked", token->revoked, "locked", token->locked);
    KF_TRY(kf_json_ready(row));
    KF_TRY(add_certificate(token->certificate, whole, row));
    *ret_row = KF_MOVE(row);
    return KF_OK;
}

static kf_err add_token(void *arg, const json_t *item, const struct pi_token *token,
                        bool *ret_stop) {
    json_t *row = NULL;
    (void)item, (void)ret_stop;
    KF_TRY(token_row(token, false, &row));
    return kf_json_append(arg, row);
}

static kf_err list_tokens(struct pi *pi, json_t **ret_json) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    KF_TRY(pi_tokens_walk(pi, add_token, list));
    *ret_json = KF_MOVE(list);
    return KF_OK;
}

static kf_err one_token(struct pi *pi, const char *id, json_t **ret_json) {
    KF_AUTO(pi_reply) reply = {0};
    struct pi_token token = {0};
    bool found = false;
    KF_TRY(pi_token_find(pi, id, &reply, &token, &found));
    if (!found)
        return kf_fail(KF_E_NOT_FOUND, "%s has no token \"%s\", or this account may not see it",
                       kf_http_host(pi->http), id);
    return token_row(&token, true, ret_json);
}

/* --- CA connectors --- */

static kf_err connector_row(const json_t *item, json_t **ret_row) {
    KF_AUTO_PTR(json_t) row = json_copy((json_t *)item);
    KF_AUTO(kf_buf) offers = {0};
    const json_t *templates = json_object_get(item, "templates");
    KF_TRY(kf_json_ready(row));
    for (size_t i = 0; i < json_array_size(templates); i++)
        KF_TRY(kf_buf_printf(&offers, "%s%s", i ? ", " : "",
                             json_string_value(json_array_get(templates, i))));
    KF_TRY(kf_json_set(row, "offers", json_string(kf_buf_str(&offers))));
    *ret_row = KF_MOVE(row);
    return KF_OK;
}

static kf_err known_connectors(struct pi *pi, const json_t **ret_list) {
    KF_TRY(pi_connectors(pi, ret_list));
    return *ret_list ? KF_OK
                     : kf_fail(KF_E_POLICY, "this account may not list the CAs of \"%s\"",
                               pi->setup.connection);
}

static kf_err list_connectors(struct pi *pi, json_t **ret_json) {
    KF_AUTO_PTR(json_t) rows = json_array();
    const json_t *list = NULL;
    KF_TRY(kf_json_ready(rows));
    KF_TRY(known_connectors(pi, &list));
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *row = NULL;
        KF_TRY(connector_row(json_array_get(list, i), &row));
        KF_TRY(kf_json_append(rows, row));
    }
    *ret_json = KF_MOVE(rows);
    return KF_OK;
}

static kf_err one_connector(struct pi *pi, const char *id, json_t **ret_json) {
    const json_t *list = NULL;
    KF_TRY(known_connectors(pi, &list));
    const json_t *found = pi_connector_find(list, id);
    return found ? connector_row(found, ret_json)
                 : kf_fail(KF_E_NOT_FOUND, "\"%s\" has no CA \"%s\"", pi->setup.connection, id);
}

kf_err pi_records(void *state, const char *kind, const char *id, json_t **ret_json) {
    if (kf_str_equal(kind, "tokens"))
        return id ? one_token(state, id, ret_json) : list_tokens(state, ret_json);
    return id ? one_connector(state, id, ret_json) : list_connectors(state, ret_json);
}
