// SPDX-License-Identifier: Apache-2.0
// Key types by name, by title and by public key; and OpenSSL's errors as sentences.
#include "csr_fixture.h"

#include <openssl/err.h>

static void every_type_has_a_name_that_is_understood(void **state) {
    for (int i = KF_KEY_RSA_2048; i <= KF_KEY_ED25519; i++) {
        enum kf_key_type by_name = KF_KEY_NONE, by_title = KF_KEY_NONE;
        assert_int_equal(kf_key_type_parse(kf_key_type_name((enum kf_key_type)i), &by_name), KF_OK);
        assert_int_equal(kf_key_type_parse(kf_key_type_title((enum kf_key_type)i), &by_title),
                         KF_OK);
        assert_int_equal(by_name, i);
        assert_int_equal(by_title, i);
    }
}

static void other_names_are_refused_with_the_list(void **state) {
    static const char *const names[] = {"", "none", "rsa1024", "p257", "rsa", NULL};
    enum kf_key_type type = KF_KEY_P256;
    for (size_t i = 0; i < KF_COUNT(names); i++)
        assert_int_equal(kf_key_type_parse(names[i], &type), KF_E_USAGE);
    assert_non_null(strstr(kf_error_sentence(KF_E_USAGE), "rsa3072"));
    assert_int_equal(type, KF_KEY_P256);
    assert_string_equal(kf_key_type_name((enum kf_key_type)99), "none");
}

static void a_public_key_tells_its_type(void **state) {
    static const struct {
        const char *kind, *title;
        enum kf_key_type type;
    } rows[] = {{"p256", "P-256", KF_KEY_P256},         {"p384", "P-384", KF_KEY_P384},
                {"ed25519", "Ed25519", KF_KEY_ED25519}, {"rsa2048", "RSA 2048", KF_KEY_RSA_2048},
                {"rsa1024", "RSA 1024", KF_KEY_NONE},   {"secp256k1", "secp256k1", KF_KEY_NONE},
                {"ed448", "Ed448", KF_KEY_NONE}};
    for (size_t i = 0; i < KF_COUNT(rows); i++) {
        assert_string_equal(kf_public_key_title(test_key(rows[i].kind)), rows[i].title);
        assert_int_equal(kf_public_key_type(test_key(rows[i].kind)), rows[i].type);
    }
    assert_int_equal(kf_public_key_type(NULL), KF_KEY_NONE);
}

/* The key of RFC 8410, 10.3. */
static void the_identifier_of_a_key_is_of_its_bits(void **state) {
    static const uint8_t bytes[] = {
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00, 0x19, 0xbf, 0x44,
        0x09, 0x69, 0x84, 0xcd, 0xfe, 0x85, 0x41, 0xba, 0xc1, 0x67, 0xdc, 0x3b, 0x96, 0xc8, 0x50,
        0x86, 0xaa, 0x30, 0xb6, 0xb6, 0xcb, 0x0c, 0x5c, 0x38, 0xad, 0x70, 0x31, 0x66, 0xe1};
    uint8_t wanted[20], id[20] = {0};
    KF_AUTO(kf_buf) spki = {0};
    assert_int_equal(kf_buf_set(&spki, bytes, sizeof bytes), KF_OK);
    assert_int_equal(EVP_Digest(bytes + 12, 32, wanted, NULL, EVP_sha1(), NULL), 1);
    assert_int_equal(kf_spki_identifier(&spki, id), KF_OK);
    assert_memory_equal(id, wanted, sizeof wanted);
    for (spki.len = 0; spki.len < sizeof bytes; spki.len++)
        assert_int_equal(kf_spki_identifier(&spki, id), KF_E_CRYPTO);
}

static void the_first_error_is_told_and_the_queue_is_emptied(void **state) {
    ERR_raise(ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH);
    ERR_raise(ERR_LIB_EVP, ERR_R_INTERNAL_ERROR);
    assert_int_equal(kf_fail_openssl(KF_E_CRYPTO, "comparing"), KF_E_CRYPTO);
    assert_string_equal(kf_error_sentence(KF_E_CRYPTO), "comparing: key values mismatch");
    assert_int_equal(ERR_peek_error(), 0);
    kf_fail_openssl(KF_E_CRYPTO, "comparing");
    assert_string_equal(kf_error_sentence(KF_E_CRYPTO), "comparing failed");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_has_a_name_that_is_understood),
        cmocka_unit_test(other_names_are_refused_with_the_list),
        cmocka_unit_test(a_public_key_tells_its_type),
        cmocka_unit_test(the_identifier_of_a_key_is_of_its_bits),
        cmocka_unit_test(the_first_error_is_told_and_the_queue_is_emptied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
