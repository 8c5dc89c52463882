// SPDX-License-Identifier: Apache-2.0
// Token keys as TLS client keys, version by version and key by key.
#include "provider_fixture.h"

#include <openssl/ec.h>
#include <openssl/ssl.h>

static EVP_PKEY *ca_key;
static X509 *ca;

static SSL_CTX *make_server(int version) {
    SSL_CTX *server = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(server, ca);
    SSL_CTX_use_PrivateKey(server, ca_key);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(server), ca);
    SSL_CTX_set_verify(server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_min_proto_version(server, version);
    SSL_CTX_set_max_proto_version(server, version);
    return server;
}

/* Both ends in this thread, through memory. */
static bool shake_hands(SSL *client, SSL *server) {
    BIO *client_end = NULL, *server_end = NULL;
    assert_int_equal(BIO_new_bio_pair(&client_end, 0, &server_end, 0), 1);
    SSL_set_bio(client, client_end, client_end);
    SSL_set_bio(server, server_end, server_end);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    for (int i = 0; i < 20 && (!SSL_is_init_finished(client) || !SSL_is_init_finished(server));
         i++) {
        SSL_do_handshake(client);
        SSL_do_handshake(server);
    }
    return SSL_is_init_finished(client) && SSL_is_init_finished(server);
}

/* Connects with whatever is in `client_ctx`: the server's certificate of the client is that of
 * `key`. */
static bool connects(SSL_CTX *client_ctx, EVP_PKEY *key, int version) {
    SSL_CTX *server_ctx = make_server(version);
    SSL *client = SSL_new(client_ctx), *server = SSL_new(server_ctx);
    bool good = shake_hands(client, server) && SSL_version(client) == version &&
                SSL_get_verify_result(server) == X509_V_OK &&
                X509_check_private_key(SSL_get0_peer_certificate(server), key) == 1;
    SSL_free(client);
    SSL_free(server);
    SSL_CTX_free(server_ctx);
    return good;
}

static SSL_CTX *make_client(EVP_PKEY *key) {
    SSL_CTX *client = SSL_CTX_new(TLS_client_method());
    X509 *cert = make_cert(key, "client", ca, ca_key);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(client), ca);
    assert_int_equal(SSL_CTX_use_certificate(client, cert), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(client, key), 1);
    assert_int_equal(SSL_CTX_check_private_key(client), 1);
    X509_free(cert);
    return client;
}

static void every_key_authenticates_a_client(void **state) {
    const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (int i = 0; i < KINDS; i++)
        for (size_t v = 0; v < KF_COUNT(versions); v++) {
            SSL_CTX *client = make_client(fix.keys[i]);
            assert_true(connects(client, fix.keys[i], versions[v]));
            SSL_CTX_free(client);
        }
}

static void a_context_made_before_the_provider_takes_the_key(void **state) {
    SSL_CTX *client = *state; /* made in before_everything(), as libcurl does */
    X509 *cert = make_cert(fix.keys[RSA2048], "client", ca, ca_key);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(client), ca);
    assert_int_equal(SSL_CTX_use_certificate(client, cert), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(client, fix.keys[RSA2048]), 1);
    assert_true(connects(client, fix.keys[RSA2048], TLS1_3_VERSION));
    X509_free(cert);
}

static CK_RV sign_removed(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
                          CK_OBJECT_HANDLE key) {
    return CKR_DEVICE_REMOVED;
}

static void a_removed_token_fails_the_handshake_and_says_so(void **state) {
    SSL_CTX *client = make_client(fix.keys[P256]);
    break_token()->C_SignInit = sign_removed;
    assert_false(connects(client, fix.keys[P256], TLS1_3_VERSION));
    assert_int_equal(kf_provider_last_error(), KF_E_TOKEN_REMOVED);
    assert_int_equal(kf_provider_last_error(), KF_OK);
    SSL_CTX_free(client);
}

static int before_everything(void **state) {
    *state = SSL_CTX_new(TLS_client_method());
    ca_key = EVP_EC_gen("P-256");
    ca = make_cert(ca_key, "CA", NULL, ca_key);
    return set_up(state);
}

static int after_everything(void **state) {
    SSL_CTX_free(*state);
    X509_free(ca);
    EVP_PKEY_free(ca_key);
    return tear_down(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        PROVIDER_TEST(every_key_authenticates_a_client),
        PROVIDER_TEST(a_context_made_before_the_provider_takes_the_key),
        PROVIDER_TEST(a_removed_token_fails_the_handshake_and_says_so),
    };
    return cmocka_run_group_tests(tests, before_everything, after_everything);
}
