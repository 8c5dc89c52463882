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
        cmocka_unit_test(the_first_error_is_told_and_the_queue_is_emptied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
