// SPDX-License-Identifier: Apache-2.0
// Before a key is made: what CertCentral would refuse is refused here, and what it ignores of the
// CSR is said.
#include <string.h>

#include "base/text.h"
#include "ca/digicert/digicert.h"
#include "x509/csr.h"

#define KEYS "rsa2048 rsa3072 rsa4096 p256 p384"

static kf_err check_key_name(const char *key) {
    if (!*key || kf_str_has_word(KEYS, key))
        return KF_OK;
    kf_err err = kf_fail(KF_E_POLICY, "CertCentral takes no key of the type \"%s\"", key);
    kf_error_hint("Choose one of RSA 2048, 3072 or 4096, P-256 or P-384: `--key p256`.");
    return err;
}

static kf_err note(struct kf_ca_prepared *prepared, const char *what, const char *why) {
    return kf_ca_prepared_note(prepared, "note", "%s %s", what, why);
}

/* --- what of a CSR counts --- */

static kf_err note_subject(const char *subject, struct kf_ca_prepared *prepared) {
    if (!*subject)
        return KF_OK;
    return kf_ca_prepared_note(prepared, "note",
                               "the subject \"%s\" of the CSR is ignored: CertCentral takes the "
                               "subject from the order",
                               subject);
}

static kf_err note_names(const json_t *csr, struct kf_ca_prepared *prepared) {
    const json_t *names = json_object_get(csr, "alternative_names");
    for (size_t i = 0; i < json_array_size(names); i++)
        KF_TRY(kf_ca_prepared_note(prepared, "note",
                                   "the alternative name \"%s:%s\" of the CSR is ignored; the "
                                   "certificate has the recipients' addresses",
                                   kf_dc_text(json_array_get(names, i), "kind"),
                                   kf_dc_text(json_array_get(names, i), "value")));
    return KF_OK;
}

/* A request made elsewhere: its key is checked as ours would be. */
static kf_err read_csr(const struct kf_ca_plan *plan, struct kf_ca_prepared *prepared) {
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_AUTO_PTR(json_t) json = NULL;
    KF_TRY(kf_csr_read(plan->csr, plan->csr_len, &csr));
    KF_TRY(kf_csr_json(csr, &json));
    const json_t *key = json_object_get(json, "key");
    const char *type = kf_dc_text(key, "type");
    KF_TRY(check_key_name(*type ? type : kf_dc_text(key, "title")));
    KF_TRY(note_subject(kf_csr_subject(csr), prepared));
    return note_names(json, prepared);
}

/* --- what comes of it --- */

static kf_err note_name(const struct kf_dc_product *product, const json_t *fields,
                        struct kf_ca_prepared *prepared) {
    KF_AUTO(kf_buf) name = {0};
    KF_TRY(kf_dc_future_name(product, fields, &name));
    if (!name.len)
        return note(prepared, "the certificate will be named", "after the organization");
    return kf_ca_prepared_note(prepared, "note", "the certificate will be named \"%s\"",
                               kf_buf_str(&name));
}

static kf_err note_ignored(const struct kf_dc_product *product, const json_t *fields,
                           struct kf_ca_prepared *prepared) {
    bool mailbox = product->family == KF_DC_MAILBOX || product->family == KF_DC_CLASS1;
    static const char *const persons[] = {"organization", "first_name", "last_name", "pseudonym",
                                          "indicator"};
    for (size_t i = 0; mailbox && i < KF_COUNT(persons); i++)
        if (json_object_get(fields, persons[i]) && *kf_dc_text(fields, persons[i]))
            KF_TRY(kf_ca_prepared_note(prepared, "note",
                                       "the field \"%s\" is not used: %s holds only addresses",
                                       persons[i], product->title));
    if (kf_dc_is_secure_email(product) &&
        json_array_size(json_object_get(fields, "organization_units")))
        KF_TRY(note(prepared, "organization units", "are not part of Secure Email certificates"));
    return KF_OK;
}

static kf_err note_csr_later(const json_t *fields, struct kf_ca_prepared *prepared) {
    if (!kf_dc_yes(fields, "csr_later"))
        return KF_OK;
    prepared->keyless = true;
    return kf_ca_prepared_note(
        prepared, "warning",
        "\"csr_later\": the order goes without a CSR, and CertCentral takes none afterwards. The "
        "recipient makes the key (RSA 2048) in a browser with the link in the e-mail; it will "
        "never be on the token, and keyfob makes none");
}

static kf_err note_money(const struct kf_ca_plan *plan, const json_t *fields,
                         struct kf_ca_prepared *prepared) {
    if (plan->reissue)
        return note(prepared, "the order is the one that was paid for:",
                    "its certificate is issued again, for another key");
    if (kf_dc_yes(fields, "auto_renew"))
        KF_TRY(note(prepared, "auto-renewal:",
                    "CertCentral orders again, and charges, before this order ends"));
    if (kf_dc_yes(fields, "skip_approval"))
        KF_TRY(note(prepared, "no approval:",
                    "the order is placed as approved; the API key must "
                    "belong to an administrator"));
    return note(prepared, "the order costs money;",
                "keyfob sends it once and looks for it before it would send it again");
}

static kf_err note_all(const struct kf_dc_product *product, const struct kf_ca_plan *plan,
                       const json_t *fields, struct kf_ca_prepared *prepared) {
    KF_TRY(note(prepared, "only the public key", "of the CSR is used"));
    if (plan->csr)
        KF_TRY(read_csr(plan, prepared));
    else
        KF_TRY(note_subject(plan->subject ? plan->subject : "", prepared));
    KF_TRY(note_name(product, fields, prepared));
    KF_TRY(note_ignored(product, fields, prepared));
    KF_TRY(note_csr_later(fields, prepared));
    return note_money(plan, fields, prepared);
}

/* --- the organization --- */

static kf_err unknown_organization(const kf_dc *dc, const char *id) {
    kf_err err = kf_fail(KF_E_USAGE, "CertCentral knows no organization %s", id);
    kf_error_hint("List them with `keyfob connection records %s organizations`.",
                  dc->setup->connection);
    return err;
}

/* A key that may not read organizations, or a CA out of reach, is no reason to refuse an order. */
static kf_err check_organization(kf_dc *dc, const struct kf_dc_product *product,
                                 const json_t *fields, struct kf_ca_prepared *prepared) {
    char buf[24];
    KF_AUTO_PTR(json_t) organization = NULL;
    const char *id = kf_dc_field(fields, "organization", buf);
    if (!product->organization)
        return KF_OK;
    if (!*id)
        id = dc->organization;
    kf_err err = kf_dc_organizations(dc, id, &organization);
    if (err != KF_OK)
        return err == KF_E_NOT_FOUND ? unknown_organization(dc, id) : KF_OK;
    const char *status = kf_dc_text(organization, "smime");
    bool for_mail = product->purposes && strstr(product->purposes, "emailProtection");
    if (!for_mail || strcmp(status, "active") == 0)
        return KF_OK;
    return kf_ca_prepared_note(prepared, "warning",
                               "the S/MIME validation of the organization \"%s\" is \"%s\": the "
                               "order waits until DigiCert has validated it, which lasts 825 days "
                               "(`keyfob connection act %s organization-validate organization=%s`)",
                               kf_dc_text(organization, "name"), status, dc->setup->connection, id);
}

/* --- the door --- */

/* What the connection's settings add stays with the order, whatever they are when it is sent. */
static kf_err pin(const kf_dc *dc, const struct kf_dc_product *product, json_t *fields,
                  struct kf_ca_prepared *prepared) {
    char buf[24];
    if (product->organization && !*kf_dc_field(fields, "organization", buf))
        KF_TRY(kf_json_set(fields, "organization", json_string(dc->organization)));
    if (dc->container && !*kf_dc_field(fields, "container", buf))
        KF_TRY(kf_json_set(fields, "container", json_string(dc->container)));
    if (!*kf_dc_text(fields, "template"))
        KF_TRY(kf_json_set(fields, "template", json_string(product->id)));
    prepared->fields = json_dumps(fields, JSON_COMPACT);
    return prepared->fields ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

/* RFC 4514 2.4 */
static kf_err add_escaped(kf_buf *subject, const char *text) {
    for (const char *at = text; *at; at++) {
        bool edge = (at == text && (*at == ' ' || *at == '#')) || (*at == ' ' && !at[1]);
        if (edge || strchr(",+\"\\<>;=", *at))
            KF_TRY(kf_buf_add_str(subject, "\\"));
        KF_TRY(kf_buf_add(subject, at, 1));
    }
    return KF_OK;
}

#define NAME_MAX_BYTES 64 /* ub-common-name, RFC 5280 A.1 */

/* The CSR of a person who gave no subject has the certificate's name, as it must have one. */
static kf_err name_csr(const struct kf_dc_product *product, const struct kf_ca_plan *plan,
                       const json_t *fields, struct kf_ca_prepared *prepared) {
    KF_AUTO(kf_buf) name = {0};
    KF_AUTO(kf_buf) subject = {0};
    if (plan->csr || (plan->subject && *plan->subject))
        return KF_OK;
    KF_TRY(kf_dc_future_name(product, fields, &name));
    KF_TRY(kf_buf_add_str(&subject, "CN="));
    bool fits = name.len > 0 && name.len <= NAME_MAX_BYTES;
    KF_TRY(add_escaped(&subject, fits ? kf_buf_str(&name) : product->title));
    prepared->subject = strdup(kf_buf_str(&subject));
    return prepared->subject ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

kf_err kf_dc_prepare(void *state, const struct kf_ca_plan *plan, struct kf_ca_prepared *prepared) {
    kf_dc *dc = state;
    KF_AUTO_PTR(json_t) fields = NULL;
    struct kf_dc_product product = {0};
    KF_TRY(kf_dc_fields(plan->fields, &fields));
    KF_TRY(kf_dc_product_of(dc, fields, &product));
    KF_TRY(kf_dc_fields_check(dc, &product, fields));
    if (!plan->csr)
        KF_TRY(check_key_name(plan->key ? plan->key : ""));
    if (!plan->csr)
        KF_TRY(kf_dc_check_purposes(dc, &product, plan->profile, fields, prepared));
    KF_TRY(check_organization(dc, &product, fields, prepared));
    KF_TRY(pin(dc, &product, fields, prepared));
    KF_TRY(name_csr(&product, plan, fields, prepared));
    return note_all(&product, plan, fields, prepared);
}
