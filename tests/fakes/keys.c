// SPDX-License-Identifier: Apache-2.0
// Keys: between attributes and OpenSSL.
#include "fakes/keys.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>

#include "fakes/fake.h"

enum { MAX_BYTES = 1024, MAX_POINT = 133, ED25519_BYTES = 32, OCTET_STRING = 0x04 };

static const unsigned char ED25519_NAME[] = {0x13, 12,  'e', 'd', 'w', 'a', 'r',
                                             'd',  's', '2', '5', '5', '1', '9'};

static const struct {
    CK_ATTRIBUTE_TYPE type;
    const char *name;
} RSA_PARTS[] = {
    {CKA_MODULUS, OSSL_PKEY_PARAM_RSA_N},
    {CKA_PUBLIC_EXPONENT, OSSL_PKEY_PARAM_RSA_E},
    {CKA_PRIVATE_EXPONENT, OSSL_PKEY_PARAM_RSA_D},
    {CKA_PRIME_1, OSSL_PKEY_PARAM_RSA_FACTOR1},
    {CKA_PRIME_2, OSSL_PKEY_PARAM_RSA_FACTOR2},
    {CKA_EXPONENT_1, OSSL_PKEY_PARAM_RSA_EXPONENT1},
    {CKA_EXPONENT_2, OSSL_PKEY_PARAM_RSA_EXPONENT2},
    {CKA_COEFFICIENT, OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
};

enum { RSA_PUBLIC_PARTS = 2, RSA_ALL_PARTS = 8 };

OSSL_LIB_CTX *keys_crypto(struct fake *fake) {
    if (fake->crypto == NULL)
        fake->crypto = OSSL_LIB_CTX_new();
    return fake->crypto;
}

const char *keys_curve(const struct attr *params) {
    if (params == NULL)
        return NULL;
    if (params->len == sizeof ED25519_NAME && memcmp(params->value, ED25519_NAME, params->len) == 0)
        return "ED25519";
    const unsigned char *der = params->value;
    ASN1_OBJECT *oid = d2i_ASN1_OBJECT(NULL, &der, (long)params->len);
    const int nid = oid == NULL ? NID_undef : OBJ_obj2nid(oid);
    ASN1_OBJECT_free(oid);
    return nid == NID_undef ? NULL : OBJ_nid2sn(nid);
}

EVP_PKEY *keys_generate_curve(struct fake *fake, const struct attr *params) {
    const char *curve = keys_curve(params);
    if (curve == NULL)
        return NULL;
    if (strcmp(curve, "ED25519") == 0)
        return EVP_PKEY_Q_keygen(keys_crypto(fake), NULL, "ED25519");
    return EVP_PKEY_Q_keygen(keys_crypto(fake), NULL, "EC", curve);
}

EVP_PKEY *keys_generate_rsa(struct fake *fake, size_t bits, BIGNUM *exponent) {
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(keys_crypto(fake), "RSA", NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_size_t(build, OSSL_PKEY_PARAM_RSA_BITS, bits);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    if (EVP_PKEY_keygen_init(context) > 0 && EVP_PKEY_CTX_set_params(context, params) > 0)
        EVP_PKEY_generate(context, &key);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(context);
    return key;
}

static void copy_number(const EVP_PKEY *key, const char *name, CK_ATTRIBUTE_TYPE type, int size,
                        struct attrs *attrs) {
    unsigned char bytes[MAX_BYTES];
    BIGNUM *number = NULL;
    if (!EVP_PKEY_get_bn_param(key, name, &number))
        return;
    const int len = size > 0 ? BN_bn2binpad(number, bytes, size) : BN_bn2bin(number, bytes);
    attrs_set(attrs, type, bytes, (size_t)len);
    BN_clear_free(number);
}

static void copy_rsa(const EVP_PKEY *key, size_t parts, struct attrs *attrs) {
    for (size_t i = 0; i < parts; i++)
        copy_number(key, RSA_PARTS[i].name, RSA_PARTS[i].type, 0, attrs);
}

static void copy_params(const EVP_PKEY *key, struct attrs *attrs) {
    char curve[64] = "ED25519";
    if (EVP_PKEY_is_a(key, "EC"))
        EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL);
    unsigned char der[32];
    unsigned char *end = der;
    ASN1_OBJECT *oid = OBJ_txt2obj(curve, 0);
    const int len = i2d_ASN1_OBJECT(oid, &end);
    attrs_set(attrs, CKA_EC_PARAMS, der, (size_t)len);
    ASN1_OBJECT_free(oid);
}

// PKCS#11 2.40 mechanisms 2.3.3: CKA_EC_POINT is the DER of an OCTET STRING; some tokens forget
// that.
static void copy_point(const EVP_PKEY *key, bool raw, struct attrs *attrs) {
    unsigned char der[3 + MAX_POINT] = {OCTET_STRING};
    size_t len = 0;
    if (!EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, der + 3, MAX_POINT, &len))
        return;
    if (raw) {
        attrs_set(attrs, CKA_EC_POINT, der + 3, len);
    } else if (len < 0x80) {
        der[1] = OCTET_STRING;
        der[2] = (unsigned char)len;
        attrs_set(attrs, CKA_EC_POINT, der + 1, len + 2);
    } else {
        der[1] = 0x81;
        der[2] = (unsigned char)len;
        attrs_set(attrs, CKA_EC_POINT, der, len + 3);
    }
}

void keys_to_public(const EVP_PKEY *key, bool raw_point, struct attrs *attrs) {
    if (EVP_PKEY_is_a(key, "RSA")) {
        copy_rsa(key, RSA_PUBLIC_PARTS, attrs);
        attrs_set_number(attrs, CKA_MODULUS_BITS, (CK_ULONG)EVP_PKEY_get_bits(key));
        return;
    }
    copy_params(key, attrs);
    copy_point(key, raw_point, attrs);
}

void keys_to_private(const EVP_PKEY *key, struct attrs *attrs) {
    if (EVP_PKEY_is_a(key, "RSA")) {
        copy_rsa(key, RSA_ALL_PARTS, attrs);
        return;
    }
    copy_params(key, attrs);
    if (EVP_PKEY_is_a(key, "EC")) {
        copy_number(key, OSSL_PKEY_PARAM_PRIV_KEY, CKA_VALUE, (EVP_PKEY_get_bits(key) + 7) / 8,
                    attrs);
        return;
    }
    unsigned char bytes[ED25519_BYTES];
    size_t len = sizeof bytes;
    if (EVP_PKEY_get_raw_private_key(key, bytes, &len))
        attrs_set(attrs, CKA_VALUE, bytes, len);
}

static EVP_PKEY *from_build(struct fake *fake, const char *type, OSSL_PARAM_BLD *build) {
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(keys_crypto(fake), type, NULL);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    if (EVP_PKEY_fromdata_init(context) > 0)
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, params);
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(context);
    return key;
}

static EVP_PKEY *make_rsa(struct fake *fake, const struct attrs *attrs) {
    BIGNUM *numbers[RSA_ALL_PARTS] = {0};
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    for (size_t i = 0; i < RSA_ALL_PARTS; i++) {
        const struct attr *attr = attrs_get(attrs, RSA_PARTS[i].type);
        if (attr == NULL || attr->len == 0)
            continue;
        numbers[i] = BN_bin2bn(attr->value, (int)attr->len, NULL);
        OSSL_PARAM_BLD_push_BN(build, RSA_PARTS[i].name, numbers[i]);
    }
    EVP_PKEY *key =
        numbers[0] != NULL && numbers[2] != NULL ? from_build(fake, "RSA", build) : NULL;
    OSSL_PARAM_BLD_free(build);
    for (size_t i = 0; i < RSA_ALL_PARTS; i++)
        BN_clear_free(numbers[i]);
    return key;
}

// The public point that belongs to the private value: OpenSSL does not compute it by itself.
static size_t compute_point(struct fake *fake, const char *curve, const BIGNUM *number,
                            unsigned char point[MAX_POINT]) {
    EC_GROUP *group = EC_GROUP_new_by_curve_name_ex(keys_crypto(fake), NULL, OBJ_sn2nid(curve));
    EC_POINT *public = group == NULL ? NULL : EC_POINT_new(group);
    size_t len = 0;
    if (public != NULL && EC_POINT_mul(group, public, number, NULL, NULL, NULL))
        len = EC_POINT_point2oct(group, public, POINT_CONVERSION_UNCOMPRESSED, point, MAX_POINT,
                                 NULL);
    EC_POINT_free(public);
    EC_GROUP_free(group);
    return len;
}

static EVP_PKEY *make_ec(struct fake *fake, const char *curve, const struct attr *value) {
    unsigned char point[MAX_POINT];
    BIGNUM *number = BN_bin2bn(value->value, (int)value->len, NULL);
    const size_t len = compute_point(fake, curve, number, point);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number);
    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, len);
    EVP_PKEY *key = len == 0 ? NULL : from_build(fake, "EC", build);
    OSSL_PARAM_BLD_free(build);
    BN_clear_free(number);
    return key;
}

static EVP_PKEY *make_curve(struct fake *fake, const struct attrs *attrs) {
    const char *curve = keys_curve(attrs_get(attrs, CKA_EC_PARAMS));
    const struct attr *value = attrs_get(attrs, CKA_VALUE);
    if (curve == NULL || value == NULL || value->len == 0)
        return NULL;
    if (strcmp(curve, "ED25519") == 0)
        return EVP_PKEY_new_raw_private_key_ex(keys_crypto(fake), "ED25519", NULL, value->value,
                                               value->len);
    return make_ec(fake, curve, value);
}

EVP_PKEY *keys_from_private(struct fake *fake, const struct attrs *attrs) {
    const CK_KEY_TYPE type = attrs_number(attrs, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);
    return type == CKK_RSA ? make_rsa(fake, attrs) : make_curve(fake, attrs);
}
