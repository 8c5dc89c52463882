// SPDX-License-Identifier: Apache-2.0
// PKCS#12 (RFC 7292): the MAC first, then the bags.
#include "module/keyfile_safes.h"

enum { DEPTH_MAX = 4 }; /* of safes within safes */

/* --- bags --- */

static kf_err take_info(struct kfm_keyfile_reader *reader, const PKCS8_PRIV_KEY_INFO *info) {
    KF_AUTO(kfm_wiped) der = {0};
    der.len = i2d_PKCS8_PRIV_KEY_INFO(info, &der.data);
    if (der.len > 0)
        return kfm_keyfile_take_key(reader, der.data, (size_t)der.len);
    der.data = NULL;
    return kf_fail(KF_E_INPUT, "the private key in the file is damaged");
}

static kf_err take_sealed(struct kfm_keyfile_reader *reader, const X509_SIG *sealed) {
    KF_AUTO(kfm_wiped) opened = {0};
    KF_TRY(kfm_seal_open(reader, sealed, &opened));
    return kfm_keyfile_take_key(reader, opened.data, (size_t)opened.len);
}

static kf_err take_cert(struct kfm_keyfile_reader *reader, const PKCS12_SAFEBAG *bag) {
    if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate)
        return KF_OK;
    unsigned char *der = NULL;
    KF_AUTO_PTR(X509) cert = PKCS12_SAFEBAG_get1_cert(bag);
    int len = cert != NULL ? i2d_X509(cert, &der) : -1;
    if (len <= 0)
        return kf_fail(KF_E_INPUT, "a certificate in the file is damaged");
    kf_err error = kfm_keyfile_take_cert(reader, der, (size_t)len);
    OPENSSL_free(der);
    return error;
}

static kf_err take_bags(struct kfm_keyfile_reader *reader, const bags *list, int depth);

/* Certificate revocation lists and secrets are passed over. */
static kf_err take_bag(struct kfm_keyfile_reader *reader, const PKCS12_SAFEBAG *bag, int depth) {
    switch (PKCS12_SAFEBAG_get_nid(bag)) {
    case NID_keyBag:
        return take_info(reader, PKCS12_SAFEBAG_get0_p8inf(bag));
    case NID_pkcs8ShroudedKeyBag:
        return take_sealed(reader, PKCS12_SAFEBAG_get0_pkcs8(bag));
    case NID_certBag:
        return take_cert(reader, bag);
    case NID_safeContentsBag:
        return take_bags(reader, PKCS12_SAFEBAG_get0_safes(bag), depth + 1);
    default:
        return KF_OK;
    }
}

static kf_err take_bags(struct kfm_keyfile_reader *reader, const bags *list, int depth) {
    if (depth > DEPTH_MAX)
        return kf_fail(KF_E_TOO_LARGE, "the file has safes in safes, more than %d deep", DEPTH_MAX);
    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(list); i++)
        KF_TRY(take_bag(reader, sk_PKCS12_SAFEBAG_value(list, i), depth));
    return KF_OK;
}

/* --- safes --- */

static kf_err fail_damaged(void) {
    return kf_fail(KF_E_INPUT, "the PKCS#12 file is damaged");
}

static kf_err take_safe(struct kfm_keyfile_reader *reader, PKCS7 *safe) {
    KF_AUTO_PTR(bags) list = NULL;
    if (PKCS7_type_is_data(safe)) {
        list = PKCS12_unpack_p7data(safe);
    } else if (PKCS7_type_is_encrypted(safe) && safe->d.encrypted != NULL) {
        KF_TRY(kfm_seal_check(reader, safe->d.encrypted->enc_data->algorithm));
        list = PKCS12_unpack_p7encdata(safe, (const char *)reader->password->data,
                                       (int)reader->password->len);
    } else {
        return kf_fail(KF_E_UNSUPPORTED, "the file is sealed for a certificate, not with a "
                                         "password");
    }
    return list != NULL ? take_bags(reader, list, 0) : fail_damaged();
}

/* --- the MAC --- */

static kf_err check_mac_cost(const PKCS12 *file) {
    const ASN1_INTEGER *iterations = NULL;
    const X509_ALGOR *algorithm = NULL;
    int64_t count = 1; /* RFC 7292, 4: the default */
    if (!PKCS12_mac_present(file))
        return kf_fail(KF_E_INPUT, "the file has no check value (MAC): anybody could have changed "
                                   "it");
    PKCS12_get0_mac(NULL, &algorithm, NULL, &iterations, file);
    if (iterations != NULL && ASN1_INTEGER_get_int64(&count, iterations) != 1)
        return fail_damaged();
    if (count > KFM_KEYFILE_MAC_ITERATIONS_MAX)
        return kf_fail(KF_E_TOO_LARGE, "the file's MAC takes %lld iterations; %d are the most",
                       (long long)count, KFM_KEYFILE_MAC_ITERATIONS_MAX);
    if (EVP_get_digestbyobj(algorithm->algorithm) == NULL)
        return kf_fail(KF_E_UNSUPPORTED, "the file's MAC is of a kind that this OpenSSL does not "
                                         "know");
    return KF_OK;
}

/* "No password" is written in two ways: none at all, and the empty string (RFC 7292, B.1). */
static kf_err check_mac(struct kfm_keyfile_reader *reader, PKCS12 *file) {
    static const struct kf_password empty = {(const uint8_t *)"", 0};
    const struct kf_password *password = reader->password;
    KF_TRY(check_mac_cost(file));
    if (PKCS12_verify_mac(file, (const char *)password->data, (int)password->len) == 1)
        return KF_OK;
    if (password->data != NULL)
        return kf_fail(KF_E_INPUT, "the password does not open the PKCS#12 file, or the file is "
                                   "damaged");
    if (PKCS12_verify_mac(file, "", 0) != 1)
        return kf_fail(KF_E_PIN_NEEDED, "the PKCS#12 file is sealed with a password");
    reader->password = &empty;
    return KF_OK;
}

kf_err kfm_keyfile_read_pkcs12(struct kfm_keyfile_reader *reader, const uint8_t *der, size_t len) {
    const unsigned char *at = der;
    KF_AUTO_PTR(PKCS12) file = d2i_PKCS12(NULL, &at, (long)len);
    if (file == NULL)
        return fail_damaged();
    KF_TRY(check_mac(reader, file));
    KF_AUTO_PTR(safes) list = PKCS12_unpack_authsafes(file);
    if (list == NULL)
        return fail_damaged();
    for (int i = 0; i < sk_PKCS7_num(list); i++)
        KF_TRY(take_safe(reader, sk_PKCS7_value(list, i)));
    return KF_OK;
}
