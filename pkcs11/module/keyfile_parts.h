// SPDX-License-Identifier: Apache-2.0
// What the files keyfile*.c share.
#pragma once

#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "module/keyfile.h"

/* A key file while it is read. */
struct kfm_keyfile_reader {
    kf_arena *arena;
    const struct kf_password *password; /* never NULL; `data` NULL: none */
    kfm_keyfile *file;
    uint64_t spent; /* iterations; a file may be sealed in many pieces */
};

/* Bytes from OpenSSL that may be a private key. */
typedef struct kfm_wiped {
    unsigned char *data;
    int len;
} kfm_wiped;
void kfm_wiped_clear(kfm_wiped *bytes);

/* A PrivateKeyInfo. KF_E_INPUT when there is one already. */
kf_err kfm_keyfile_take_key(struct kfm_keyfile_reader *reader, const uint8_t *der, size_t len);
kf_err kfm_keyfile_take_cert(struct kfm_keyfile_reader *reader, const uint8_t *der, size_t len);

/* Whether the cost of opening something that is sealed so is bearable, together with all that was
 * opened before, and its cipher known. */
kf_err kfm_seal_check(struct kfm_keyfile_reader *reader, const X509_ALGOR *algorithm);
/* Opens what is sealed with the password. */
kf_err kfm_seal_open(struct kfm_keyfile_reader *reader, const X509_SIG *sealed,
                     kfm_wiped *ret_bytes);

kf_err kfm_keyfile_read_pkcs8(struct kfm_keyfile_reader *reader, const uint8_t *der, size_t len);
kf_err kfm_keyfile_read_pkcs12(struct kfm_keyfile_reader *reader, const uint8_t *der, size_t len);
kf_err kfm_keyfile_read_pem(struct kfm_keyfile_reader *reader, const uint8_t *text, size_t len);
/* What is older than PKCS#8: RSAPrivateKey (RFC 8017, A.1.2), ECPrivateKey (RFC 5915, 3). */
kf_err kfm_keyfile_read_plain(struct kfm_keyfile_reader *reader, int type, const uint8_t *der,
                              size_t len);
