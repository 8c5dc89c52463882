// SPDX-License-Identifier: Apache-2.0
// Token keys in CMP (RFC 4210): proof of possession and message protection, against OpenSSL's own
// server.
#include "provider_fixture.h"

#include <openssl/cmp.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <signal.h>

static EVP_PKEY *ca_key, *server_key;
static X509 *ca, *server_cert;

static void write_cert(const char *name, X509 *cert) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", fix.dir, name);
    BIO *file = BIO_new_file(path, "w");
    assert_int_equal(PEM_write_bio_X509(file, cert), 1);
    BIO_free(file);
}

static void write_key(const char *name, EVP_PKEY *key) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", fix.dir, name);
    BIO *file = BIO_new_file(path, "w");
    assert_int_equal(PEM_write_bio_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    BIO_free(file);
}

/* --- the server: a process that hands out new.pem to whoever proves to be cert.pem --- */

struct server {
    pid_t pid;
    int port;
};

static void become_server(int out) {
    assert_int_equal(chdir(fix.dir), 0);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execlp("openssl", "openssl", "cmp", "-config", "", "-port", "0", "-srv_cert", "srv.pem",
           "-srv_key", "srv.key", "-srv_trusted", "ca.pem", "-rsp_cert", "new.pem",
           "-rsp_extracerts", "ca.pem", (char *)NULL);
    _exit(127);
}

/* "ACCEPT [::]:37415 PID=7041" */
static int read_port(int from) {
    FILE *lines = fdopen(from, "r");
    char line[512];
    int port = 0;
    while (port == 0 && fgets(line, sizeof line, lines)) {
        char *end = strstr(line, " PID=");
        if (strncmp(line, "ACCEPT ", 7) != 0 || !end)
            continue;
        *end = '\0';
        port = atoi(strrchr(line, ':') + 1);
    }
    fclose(lines); /* the server says nothing that matters after that */
    return port;
}

static struct server start_server(void) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct server server = {.pid = fork()};
    if (server.pid == 0) {
        signal(SIGPIPE, SIG_IGN);
        become_server(ends[1]);
    }
    close(ends[1]);
    server.port = read_port(ends[0]);
    assert_true(server.port > 0);
    return server;
}

static void stop_server(const struct server *server) {
    kill(server->pid, SIGTERM);
    waitpid(server->pid, NULL, 0);
}

/* --- the client: protects its messages with a key on the token --- */

static OSSL_CMP_CTX *make_client(const struct server *server, X509 *cert, EVP_PKEY *key) {
    OSSL_CMP_CTX *client = OSSL_CMP_CTX_new(NULL, NULL);
    X509_STORE *roots = X509_STORE_new();
    X509_STORE_add_cert(roots, ca);
    assert_int_equal(OSSL_CMP_CTX_set1_server(client, "127.0.0.1"), 1);
    OSSL_CMP_CTX_set_serverPort(client, server->port);
    OSSL_CMP_CTX_set1_serverPath(client, "pkix/");
    OSSL_CMP_CTX_set_option(client, OSSL_CMP_OPT_MSG_TIMEOUT, 20);
    OSSL_CMP_CTX_set0_trustedStore(client, roots);
    OSSL_CMP_CTX_set1_srvCert(client, server_cert);
    OSSL_CMP_CTX_set1_cert(client, cert);
    OSSL_CMP_CTX_set1_pkey(client, key);
    return client;
}

static X509_REQ *make_request(EVP_PKEY *key) {
    X509_REQ *request = X509_REQ_new();
    X509_NAME *name = X509_NAME_new();
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"client", -1, -1,
                               0);
    X509_REQ_set_subject_name(request, name);
    X509_REQ_set_pubkey(request, key);
    assert_true(X509_REQ_sign(request, key, hash_for(key)) > 0);
    X509_NAME_free(name);
    return request;
}

static X509 *ask(OSSL_CMP_CTX *client, EVP_PKEY *key, bool with_request) {
    if (!with_request) {
        EVP_PKEY_up_ref(key);
        OSSL_CMP_CTX_set0_newPkey(client, 1, key);
        return OSSL_CMP_exec_CR_ses(client);
    }
    X509_REQ *request = make_request(key);
    OSSL_CMP_CTX_set1_p10CSR(client, request);
    X509_REQ_free(request);
    return OSSL_CMP_exec_P10CR_ses(client);
}

/* A certificate for `new_key`, asked for under the name of `key`. */
static bool gets_certificate(EVP_PKEY *key, EVP_PKEY *new_key, bool with_request) {
    X509 *cert = make_cert(key, "client", ca, ca_key),
         *issued = make_cert(new_key, "client", ca, ca_key);
    write_cert("new.pem", issued);
    struct server server = start_server();
    OSSL_CMP_CTX *client = make_client(&server, cert, key);
    ERR_clear_error();
    X509 *given = ask(client, new_key, with_request);
    bool good = given && X509_cmp(given, issued) == 0;
    if (!good)
        OSSL_CMP_CTX_print_errors(client);
    OSSL_CMP_CTX_free(client);
    stop_server(&server);
    X509_free(cert);
    X509_free(issued);
    return good;
}

static void rsa_and_ec_protect_a_certificate_request(void **state) {
    assert_true(gets_certificate(fix.keys[P256], fix.keys[P256], false));
    assert_true(gets_certificate(fix.keys[RSA2048], fix.keys[RSA2048], false));
    assert_true(gets_certificate(fix.keys[P384], fix.keys[RSA2048], false));
}

static void ed25519_proves_possession_under_another_keys_protection(void **state) {
    assert_true(gets_certificate(fix.keys[P256], fix.keys[ED25519], false));
}

static void rsa_and_ec_protect_a_pkcs10_request(void **state) {
    assert_true(gets_certificate(fix.keys[P256], fix.keys[P256], true));
    assert_true(gets_certificate(fix.keys[RSA2048], fix.keys[ED25519], true));
}

static int before_everything(void **state) {
    if (set_up(state) != 0)
        return -1;
    ca_key = EVP_EC_gen("P-256");
    server_key = EVP_EC_gen("P-256");
    ca = make_cert(ca_key, "CA", NULL, ca_key);
    server_cert = make_cert(server_key, "CMP server", ca, ca_key);
    write_cert("ca.pem", ca);
    write_cert("srv.pem", server_cert);
    write_key("srv.key", server_key);
    return 0;
}

static int after_everything(void **state) {
    X509_free(ca);
    X509_free(server_cert);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(server_key);
    return tear_down(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        PROVIDER_TEST(rsa_and_ec_protect_a_certificate_request),
        PROVIDER_TEST(ed25519_proves_possession_under_another_keys_protection),
        PROVIDER_TEST(rsa_and_ec_protect_a_pkcs10_request),
    };
    return cmocka_run_group_tests(tests, before_everything, after_everything);
}
