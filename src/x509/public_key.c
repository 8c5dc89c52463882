// SPDX-License-Identifier: Apache-2.0
// Public keys on their own, out of a SubjectPublicKeyInfo and into one.
#include "x509/public_key.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/quiet.h"

kf_err kf_public_key_parse(const uint8_t *spki, size_t len, EVP_PKEY **ret_key) {
    const unsigned char *at = spki;
    KF_AUTO_PTR(EVP_PKEY) key = d2i_PUBKEY(NULL, &at, (long)len);
    ERR_clear_error();
    if (key == NULL || at != spki + len)
        return kf_fail(KF_E_INPUT, "it is not a public key");
    *ret_key = KF_MOVE(key);
    return KF_OK;
}

/* The contents of subjectPublicKey, the BIT STRING behind the algorithm. */
static bool find_bits(const uint8_t *spki, size_t len, const uint8_t **ret_at, size_t *ret_len) {
    const uint8_t *at = spki, *end = spki + len;
    long size = 0;
    int tag = 0, class = 0;
    if (ASN1_get_object(&at, &size, &tag, &class, (long)len) & 0x80 || tag != V_ASN1_SEQUENCE)
        return false;
    if (ASN1_get_object(&at, &size, &tag, &class, end - at) & 0x80 || tag != V_ASN1_SEQUENCE)
        return false;
    at += size;
    if (ASN1_get_object(&at, &size, &tag, &class, end - at) & 0x80 || tag != V_ASN1_BIT_STRING ||
        size < 2)
        return false;
    *ret_at = at + 1; /* after the number of unused bits */
    *ret_len = (size_t)size - 1;
    return true;
}

kf_err kf_spki_identifier(const kf_buf *spki, uint8_t ret_id[static 20]) {
    const uint8_t *bits = NULL;
    size_t len = 0;
    KF_QUIET();
    if (find_bits(spki->data, spki->len, &bits, &len) &&
        EVP_Digest(bits, len, ret_id, NULL, EVP_sha1(), NULL) == 1)
        return KF_OK;
    return kf_fail(KF_E_CRYPTO, "the key identifier cannot be made");
}

/* What stands beside the algorithm (RFC 5480 2.1.1, RFC 8410 3); false when that takes more than a
 * name. */
static bool find_parameter(const EVP_PKEY *key, int *ret_type, ASN1_OBJECT **ret_curve) {
    char curve[64];
    *ret_type = V_ASN1_UNDEF;
    if (EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448"))
        return true;
    if (!EVP_PKEY_is_a(key, "EC") || !EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL))
        return false;
    *ret_type = V_ASN1_OBJECT;
    *ret_curve = OBJ_txt2obj(curve, 0);
    return *ret_curve != NULL;
}

bool kf_public_key_set(X509_PUBKEY *to, EVP_PKEY *key) {
    unsigned char *bits = NULL;
    ASN1_OBJECT *curve = NULL;
    int type = 0, kind = EVP_PKEY_get_base_id(key);
    size_t len = kind > 0 && find_parameter(key, &type, &curve)
                     ? EVP_PKEY_get1_encoded_public_key(key, &bits)
                     : 0;
    if (len && X509_PUBKEY_set0_param(to, OBJ_nid2obj(kind), type, curve, bits, (int)len))
        return true;
    ASN1_OBJECT_free(curve);
    OPENSSL_free(bits);
    ERR_clear_error();
    return false;
}
