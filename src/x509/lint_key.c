// SPDX-License-Identifier: Apache-2.0
// What a CA minds of a request's key, its usages and its signature.
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "x509/lint.h"
#include "x509/profile.h"

kf_err kf_lint_key(struct kf_lint *lint) {
    int bits = lint->key ? EVP_PKEY_get_bits(lint->key) : 0;
    enum kf_key_type type = kf_csr_key_type(lint->csr);
    const char *title = kf_csr_key_title(lint->csr);
    if (!kf_csr_is_proven(lint->csr))
        return kf_lint_say(lint, KF_LINT_NOTE,
                           "its own signature was not verified: OpenSSL does not know %s", title);
    if (EVP_PKEY_is_a(lint->key, "RSA") && bits < 2048)
        return kf_lint_say(lint, KF_LINT_ERROR, "the RSA key has %d bits; CAs want 2048 or more",
                           bits);
    if (EVP_PKEY_is_a(lint->key, "EC") && bits < 256)
        return kf_lint_say(lint, KF_LINT_ERROR, "the key %s is too small; CAs want P-256 or more",
                           title);
    if (type == KF_KEY_NONE)
        return kf_lint_say(lint, KF_LINT_WARNING, "few CAs take this key: %s", title);
    if (type == KF_KEY_ED25519 || type == KF_KEY_P521)
        return kf_lint_say(lint, KF_LINT_NOTE, "public CAs do not take %s keys", title);
    return KF_OK;
}

/* The hash of a signature; for RSA-PSS it is in the parameters, SHA-1 when absent (RFC 4055 3.1).
 */
static int signature_hash(const X509_REQ *req) {
    const X509_ALGOR *used = NULL;
    int hash = NID_undef;
    X509_REQ_get0_signature(req, NULL, &used);
    if (OBJ_obj2nid(used->algorithm) != NID_rsassaPss) {
        OBJ_find_sigid_algs(OBJ_obj2nid(used->algorithm), &hash, NULL);
        return hash;
    }
    RSA_PSS_PARAMS *pss =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), used->parameter);
    hash = pss && pss->hashAlgorithm ? OBJ_obj2nid(pss->hashAlgorithm->algorithm) : NID_sha1;
    RSA_PSS_PARAMS_free(pss);
    ERR_clear_error();
    return hash;
}

kf_err kf_lint_signature(struct kf_lint *lint) {
    int hash = signature_hash(lint->csr->req);
    if (hash == NID_sha1 || hash == NID_md5 || hash == NID_md4)
        return kf_lint_say(lint, KF_LINT_ERROR, "it is signed with %s; CAs want SHA-256 or more",
                           OBJ_nid2sn(hash));
    return KF_OK;
}

kf_err kf_lint_usages(struct kf_lint *lint) {
    const uint32_t signs = KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION;
    const uint32_t decrypts = KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT | KU_KEY_AGREEMENT;
    uint32_t bits = lint->usages.bits;
    bool rsa = EVP_PKEY_is_a(lint->key, "RSA");
    if (bits & signs && bits & decrypts && !kf_lint_has_extended(lint, KF_OID_SERVER_AUTH))
        KF_TRY(kf_lint_say(lint, KF_LINT_WARNING,
                           "one key for signing and for decrypting: an escrowed copy could sign"));
    if (!rsa && bits & (KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT))
        KF_TRY(kf_lint_say(lint, KF_LINT_WARNING,
                           "keyEncipherment and dataEncipherment mean nothing for the key %s",
                           kf_csr_key_title(lint->csr)));
    if (bits & (KU_KEY_CERT_SIGN | KU_CRL_SIGN) &&
        !(lint->profile && kf_profile_is_ca(lint->profile)))
        KF_TRY(kf_lint_say(lint, KF_LINT_ERROR,
                           "it asks for the key usages of a CA (keyCertSign, cRLSign)"));
    return KF_OK;
}

kf_err kf_lint_ca(struct kf_lint *lint) {
    int found = -1;
    BASIC_CONSTRAINTS *constraints =
        lint->extensions ? X509V3_get_d2i(lint->extensions, NID_basic_constraints, &found, NULL)
                         : NULL;
    bool is_ca = constraints && constraints->ca;
    BASIC_CONSTRAINTS_free(constraints);
    ERR_clear_error();
    if (found == -1 || (lint->profile && kf_profile_is_ca(lint->profile)))
        return KF_OK;
    if (is_ca)
        return kf_lint_say(lint, KF_LINT_ERROR,
                           "it asks to become a CA certificate (basicConstraints CA:TRUE)");
    return kf_lint_say(lint, KF_LINT_WARNING,
                       "it holds basicConstraints, which only a CA needs; some CAs refuse that");
}
