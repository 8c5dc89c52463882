// SPDX-License-Identifier: Apache-2.0
// Public keys on their own, out of a SubjectPublicKeyInfo.
#include "x509/cert.h"

#include <openssl/err.h>
#include <openssl/x509.h>

kf_err kf_public_key_parse(const uint8_t *spki, size_t len, EVP_PKEY **ret_key) {
    const unsigned char *at = spki;
    KF_AUTO_PTR(EVP_PKEY) key = d2i_PUBKEY(NULL, &at, (long)len);
    ERR_clear_error();
    if (key == NULL || at != spki + len)
        return kf_fail(KF_E_INPUT, "it is not a public key");
    *ret_key = KF_MOVE(key);
    return KF_OK;
}
