// SPDX-License-Identifier: Apache-2.0
// The HTTP door over TLS: whom it believes, what it shows, and that nothing leaves before that.
#include "unit/http_fixture.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/file.h"

static kf_err post(kf_http *http, kf_http_answer *answer) {
    return kf_http_send(http,
                        &(struct kf_http_request){.method = "POST",
                                                  .path = "/order",
                                                  .type = "application/json",
                                                  .body = "{}",
                                                  .body_len = 2},
                        answer);
}

/* A double that shows itself like this is refused with these words before a request arrives. */
static void expect_refusal(enum double_tls tls, options list, kf_err err, const char *words) {
    KF_AUTO_PTR(kf_double) d = double_start("plain", tls);
    KF_AUTO(kf_http_answer) answer = {0};
    const char *root[] = {"ca-file", double_tls_root(d), NULL};
    KF_AUTO_PTR(kf_http) http = http_door(double_url(d), list ? list : root);
    KF_AUTO_PTR(kf_secret) key = http_secret("s3cret");
    OK(kf_http_credential(http, "Authorization", key));
    assert_says(post(http, &answer), err, words);
    assert_true(strncmp(kf_error_sentence(err), "127.0.0.1: ", 11) == 0);
    assert_true(answer.unsent);
    assert_int_equal(double_count(d, "requests"), 0);
}

static void a_service_under_the_given_root_is_believed(void **state) {
    KF_AUTO_PTR(kf_double) d = double_start("plain", DOUBLE_TLS);
    KF_AUTO(kf_http_answer) answer = {0};
    KF_AUTO_PTR(kf_http) http = http_door(double_url(d), OPTIONS("ca-file", double_tls_root(d)));
    OK(post(http, &answer));
    OK(post(http, &answer));
    assert_int_equal(double_count(d, "connections"), 1);
}

static void an_expired_certificate_is_refused(void **state) {
    expect_refusal(DOUBLE_TLS_EXPIRED, NULL, KF_E_UNTRUSTED, "the TLS certificate has expired");
}

static void a_certificate_for_another_host_is_refused_with_its_names(void **state) {
    expect_refusal(DOUBLE_TLS_WRONG_HOST, NULL, KF_E_UNTRUSTED,
                   "the TLS certificate is for \"elsewhere.example\", \"192.0.2.1\"");
}

static void a_certificate_signed_by_itself_is_refused(void **state) {
    expect_refusal(DOUBLE_TLS_SELF_SIGNED, NULL, KF_E_UNTRUSTED,
                   "the TLS certificate is signed by itself");
}

static void tls_1_0_is_refused(void **state) {
    expect_refusal(DOUBLE_TLS_1_0, NULL, KF_E_CA_UNREACHABLE, "does not speak TLS 1.2");
}

static void a_root_of_nobody_else_is_believed(void **state) {
    expect_refusal(DOUBLE_TLS, OPTIONS("timeout", "5"), KF_E_UNTRUSTED,
                   "the TLS certificate does not lead to a trusted root");
}

static void the_next_step_for_an_unknown_root_is_named(void **state) {
    expect_refusal(DOUBLE_TLS, OPTIONS("timeout", "5"), KF_E_UNTRUSTED, "trusted");
    assert_non_null(strstr(kf_error_next(KF_E_UNTRUSTED), "connection edit corp ca-file="));
}

static void plain_http_where_tls_should_be_is_refused(void **state) {
    static const char complaint[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    struct listener l = {.close_after = 1};
    KF_AUTO(kf_http_answer) answer = {0};
    listener_start(&l, complaint, strlen(complaint));
    KF_AUTO_FREE char *url = kf_str("https%s", l.url + 4);
    kf_http *http = http_door(url, NULL);
    assert_says(post(http, &answer), KF_E_CA_UNREACHABLE, "does not speak TLS 1.2");
    assert_true(answer.unsent);
    kf_http_free(http);
    listener_stop(&l);
}

/* --- fingerprints --- */

/* SHA-256 of the certificate that the service shows, in hex with colons. */
static void fetch_fingerprint(kf_double *d, char ret_hex[128]) {
    KF_AUTO_FREE char *command = kf_str("openssl s_client -connect %s </dev/null 2>/dev/null | "
                                        "openssl x509 -noout -fingerprint -sha256 | cut -d= -f2",
                                        strstr(double_url(d), "//") + 2);
    FILE *pipe = popen(command, "r");
    assert_non_null(fgets(ret_hex, 128, pipe));
    pclose(pipe);
    ret_hex[strcspn(ret_hex, "\n")] = '\0';
    assert_int_equal(strlen(ret_hex), 95);
}

static kf_err post_pinned(enum double_tls tls, bool wrong) {
    KF_AUTO_PTR(kf_double) d = double_start("plain", tls);
    KF_AUTO(kf_http_answer) answer = {0};
    char pin[128];
    fetch_fingerprint(d, pin);
    if (wrong)
        pin[0] = pin[0] == 'A' ? 'B' : 'A';
    KF_AUTO_PTR(kf_http) http = http_door(double_url(d), OPTIONS("ca-fingerprint", pin));
    kf_err err = post(http, &answer);
    assert_int_equal(answer.unsent, err != KF_OK);
    assert_int_equal(double_count(d, "requests"), err == KF_OK);
    return err;
}

static void the_right_fingerprint_is_believed(void **state) {
    OK(post_pinned(DOUBLE_TLS, false));
    OK(post_pinned(DOUBLE_TLS_SELF_SIGNED, false));
}

static void a_wrong_fingerprint_is_refused(void **state) {
    assert_says(post_pinned(DOUBLE_TLS, true), KF_E_UNTRUSTED, "configured fingerprint");
    assert_says(post_pinned(DOUBLE_TLS_SELF_SIGNED, true), KF_E_UNTRUSTED, "fingerprint");
}

static void a_fingerprint_excuses_neither_age_nor_name(void **state) {
    assert_says(post_pinned(DOUBLE_TLS_EXPIRED, false), KF_E_UNTRUSTED, "has expired");
    assert_says(post_pinned(DOUBLE_TLS_WRONG_HOST, false), KF_E_UNTRUSTED, "elsewhere.example");
}

static void file_and_fingerprint_are_not_mixed(void **state) {
    KF_AUTO_PTR(kf_double) d = double_start("plain", DOUBLE_TLS);
    KF_AUTO_PTR(kf_http) http = NULL;
    char pin[128];
    fetch_fingerprint(d, pin);
    assert_says(http_try(double_url(d),
                         OPTIONS("ca-file", double_tls_root(d), "ca-fingerprint", pin), &http),
                KF_E_USAGE, "not both");
}

/* --- what we show --- */

struct identity {
    EVP_PKEY *key;
    char *chain;
    kf_err refusal; /* of the token */
    int asked;
};

static kf_err give_identity(void *arg, const char *name, char **ret_chain, char **ret_uri) {
    struct identity *identity = arg;
    assert_string_equal(name, "anna");
    *ret_chain = strdup(identity->chain);
    *ret_uri = strdup("pkcs11:object=anna");
    return KF_OK;
}

static kf_err give_key(void *arg, const char *uri, void **ret_key) {
    struct identity *identity = arg;
    assert_string_equal(uri, "pkcs11:object=anna");
    identity->asked++;
    if (identity->refusal)
        return kf_fail(identity->refusal, "wrong PIN of \"token\"");
    *ret_key = identity->key;
    return KF_OK;
}

/* A certificate of the double's CA for a new key. */
static void make_identity(kf_double *d, struct identity *ret_identity) {
    X509_REQ *request = X509_REQ_new();
    unsigned char *der = NULL;
    *ret_identity = (struct identity){.key = EVP_EC_gen("P-256")};
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN", MBSTRING_UTF8,
                               (const unsigned char *)"Anna", -1, -1, 0);
    X509_REQ_set_pubkey(request, ret_identity->key);
    X509_REQ_sign(request, ret_identity->key, EVP_sha256());
    int len = i2d_X509_REQ(request, &der);
    ret_identity->chain = double_issue(d, (const char *)der, (size_t)len, NULL, false, true);
    assert_non_null(ret_identity->chain);
    OPENSSL_free(der);
    X509_REQ_free(request);
}

static void clear_identity(struct identity *identity) {
    EVP_PKEY_free(identity->key);
    free(identity->chain);
}

static kf_http *door_with(kf_double *d, const struct kf_ca_signer *signer) {
    kf_http *http = NULL;
    const char *list[] = {"ca-file", double_tls_root(d), "client-cert", "anna", NULL};
    struct kf_ca_setup setup = {.context = http_home,
                                .connection = "corp",
                                .option = http_option,
                                .arg = list,
                                .signer = signer};
    OK(kf_http_new(&setup, double_url(d), &http));
    return http;
}

static struct kf_ca_signer signer_of(struct identity *identity) {
    return (struct kf_ca_signer){.signer = give_key, .identity = give_identity, .arg = identity};
}

static void our_certificate_lets_us_in(void **state) {
    KF_AUTO_PTR(kf_double) d = double_start("plain", DOUBLE_TLS_CLIENT);
    KF_AUTO(kf_http_answer) answer = {0};
    struct identity identity;
    make_identity(d, &identity);
    struct kf_ca_signer signer = signer_of(&identity);
    kf_http *http = door_with(d, &signer);
    assert_int_equal(identity.asked, 0); /* no PIN before a request */
    OK(post(http, &answer));
    OK(post(http, &answer));
    assert_int_equal(double_count(d, "connections"), 1);
    kf_http_free(http);
    clear_identity(&identity);
}

static void a_service_that_wants_a_certificate_is_no_failure_of_the_network(void **state) {
    expect_refusal(DOUBLE_TLS_CLIENT, NULL, KF_E_CA_LOGIN, "it wants a client certificate");
    assert_non_null(strstr(kf_error_next(KF_E_CA_LOGIN), "connection edit corp client-cert="));
}

static void a_certificate_of_an_unknown_ca_is_refused_by_the_service(void **state) {
    KF_AUTO_PTR(kf_double) d = double_start("plain", DOUBLE_TLS_CLIENT);
    KF_AUTO_PTR(kf_double) other = double_start("plain", DOUBLE_PLAIN);
    KF_AUTO(kf_http_answer) answer = {0};
    struct identity identity;
    make_identity(other, &identity);
    struct kf_ca_signer signer = signer_of(&identity);
    kf_http *http = door_with(d, &signer);
    assert_says(post(http, &answer), KF_E_CA_LOGIN, "client certificate");
    assert_true(answer.unsent);
    assert_int_equal(double_count(d, "requests"), 0);
    kf_http_free(http);
    clear_identity(&identity);
}

static void a_key_of_another_certificate_is_noticed(void **state) {
    KF_AUTO_PTR(kf_double) d = double_start("plain", DOUBLE_TLS_CLIENT);
    KF_AUTO(kf_http_answer) answer = {0};
    struct identity identity;
    make_identity(d, &identity);
    EVP_PKEY_free(identity.key);
    identity.key = EVP_EC_gen("P-256");
    struct kf_ca_signer signer = signer_of(&identity);
    kf_http *http = door_with(d, &signer);
    assert_says(post(http, &answer), KF_E_KEY_MISMATCH, "client certificate");
    assert_true(answer.unsent);
    kf_http_free(http);
    clear_identity(&identity);
}

static void what_the_token_says_is_passed_on(void **state) {
    KF_AUTO_PTR(kf_double) d = double_start("plain", DOUBLE_TLS_CLIENT);
    KF_AUTO(kf_http_answer) answer = {0};
    struct identity identity;
    make_identity(d, &identity);
    identity.refusal = KF_E_PIN_WRONG;
    struct kf_ca_signer signer = signer_of(&identity);
    kf_http *http = door_with(d, &signer);
    assert_says(post(http, &answer), KF_E_PIN_WRONG, "wrong PIN of \"token\"");
    assert_true(answer.unsent);
    assert_int_equal(identity.asked, 1);
    assert_int_equal(double_count(d, "connections"), 0);
    kf_http_free(http);
    clear_identity(&identity);
}

static void a_program_without_tokens_says_so(void **state) {
    KF_AUTO_PTR(kf_double) d = double_start("plain", DOUBLE_TLS_CLIENT);
    KF_AUTO(kf_http_answer) answer = {0};
    KF_AUTO_PTR(kf_http) http = door_with(d, NULL);
    assert_says(post(http, &answer), KF_E_UNSUPPORTED, "\"anna\" needs a key on a token");
    assert_true(answer.unsent);
}

/* --- leaks --- */

static void session_keys_are_not_written_where_the_environment_says(void **state) {
    KF_AUTO_PTR(kf_double) d = double_start("plain", DOUBLE_TLS);
    KF_AUTO(kf_http_answer) answer = {0};
    KF_AUTO(kf_buf) log = {0};
    KF_AUTO_PTR(kf_http) http = http_door(double_url(d), OPTIONS("ca-file", double_tls_root(d)));
    OK(post(http, &answer));
    if (kf_file_exists(getenv("SSLKEYLOGFILE")))
        OK(kf_file_read(getenv("SSLKEYLOGFILE"), 65536, &log));
    assert_int_equal(log.len, 0);
}

static void the_hosts_openssl_errors_are_left_alone(void **state) {
    ERR_clear_error();
    expect_refusal(DOUBLE_TLS_EXPIRED, NULL, KF_E_UNTRUSTED, "expired");
    assert_int_equal(ERR_peek_error(), 0);
}

/* Before libcurl is loaded, which looks at the variable once. */
static int begin(void **state) {
    assert_int_equal(make_base_dir(state), 0);
    setenv("SSLKEYLOGFILE", in_base_dir("keys.log"), 1);
    return http_begin(state);
}

static int end(void **state) {
    unsetenv("SSLKEYLOGFILE");
    http_end(state);
    return remove_base_dir(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_under_the_given_root_is_believed),
        cmocka_unit_test(an_expired_certificate_is_refused),
        cmocka_unit_test(a_certificate_for_another_host_is_refused_with_its_names),
        cmocka_unit_test(a_certificate_signed_by_itself_is_refused),
        cmocka_unit_test(tls_1_0_is_refused),
        cmocka_unit_test(a_root_of_nobody_else_is_believed),
        cmocka_unit_test(the_next_step_for_an_unknown_root_is_named),
        cmocka_unit_test(plain_http_where_tls_should_be_is_refused),
        cmocka_unit_test(the_right_fingerprint_is_believed),
        cmocka_unit_test(a_wrong_fingerprint_is_refused),
        cmocka_unit_test(a_fingerprint_excuses_neither_age_nor_name),
        cmocka_unit_test(file_and_fingerprint_are_not_mixed),
        cmocka_unit_test(our_certificate_lets_us_in),
        cmocka_unit_test(a_service_that_wants_a_certificate_is_no_failure_of_the_network),
        cmocka_unit_test(a_certificate_of_an_unknown_ca_is_refused_by_the_service),
        cmocka_unit_test(a_key_of_another_certificate_is_noticed),
        cmocka_unit_test(what_the_token_says_is_passed_on),
        cmocka_unit_test(a_program_without_tokens_says_so),
        cmocka_unit_test(session_keys_are_not_written_where_the_environment_says),
        cmocka_unit_test(the_hosts_openssl_errors_are_left_alone),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
