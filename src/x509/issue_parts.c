// SPDX-License-Identifier: Apache-2.0
// What root, certificate and revocation list have in common when they are made.
#include "x509/issue_parts.h"

#include <string.h>

KF_DEFINE_AUTO_PTR_WITH(ASN1_OCTET_STRING, ASN1_OCTET_STRING_free)
KF_DEFINE_AUTO_PTR_WITH(AUTHORITY_KEYID, AUTHORITY_KEYID_free)
KF_DEFINE_AUTO_PTR_WITH(BIGNUM, BN_free)

#define SERIAL_MAX 20

const EVP_MD *kf_issue_digest(const EVP_PKEY *key) {
    if (EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448"))
        return NULL;
    int bits = EVP_PKEY_is_a(key, "EC") ? EVP_PKEY_get_bits(key) : 0;
    return bits > 384 ? EVP_sha512() : bits > 256 ? EVP_sha384() : EVP_sha256();
}

kf_err kf_issue_time(int64_t seconds, ASN1_TIME *ret_time) {
    return ASN1_TIME_set(ret_time, (time_t)seconds)
               ? KF_OK
               : kf_fail_openssl(KF_E_INPUT, "encoding the time");
}

kf_err kf_issue_serial(const uint8_t *serial, size_t len, ASN1_INTEGER *ret_number) {
    KF_AUTO_PTR(BIGNUM) number = len <= SERIAL_MAX ? BN_bin2bn(serial, (int)len, NULL) : NULL;
    if (!number || BN_is_zero(number) || BN_num_bits(number) >= SERIAL_MAX * 8)
        return kf_fail(KF_E_INPUT, "the serial number is not a positive number of at most %d bytes",
                       SERIAL_MAX);
    return BN_to_ASN1_INTEGER(number, ret_number)
               ? KF_OK
               : kf_fail_openssl(KF_E_CRYPTO, "encoding the serial number");
}

kf_err kf_issue_extension(X509_EXTENSIONS **list, int nid, bool critical, void *value) {
    KF_AUTO_PTR(X509_EXTENSION) extension = value ? X509V3_EXT_i2d(nid, critical, value) : NULL;
    if (!extension || !X509v3_add_ext(list, extension, -1))
        return kf_fail_openssl(KF_E_CRYPTO, "making an extension");
    return KF_OK;
}

static kf_err key_identifier(const X509 *x509, ASN1_OCTET_STRING *ret_identifier) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (!X509_pubkey_digest(x509, EVP_sha1(), digest, &len) ||
        !ASN1_OCTET_STRING_set(ret_identifier, digest, (int)len))
        return kf_fail_openssl(KF_E_CRYPTO, "computing the key identifier");
    return KF_OK;
}

kf_err kf_issue_identifier(X509_EXTENSIONS **list, const X509 *x509) {
    KF_AUTO_PTR(ASN1_OCTET_STRING) identifier = ASN1_OCTET_STRING_new();
    if (!identifier)
        return kf_fail(KF_E_MEMORY, "out of memory for an extension");
    KF_TRY(key_identifier(x509, identifier));
    return kf_issue_extension(list, NID_subject_key_identifier, false, identifier);
}

kf_err kf_issue_authority(X509_EXTENSIONS **list, const kf_cert *issuer) {
    X509 *x509 = kf_cert_x509(issuer);
    const ASN1_OCTET_STRING *own = X509_get0_subject_key_id(x509);
    KF_AUTO_PTR(AUTHORITY_KEYID) authority = AUTHORITY_KEYID_new();
    if (!authority || !(authority->keyid = ASN1_OCTET_STRING_new()))
        return kf_fail(KF_E_MEMORY, "out of memory for an extension");
    if (!own)
        KF_TRY(key_identifier(x509, authority->keyid));
    else if (!ASN1_STRING_copy(authority->keyid, own))
        return kf_fail_openssl(KF_E_CRYPTO, "copying the key identifier");
    return kf_issue_extension(list, NID_authority_key_identifier, false, authority);
}
