// SPDX-License-Identifier: Apache-2.0
// What shall go into a request, checked before a key is made for it.
#include "x509/csr_spec.h"

#include <string.h>

#include "base/text.h"
#include "x509/attribute.h"
#include "x509/extension.h"
#include "x509/extensions.h"
#include "x509/general_name.h"
#include "x509/profile.h"

#define CHALLENGE_MAX 255 /* ub-challenge-password, RFC 2985 */

static const struct {
    const char *name;
    const EVP_MD *(*md)(void);
} hashes[] = {{"sha256", EVP_sha256}, {"sha384", EVP_sha384}, {"sha512", EVP_sha512}};

kf_err kf_csr_spec_hash(const struct kf_csr_spec *spec, const EVP_MD **ret_md) {
    const char *name = spec->hash && *spec->hash ? spec->hash : hashes[0].name;
    for (size_t i = 0; i < KF_COUNT(hashes); i++)
        if (kf_str_equal(hashes[i].name, name)) {
            *ret_md = hashes[i].md();
            return KF_OK;
        }
    return kf_fail(KF_E_USAGE, "there is no hash \"%s\"; there are sha256, sha384 and sha512",
                   name);
}

static kf_err push(X509_EXTENSION *extension, X509_EXTENSIONS **list) {
    if (X509v3_add_ext(list, extension, -1))
        return KF_OK;
    return kf_fail_openssl(KF_E_CRYPTO, "making the extensions");
}

/* Critical when the subject is empty (RFC 5280 4.2.1.6). */
static kf_err add_names(const struct kf_csr_spec *spec, bool critical, X509_EXTENSIONS **list) {
    KF_AUTO_PTR(GENERAL_NAMES) names = NULL;
    KF_TRY(kf_general_names_build(spec->sans, spec->san_count, &names));
    if (sk_GENERAL_NAME_num(names) == 0)
        return KF_OK;
    if (X509V3_add1_i2d(list, NID_subject_alt_name, names, critical, X509V3_ADD_APPEND) != 1)
        return kf_fail_openssl(KF_E_CRYPTO, "making the alternative names");
    return KF_OK;
}

static kf_err add_sid(const struct kf_csr_spec *spec, X509_EXTENSIONS **list) {
    const char *sid = NULL;
    for (size_t i = 0; i < spec->san_count; i++) {
        if (spec->sans[i].kind != KF_SAN_SID)
            continue;
        if (sid && !kf_str_equal(sid, spec->sans[i].value))
            return kf_fail(KF_E_USAGE, "there is more than one security identifier");
        sid = spec->sans[i].value;
    }
    if (!sid)
        return KF_OK;
    KF_AUTO_PTR(X509_EXTENSION) extension = NULL;
    KF_TRY(kf_sid_extension(sid, &extension));
    return push(extension, list);
}

static const char *given(const char *text, const char *otherwise) {
    return text && *text ? text : otherwise;
}

static kf_err add_templates(const struct kf_csr_spec *spec, X509_EXTENSIONS **list) {
    const kf_profile *profile = spec->profile;
    const char *name =
        given(spec->template_name, profile ? kf_profile_template_name(profile) : NULL);
    const char *oid = given(spec->template_oid, profile ? kf_profile_template_oid(profile) : NULL);
    KF_AUTO_PTR(X509_EXTENSION) v1 = NULL;
    KF_AUTO_PTR(X509_EXTENSION) v2 = NULL;
    if (name) {
        KF_TRY(kf_template_v1(name, &v1));
        KF_TRY(push(v1, list));
    }
    if (oid) {
        KF_TRY(kf_template_v2(oid, &v2));
        KF_TRY(push(v2, list));
    }
    return KF_OK;
}

kf_err kf_csr_spec_extensions(const struct kf_csr_spec *spec, const X509_NAME *subject,
                              enum kf_key_type type, X509_EXTENSIONS **ret_list) {
    bool is_empty = X509_NAME_entry_count(subject) == 0;
    KF_AUTO_PTR(X509_EXTENSIONS) list = NULL;
    KF_TRY(kf_profile_extensions(spec->profile, type, &list));
    KF_TRY(add_names(spec, is_empty, &list));
    KF_TRY(add_sid(spec, &list));
    KF_TRY(add_templates(spec, &list));
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

static kf_err check_challenge(const char *challenge) {
    if (!challenge)
        return KF_OK;
    size_t len = strnlen(challenge, CHALLENGE_MAX + 1);
    /* never its text: it is a secret */
    if (len < 1 || len > CHALLENGE_MAX)
        return kf_fail(KF_E_USAGE, "a challenge password has 1 to %d bytes", CHALLENGE_MAX);
    if (kf_attribute_check(NULL, "challenge password", challenge, len) != KF_OK)
        return kf_fail(KF_E_USAGE,
                       "the challenge password has a control character or is not UTF-8");
    return KF_OK;
}

kf_err kf_csr_spec_check(const struct kf_csr_spec *spec) {
    KF_AUTO_PTR(X509_NAME) name = NULL;
    KF_AUTO_PTR(X509_EXTENSIONS) list = NULL;
    const EVP_MD *md = NULL;
    KF_TRY(kf_name_parse(spec->subject ? spec->subject : "", &name));
    KF_TRY(kf_csr_spec_extensions(spec, name, KF_KEY_NONE, &list));
    if (X509_NAME_entry_count(name) == 0 && !kf_extensions_find(list, "2.5.29.17"))
        return kf_fail(KF_E_USAGE, "there is neither a subject nor an alternative name");
    KF_TRY(kf_csr_spec_hash(spec, &md));
    KF_TRY(check_challenge(spec->challenge));
    return spec->profile ? kf_profile_check_names(spec->profile, name, spec->sans, spec->san_count)
                         : KF_OK;
}
