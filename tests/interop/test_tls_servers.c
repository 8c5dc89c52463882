// SPDX-License-Identifier: Apache-2.0
// test_tls_servers MODULE: keys of the module sign in to TLS 1.3 servers of OpenSSL, GnuTLS and
// NSS.
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <signal.h>

#include "interop/server.h"
#include "module/lab.h"

#define WITHOUT(type) (1U << KF_KEY_##type)

/* Each asks for a certificate, insists on one of the lab, and answers with a page. */
static const struct {
    const char *name, *prepare, *serve;
    unsigned refuses; /* keys, 1 << enum kf_key_type */
} servers[] = {
    {.name = "openssl s_server",
     .prepare = "true",
     .serve = "exec openssl s_server -accept 127.0.0.1:$PORT -tls1_3 -cert server.pem"
              " -key server.key -CAfile root.pem -Verify 2 -verify_return_error -www"},
    {.name = "gnutls-serv",
     .prepare = "true",
     .serve = "exec gnutls-serv --http --port $PORT --x509certfile server.pem"
              " --x509keyfile server.key --x509cafile root.pem --require-client-cert"
              " --verify-client-cert --priority NORMAL:-VERS-ALL:+VERS-TLS1.3"},
    {.name = "NSS selfserv",
     .prepare = "mkdir server && certutil -N -d sql:server -f pin\n"
                "certutil -A -d sql:server -f pin -n root -t CT,, -i root.pem\n"
                "openssl pkcs12 -export -in server.pem -inkey server.key -name server"
                " -out server.p12 -passout pass:p12\n"
                "pk12util -i server.p12 -d sql:server -k pin -W p12",
     .serve = "exec selfserv -d sql:server -n server -f pin -p $PORT -r -r -V tls1.3:tls1.3",
     .refuses = WITHOUT(ED25519)},
};

static size_t server_under_test;

static void save_root(struct rig *rig) {
    BIO *pem = BIO_new(BIO_s_mem());
    char *text = NULL;
    assert_int_equal(PEM_write_bio_PrivateKey(pem, lab_ca_key(), NULL, NULL, 0, NULL, NULL), 1);
    long text_len = BIO_get_mem_data(pem, &text);
    rig_write(rig, "root.key", text, (size_t)text_len);
    BIO_free(pem);
    size_t len = 0;
    const uint8_t *der = kf_cert_der(lab_ca(), &len);
    rig_write(rig, "root.der", der, len);
    rig_run(rig, "openssl x509 -inform DER -in root.der -out root.pem");
}

static void make_server_certificate(struct rig *rig) {
    rig_run(rig, "printf 'keyUsage=digitalSignature\\nextendedKeyUsage=serverAuth\\n"
                 "subjectAltName=IP:127.0.0.1\\n' >server.ext\n"
                 "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
                 " -subj /CN=server -keyout server.key -out server.csr\n"
                 "openssl x509 -req -in server.csr -CA root.pem -CAkey root.key -set_serial 5"
                 " -days 1 -extfile server.ext -out server.pem");
}

static X509 *to_x509(const kf_cert *cert) {
    size_t len = 0;
    const uint8_t *der = kf_cert_der(cert, &len);
    return d2i_X509(NULL, &der, (long)len);
}

/* `key` may be NULL: nobody signs in. */
static SSL_CTX *make_client(kf_key *key) {
    SSL_CTX *client = SSL_CTX_new(TLS_client_method());
    X509 *root = to_x509(lab_ca());
    X509_STORE_add_cert(SSL_CTX_get_cert_store(client), root);
    SSL_CTX_set_verify(client, SSL_VERIFY_PEER, NULL);
    X509_free(root);
    if (key == NULL)
        return client;
    KF_AUTO_PTR(kf_cert) cert = lab_certify(key, "CN=Ada");
    X509 *own = to_x509(cert);
    assert_int_equal(SSL_CTX_use_certificate(client, own), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(client, kf_key_pkey(key)), 1);
    X509_free(own);
    return client;
}

/* A TLS 1.3 server tells of a refusal only after the client's handshake: so a page is asked for. */
static bool gets_a_page(const struct server *server, SSL_CTX *client) {
    static const char request[] = "GET / HTTP/1.0\r\n\r\n";
    char answer[16] = "";
    int fd = server_connect(server);
    SSL *ssl = SSL_new(client);
    SSL_set_fd(ssl, fd);
    bool good = SSL_connect(ssl) == 1 && SSL_version(ssl) == TLS1_3_VERSION &&
                SSL_write(ssl, request, sizeof(request) - 1) > 0 &&
                SSL_read(ssl, answer, sizeof(answer) - 1) > 0 &&
                strncmp(answer, "HTTP/1.0 200", 12) == 0;
    SSL_free(ssl);
    close(fd);
    return good;
}

static void prepare(struct rig *rig, struct server *ret_server) {
    rig_open(rig);
    save_root(rig);
    make_server_certificate(rig);
    rig_run(rig, "%s", servers[server_under_test].prepare);
    *ret_server = server_start(rig, servers[server_under_test].serve);
}

static void every_key_signs_in(void **state) {
    static const enum kf_key_type types[] = {KF_KEY_RSA_2048, KF_KEY_RSA_3072, KF_KEY_P256,
                                             KF_KEY_P384, KF_KEY_ED25519};
    struct rig *rig = *state;
    struct server server = {0};
    prepare(rig, &server);
    for (size_t i = 0; i < KF_COUNT(types); i++) {
        if (!rig_makes(rig, types[i]))
            continue;
        KF_AUTO_PTR(kf_key) key = rig_key(rig, "client", types[i], KF_USE_SIGN);
        SSL_CTX *client = make_client(key);
        bool expected = !(servers[server_under_test].refuses & (1U << types[i]));
        if (gets_a_page(&server, client) != expected)
            fail_msg("a %s key is %s by %s", kf_key_type_name(types[i]),
                     expected ? "refused" : "taken", servers[server_under_test].name);
        SSL_CTX_free(client);
    }
    server_stop(&server);
}

static void nobody_gets_in_without_a_key(void **state) {
    struct rig *rig = *state;
    struct server server = {0};
    prepare(rig, &server);
    SSL_CTX *client = make_client(NULL);
    assert_false(gets_a_page(&server, client));
    SSL_CTX_free(client);
    server_stop(&server);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(every_key_signs_in),
        RIG_TEST(nobody_gets_in_without_a_key),
    };
    const struct module *module = argc == 2 ? module_find(argv[1]) : NULL;
    if (module == NULL) {
        fprintf(stderr, "usage: test_tls_servers MODULE\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    rig_use(module);
    lab_open();
    int failures = 0;
    for (; server_under_test < KF_COUNT(servers); server_under_test++)
        failures += _cmocka_run_group_tests(servers[server_under_test].name, tests, KF_COUNT(tests),
                                            NULL, NULL);
    lab_close();
    return failures != 0;
}
