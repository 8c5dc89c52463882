// SPDX-License-Identifier: Apache-2.0
// The lab CA's key: a file of its own, or a key on a token behind the signer's door.
#include "ca/labca.h"

#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/text.h"

KF_DEFINE_AUTO_PTR_WITH(BIO, BIO_free_all)
KF_DEFINE_AUTO_PTR_WITH(OSSL_DECODER_CTX, OSSL_DECODER_CTX_free)

#define KEY_FILE_MAX 16384

static kf_err fail_crypto(const char *doing, const char *path) {
    ERR_clear_error();
    return kf_fail(KF_E_CRYPTO, "%s \"%s\" failed", doing, path);
}

static kf_err write_key(const char *path, const EVP_PKEY *key) {
    KF_AUTO_PTR(BIO) memory = BIO_new(BIO_s_secmem()); /* wiped when freed */
    char *text = NULL;
    if (!memory || !PEM_write_bio_PKCS8PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL))
        return fail_crypto("encoding the lab CA's key", path);
    long len = BIO_get_mem_data(memory, &text);
    return kf_file_write_new(path, text, (size_t)len, 0600);
}

kf_err kf_labca_key_make(const char *path) {
    KF_AUTO_PTR(EVP_PKEY) key = EVP_EC_gen("P-256");
    if (!key)
        return fail_crypto("making the lab CA's key", path);
    return write_key(path, key);
}

/* The one place of this library that reads a private key from a file; tests/check/layers.sh knows
 * it. With `kind`, which may be NULL, OpenSSL puts together 6 decoders and not 25; without a
 * passphrase it never asks for one on the terminal. */
static kf_err read_key(const char *path, const char *kind, EVP_PKEY **ret_key) {
    KF_AUTO(kf_buf) text = {0};
    EVP_PKEY *key = NULL;
    KF_TRY(kf_file_read_private(path, KEY_FILE_MAX, &text));
    const unsigned char *at = text.data;
    size_t left = text.len;
    KF_AUTO_PTR(OSSL_DECODER_CTX)
    decoder = OSSL_DECODER_CTX_new_for_pkey(&key, "PEM", NULL, kind, EVP_PKEY_KEYPAIR, NULL, NULL);
    int found = decoder ? OSSL_DECODER_from_data(decoder, &at, &left) : 0;
    OPENSSL_cleanse(text.data, text.len);
    if (found != 1 || !key)
        return fail_crypto("reading the lab CA's key", path);
    *ret_key = key;
    return KF_OK;
}

static kf_err from_file(const kf_labca *ca, EVP_PKEY **ret_key) {
    KF_AUTO_FREE char *path = kf_labca_path(ca, "ca.key");
    KF_AUTO_PTR(EVP_PKEY) key = NULL;
    KF_AUTO_PTR(EVP_PKEY) certified = NULL;
    if (!path)
        return kf_fail(KF_E_MEMORY, "out of memory");
    if (ca->root) /* not while the CA is made */
        KF_TRY(kf_cert_public_key(ca->root, &certified));
    KF_TRY(read_key(path, certified ? EVP_PKEY_get0_type_name(certified) : NULL, &key));
    if (certified && EVP_PKEY_eq(key, certified) != 1)
        return kf_fail(KF_E_KEY_MISMATCH, "\"%s\" is not the key of the lab CA's certificate",
                       path);
    *ret_key = KF_MOVE(key);
    return KF_OK;
}

static kf_err from_token(const kf_labca *ca, EVP_PKEY **ret_key) {
    void *key = NULL;
    if (!ca->signer)
        return kf_fail(KF_E_UNSUPPORTED,
                       "the key of the lab CA \"%s\" is on a token, which cannot "
                       "be reached from here",
                       ca->name);
    KF_TRY(ca->signer->signer(ca->signer->arg, ca->key_uri, &key));
    EVP_PKEY_up_ref(key); /* the door owns the other one */
    *ret_key = key;
    return KF_OK;
}

kf_err kf_labca_key(const kf_labca *ca, EVP_PKEY **ret_key) {
    return ca->key_uri ? from_token(ca, ret_key) : from_file(ca, ret_key);
}
