// SPDX-License-Identifier: Apache-2.0
// A new request (RFC 2986), signed with any EVP_PKEY and verified with the public key before it is
// handed out.
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#include "x509/csr_parts.h"
#include "x509/csr_spec.h"
#include "x509/extensions.h"
#include "x509/public_key.h"

KF_DEFINE_AUTO_PTR_WITH(EVP_MD_CTX, EVP_MD_CTX_free)

static kf_err cannot(void) {
    return kf_fail_openssl(KF_E_CRYPTO, "making the request");
}

/* With the real length: -1 would be taken for an ASN1_STRING pointer with some types. */
static kf_err add_challenge(X509_REQ *req, const char *challenge) {
    if (!challenge)
        return KF_OK;
    if (!X509_REQ_add1_attr_by_NID(req, NID_pkcs9_challengePassword, MBSTRING_UTF8,
                                   (const uint8_t *)challenge, (int)strlen(challenge)))
        return cannot();
    return KF_OK;
}

static bool set_key(X509_REQ *req, EVP_PKEY *public_key) {
    return kf_public_key_set(X509_REQ_get_X509_PUBKEY(req), public_key) ||
           X509_REQ_set_pubkey(req, public_key);
}

/* Everything but the key itself. */
static kf_err fill(const struct kf_csr_spec *spec, enum kf_key_type type, X509_REQ *req) {
    KF_AUTO_PTR(X509_NAME) name = NULL;
    KF_AUTO_PTR(X509_EXTENSIONS) list = NULL;
    KF_TRY(kf_name_parse(spec->subject ? spec->subject : "", &name));
    KF_TRY(kf_csr_spec_extensions(spec, name, type, &list));
    if (!X509_REQ_set_version(req, X509_REQ_VERSION_1) || !X509_REQ_set_subject_name(req, name))
        return cannot();
    if (list && !X509_REQ_add_extensions(req, list))
        return cannot();
    return add_challenge(req, spec->challenge);
}

static bool takes_no_hash(const EVP_PKEY *key) {
    return EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448");
}

static kf_err sign(const struct kf_csr_spec *spec, EVP_PKEY *key, X509_REQ *req) {
    KF_AUTO_PTR(EVP_MD_CTX) context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *options = NULL; /* belongs to `context` */
    const EVP_MD *md = NULL;
    KF_TRY(kf_csr_spec_hash(spec, &md));
    if (!context ||
        EVP_DigestSignInit(context, &options, takes_no_hash(key) ? NULL : md, NULL, key) != 1)
        return kf_fail_openssl(KF_E_CRYPTO, "signing the request");
    if (spec->rsa_pss && (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) <= 0 ||
                          EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) <= 0))
        return kf_fail_openssl(KF_E_CRYPTO, "signing the request with RSA-PSS");
    if (X509_REQ_sign_ctx(req, context) <= 0)
        return kf_fail_openssl(KF_E_CRYPTO, "signing the request");
    return KF_OK;
}

/* Through DER and back, as everyone else will read it. */
static kf_err read_again(const X509_REQ *req, kf_csr **ret_csr) {
    unsigned char *der = NULL;
    int len = i2d_X509_REQ(req, &der);
    if (len < 0)
        return cannot();
    kf_err err = kf_csr_from_der(der, (size_t)len, ret_csr);
    OPENSSL_free(der);
    if (err != KF_E_INPUT)
        return err;
    kf_fail_in(KF_E_KEY_UNUSABLE, "the new request cannot be verified");
    return KF_E_KEY_UNUSABLE;
}

kf_err kf_csr_build(const struct kf_csr_spec *spec, EVP_PKEY *key, EVP_PKEY *public_key,
                    kf_csr **ret_csr) {
    KF_TRY(kf_csr_spec_check(spec));
    if (spec->rsa_pss && !EVP_PKEY_is_a(public_key, "RSA") && !EVP_PKEY_is_a(public_key, "RSA-PSS"))
        return kf_fail(KF_E_USAGE, "RSA-PSS needs an RSA key, and this one is %s",
                       kf_public_key_title(public_key));
    KF_AUTO_PTR(X509_REQ) req = X509_REQ_new();
    if (!req)
        return cannot();
    KF_TRY(fill(spec, kf_public_key_type(public_key), req));
    if (!set_key(req, public_key))
        return cannot();
    KF_TRY(sign(spec, key, req));
    return read_again(req, ret_csr);
}

/* --- keys that OpenSSL does not know --- */

/* The algorithm stands outside of what is signed (RFC 2986 4.2). Without parameters (RFC 9215 3).
 */
static kf_err set_signature(X509_REQ *req, enum kf_key_type type, const uint8_t *signature,
                            size_t len) {
    X509_ALGOR *algorithm = X509_ALGOR_new();
    ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
    ASN1_OBJECT *object = kf_gost_signature_algorithm(type);
    bool done =
        algorithm && bits && object && X509_ALGOR_set0(algorithm, object, V_ASN1_UNDEF, NULL);
    if (done)
        object = NULL;
    done = done && ASN1_BIT_STRING_set(bits, (unsigned char *)(uintptr_t)signature, (int)len) &&
           X509_REQ_set1_signature_algo(req, algorithm);
    ASN1_OBJECT_free(object);
    X509_ALGOR_free(algorithm);
    if (!done) {
        ASN1_BIT_STRING_free(bits);
        return cannot();
    }
    bits->flags &= ~(ASN1_STRING_FLAG_BITS_LEFT | 0x07);
    bits->flags |= ASN1_STRING_FLAG_BITS_LEFT; /* no unused bits, also when the last ones are 0 */
    X509_REQ_set0_signature(req, bits);
    return KF_OK;
}

static kf_err sign_with(const struct kf_csr_signer *signer, X509_REQ *req) {
    unsigned char *data = NULL;
    uint8_t signature[KF_GOST_SIGNATURE_MAX];
    size_t signature_len = 0;
    int len = i2d_re_X509_REQ_tbs(req, &data);
    if (len <= 0)
        return cannot();
    kf_err err = signer->sign(signer->arg, data, (size_t)len, signature, &signature_len);
    OPENSSL_free(data);
    KF_TRY(err);
    return set_signature(req, signer->type, signature, signature_len);
}

kf_err kf_csr_build_with(const struct kf_csr_spec *spec, const uint8_t *spki, size_t spki_len,
                         const struct kf_csr_signer *signer, kf_csr **ret_csr) {
    KF_TRY(kf_csr_spec_check(spec));
    if (spec->rsa_pss)
        return kf_fail(KF_E_USAGE, "RSA-PSS needs an RSA key, and this one is %s",
                       kf_key_type_title(signer->type));
    KF_AUTO_PTR(X509_REQ) req = X509_REQ_new();
    if (!req)
        return cannot();
    KF_TRY(fill(spec, signer->type, req));
    KF_TRY(kf_public_key_set_der(X509_REQ_get_X509_PUBKEY(req), spki, spki_len));
    KF_TRY(sign_with(signer, req));
    return read_again(req, ret_csr);
}
