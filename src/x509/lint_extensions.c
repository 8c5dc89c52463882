// SPDX-License-Identifier: Apache-2.0
// What a CA minds of a request's extensions, and how the request differs from its profile.
#include "base/text.h"
#include "x509/attribute.h"
#include "x509/extension.h"
#include "x509/extensions.h"
#include "x509/lint.h"
#include "x509/profile.h"

kf_err kf_lint_extensions(struct kf_lint *lint) {
    KF_AUTO(kf_buf) twice = {0};
    if (kf_extensions_twice(lint->extensions, &twice))
        KF_TRY(
            kf_lint_say(lint, KF_LINT_ERROR, "it has the extension %s twice", kf_buf_str(&twice)));
    if (sk_X509_EXTENSION_num(lint->extensions) <= 0)
        return kf_lint_say(lint, KF_LINT_NOTE,
                           "it asks for no extensions; the CA alone decides on the usages");
    return KF_OK;
}

/* 2.5.29.14 subjectKeyIdentifier, .19 basicConstraints (has a check of its own); Microsoft's
 * application policies; TLS feature. */
static const char *const usual[] = {
    "2.5.29.14",         "2.5.29.15",        "2.5.29.17",
    "2.5.29.19",         "2.5.29.37",        KF_OID_SID_EXTENSION,
    KF_OID_TEMPLATE_V1,  KF_OID_TEMPLATE_V2, "1.3.6.1.4.1.311.21.10",
    "1.3.6.1.5.5.7.1.24"};

kf_err kf_lint_unusual(struct kf_lint *lint) {
    for (int i = 0; i < sk_X509_EXTENSION_num(lint->extensions); i++) {
        char oid[KF_OID_TEXT_MAX];
        bool known = false;
        kf_oid_text(X509_EXTENSION_get_object(sk_X509_EXTENSION_value(lint->extensions, i)), oid);
        for (size_t at = 0; at < KF_COUNT(usual); at++)
            known |= kf_str_equal(usual[at], oid);
        if (!known)
            KF_TRY(kf_lint_say(lint, KF_LINT_WARNING,
                               "it asks for the extension %s, which many CAs refuse", oid));
    }
    return KF_OK;
}

kf_err kf_lint_microsoft(struct kf_lint *lint) {
    bool sid = kf_extensions_find(lint->extensions, KF_OID_SID_EXTENSION);
    for (size_t i = 0; i < json_array_size(lint->names); i++)
        sid |= kf_uri_sid(kf_lint_name_part(lint, i, "value")) != NULL;
    if (sid)
        KF_TRY(kf_lint_say(
            lint, KF_LINT_WARNING,
            "it names a Windows account by its SID; a CA should take that from the directory, "
            "never from a request that a person wrote"));
    if (kf_extensions_find(lint->extensions, KF_OID_TEMPLATE_V1) ||
        kf_extensions_find(lint->extensions, KF_OID_TEMPLATE_V2))
        KF_TRY(
            kf_lint_say(lint, KF_LINT_NOTE, "only Microsoft's CA reads the certificate template"));
    return KF_OK;
}

kf_err kf_lint_challenge(struct kf_lint *lint) {
    if (X509_REQ_get_attr_by_NID(lint->csr->req, NID_pkcs9_challengePassword, -1) < 0)
        return KF_OK;
    return kf_lint_say(
        lint, KF_LINT_NOTE,
        "it holds a challenge password, which everyone who sees the request can read");
}

static bool profile_takes(const kf_profile *profile, enum kf_key_type type) {
    for (size_t i = 0; i < kf_profile_key_count(profile); i++)
        if (kf_profile_key_at(profile, i) == type)
            return true;
    return false;
}

kf_err kf_lint_profile(struct kf_lint *lint) {
    if (!lint->profile)
        return KF_OK;
    KF_AUTO_PTR(X509_EXTENSIONS) list = NULL;
    KF_AUTO(kf_usages) may = {0};
    KF_AUTO(kf_buf) bits = {0}, extended = {0}, less = {0};
    const char *name = kf_profile_name(lint->profile);
    KF_TRY(kf_profile_extensions(lint->profile, kf_csr_key_type(lint->csr), &list));
    KF_TRY(kf_usages_read(list, &may));
    KF_TRY(kf_usages_bits_less(&lint->usages, &may, &bits));
    KF_TRY(kf_usages_list_less(&lint->usages, &may, &extended));
    KF_TRY(kf_usages_list_less(&may, &lint->usages, &less));
    if (!profile_takes(lint->profile, kf_csr_key_type(lint->csr)))
        KF_TRY(kf_lint_say(lint, KF_LINT_WARNING, "the profile \"%s\" does not allow the key %s",
                           name, kf_csr_key_title(lint->csr)));
    if (bits.len || extended.len)
        KF_TRY(kf_lint_say(
            lint, KF_LINT_WARNING, "it asks for %s%s%s, which the profile \"%s\" does not give",
            kf_buf_str(&bits), bits.len && extended.len ? ", " : "", kf_buf_str(&extended), name));
    if (less.len)
        KF_TRY(kf_lint_say(lint, KF_LINT_NOTE,
                           "it does not ask for %s, which the profile \"%s\" gives",
                           kf_buf_str(&less), name));
    return KF_OK;
}
