// SPDX-License-Identifier: Apache-2.0
// TLS with a client certificate whose key is on a token: the personal store names it, the token
// signs, and neither PIN nor key comes near libcurl.
#include "unit/token_fixture.h"

#include <keyfob/signer.h>
#include <keyfob/store.h>
#include <openssl/x509.h>

#include "base/text.h"
#include "ca/http.h"
#include "double.h"
#include "token/key.h"

/* SoftHSM 2.6.1 loses the curve's name in each C_SignInit for Ed25519; the address sanitizer reads
 * these two. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__asan_default_options(void) {
    return "fast_unwind_on_malloc=0";
}
const char *__lsan_default_suppressions(void) {
    return "leak:libsofthsm2.so\n";
}

static struct room *room;
static kf_double *d;
static kf_signer *signer;
static kf_http *http;
static char store_id[24];

/* --- a key on the token with a certificate of the double's CA --- */

/* Leaf first. */
static void certify(EVP_PKEY *key, EVP_PKEY *public, kf_certs *ret_certs) {
    X509_REQ *request = X509_REQ_new();
    unsigned char *der = NULL;
    bool ed25519 = EVP_PKEY_is_a(public, "ED25519");
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN", MBSTRING_UTF8,
                               (const unsigned char *)"Anna", -1, -1, 0);
    X509_REQ_set_pubkey(request, public);
    assert_true(X509_REQ_sign(request, key, ed25519 ? NULL : EVP_sha256()) > 0);
    int len = i2d_X509_REQ(request, &der);
    char *pem = double_issue(d, (const char *)der, (size_t)len, NULL, false, true);
    assert_non_null(pem);
    assert_ok(kf_certs_read((const uint8_t *)pem, strlen(pem), ret_certs));
    free(pem);
    OPENSSL_free(der);
    X509_REQ_free(request);
}

static void keep(const kf_certs *certs, const char *uri) {
    char ignored[24];
    assert_ok(kf_store_put(room->context, KF_STORE_PERSONAL, certs->items[0], uri, NULL, store_id));
    for (size_t i = 1; i < certs->count; i++)
        assert_ok(kf_store_put(room->context, KF_STORE_INTERMEDIATE, certs->items[i], NULL, NULL,
                               ignored));
}

static void enroll_for_tls(enum kf_key_type type) {
    struct kf_key_order order = {.label = "tls",
                                 .type = type,
                                 .use = KF_USE_SIGN,
                                 .id = (const uint8_t *)"\1\2\3",
                                 .id_len = 3};
    struct bench bench = open_bench(room, "card");
    kf_key *key = NULL;
    kf_buf uri = {0};
    kf_certs certs = {0};
    assert_ok(kf_session_login(bench.session, KF_PIN_USER, NULL, "to test"));
    assert_ok(kf_key_generate(bench.session, &order, &key));
    assert_ok(kf_key_uri(key, &uri));
    assert_ok(kf_key_load(key));
    certify(kf_key_pkey(key), kf_key_public(key), &certs);
    keep(&certs, kf_buf_str(&uri));
    kf_certs_clear(&certs);
    kf_buf_clear(&uri);
    kf_key_free(key);
    close_bench(&bench);
    room->person.asked = 0;
}

/* --- the door --- */

static const char *option(void *arg, const char *name) {
    (void)arg;
    return strcmp(name, "ca-file") == 0       ? double_tls_root(d)
           : strcmp(name, "client-cert") == 0 ? store_id
                                              : NULL;
}

static void open_door(void) {
    assert_ok(kf_signer_new(room->context, &signer));
    struct kf_ca_setup setup = {.context = room->context,
                                .connection = "corp",
                                .option = option,
                                .signer = kf_signer_door(signer)};
    assert_ok(kf_http_new(&setup, double_url(d), &http));
}

static kf_err ask(void) {
    kf_http_answer answer = {0};
    struct kf_http_request request = {.method = "GET", .path = "/"};
    kf_err err = kf_http_send(http, &request, &answer);
    assert_int_equal(answer.unsent, err != KF_OK);
    kf_http_answer_clear(&answer);
    return err;
}

static int setup(void **state) {
    assert_int_equal(setup_softhsm(state), 0);
    room = *state;
    make_token("card");
    d = double_start("plain", DOUBLE_TLS_CLIENT);
    return 0;
}

static int teardown(void **state) {
    kf_http_free(http); /* the connection holds the key: it goes first */
    kf_signer_free(signer);
    double_stop(d);
    http = NULL;
    signer = NULL;
    return teardown_room(state);
}

/* --- tests --- */

static void serve_with(enum kf_key_type type) {
    enroll_for_tls(type);
    open_door();
    assert_int_equal(room->person.asked, 0);
    for (int i = 0; i < 5; i++)
        assert_ok(ask());
    assert_int_equal(double_count(d, "requests"), 5);
    assert_int_equal(double_count(d, "connections"), 1);
    assert_int_equal(room->person.asked, 1);
}

static void an_ec_key_of_a_token_opens_the_door(void **state) {
    serve_with(KF_KEY_P256);
}

static void an_rsa_key_of_a_token_opens_the_door(void **state) {
    serve_with(KF_KEY_RSA_2048);
}

static void an_ed25519_key_of_a_token_opens_the_door(void **state) {
    serve_with(KF_KEY_ED25519);
}

static void a_wrong_pin_is_tried_once_and_nothing_is_sent(void **state) {
    enroll_for_tls(KF_KEY_P256);
    open_door();
    room->person.user_pin = "9999";
    assert_int_equal(ask(), KF_E_PIN_WRONG);
    assert_int_equal(room->person.asked, 1);
    assert_int_equal(double_count(d, "connections"), 0);
    room->person.user_pin = USER_PIN;
    assert_ok(ask());
}

static void a_token_that_is_gone_is_named(void **state) {
    enroll_for_tls(KF_KEY_P256);
    open_door();
    run("softhsm2-util --delete-token --token card >/dev/null 2>&1");
    assert_int_equal(ask(), KF_E_TOKEN_ABSENT);
    assert_int_equal(double_count(d, "connections"), 0);
}

static void an_unknown_certificate_is_named(void **state) {
    snprintf(store_id, sizeof store_id, "c-99");
    open_door();
    assert_int_equal(ask(), KF_E_NOT_FOUND);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(an_ec_key_of_a_token_opens_the_door),
        T(an_rsa_key_of_a_token_opens_the_door),
        T(an_ed25519_key_of_a_token_opens_the_door),
        T(a_wrong_pin_is_tried_once_and_nothing_is_sent),
        T(a_token_that_is_gone_is_named),
        T(an_unknown_certificate_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
