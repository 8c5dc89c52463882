// SPDX-License-Identifier: Apache-2.0
// What a CryptoPro UC 2.0 service lists for its user, and the certificates of its CA.
#include "ca/cryptopro/cryptopro.h"

#include <string.h>

#include "base/text.h"

/* --- lists --- */

static const struct list {
    const char *kind, *what;
    const char *path, *member, *id_key;
} lists[] = {
    {"requests", "certificate requests", "certrequest", "CertRequest", "CertRequestId"},
    {"certificates", "certificates", "certificate", "Certificate", "CertId"},
    {"revocation-requests", "revocation requests", "revrequest", "RevokeRequest", "RevRequestId"},
};

static const struct {
    const char *letter, *words;
} certificate_words[] = {{"v", "valid"}, {"r", "revoked"}, {"h", "on hold"}, {"e", "expired"}};

static const char *words_of(const struct list *list, const char *status) {
    if (!kf_str_equal(list->kind, "certificates"))
        return kf_cp_letter_words(kf_cp_letter(status));
    for (size_t i = 0; status && i < KF_COUNT(certificate_words); i++) {
        if ((status[0] | 0x20) == certificate_words[i].letter[0] && !status[1])
            return certificate_words[i].words;
    }
    return "in a status that keyfob does not know";
}

/* {id, status, state, user?}, and with `all` what else the service says as texts. */
static kf_err record_of(const struct list *list, const json_t *object, json_t **ret_record) {
    char id[KF_CP_ID_MAX + 1] = "";
    const char *status = json_string_value(json_object_get(object, "Status"));
    KF_AUTO_PTR(json_t) record = NULL;
    const char *key;
    json_t *value;
    if (!kf_cp_id_of(object, list->id_key, id))
        return KF_OK;
    record = json_pack("{s:s, s:s, s:s}", "id", id, "status", status ? status : "", "state",
                       words_of(list, status));
    KF_TRY(kf_json_ready(record));
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        if (json_is_string(value) && !kf_str_equal(key, list->id_key) &&
            !kf_str_equal(key, "Status"))
            KF_TRY(kf_json_set(record, key, json_incref(value)));
    }
    *ret_record = KF_MOVE(record);
    return KF_OK;
}

static kf_err fetch(kf_cp *cp, const struct list *list, json_t **ret_objects) {
    KF_AUTO(kf_http_answer) http = {0};
    KF_TRY(kf_cp_get(cp, kf_str("%s/%s", kf_cp_root(cp), list->path), &http));
    if (http.status == 404)
        return kf_fail(KF_E_UNSUPPORTED, "\"%s\" does not list %s", kf_http_host(cp->http),
                       list->what);
    if (!kf_cp_is_ok(&http))
        return kf_cp_refused(cp, &http, list->what);
    return kf_cp_read_list(http.body.data, http.body.len, list->member, ret_objects);
}

static kf_err find_record(const struct list *list, const json_t *records, const char *id,
                          json_t **ret_json) {
    size_t i;
    json_t *record;
    json_array_foreach(records, i, record) {
        if (kf_str_equal(json_string_value(json_object_get(record, "id")), id)) {
            *ret_json = json_incref(record);
            return KF_OK;
        }
    }
    return kf_fail(KF_E_NOT_FOUND, "there is no \"%s\" among the %s", id, list->what);
}

static kf_err read_records(kf_cp *cp, const struct list *list, const char *id, json_t **ret_json) {
    KF_AUTO_PTR(json_t) objects = NULL;
    KF_AUTO_PTR(json_t) records = json_array();
    size_t i;
    json_t *object;
    KF_TRY(kf_json_ready(records));
    KF_TRY(fetch(cp, list, &objects));
    json_array_foreach(objects, i, object) {
        json_t *record = NULL;
        KF_TRY(record_of(list, object, &record));
        if (record)
            KF_TRY(kf_json_append(records, record));
    }
    if (id)
        return find_record(list, records, id, ret_json);
    *ret_json = KF_MOVE(records);
    return KF_OK;
}

kf_err kf_cp_records(void *state, const char *kind, const char *id, json_t **ret_json) {
    for (size_t i = 0; i < KF_COUNT(lists); i++) {
        if (kf_str_equal(lists[i].kind, kind))
            return read_records(state, &lists[i], id, ret_json);
    }
    return kf_fail(KF_E_USAGE, "there is no list \"%s\"", kind);
}

/* --- the CA's certificates --- */

kf_err kf_cp_roots(void *state, struct kf_ca_answer *answer) {
    kf_cp *cp = state;
    KF_AUTO(kf_http_answer) http = {0};
    KF_AUTO(kf_certs) certs = {0};
    KF_TRY(kf_cp_get_open(cp, kf_str("%s/cacertificate", cp->address.root), &http));
    if (http.status == 404) {
        answer->outcome = KF_CA_NOT_FOUND;
        return kf_ca_answer_text(answer, "the service does not offer them (HTTP 404)");
    }
    if (!kf_cp_is_ok(&http))
        return kf_cp_refused(cp, &http, "the certificates of the CA");
    if (kf_certs_read(http.body.data, http.body.len, &certs) != KF_OK)
        return kf_fail_in(KF_E_CA_ANSWER, "the certificates of the CA");
    answer->outcome = KF_CA_ISSUED;
    return kf_ca_answer_body(answer, http.body.data, http.body.len);
}
