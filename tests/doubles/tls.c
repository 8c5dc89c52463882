// SPDX-License-Identifier: Apache-2.0
// How a double shows itself over TLS: rightly, or in one of the ways a client must refuse.
#include "authority.h"
#include "core.h"

#include <openssl/pem.h>

static void trust_clients_of(SSL_CTX *context, const char *ca_root) {
    if (SSL_CTX_load_verify_locations(context, ca_root, NULL) != 1)
        double_die("\"%s\" cannot be trusted", ca_root);
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(ca_root));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    static const unsigned char session[] = "kf-double";
    SSL_CTX_set_session_id_context(context, session, sizeof session - 1);
}

static void set_versions(SSL_CTX *context, enum double_tls tls) {
    bool old = tls == DOUBLE_TLS_1_0;
    if (old) {
        SSL_CTX_set_security_level(context, 0);
        SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
    }
    SSL_CTX_set_min_proto_version(context, old ? TLS1_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(context, old ? TLS1_VERSION : 0);
}

static X509 *make_certificate(const struct double_authority *root, EVP_PKEY *key,
                              enum double_tls tls) {
    struct double_wish wish = {
        .subject = "CN=Double",
        .key = key,
        .purpose = "serverAuth",
        .san = tls == DOUBLE_TLS_WRONG_HOST ? "DNS:elsewhere.example,IP:192.0.2.1"
                                            : "IP:127.0.0.1,DNS:localhost",
        .from_days = tls == DOUBLE_TLS_EXPIRED ? -30 : 0,
        .to_days = tls == DOUBLE_TLS_EXPIRED ? -1 : 30,
    };
    return double_certify(tls == DOUBLE_TLS_SELF_SIGNED ? NULL : root, &wish);
}

static void write_root(const char *path, X509 *root) {
    FILE *file = fopen(path, "we");
    if (!file || PEM_write_X509(file, root) != 1 || fclose(file) != 0)
        double_die("\"%s\" cannot be written", path);
}

SSL_CTX *double_tls_start(kf_double *d, enum double_tls tls) {
    struct double_authority root = double_authority_make(NULL, "CN=Double TLS Root,O=Double");
    write_root(d->tls_root, root.certificate);
    SSL_CTX *context = NULL;
    if (tls != DOUBLE_PLAIN) {
        EVP_PKEY *key = double_new_key();
        X509 *certificate = make_certificate(&root, key, tls);
        context = SSL_CTX_new(TLS_server_method());
        if (!context || SSL_CTX_use_certificate(context, certificate) != 1 ||
            SSL_CTX_use_PrivateKey(context, key) != 1)
            double_die("TLS cannot be set up");
        set_versions(context, tls);
        if (tls == DOUBLE_TLS_CLIENT)
            trust_clients_of(context, d->ca_root);
        X509_free(certificate);
        EVP_PKEY_free(key);
    }
    double_authority_clear(&root);
    return context;
}
