// SPDX-License-Identifier: Apache-2.0
// What the tests of the CryptoPro UC 2.0 connector share: the double, a connection to it, a
// request.
#pragma once

#include "unit/ca_fixture.h"

#include <jansson.h>

#include "double.h"
#include "ca/connection.h"
#include "x509/json.h"

#define CP_FOLDER "b1ca4992-d7cd-4f7e-b56e-a81e00db58ee"

static kf_double *cp_double;
static kf_context *context;
static kf_ca *ca;
static EVP_PKEY *key;
static kf_buf csr;

/* The connection "uc" to the double's `path`, with one more setting or NULL. */
__attribute__((unused)) static void open_uc(const char *path, const char *setting) {
    KF_AUTO_FREE char *url = kf_str("url=%s%s", double_url(cp_double), path);
    const char *settings[] = {url, setting};
    kf_ca_close(ca);
    ca = NULL;
    if (kf_connection_remove(context, "uc") != KF_OK)
        kf_error_clear();
    OK(kf_connection_add(context, "uc", "cryptopro", settings, setting ? 2 : 1));
    OK(kf_ca_open(context, "uc", NULL, &ca));
}

/* As another process would see it. */
__attribute__((unused)) static void open_again(void) {
    kf_ca_close(ca);
    ca = NULL;
    OK(kf_ca_open(context, "uc", NULL, &ca));
}

__attribute__((unused)) static enum kf_ca_outcome sign_in_as(const char *user, const char *word,
                                                             kf_answer *answer) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    KF_AUTO_FREE char *fields = kf_str("{\"user\":\"%s\"}", user);
    OK(kf_secret_copy(word, strlen(word), &secret));
    struct kf_ca_login login = {.fields = fields, .secret = secret};
    OK(kf_ca_login(ca, &login, answer));
    return answer->outcome;
}

__attribute__((unused)) static void sign_in(void) {
    KF_AUTO(kf_answer) answer = {0};
    assert_int_equal(sign_in_as("fedorov", "korova", &answer), KF_CA_ISSUED);
}

__attribute__((unused)) static int start_uc(void **state) {
    if (make_base_dir(state) != 0)
        return -1;
    cp_double = double_start("cryptopro", DOUBLE_PLAIN);
    context = open_home();
    key = EVP_EC_gen("P-256");
    make_csr(context, key, "CN=Fedorov", "tls-client", &csr);
    open_uc("/ui/api/" CP_FOLDER, NULL);
    return 0;
}

__attribute__((unused)) static int start_signed_in(void **state) {
    int failed = start_uc(state);
    if (!failed)
        sign_in();
    return failed;
}

__attribute__((unused)) static int stop_uc(void **state) {
    kf_ca_close(ca);
    ca = NULL;
    kf_context_free(context);
    EVP_PKEY_free(key);
    kf_buf_clear(&csr);
    double_stop(cp_double);
    return remove_base_dir(state);
}

__attribute__((unused)) static void submit(kf_answer *answer) {
    struct kf_ca_order order = order_of("id-1", &csr);
    OK(kf_ca_submit(ca, &order, answer));
}

__attribute__((unused)) static enum kf_ca_outcome poll_ticket(const char *ticket,
                                                              kf_answer *answer) {
    struct kf_ca_order order = order_of("id-1", &csr);
    kf_answer_clear(answer);
    OK(kf_ca_poll(ca, &order, ticket, answer));
    return answer->outcome;
}

/* The answer's first certificate is for our key. */
__attribute__((unused)) static void assert_our_certificate(const kf_answer *answer) {
    KF_AUTO(kf_certs) certs = {0};
    KF_AUTO_PTR(kf_csr) request = NULL;
    KF_AUTO(kf_buf) spki = {0};
    OK(kf_certs_read(answer->body, answer->body_len, &certs));
    OK(kf_csr_read(csr.data, csr.len, &request));
    OK(kf_csr_spki(request, &spki));
    assert_true(kf_cert_has_spki(certs.items[0], spki.data, spki.len));
}

__attribute__((unused)) static const char *text_in(const json_t *object, const char *key_) {
    const char *text = json_string_value(json_object_get(object, key_));
    return text ? text : "";
}

/* The form's field of that name. */
__attribute__((unused)) static json_t *field_of(const json_t *form, const char *name) {
    size_t i;
    json_t *field;
    json_array_foreach(json_object_get(form, "fields"), i, field) {
        if (strcmp(text_in(field, "name"), name) == 0)
            return field;
    }
    fail_msg("the form has no \"%s\"", name);
    return NULL;
}

#define SIGNED_IN(test) cmocka_unit_test_setup_teardown(test, start_signed_in, stop_uc)
#define AT_UC(test)     cmocka_unit_test_setup_teardown(test, start_uc, stop_uc)
