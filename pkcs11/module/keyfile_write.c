// SPDX-License-Identifier: Apache-2.0
// Key files as keyfob writes them: AES-256-CBC under PBKDF2-HMAC-SHA256 (RFC 8018), and in PKCS#12
// a MAC with SHA-256.
#include "module/keyfile_safes.h"

#include <openssl/rand.h>

#include "base/quiet.h"

enum { SALT_LEN = 16 };

KF_DEFINE_AUTO_PTR_WITH(X509_SIG, X509_SIG_free)
KF_DEFINE_AUTO_PTR_WITH(PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free)

struct writer {
    const kfm_keyfile *file;
    const char *label;
    const char *password;
    int password_len;
    kf_arena *arena;
    uint8_t id[20]; /* localKeyID: how others find the certificate of a key */
};

static kf_err fail_write(void) {
    return kf_fail(KF_E_CRYPTO, "the key file could not be put together");
}

/* The private key leaves the arena for this one call; OpenSSL wipes it when it is freed. */
static kf_err key_info(const struct writer *writer, PKCS8_PRIV_KEY_INFO **ret_info) {
    KF_AUTO(kf_locked) der = {0};
    if (kf_softkey_write(writer->file->key, writer->arena, &der) != CKR_OK)
        return fail_write();
    const unsigned char *at = der.data;
    *ret_info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.len);
    return *ret_info != NULL ? KF_OK : fail_write();
}

static kf_err take(unsigned char *der, int len, kf_buf *ret_bytes) {
    if (len <= 0)
        return fail_write();
    kf_err error = kf_buf_set(ret_bytes, der, (size_t)len);
    OPENSSL_free(der);
    return error;
}

/* --- PKCS#8 --- */

static kf_err write_pkcs8(const struct writer *writer, kf_buf *ret_bytes) {
    unsigned char salt[SALT_LEN];
    KF_AUTO_PTR(PKCS8_PRIV_KEY_INFO) info = NULL;
    KF_TRY(key_info(writer, &info));
    if (RAND_bytes(salt, sizeof(salt)) != 1)
        return fail_write();
    X509_ALGOR *how = PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), KFM_KEYFILE_ITERATIONS, salt,
                                        sizeof(salt), NULL, NID_hmacWithSHA256);
    if (how == NULL)
        return fail_write();
    KF_AUTO_PTR(X509_SIG)
    sealed = PKCS8_set0_pbe(writer->password, writer->password_len, info, how);
    if (sealed == NULL) {
        X509_ALGOR_free(how);
        return fail_write();
    }
    unsigned char *der = NULL;
    int len = i2d_X509_SIG(sealed, &der);
    return take(der, len, ret_bytes);
}

/* --- PKCS#12 --- */

static bool name_bag(const struct writer *writer, PKCS12_SAFEBAG *bag) {
    return PKCS12_add_localkeyid(bag, (unsigned char *)writer->id, sizeof(writer->id)) == 1 &&
           PKCS12_add_friendlyname_utf8(bag, writer->label, -1) == 1;
}

/* Owned by the list afterwards. */
static kf_err add_bag(bags *list, PKCS12_SAFEBAG *bag) {
    if (bag != NULL && sk_PKCS12_SAFEBAG_push(list, bag) > 0)
        return KF_OK;
    PKCS12_SAFEBAG_free(bag);
    return fail_write();
}

static kf_err add_certificates(const struct writer *writer, bags *list) {
    const kfm_keyfile *file = writer->file;
    for (size_t i = 0; i < file->certificate_count; i++) {
        const unsigned char *at = file->certificates[i].data;
        KF_AUTO_PTR(X509) cert = d2i_X509(NULL, &at, (long)file->certificates[i].len);
        PKCS12_SAFEBAG *bag = cert != NULL ? PKCS12_SAFEBAG_create_cert(cert) : NULL;
        KF_TRY(add_bag(list, bag));
        if (i < file->own_count && !name_bag(writer, bag))
            return fail_write();
    }
    return KF_OK;
}

/* Owned by the list afterwards. */
static kf_err add_safe(safes *list, PKCS7 *safe) {
    if (safe != NULL && sk_PKCS7_push(list, safe) > 0)
        return KF_OK;
    PKCS7_free(safe);
    return fail_write();
}

static kf_err add_cert_safe(const struct writer *writer, safes *list) {
    KF_AUTO_PTR(bags) certs = sk_PKCS12_SAFEBAG_new_null();
    if (certs == NULL)
        return fail_write();
    KF_TRY(add_certificates(writer, certs));
    if (writer->file->certificate_count == 0)
        return KF_OK;
    return add_safe(list,
                    PKCS12_pack_p7encdata(NID_aes_256_cbc, writer->password, writer->password_len,
                                          NULL, SALT_LEN, KFM_KEYFILE_ITERATIONS, certs));
}

static kf_err add_key_safe(const struct writer *writer, safes *list) {
    KF_AUTO_PTR(bags) keys = sk_PKCS12_SAFEBAG_new_null();
    KF_AUTO_PTR(PKCS8_PRIV_KEY_INFO) info = NULL;
    if (keys == NULL)
        return fail_write();
    KF_TRY(key_info(writer, &info));
    PKCS12_SAFEBAG *bag =
        PKCS12_SAFEBAG_create_pkcs8_encrypt(NID_aes_256_cbc, writer->password, writer->password_len,
                                            NULL, SALT_LEN, KFM_KEYFILE_ITERATIONS, info);
    KF_TRY(add_bag(keys, bag));
    if (!name_bag(writer, bag))
        return fail_write();
    return add_safe(list, PKCS12_pack_p7data(keys));
}

static kf_err write_pkcs12(const struct writer *writer, kf_buf *ret_bytes) {
    KF_AUTO_PTR(safes) list = sk_PKCS7_new_null();
    KF_AUTO_PTR(PKCS12) file = PKCS12_init(NID_pkcs7_data);
    if (list == NULL || file == NULL)
        return fail_write();
    KF_TRY(add_cert_safe(writer, list));
    KF_TRY(add_key_safe(writer, list));
    if (PKCS12_pack_authsafes(file, list) != 1 ||
        PKCS12_set_mac(file, writer->password, writer->password_len, NULL, SALT_LEN,
                       KFM_KEYFILE_ITERATIONS, EVP_sha256()) != 1)
        return fail_write();
    unsigned char *der = NULL;
    int len = i2d_PKCS12(file, &der);
    return take(der, len, ret_bytes);
}

kf_err kfm_keyfile_write(const kfm_keyfile *file, enum kf_key_file_format format, const char *label,
                         const struct kf_password *password, kf_arena *arena, kf_buf *ret_bytes) {
    if (password == NULL || password->len == 0)
        return kf_fail(KF_E_PIN_NEEDED, "a key file is never written without a password");
    if (password->len > KF_LOCKED_MAX)
        return kf_fail(KF_E_INPUT, "the password of the key file is too long");
    struct writer writer = {.file = file,
                            .label = label,
                            .password = (const char *)password->data,
                            .password_len = (int)password->len,
                            .arena = arena};
    if (kf_softkey_identifier(file->key, writer.id) != CKR_OK)
        return fail_write();
    KF_QUIET();
    return format == KF_KEY_FILE_PKCS12 ? write_pkcs12(&writer, ret_bytes)
                                        : write_pkcs8(&writer, ret_bytes);
}
