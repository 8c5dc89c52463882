// SPDX-License-Identifier: Apache-2.0
// Making certificates (RFC 5280 4): the lab CA's root, what it issues, and what a key signs for
// itself.
#include "x509/issue.h"

#include <openssl/err.h>
#include <openssl/rand.h>

#include "x509/csr_spec.h"
#include "x509/extension.h"
#include "x509/extensions.h"
#include "x509/general_name.h"
#include "x509/issue_parts.h"
#include "x509/public_key.h"

KF_DEFINE_AUTO_PTR_WITH(ASN1_BIT_STRING, ASN1_BIT_STRING_free)
KF_DEFINE_AUTO_PTR_WITH(BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free)
KF_DEFINE_AUTO_PTR_WITH(EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free)

static kf_err add_constraints(X509_EXTENSIONS **list, bool is_ca) {
    KF_AUTO_PTR(BASIC_CONSTRAINTS) constraints = BASIC_CONSTRAINTS_new();
    if (!constraints)
        return kf_fail(KF_E_MEMORY, "out of memory for an extension");
    constraints->ca = is_ca ? 0xff : 0;
    return kf_issue_extension(list, NID_basic_constraints, true, constraints);
}

/* Bits of RFC 5280 4.2.1.3; `second` negative for none. */
enum { DIGITAL_SIGNATURE = 0, KEY_ENCIPHERMENT = 2, KEY_CERT_SIGN = 5, CRL_SIGN = 6 };

static kf_err add_usage(X509_EXTENSIONS **list, int first, int second) {
    KF_AUTO_PTR(ASN1_BIT_STRING) usage = ASN1_BIT_STRING_new();
    if (!usage || !ASN1_BIT_STRING_set_bit(usage, first, 1) ||
        (second >= 0 && !ASN1_BIT_STRING_set_bit(usage, second, 1)))
        return kf_fail_openssl(KF_E_CRYPTO, "making the key usage");
    return kf_issue_extension(list, NID_key_usage, true, usage);
}

static kf_err new_cert(const uint8_t serial[static 20], int64_t not_before, int64_t not_after,
                       X509 **ret_x509) {
    if (not_after <= not_before)
        return kf_fail(KF_E_INPUT, "the validity ends before it begins");
    KF_AUTO_PTR(X509) x509 = X509_new();
    if (!x509 || !X509_set_version(x509, X509_VERSION_3))
        return kf_fail_openssl(KF_E_CRYPTO, "making a certificate");
    KF_TRY(kf_issue_serial(serial, 20, X509_get_serialNumber(x509)));
    KF_TRY(kf_issue_time(not_before, X509_getm_notBefore(x509)));
    KF_TRY(kf_issue_time(not_after, X509_getm_notAfter(x509)));
    *ret_x509 = KF_MOVE(x509);
    return KF_OK;
}

static bool set_key(X509 *x509, EVP_PKEY *key) {
    return kf_public_key_set(X509_get_X509_PUBKEY(x509), key) || X509_set_pubkey(x509, key);
}

static kf_err set_parties(X509 *x509, const X509_NAME *subject, const X509_NAME *issuer,
                          EVP_PKEY *key) {
    if (!X509_set_subject_name(x509, subject) || !X509_set_issuer_name(x509, issuer) ||
        !set_key(x509, key))
        return kf_fail_openssl(KF_E_CRYPTO, "filling a certificate");
    return KF_OK;
}

static kf_err set_extensions(X509 *x509, const X509_EXTENSIONS *list) {
    for (int i = 0; i < sk_X509_EXTENSION_num(list); i++)
        if (!X509_add_ext(x509, sk_X509_EXTENSION_value(list, i), -1))
            return kf_fail_openssl(KF_E_CRYPTO, "adding an extension");
    return KF_OK;
}

/* A signature of a token is believed when it verifies. */
static kf_err sign(X509 *x509, EVP_PKEY *key, EVP_PKEY *public_key) {
    if (!X509_sign(x509, key, kf_issue_digest(key)))
        return kf_fail_openssl(KF_E_CRYPTO, "signing the certificate");
    int verified = X509_verify(x509, public_key);
    ERR_clear_error();
    if (verified != 1)
        return kf_fail(KF_E_KEY_UNUSABLE,
                       "the key made a signature that its certificate does not verify");
    return KF_OK;
}

static kf_err random_serial(uint8_t ret_serial[static 20]) {
    if (RAND_bytes(ret_serial, 20) != 1)
        return kf_fail_openssl(KF_E_CRYPTO, "choosing a serial number");
    ret_serial[0] = (ret_serial[0] & 0x3f) | 0x40;
    return KF_OK;
}

/* Through DER and back, as everyone else will read it. */
static kf_err read_again(const X509 *x509, kf_cert **ret_cert) {
    unsigned char *der = NULL;
    int len = i2d_X509(x509, &der);
    if (len < 0)
        return kf_fail_openssl(KF_E_CRYPTO, "encoding the certificate");
    kf_err err = kf_cert_parse(der, (size_t)len, ret_cert);
    OPENSSL_free(der);
    return err;
}

static kf_err root_extensions(const X509 *x509, X509_EXTENSIONS **list) {
    KF_TRY(add_constraints(list, true));
    KF_TRY(add_usage(list, KEY_CERT_SIGN, CRL_SIGN));
    return kf_issue_identifier(list, x509);
}

kf_err kf_issue_root(const char *subject, EVP_PKEY *key, int64_t not_before, int64_t not_after,
                     kf_cert **ret_cert) {
    KF_AUTO_PTR(X509_NAME) name = NULL;
    KF_AUTO_PTR(X509) x509 = NULL;
    KF_AUTO_PTR(X509_EXTENSIONS) list = NULL;
    uint8_t serial[20];
    KF_TRY(kf_name_parse(subject, &name));
    if (X509_NAME_entry_count(name) == 0)
        return kf_fail(KF_E_USAGE, "a CA needs a subject");
    KF_TRY(random_serial(serial));
    KF_TRY(new_cert(serial, not_before, not_after, &x509));
    KF_TRY(set_parties(x509, name, name, key));
    KF_TRY(root_extensions(x509, &list));
    KF_TRY(set_extensions(x509, list));
    KF_TRY(sign(x509, key, key));
    return read_again(x509, ret_cert);
}

/* --- signed by its own key --- */

static bool names_a_server(const struct kf_csr_spec *names) {
    for (size_t i = 0; i < names->san_count; i++)
        if (names->sans[i].kind == KF_SAN_DNS || names->sans[i].kind == KF_SAN_IP)
            return true;
    return false;
}

static kf_err add_purposes(const struct kf_csr_spec *names, X509_EXTENSIONS **list) {
    static const int nids[] = {NID_client_auth, NID_email_protect, NID_server_auth};
    KF_AUTO_PTR(EXTENDED_KEY_USAGE) purposes = EXTENDED_KEY_USAGE_new();
    size_t count = names_a_server(names) ? KF_COUNT(nids) : KF_COUNT(nids) - 1;
    for (size_t i = 0; purposes && i < count; i++)
        sk_ASN1_OBJECT_push(purposes, OBJ_nid2obj(nids[i]));
    return kf_issue_extension(list, NID_ext_key_usage, false, purposes);
}

static kf_err self_extensions(const struct kf_csr_spec *names, const X509 *x509, EVP_PKEY *key,
                              X509_EXTENSIONS **list) {
    KF_TRY(add_constraints(list, false));
    KF_TRY(add_usage(list, DIGITAL_SIGNATURE, EVP_PKEY_is_a(key, "RSA") ? KEY_ENCIPHERMENT : -1));
    KF_TRY(add_purposes(names, list));
    return kf_issue_identifier(list, x509);
}

kf_err kf_issue_self(const struct kf_issue_self_order *order, EVP_PKEY *key, EVP_PKEY *public_key,
                     kf_cert **ret_cert) {
    const struct kf_csr_spec *names = order->names;
    KF_AUTO_PTR(X509_NAME) name = NULL;
    KF_AUTO_PTR(X509) x509 = NULL;
    KF_AUTO_PTR(X509_EXTENSIONS) list = NULL;
    uint8_t serial[20];
    KF_TRY(kf_csr_spec_check(names));
    KF_TRY(kf_name_parse(names->subject ? names->subject : "", &name));
    if (X509_NAME_entry_count(name) == 0) /* RFC 5280 4.1.2.4: an issuer has a name */
        return kf_fail(KF_E_USAGE, "a certificate that its own key signs needs a subject");
    KF_TRY(random_serial(serial));
    KF_TRY(new_cert(serial, order->not_before, order->not_after, &x509));
    KF_TRY(set_parties(x509, name, name, public_key));
    KF_TRY(kf_csr_spec_extensions(names, name, kf_public_key_type(public_key), &list));
    KF_TRY(self_extensions(names, x509, public_key, &list));
    KF_TRY(set_extensions(x509, list));
    KF_TRY(sign(x509, key, public_key));
    return read_again(x509, ret_cert);
}

/* --- for others --- */

/* From the request, which kf_issue_allowed() has looked at. */
static const char *const copied[] = {KF_OID_SID_EXTENSION, KF_OID_TEMPLATE_V1, KF_OID_TEMPLATE_V2};

static kf_err copy_extension(X509_EXTENSIONS **list, X509_EXTENSION *extension, bool critical) {
    if (!extension)
        return KF_OK;
    KF_AUTO_PTR(X509_EXTENSION) copy = X509_EXTENSION_dup(extension);
    if (!copy || !X509_EXTENSION_set_critical(copy, critical) || !X509v3_add_ext(list, copy, -1))
        return kf_fail_openssl(KF_E_CRYPTO, "copying an extension");
    return KF_OK;
}

/* RFC 5280 4.2.1.6: the names are critical when there is no subject. */
static kf_err copy_extensions(const kf_csr *csr, X509_EXTENSIONS **list) {
    KF_AUTO_PTR(X509_EXTENSIONS) asked = X509_REQ_get_extensions(kf_csr_x509(csr));
    ERR_clear_error();
    bool no_subject = X509_NAME_entry_count(X509_REQ_get_subject_name(kf_csr_x509(csr))) == 0;
    KF_TRY(copy_extension(list, kf_extensions_find(asked, "2.5.29.17"), no_subject));
    for (size_t i = 0; i < KF_COUNT(copied); i++)
        KF_TRY(copy_extension(list, kf_extensions_find(asked, copied[i]), false));
    return KF_OK;
}

static kf_err leaf_extensions(const struct kf_issuer *issuer, const struct kf_issue_order *order,
                              const X509 *x509, EVP_PKEY *key, X509_EXTENSIONS **list) {
    KF_TRY(add_constraints(list, false));
    KF_TRY(kf_profile_extensions(order->profile, kf_public_key_type(key), list));
    KF_TRY(kf_issue_identifier(list, x509));
    KF_TRY(kf_issue_authority(list, issuer->cert));
    return copy_extensions(order->csr, list);
}

kf_err kf_issue_cert(const struct kf_issuer *issuer, const struct kf_issue_order *order,
                     kf_cert **ret_cert) {
    X509 *ca = kf_cert_x509(issuer->cert);
    KF_AUTO_PTR(EVP_PKEY) key = NULL;
    KF_AUTO_PTR(X509) x509 = NULL;
    KF_AUTO_PTR(X509_EXTENSIONS) list = NULL;
    if (!kf_cert_is_ca(issuer->cert))
        return kf_fail(KF_E_INPUT, "\"%s\" is not a CA certificate", kf_cert_subject(issuer->cert));
    KF_TRY(kf_issue_allowed(order->csr, order->profile));
    KF_TRY(kf_csr_public_key(order->csr, &key));
    KF_TRY(new_cert(order->serial, order->not_before, order->not_after, &x509));
    KF_TRY(set_parties(x509, X509_REQ_get_subject_name(kf_csr_x509(order->csr)),
                       X509_get_subject_name(ca), key));
    KF_TRY(leaf_extensions(issuer, order, x509, key, &list));
    KF_TRY(set_extensions(x509, list));
    KF_TRY(sign(x509, issuer->key, X509_get0_pubkey(ca)));
    return read_again(x509, ret_cert);
}
