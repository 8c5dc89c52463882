// SPDX-License-Identifier: Apache-2.0
// Certificates of a TLS connection: what the other side must show, and what we show.
#include "x509/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/quiet.h"
#include "base/text.h"
#include "x509/cert.h"
#include "x509/name.h"
#include "x509/tls_library.h"

KF_DEFINE_AUTO_PTR_WITH(X509_STORE, X509_STORE_free)

#define DEPTH_MAX 8
#define NAMES_MAX 3 /* of a certificate for another host that are told */

/* --- rules --- */

kf_err kf_tls_rules(SSL_CTX *ctx) {
    const struct kf_ssl *ssl = NULL;
    KF_TRY(kf_ssl_get(&ssl));
    ssl->SSL_CTX_set_keylog_callback(ctx, NULL);
    ssl->SSL_CTX_set_options(ctx, SSL_OP_CLEANSE_PLAINTEXT | SSL_OP_NO_RENEGOTIATION);
    if (ssl->SSL_CTX_ctrl(ctx, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL) != 1)
        return kf_fail(KF_E_CRYPTO, "OpenSSL has no TLS 1.2");
    return KF_OK;
}

/* --- anchors --- */

/* In a store of its own: the one inside of `ctx` is filled by whoever made the context. */
kf_err kf_tls_anchors(SSL_CTX *ctx, const kf_certs *anchors) {
    KF_QUIET();
    const struct kf_ssl *ssl = NULL;
    KF_TRY(kf_ssl_get(&ssl));
    KF_AUTO_PTR(X509_STORE) store = X509_STORE_new();
    if (!store)
        return kf_fail(KF_E_MEMORY, "out of memory for TLS roots");
    for (size_t i = 0; i < anchors->count; i++)
        if (!X509_STORE_add_cert(store, kf_cert_x509(anchors->items[i])))
            return kf_fail_openssl(KF_E_CRYPTO, "taking a TLS root");
    if (ssl->SSL_CTX_ctrl(ctx, SSL_CTRL_SET_VERIFY_CERT_STORE, 1, store) != 1)
        return kf_fail_openssl(KF_E_CRYPTO, "setting the TLS roots");
    X509_VERIFY_PARAM_set_flags(ssl->SSL_CTX_get0_param(ctx), X509_V_FLAG_PARTIAL_CHAIN);
    return KF_OK;
}

/* --- what was wrong --- */

static kf_err add_name(const GENERAL_NAME *name, kf_buf *text, size_t *count) {
    int tag = 0;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &tag);
    const unsigned char *data =
        tag == GEN_DNS || tag == GEN_IPADD ? ASN1_STRING_get0_data(value) : NULL;
    int len = data ? ASN1_STRING_length(value) : 0;
    char address[INET6_ADDRSTRLEN] = "";
    if (!data || ++*count > NAMES_MAX)
        return KF_OK;
    if (tag == GEN_IPADD && (len == 4 || len == 16))
        inet_ntop(len == 4 ? AF_INET : AF_INET6, data, address, sizeof address);
    KF_TRY(kf_buf_add_str(text, *count > 1 ? ", \"" : "\""));
    KF_TRY(*address ? kf_buf_add_str(text, address)
                    : kf_text_escape(text, (const char *)data, (size_t)len));
    return kf_buf_add_str(text, "\"");
}

static kf_err add_subject(const X509 *cert, kf_buf *text) {
    KF_AUTO(kf_buf) subject = {0};
    KF_TRY(kf_name_text(X509_get_subject_name(cert), &subject));
    return kf_buf_printf(text, "\"%s\"", kf_buf_str(&subject));
}

/* The names that a certificate for some other host has (RFC 9525 3: alternative names, and the
 * subject where there are none). */
static kf_err names_of(const X509 *cert, kf_buf *text) {
    KF_AUTO_PTR(GENERAL_NAMES) names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    size_t count = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        KF_TRY(add_name(sk_GENERAL_NAME_value(names, i), text, &count));
    if (count > NAMES_MAX)
        return kf_buf_printf(text, " and %zu more", count - NAMES_MAX);
    return count > 0 ? KF_OK : add_subject(cert, text);
}

static const struct {
    int error;
    const char *what;
} reasons[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED, "has expired"},
    {X509_V_ERR_CERT_NOT_YET_VALID, "is not valid yet"},
    {X509_V_ERR_CERT_REVOKED, "is revoked"},
    {X509_V_ERR_CERT_UNTRUSTED, "does not have the configured fingerprint in its chain"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "is signed by itself and not trusted"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "leads to a root that is not trusted"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, "does not lead to a trusted root"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "does not lead to a trusted root"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "does not lead to a trusted root"},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, "has a signature that is not its issuer's"},
    {X509_V_ERR_EE_KEY_TOO_SMALL, "has a key that is too short"},
    {X509_V_ERR_CA_KEY_TOO_SMALL, "comes from a CA whose key is too short"},
    {X509_V_ERR_CA_MD_TOO_WEAK, "is signed with a hash that is too weak"},
    {X509_V_ERR_INVALID_PURPOSE, "is not for servers"},
    {X509_V_ERR_INVALID_CA, "was issued by a certificate that is no CA's"},
};

static const char *reason_of(int error) {
    for (size_t i = 0; i < KF_COUNT(reasons); i++)
        if (reasons[i].error == error)
            return reasons[i].what;
    return X509_verify_cert_error_string(error);
}

/* A leaf speaks for itself; a CA in the chain is named. */
static kf_err describe(X509_STORE_CTX *ctx, kf_buf *text) {
    int error = X509_STORE_CTX_get_error(ctx);
    const X509 *leaf = X509_STORE_CTX_get0_cert(ctx), *at = X509_STORE_CTX_get_current_cert(ctx);
    if (error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH) {
        KF_TRY(kf_buf_add_str(text, "the TLS certificate is for "));
        return names_of(leaf, text);
    }
    if (!at || X509_STORE_CTX_get_error_depth(ctx) == 0 || at == leaf)
        return kf_buf_printf(text, "the TLS certificate %s", reason_of(error));
    KF_TRY(kf_buf_add_str(text, "the TLS certificate's issuer "));
    KF_TRY(add_subject(at, text));
    return kf_buf_printf(text, " %s", reason_of(error));
}

static void note_problem(struct kf_tls_peer *peer, X509_STORE_CTX *ctx) {
    KF_AUTO(kf_buf) text = {0};
    KF_AUTO(kf_quiet) quiet = kf_quiet_begin();
    const char *words =
        describe(ctx, &text) == KF_OK ? kf_buf_str(&text) : "the TLS certificate is not trusted";
    snprintf(peer->problem, sizeof peer->problem, "%s", words);
}

/* --- verifying --- */

static bool set_host(X509_STORE_CTX *ctx, const char *host) {
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(ctx);
    struct in6_addr address;
    X509_VERIFY_PARAM_set_depth(rules, DEPTH_MAX);
    if (inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(rules, host) == 1;
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(rules, host, 0) == 1;
}

/* The certificate in what was presented that has the fingerprint, borrowed. */
static X509 *find_pinned(X509_STORE_CTX *ctx, const uint8_t *fingerprint) {
    const STACK_OF(X509) *shown = X509_STORE_CTX_get0_untrusted(ctx);
    for (int i = 0; i < sk_X509_num(shown); i++) {
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned len = 0;
        X509 *cert = sk_X509_value(shown, i);
        if (X509_digest(cert, EVP_sha256(), digest, &len) && memcmp(digest, fingerprint, 32) == 0)
            return cert;
    }
    return NULL;
}

static int verify_pinned(X509_STORE_CTX *ctx, const uint8_t *fingerprint) {
    X509 *anchor = find_pinned(ctx, fingerprint);
    STACK_OF(X509) *anchors = anchor ? sk_X509_new_null() : NULL;
    int good = 0;
    if (!anchor)
        X509_STORE_CTX_set_error(ctx, X509_V_ERR_CERT_UNTRUSTED);
    if (anchors && sk_X509_push(anchors, anchor)) {
        X509_STORE_CTX_set0_trusted_stack(ctx, anchors);
        X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(ctx), X509_V_FLAG_PARTIAL_CHAIN);
        good = X509_verify_cert(ctx) == 1;
        X509_STORE_CTX_set0_trusted_stack(ctx, NULL);
    }
    sk_X509_free(anchors);
    return good;
}

static int verify(X509_STORE_CTX *ctx, void *arg) {
    struct kf_tls_peer *peer = arg;
    int good = 0;
    peer->problem[0] = '\0';
    if (!set_host(ctx, peer->host))
        X509_STORE_CTX_set_error(ctx, X509_V_ERR_OUT_OF_MEM);
    else if (peer->fingerprint)
        good = verify_pinned(ctx, peer->fingerprint);
    else
        good = X509_verify_cert(ctx) == 1;
    if (!good)
        note_problem(peer, ctx);
    return good;
}

/* --- alerts --- */

static int peer_index(void) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static int index = -1;
    pthread_mutex_lock(&lock);
    if (index < 0)
        index = CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, NULL, NULL, NULL, NULL);
    pthread_mutex_unlock(&lock);
    return index;
}

static void watch(const SSL *connection, int where, int value) {
    const struct kf_ssl *ssl = NULL;
    if (kf_ssl_get(&ssl) != KF_OK)
        return;
    struct kf_tls_peer *peer =
        ssl->SSL_CTX_get_ex_data(ssl->SSL_get_SSL_CTX(connection), peer_index());
    if (peer && (where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && value >> 8 == SSL3_AL_FATAL)
        peer->alert = value & 0xff;
}

kf_err kf_tls_expect(SSL_CTX *ctx, struct kf_tls_peer *peer) {
    const struct kf_ssl *ssl = NULL;
    KF_TRY(kf_ssl_get(&ssl));
    int index = peer_index();
    if (index < 0 || ssl->SSL_CTX_set_ex_data(ctx, index, peer) != 1)
        return kf_fail_openssl(KF_E_MEMORY, "preparing TLS");
    ssl->SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    ssl->SSL_CTX_set_cert_verify_callback(ctx, verify, peer);
    ssl->SSL_CTX_set_info_callback(ctx, watch);
    return KF_OK;
}

/* --- our certificate --- */

kf_err kf_tls_identity(SSL_CTX *ctx, const kf_certs *chain, EVP_PKEY *key) {
    KF_QUIET();
    const struct kf_ssl *ssl = NULL;
    KF_TRY(kf_ssl_get(&ssl));
    if (!chain->count)
        return kf_fail(KF_E_INPUT, "there is no client certificate");
    X509 *leaf = kf_cert_x509(chain->items[0]);
    if (EVP_PKEY_eq(X509_get0_pubkey(leaf), key) != 1)
        return kf_fail(KF_E_KEY_MISMATCH, "the key is not that of the client certificate \"%s\"",
                       kf_cert_subject(chain->items[0]));
    if (ssl->SSL_CTX_use_certificate(ctx, leaf) != 1 || ssl->SSL_CTX_use_PrivateKey(ctx, key) != 1)
        return kf_fail_openssl(KF_E_CRYPTO, "taking the client certificate");
    for (size_t i = 1; i < chain->count; i++)
        if (ssl->SSL_CTX_ctrl(ctx, SSL_CTRL_CHAIN_CERT, 1, kf_cert_x509(chain->items[i])) != 1)
            return kf_fail_openssl(KF_E_CRYPTO, "taking the client certificate's chain");
    return KF_OK;
}
