// SPDX-License-Identifier: Apache-2.0
// floor_enroll MODULE PIN CA_CERT CA_KEY: one EC P-256 enrollment on the first token in 11 calls.

#include <err.h>
#include <stdlib.h>

#include <openssl/ec.h>
#include <openssl/x509.h>

#include "floor_ca.h"
#include "floor_key.h"

enum { DIGEST_BYTES = 32, SIGNATURE_BYTES = 64 };

static X509_REQ *csr_start(EVP_PKEY *public_key, const char *common_name) {
    X509_REQ *csr = X509_REQ_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();

    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(csr), "CN", MBSTRING_UTF8,
                               (const unsigned char *)common_name, -1, -1, 0);
    X509_REQ_set_pubkey(csr, public_key);
    X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_ecdsa_with_SHA256), V_ASN1_UNDEF, NULL);
    X509_REQ_set1_signature_algo(csr, algorithm);
    X509_ALGOR_free(algorithm);
    return csr;
}

static void csr_digest(X509_REQ *csr, CK_BYTE digest[DIGEST_BYTES]) {
    unsigned char *tbs = NULL;
    int size = i2d_re_X509_REQ_tbs(csr, &tbs);

    if (size < 0 || EVP_Digest(tbs, (size_t)size, digest, NULL, EVP_sha256(), NULL) != 1)
        errx(EXIT_FAILURE, "the request cannot be encoded");
    OPENSSL_free(tbs);
}

// PKCS#11 signs with r and s side by side, X.509 wants a SEQUENCE (RFC 3279 section 2.2.3).
static void csr_finish(X509_REQ *csr, const CK_BYTE signature[SIGNATURE_BYTES]) {
    ECDSA_SIG *pair = ECDSA_SIG_new();
    ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
    unsigned char *der = NULL;
    int half = SIGNATURE_BYTES / 2;

    ECDSA_SIG_set0(pair, BN_bin2bn(signature, half, NULL), BN_bin2bn(signature + half, half, NULL));
    int size = i2d_ECDSA_SIG(pair, &der);
    ASN1_STRING_set0(bits, der, size);
    bits->flags |= ASN1_STRING_FLAG_BITS_LEFT; // no unused bits
    X509_REQ_set0_signature(csr, bits);
    ECDSA_SIG_free(pair);
}

static X509_REQ *csr_make(const struct floor *floor, const struct floor_key *key) {
    X509_REQ *csr = csr_start(key->public_key, key->label);
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_BYTE digest[DIGEST_BYTES], signature[SIGNATURE_BYTES];
    CK_ULONG size = sizeof(signature);

    csr_digest(csr, digest);
    floor_check(floor->p11->C_SignInit(floor->session, &mechanism, key->private_key), "C_SignInit");
    floor_check(floor->p11->C_Sign(floor->session, digest, sizeof(digest), signature, &size),
                "C_Sign");
    if (size != sizeof(signature))
        errx(EXIT_FAILURE, "C_Sign: a signature of %lu bytes", size);
    csr_finish(csr, signature);
    return csr;
}

int main(int argc, char **argv) {
    if (argc != 5)
        errx(2, "usage: floor_enroll MODULE PIN CA_CERT CA_KEY");

    struct floor floor = floor_login(argv[1], argv[2], CKF_RW_SESSION);
    struct floor_key key = floor_key_generate(&floor, "bench");
    X509_REQ *csr = csr_make(&floor, &key);

    struct floor_ca ca = floor_ca_open(argv[3], argv[4]);
    floor_key_store(&floor, &key, floor_ca_sign(&ca, csr));
    floor_check(floor.p11->C_Finalize(NULL), "C_Finalize");
    return EXIT_SUCCESS;
}
