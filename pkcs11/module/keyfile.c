// SPDX-License-Identifier: Apache-2.0
// A key file is told by its first bytes, read, and its certificates are sorted.
#include "module/keyfile_parts.h"

#include <string.h>

#include "base/quiet.h"
#include "x509/cert.h"

void kfm_keyfile_clear(kfm_keyfile *file) {
    kf_softkey_free(file->key);
    for (size_t i = 0; i < file->certificate_count; i++)
        kf_buf_clear(&file->certificates[i]);
    *file = (kfm_keyfile){0};
}

void kfm_wiped_clear(kfm_wiped *bytes) {
    if (bytes->data != NULL)
        OPENSSL_clear_free(bytes->data, (size_t)bytes->len);
    *bytes = (kfm_wiped){0};
}

/* --- what is in it --- */

kf_err kfm_keyfile_take_key(struct kfm_keyfile_reader *reader, const uint8_t *der, size_t len) {
    if (reader->file->key != NULL) {
        kf_err error = kf_fail(KF_E_INPUT, "the file holds more than one private key");
        kf_error_hint("Split it into files of one key each.");
        return error;
    }
    CK_RV rv = kf_softkey_read(reader->arena, der, len, &reader->file->key);
    if (rv == CKR_HOST_MEMORY)
        return kf_fail(KF_E_MEMORY, "out of memory for a key");
    if (rv != CKR_OK)
        return kf_fail(KF_E_INPUT, "the private key in the file is damaged or of a kind that "
                                   "keyfob does not take (RSA 2048 to 4096, P-256, P-384, P-521 "
                                   "and Ed25519)");
    return KF_OK;
}

kf_err kfm_keyfile_take_cert(struct kfm_keyfile_reader *reader, const uint8_t *der, size_t len) {
    kfm_keyfile *file = reader->file;
    for (size_t i = 0; i < file->certificate_count; i++)
        if (file->certificates[i].len == len && memcmp(file->certificates[i].data, der, len) == 0)
            return KF_OK;
    if (file->certificate_count == KFM_KEYFILE_CERTS)
        return kf_fail(KF_E_TOO_LARGE, "the file holds more than %d certificates",
                       KFM_KEYFILE_CERTS);
    KF_TRY(kf_buf_set(&file->certificates[file->certificate_count], der, len));
    file->certificate_count++;
    return KF_OK;
}

static bool is_for(const kf_buf *certificate, const kf_buf *spki) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    return kf_cert_parse(certificate->data, certificate->len, &cert) == KF_OK &&
           kf_cert_has_spki(cert, spki->data, spki->len);
}

/* The key's own come first, in the order of the file. */
static kf_err sort_certificates(kfm_keyfile *file) {
    KF_AUTO(kf_buf) spki = {0};
    if (kf_softkey_public_attribute(file->key, CKA_PUBLIC_KEY_INFO, &spki) != CKR_OK)
        return kf_fail(KF_E_INPUT, "the public half of the key in the file cannot be told");
    for (size_t i = 0; i < file->certificate_count; i++) {
        if (!is_for(&file->certificates[i], &spki))
            continue;
        kf_buf own = file->certificates[i];
        memmove(&file->certificates[file->own_count + 1], &file->certificates[file->own_count],
                (i - file->own_count) * sizeof(kf_buf));
        file->certificates[file->own_count++] = own;
    }
    return KF_OK;
}

/* --- what it is --- */

/* The tag of the next element, and past its header (`inside`) or past all of it. */
static int next_tag(const unsigned char **at, const unsigned char *end, bool inside) {
    long len = 0;
    int tag = 0, class = 0;
    if (*at >= end)
        return -1;
    int form = ASN1_get_object(at, &len, &tag, &class, end - *at);
    if (form & 0x80 || class != V_ASN1_UNIVERSAL)
        return -1;
    if (!inside)
        *at += len;
    return tag;
}

/* The two tags and the number that tell the formats apart. */
static void look(const uint8_t *der, size_t len, int ret_tags[2], int *ret_number) {
    const unsigned char *at = der, *end = der + len;
    ret_tags[0] = ret_tags[1] = *ret_number = -1;
    if (next_tag(&at, end, true) != V_ASN1_SEQUENCE)
        return;
    const unsigned char *first = at;
    ret_tags[0] = next_tag(&at, end, false);
    if (ret_tags[0] == V_ASN1_INTEGER && at - first == 3)
        *ret_number = first[2];
    ret_tags[1] = next_tag(&at, end, false);
}

static kf_err fail_unknown(void) {
    return kf_fail(KF_E_INPUT, "the file is neither PKCS#12 nor PKCS#8");
}

static kf_err read_der(struct kfm_keyfile_reader *reader, const uint8_t *der, size_t len) {
    int tags[2], number = 0;
    look(der, len, tags, &number);
    if (tags[0] == V_ASN1_SEQUENCE)
        return kfm_keyfile_read_pkcs8(reader, der, len);
    if (tags[0] != V_ASN1_INTEGER)
        return fail_unknown();
    if (number == 3)
        return kfm_keyfile_read_pkcs12(reader, der, len);
    if (tags[1] == V_ASN1_SEQUENCE)
        return kfm_keyfile_take_key(reader, der, len);
    if (tags[1] == V_ASN1_INTEGER && number == 0)
        return kfm_keyfile_read_plain(reader, EVP_PKEY_RSA, der, len);
    if (tags[1] == V_ASN1_OCTET_STRING && number == 1)
        return kfm_keyfile_read_plain(reader, EVP_PKEY_EC, der, len);
    return fail_unknown();
}

static kf_err read_any(struct kfm_keyfile_reader *reader, const uint8_t *data, size_t len) {
    if (data[0] == (V_ASN1_CONSTRUCTED | V_ASN1_SEQUENCE))
        KF_TRY(read_der(reader, data, len));
    else
        KF_TRY(kfm_keyfile_read_pem(reader, data, len));
    if (reader->file->key == NULL)
        return kf_fail(KF_E_INPUT, "there is no private key in the file");
    return sort_certificates(reader->file);
}

kf_err kfm_keyfile_read(kf_arena *arena, const void *data, size_t len,
                        const struct kf_password *password, kfm_keyfile *ret_file) {
    static const struct kf_password none = {0};
    KF_AUTO(kfm_keyfile) file = {0};
    if (len == 0)
        return kf_fail(KF_E_INPUT, "the key file is empty");
    if (len > KFM_KEYFILE_MAX)
        return kf_fail(KF_E_TOO_LARGE, "a key file has at most %zu bytes", KFM_KEYFILE_MAX);
    if (password == NULL || password->len == 0)
        password = &none;
    if (password->len > INT32_MAX)
        return kf_fail(KF_E_INPUT, "the password of the key file is too long");
    struct kfm_keyfile_reader reader = {.arena = arena, .password = password, .file = &file};
    KF_QUIET();
    KF_TRY(read_any(&reader, data, len));
    *ret_file = file;
    file = (kfm_keyfile){0};
    return KF_OK;
}
