// SPDX-License-Identifier: Apache-2.0
// The host: its errors, its configuration, its engines, its threads. None of them is disturbed, and
// none of them gets a hand on our keys.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <pthread.h>

#include "keys_fixture.h"

static const uint8_t data[32] = {7};

/* Everything that a key can be used for; false when something of it fails. */
static bool use_everything(void) {
    for (int i = 0; i < KINDS; i++) {
        kf_softkey *key = NULL;
        kf_locked der = {0}, secret = {0};
        kf_buf point = {0};
        uint8_t signature[512], cipher[256], plain[256];
        CK_ULONG len = 0, cipher_len = sizeof cipher, plain_len = sizeof plain;
        CK_MECHANISM mechanism = {kinds[i].hashed, NULL, 0}, pkcs1 = {CKM_RSA_PKCS, NULL, 0};
        bool good = kf_softkey_write(keys[i], arena, &der) == CKR_OK &&
                    kf_softkey_read(arena, der.data, der.len, &key) == CKR_OK &&
                    sign_with(mechanism, key, data, 32, signature, &len) == CKR_OK &&
                    verify_with(mechanism, key, data, 32, signature, len) == CKR_OK;
        if (good && i <= P521)
            good = kf_softkey_public_attribute(key, CKA_EC_POINT, &point) == CKR_OK &&
                   kf_softkey_derive(key, point.data, point.len, arena, &secret) == CKR_OK;
        if (good && i == RSA2048)
            good = run_with(KF_OPERATION_ENCRYPT, pkcs1, key, data, 32, cipher, &cipher_len) ==
                       CKR_OK &&
                   run_with(KF_OPERATION_DECRYPT, pkcs1, key, cipher, cipher_len, plain,
                            &plain_len) == CKR_OK;
        kf_locked_clear(&der);
        kf_locked_clear(&secret);
        kf_buf_clear(&point);
        kf_softkey_free(key);
        if (!good)
            return false;
    }
    return true;
}

static void use_what_fails(void) {
    kf_softkey *key = NULL;
    uint8_t signature[512] = {1}, plain[256];
    CK_ULONG len = sizeof plain;
    CK_MECHANISM pkcs1 = {CKM_RSA_PKCS, NULL, 0};
    for (int i = 0; i < KINDS; i++) {
        CK_MECHANISM mechanism = {kinds[i].hashed, NULL, 0};
        assert_int_equal(
            verify_with(mechanism, keys[i], data, 32, signature, kinds[i].signature_len),
            CKR_SIGNATURE_INVALID);
    }
    assert_int_not_equal(
        run_with(KF_OPERATION_DECRYPT, pkcs1, keys[RSA2048], signature, 256, plain, &len),
        CKR_FUNCTION_FAILED);
    assert_int_not_equal(kf_softkey_read(arena, signature, 5, &key), CKR_OK);
    uint8_t point[65] = {4};
    kf_locked secret = {0};
    assert_int_equal(kf_softkey_derive(keys[P256], point, 65, arena, &secret),
                     CKR_MECHANISM_PARAM_INVALID);
}

static void the_queue_of_errors_stays_as_it_was(void **state) {
    ERR_clear_error();
    assert_true(use_everything());
    use_what_fails();
    assert_int_equal(ERR_peek_error(), 0);
    ERR_raise(ERR_LIB_USER, 42);
    assert_true(use_everything());
    use_what_fails();
    assert_int_equal(ERR_GET_REASON(ERR_get_error()), 42);
    assert_int_equal(ERR_get_error(), 0);
}

/* A host whose default library context can do nothing at all. */
static int use_with_a_null_provider(void) {
    if (!OSSL_PROVIDER_load(NULL, "null") || EVP_MD_fetch(NULL, "SHA256", NULL))
        return 1;
    ERR_clear_error();
    struct kf_softkey_order order = kinds[P256].order;
    kf_softkey *key = NULL;
    if (kf_softkey_generate(arena, &order, &key) != CKR_OK)
        return 2;
    return kf_softkey_has_private(key) ? 0 : 3;
}

/* The keys of the parent are zeros in a child, so this one makes all of its own. */
static int with_a_null_provider(void) {
    void *unused = NULL;
    arena = NULL;
    if (!OSSL_PROVIDER_load(NULL, "null") || make_keys(&unused) != 0)
        return 10;
    return use_everything() ? use_with_a_null_provider() : 11;
}

static void a_host_without_algorithms_does_not_matter(void **state) {
    assert_int_equal(in_child(with_a_null_provider), 0);
}

/* An engine as libp11's is when it is made the default: it claims all RSA and EC keys, cannot make
 * any from numbers, and does with those of others what OpenSSL did before there were providers. */
static int engine_calls;

static int engine_pmeths(ENGINE *engine, EVP_PKEY_METHOD **ret_method, const int **ret_ids,
                         int id) {
    static const int ids[] = {EVP_PKEY_RSA, EVP_PKEY_EC};
    static EVP_PKEY_METHOD *methods[2];
    if (!ret_method) {
        *ret_ids = ids;
        return 2;
    }
    EVP_PKEY_METHOD **method = &methods[id == EVP_PKEY_EC];
    if (!*method) {
        *method = EVP_PKEY_meth_new(id, 0);
        EVP_PKEY_meth_copy(*method, EVP_PKEY_meth_find(id));
    }
    *ret_method = *method;
    return 1;
}

static int steal_signature(int type, const unsigned char *digest, int len, unsigned char *sig,
                           unsigned int *sig_len, const BIGNUM *kinv, const BIGNUM *r, EC_KEY *ec) {
    engine_calls++;
    return 0;
}

static int steal_power(int len, const unsigned char *from, unsigned char *to, RSA *rsa, int pad) {
    engine_calls++;
    return -1;
}

static ENGINE *make_greedy_engine(void) {
    ENGINE *engine = ENGINE_new();
    RSA_METHOD *rsa = RSA_meth_dup(RSA_PKCS1_OpenSSL());
    EC_KEY_METHOD *ec = EC_KEY_METHOD_new(EC_KEY_OpenSSL());
    RSA_meth_set_priv_enc(rsa, steal_power);
    EC_KEY_METHOD_set_sign(ec, steal_signature, NULL, NULL);
    if (!ENGINE_set_id(engine, "greedy") || !ENGINE_set_name(engine, "greedy") ||
        !ENGINE_set_pkey_meths(engine, engine_pmeths) || !ENGINE_set_RSA(engine, rsa) ||
        !ENGINE_set_EC(engine, ec) || !ENGINE_add(engine) || !ENGINE_init(engine))
        return NULL;
    return engine;
}

static int with_a_greedy_engine(void) {
    static const unsigned defaults[] = {ENGINE_METHOD_RSA | ENGINE_METHOD_EC, ENGINE_METHOD_ALL};
    void *unused = NULL;
    ENGINE *engine = make_greedy_engine();
    if (!engine)
        return 1;
    for (int i = 0; i < 2; i++) {
        arena = NULL;
        if (!ENGINE_set_default(engine, defaults[i]))
            return 2 + 10 * i;
        if (make_keys(&unused) != 0)
            return 3 + 10 * i;
        if (!use_everything())
            return 4 + 10 * i;
        free_keys(&unused);
    }
    return engine_calls == 0 ? 0 : 5;
}

static void an_engine_of_the_host_signs_nothing(void **state) {
    assert_int_equal(in_child(with_a_greedy_engine), 0);
}

/* --- threads --- */

static kf_softkey *shared[KINDS];

static void *sign_many(void *which) {
    int i = (int)(intptr_t)which;
    kf_operation *operation = NULL;
    void *failed = NULL;
    for (int n = 0; n < 60 && !failed; n++) {
        CK_MECHANISM mechanism = {kinds[i].hashed, NULL, 0};
        uint8_t signature[512];
        CK_ULONG len = sizeof signature;
        if (kf_operation_begin(&operation, KF_OPERATION_SIGN, &mechanism, shared[i]) != CKR_OK ||
            kf_operation_finish(operation, data, 32, signature, &len) != CKR_OK ||
            verify_with(mechanism, shared[i], data, 32, signature, len) != CKR_OK)
            failed = shared[i];
    }
    kf_operation_free(operation);
    OPENSSL_thread_stop();
    return failed;
}

static void threads_share_keys(void **state) {
    pthread_t threads[2 * KINDS];
    memcpy(shared, keys, sizeof shared);
    for (int i = 0; i < 2 * KINDS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, sign_many, (void *)(intptr_t)(i % KINDS)), 0);
    for (int i = 0; i < 2 * KINDS; i++) {
        void *failed = threads;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
}

static int begin_anew_in_the_child(void) {
    void *unused = NULL;
    for (int i = 0; i < KINDS; i++)
        kf_softkey_free(keys[i]);
    kf_arena_free(arena);
    return make_keys(&unused) == 0 && use_everything() ? 0 : 1;
}

static void the_child_of_a_fork_may_begin_anew(void **state) {
    assert_true(use_everything());
    assert_int_equal(in_child(begin_anew_in_the_child), 0);
    assert_true(use_everything());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_queue_of_errors_stays_as_it_was),
        cmocka_unit_test(a_host_without_algorithms_does_not_matter),
        cmocka_unit_test(an_engine_of_the_host_signs_nothing),
        cmocka_unit_test(threads_share_keys),
        cmocka_unit_test(the_child_of_a_fork_may_begin_anew),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
