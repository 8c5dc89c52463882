// SPDX-License-Identifier: Apache-2.0
// PKCS#8 (RFC 5958) and what is older, in DER and in PEM (RFC 7468).
#include "module/keyfile_parts.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/auto.h"
#include "base/text.h"

KF_DEFINE_AUTO_PTR_WITH(X509_SIG, X509_SIG_free)
KF_DEFINE_AUTO_PTR_WITH(EVP_PKEY, EVP_PKEY_free)
KF_DEFINE_AUTO_PTR_WITH(PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free)
KF_DEFINE_AUTO_PTR_WITH(BIO, BIO_free_all)

kf_err kfm_keyfile_read_pkcs8(struct kfm_keyfile_reader *reader, const uint8_t *der, size_t len) {
    const unsigned char *at = der;
    KF_AUTO(kfm_wiped) opened = {0};
    KF_AUTO_PTR(X509_SIG) sealed = d2i_X509_SIG(NULL, &at, (long)len);
    if (sealed == NULL)
        return kf_fail(KF_E_INPUT, "the file is no sealed PKCS#8 key");
    KF_TRY(kfm_seal_open(reader, sealed, &opened));
    kf_err error = kfm_keyfile_take_key(reader, opened.data, (size_t)opened.len);
    /* one wrong password in 256 gives bytes with sound padding */
    if (error == KF_E_INPUT && reader->file->key == NULL &&
        (opened.len < 1 || opened.data[0] != (V_ASN1_CONSTRUCTED | V_ASN1_SEQUENCE)))
        return kf_fail(KF_E_INPUT, "the password does not open the key in the file");
    return error;
}

kf_err kfm_keyfile_read_plain(struct kfm_keyfile_reader *reader, int type, const uint8_t *der,
                              size_t len) {
    const unsigned char *at = der;
    KF_AUTO(kfm_wiped) info = {0};
    KF_AUTO_PTR(EVP_PKEY) pkey = d2i_PrivateKey(type, NULL, &at, (long)len);
    KF_AUTO_PTR(PKCS8_PRIV_KEY_INFO) pkcs8 = pkey != NULL ? EVP_PKEY2PKCS8(pkey) : NULL;
    info.len = pkcs8 != NULL ? i2d_PKCS8_PRIV_KEY_INFO(pkcs8, &info.data) : -1;
    if (info.len <= 0) {
        info.data = NULL;
        return kf_fail(KF_E_INPUT, "the private key in the file is damaged");
    }
    return kfm_keyfile_take_key(reader, info.data, (size_t)info.len);
}

/* --- PEM --- */

typedef struct block {
    char *label, *header;
    unsigned char *data;
    long len;
} block;

static void block_clear(block *part) {
    OPENSSL_secure_free(part->label);
    OPENSSL_secure_free(part->header);
    if (part->data != NULL)
        OPENSSL_secure_clear_free(part->data, (size_t)part->len);
    *part = (block){0};
}

/* Its buffer is wiped by PEM_do_header(). */
static int give_password(char *place, int size, int writing, void *arg) {
    const struct kf_password *password = arg;
    if (password->data == NULL || password->len > (size_t)size)
        return -1;
    memcpy(place, password->data, password->len);
    return (int)password->len;
}

/* RFC 1421, 4.6.1.1: "Proc-Type: 4,ENCRYPTED", as OpenSSL sealed its old formats. */
static kf_err unseal_block(const struct kfm_keyfile_reader *reader, block *part) {
    EVP_CIPHER_INFO cipher = {0};
    if (part->header == NULL || part->header[0] == '\0')
        return KF_OK;
    if (PEM_get_EVP_CIPHER_INFO(part->header, &cipher) != 1)
        return kf_fail(KF_E_UNSUPPORTED, "the key in the file is sealed in an unknown way");
    if (cipher.cipher == NULL)
        return KF_OK;
    if (reader->password->data == NULL)
        return kf_fail(KF_E_PIN_NEEDED, "the key in the file is sealed with a password");
    long room = part->len;
    bool opened = PEM_do_header(&cipher, part->data, &part->len, give_password,
                                (void *)reader->password) == 1;
    if (!opened)
        part->len = room;
    else
        OPENSSL_cleanse(part->data + part->len, (size_t)(room - part->len));
    return opened ? KF_OK : kf_fail(KF_E_INPUT, "the password does not open the key in the file");
}

static kf_err take_sealed(struct kfm_keyfile_reader *reader, block *part) {
    return kfm_keyfile_read_pkcs8(reader, part->data, (size_t)part->len);
}

static kf_err take_info(struct kfm_keyfile_reader *reader, block *part) {
    return kfm_keyfile_take_key(reader, part->data, (size_t)part->len);
}

static kf_err take_rsa(struct kfm_keyfile_reader *reader, block *part) {
    KF_TRY(unseal_block(reader, part));
    return kfm_keyfile_read_plain(reader, EVP_PKEY_RSA, part->data, (size_t)part->len);
}

static kf_err take_ec(struct kfm_keyfile_reader *reader, block *part) {
    KF_TRY(unseal_block(reader, part));
    return kfm_keyfile_read_plain(reader, EVP_PKEY_EC, part->data, (size_t)part->len);
}

static kf_err take_cert(struct kfm_keyfile_reader *reader, block *part) {
    return kfm_keyfile_take_cert(reader, part->data, (size_t)part->len);
}

static const struct {
    const char *label;
    kf_err (*take)(struct kfm_keyfile_reader *reader, block *part);
} blocks[] = {
    {PEM_STRING_PKCS8, take_sealed}, {PEM_STRING_PKCS8INF, take_info},
    {PEM_STRING_RSA, take_rsa},      {PEM_STRING_ECPRIVATEKEY, take_ec},
    {PEM_STRING_X509, take_cert},
};

/* Parameters, comments and the like are passed over. */
static kf_err take_block(struct kfm_keyfile_reader *reader, block *part) {
    for (size_t i = 0; i < KF_COUNT(blocks); i++)
        if (strcmp(blocks[i].label, part->label) == 0)
            return blocks[i].take(reader, part);
    if (kf_str_equal(part->label, "OPENSSH PRIVATE KEY") ||
        kf_str_equal(part->label, PEM_STRING_DSA))
        return kf_fail(KF_E_UNSUPPORTED, "the file holds a \"%s\", which is no PKCS#8",
                       part->label);
    return KF_OK;
}

kf_err kfm_keyfile_read_pem(struct kfm_keyfile_reader *reader, const uint8_t *text, size_t len) {
    KF_AUTO_PTR(BIO) bio = BIO_new_mem_buf(text, (int)len);
    size_t count = 0;
    for (;; count++) {
        KF_AUTO(block) part = {0};
        if (bio == NULL || PEM_read_bio_ex(bio, &part.label, &part.header, &part.data, &part.len,
                                           PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE) != 1)
            break;
        KF_TRY(take_block(reader, &part));
    }
    bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (count == 0)
        return kf_fail(KF_E_INPUT, "the file is neither PKCS#12 nor PKCS#8");
    return ended ? KF_OK : kf_fail(KF_E_INPUT, "the file ends in the middle of a PEM block");
}
