// SPDX-License-Identifier: Apache-2.0
// What a key on the token is for: signed mail, decrypted mail, and TLS client authentication.
#include <openssl/cms.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>

#include "module/lab.h"
#include "module/suite.h"

static const char message[] = "what is sent";

static X509 *to_x509(const kf_cert *cert) {
    size_t len = 0;
    const uint8_t *der = kf_cert_der(cert, &len);
    X509 *x509 = d2i_X509(NULL, &der, (long)len);
    assert_non_null(x509);
    return x509;
}

/* A certificate for the key that is not on the token. */
static X509 *certify(kf_key *key) {
    KF_AUTO_PTR(kf_cert) cert = lab_certify(key, "CN=Ada");
    return to_x509(cert);
}

/* --- CMS --- */

static void save_cms(struct rig *rig, CMS_ContentInfo *cms) {
    unsigned char *der = NULL;
    int len = i2d_CMS_ContentInfo(cms, &der);
    assert_true(len > 0);
    rig_write(rig, "message.p7m", der, (size_t)len);
    OPENSSL_free(der);
}

static void save_root(struct rig *rig) {
    size_t len = 0;
    const uint8_t *der = kf_cert_der(lab_ca(), &len);
    rig_write(rig, "root.der", der, len);
    rig_run(rig, "openssl x509 -inform DER -in root.der -out root.pem");
}

static void openssl_verifies(struct rig *rig, EVP_PKEY *key, X509 *cert, bool pss) {
    BIO *in = BIO_new_mem_buf(message, (int)strlen(message));
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, in, CMS_BINARY | CMS_PARTIAL);
    CMS_SignerInfo *signer = CMS_add1_signer(cms, cert, key, EVP_sha256(), CMS_KEY_PARAM);
    assert_non_null(signer);
    if (pss)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(CMS_SignerInfo_get0_pkey_ctx(signer),
                                                      RSA_PKCS1_PSS_PADDING),
                         1);
    assert_int_equal(CMS_final(cms, in, NULL, CMS_BINARY), 1);
    save_cms(rig, cms);
    rig_run(rig, "openssl cms -verify -inform DER -in message.p7m -CAfile root.pem");
    rig_assert_said(rig, message);
    CMS_ContentInfo_free(cms);
    BIO_free(in);
}

static void rsa_and_ec_keys_sign_messages(void **state) {
    static const enum kf_key_type types[] = {KF_KEY_RSA_2048, KF_KEY_P256, KF_KEY_P384,
                                             KF_KEY_P521};
    struct rig *rig = *state;
    rig_open(rig);
    save_root(rig);
    for (size_t i = 0; i < KF_COUNT(types); i++) {
        KF_AUTO_PTR(kf_key) key = rig_key(rig, "signer", types[i], KF_USE_SIGN);
        X509 *cert = certify(key);
        openssl_verifies(rig, kf_key_pkey(key), cert, false);
        if (types[i] == KF_KEY_RSA_2048)
            openssl_verifies(rig, kf_key_pkey(key), cert, true);
        X509_free(cert);
    }
}

static CMS_ContentInfo *encrypt(X509 *cert, int padding) {
    BIO *in = BIO_new_mem_buf(message, (int)strlen(message));
    CMS_ContentInfo *cms = CMS_encrypt(NULL, in, EVP_aes_128_cbc(), CMS_BINARY | CMS_PARTIAL);
    CMS_RecipientInfo *to = CMS_add1_recipient_cert(cms, cert, CMS_KEY_PARAM);
    if (padding != 0)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(CMS_RecipientInfo_get0_pkey_ctx(to), padding),
                         1);
    assert_int_equal(CMS_final(cms, in, NULL, CMS_BINARY), 1);
    BIO_free(in);
    return cms;
}

static void decrypts(EVP_PKEY *key, X509 *cert, int padding) {
    char text[sizeof(message)] = "";
    CMS_ContentInfo *cms = encrypt(cert, padding);
    BIO *out = BIO_new(BIO_s_mem());
    if (CMS_decrypt(cms, key, cert, NULL, out, CMS_BINARY) != 1)
        fail_msg("%s", kf_error_sentence(kf_provider_last_error()));
    assert_int_equal(BIO_read(out, text, sizeof(text)), strlen(message));
    assert_string_equal(text, message);
    BIO_free(out);
    CMS_ContentInfo_free(cms);
}

static void rsa_keys_decrypt_messages(void **state) {
    struct rig *rig = *state;
    rig_open(rig);
    KF_AUTO_PTR(kf_key)
    key = rig_key(rig, "reader", KF_KEY_RSA_2048, KF_USE_SIGN | KF_USE_DECRYPT);
    X509 *cert = certify(key);
    decrypts(kf_key_pkey(key), cert, 0);
    decrypts(kf_key_pkey(key), cert, RSA_PKCS1_OAEP_PADDING);
    X509_free(cert);
}

static void ec_keys_agree_on_the_key_of_a_message(void **state) {
    static const enum kf_key_type types[] = {KF_KEY_P256, KF_KEY_P384, KF_KEY_P521};
    struct rig *rig = *state;
    rig_open(rig);
    for (size_t i = 0; i < KF_COUNT(types); i++) {
        KF_AUTO_PTR(kf_key)
        key = rig_key(rig, "reader", types[i], KF_USE_SIGN | KF_USE_DERIVE);
        X509 *cert = certify(key);
        decrypts(kf_key_pkey(key), cert, 0);
        X509_free(cert);
    }
}

/* --- TLS --- */

static SSL_CTX *make_end(const SSL_METHOD *method, X509 *cert, EVP_PKEY *key, X509 *root) {
    SSL_CTX *end = SSL_CTX_new(method);
    assert_int_equal(SSL_CTX_set_min_proto_version(end, TLS1_3_VERSION), 1);
    assert_int_equal(SSL_CTX_use_certificate(end, cert), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(end, key), 1);
    assert_int_equal(X509_STORE_add_cert(SSL_CTX_get_cert_store(end), root), 1);
    return end;
}

/* Both ends in this thread, through memory. */
static bool shake_hands(SSL *client, SSL *server) {
    BIO *client_end = NULL, *server_end = NULL;
    assert_int_equal(BIO_new_bio_pair(&client_end, 0, &server_end, 0), 1);
    SSL_set_bio(client, client_end, client_end);
    SSL_set_bio(server, server_end, server_end);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    for (int i = 0; i < 20; i++) {
        SSL_do_handshake(client);
        SSL_do_handshake(server);
    }
    return SSL_is_init_finished(client) && SSL_is_init_finished(server);
}

static bool authenticates(EVP_PKEY *key, X509 *cert) {
    X509 *root = to_x509(lab_ca());
    SSL_CTX *client_side = make_end(TLS_client_method(), cert, key, root);
    SSL_CTX *server_side = make_end(TLS_server_method(), root, lab_ca_key(), root);
    SSL_CTX_set_verify(server_side, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL *client = SSL_new(client_side), *server = SSL_new(server_side);
    bool good = shake_hands(client, server) && SSL_get_verify_result(server) == X509_V_OK &&
                X509_cmp(SSL_get0_peer_certificate(server), cert) == 0;
    SSL_free(client);
    SSL_free(server);
    SSL_CTX_free(client_side);
    SSL_CTX_free(server_side);
    X509_free(root);
    return good;
}

static void every_key_authenticates_a_tls_client(void **state) {
    struct rig *rig = *state;
    rig_open(rig);
    for (enum kf_key_type type = KF_KEY_RSA_2048; type <= KF_KEY_ED25519; type++) {
        if (!rig_makes(rig, type) || type == KF_KEY_RSA_4096)
            continue;
        KF_AUTO_PTR(kf_key) key = rig_key(rig, "client", type, KF_USE_SIGN);
        X509 *cert = certify(key);
        if (!authenticates(kf_key_pkey(key), cert))
            fail_msg("a %s key does not authenticate: %s", kf_key_type_name(type),
                     kf_error_sentence(kf_provider_last_error()));
        X509_free(cert);
    }
}

int test_uses(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(rsa_and_ec_keys_sign_messages),
        RIG_TEST(rsa_keys_decrypt_messages),
        RIG_TEST(ec_keys_agree_on_the_key_of_a_message),
        RIG_TEST(every_key_authenticates_a_tls_client),
    };
    return cmocka_run_group_tests_name("module/uses", tests, NULL, NULL);
}
