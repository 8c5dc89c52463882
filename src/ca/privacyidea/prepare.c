// SPDX-License-Identifier: Apache-2.0
// Before an order: what privacyIDEA would refuse with "500" or without a reason is refused here,
// and what it ignores is said.
#include "ca/privacyidea/pi.h"

#include <string.h>

#include "base/text.h"
#include "x509/csr.h"

struct preparing {
    struct pi *pi;
    const struct kf_ca_plan *plan;
    struct kf_ca_prepared *prepared;
    struct pi_target target;
    const char *type; /* of the CA connector, "" = unknown */
};

/* --- the CA and its template --- */

static kf_err join_names(const json_t *list, const char *key, kf_buf *ret_text) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *name = json_string_value(key ? json_object_get(item, key) : item);
        KF_TRY(kf_buf_printf(ret_text, "%s\"%s\"", ret_text->len ? ", " : "", name ? name : ""));
    }
    return KF_OK;
}

static bool has_text(const json_t *list, const char *text) {
    for (size_t i = 0; i < json_array_size(list); i++)
        if (kf_str_equal(json_string_value(json_array_get(list, i)), text))
            return true;
    return false;
}

/* An unknown one of either is an "internal server error" of privacyIDEA. */
static kf_err check_target(struct preparing *prep) {
    const struct pi_target *target = &prep->target;
    const json_t *list = NULL;
    KF_AUTO(kf_buf) known = {0};
    KF_TRY(pi_connectors(prep->pi, &list));
    if (!list)
        return KF_OK;
    const json_t *ca = pi_connector_find(list, target->ca);
    const json_t *templates = json_object_get(ca, "templates");
    KF_TRY(join_names(ca ? templates : list, ca ? NULL : "name", &known));
    const char *names = known.len ? kf_buf_str(&known) : "none";
    if (!ca)
        return kf_fail(KF_E_USAGE, "\"%s\" has no CA \"%s\"; it has %s", prep->pi->setup.connection,
                       target->ca, names);
    if (*target->template && !has_text(templates, target->template))
        return kf_fail(KF_E_USAGE, "the CA \"%s\" has no template \"%s\"; it has %s", target->ca,
                       target->template, names);
    if (!*target->template && kf_str_equal(prep->type, "microsoft"))
        return kf_fail(KF_E_USAGE, "the CA \"%s\" wants a template; it has %s", target->ca, names);
    return KF_OK;
}

/* --- the request --- */

/* Of the request that is there, or of the one that will be made. */
static kf_err read_csr(const struct kf_ca_plan *plan, kf_csr **ret_csr) {
    *ret_csr = NULL;
    return plan->csr ? kf_csr_read(plan->csr, plan->csr_len, ret_csr) : KF_OK;
}

/* RFC 4514: "CN=" begins the text or a part of it; a "," or "+" in a value has a "\" before it. */
static bool has_common_name(const char *subject) {
    for (const char *at = subject; *at; at++) {
        bool starts = at == subject || at[-1] == ',' || at[-1] == '+' || at[-1] == ' ';
        bool escaped = at - subject >= 2 && at[-2] == '\\';
        if (starts && !escaped &&
            (strncasecmp(at, "CN=", 3) == 0 || strncmp(at, "2.5.4.3=", 8) == 0))
            return true;
    }
    return false;
}

static kf_err check_subject(const char *subject) {
    if (has_common_name(subject))
        return KF_OK;
    kf_fail(KF_E_USAGE, "the CA of privacyIDEA wants a common name in the subject");
    kf_error_hint("Add one, for example --subject \"CN=Anna Smith\".");
    return KF_E_USAGE;
}

/* It belongs to one key, so the key must be there before; and only RSA is verified there. */
static kf_err check_attestation(struct preparing *prep, const kf_csr *csr, const char *text) {
    KF_AUTO(kf_certs) certs = {0};
    KF_AUTO(kf_buf) spki = {0};
    if (!text || !*text || (!csr && prep->plan->renewal))
        return KF_OK;
    if (!csr) {
        kf_fail(KF_E_USAGE, "an attestation certificate speaks of a key that is there already, but "
                            "this order makes a new one");
        kf_error_hint("Send the request of the attested key: --csr FILE.");
        return KF_E_USAGE;
    }
    if (kf_certs_read((const uint8_t *)text, strlen(text), &certs) != KF_OK)
        return kf_fail_in(KF_E_INPUT, "the attestation certificate");
    KF_TRY(kf_csr_spki(csr, &spki));
    if (!kf_cert_has_spki(certs.items[0], spki.data, spki.len))
        return kf_fail(KF_E_USAGE,
                       "the attestation certificate is of another key than the request");
    if (strncmp(kf_cert_key_title(certs.items[0]), "RSA", 3) != 0)
        return kf_ca_prepared_note(prep->prepared, "warning",
                                   "privacyIDEA can verify attestation of RSA keys only");
    return KF_OK;
}

/* --- what it will do with it --- */

static kf_err add_notes(struct preparing *prep) {
    struct kf_ca_prepared *prepared = prep->prepared;
    bool local = kf_str_equal(prep->type, "local"),
         microsoft = kf_str_equal(prep->type, "microsoft");
    if (!microsoft)
        KF_TRY(kf_ca_prepared_note(prepared, "note",
                                   "a local CA of privacyIDEA takes the key and the subject; "
                                   "alternative names of the request are ignored, usages and "
                                   "validity come from its template"));
    if (!microsoft)
        KF_TRY(kf_ca_prepared_note(prepared, prep->plan->renewal ? "warning" : "note",
                                   "a local CA of privacyIDEA usually refuses a subject that it "
                                   "has certified before, without saying so (code 503)%s",
                                   prep->plan->renewal ? "; revoke the old certificate first, or "
                                                         "have unique_subject switched off"
                                                       : ""));
    if (!local)
        KF_TRY(
            kf_ca_prepared_note(prepared, "warning",
                                "when a Microsoft CA behind privacyIDEA wants an approval first, "
                                "privacyIDEA loses the order: the certificate must then be "
                                "fetched from the CA by hand"));
    return kf_ca_prepared_note(prepared, "note",
                               "privacyIDEA sends the certificate alone: accept its issuing CA as "
                               "an anchor of this connection");
}

/* Both in one, so that a later order taken from this one can name another. An old attestation
 * speaks of the old key. */
static kf_err set_fields(struct preparing *prep, json_t *fields) {
    KF_AUTO_FREE char *full = kf_str("%s/%s", prep->target.ca, prep->target.template);
    if (!full)
        return pi_no_memory();
    json_object_del(fields, "ca");
    if (prep->plan->renewal && !prep->plan->csr)
        json_object_del(fields, "attestation");
    KF_TRY(kf_json_set(fields, "template", json_string(full)));
    prep->prepared->fields = json_dumps(fields, JSON_COMPACT);
    return prep->prepared->fields ? KF_OK : pi_no_memory();
}

kf_err pi_prepare(void *state, const struct kf_ca_plan *plan, struct kf_ca_prepared *prepared) {
    struct preparing prep = {.pi = state, .plan = plan, .prepared = prepared};
    KF_AUTO_PTR(json_t) fields = NULL;
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_TRY(pi_fields(plan->fields, &fields));
    KF_TRY(read_csr(plan, &csr));
    KF_TRY(check_subject(csr ? kf_csr_subject(csr) : plan->subject ? plan->subject : ""));
    KF_TRY(
        check_attestation(&prep, csr, json_string_value(json_object_get(fields, "attestation"))));
    KF_TRY(pi_sign_in(prep.pi)); /* before a key is made for nothing */
    KF_TRY(pi_target(prep.pi, fields, &prep.target));
    KF_TRY(pi_connector_type(prep.pi, prep.target.ca, &prep.type));
    KF_TRY(check_target(&prep));
    KF_TRY(add_notes(&prep));
    return set_fields(&prep, fields);
}
