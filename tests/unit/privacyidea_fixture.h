// SPDX-License-Identifier: Apache-2.0
// What the tests of the privacyIDEA connector share: the double, a connection to it, a request.
#pragma once

#include "unit/ca_fixture.h"

#include <jansson.h>
#include <time.h>

#include "double.h"
#include "ca/connection.h"
#include "x509/json.h"

#define PI_ID     "kf-0123456789abcdef0123456789abcdef"
#define PI_SERIAL "KF0123456789ABCDEF0123456789ABCDEF"

static kf_double *server;
static kf_context *context;
static kf_ca *ca;
static EVP_PKEY *key;
static kf_buf csr;
static int64_t clock_shift; /* of the client's clock against the server's */

static int64_t shifted_clock(void *arg) {
    (void)arg;
    return time(NULL) + clock_shift;
}

__attribute__((unused)) static void set(const char *knob, const char *value) {
    double_set(server, knob, value);
}

__attribute__((unused)) static long count(const char *counter) {
    return double_count(server, counter);
}

/* As another process would see it. */
__attribute__((unused)) static void open_again(void) {
    kf_ca_close(ca);
    ca = NULL;
    OK(kf_ca_open(context, "pi", NULL, &ca));
}

__attribute__((unused)) static void edit(const char *setting) {
    OK(kf_connection_edit(context, "pi", &setting, 1));
    open_again();
}

/* NULL forgets it. */
__attribute__((unused)) static void keep_password(const char *password) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    if (password)
        OK(kf_secret_copy(password, strlen(password), &secret));
    OK(kf_connection_secret(context, "pi", "password", secret));
}

/* `secret` may be NULL. */
__attribute__((unused)) static kf_err try_round(const char *user, const char *secret,
                                                const char *ticket, kf_answer *answer) {
    KF_AUTO_PTR(kf_secret) typed = NULL;
    KF_AUTO_FREE char *fields = user ? kf_str("{\"user\":\"%s\"}", user) : NULL;
    if (secret)
        OK(kf_secret_copy(secret, strlen(secret), &typed));
    struct kf_ca_login login = {.fields = fields, .secret = typed, .ticket = ticket};
    return kf_ca_login(ca, &login, answer);
}

__attribute__((unused)) static enum kf_ca_outcome login_round(const char *user, const char *secret,
                                                              const char *ticket,
                                                              kf_answer *answer) {
    OK(try_round(user, secret, ticket, answer));
    return answer->outcome;
}

__attribute__((unused)) static void sign_in_as(const char *user, const char *password) {
    KF_AUTO(kf_answer) answer = {0};
    assert_int_equal(login_round(user, password, NULL, &answer), KF_CA_ISSUED);
}

__attribute__((unused)) static struct kf_ca_order order_with(const char *fields) {
    struct kf_ca_order order = order_of(PI_ID, &csr);
    order.fields = fields;
    return order;
}

/* What becomes of an order with these fields. */
__attribute__((unused)) static kf_err submit_with(const char *fields, kf_answer *answer) {
    struct kf_ca_order order = order_with(fields);
    return kf_ca_submit(ca, &order, answer);
}

__attribute__((unused)) static enum kf_ca_outcome submit(kf_answer *answer) {
    OK(submit_with("{}", answer));
    return answer->outcome;
}

__attribute__((unused)) static void make_request(const char *subject, const char *profile) {
    kf_buf_clear(&csr);
    make_csr(context, key, subject, profile, &csr);
}

__attribute__((unused)) static int start_pi(void **state) {
    if (make_base_dir(state) != 0)
        return -1;
    server = double_start("privacyidea", DOUBLE_PLAIN);
    clock_shift = 0;
    struct kf_context_options options = {.home = base_dir, .clock = shifted_clock};
    OK(kf_context_new(&options, &context));
    key = EVP_EC_gen("P-256");
    make_request("CN=Alice", "tls-client");
    KF_AUTO_FREE char *url = kf_str("url=%s", double_url(server));
    const char *settings[] = {url, "ca=localCA", "user=alice"};
    OK(kf_connection_add(context, "pi", "privacyidea", settings, KF_COUNT(settings)));
    OK(kf_ca_open(context, "pi", NULL, &ca));
    return 0;
}

__attribute__((unused)) static int start_signed_in(void **state) {
    int failed = start_pi(state);
    if (!failed)
        sign_in_as("alice", "alicepw");
    return failed;
}

__attribute__((unused)) static int stop_pi(void **state) {
    kf_ca_close(ca);
    ca = NULL;
    kf_context_free(context);
    context = NULL;
    EVP_PKEY_free(key);
    kf_buf_clear(&csr);
    double_stop(server);
    return remove_base_dir(state);
}

#define PI_TEST(name)        cmocka_unit_test_setup_teardown(name, start_pi, stop_pi)
#define PI_TEST_SIGNED(name) cmocka_unit_test_setup_teardown(name, start_signed_in, stop_pi)
