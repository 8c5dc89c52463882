// SPDX-License-Identifier: Apache-2.0
// Handshakes in memory: which certificates of the other side are taken, and which of ours are
// shown.
#include "unit/x509_fixture.h"

#include <openssl/err.h>
#include <time.h>

#include "x509/tls.h"

static EVP_PKEY *root_key, *middle_key, *leaf_key;
static kf_cert *root, *middle;

#define IP_NAME                                                                                    \
    { "subjectAltName", "IP:192.0.2.7,DNS:ca.corp,DNS:*.pool.corp" }

static kf_cert *make_ca(const char *subject, EVP_PKEY *key, const kf_cert *issuer,
                        EVP_PKEY *signer) {
    return make_cert(&(struct make){.subject = subject,
                                    .key = key,
                                    .issuer = issuer,
                                    .signer = signer,
                                    .from = time(NULL) - DAY,
                                    .to = time(NULL) + DAY,
                                    .extensions = {{"basicConstraints", "critical,CA:TRUE"}}});
}

static kf_cert *make_leaf(const struct extension *extensions, int64_t to) {
    struct make make = {.subject = "CN=old.corp",
                        .key = leaf_key,
                        .issuer = middle,
                        .signer = middle_key,
                        .from = time(NULL) - 2 * DAY,
                        .to = time(NULL) + to};
    for (size_t i = 0; i < 2 && extensions && extensions[i].name; i++)
        make.extensions[i] = extensions[i];
    return make_cert(&make);
}

static int before(void **state) {
    root_key = make_p256();
    middle_key = make_p256();
    leaf_key = make_p256();
    root = make_ca("CN=Root", root_key, NULL, NULL);
    middle = make_ca("CN=Middle", middle_key, root, root_key);
    return 0;
}

static int after(void **state) {
    kf_cert_free(root);
    kf_cert_free(middle);
    EVP_PKEY_free(root_key);
    EVP_PKEY_free(middle_key);
    EVP_PKEY_free(leaf_key);
    return 0;
}

/* --- a handshake --- */

/* What the client is told and has. */
struct client {
    const char *host;
    const kf_cert *anchor, *pinned; /* NULL: none */
    const kf_certs *identity;
    EVP_PKEY *key;
    struct kf_tls_peer peer;
};

static SSL_CTX *make_server(const kf_cert *leaf, bool wants_certificate) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    assert_int_equal(SSL_CTX_use_certificate(ctx, kf_cert_x509(leaf)), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(ctx, leaf_key), 1);
    assert_int_equal(SSL_CTX_add1_chain_cert(ctx, kf_cert_x509(middle)), 1);
    SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION); /* alerts come within the handshake */
    X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), kf_cert_x509(root));
    if (wants_certificate)
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return ctx;
}

static SSL_CTX *make_client(struct client *client, uint8_t fingerprint[32]) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    unsigned len = 32;
    client->peer = (struct kf_tls_peer){.host = client->host};
    if (client->pinned) {
        X509_digest(kf_cert_x509(client->pinned), EVP_sha256(), fingerprint, &len);
        client->peer.fingerprint = fingerprint;
    }
    if (client->anchor) {
        kf_certs anchors = {.items = (kf_cert *[]){(kf_cert *)client->anchor}, .count = 1};
        assert_int_equal(kf_tls_anchors(ctx, &anchors), KF_OK);
    }
    assert_int_equal(kf_tls_expect(ctx, &client->peer), KF_OK);
    if (client->identity)
        assert_int_equal(kf_tls_identity(ctx, client->identity, client->key), KF_OK);
    return ctx;
}

/* Both ends in this thread, through memory. */
static bool shake(SSL *client, SSL *server) {
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
    ERR_clear_error();
    return SSL_is_init_finished(client) && SSL_is_init_finished(server);
}

static bool connects(struct client *client, const kf_cert *leaf, bool wants_certificate) {
    uint8_t fingerprint[32];
    SSL_CTX *server_ctx = make_server(leaf, wants_certificate);
    SSL_CTX *client_ctx = make_client(client, fingerprint);
    SSL *server = SSL_new(server_ctx), *ours = SSL_new(client_ctx);
    bool good = shake(ours, server);
    SSL_free(ours);
    SSL_free(server);
    SSL_CTX_free(client_ctx);
    SSL_CTX_free(server_ctx);
    assert_int_equal(good || client->peer.alert, !*client->peer.problem);
    return good;
}

static const struct extension named[2] = {IP_NAME};

static bool takes(struct client client, const struct extension *extensions, int64_t to,
                  const char *problem) {
    KF_AUTO_PTR(kf_cert) leaf = make_leaf(extensions, to);
    bool good = connects(&client, leaf, false);
    if (!good && !strstr(client.peer.problem, problem))
        fail_msg("\"%s\" instead of \"%s\"", client.peer.problem, problem);
    return good;
}

/* --- names --- */

static void a_certificate_is_for_its_names_only(void **state) {
    static const struct {
        const char *host;
        bool good;
    } cases[] = {{"ca.corp", true},       {"CA.corp", true},     {"192.0.2.7", true},
                 {"a.pool.corp", true},   {"pool.corp", false},  {"a.b.pool.corp", false},
                 {"old.corp", false},     {"192.0.2.8", false},  {"evil.ca.corp", false},
                 {"ca.corp.evil", false}, {"2001:db8::7", false}};
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        bool good = takes((struct client){.host = cases[i].host, .anchor = root}, named, DAY,
                          "the TLS certificate is for \"192.0.2.7\", \"ca.corp\", \"*.pool.corp\"");
        if (good != cases[i].good)
            fail_msg("%s", cases[i].host);
    }
}

static void without_alternative_names_the_subject_is_told(void **state) {
    assert_false(takes((struct client){.host = "ca.corp", .anchor = root}, NULL, DAY,
                       "the TLS certificate is for \"CN=old.corp\""));
}

static void many_names_are_cut(void **state) {
    const struct extension many[2] = {{"subjectAltName", "DNS:a,DNS:b,DNS:c,DNS:d,DNS:e"}};
    assert_false(takes((struct client){.host = "ca.corp", .anchor = root}, many, DAY,
                       "\"a\", \"b\", \"c\" and 2 more"));
}

/* --- anchors --- */

static void an_anchor_need_not_be_a_root(void **state) {
    KF_AUTO_PTR(kf_cert) leaf = make_leaf(named, DAY);
    assert_true(takes((struct client){.host = "ca.corp", .anchor = middle}, named, DAY, ""));
    struct client client = {.host = "ca.corp", .anchor = leaf};
    assert_true(connects(&client, leaf, false));
}

static void another_anchor_or_none_is_not_enough(void **state) {
    EVP_PKEY *key = make_p256();
    KF_AUTO_PTR(kf_cert) other = make_ca("CN=Root", key, NULL, NULL);
    assert_false(takes((struct client){.host = "ca.corp", .anchor = other}, named, DAY, ""));
    assert_false(
        takes((struct client){.host = "ca.corp"}, named, DAY, "does not lead to a trusted root"));
    EVP_PKEY_free(key);
}

static void an_end_has_no_exception(void **state) {
    assert_false(takes((struct client){.host = "ca.corp", .anchor = root}, named, -DAY,
                       "the TLS certificate has expired"));
    assert_false(takes((struct client){.host = "ca.corp", .pinned = middle}, named, -DAY,
                       "the TLS certificate has expired"));
}

static void a_certificate_for_clients_is_no_servers(void **state) {
    const struct extension client_only[2] = {IP_NAME, {"extendedKeyUsage", "clientAuth"}};
    assert_false(takes((struct client){.host = "ca.corp", .anchor = root}, client_only, DAY,
                       "is not for servers"));
}

static void an_issuer_that_is_to_blame_is_named(void **state) {
    struct make made = {.subject = "CN=Middle",
                        .key = middle_key,
                        .issuer = root,
                        .signer = root_key,
                        .from = time(NULL) - 2 * DAY,
                        .to = time(NULL) - DAY,
                        .extensions = {{"basicConstraints", "critical,CA:TRUE"}}};
    kf_cert *good = middle;
    middle = make_cert(&made);
    assert_false(takes((struct client){.host = "ca.corp", .anchor = root}, named, DAY,
                       "the TLS certificate's issuer \"CN=Middle\" has expired"));
    kf_cert_free(middle);
    middle = good;
}

/* --- fingerprints --- */

static void any_certificate_of_the_chain_can_be_pinned(void **state) {
    KF_AUTO_PTR(kf_cert) leaf = make_leaf(named, DAY);
    struct client by_leaf = {.host = "ca.corp", .pinned = leaf};
    assert_true(connects(&by_leaf, leaf, false));
    assert_true(takes((struct client){.host = "ca.corp", .pinned = middle}, named, DAY, ""));
    assert_false(takes((struct client){.host = "ca.corp", .pinned = root}, named, DAY,
                       "configured fingerprint"));
    assert_false(
        takes((struct client){.host = "old.corp", .pinned = middle}, named, DAY, "is for"));
}

static void a_pinned_certificate_must_really_have_issued_the_leaf(void **state) {
    EVP_PKEY *key = make_p256();
    KF_AUTO_PTR(kf_cert)
    stranger = make_cert(&(struct make){.subject = "CN=old.corp",
                                        .key = leaf_key,
                                        .signer = key, /* says it is from Middle, which it is not */
                                        .issuer = middle,
                                        .from = time(NULL) - DAY,
                                        .to = time(NULL) + DAY,
                                        .extensions = {IP_NAME}});
    struct client client = {.host = "ca.corp", .pinned = middle};
    assert_false(connects(&client, stranger, false));
    assert_non_null(strstr(client.peer.problem, "signature"));
    EVP_PKEY_free(key);
}

/* --- what we show --- */

static void our_certificate_is_shown_with_its_chain(void **state) {
    KF_AUTO_PTR(kf_cert) leaf = make_leaf(named, DAY);
    kf_certs chain = {.items = (kf_cert *[]){leaf, middle}, .count = 2};
    struct client client = {.host = "ca.corp", .anchor = root, .identity = &chain, .key = leaf_key};
    assert_true(connects(&client, leaf, true));
}

static void a_refusal_of_ours_is_noted(void **state) {
    KF_AUTO_PTR(kf_cert) leaf = make_leaf(named, DAY);
    kf_certs alone = {.items = (kf_cert *[]){leaf}, .count = 1};
    struct client nobody = {.host = "ca.corp", .anchor = root};
    struct client stranger = {
        .host = "ca.corp", .anchor = root, .identity = &alone, .key = leaf_key};
    assert_false(connects(&nobody, leaf, true));
    assert_int_equal(nobody.peer.alert, SSL_AD_HANDSHAKE_FAILURE);
    assert_false(connects(&stranger, leaf, true)); /* the server does not know Middle */
    assert_int_equal(stranger.peer.alert, SSL_AD_UNKNOWN_CA);
}

static void a_key_of_another_certificate_is_refused(void **state) {
    KF_AUTO_PTR(kf_cert) leaf = make_leaf(named, DAY);
    kf_certs chain = {.items = (kf_cert *[]){leaf}, .count = 1}, none = {0};
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    assert_fails(kf_tls_identity(ctx, &chain, root_key), KF_E_KEY_MISMATCH, "\"CN=old.corp\"");
    assert_fails(kf_tls_identity(ctx, &none, root_key), KF_E_INPUT, "no client certificate");
    SSL_CTX_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_is_for_its_names_only),
        cmocka_unit_test(without_alternative_names_the_subject_is_told),
        cmocka_unit_test(many_names_are_cut),
        cmocka_unit_test(an_anchor_need_not_be_a_root),
        cmocka_unit_test(another_anchor_or_none_is_not_enough),
        cmocka_unit_test(an_end_has_no_exception),
        cmocka_unit_test(a_certificate_for_clients_is_no_servers),
        cmocka_unit_test(an_issuer_that_is_to_blame_is_named),
        cmocka_unit_test(any_certificate_of_the_chain_can_be_pinned),
        cmocka_unit_test(a_pinned_certificate_must_really_have_issued_the_leaf),
        cmocka_unit_test(our_certificate_is_shown_with_its_chain),
        cmocka_unit_test(a_refusal_of_ours_is_noted),
        cmocka_unit_test(a_key_of_another_certificate_is_refused),
    };
    return cmocka_run_group_tests(tests, before, after);
}
