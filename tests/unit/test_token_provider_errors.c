// SPDX-License-Identifier: Apache-2.0
// Keys that want a PIN for each signature, tokens that lie, and what reaches the person.
#include "provider_fixture.h"

static const uint8_t message[] = "what is signed";

static bool signs(EVP_PKEY *key) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t signature[1024];
    size_t len = sizeof signature;
    bool good = EVP_DigestSignInit(ctx, NULL, hash_for(key), NULL, key) == 1 &&
                EVP_DigestSign(ctx, signature, &len, message, sizeof message) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}

/* --- CKA_ALWAYS_AUTHENTICATE --- */

static void an_always_authenticate_key_asks_for_each_signature(void **state) {
    for (int i = 0; i < KINDS; i++) {
        EVP_PKEY *public_key, *key = make_key(&kinds[i], true, &public_key);
        fix.pins_asked = 0;
        assert_true(signs(key));
        assert_true(signs(key));
        assert_int_equal(fix.pins_asked, 2);
        EVP_PKEY_free(key);
        EVP_PKEY_free(public_key);
    }
}

static void an_always_authenticate_key_asks_before_it_decrypts(void **state) {
    EVP_PKEY *public_key, *key = make_key(&kinds[RSA2048], true, &public_key);
    uint8_t secret[256], plain[256];
    size_t len = sizeof secret, plain_len = sizeof plain;
    EVP_PKEY_CTX *to = EVP_PKEY_CTX_new(public_key, NULL), *from = EVP_PKEY_CTX_new(key, NULL);
    assert_int_equal(EVP_PKEY_encrypt_init(to), 1);
    assert_int_equal(EVP_PKEY_encrypt(to, secret, &len, message, sizeof message), 1);
    assert_int_equal(EVP_PKEY_decrypt_init(from), 1);
    assert_int_equal(EVP_PKEY_decrypt(from, plain, &plain_len, secret, len), 1);
    assert_int_equal(plain_len, sizeof message);
    assert_memory_equal(plain, message, sizeof message);
    assert_int_equal(fix.pins_asked, 1);
    EVP_PKEY_CTX_free(to);
    EVP_PKEY_CTX_free(from);
    EVP_PKEY_free(key);
    EVP_PKEY_free(public_key);
}

/* Signing fails with `expected` when the PIN is `pin`, and the session is good for more afterwards.
 */
static void fails_with_pin(const char *pin, kf_err expected) {
    EVP_PKEY *public_key, *key = make_key(&kinds[P256], true, &public_key);
    fix.pin = pin;
    assert_false(signs(key));
    assert_int_equal(kf_provider_last_error(), expected);
    fix.pin = "1234";
    assert_true(signs(key));
    assert_true(signs(fix.keys[P256]));
    assert_int_equal(kf_provider_last_error(), KF_OK);
    EVP_PKEY_free(key);
    EVP_PKEY_free(public_key);
}

static void a_wrong_pin_is_told_and_tried_once(void **state) {
    fix.pins_asked = 0;
    fails_with_pin("9999", KF_E_PIN_WRONG);
    assert_int_equal(fix.pins_asked, 2); /* the wrong one, the right one */
}

static void a_pin_that_nobody_gives_is_told(void **state) {
    fails_with_pin(NULL, KF_E_PIN_NEEDED);
}

/* --- tokens that lie --- */

static CK_ULONG lie; /* the length that the broken token tells */

static CK_RV sign_with_a_lie(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG len,
                             CK_BYTE *signature, CK_ULONG *signature_len) {
    CK_RV rv = fix.real->C_Sign(session, data, len, signature, signature_len);
    *signature_len = lie;
    return rv;
}

static void a_signature_of_a_wrong_length_is_refused(void **state) {
    const CK_ULONG lies[] = {0, 1, 63, 65, 255, 257, 1024, 1025, 1UL << 40, (CK_ULONG)-1};
    break_token()->C_Sign = sign_with_a_lie;
    for (int i = 0; i < KINDS; i++)
        for (size_t j = 0; j < KF_COUNT(lies); j++) {
            lie = lies[j];
            assert_false(signs(fix.keys[i]));
            assert_int_equal(kf_provider_last_error(), KF_E_TOKEN_ERROR);
        }
}

static CK_RV decrypt_with_a_lie(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG len,
                                CK_BYTE *plain, CK_ULONG *plain_len) {
    CK_RV rv = fix.real->C_Decrypt(session, data, len, plain, plain_len);
    *plain_len = lie;
    return rv;
}

static void decrypted_data_of_a_wrong_length_is_refused(void **state) {
    const CK_ULONG lies[] = {257, 1025, (CK_ULONG)-1};
    uint8_t secret[256], plain[256];
    size_t len = sizeof secret;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(fix.keys[RSA2048], NULL);
    assert_int_equal(EVP_PKEY_encrypt_init(ctx), 1);
    assert_int_equal(EVP_PKEY_encrypt(ctx, secret, &len, message, sizeof message), 1);
    break_token()->C_Decrypt = decrypt_with_a_lie;
    for (size_t j = 0; j < KF_COUNT(lies); j++) {
        lie = lies[j];
        assert_int_equal(EVP_PKEY_decrypt_init(ctx), 1);
        assert_int_not_equal(EVP_PKEY_decrypt(ctx, plain, &(size_t){sizeof plain}, secret, len), 1);
        assert_int_not_equal(kf_provider_last_error(), KF_OK);
    }
    EVP_PKEY_CTX_free(ctx);
}

/* --- what the person hears --- */

static CK_RV answer;

static CK_RV sign_answering(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
                            CK_OBJECT_HANDLE key) {
    return answer;
}

static void the_tokens_own_error_comes_through(void **state) {
    static const struct {
        CK_RV rv;
        kf_err err;
    } cases[] = {
        {CKR_DEVICE_REMOVED, KF_E_TOKEN_REMOVED},   {CKR_TOKEN_NOT_PRESENT, KF_E_TOKEN_REMOVED},
        {CKR_GENERAL_ERROR, KF_E_TOKEN_ERROR},      {CKR_PIN_LOCKED, KF_E_PIN_LOCKED},
        {CKR_FUNCTION_REJECTED, KF_E_INTERRUPTED},  {CKR_USER_ANOTHER_ALREADY_LOGGED_IN, KF_E_BUSY},
        {CKR_KEY_HANDLE_INVALID, KF_E_TOKEN_ERROR}, {CKR_MECHANISM_INVALID, KF_E_NOT_ON_TOKEN}};
    break_token()->C_SignInit = sign_answering;
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        answer = cases[i].rv;
        assert_false(signs(fix.keys[P256]));
        assert_int_equal(kf_provider_last_error(), cases[i].err);
    }
}

/* As X509_REQ_sign() does it: OpenSSL fails, and its caller says so in words of its own. */
static void the_sentence_outlives_what_the_caller_says(void **state) {
    EVP_PKEY *public_key, *key = make_key(&kinds[P256], true, &public_key);
    fix.pin = "9999";
    assert_false(signs(key));
    kf_fail(KF_E_CRYPTO, "signing the request failed");
    assert_int_equal(kf_provider_last_error(), KF_E_PIN_WRONG);
    assert_non_null(strstr(kf_error_sentence(KF_E_PIN_WRONG), "wrong PIN for \"provider\""));
    EVP_PKEY_free(key);
    EVP_PKEY_free(public_key);
}

static int tries;

static CK_RV refuse_the_key(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
                            CK_OBJECT_HANDLE key) {
    tries++;
    return CKR_KEY_FUNCTION_NOT_PERMITTED;
}

static void a_key_that_may_not_sign_is_no_missing_mechanism(void **state) {
    EVP_PKEY *public_key, *key = make_key(&kinds[RSA2048], false, &public_key);
    break_token()->C_SignInit = refuse_the_key;
    tries = 0;
    assert_false(signs(key));
    assert_int_equal(tries, 1);
    assert_int_equal(kf_provider_last_error(), KF_E_NOT_ON_TOKEN);
    assert_non_null(strstr(kf_error_sentence(KF_E_NOT_ON_TOKEN), "may not be used for that"));
    EVP_PKEY_free(key);
    EVP_PKEY_free(public_key);
}

/* --- modules with holes in their function list --- */

static void without_a_function_to_decrypt_the_token_cannot(void **state) {
    uint8_t secret[256], plain[256];
    size_t len = sizeof secret;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(fix.keys[RSA2048], NULL);
    assert_int_equal(EVP_PKEY_encrypt_init(ctx), 1);
    assert_int_equal(EVP_PKEY_encrypt(ctx, secret, &len, message, sizeof message), 1);
    break_token()->C_DecryptInit = NULL;
    assert_int_equal(EVP_PKEY_decrypt_init(ctx), 1);
    assert_int_not_equal(EVP_PKEY_decrypt(ctx, plain, &(size_t){sizeof plain}, secret, len), 1);
    assert_int_equal(kf_provider_last_error(), KF_E_NOT_ON_TOKEN);
    EVP_PKEY_CTX_free(ctx);
}

static void without_a_function_to_derive_the_token_cannot(void **state) {
    uint8_t secret[66];
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(fix.keys[P256], NULL);
    break_token()->C_DeriveKey = NULL;
    assert_int_equal(EVP_PKEY_derive_init(ctx), 1);
    assert_int_equal(EVP_PKEY_derive_set_peer(ctx, fix.publics[P256]), 1);
    assert_int_not_equal(EVP_PKEY_derive(ctx, secret, &(size_t){sizeof secret}), 1);
    assert_int_equal(kf_provider_last_error(), KF_E_NOT_ON_TOKEN);
    EVP_PKEY_CTX_free(ctx);
}

static void openssl_hears_the_sentence_and_nothing_stale(void **state) {
    break_token()->C_SignInit = sign_answering;
    answer = CKR_GENERAL_ERROR;
    ERR_clear_error();
    assert_false(signs(fix.keys[P256]));
    const char *text = NULL;
    int flags = 0;
    ERR_get_error_all(NULL, NULL, NULL, &text, &flags);
    assert_true(flags & ERR_TXT_STRING);
    assert_string_equal(text, kf_error_sentence(KF_E_TOKEN_ERROR));
    assert_non_null(strstr(text, "CKR_GENERAL_ERROR"));
}

static void a_good_signature_leaves_no_error(void **state) {
    ERR_clear_error();
    for (int i = 0; i < KINDS; i++)
        assert_true(signs(fix.keys[i]));
    assert_int_equal(ERR_peek_error(), 0);
    assert_int_equal(kf_provider_last_error(), KF_OK);
}

/* --- the cost --- */

static int calls;

static CK_RV count_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key) {
    calls++;
    return fix.real->C_SignInit(session, mechanism, key);
}

static CK_RV count_sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG len, CK_BYTE *signature,
                        CK_ULONG *signature_len) {
    calls++;
    return fix.real->C_Sign(session, data, len, signature, signature_len);
}

static CK_RV count_list(CK_SLOT_ID slot, CK_MECHANISM_TYPE *list, CK_ULONG *count) {
    calls++;
    return fix.real->C_GetMechanismList(slot, list, count);
}

static void a_signature_costs_two_calls(void **state) {
    CK_FUNCTION_LIST *token = break_token();
    token->C_SignInit = count_init;
    token->C_Sign = count_sign;
    token->C_GetMechanismList = count_list;
    for (int i = 0; i < KINDS; i++) {
        calls = 0;
        assert_true(signs(fix.keys[i]));
        assert_int_equal(calls, 2);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        PROVIDER_TEST(an_always_authenticate_key_asks_for_each_signature),
        PROVIDER_TEST(an_always_authenticate_key_asks_before_it_decrypts),
        PROVIDER_TEST(a_wrong_pin_is_told_and_tried_once),
        PROVIDER_TEST(a_pin_that_nobody_gives_is_told),
        PROVIDER_TEST(a_signature_of_a_wrong_length_is_refused),
        PROVIDER_TEST(decrypted_data_of_a_wrong_length_is_refused),
        PROVIDER_TEST(the_tokens_own_error_comes_through),
        PROVIDER_TEST(the_sentence_outlives_what_the_caller_says),
        PROVIDER_TEST(a_key_that_may_not_sign_is_no_missing_mechanism),
        PROVIDER_TEST(without_a_function_to_decrypt_the_token_cannot),
        PROVIDER_TEST(without_a_function_to_derive_the_token_cannot),
        PROVIDER_TEST(openssl_hears_the_sentence_and_nothing_stale),
        PROVIDER_TEST(a_good_signature_leaves_no_error),
        PROVIDER_TEST(a_signature_costs_two_calls),
    };
    return RUN(tests);
}
