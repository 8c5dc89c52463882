// SPDX-License-Identifier: Apache-2.0
// Keys made, brought in and derived; random bytes.
#include "module_objects.h"

#include <openssl/core_names.h>

static struct kf_place place(void) {
    struct kf_place found = {0};
    assert_ok(kfm_interface.describe(slot, &found));
    return found;
}

static void a_pair_is_one_write(void **state) {
    struct kf_place before = place();
    make_pair(&make_ec, CK_TRUE, "one write");
    struct kf_place after = place();
    assert_int_equal(after.generation, before.generation + 1);
    assert_int_equal(after.objects, before.objects + 2);
}

static void a_session_pair_is_no_write(void **state) {
    struct kf_place before = place();
    struct pair pair = make_pair(&make_ec, CK_FALSE, "no write");
    assert_int_equal(place().generation, before.generation);
    assert_false(flag_of(pair.public, CKA_TOKEN));
    assert_false(flag_of(pair.private, CKA_TOKEN));
}

static void a_pair_may_be_parted(void **state) {
    CK_OBJECT_HANDLE public = 0, private = 0;
    CK_ATTRIBUTE of_public[] = {BYTES(CKA_EC_PARAMS, p256)}, of_private[] = {FLAG(CKA_TOKEN, yes)};
    assert_ok(C_GenerateKeyPair(session, &make_ec, of_public, 1, of_private, 1, &public, &private));
    assert_false(flag_of(public, CKA_TOKEN));
    assert_true(flag_of(private, CKA_TOKEN));
}

static void public_halves_are_told(void **state) {
    struct pair pairs[] = {make_pair(&make_rsa, CK_TRUE, "told"),
                           make_pair(&make_ec, CK_TRUE, "told"),
                           make_pair(&make_edwards, CK_TRUE, "told")};
    CK_BYTE point[100], modulus[256], exponent[] = {1, 0, 1};
    CK_ULONG len = sizeof point;
    assert_int_equal(number_of(pairs[0].public, CKA_MODULUS_BITS), 2048);
    assert_true(bytes_are(pairs[0].private, CKA_PUBLIC_EXPONENT, exponent, 3));
    CK_ULONG modulus_len = sizeof modulus;
    assert_ok(get(pairs[0].public, CKA_MODULUS, modulus, &modulus_len));
    assert_true(bytes_are(pairs[0].private, CKA_MODULUS, modulus, 256));
    assert_ok(get(pairs[1].public, CKA_EC_POINT, point, &len));
    assert_int_equal(len, 67);
    assert_memory_equal(point, "\x04\x41\x04", 3);
    len = sizeof point;
    assert_ok(get(pairs[2].public, CKA_EC_POINT, point, &len));
    assert_int_equal(len, 34);
    assert_true(bytes_are(pairs[2].private, CKA_EC_PARAMS, ed25519, sizeof ed25519));
    assert_int_equal(number_of(pairs[1].private, CKA_KEY_GEN_MECHANISM), CKM_EC_KEY_PAIR_GEN);
}

static void the_spki_is_one(void **state) {
    struct pair pair = make_pair(&make_rsa, CK_FALSE, "spki");
    CK_BYTE spki[600];
    CK_ULONG len = sizeof spki;
    const unsigned char *at = spki;
    assert_ok(get(pair.private, CKA_PUBLIC_KEY_INFO, spki, &len));
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)len);
    assert_non_null(key);
    assert_int_equal(EVP_PKEY_get_bits(key), 2048);
    EVP_PKEY_free(key);
}

static void keys_need_a_login_and_a_session_that_writes(void **state) {
    CK_SESSION_HANDLE reader = open_session(slot, 0);
    CK_OBJECT_HANDLE public = 0, private = 0;
    CK_ATTRIBUTE of_public[] = {BYTES(CKA_EC_PARAMS, p256)}, of_private[] = {FLAG(CKA_TOKEN, yes)};
    assert_rv(C_GenerateKeyPair(reader, &make_ec, of_public, 1, of_private, 1, &public, &private),
              CKR_SESSION_READ_ONLY);
    assert_ok(C_GenerateKeyPair(reader, &make_ec, of_public, 1, NULL, 0, &public, &private));
    assert_ok(C_Logout(session));
    assert_rv(C_GenerateKeyPair(session, &make_ec, of_public, 1, of_private, 1, &public, &private),
              CKR_USER_NOT_LOGGED_IN);
    assert_rv(C_GenerateKeyPair(session, &make_ec, of_public, 1, NULL, 0, &public, &private),
              CKR_USER_NOT_LOGGED_IN);
    assert_ok(C_CloseSession(reader));
}

static void null_arguments_are_bad(void **state) {
    CK_OBJECT_HANDLE object = 0;
    CK_BYTE byte;
    assert_rv(C_GenerateKeyPair(session, NULL, NULL, 0, NULL, 0, &object, &object),
              CKR_ARGUMENTS_BAD);
    assert_rv(C_GenerateKeyPair(session, &make_ec, NULL, 0, NULL, 0, NULL, &object),
              CKR_ARGUMENTS_BAD);
    assert_rv(C_GenerateKeyPair(session, &make_ec, NULL, 3, NULL, 0, &object, &object),
              CKR_ARGUMENTS_BAD);
    assert_rv(C_DeriveKey(session, NULL, 1, NULL, 0, &object), CKR_ARGUMENTS_BAD);
    assert_rv(C_GenerateRandom(session, NULL, 1), CKR_ARGUMENTS_BAD);
    assert_rv(C_SeedRandom(session, NULL, 1), CKR_ARGUMENTS_BAD);
    assert_rv(C_SeedRandom(session, &byte, 1), CKR_RANDOM_SEED_NOT_SUPPORTED);
    assert_rv(C_GenerateRandom(4711, &byte, 1), CKR_SESSION_HANDLE_INVALID);
}

static void random_bytes_differ(void **state) {
    CK_BYTE first[32] = {0}, second[32] = {0};
    assert_ok(C_GenerateRandom(session, first, sizeof first));
    assert_ok(C_GenerateRandom(session, second, sizeof second));
    assert_memory_not_equal(first, second, sizeof first);
}

/* --- keys from outside --- */

/* The private part of a fresh EC key, as CKA_VALUE has it. */
static void make_scalar(CK_BYTE ret_scalar[32]) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIGNUM *number = NULL;
    assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number), 1);
    BN_bn2binpad(number, ret_scalar, 32);
    BN_free(number);
    EVP_PKEY_free(key);
}

static void a_key_from_outside_says_so(void **state) {
    CK_BYTE scalar[32];
    make_scalar(scalar);
    CK_OBJECT_HANDLE key = created(TEMPLATE(NUMBER(CKA_CLASS, private_class),
                                            NUMBER(CKA_KEY_TYPE, ec), FLAG(CKA_TOKEN, yes),
                                            BYTES(CKA_EC_PARAMS, p256), BYTES(CKA_VALUE, scalar)));
    CK_ULONG len = 0;
    assert_false(flag_of(key, CKA_LOCAL));
    assert_false(flag_of(key, CKA_ALWAYS_SENSITIVE));
    assert_false(flag_of(key, CKA_NEVER_EXTRACTABLE));
    assert_true(flag_of(key, CKA_SENSITIVE));
    assert_int_equal(number_of(key, CKA_KEY_GEN_MECHANISM), CK_UNAVAILABLE_INFORMATION);
    assert_rv(get(key, CKA_VALUE, NULL, &len), CKR_ATTRIBUTE_SENSITIVE);
    assert_int_equal(len, CK_UNAVAILABLE_INFORMATION);
}

static void only_a_key_that_may_be_read_is(void **state) {
    CK_BYTE scalar[32];
    make_scalar(scalar);
    for (int i = 0; i < 4; i++) {
        CK_BBOOL sensitive = i & 1, extractable = (i >> 1) & 1;
        CK_ULONG len = 0;
        CK_OBJECT_HANDLE key = created(TEMPLATE(
            NUMBER(CKA_CLASS, private_class), NUMBER(CKA_KEY_TYPE, ec), FLAG(CKA_TOKEN, yes),
            FLAG(CKA_SENSITIVE, sensitive), FLAG(CKA_EXTRACTABLE, extractable),
            BYTES(CKA_EC_PARAMS, p256), BYTES(CKA_VALUE, scalar)));
        if (extractable && !sensitive)
            assert_true(bytes_are(key, CKA_VALUE, scalar, sizeof scalar));
        else
            assert_rv(get(key, CKA_VALUE, NULL, &len), CKR_ATTRIBUTE_SENSITIVE);
    }
}

static void a_private_key_needs_a_login(void **state) {
    CK_BYTE scalar[32];
    CK_OBJECT_HANDLE key = 0;
    make_scalar(scalar);
    CK_ATTRIBUTE attributes[] = {NUMBER(CKA_CLASS, private_class), NUMBER(CKA_KEY_TYPE, ec),
                                 BYTES(CKA_EC_PARAMS, p256), BYTES(CKA_VALUE, scalar),
                                 FLAG(CKA_TOKEN, yes)};
    assert_ok(C_Logout(session));
    assert_rv(create(attributes, 5, &key), CKR_USER_NOT_LOGGED_IN);
    assert_rv(create(attributes, 4, &key), CKR_USER_NOT_LOGGED_IN);
}

/* --- deriving --- */

static CK_RV derive(CK_OBJECT_HANDLE base, CK_OBJECT_HANDLE peer, CK_ATTRIBUTE *attributes,
                    CK_ULONG count, CK_OBJECT_HANDLE *ret_key) {
    CK_BYTE point[100];
    CK_ULONG len = sizeof point;
    assert_ok(get(peer, CKA_EC_POINT, point, &len));
    CK_ECDH1_DERIVE_PARAMS params = {CKD_NULL, 0, NULL, len, point};
    CK_MECHANISM mechanism = {CKM_ECDH1_DERIVE, &params, sizeof params};
    return C_DeriveKey(session, &mechanism, base, attributes, count, ret_key);
}

static void both_sides_derive_the_same(void **state) {
    struct pair a = make_pair(&make_ec, CK_TRUE, "a"), b = make_pair(&make_ec, CK_FALSE, "b");
    CK_OBJECT_HANDLE first = 0, second = 0;
    CK_BYTE secret[32];
    CK_ULONG len = sizeof secret;
    assert_ok(derive(a.private, b.public, NULL, 0, &first));
    assert_ok(derive(b.private, a.public, NULL, 0, &second));
    assert_ok(get(first, CKA_VALUE, secret, &len));
    assert_int_equal(len, 32);
    assert_true(bytes_are(second, CKA_VALUE, secret, 32));
    assert_int_equal(number_of(first, CKA_KEY_TYPE), CKK_GENERIC_SECRET);
    assert_int_equal(number_of(first, CKA_VALUE_LEN), 32);
    assert_false(flag_of(first, CKA_LOCAL));
    assert_false(flag_of(first, CKA_TOKEN));
}

static void long_secrets_lose_their_leading_end(void **state) {
    struct pair a = make_pair(&make_ec, CK_FALSE, "a"), b = make_pair(&make_ec, CK_FALSE, "b");
    CK_OBJECT_HANDLE whole = 0, cut = 0;
    CK_BYTE secret[32];
    CK_ULONG len = sizeof secret, sixteen = 16;
    CK_ATTRIBUTE attributes[] = {NUMBER(CKA_KEY_TYPE, aes), NUMBER(CKA_VALUE_LEN, sixteen)};
    assert_ok(derive(a.private, b.public, NULL, 0, &whole));
    assert_ok(get(whole, CKA_VALUE, secret, &len));
    assert_ok(derive(a.private, b.public, attributes, 2, &cut));
    assert_true(bytes_are(cut, CKA_VALUE, secret + 16, 16));
    assert_rv(derive(a.private, b.public, attributes, 1, &cut), CKR_TEMPLATE_INCOMPLETE);
    sixteen = 33;
    assert_rv(derive(a.private, b.public, attributes, 2, &cut), CKR_ATTRIBUTE_VALUE_INVALID);
}

static void a_sensitive_secret_is_not_read(void **state) {
    struct pair a = make_pair(&make_ec, CK_FALSE, "a"), b = make_pair(&make_ec, CK_FALSE, "b");
    CK_OBJECT_HANDLE key = 0;
    CK_ULONG len = 0;
    CK_ATTRIBUTE attributes[] = {FLAG(CKA_SENSITIVE, yes), FLAG(CKA_EXTRACTABLE, no),
                                 FLAG(CKA_TOKEN, yes)};
    assert_ok(derive(a.private, b.public, attributes, 3, &key));
    assert_rv(get(key, CKA_VALUE, NULL, &len), CKR_ATTRIBUTE_SENSITIVE);
    assert_true(flag_of(key, CKA_ALWAYS_SENSITIVE));
    assert_true(flag_of(key, CKA_NEVER_EXTRACTABLE));
    assert_ok(C_DestroyObject(session, key));
}

static void derivations_are_judged(void **state) {
    struct pair curve = make_pair(&make_ec, CK_FALSE, "a"),
                edwards_pair = make_pair(&make_edwards, CK_FALSE, "e");
    CK_BYTE garbage[] = {4, 1, 2, 3};
    CK_OBJECT_HANDLE key = 0;
    CK_ECDH1_DERIVE_PARAMS params = {CKD_NULL, 0, NULL, sizeof garbage, garbage};
    CK_MECHANISM mechanism = {CKM_ECDH1_DERIVE, &params, sizeof params};
    CK_ATTRIBUTE wrong = NUMBER(CKA_CLASS, private_class);
    assert_rv(C_DeriveKey(session, &mechanism, curve.private, NULL, 0, &key),
              CKR_MECHANISM_PARAM_INVALID);
    assert_rv(C_DeriveKey(session, &mechanism, curve.private, &wrong, 1, &key),
              CKR_TEMPLATE_INCONSISTENT);
    assert_rv(C_DeriveKey(session, &mechanism, curve.public, NULL, 0, &key),
              CKR_KEY_HANDLE_INVALID);
    assert_rv(C_DeriveKey(session, &mechanism, edwards_pair.private, NULL, 0, &key),
              CKR_KEY_FUNCTION_NOT_PERMITTED);
    params.kdf = CKD_SHA1_KDF;
    assert_rv(C_DeriveKey(session, &mechanism, curve.private, NULL, 0, &key),
              CKR_MECHANISM_PARAM_INVALID);
    mechanism.ulParameterLen--;
    assert_rv(C_DeriveKey(session, &mechanism, curve.private, NULL, 0, &key),
              CKR_MECHANISM_PARAM_INVALID);
    mechanism.mechanism = CKM_DH_PKCS_DERIVE;
    assert_rv(C_DeriveKey(session, &mechanism, curve.private, NULL, 0, &key),
              CKR_MECHANISM_INVALID);
}

#define OBJECT_TEST(test) cmocka_unit_test_setup(test, log_in)

int main(void) {
    const struct CMUnitTest tests[] = {
        OBJECT_TEST(a_pair_is_one_write),
        OBJECT_TEST(a_session_pair_is_no_write),
        OBJECT_TEST(a_pair_may_be_parted),
        OBJECT_TEST(public_halves_are_told),
        OBJECT_TEST(the_spki_is_one),
        OBJECT_TEST(keys_need_a_login_and_a_session_that_writes),
        OBJECT_TEST(null_arguments_are_bad),
        OBJECT_TEST(random_bytes_differ),
        OBJECT_TEST(a_key_from_outside_says_so),
        OBJECT_TEST(only_a_key_that_may_be_read_is),
        OBJECT_TEST(a_private_key_needs_a_login),
        OBJECT_TEST(both_sides_derive_the_same),
        OBJECT_TEST(long_secrets_lose_their_leading_end),
        OBJECT_TEST(a_sensitive_secret_is_not_read),
        OBJECT_TEST(derivations_are_judged),
    };
    return cmocka_run_group_tests(tests, start_objects, end_module);
}
