// SPDX-License-Identifier: Apache-2.0
// What the common suite shares: the services that every test is run against, a home with a
// connection to the service's double, a request whose key is in the test, and what must be true
// however it ends.
#pragma once

#include <jansson.h>
#include <time.h>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <keyfob/connection.h>
#include <keyfob/form.h>
#include <keyfob/request.h>
#include <keyfob/store.h>

#include "unit/token_fixture.h"

#include "base/text.h"
#include "ca/ca.h"
#include "double.h"
#include "enroll/journal.h"
#include "x509/cert.h"

KF_DEFINE_AUTO_PTR_WITH(json_t, json_decref)

/* One row a service: whatever differs between them stands here, never in a test. */
struct service {
    const char *name;     /* of the connector, and of its double */
    const char *base;     /* of the address, after the double's */
    const char *login;    /* fields of signing in, JSON, or NULL */
    const char *secret;   /* password or API key */
    const char *fields;   /* of an order, JSON */
    const char *order;    /* the request that orders: "POST /path" */
    const char *poll;     /* the one that asks what became of it */
    const char *knobs[5]; /* of its double: name, value, ..., NULL */
    bool leaf_only;       /* nothing comes with the certificate: the issuing CA is the anchor */
};
static const struct service services[] = {
    {.name = "privacyidea",
     .base = "",
     .login = "{\"user\": \"alice\"}",
     .secret = "alicepw",
     .fields = "{\"ca\": \"localCA\", \"template\": \"user\"}",
     .order = "POST /token/init",
     .poll = "GET /token",
     .leaf_only = true,
     .knobs = {"pending-csr", "token_pending", "jwt-seconds", "100000000"}},
    {.name = "digicert",
     .base = "/services/v2",
     .secret = "double-api-key",
     .fields = "{\"template\": \"client_premium\", \"recipients\": [\"anna@example.com\"],"
               "\"organization\": \"123456\", \"first_name\": \"Anna\", \"last_name\": \"Example\","
               "\"agreement\": true}",
     .order = "POST /order/certificate/",
     .poll = "GET /order/certificate/",
     .knobs = {NULL}},
    {.name = "cryptopro",
     .base = "/ui/api/b1ca4992-d7cd-4f7e-b56e-a81e00db58ee",
     .login = "{\"user\": \"fedorov\"}",
     .secret = "korova",
     .fields = "{}",
     .order = "POST /ui/api/certrequest",
     .poll = "GET /ui/api/certrequest",
     .knobs = {NULL}},
};
#define SERVICES KF_COUNT(services)

#define CONNECTION    "ca"
#define ITS_HINT(err) kf_error_next(err)

static const struct service *service; /* of the present test */
static kf_double *d;
static struct room *room;
static kf_context *context;
static int64_t clock_shift;
static char id[KF_REQUEST_ID_MAX];
static char old_id[24]; /* a certificate that was there before, with its key's URI */
static uint8_t *csr;    /* of the present test's own key, PEM */
static size_t csr_len;

/* --- the home --- */

static int64_t turned_clock(void *arg) {
    return (int64_t)time(NULL) + clock_shift;
}

static void open_context(void) {
    struct kf_context_options options = {
        .home = room->dir, .module = KF_TEST_FAKE_TOKEN, .ui = &room->ui, .clock = turned_clock};
    assert_ok(kf_context_new(&options, &context));
}

/* A request for CN=Anna Example with a key of the test. */
static void make_csr(void) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509_REQ *request = X509_REQ_new();
    X509_NAME *subject = X509_REQ_get_subject_name(request);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const uint8_t *)"Anna Example", -1,
                               -1, 0);
    X509_REQ_set_pubkey(request, key);
    assert_true(X509_REQ_sign(request, key, EVP_sha256()) > 0);
    uint8_t *der = NULL;
    int len = i2d_X509_REQ(request, &der);
    assert_true(len > 0);
    free(csr);
    csr = malloc((size_t)len), csr_len = (size_t)len;
    memcpy(csr, der, csr_len);
    OPENSSL_free(der);
    X509_REQ_free(request);
    EVP_PKEY_free(key);
}

static kf_secret *secret_of(const char *text) {
    kf_secret *secret = NULL;
    assert_ok(kf_secret_copy(text, strlen(text), &secret));
    return secret;
}

static kf_err sign_in(void) {
    KF_AUTO_PTR(kf_secret) secret = secret_of(service->secret);
    struct kf_ca_login login = {.fields = service->login, .secret = secret};
    struct kf_ca_answer answer = {0};
    kf_err err = kf_connection_login(context, CONNECTION, &login, &answer);
    if (err == KF_OK && answer.outcome != KF_CA_ISSUED)
        err = kf_fail(KF_E_CA_LOGIN, "the double did not take the sign-in: %s",
                      answer.text ? answer.text : "");
    kf_ca_answer_clear(&answer);
    return err;
}

/* `chain` is the CA's as PEM, the root last. */
static void accept_anchor(const char *chain) {
    KF_AUTO(kf_certs) from = {0};
    assert_ok(kf_certs_read((const uint8_t *)chain, strlen(chain), &from));
    const kf_cert *anchor = from.items[service->leaf_only ? 0 : from.count - 1];
    assert_ok(kf_connection_accept(context, CONNECTION, &from, kf_cert_fingerprint(anchor), NULL));
}

/* With one more setting, which may be NULL. */
static void add_connection_to(const char *url, const char *ca_chain, const char *more) {
    char address[256];
    const char *settings[] = {address, more};
    snprintf(address, sizeof address, "url=%s%s", url, service->base);
    assert_ok(kf_connection_add(context, CONNECTION, service->name, settings, more ? 2 : 1));
    accept_anchor(ca_chain);
}

__attribute__((unused)) static void add_connection(const char *more) {
    KF_AUTO_FREE char *chain = double_ca_chain(d);
    add_connection_to(double_url(d), chain, more);
}

/* A certificate of before, which no failure of a new order may touch. */
static void put_old_certificate(void) {
    make_csr();
    char *pem = double_issue(d, (char *)csr, csr_len, "CN=Old", false, false);
    KF_AUTO(kf_certs) certs = {0};
    assert_non_null(pem);
    assert_ok(kf_certs_read((uint8_t *)pem, strlen(pem), &certs));
    assert_ok(kf_store_put(context, KF_STORE_PERSONAL, certs.items[0], "pkcs11:token=old;id=%01",
                           NULL, old_id));
    free(pem);
}

static void open_home(void) {
    void *state = NULL;
    setup_fake(&state);
    room = state;
    kf_context_free(KF_MOVE(room->context));
    clock_shift = 0;
    id[0] = '\0';
    open_context();
}

__attribute__((unused)) static void begin(enum double_tls tls) {
    open_home();
    d = double_start(service->name, tls);
    for (size_t i = 0; i < KF_COUNT(service->knobs) && service->knobs[i]; i += 2)
        double_set(d, service->knobs[i], service->knobs[i + 1]);
    put_old_certificate();
    make_csr();
}

__attribute__((unused)) static int end(void **state) {
    void *own = room;
    kf_context_free(KF_MOVE(context));
    double_stop(KF_MOVE(d));
    free(KF_MOVE(csr));
    return teardown_room(&own);
}

/* --- enrolling --- */

static kf_err enroll(void) {
    struct kf_enroll_order order = {
        .connection = CONNECTION, .fields = service->fields, .csr = csr, .csr_len = csr_len};
    return kf_enroll(context, &order, id);
}

__attribute__((unused)) static kf_err resume(void) {
    return kf_request_resume(context, id, 0);
}

/* After a while: goes on with the request, or begins anew when none was recorded; signs in where
 * that is wanted. */
static kf_err go_on(void) {
    clock_shift += 3700;
    kf_err err = *id ? kf_request_resume(context, id, 0) : enroll();
    if (err != KF_E_CA_LOGIN)
        return err;
    assert_ok(sign_in());
    return *id ? kf_request_resume(context, id, 0) : enroll();
}

/* --- what must be true --- */

static const char *request_text(const char *key) {
    static char shown[1024];
    KF_AUTO_PTR(json_t) json = NULL;
    assert_ok(kf_request_json(context, id, &json));
    const char *text = json_string_value(json_object_get(json, key));
    snprintf(shown, sizeof shown, "%s", text ? text : "");
    return shown;
}

#define assert_state(name) assert_string_equal(request_text("state"), name)

static size_t stored(enum kf_store_kind kind) {
    KF_AUTO_PTR(json_t) list = NULL;
    assert_ok(kf_store_list_json(context, kind, &list));
    return json_array_size(list);
}

/* The old certificate and its key are as they were, and nobody new is trusted. */
static void assert_untouched(void) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    KF_AUTO_PTR(json_t) json = NULL;
    KF_AUTO_PTR(kf_ca) ca = NULL;
    KF_AUTO(kf_certs) anchors = {0};
    KF_AUTO_FREE char *uri = NULL;
    assert_ok(kf_store_get(context, old_id, &cert, &uri));
    assert_string_equal(uri, "pkcs11:token=old;id=%01");
    assert_ok(kf_store_json(context, old_id, &json));
    assert_string_equal(json_string_value(json_object_get(json, "status")), "valid");
    assert_int_equal(stored(KF_STORE_ROOT), 0);
    assert_ok(kf_ca_open(context, CONNECTION, NULL, &ca));
    assert_ok(kf_ca_anchors(ca, &anchors));
    assert_int_equal(anchors.count, 1);
}

/* One order, and its certificate in the store. */
__attribute__((unused)) static void assert_done(void) {
    assert_state("done");
    assert_int_equal(double_count(d, "orders"), 1);
    assert_int_equal(stored(KF_STORE_PERSONAL), 2);
    assert_untouched();
}

/* It did not work: says why and what to do, and nothing was lost or won by it. */
__attribute__((unused)) static void assert_failed(kf_err err) {
    assert_int_not_equal(err, KF_OK);
    assert_true(*kf_error_sentence(err) != '\0');
    if (*ITS_HINT(err) == '\0')
        fail_msg("no hint: %s", kf_error_sentence(err));
    assert_true(double_count(d, "orders") <= 1);
    assert_int_equal(stored(KF_STORE_PERSONAL), 1);
}

#define assert_fails_with(expression, wanted_)                                                     \
    do {                                                                                           \
        kf_err failed_ = (expression);                                                             \
        if (failed_ != (wanted_))                                                                  \
            fail_msg("got %s \"%s\", wanted %s", kf_error_info(failed_)->code,                     \
                     failed_ == KF_OK ? "" : kf_error_sentence(failed_),                           \
                     kf_error_info(wanted_)->code);                                                \
        assert_failed(failed_);                                                                    \
    } while (0)

/* The trouble is over: the request ends well, whatever it takes, and the CA has one order. */
__attribute__((unused)) static void assert_recovers(void) {
    kf_err err = KF_E_FAILED;
    double_set(d, "fault", "");
    for (int i = 0; i < 6 && err != KF_OK; i++)
        err = go_on();
    if (err != KF_OK)
        fail_msg("does not recover: %s: %s", kf_error_info(err)->code, kf_error_sentence(err));
    assert_done();
}
