// SPDX-License-Identifier: Apache-2.0
// What is sealed with a password: PBES2 (RFC 8018, 6.2) and the older ways, opened when its price
// is bearable.
#include "module/keyfile_parts.h"

#include <string.h>

#include <openssl/err.h>

#include "base/auto.h"

KF_DEFINE_AUTO_PTR_WITH(PBE2PARAM, PBE2PARAM_free)
KF_DEFINE_AUTO_PTR_WITH(PBEPARAM, PBEPARAM_free)
KF_DEFINE_AUTO_PTR_WITH(PBKDF2PARAM, PBKDF2PARAM_free)
KF_DEFINE_AUTO_PTR_WITH(SCRYPT_PARAMS, SCRYPT_PARAMS_free)

/* N * r * p: as much as N = 2^14, r = 8 and p = 16. */
#define SCRYPT_COST_MAX ((uint64_t)1 << 21)

static kf_err fail_damaged(void) {
    return kf_fail(KF_E_INPUT, "the file does not say rightly how it is sealed");
}

/* One iteration of scrypt takes about as long as one of PBKDF2. */
static kf_err spend(struct kfm_keyfile_reader *reader, uint64_t iterations) {
    reader->spent += iterations;
    if (reader->spent > KFM_KEYFILE_ITERATIONS_MAX)
        return kf_fail(KF_E_TOO_LARGE,
                       "the pieces of the file are sealed with %llu iterations; "
                       "%d are the most",
                       (unsigned long long)reader->spent, KFM_KEYFILE_ITERATIONS_MAX);
    return KF_OK;
}

static kf_err check_count(struct kfm_keyfile_reader *reader, const ASN1_INTEGER *iterations) {
    int64_t count = 0;
    if (ASN1_INTEGER_get_int64(&count, iterations) != 1 || count < 1)
        return fail_damaged();
    if (count > KFM_KEYFILE_ITERATIONS_MAX)
        return kf_fail(KF_E_TOO_LARGE, "the file is sealed with %lld iterations; %d are the most",
                       (long long)count, KFM_KEYFILE_ITERATIONS_MAX);
    return spend(reader, (uint64_t)count);
}

static kf_err check_pbkdf2(struct kfm_keyfile_reader *reader, const X509_ALGOR *kdf) {
    KF_AUTO_PTR(PBKDF2PARAM)
    params = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), kdf->parameter);
    return params != NULL ? check_count(reader, params->iter) : fail_damaged();
}

static kf_err check_scrypt(struct kfm_keyfile_reader *reader, const X509_ALGOR *kdf) {
    uint64_t n = 0, r = 0, p = 0;
    KF_AUTO_PTR(SCRYPT_PARAMS)
    params = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), kdf->parameter);
    if (params == NULL || ASN1_INTEGER_get_uint64(&n, params->costParameter) != 1 ||
        ASN1_INTEGER_get_uint64(&r, params->blockSize) != 1 ||
        ASN1_INTEGER_get_uint64(&p, params->parallelizationParameter) != 1)
        return fail_damaged();
    if (n > SCRYPT_COST_MAX || r > SCRYPT_COST_MAX || p > SCRYPT_COST_MAX ||
        n * r > SCRYPT_COST_MAX || n * r * p > SCRYPT_COST_MAX)
        return kf_fail(KF_E_TOO_LARGE, "the file is sealed with an scrypt that costs too much");
    return spend(reader, n * r * p);
}

static kf_err fail_cipher(const char *name) {
    kf_err error = kf_fail(KF_E_UNSUPPORTED,
                           "the file is sealed with \"%s\", which OpenSSL 3 has only in its legacy "
                           "provider",
                           name);
    kf_error_hint("Write it anew with modern ciphers: `openssl pkcs12 -legacy -in OLD -out TMP`, "
                  "`openssl pkcs12 -export -in TMP -out NEW`; then delete TMP.");
    return error;
}

static kf_err check_cipher(int nid) {
    const char *name = nid > 0 ? OBJ_nid2sn(nid) : NULL;
    EVP_CIPHER *cipher = name != NULL ? EVP_CIPHER_fetch(NULL, name, NULL) : NULL;
    EVP_CIPHER_free(cipher);
    if (cipher != NULL)
        return KF_OK;
    return name != NULL ? fail_cipher(name)
                        : kf_fail(KF_E_UNSUPPORTED, "the file is sealed with an unknown cipher");
}

static kf_err check_pbes2(struct kfm_keyfile_reader *reader, const X509_ALGOR *algorithm) {
    KF_AUTO_PTR(PBE2PARAM)
    params = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
    if (params == NULL)
        return fail_damaged();
    KF_TRY(check_cipher(OBJ_obj2nid(params->encryption->algorithm)));
    switch (OBJ_obj2nid(params->keyfunc->algorithm)) {
    case NID_id_pbkdf2:
        return check_pbkdf2(reader, params->keyfunc);
    case NID_id_scrypt:
        return check_scrypt(reader, params->keyfunc);
    default:
        return kf_fail(KF_E_UNSUPPORTED, "the file makes its key from the password in an unknown "
                                         "way");
    }
}

kf_err kfm_seal_check(struct kfm_keyfile_reader *reader, const X509_ALGOR *algorithm) {
    int nid = OBJ_obj2nid(algorithm->algorithm), cipher = -1;
    if (nid == NID_pbes2)
        return check_pbes2(reader, algorithm);
    if (EVP_PBE_find(EVP_PBE_TYPE_OUTER, nid, &cipher, NULL, NULL) != 1)
        return kf_fail(KF_E_UNSUPPORTED, "the file is sealed in an unknown way");
    KF_TRY(check_cipher(cipher));
    KF_AUTO_PTR(PBEPARAM)
    params = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter);
    return params != NULL ? check_count(reader, params->iter) : fail_damaged();
}

kf_err kfm_seal_open(struct kfm_keyfile_reader *reader, const X509_SIG *sealed,
                     kfm_wiped *ret_bytes) {
    const struct kf_password *password = reader->password;
    const X509_ALGOR *algorithm = NULL;
    const ASN1_OCTET_STRING *bytes = NULL;
    KF_AUTO(kfm_wiped) opened = {0};
    X509_SIG_get0(sealed, &algorithm, &bytes);
    KF_TRY(kfm_seal_check(reader, algorithm));
    if (PKCS12_pbe_crypt(algorithm, (const char *)password->data, (int)password->len, bytes->data,
                         bytes->length, &opened.data, &opened.len, 0) == NULL)
        return password->data == NULL
                   ? kf_fail(KF_E_PIN_NEEDED, "the key in the file is sealed with a password")
                   : kf_fail(KF_E_INPUT, "the password does not open the key in the file");
    *ret_bytes = opened;
    opened = (kfm_wiped){0};
    return KF_OK;
}
