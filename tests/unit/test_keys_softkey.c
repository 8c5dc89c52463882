// SPDX-License-Identifier: Apache-2.0
// Soft keys: made, written as PKCS#8 and read again, described by attributes.
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "keys_fixture.h"

static void generated_keys_are_what_was_ordered(void **state) {
    static const CK_ULONG bits[KINDS] = {256, 384, 521, 255, 2048};
    for (int i = 0; i < KINDS; i++) {
        assert_int_equal(kf_softkey_type(keys[i]), kinds[i].order.type);
        assert_int_equal(kf_softkey_bits(keys[i]), bits[i]);
        assert_true(kf_softkey_has_private(keys[i]));
    }
}

static void two_keys_are_never_the_same(void **state) {
    kf_softkey *other = NULL;
    assert_int_equal(kf_softkey_generate(arena, &kinds[P256].order, &other), CKR_OK);
    assert_false(kf_softkey_same_public(other, keys[P256]));
    assert_false(kf_softkey_same_public(keys[P256], keys[P384]));
    assert_false(kf_softkey_same_public(keys[P256], keys[RSA2048]));
    assert_true(kf_softkey_same_public(keys[P256], keys[P256]));
    kf_softkey_free(other);
}

static CK_RV order(CK_KEY_TYPE type, CK_ULONG bits, const void *exponent, size_t exponent_len,
                   const void *params, size_t params_len) {
    struct kf_softkey_order wanted = {.type = type,
                                      .modulus_bits = bits,
                                      .exponent = exponent,
                                      .exponent_len = exponent_len,
                                      .ec_params = params,
                                      .ec_params_len = params_len};
    kf_softkey *key = NULL;
    CK_RV rv = kf_softkey_generate(arena, &wanted, &key);
    assert_int_equal(rv == CKR_OK, key != NULL);
    kf_softkey_free(key);
    return rv;
}

static void orders_that_cannot_be_are_refused(void **state) {
    assert_int_equal(order(CKK_RSA, 1024, NULL, 0, NULL, 0), CKR_KEY_SIZE_RANGE);
    assert_int_equal(order(CKK_RSA, 8192, NULL, 0, NULL, 0), CKR_KEY_SIZE_RANGE);
    assert_int_equal(order(CKK_RSA, 2049, NULL, 0, NULL, 0), CKR_KEY_SIZE_RANGE);
    assert_int_equal(order(CKK_RSA, 2048, "\x01", 1, NULL, 0), CKR_ATTRIBUTE_VALUE_INVALID);
    assert_int_equal(order(CKK_RSA, 2048, "\x04", 1, NULL, 0), CKR_ATTRIBUTE_VALUE_INVALID);
    assert_int_equal(order(CKK_RSA, 2048, "\0\0", 2, NULL, 0), CKR_ATTRIBUTE_VALUE_INVALID);
    assert_int_equal(order(CKK_EC, 0, NULL, 0, NULL, 0), CKR_ATTRIBUTE_VALUE_INVALID);
    assert_int_equal(order(CKK_EC, 0, NULL, 0, "\x06\x05\x2b", 3), CKR_ATTRIBUTE_VALUE_INVALID);
    assert_int_equal(order(CKK_EC, 0, NULL, 0, "\x06\x05\x2b\x81\x04\x00\x0a", 7), /* secp256k1 */
                     CKR_CURVE_NOT_SUPPORTED);
    assert_int_equal(order(CKK_EC, 0, NULL, 0, "\x30\x00", 2), CKR_CURVE_NOT_SUPPORTED);
    assert_int_equal(order(CKK_EC, 0, NULL, 0, oid_ed25519, 5), CKR_CURVE_NOT_SUPPORTED);
    assert_int_equal(order(CKK_EC_EDWARDS, 0, NULL, 0,
                           "\x13\x05"
                           "P-256",
                           7),
                     CKR_CURVE_NOT_SUPPORTED);
    assert_int_equal(order(CKK_DSA, 2048, NULL, 0, NULL, 0), CKR_ATTRIBUTE_VALUE_INVALID);
}

static void curves_have_several_names(void **state) {
    assert_int_equal(order(CKK_EC, 0, NULL, 0,
                           "\x13\x05"
                           "P-256",
                           7),
                     CKR_OK);
    assert_int_equal(order(CKK_EC, 0, NULL, 0, "\x13\x09secp521r1", 11), CKR_OK);
    assert_int_equal(order(CKK_EC_EDWARDS, 0, NULL, 0,
                           "\x13\x0c"
                           "edwards25519",
                           14),
                     CKR_OK);
    assert_int_equal(
        order(CKK_EC_EDWARDS, 0, NULL, 0, "\x06\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01", 11),
        CKR_OK);
}

static void the_public_exponent_may_be_chosen(void **state) {
    struct kf_softkey_order wanted = kinds[RSA2048].order;
    kf_softkey *key = NULL;
    kf_buf exponent = {0};
    wanted.exponent = (const uint8_t *)"\0\x03";
    wanted.exponent_len = 2;
    assert_int_equal(kf_softkey_generate(arena, &wanted, &key), CKR_OK);
    assert_int_equal(kf_softkey_public_attribute(key, CKA_PUBLIC_EXPONENT, &exponent), CKR_OK);
    assert_int_equal(exponent.len, 1);
    assert_int_equal(exponent.data[0], 3);
    kf_buf_clear(&exponent);
    kf_softkey_free(key);
}

/* --- PKCS#8 --- */

static void what_was_written_can_be_read(void **state) {
    for (int i = 0; i < KINDS; i++) {
        kf_locked der = {0}, again = {0};
        kf_softkey *key = NULL;
        assert_int_equal(kf_softkey_write(keys[i], arena, &der), CKR_OK);
        assert_int_equal(kf_softkey_read(arena, der.data, der.len, &key), CKR_OK);
        assert_true(kf_softkey_same_public(key, keys[i]));
        assert_int_equal(kf_softkey_write(key, arena, &again), CKR_OK);
        assert_int_equal(again.len, der.len);
        assert_memory_equal(again.data, der.data, der.len);
        kf_locked_clear(&der);
        kf_locked_clear(&again);
        kf_softkey_free(key);
    }
}

/* OpenSSL reads it, finds the same public key in it, and writes the same bytes. */
static void openssl_agrees_on_what_is_written(void **state) {
    for (int i = 0; i < KINDS; i++) {
        kf_locked der = {0};
        kf_buf info = {0};
        assert_int_equal(kf_softkey_write(keys[i], arena, &der), CKR_OK);
        assert_int_equal(kf_softkey_public_attribute(keys[i], CKA_PUBLIC_KEY_INFO, &info), CKR_OK);
        const uint8_t *at = der.data;
        PKCS8_PRIV_KEY_INFO *parsed = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.len);
        EVP_PKEY *pkey = EVP_PKCS82PKEY(parsed);
        assert_non_null(pkey);
        unsigned char *spki = NULL, *written = NULL;
        assert_int_equal(i2d_PUBKEY(pkey, &spki), info.len);
        assert_memory_equal(spki, info.data, info.len);
        PKCS8_PRIV_KEY_INFO *back = EVP_PKEY2PKCS8(pkey);
        assert_int_equal(i2d_PKCS8_PRIV_KEY_INFO(back, &written), der.len);
        assert_memory_equal(written, der.data, der.len);
        PKCS8_PRIV_KEY_INFO_free(parsed);
        PKCS8_PRIV_KEY_INFO_free(back);
        EVP_PKEY_free(pkey);
        OPENSSL_free(spki);
        OPENSSL_free(written);
        kf_buf_clear(&info);
        kf_locked_clear(&der);
    }
}

static CK_RV read_der(const uint8_t *der, size_t len) {
    kf_softkey *key = NULL;
    CK_RV rv = kf_softkey_read(arena, der, len, &key);
    assert_int_equal(rv == CKR_OK, key != NULL);
    kf_softkey_free(key);
    return rv;
}

static void every_truncation_is_refused(void **state) {
    for (int i = 0; i < KINDS; i++) {
        kf_locked der = {0};
        assert_int_equal(kf_softkey_write(keys[i], arena, &der), CKR_OK);
        for (size_t len = 0; len < der.len; len++)
            assert_int_not_equal(read_der(der.data, len), CKR_OK);
        kf_locked_clear(&der);
    }
}

/* One exception: a seed of Ed25519 is any 32 bytes, and nothing here says which public key it has.
 */
static void every_flipped_byte_is_refused(void **state) {
    for (int i = 0; i < KINDS; i++) {
        kf_locked der = {0};
        assert_int_equal(kf_softkey_write(keys[i], arena, &der), CKR_OK);
        size_t end = i == ED25519 ? der.len - 32 : der.len;
        for (size_t at = 0; at < end; at += i == RSA2048 ? 3 : 1) {
            der.data[at] ^= 0x20;
            assert_int_not_equal(read_der(der.data, der.len), CKR_OK);
            der.data[at] ^= 0x20;
        }
        assert_int_equal(read_der(der.data, der.len), CKR_OK);
        kf_locked_clear(&der);
    }
}

static void trailing_bytes_are_refused(void **state) {
    kf_locked der = {0}, longer = {0};
    assert_int_equal(kf_softkey_write(keys[P256], arena, &der), CKR_OK);
    assert_int_equal(kf_locked_new(arena, der.len + 1, &longer), KF_OK);
    memcpy(longer.data, der.data, der.len);
    assert_int_equal(read_der(longer.data, longer.len), CKR_DATA_INVALID);
    kf_locked_clear(&der);
    kf_locked_clear(&longer);
}

/* RFC 8410, 10.3: version 1 and version 2 with the public key, and attributes that are passed over.
 */
static void examples_of_rfc_8410_are_read(void **state) {
    static const char *const examples[] = {
        "302e020100300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44"
        "755842",
        "3072020101300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44"
        "755842"
        "a01f301d060a2a864886f70d01090914310f0c0d437572646c6520436861697273"
        "81210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"};
    for (size_t i = 0; i < KF_COUNT(examples); i++) {
        long len = 0;
        unsigned char *der = OPENSSL_hexstr2buf(examples[i], &len);
        assert_int_equal(read_der(der, (size_t)len), CKR_OK);
        der[len - 1] ^= 1;
        assert_int_equal(read_der(der, (size_t)len), i == 0 ? CKR_OK : CKR_DATA_INVALID);
        OPENSSL_free(der);
    }
}

/* --- attributes --- */

static void public_attributes_belong_to_the_type(void **state) {
    static const struct {
        enum which key;
        CK_ATTRIBUTE_TYPE type;
        CK_RV rv;
        size_t len;
    } rows[] = {
        {RSA2048, CKA_MODULUS, CKR_OK, 256},
        {RSA2048, CKA_MODULUS_BITS, CKR_OK, sizeof(CK_ULONG)},
        {RSA2048, CKA_PUBLIC_EXPONENT, CKR_OK, 3},
        {RSA2048, CKA_EC_POINT, CKR_ATTRIBUTE_TYPE_INVALID, 0},
        {P256, CKA_EC_PARAMS, CKR_OK, 10},
        {P256, CKA_EC_POINT, CKR_OK, 67},
        {P521, CKA_EC_POINT, CKR_OK, 136},
        {ED25519, CKA_EC_PARAMS, CKR_OK, 5},
        {ED25519, CKA_EC_POINT, CKR_OK, 34},
        {ED25519, CKA_MODULUS, CKR_ATTRIBUTE_TYPE_INVALID, 0},
        {P256, CKA_VALUE, CKR_ATTRIBUTE_TYPE_INVALID, 0},
    };
    for (size_t i = 0; i < KF_COUNT(rows); i++) {
        kf_buf value = {0};
        assert_int_equal(kf_softkey_public_attribute(keys[rows[i].key], rows[i].type, &value),
                         rows[i].rv);
        assert_int_equal(value.len, rows[i].len);
        kf_buf_clear(&value);
    }
}

static void private_attributes_belong_to_the_type(void **state) {
    static const struct {
        enum which key;
        CK_ATTRIBUTE_TYPE type;
        size_t len; /* 0: there is none such */
    } rows[] = {{RSA2048, CKA_PRIME_1, 128}, {RSA2048, CKA_PRIME_2, 128},
                {P256, CKA_VALUE, 32},       {P521, CKA_VALUE, 66},
                {ED25519, CKA_VALUE, 32},    {RSA2048, CKA_VALUE, 0},
                {P256, CKA_PRIME_1, 0},      {P256, CKA_PRIVATE_EXPONENT, 0}};
    for (size_t i = 0; i < KF_COUNT(rows); i++) {
        kf_locked value = {0};
        assert_int_equal(
            kf_softkey_private_attribute(keys[rows[i].key], rows[i].type, arena, &value),
            rows[i].len ? CKR_OK : CKR_ATTRIBUTE_TYPE_INVALID);
        assert_int_equal(value.len, rows[i].len);
        kf_locked_clear(&value);
    }
}

/* SHA-1 of what the BIT STRING holds; X509_pubkey_digest() does the same. */
static void the_identifier_is_that_of_rfc_5280(void **state) {
    for (int i = 0; i < KINDS; i++) {
        kf_buf info = {0};
        uint8_t id[20], expected[EVP_MAX_MD_SIZE];
        const uint8_t *bits;
        int len;
        assert_int_equal(kf_softkey_public_attribute(keys[i], CKA_PUBLIC_KEY_INFO, &info), CKR_OK);
        const uint8_t *at = info.data;
        X509_PUBKEY *parsed = d2i_X509_PUBKEY(NULL, &at, (long)info.len);
        assert_true(X509_PUBKEY_get0_param(NULL, &bits, &len, NULL, parsed));
        assert_true(EVP_Digest(bits, (size_t)len, expected, NULL, EVP_sha1(), NULL));
        assert_int_equal(kf_softkey_identifier(keys[i], id), CKR_OK);
        assert_memory_equal(id, expected, sizeof id);
        X509_PUBKEY_free(parsed);
        kf_buf_clear(&info);
    }
}

/* --- life --- */

static void a_wiped_key_keeps_its_public_half(void **state) {
    for (int i = 0; i < KINDS; i++) {
        kf_softkey *key = NULL;
        kf_locked der = {0};
        uint8_t signature[512];
        CK_ULONG len;
        assert_int_equal(kf_softkey_write(keys[i], arena, &der), CKR_OK);
        assert_int_equal(kf_softkey_read(arena, der.data, der.len, &key), CKR_OK);
        kf_locked_clear(&der);
        kf_softkey_wipe(key);
        assert_false(kf_softkey_has_private(key));
        assert_true(kf_softkey_same_public(key, keys[i]));
        assert_int_equal(kf_softkey_write(key, arena, &der), CKR_KEY_HANDLE_INVALID);
        assert_int_equal(
            sign_with((CK_MECHANISM){kinds[i].hashed, NULL, 0}, key, "abc", 3, signature, &len),
            CKR_KEY_HANDLE_INVALID);
        kf_softkey_wipe(key);
        kf_softkey_free(key);
    }
}

static void a_counted_key_lives_until_the_last_one_frees_it(void **state) {
    kf_softkey *key = NULL;
    assert_int_equal(kf_softkey_generate(arena, &kinds[P256].order, &key), CKR_OK);
    assert_ptr_equal(kf_softkey_ref(key), key);
    kf_softkey_free(key);
    assert_true(kf_softkey_has_private(key));
    kf_softkey_free(key);
    kf_softkey_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generated_keys_are_what_was_ordered),
        cmocka_unit_test(two_keys_are_never_the_same),
        cmocka_unit_test(orders_that_cannot_be_are_refused),
        cmocka_unit_test(curves_have_several_names),
        cmocka_unit_test(the_public_exponent_may_be_chosen),
        cmocka_unit_test(what_was_written_can_be_read),
        cmocka_unit_test(openssl_agrees_on_what_is_written),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_flipped_byte_is_refused),
        cmocka_unit_test(trailing_bytes_are_refused),
        cmocka_unit_test(examples_of_rfc_8410_are_read),
        cmocka_unit_test(public_attributes_belong_to_the_type),
        cmocka_unit_test(private_attributes_belong_to_the_type),
        cmocka_unit_test(the_identifier_is_that_of_rfc_5280),
        cmocka_unit_test(a_wiped_key_keeps_its_public_half),
        cmocka_unit_test(a_counted_key_lives_until_the_last_one_frees_it),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
