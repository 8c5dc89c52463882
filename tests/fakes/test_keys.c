// SPDX-License-Identifier: Apache-2.0
// Keys: that they are real, and that weak ones are as weak as scripted.
#include "fakes/test_host.h"

#include <pthread.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

// The public key as another program reads it from the token.
static EVP_PKEY *read_public(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                             enum host_kind kind) {
    static const char *const groups[] = {
        [HOST_P256] = "P-256", [HOST_P384] = "P-384", [HOST_P521] = "P-521"};
    EVP_PKEY *key = NULL;
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    BIGNUM *n = NULL, *e = NULL;
    struct host_bytes point = {0};
    if (kind == HOST_RSA) {
        const struct host_bytes modulus = host_get(session, object, CKA_MODULUS);
        const struct host_bytes exponent = host_get(session, object, CKA_PUBLIC_EXPONENT);
        n = BN_bin2bn(modulus.data, (int)modulus.len, NULL);
        e = BN_bin2bn(exponent.data, (int)exponent.len, NULL);
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e);
    } else {
        point = host_get(session, object, CKA_EC_POINT);
        const size_t head = point.data[1] == 0x81 ? 3 : 2;
        if (kind != HOST_ED25519)
            OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, groups[kind], 0);
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.data + head,
                                         point.len - head);
    }
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL,
                                                       kind == HOST_RSA       ? "RSA"
                                                       : kind == HOST_ED25519 ? "ED25519"
                                                                              : "EC",
                                                       NULL);
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    BN_free(n);
    BN_free(e);
    return key;
}

// r and s side by side as OpenSSL wants them.
static void join_ecdsa(struct host_bytes *signature) {
    const int half = (int)signature->len / 2;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    ECDSA_SIG_set0(pair, BN_bin2bn(signature->data, half, NULL),
                   BN_bin2bn(signature->data + half, half, NULL));
    unsigned char *end = signature->data;
    signature->len = (CK_ULONG)i2d_ECDSA_SIG(pair, &end);
    ECDSA_SIG_free(pair);
}

static bool verify(EVP_PKEY *key, CK_MECHANISM_TYPE mechanism, struct host_bytes *signature) {
    static const unsigned char data[32] = "thirty-two bytes to be signed !";
    if (mechanism == CKM_EDDSA) {
        EVP_MD_CTX *message = EVP_MD_CTX_new();
        const bool good =
            EVP_DigestVerifyInit(message, NULL, NULL, NULL, key) == 1 &&
            EVP_DigestVerify(message, signature->data, signature->len, data, sizeof data) == 1;
        EVP_MD_CTX_free(message);
        return good;
    }
    if (mechanism == CKM_ECDSA)
        join_ecdsa(signature);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    bool good = EVP_PKEY_verify_init(context) == 1;
    if (mechanism == CKM_RSA_PKCS_PSS)
        good = EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1;
    good =
        good && EVP_PKEY_verify(context, signature->data, signature->len, data, sizeof data) == 1;
    EVP_PKEY_CTX_free(context);
    return good;
}

static void signatures_verify(void **state) {
    const struct {
        enum host_kind kind;
        CK_MECHANISM_TYPE mechanism;
    } pairs[] = {
        {HOST_RSA, CKM_RSA_PKCS}, {HOST_RSA, CKM_RSA_PKCS_PSS}, {HOST_P256, CKM_ECDSA},
        {HOST_P384, CKM_ECDSA},   {HOST_P521, CKM_ECDSA},       {HOST_ED25519, CKM_EDDSA},
    };
    const CK_SESSION_HANDLE session = host_login();
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct host_bytes signature;
        const struct host_pair pair = host_keys(session, pairs[i].kind);
        EVP_PKEY *key = read_public(session, pair.public, pairs[i].kind);
        assert_int_equal(host_sign(session, pair.private, pairs[i].mechanism, &signature), CKR_OK);
        assert_true(verify(key, pairs[i].mechanism, &signature));
        EVP_PKEY_free(key);
    }
}

enum { THREADS = 4, ROUNDS = 20 };

static void *sign_often(void *data) {
    const CK_OBJECT_HANDLE key = *(CK_OBJECT_HANDLE *)data;
    const CK_SESSION_HANDLE session = host_session();
    struct host_bytes signature;
    size_t signed_well = 0;
    for (int i = 0; i < ROUNDS; i++)
        signed_well += host_sign(session, key, CKM_ECDSA, &signature) == CKR_OK;
    return signed_well == ROUNDS ? data : NULL;
}

static void threads_share_the_token(void **state) {
    struct host_pair pair = host_keys(host_login(), HOST_P256);
    pthread_t threads[THREADS];
    void *result = NULL;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign_often, &pair.private), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, &pair.private);
    }
}

static void the_length_query_keeps_the_operation(void **state) {
    const CK_SESSION_HANDLE session = host_login();
    const struct host_pair pair = host_keys(session, HOST_P521);
    CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0};
    CK_BYTE data[64] = {0}, signature[132];
    CK_ULONG len = 0;
    assert_int_equal(p11->C_SignInit(session, &ecdsa, pair.private), CKR_OK);
    assert_int_equal(p11->C_SignInit(session, &ecdsa, pair.private), CKR_OPERATION_ACTIVE);
    assert_int_equal(p11->C_Sign(session, data, 64, NULL, &len), CKR_OK);
    assert_int_equal(len, 132);
    len = 10;
    assert_int_equal(p11->C_Sign(session, data, 64, signature, &len), CKR_BUFFER_TOO_SMALL);
    assert_int_equal(p11->C_Sign(session, data, 64, signature, &len), CKR_OK);
    assert_int_equal(p11->C_Sign(session, data, 64, signature, &len),
                     CKR_OPERATION_NOT_INITIALIZED);
}

// Encrypts "secret" to the key; with OAEP under a label when padding says so.
static struct host_bytes encrypt(EVP_PKEY *key, int padding) {
    struct host_bytes bytes = {.len = 1024};
    size_t len = sizeof bytes.data;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    assert_int_equal(EVP_PKEY_encrypt_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, padding), 1);
    if (padding == RSA_PKCS1_OAEP_PADDING) {
        EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256());
        EVP_PKEY_CTX_set0_rsa_oaep_label(context, OPENSSL_memdup("label", 5), 5);
    }
    const unsigned char *text = (const unsigned char *)"secret";
    assert_int_equal(EVP_PKEY_encrypt(context, bytes.data, &len, text, 6), 1);
    bytes.len = len;
    EVP_PKEY_CTX_free(context);
    return bytes;
}

static void encrypted_bytes_come_back(void **state) {
    const CK_SESSION_HANDLE session = host_login();
    const struct host_pair pair = host_keys(session, HOST_RSA);
    EVP_PKEY *key = read_public(session, pair.public, HOST_RSA);
    CK_RSA_PKCS_OAEP_PARAMS oaep = {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, "label", 5};
    CK_MECHANISM mechanisms[] = {{CKM_RSA_PKCS, NULL, 0}, {CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep}};
    const int paddings[] = {RSA_PKCS1_PADDING, RSA_PKCS1_OAEP_PADDING};
    for (int i = 0; i < 2; i++) {
        struct host_bytes sent = encrypt(key, paddings[i]);
        CK_BYTE plain[256];
        CK_ULONG len = sizeof plain;
        assert_int_equal(p11->C_DecryptInit(session, &mechanisms[i], pair.private), CKR_OK);
        assert_int_equal(p11->C_Decrypt(session, sent.data, sent.len, plain, &len), CKR_OK);
        assert_int_equal(len, 6);
        assert_memory_equal(plain, "secret", 6);
    }
    EVP_PKEY_free(key);
}

static struct host_bytes agree(CK_SESSION_HANDLE session, struct host_pair mine,
                               struct host_pair other) {
    struct host_bytes point = host_get(session, other.public, CKA_EC_POINT);
    CK_ECDH1_DERIVE_PARAMS params = {CKD_NULL, 0, NULL, point.len, point.data};
    CK_MECHANISM mechanism = {CKM_ECDH1_DERIVE, &params, sizeof params};
    CK_BBOOL no = CK_FALSE, yes = CK_TRUE;
    CK_ATTRIBUTE template[] = {{CKA_SENSITIVE, &no, 1}, {CKA_EXTRACTABLE, &yes, 1}};
    CK_OBJECT_HANDLE secret = 0;
    assert_int_equal(p11->C_DeriveKey(session, &mechanism, mine.private, template, 2, &secret),
                     CKR_OK);
    return host_get(session, secret, CKA_VALUE);
}

static void both_sides_agree_on_a_secret(void **state) {
    const CK_SESSION_HANDLE session = host_login();
    const struct host_pair one = host_keys(session, HOST_P384);
    const struct host_pair two = host_keys(session, HOST_P384);
    const struct host_bytes left = agree(session, one, two), right = agree(session, two, one);
    assert_int_equal(left.len, 48);
    assert_memory_equal(left.data, right.data, 48);
}

static void an_always_authenticated_key_asks_each_time(void **state) {
    const CK_SESSION_HANDLE session = host_login();
    CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0};
    CK_BYTE data[32] = {0}, signature[64];
    CK_ULONG len = sizeof signature;
    host_script("always-authenticate");
    const struct host_pair pair = host_keys(session, HOST_P256);
    assert_true(host_flag(session, pair.private, CKA_ALWAYS_AUTHENTICATE));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(p11->C_SignInit(session, &ecdsa, pair.private), CKR_OK);
        assert_int_equal(p11->C_Sign(session, data, 32, signature, &len), CKR_USER_NOT_LOGGED_IN);
        assert_int_equal(p11->C_Login(session, CKU_CONTEXT_SPECIFIC, (CK_UTF8CHAR *)"0000", 4),
                         CKR_PIN_INCORRECT);
        assert_int_equal(p11->C_Login(session, CKU_CONTEXT_SPECIFIC, (CK_UTF8CHAR *)"1234", 4),
                         CKR_OK);
        assert_int_equal(p11->C_Sign(session, data, 32, signature, &len), CKR_OK);
    }
}

static void weak_keys_sign_all_the_same(void **state) {
    const struct {
        const char *script;
        unsigned long exponent;
        CK_ULONG bytes;
    } kinds[] = {
        {"weak-key bits", RSA_F4, 128},
        {"weak-key e1", 1, 256},
        {"weak-key e3", 3, 256},
        {"weak-key roca", RSA_F4, 256},
        {"weak-key duplicate", RSA_F4, 256},
    };
    const CK_SESSION_HANDLE session = host_login();
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct host_bytes signature;
        host_script(kinds[i].script);
        const struct host_pair pair = host_keys(session, HOST_RSA);
        EVP_PKEY *key = read_public(session, pair.public, HOST_RSA);
        BIGNUM *exponent = NULL;
        assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent), 1);
        assert_true(BN_is_word(exponent, kinds[i].exponent));
        assert_int_equal(host_get(session, pair.public, CKA_MODULUS).len, kinds[i].bytes);
        assert_int_equal(host_sign(session, pair.private, CKM_RSA_PKCS, &signature), CKR_OK);
        assert_true(verify(key, CKM_RSA_PKCS, &signature));
        BN_free(exponent);
        EVP_PKEY_free(key);
    }
}

// The public test of CVE-2017-15361: the modulus is a power of 65537 modulo every small prime.
static bool has_roca_fingerprint(const struct host_bytes *modulus) {
    static const unsigned int primes[] = {11, 13, 17,  19,  37,  53,  61,  71, 73,
                                          79, 97, 103, 107, 109, 127, 151, 157};
    BIGNUM *n = BN_bin2bn(modulus->data, (int)modulus->len, NULL);
    bool all = true;
    for (size_t i = 0; i < sizeof primes / sizeof primes[0]; i++) {
        const unsigned int prime = primes[i];
        const BN_ULONG rest = BN_mod_word(n, prime);
        bool found = false;
        unsigned int power = 1;
        for (unsigned int j = 0; j < prime; j++, power = power * (RSA_F4 % prime) % prime)
            found |= power == rest;
        all &= found;
    }
    BN_free(n);
    return all;
}

static void a_roca_key_has_the_fingerprint(void **state) {
    const CK_SESSION_HANDLE session = host_login();
    struct host_bytes modulus = host_get(session, host_keys(session, HOST_RSA).public, CKA_MODULUS);
    assert_false(has_roca_fingerprint(&modulus));
    host_script("weak-key roca");
    modulus = host_get(session, host_keys(session, HOST_RSA).public, CKA_MODULUS);
    assert_true(has_roca_fingerprint(&modulus));
}

static void a_duplicate_key_is_the_same_on_every_token(void **state) {
    const enum host_kind kinds[] = {HOST_RSA, HOST_P256, HOST_ED25519};
    const CK_ATTRIBUTE_TYPE types[] = {CKA_MODULUS, CKA_EC_POINT, CKA_EC_POINT};
    for (int i = 0; i < 3; i++) {
        host_script("weak-key duplicate");
        CK_SESSION_HANDLE session = host_login();
        const struct host_bytes one =
            host_get(session, host_keys(session, kinds[i]).public, types[i]);
        host_script("weak-key duplicate\nreplace serial=2");
        session = host_login();
        const struct host_bytes two =
            host_get(session, host_keys(session, kinds[i]).public, types[i]);
        assert_int_equal(one.len, two.len);
        assert_memory_equal(one.data, two.data, one.len);
    }
}

static void a_weak_curve_is_shorter(void **state) {
    const CK_SESSION_HANDLE session = host_login();
    host_script("weak-key bits");
    const struct host_pair pair = host_keys(session, HOST_P256);
    assert_int_equal(host_get(session, pair.public, CKA_EC_POINT).len, 2 + 49);
}

const struct CMUnitTest key_tests[] = {
    HOST_TEST(signatures_verify),
    HOST_TEST(threads_share_the_token),
    HOST_TEST(the_length_query_keeps_the_operation),
    HOST_TEST(encrypted_bytes_come_back),
    HOST_TEST(both_sides_agree_on_a_secret),
    HOST_TEST(an_always_authenticated_key_asks_each_time),
    HOST_TEST(weak_keys_sign_all_the_same),
    HOST_TEST(a_roca_key_has_the_fingerprint),
    HOST_TEST(a_duplicate_key_is_the_same_on_every_token),
    HOST_TEST(a_weak_curve_is_shorter),
};
const size_t key_test_count = sizeof key_tests / sizeof key_tests[0];
