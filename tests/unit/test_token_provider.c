// SPDX-License-Identifier: Apache-2.0
// Token keys under OpenSSL: signatures of every kind, and the key's public side.
#include "provider_fixture.h"

#include <openssl/ec.h>
#include <pthread.h>

static const uint8_t message[] = "what is signed";

static size_t sign(EVP_PKEY *key, const EVP_MD *md, uint8_t *ret_signature, size_t size) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t len = size;
    bool good = EVP_DigestSignInit(ctx, NULL, md, NULL, key) == 1 &&
                EVP_DigestSign(ctx, ret_signature, &len, message, sizeof message) == 1;
    EVP_MD_CTX_free(ctx);
    return good ? len : 0;
}

static bool verify(EVP_PKEY *key, const EVP_MD *md, const uint8_t *signature, size_t len) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = EVP_DigestVerifyInit(ctx, NULL, md, NULL, key) == 1 &&
                EVP_DigestVerify(ctx, signature, len, message, sizeof message) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}

static bool signs(EVP_PKEY *key, EVP_PKEY *public_key) {
    uint8_t signature[1024];
    size_t len = sign(key, hash_for(key), signature, sizeof signature);
    return len > 0 && verify(public_key, hash_for(key), signature, len);
}

static void every_key_signs_for_its_public_half(void **state) {
    for (int i = 0; i < KINDS; i++)
        assert_true(signs(fix.keys[i], fix.publics[i]));
    assert_int_equal(kf_provider_last_error(), KF_OK);
}

static void every_hash_signs_with_rsa_and_ec(void **state) {
    const EVP_MD *const hashes[] = {EVP_sha1(), EVP_sha224(), EVP_sha256(), EVP_sha384(),
                                    EVP_sha512()};
    for (int kind = RSA2048; kind <= P521; kind++)
        for (size_t i = 0; i < KF_COUNT(hashes); i++) {
            uint8_t signature[1024];
            size_t len = sign(fix.keys[kind], hashes[i], signature, sizeof signature);
            assert_true(len > 0);
            assert_true(verify(fix.publics[kind], hashes[i], signature, len));
        }
}

static void a_key_verifies_what_it_signed(void **state) {
    for (int i = 0; i < KINDS; i++) {
        uint8_t signature[1024];
        size_t len = sign(fix.keys[i], hash_for(fix.keys[i]), signature, sizeof signature);
        assert_true(verify(fix.keys[i], hash_for(fix.keys[i]), signature, len));
        signature[len / 2] ^= 1;
        assert_false(verify(fix.keys[i], hash_for(fix.keys[i]), signature, len));
    }
}

static void a_short_buffer_is_refused(void **state) {
    uint8_t signature[1024];
    for (int i = 0; i < KINDS; i++)
        assert_int_equal(sign(fix.keys[i], hash_for(fix.keys[i]), signature, 40), 0);
}

static void signing_goes_on_after_a_final_call(void **state) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t one[1024], two[1024];
    size_t one_len = sizeof one, two_len = sizeof two;
    assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, fix.keys[P256]), 1);
    assert_int_equal(EVP_DigestSignUpdate(ctx, message, 4), 1);
    assert_int_equal(EVP_DigestSignFinal(ctx, one, &one_len), 1);
    assert_int_equal(EVP_DigestSignUpdate(ctx, message + 4, sizeof message - 4), 1);
    assert_int_equal(EVP_DigestSignFinal(ctx, two, &two_len), 1);
    EVP_MD_CTX_free(ctx);
    assert_true(verify(fix.publics[P256], EVP_sha256(), two, two_len));
}

/* --- digests signed as they are --- */

static bool sign_digest(EVP_PKEY *key, EVP_PKEY *public_key, const EVP_MD *md) {
    uint8_t digest[32] = {7}, signature[1024];
    size_t len = sizeof signature;
    EVP_PKEY_CTX *signing = EVP_PKEY_CTX_new(key, NULL),
                 *verifying = EVP_PKEY_CTX_new(public_key, NULL);
    bool good = EVP_PKEY_sign_init(signing) == 1 &&
                (!md || EVP_PKEY_CTX_set_signature_md(signing, md) == 1) &&
                EVP_PKEY_sign(signing, signature, &len, digest, sizeof digest) == 1 &&
                EVP_PKEY_verify_init(verifying) == 1 &&
                (!md || EVP_PKEY_CTX_set_signature_md(verifying, md) == 1) &&
                EVP_PKEY_verify(verifying, signature, len, digest, sizeof digest) == 1;
    EVP_PKEY_CTX_free(signing);
    EVP_PKEY_CTX_free(verifying);
    return good;
}

static void a_digest_is_signed_as_it_is(void **state) {
    assert_true(sign_digest(fix.keys[RSA2048], fix.publics[RSA2048], EVP_sha256()));
    assert_true(sign_digest(fix.keys[RSA2048], fix.publics[RSA2048], NULL));
    assert_true(sign_digest(fix.keys[P256], fix.publics[P256], NULL));
    assert_true(sign_digest(fix.keys[P521], fix.keys[P521], EVP_sha256()));
}

/* --- RSA-PSS --- */

static bool start_pss(EVP_MD_CTX *ctx, EVP_PKEY *key, int salt, bool signing) {
    EVP_PKEY_CTX *params = NULL;
    return (signing ? EVP_DigestSignInit(ctx, &params, EVP_sha256(), NULL, key)
                    : EVP_DigestVerifyInit(ctx, &params, EVP_sha256(), NULL, key)) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(params, RSA_PKCS1_PSS_PADDING) == 1 &&
           (salt == -100 || EVP_PKEY_CTX_set_rsa_pss_saltlen(params, salt) == 1);
}

/* Signs with `asked` (-100: says nothing) and verifies with exactly `expected`. */
static bool pss_salt_is(int asked, int expected) {
    EVP_MD_CTX *signing = EVP_MD_CTX_new(), *verifying = EVP_MD_CTX_new();
    uint8_t signature[1024];
    size_t len = sizeof signature;
    bool good = start_pss(signing, fix.keys[RSA2048], asked, true) &&
                EVP_DigestSign(signing, signature, &len, message, sizeof message) == 1 &&
                start_pss(verifying, fix.publics[RSA2048], expected, false) &&
                EVP_DigestVerify(verifying, signature, len, message, sizeof message) == 1;
    EVP_MD_CTX_free(signing);
    EVP_MD_CTX_free(verifying);
    return good;
}

static void pss_salt_is_as_long_as_the_hash(void **state) {
    assert_true(pss_salt_is(-100, 32));
    assert_true(pss_salt_is(RSA_PSS_SALTLEN_MAX, 32));
    assert_true(pss_salt_is(RSA_PSS_SALTLEN_AUTO, 32));
    assert_true(pss_salt_is(RSA_PSS_SALTLEN_DIGEST, 32));
}

static void a_pss_salt_asked_for_in_bytes_is_given(void **state) {
    assert_true(pss_salt_is(20, 20));
    assert_true(pss_salt_is(0, 0));
    assert_false(pss_salt_is(20, 32));
}

/* Tokens with few mechanisms: those in `missing` are refused. */
static CK_MECHANISM_TYPE missing[3];
static int refused;

static CK_RV sign_init_without(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
                               CK_OBJECT_HANDLE key) {
    for (size_t i = 0; i < KF_COUNT(missing); i++)
        if (mechanism->mechanism == missing[i]) {
            refused++;
            return CKR_MECHANISM_INVALID;
        }
    return fix.real->C_SignInit(session, mechanism, key);
}

static EVP_PKEY *key_on_token_without(CK_MECHANISM_TYPE a, CK_MECHANISM_TYPE b,
                                      EVP_PKEY **ret_public) {
    EVP_PKEY *key = make_key(&kinds[RSA2048], false, ret_public);
    missing[0] = a;
    missing[1] = b;
    missing[2] = CKM_VENDOR_DEFINED;
    refused = 0;
    break_token()->C_SignInit = sign_init_without;
    return key;
}

static void rsa_is_padded_here_when_the_token_does_not_pad(void **state) {
    EVP_PKEY *public_key, *key = key_on_token_without(CKM_RSA_PKCS, CKM_RSA_PKCS_PSS, &public_key);
    EVP_PKEY *kept = fix.keys[RSA2048], *kept_public = fix.publics[RSA2048];
    for (int i = 0; i < 3; i++)
        assert_true(signs(key, public_key));
    fix.keys[RSA2048] = key;
    fix.publics[RSA2048] = public_key;
    assert_true(pss_salt_is(-100, 32));
    assert_true(pss_salt_is(0, 0));
    assert_true(pss_salt_is(222, 222)); /* the longest: 256 - 32 - 2 */
    assert_false(pss_salt_is(223, 223));
    fix.keys[RSA2048] = kept;
    fix.publics[RSA2048] = kept_public;
    assert_int_equal(refused, 2); /* once a mechanism, then remembered */
    EVP_PKEY_free(key);
    EVP_PKEY_free(public_key);
}

static void a_token_without_any_rsa_mechanism_is_named(void **state) {
    EVP_PKEY *public_key, *key = key_on_token_without(CKM_RSA_PKCS, CKM_RSA_X_509, &public_key);
    assert_false(signs(key, public_key));
    assert_int_equal(kf_provider_last_error(), KF_E_NOT_ON_TOKEN);
    assert_non_null(
        strstr(kf_error_sentence(KF_E_NOT_ON_TOKEN), "neither CKM_RSA_PKCS nor CKM_RSA_X_509"));
    EVP_PKEY_free(key);
    EVP_PKEY_free(public_key);
}

/* --- certificate requests --- */

static bool request_is_good(EVP_PKEY *key, bool pss) {
    X509_REQ *request = X509_REQ_new(), *again = NULL;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char *der = NULL;
    X509_REQ_set_pubkey(request, key);
    bool good =
        pss ? start_pss(ctx, key, RSA_PSS_SALTLEN_MAX, true) && X509_REQ_sign_ctx(request, ctx) > 0
            : X509_REQ_sign(request, key, hash_for(key)) > 0;
    int len = good ? i2d_X509_REQ(request, &der) : 0;
    again = good ? d2i_X509_REQ(NULL, &(const unsigned char *){der}, len) : NULL;
    good = again && X509_REQ_verify(again, X509_REQ_get0_pubkey(again)) == 1 &&
           X509_REQ_verify(request, key) == 1;
    OPENSSL_free(der);
    EVP_MD_CTX_free(ctx);
    X509_REQ_free(request);
    X509_REQ_free(again);
    return good;
}

static void every_key_signs_its_certificate_request(void **state) {
    for (int i = 0; i < KINDS; i++)
        assert_true(request_is_good(fix.keys[i], false));
}

static void rsa_signs_its_certificate_request_with_pss(void **state) {
    assert_true(request_is_good(fix.keys[RSA2048], true));
}

/* --- the public side --- */

static void a_key_equals_its_public_half_and_no_other(void **state) {
    for (int i = 0; i < KINDS; i++) {
        assert_int_equal(EVP_PKEY_eq(fix.keys[i], fix.publics[i]), 1);
        assert_int_equal(EVP_PKEY_eq(fix.publics[i], fix.keys[i]), 1);
        assert_int_not_equal(EVP_PKEY_eq(fix.keys[i], fix.publics[(i + 1) % KINDS]), 1);
        assert_true(signs(fix.keys[i],
                          fix.publics[i])); /* comparing left nothing behind that signs instead */
    }
}

static void a_certificate_knows_its_key(void **state) {
    for (int i = 0; i < KINDS; i++) {
        X509 *cert = make_cert(fix.keys[i], "self", NULL, fix.keys[i]);
        assert_int_equal(X509_check_private_key(cert, fix.keys[i]), 1);
        assert_int_equal(X509_check_private_key(cert, fix.keys[(i + 1) % KINDS]), 0);
        assert_int_equal(X509_verify(cert, fix.publics[i]), 1);
        X509_free(cert);
    }
}

static void the_public_key_is_encoded_as_the_default_provider_does(void **state) {
    for (int i = 0; i < KINDS; i++) {
        unsigned char *ours = NULL, *theirs = NULL;
        int len = i2d_PUBKEY(fix.keys[i], &ours);
        assert_true(len > 0);
        assert_int_equal(i2d_PUBKEY(fix.publics[i], &theirs), len);
        assert_memory_equal(ours, theirs, len);
        OPENSSL_free(ours);
        OPENSSL_free(theirs);
    }
}

static void parameters_are_those_of_the_public_half(void **state) {
    uint8_t ours[200], theirs[200];
    char group[40];
    size_t len = sizeof ours, other = sizeof theirs;
    assert_int_equal(EVP_PKEY_get_raw_public_key(fix.keys[ED25519], ours, &len), 1);
    assert_int_equal(EVP_PKEY_get_raw_public_key(fix.publics[ED25519], theirs, &other), 1);
    assert_int_equal(len, 32);
    assert_memory_equal(ours, theirs, 32);
    assert_int_equal(
        EVP_PKEY_get_octet_string_param(fix.keys[P384], "pub", ours, sizeof ours, &len), 1);
    assert_int_equal(len, 97);
    assert_int_equal(EVP_PKEY_get_group_name(fix.keys[P256], group, sizeof group, NULL), 1);
    assert_string_equal(group, "prime256v1");
    assert_int_equal(EVP_PKEY_get_bits(fix.keys[RSA2048]), 2048);
    assert_int_equal(EVP_PKEY_get_size(fix.keys[RSA2048]), 256);
    assert_true(EVP_PKEY_get_base_id(fix.keys[P521]) == EVP_PKEY_EC);
}

static void the_private_half_never_leaves(void **state) {
    for (int i = 0; i < KINDS; i++) {
        unsigned char *der = NULL;
        OSSL_PARAM *params = NULL;
        uint8_t raw[64];
        assert_true(i2d_PrivateKey(fix.keys[i], &der) <= 0);
        assert_int_not_equal(EVP_PKEY_todata(fix.keys[i], EVP_PKEY_KEYPAIR, &params), 1);
        assert_int_not_equal(EVP_PKEY_get_raw_private_key(fix.keys[i], raw, &(size_t){sizeof raw}),
                             1);
        assert_null(der);
    }
}

static void a_duplicate_signs_after_its_model_is_gone(void **state) {
    EVP_PKEY *public_key, *key = make_key(&kinds[P256], false, &public_key);
    EVP_PKEY *copy = EVP_PKEY_dup(key);
    EVP_PKEY_free(key);
    assert_non_null(copy);
    assert_true(signs(copy, public_key));
    EVP_PKEY_free(copy);
    EVP_PKEY_free(public_key);
}

static void a_public_key_of_a_strange_kind_is_refused(void **state) {
    EVP_PKEY *key = NULL, *strange = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    assert_int_equal(kf_provider_pkey(fix.session, 1, NULL, false, strange, &key),
                     KF_E_UNSUPPORTED);
    assert_null(key);
    EVP_PKEY_free(strange);
}

static void keys_of_others_stay_with_the_default_provider(void **state) {
    EVP_PKEY *soft = EVP_EC_gen("P-256");
    assert_string_equal(OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(soft)), "default");
    assert_string_equal(OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(fix.keys[RSA2048])),
                        "keyfob");
    assert_true(signs(soft, soft));
    EVP_PKEY_free(soft);
}

/* --- threads --- */

static void *sign_many(void *arg) {
    EVP_PKEY *keys[] = {fix.keys[P256], fix.keys[ED25519]},
             *publics[] = {fix.publics[P256], fix.publics[ED25519]};
    size_t failed = 0;
    for (size_t i = 0; i < 200; i++)
        failed += !signs(keys[i % 2], publics[i % 2]);
    return (void *)failed;
}

static void eight_threads_share_two_keys_and_one_session(void **state) {
    pthread_t threads[8];
    for (size_t i = 0; i < KF_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign_many, NULL), 0);
    for (size_t i = 0; i < KF_COUNT(threads); i++) {
        void *failed = NULL;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        PROVIDER_TEST(every_key_signs_for_its_public_half),
        PROVIDER_TEST(every_hash_signs_with_rsa_and_ec),
        PROVIDER_TEST(a_key_verifies_what_it_signed),
        PROVIDER_TEST(a_short_buffer_is_refused),
        PROVIDER_TEST(signing_goes_on_after_a_final_call),
        PROVIDER_TEST(a_digest_is_signed_as_it_is),
        PROVIDER_TEST(pss_salt_is_as_long_as_the_hash),
        PROVIDER_TEST(a_pss_salt_asked_for_in_bytes_is_given),
        PROVIDER_TEST(rsa_is_padded_here_when_the_token_does_not_pad),
        PROVIDER_TEST(a_token_without_any_rsa_mechanism_is_named),
        PROVIDER_TEST(every_key_signs_its_certificate_request),
        PROVIDER_TEST(rsa_signs_its_certificate_request_with_pss),
        PROVIDER_TEST(a_key_equals_its_public_half_and_no_other),
        PROVIDER_TEST(a_certificate_knows_its_key),
        PROVIDER_TEST(the_public_key_is_encoded_as_the_default_provider_does),
        PROVIDER_TEST(parameters_are_those_of_the_public_half),
        PROVIDER_TEST(the_private_half_never_leaves),
        PROVIDER_TEST(a_duplicate_signs_after_its_model_is_gone),
        PROVIDER_TEST(a_public_key_of_a_strange_kind_is_refused),
        PROVIDER_TEST(keys_of_others_stay_with_the_default_provider),
        PROVIDER_TEST(eight_threads_share_two_keys_and_one_session),
    };
    return RUN(tests);
}
