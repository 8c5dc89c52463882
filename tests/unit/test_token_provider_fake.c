// SPDX-License-Identifier: Apache-2.0
// The provider on the scriptable fake token: signatures that are no signatures, mechanisms that are
// missing.
#define KF_TEST_SOFTHSM KF_TEST_FAKE_TOKEN
#include "provider_fixture.h"

static const uint8_t message[] = "what is signed";

/* The script is read again when it changed. */
static void script(const char *more) {
    char text[1024];
    snprintf(text, sizeof text, "token label=provider pin=1234 so-pin=12345678\n%s\n", more);
    write_text("script", text);
}

static kf_err sign(EVP_PKEY *key, int padding) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *params = NULL;
    uint8_t signature[1024];
    size_t len = sizeof signature;
    bool good = EVP_DigestSignInit(ctx, &params, hash_for(key), NULL, key) == 1 &&
                (!padding || EVP_PKEY_CTX_set_rsa_padding(params, padding) == 1) &&
                EVP_DigestSign(ctx, signature, &len, message, sizeof message) == 1;
    EVP_MD_CTX_free(ctx);
    kf_err err = kf_provider_last_error();
    assert_int_equal(good, err == KF_OK);
    return err;
}

static void every_key_signs(void **state) {
    for (int i = 0; i < KINDS; i++)
        assert_int_equal(sign(fix.keys[i], 0), KF_OK);
}

static void a_wrong_signature_length_is_refused(void **state) {
    const char *const lies[] = {"lie sign-length 0",    "lie sign-length 1",
                                "lie sign-length 65",   "lie sign-length 1024",
                                "lie sign-length 1025", "lie sign-length 0x7fffffffffffffff"};
    for (size_t i = 0; i < KF_COUNT(lies); i++) {
        script(lies[i]);
        for (int kind = 0; kind < KINDS; kind++)
            assert_int_equal(sign(fix.keys[kind], 0), KF_E_TOKEN_ERROR);
    }
}

static void a_removed_token_is_told(void **state) {
    script("fail C_Sign 1 CKR_DEVICE_REMOVED");
    assert_int_equal(sign(fix.keys[P256], 0), KF_E_TOKEN_REMOVED);
    assert_int_equal(sign(fix.keys[P256], 0), KF_OK); /* although the fake kept the operation */
}

/* SoftHSM2 takes SHA-1 and no label only. */
static bool choose_oaep(EVP_PKEY_CTX *ctx) {
    char *label = OPENSSL_strdup("label");
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha384()) == 1 &&
           EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, label, 5) == 1;
}

static void oaep_keeps_its_hashes_and_label(void **state) {
    uint8_t secret[256], plain[256];
    size_t len = sizeof secret, plain_len = sizeof plain;
    EVP_PKEY_CTX *to = EVP_PKEY_CTX_new(fix.publics[RSA2048], NULL);
    EVP_PKEY_CTX *from = EVP_PKEY_CTX_new(fix.keys[RSA2048], NULL);
    assert_int_equal(EVP_PKEY_encrypt_init(to), 1);
    assert_true(choose_oaep(to));
    assert_int_equal(EVP_PKEY_encrypt(to, secret, &len, message, sizeof message), 1);
    assert_int_equal(EVP_PKEY_decrypt_init(from), 1);
    assert_true(choose_oaep(from));
    assert_int_equal(EVP_PKEY_decrypt(from, plain, &plain_len, secret, len), 1);
    assert_int_equal(plain_len, sizeof message);
    assert_memory_equal(plain, message, sizeof message);
    EVP_PKEY_CTX_free(to);
    EVP_PKEY_CTX_free(from);
}

static void a_missing_mechanism_is_told(void **state) {
    EVP_PKEY *public_key, *key = make_key(&kinds[RSA2048], false, &public_key);
    script("mechanisms CKM_RSA_PKCS");
    assert_int_equal(sign(key, 0), KF_OK);
    assert_int_equal(sign(key, RSA_PKCS1_PSS_PADDING), KF_E_NOT_ON_TOKEN);
    assert_int_equal(sign(fix.keys[P256], 0), KF_E_NOT_ON_TOKEN);
    EVP_PKEY_free(key);
    EVP_PKEY_free(public_key);
}

static int honest_again(void **state) {
    script("");
    return mend_token(state);
}

static int set_up_fake(void **state) {
    const char *tmp = getenv("TMPDIR");
    char path[512];
    snprintf(fix.dir, sizeof fix.dir, "%s/keyfob-provider.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(fix.dir));
    snprintf(path, sizeof path, "%s/script", fix.dir);
    setenv("FAKE_TOKEN", path, 1);
    script("");
    open_session();
    for (int i = 0; i < KINDS; i++)
        fix.keys[i] = make_key(&kinds[i], false, &fix.publics[i]);
    return honest_again(state);
}

#define FAKE_TEST(test) cmocka_unit_test_teardown(test, honest_again)

int main(void) {
    const struct CMUnitTest tests[] = {
        FAKE_TEST(every_key_signs),
        FAKE_TEST(a_wrong_signature_length_is_refused),
        FAKE_TEST(a_removed_token_is_told),
        FAKE_TEST(oaep_keeps_its_hashes_and_label),
        FAKE_TEST(a_missing_mechanism_is_told),
    };
    return cmocka_run_group_tests(tests, set_up_fake, tear_down);
}
