// SPDX-License-Identifier: Apache-2.0
// What a CA minds of a request's subject and its alternative names.
#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"
#include "x509/lint.h"

kf_err kf_lint_subject(struct kf_lint *lint) {
    const X509_NAME *subject = X509_REQ_get_subject_name(lint->csr->req);
    bool is_empty = X509_NAME_entry_count(subject) == 0;
    if (is_empty && json_array_size(lint->names) == 0)
        return kf_lint_say(lint, KF_LINT_ERROR, "it has neither a subject nor an alternative name");
    if (X509_NAME_get_index_by_NID((X509_NAME *)subject, NID_commonName, -1) < 0)
        KF_TRY(kf_lint_say(lint, KF_LINT_WARNING,
                           "the subject has no common name (CN); many CAs want one"));
    if (X509_NAME_get_index_by_NID((X509_NAME *)subject, NID_pkcs9_emailAddress, -1) >= 0 &&
        !kf_lint_has_kind(lint, KF_SAN_EMAIL))
        KF_TRY(kf_lint_say(lint, KF_LINT_WARNING,
                           "the e-mail address is in the subject; mail programs look for it in "
                           "the alternative names"));
    return KF_OK;
}

static bool is_ip(const char *text) {
    uint8_t address[16];
    return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

static bool is_well_formed(const char *word, const char *value) {
    enum kf_san_kind kind = KF_SAN_OTHER;
    KF_AUTO(kf_buf) same = {0};
    if (kf_san_kind_parse(word, strlen(word), &kind) != KF_OK)
        return true;
    switch (kind) {
    case KF_SAN_EMAIL:
        return kf_check_email(value, &same) == KF_OK;
    case KF_SAN_DNS:
        return kf_check_dns(value, &same) == KF_OK;
    case KF_SAN_IP:
        return is_ip(value);
    case KF_SAN_URI:
        return kf_check_uri(value) == KF_OK;
    case KF_SAN_UPN:
        return kf_check_upn(value) == KF_OK;
    case KF_SAN_OTHER: /* what decodes is not shown as "other" */
        return !kf_str_starts(value, KF_OID_UPN ";") &&
               !kf_str_starts(value, KF_OID_KERBEROS ";") &&
               !kf_str_starts(value, KF_OID_SMTP_UTF8 ";");
    default:
        return true;
    }
}

kf_err kf_lint_names(struct kf_lint *lint) {
    if (!lint->names)
        return kf_lint_say(lint, KF_LINT_ERROR, "the alternative names are damaged");
    for (size_t i = 0; i < json_array_size(lint->names); i++) {
        const char *kind = kf_lint_name_part(lint, i, "kind"),
                   *value = kf_lint_name_part(lint, i, "value");
        if (!is_well_formed(kind, value))
            KF_TRY(kf_lint_say(lint, KF_LINT_ERROR,
                               "the alternative name \"%s:%.300s\" is malformed", kind, value));
    }
    kf_error_clear();
    return KF_OK;
}

kf_err kf_lint_purpose(struct kf_lint *lint) {
    bool server = kf_lint_has_extended(lint, KF_OID_SERVER_AUTH),
         client = kf_lint_has_extended(lint, KF_OID_CLIENT_AUTH);
    bool logon = kf_lint_has_extended(lint, KF_OID_SMARTCARD_LOGON) ||
                 kf_lint_has_extended(lint, KF_OID_PKINIT_CLIENT);
    if (kf_lint_has_extended(lint, KF_OID_EMAIL_PROTECTION) &&
        !kf_lint_has_kind(lint, KF_SAN_EMAIL))
        KF_TRY(kf_lint_say(
            lint, KF_LINT_WARNING,
            "it is for mail (emailProtection) but has no e-mail address among its names"));
    if (kf_lint_has_kind(lint, KF_SAN_UPN) && lint->usages.list && !logon)
        KF_TRY(kf_lint_say(
            lint, KF_LINT_WARNING,
            "it has a user principal name but not the usage for smart card sign-in (%s)",
            KF_OID_SMARTCARD_LOGON));
    if (server && !kf_lint_has_kind(lint, KF_SAN_DNS) && !kf_lint_has_kind(lint, KF_SAN_IP))
        KF_TRY(kf_lint_say(lint, KF_LINT_WARNING,
                           "it is for a server but has no DNS name or IP address among its names"));
    if (server && client)
        KF_TRY(kf_lint_say(lint, KF_LINT_WARNING,
                           "public CAs give no clientAuth together with serverAuth"));
    for (size_t i = 0; client && !server && i < json_array_size(lint->names); i++)
        if (kf_str_equal(kf_lint_name_part(lint, i, "kind"), "dns") &&
            kf_str_starts(kf_lint_name_part(lint, i, "value"), "*."))
            KF_TRY(kf_lint_say(lint, KF_LINT_WARNING,
                               "the wildcard \"%s\" makes no sense for a client",
                               kf_lint_name_part(lint, i, "value")));
    return KF_OK;
}
