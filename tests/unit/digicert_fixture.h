// SPDX-License-Identifier: Apache-2.0
// What the tests of the CertCentral connector share: a double with a connection to it, an order.
#pragma once

#include "unit/ca_fixture.h"

#include <jansson.h>

#include "ca/digicert/digicert.h"
#include "doubles/double.h"

#define API_KEY "0123456789ABCDEF0123456789ABCDEF"

#define SPONSOR                                                                                    \
    "\"template\":\"secure_email_sponsor\",\"recipients\":[\"alice@example.com\"],"                \
    "\"organization\":\"123456\",\"first_name\":\"Alice\",\"last_name\":\"Example\","              \
    "\"agreement\":true"

#define CLIENT                                                                                     \
    "\"template\":\"client_premium\",\"recipients\":[\"alice@example.com\"],"                      \
    "\"organization\":\"123456\",\"first_name\":\"Alice\",\"last_name\":\"Example\","              \
    "\"agreement\":true"

static struct {
    kf_context *context;
    kf_double *d;
    kf_ca *ca;
    EVP_PKEY *key;
    kf_buf csr;
    struct kf_ca_order order;
} dc;

static void give_key(void) {
    KF_AUTO_PTR(kf_secret) key = NULL;
    OK(kf_secret_copy(API_KEY, strlen(API_KEY), &key));
    OK(kf_connection_secret(dc.context, "dc", "api-key", key));
}

/* The connection at another address, which has to be given the key again. */
__attribute__((unused)) static void move_dc(const char *setting) {
    kf_ca_close(KF_MOVE(dc.ca));
    OK(kf_connection_edit(dc.context, "dc", &setting, 1));
    give_key();
    OK(kf_ca_open(dc.context, "dc", NULL, &dc.ca));
}

__attribute__((unused)) static void open_dc(const char *setting) {
    KF_AUTO_FREE char *url = kf_str("url=%s/services/v2", double_url(dc.d));
    const char *settings[] = {url, setting};
    OK(kf_connection_add(dc.context, "dc", "digicert", settings, setting ? 2 : 1));
    give_key();
    OK(kf_ca_open(dc.context, "dc", NULL, &dc.ca));
}

/* A double, a connection and an order for a P-256 key. */
__attribute__((unused)) static int setup_dc(void **state) {
    make_base_dir(state);
    dc.context = open_home();
    dc.d = double_start("digicert", DOUBLE_PLAIN);
    dc.key = EVP_EC_gen("P-256");
    make_csr(dc.context, dc.key, "CN=Alice Example", "tls-client", &dc.csr);
    dc.order = order_of("kf-0123456789abcdef", &dc.csr);
    dc.order.fields = "{" SPONSOR "}";
    open_dc(NULL);
    return 0;
}

__attribute__((unused)) static int teardown_dc(void **state) {
    kf_ca_close(dc.ca);
    double_stop(dc.d);
    EVP_PKEY_free(dc.key);
    kf_buf_clear(&dc.csr);
    kf_context_free(dc.context);
    memset(&dc, 0, sizeof dc);
    return remove_base_dir(state);
}

__attribute__((unused)) static void submit(kf_answer *answer) {
    OK(kf_ca_submit(dc.ca, &dc.order, answer));
}

__attribute__((unused)) static void poll_dc(const char *ticket, kf_answer *answer) {
    OK(kf_ca_poll(dc.ca, &dc.order, ticket, answer));
}

/* An order that waits; its ticket, to be freed. */
__attribute__((unused)) static char *pending_order(void) {
    KF_AUTO(kf_answer) answer = {0};
    double_set(dc.d, "decide", "pend");
    submit(&answer);
    assert_int_equal(answer.outcome, KF_CA_WAIT);
    return strdup(answer.ticket);
}

/* The body of the last order as JSON, to be released. */
__attribute__((unused)) static json_t *seen_order(void) {
    json_t *json = json_loads(double_seen(dc.d, "POST /order/certificate", "body"), 0, NULL);
    assert_non_null(json);
    return json;
}

/* Whether a certificate for the order's key is in the answer. */
__attribute__((unused)) static void assert_issued(const kf_answer *answer) {
    assert_int_equal(answer->outcome, KF_CA_ISSUED);
    assert_true(double_same_key((const char *)answer->body, answer->body_len,
                                (const char *)dc.csr.data, dc.csr.len));
}

__attribute__((unused)) static void assert_person(const kf_answer *answer, const char *who,
                                                  const char *part) {
    assert_int_equal(answer->outcome, KF_CA_NEEDS_PERSON);
    assert_string_equal(answer->who, who);
    if (!strstr(answer->text, part))
        fail_msg("\"%s\" does not say \"%s\"", answer->text, part);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_dc, teardown_dc)
