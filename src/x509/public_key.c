// SPDX-License-Identifier: Apache-2.0
// Public keys on their own, out of a SubjectPublicKeyInfo and into one.
#include "x509/public_key.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/quiet.h"
#include "x509/der.h"
#include "x509/gost.h"
#include "x509/name.h"

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

/* The parameters are kept as they are, whatever they are. */
static ASN1_STRING *whole_sequence(const struct kf_der_view *content) {
    KF_AUTO(kf_buf) der = {0};
    ASN1_STRING *string = ASN1_STRING_new();
    if (string && kf_der_add(&der, KF_DER_SEQUENCE, content->data, content->len) == KF_OK &&
        ASN1_STRING_set(string, der.data, (int)der.len))
        return string;
    ASN1_STRING_free(string);
    return NULL;
}

static ASN1_OBJECT *object_of(const struct kf_der_view *content) {
    KF_AUTO(kf_buf) der = {0};
    if (kf_der_add(&der, KF_DER_OID, content->data, content->len) != KF_OK)
        return NULL;
    const unsigned char *at = der.data;
    return d2i_ASN1_OBJECT(NULL, &at, (long)der.len);
}

kf_err kf_public_key_set_der(X509_PUBKEY *to, const uint8_t *spki, size_t len) {
    struct kf_der_view rest = {spki, len}, all, algorithm, oid, params, bits;
    KF_QUIET();
    if (!kf_der_take(&rest, KF_DER_SEQUENCE, &all) ||
        !kf_der_take(&all, KF_DER_SEQUENCE, &algorithm) ||
        !kf_der_take(&algorithm, KF_DER_OID, &oid) ||
        !kf_der_take(&algorithm, KF_DER_SEQUENCE, &params) ||
        !kf_der_take(&all, KF_DER_BITS, &bits) || bits.len < 2)
        return kf_fail(KF_E_INPUT, "it is not a public key");
    ASN1_OBJECT *object = object_of(&oid);
    ASN1_STRING *string = whole_sequence(&params);
    unsigned char *value = OPENSSL_memdup(bits.data + 1, bits.len - 1);
    if (object && string && value &&
        X509_PUBKEY_set0_param(to, object, V_ASN1_SEQUENCE, string, value, (int)bits.len - 1))
        return KF_OK;
    ASN1_OBJECT_free(object);
    ASN1_STRING_free(string);
    OPENSSL_free(value);
    return kf_fail(KF_E_MEMORY, "out of memory for a public key");
}

/* An engine may have taught OpenSSL what it does not know by itself: the kind stays the same. */
static enum kf_key_type gost_kind(const X509_PUBKEY *key) {
    unsigned char *der = NULL;
    int len = i2d_X509_PUBKEY(key, &der);
    enum kf_key_type type = len > 0 ? kf_gost_spki_type(der, (size_t)len) : KF_KEY_NONE;
    OPENSSL_free(der);
    return type;
}

enum kf_key_type kf_public_key_kind(const X509_PUBKEY *key, const char **ret_title) {
    KF_QUIET();
    EVP_PKEY *known = X509_PUBKEY_get0(key);
    enum kf_key_type type = kf_public_key_type(known);
    if (type == KF_KEY_NONE)
        type = gost_kind(key);
    if (ret_title)
        *ret_title = type == KF_KEY_NONE ? kf_public_key_title(known) : kf_key_type_title(type);
    return type;
}
