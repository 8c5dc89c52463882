// SPDX-License-Identifier: Apache-2.0
// A key file: one private key and its certificates as PKCS#8 (RFC 5958) or PKCS#12 (RFC 7292). The
// only code of keyfob that reads private keys from files.
#pragma once

#include <keyfob/interface.h>

#include "base/buf.h"
#include "keys/softkey.h"

#define KFM_KEYFILE_MAX        ((size_t)1024 * 1024) /* bytes of a file */
#define KFM_KEYFILE_CERTS      16
#define KFM_KEYFILE_ITERATIONS 600000 /* of PBKDF2 and of the PKCS#12 MAC, as they are written */
/* As they are read, of PBKDF2 and of the MAC: some seconds of work. */
#define KFM_KEYFILE_ITERATIONS_MAX     10000000
#define KFM_KEYFILE_MAC_ITERATIONS_MAX 5000000

typedef struct kfm_keyfile {
    kf_softkey *key;
    kf_buf certificates[KFM_KEYFILE_CERTS]; /* DER; those of the key first */
    size_t certificate_count;
    size_t own_count; /* how many of them are for the key */
} kfm_keyfile;
void kfm_keyfile_clear(kfm_keyfile *file);

/* PKCS#12 in DER; PKCS#8, sealed or not, and the older "RSA PRIVATE KEY" and "EC PRIVATE KEY" in
 * DER or PEM, where certificates may stand beside it. `password` NULL or empty: none.
 * KF_E_PIN_NEEDED when one is needed, KF_E_INPUT when it is wrong or the file is, KF_E_TOO_LARGE,
 * KF_E_UNSUPPORTED for ciphers that OpenSSL has only in its legacy provider. */
kf_err kfm_keyfile_read(kf_arena *arena, const void *data, size_t len,
                        const struct kf_password *password, kfm_keyfile *ret_file);
/* Sealed with `password`, which may not be empty. `label` becomes the friendlyName of PKCS#12;
 * PKCS#8 holds the key only. */
kf_err kfm_keyfile_write(const kfm_keyfile *file, enum kf_key_file_format format, const char *label,
                         const struct kf_password *password, kf_arena *arena, kf_buf *ret_bytes);
