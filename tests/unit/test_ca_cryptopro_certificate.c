// SPDX-License-Identifier: Apache-2.0
// CryptoPro UC 2.0: signing in with a certificate, whose key stays where it is.
#include "unit/cryptopro_fixture.h"

/* The certificate that one has already. */
static struct {
    EVP_PKEY *key;
    char *chain;
    kf_err refusal; /* of the token */
} present;

static kf_err give_identity(void *arg, const char *name, char **ret_chain, char **ret_uri) {
    assert_string_equal(name, "present");
    *ret_chain = strdup(present.chain);
    *ret_uri = strdup("pkcs11:object=present");
    return KF_OK;
}

static kf_err give_key(void *arg, const char *uri, void **ret_key) {
    if (present.refusal)
        return kf_fail(present.refusal, "wrong PIN");
    *ret_key = present.key;
    return KF_OK;
}

static const struct kf_ca_signer signer = {.signer = give_key, .identity = give_identity};

static void open_with(const struct kf_ca_signer *with) {
    KF_AUTO_FREE char *url = kf_str("url=%s/ui/%s", double_url(cp_double), CP_FOLDER);
    KF_AUTO_FREE char *root = kf_str("ca-file=%s", double_tls_root(cp_double));
    const char *settings[] = {url, root, "login-with=certificate", "client-cert=present"};
    OK(kf_connection_add(context, "uc", "cryptopro", settings, KF_COUNT(settings)));
    OK(kf_ca_open(context, "uc", with, &ca));
}

static int start_here(void **state) {
    KF_AUTO(kf_buf) request = {0};
    if (make_base_dir(state) != 0)
        return -1;
    cp_double = double_start("cryptopro", DOUBLE_TLS_CLIENT);
    double_set(cp_double, "certificate-login", "yes");
    context = open_home();
    key = EVP_EC_gen("P-256");
    present.key = EVP_EC_gen("P-256");
    present.refusal = KF_OK;
    make_csr(context, present.key, "CN=Present", "tls-client", &request);
    present.chain =
        double_issue(cp_double, (const char *)request.data, request.len, NULL, true, true);
    make_csr(context, key, "CN=Fedorov", "tls-client", &csr);
    open_with(&signer);
    return present.chain ? 0 : -1;
}

static int stop_here(void **state) {
    EVP_PKEY_free(present.key);
    free(present.chain);
    return stop_uc(state);
}

static void the_certificate_is_the_sign_in(void **state) {
    KF_AUTO(kf_account) account = {0};
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO_PTR(json_t) form = NULL;
    struct kf_ca_login nothing = {0};
    OK(kf_ca_account(ca, &account));
    assert_int_equal(account.standing, KF_CA_CONNECTED);
    OK(kf_ca_login(ca, &nothing, &answer));
    assert_int_equal(answer.outcome, KF_CA_ISSUED);
    OK(kf_ca_form(ca, KF_FORM_LOGIN, NULL, &form));
    assert_int_equal(json_array_size(json_object_get(form, "fields")), 0);
    assert_string_equal(double_seen(cp_double, "GET /ui/2/api/certrequest", "Authorization"), "");
}

static void a_certificate_that_is_not_known_is_signed_out(void **state) {
    KF_AUTO(kf_account) account = {0};
    double_set(cp_double, "certificate-login", "");
    OK(kf_ca_account(ca, &account));
    assert_int_equal(account.standing, KF_CA_SIGNED_OUT);
    assert_non_null(strstr(account.text, "certificate is not accepted"));
}

static void an_order_goes_in_two_signed_messages(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    submit(&answer);
    assert_int_equal(answer.outcome, KF_CA_ISSUED);
    assert_our_certificate(&answer);
    assert_int_equal(strncmp(double_seen(cp_double, "POST /ui/2/api/certrequest", "body"),
                             "-----BEGIN CMS-----\n", 20),
                     0);
}

/* As OpenSSL's own command reads it, from the outside in. */
static void any_reader_finds_the_request_in_it(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    submit(&answer);
    const char *body = double_seen(cp_double, "POST /ui/2/api/certrequest", "body");
    OK(kf_file_write(in_base_dir("outer"), body, strlen(body), 0600));
    assert_int_equal(shell("openssl cms -verify -noverify -inform PEM -in outer -out inner "
                           "2>errors && openssl cms -verify -noverify -inform PEM -in inner "
                           "-out csr.pem 2>errors && openssl req -in csr.pem -verify -noout "
                           "2>errors"),
                     0);
}

static void the_whole_way_goes_by_the_other_root(void **state) {
    KF_AUTO(kf_answer) submitted = {0}, answer = {0};
    KF_AUTO_PTR(json_t) list = NULL;
    KF_AUTO(kf_prepared) prepared = {0};
    struct kf_ca_order order = order_of("id-1", &csr);
    struct kf_ca_plan plan = {.subject = "", .key = "p256", .fields = "{}"};
    OK(kf_ca_templates(ca, &list));
    OK(kf_ca_prepare(ca, &plan, &prepared));
    double_set(cp_double, "decide", "pend");
    submit(&submitted);
    assert_int_equal(submitted.outcome, KF_CA_WAIT);
    double_set(cp_double, "pending", "issue");
    assert_int_equal(poll_ticket(submitted.ticket, &answer), KF_CA_ISSUED);
    OK(kf_ca_acknowledge(ca, &order, submitted.ticket));
    assert_int_equal(double_count(cp_double, "acknowledged"), 1);
    assert_string_equal(double_seen(cp_double, "GET /ui/api/certrequest", "Host"), "");
}

static void a_wrong_pin_sends_nothing(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order = order_of("id-1", &csr);
    present.refusal = KF_E_PIN_WRONG;
    assert_int_equal(kf_ca_submit(ca, &order, &answer), KF_E_PIN_WRONG);
    assert_int_equal(double_count(cp_double, "orders"), 0);
}

static void a_program_without_tokens_cannot_sign(void **state) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order = order_of("id-1", &csr);
    kf_ca_close(KF_MOVE(ca));
    OK(kf_ca_open(context, "uc", NULL, &ca));
    assert_says(kf_ca_submit(ca, &order, &answer), KF_E_UNSUPPORTED, "no tokens");
}

#define HERE(test) cmocka_unit_test_setup_teardown(test, start_here, stop_here)

int main(void) {
    const struct CMUnitTest tests[] = {
        HERE(the_certificate_is_the_sign_in),
        HERE(a_certificate_that_is_not_known_is_signed_out),
        HERE(an_order_goes_in_two_signed_messages),
        HERE(any_reader_finds_the_request_in_it),
        HERE(the_whole_way_goes_by_the_other_root),
        HERE(a_wrong_pin_sends_nothing),
        HERE(a_program_without_tokens_cannot_sign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
