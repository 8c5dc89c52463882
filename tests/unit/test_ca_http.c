// SPDX-License-Identifier: Apache-2.0
// The HTTP door: what it sends, where to, and what it never sends.
#include "unit/http_fixture.h"

#include <dlfcn.h>

#include "ca/http/library.h"

static kf_double *d;
static kf_http *http;

static int start(void **state) {
    d = double_start("plain", DOUBLE_PLAIN);
    http = http_door(double_url(d), NULL);
    return 0;
}

static int stop(void **state) {
    kf_http_free(http);
    double_stop(d);
    return 0;
}

/* --- what is sent --- */

static void a_get_brings_status_type_and_body(void **state) {
    KF_AUTO(kf_http_answer) answer = {0};
    OK(http_do(http, "GET", "token/init?user=anna%20b", &answer));
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.type, "application/json");
    assert_string_equal(kf_buf_str(&answer.body), "{}");
    assert_int_equal(answer.retry_after, 0);
    assert_false(answer.unsent);
    assert_string_equal(double_seen(d, "GET /token/init", "query"), "user=anna%20b");
}

static void a_post_carries_its_body_and_type(void **state) {
    KF_AUTO(kf_http_answer) answer = {0};
    struct kf_http_request request = {.method = "POST",
                                      .path = "/auth",
                                      .type = "application/x-www-form-urlencoded",
                                      .body = "a=1&b=2",
                                      .body_len = 7,
                                      .accept = "application/json"};
    OK(kf_http_send(http, &request, &answer));
    assert_string_equal(double_seen(d, "POST /auth", "body"), "a=1&b=2");
    assert_string_equal(double_seen(d, "POST /auth", "content-type"),
                        "application/x-www-form-urlencoded");
    assert_string_equal(double_seen(d, "POST /auth", "accept"), "application/json");
}

static void a_large_post_does_not_wait_for_permission(void **state) {
    KF_AUTO(kf_http_answer) answer = {0};
    KF_AUTO_FREE char *body = calloc(1, KF_HTTP_BODY_MAX + 1);
    memset(body, 'a', KF_HTTP_BODY_MAX);
    struct kf_http_request request = {
        .method = "PUT", .path = "/", .type = "text/plain", .body = body};
    request.body_len = KF_HTTP_BODY_MAX + 1;
    assert_says(kf_http_send(http, &request, &answer), KF_E_TOO_LARGE, "1048577");
    request.body_len = 700 * 1024;
    OK(kf_http_send(http, &request, &answer));
    assert_string_equal(double_seen(d, "PUT /", "expect"), "");
    assert_int_equal(strlen(double_seen(d, "PUT /", "body")), 700 * 1024);
}

static void every_method_goes_out_as_it_is(void **state) {
    static const char *const methods[] = {"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"};
    for (size_t i = 0; i < KF_COUNT(methods); i++) {
        KF_AUTO(kf_http_answer) answer = {0};
        OK(http_do(http, methods[i], "/method", &answer));
        assert_int_equal(answer.status, 200);
        assert_string_equal(double_seen(d, methods[i], "path"), "/method");
        assert_string_equal(double_seen(d, methods[i], "content-type"), "");
    }
    KF_AUTO(kf_http_answer) answer = {0};
    assert_says(http_do(http, "GET /x HTTP/1.1\r\nA:", "/", &answer), KF_E_INPUT, "no method");
}

static void the_program_names_itself_and_nothing_else(void **state) {
    KF_AUTO(kf_http_answer) answer = {0};
    KF_AUTO_FREE char *agent = kf_str("keyfob/%s", kf_version());
    OK(http_do(http, "GET", "/", &answer));
    assert_string_equal(double_seen(d, "GET /", "user-agent"), agent);
    assert_string_equal(double_seen(d, "GET /", "referer"), "");
    assert_string_equal(double_seen(d, "GET /", "cookie"), "");
    assert_string_equal(double_seen(d, "GET /", "accept-encoding"), "");
}

static void nothing_is_left_of_the_request_before(void **state) {
    KF_AUTO(kf_http_answer) first = {0}, second = {0};
    struct kf_http_request post = {
        .method = "POST", .path = "/one", .type = "text/plain", .body = "x", .body_len = 1};
    OK(kf_http_send(http, &post, &first));
    OK(http_do(http, "GET", "/two", &second));
    assert_string_equal(double_seen(d, "GET /two", "body"), "");
    assert_string_equal(double_seen(d, "GET /two", "content-type"), "");
}

static void one_connection_serves_many_requests(void **state) {
    for (int i = 0; i < 50; i++) {
        KF_AUTO(kf_http_answer) answer = {0};
        OK(http_do(http, i % 2 ? "POST" : "GET", "/", &answer));
    }
    assert_int_equal(double_count(d, "requests"), 50);
    assert_int_equal(double_count(d, "connections"), 1);
}

/* --- credentials --- */

static void a_credential_goes_with_every_request_but_anonymous_ones(void **state) {
    KF_AUTO(kf_http_answer) answer = {0};
    KF_AUTO_PTR(kf_secret) key = http_secret("s3cret");
    OK(kf_http_credential(http, "X-DC-DEVKEY", key));
    OK(http_do(http, "GET", "/with", &answer));
    OK(kf_http_send(http,
                    &(struct kf_http_request){.method = "GET", .path = "/out", .anonymous = true},
                    &answer));
    assert_string_equal(double_seen(d, "GET /with", "x-dc-devkey"), "s3cret");
    assert_string_equal(double_seen(d, "GET /out", "x-dc-devkey"), "");
}

static void a_credential_is_replaced_and_taken_away(void **state) {
    KF_AUTO(kf_http_answer) answer = {0};
    KF_AUTO_PTR(kf_secret) first = http_secret("one");
    KF_AUTO_PTR(kf_secret) second = http_secret("two");
    OK(kf_http_credential(http, "Authorization", first));
    OK(kf_http_credential(http, "authorization", second));
    OK(http_do(http, "GET", "/replaced", &answer));
    OK(kf_http_credential(http, "Authorization", NULL));
    OK(http_do(http, "GET", "/away", &answer));
    assert_string_equal(double_seen(d, "GET /replaced", "authorization"), "two");
    assert_string_equal(double_seen(d, "GET /away", "authorization"), "");
}

static void basic_is_user_and_password_in_base64(void **state) {
    KF_AUTO(kf_http_answer) answer = {0};
    KF_AUTO_PTR(kf_secret) password = http_secret("open sesame");
    OK(kf_http_basic(http, "Aladdin", password)); /* RFC 7617 2 */
    OK(http_do(http, "GET", "/basic", &answer));
    assert_string_equal(double_seen(d, "GET /basic", "authorization"),
                        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    assert_says(kf_http_basic(http, "Ala:ddin", password), KF_E_INPUT, "colon");
    OK(kf_http_basic(http, "Aladdin", NULL));
    OK(http_do(http, "GET", "/none", &answer));
    assert_string_equal(double_seen(d, "GET /none", "authorization"), "");
}

static void a_line_end_in_a_header_is_refused(void **state) {
    static const char *const values[] = {"a\r\nX-Evil: 1", "a\nb", "\r", "a\x7f", "a\x01"};
    KF_AUTO(kf_http_answer) answer = {0};
    for (size_t i = 0; i < KF_COUNT(values); i++) {
        KF_AUTO_PTR(kf_secret) value = http_secret(values[i]);
        assert_says(kf_http_credential(http, "PI-Authorization", value), KF_E_INPUT, "control");
        assert_int_equal(
            kf_http_send(
                http, &(struct kf_http_request){.method = "POST", .path = "/", .type = values[i]},
                &answer),
            KF_E_INPUT);
        assert_true(answer.unsent);
    }
    KF_AUTO_PTR(kf_secret) zero = NULL;
    OK(kf_secret_copy("a\0b", 3, &zero));
    assert_says(kf_http_credential(http, "Authorization", zero), KF_E_INPUT, "control");
    assert_says(kf_http_credential(http, "Bad Name", zero), KF_E_USAGE, "no name of a header");
    assert_says(kf_http_credential(http, "", zero), KF_E_USAGE, "no name of a header");
    assert_int_equal(double_count(d, "requests"), 0);
}

static void only_so_many_credentials_are_kept(void **state) {
    KF_AUTO_PTR(kf_secret) value = http_secret("v");
    for (int i = 0; i < 8; i++) {
        KF_AUTO_FREE char *name = kf_str("X-%d", i);
        OK(kf_http_credential(http, name, value));
    }
    assert_int_equal(kf_http_credential(http, "X-9", value), KF_E_TOO_LARGE);
    OK(kf_http_credential(http, "X-3", value));
}

/* --- where to --- */

static void a_base_is_https_or_a_loopback_address(void **state) {
    static const struct {
        const char *url, *host; /* NULL: refused */
    } cases[] = {
        {"https://CA.Corp", "ca.corp"},
        {"HTTPS://ca.corp:8443/api/", "ca.corp"},
        {"https://[2001:DB8::1]:44/x", "[2001:db8::1]"},
        {"http://127.0.0.1:80", "127.0.0.1"},
        {"http://127.9.9.9", "127.9.9.9"},
        {"http://[::1]:1", "[::1]"},
        {"http://ca.corp", NULL},
        {"http://localhost", NULL},
        {"http://127.0.0.1.evil.com", NULL},
        {"http://127.1", NULL},
        {"http://[::2]", NULL},
        {"ftp://ca.corp", NULL},
        {"ca.corp", NULL},
        {"", NULL},
        {"https://", NULL},
        {"https:///x", NULL},
        {"https://anna:secret@ca.corp", NULL},
        {"https://ca.corp@evil.com/", NULL},
        {"https://ca.corp:0", NULL},
        {"https://ca.corp:65536", NULL},
        {"https://ca.corp:", NULL},
        {"https://ca.corp:44x", NULL},
        {"https://ca.corp:000000000000443", NULL},
        {"https://ca.corp/?x=1", NULL},
        {"https://ca.corp/#top", NULL},
        {"https://ca.corp/a b", NULL},
        {"https://ca.corp/../x", NULL},
        {"https://ca corp/", NULL},
        {"https://ca.corp\\evil.com/", NULL},
        {"https://c\xd0\xb0.corp/", NULL},
        {"https://[::1/", NULL},
        {"https://[::1]evil.com/", NULL},
        {"https://-x/", NULL},
        {"https://ca.corp\r\nX: y/", NULL},
    };
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO_PTR(kf_http) made = NULL;
        kf_err err = http_try(cases[i].url, NULL, &made);
        if ((err == KF_OK) != (cases[i].host != NULL) || (err != KF_OK && err != KF_E_USAGE))
            fail_msg("\"%s\": %d", cases[i].url, err);
        if (made)
            assert_string_equal(kf_http_host(made), cases[i].host);
    }
}

static void a_password_in_the_url_is_not_repeated(void **state) {
    KF_AUTO_PTR(kf_http) made = NULL;
    assert_says(http_try("https://anna:hunter2@ca.corp", NULL, &made), KF_E_USAGE, "password");
    assert_null(strstr(kf_error_sentence(KF_E_USAGE), "hunter2"));
}

static void a_path_is_put_after_the_base(void **state) {
    static const struct {
        const char *path, *seen;
    } cases[] = {
        {"token/init", "/api/v2/token/init"},
        {"/validate", "/validate"},
        {"", "/api/v2"},
        {"?a=1", "/api/v2"},
        {"//evil.com/x", "//evil.com/x"},
        {"a..b/.c", "/api/v2/a..b/.c"},
        {"q?u=https://evil.com/", "/api/v2/q"},
    };
    KF_AUTO_FREE char *base = kf_str("%s/api/v2/", double_url(d));
    KF_AUTO_PTR(kf_http) door = http_door(base, NULL);
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        KF_AUTO(kf_http_answer) answer = {0};
        OK(http_do(door, "GET", cases[i].path, &answer));
        assert_string_equal(double_seen(d, "GET", "path"), cases[i].seen);
    }
}

static void a_url_of_the_same_origin_is_taken(void **state) {
    KF_AUTO(kf_http_answer) answer = {0};
    KF_AUTO_FREE char *url = kf_str("%s/orders/7", double_url(d));
    OK(http_do(http, "GET", url, &answer));
    assert_string_equal(double_seen(d, "GET", "path"), "/orders/7");
    OK(http_do(http, "GET", double_url(d), &answer));
    assert_string_equal(double_seen(d, "GET", "path"), "/");
}

static void a_url_of_another_origin_is_refused_before_anything_is_sent(void **state) {
    struct listener other = {0};
    listener_start(&other, ANSWER_OK, strlen(ANSWER_OK));
    KF_AUTO_FREE char *https = kf_str("https%s", double_url(d) + 4);
    KF_AUTO_FREE char *user = kf_str("http://127.0.0.1@127.0.0.1:%u/", other.port);
    const char *const urls[] = {other.url,
                                https,
                                user,
                                "https://evil.com/",
                                "http://[::1]/x",
                                "file:///etc/passwd",
                                "gopher://127.0.0.1",
                                "HTTP://127.0.0.2/"};
    KF_AUTO_PTR(kf_secret) key = http_secret("s3cret");
    OK(kf_http_credential(http, "Authorization", key));
    for (size_t i = 0; i < KF_COUNT(urls); i++) {
        KF_AUTO(kf_http_answer) answer = {0};
        assert_says(http_do(http, "GET", urls[i], &answer), KF_E_CA_ANSWER, "another service");
        assert_true(answer.unsent);
    }
    assert_int_equal(double_count(d, "requests"), 0);
    assert_int_equal(other.connections, 0);
    listener_stop(&other);
}

static void a_path_that_is_not_encoded_or_leads_elsewhere_is_refused(void **state) {
    KF_AUTO_FREE char *longest = calloc(1, KF_HTTP_PATH_MAX + 2);
    memset(longest, 'a', KF_HTTP_PATH_MAX + 1);
    const char *const paths[] = {"a b",      "a\r\nX: y", "\xc3\xa4", "a#b",  "a%2",    "a%zz",
                                 "a\"b",     "a\\b",      "..",       "../x", "a/../x", "/./x",
                                 "a/%2e%2E", ".%2e/x",    "a/.?x=1",  "a<b",  longest};
    for (size_t i = 0; i < KF_COUNT(paths); i++) {
        KF_AUTO(kf_http_answer) answer = {0};
        assert_int_equal(http_do(http, "GET", paths[i], &answer), KF_E_INPUT);
        assert_true(answer.unsent);
    }
    assert_int_equal(double_count(d, "connections"), 0);
}

static void a_value_is_percent_encoded(void **state) {
    KF_AUTO(kf_buf) text = {0};
    OK(kf_buf_add_str(&text, "q="));
    OK(kf_http_escape(&text, "aZ09-._~ /?#&=+%\xd0\xb0\r\n"));
    assert_string_equal(kf_buf_str(&text), "q=aZ09-._~%20%2F%3F%23%26%3D%2B%25%D0%B0%0D%0A");
}

/* --- proxies --- */

static void the_environment_names_no_proxy(void **state) {
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY",
                                        "all_proxy"};
    struct listener proxy = {0};
    KF_AUTO(kf_http_answer) answer = {0};
    listener_start(&proxy, ANSWER_OK, strlen(ANSWER_OK));
    for (size_t i = 0; i < KF_COUNT(names); i++)
        setenv(names[i], proxy.url, 1);
    OK(http_do(http, "GET", "/", &answer));
    for (size_t i = 0; i < KF_COUNT(names); i++)
        unsetenv(names[i]);
    assert_int_equal(double_count(d, "requests"), 1);
    assert_int_equal(proxy.connections, 0);
    listener_stop(&proxy);
}

static void a_configured_proxy_is_asked_for_a_tunnel_without_credentials(void **state) {
    static const char refusal[] = "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n";
    struct listener proxy = {.close_after = 1};
    KF_AUTO(kf_http_answer) answer = {0};
    KF_AUTO_PTR(kf_secret) key = http_secret("s3cret");
    listener_start(&proxy, refusal, strlen(refusal));
    setenv("no_proxy", "*", 1);
    kf_http *door = http_door("https://ca.corp", OPTIONS("proxy", proxy.url));
    OK(kf_http_credential(door, "Authorization", key));
    assert_says(http_do(door, "POST", "/order", &answer), KF_E_CA_UNREACHABLE,
                "does not let through (status 407)");
    unsetenv("no_proxy");
    assert_true(answer.unsent);
    assert_int_equal(proxy.requests, 1);
    assert_true(proxy.bytes < 200); /* CONNECT, Host, User-Agent */
    kf_http_free(door);
    listener_stop(&proxy);
}

static void a_proxy_must_be_plain_and_without_a_password(void **state) {
    static const char *const bad[] = {"proxy:8080",        "https://proxy:8080", "http://proxy",
                                      "http://a:b@p:8080", "http://proxy:0",     "http://:80",
                                      "socks5://p:1",      "http://p:80/x"};
    for (size_t i = 0; i < KF_COUNT(bad); i++) {
        KF_AUTO_PTR(kf_http) door = NULL;
        assert_says(http_try("https://ca.corp", OPTIONS("proxy", bad[i]), &door), KF_E_USAGE,
                    "http://HOST:PORT");
    }
}

static void the_users_netrc_is_left_alone(void **state) {
    KF_AUTO(kf_http_answer) answer = {0};
    assert_int_equal(make_base_dir(state), 0);
    FILE *file = fopen(in_base_dir(".netrc"), "w");
    fputs("machine 127.0.0.1 login anna password s3cret\n", file);
    fclose(file);
    KF_AUTO_FREE char *home = getenv("HOME") ? strdup(getenv("HOME")) : NULL;
    setenv("HOME", base_dir, 1);
    OK(http_do(http, "GET", "/netrc", &answer));
    if (home)
        setenv("HOME", home, 1);
    assert_string_equal(double_seen(d, "GET /netrc", "authorization"), "");
    remove_base_dir(state);
}

/* --- other options, and the library --- */

static void options_are_checked_before_anything_is_sent(void **state) {
    static const struct {
        const char *name, *value;
    } bad[] = {{"timeout", "0"},          {"timeout", "3601"},
               {"timeout", "soon"},       {"ca-fingerprint", "abc"},
               {"ca-fingerprint", "zz"},  {"ca-file", "/nonexistent/roots.pem"},
               {"ca-file", "/etc/passwd"}};
    for (size_t i = 0; i < KF_COUNT(bad); i++) {
        KF_AUTO_PTR(kf_http) door = NULL;
        assert_says(http_try("https://ca.corp", OPTIONS(bad[i].name, bad[i].value), &door),
                    KF_E_USAGE, bad[i].name);
        if (strcmp(bad[i].name, "ca-file") == 0)
            assert_non_null(strstr(kf_error_next(KF_E_USAGE), "connection edit corp ca-file="));
    }
}

static void an_absent_library_is_named_with_its_package(void **state) {
    struct kf_curl curl = {0};
    assert_says(kf_curl_load("libcurl-absent.so.9", &curl), KF_E_UNSUPPORTED, "needs libcurl");
    assert_non_null(strstr(kf_error_next(KF_E_UNSUPPORTED), "apt install libcurl4"));
    assert_says(kf_curl_load("libc.so.6", &curl), KF_E_UNSUPPORTED, "curl_version_info");
    assert_null(curl.easy_init);
}

static void a_library_with_another_tls_is_refused(void **state) {
    struct kf_curl curl = {0};
    void *other = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!other) {
        assert_says(kf_curl_load("libcurl-gnutls.so.4", &curl), KF_E_UNSUPPORTED, "libcurl");
        return;
    }
    assert_says(kf_curl_load("libcurl-gnutls.so.4", &curl), KF_E_UNSUPPORTED, "GnuTLS");
}

static void an_interruption_ends_it_before_anything_is_sent(void **state) {
    KF_AUTO(kf_http_answer) answer = {0};
    http_interrupted = true;
    assert_int_equal(http_do(http, "POST", "/", &answer), KF_E_INTERRUPTED);
    http_interrupted = false;
    assert_true(answer.unsent);
    assert_int_equal(double_count(d, "connections"), 0);
}

#define T(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(a_get_brings_status_type_and_body),
        T(a_post_carries_its_body_and_type),
        T(a_large_post_does_not_wait_for_permission),
        T(every_method_goes_out_as_it_is),
        T(the_program_names_itself_and_nothing_else),
        T(nothing_is_left_of_the_request_before),
        T(one_connection_serves_many_requests),
        T(a_credential_goes_with_every_request_but_anonymous_ones),
        T(a_credential_is_replaced_and_taken_away),
        T(basic_is_user_and_password_in_base64),
        T(a_line_end_in_a_header_is_refused),
        T(only_so_many_credentials_are_kept),
        T(a_base_is_https_or_a_loopback_address),
        T(a_password_in_the_url_is_not_repeated),
        T(a_path_is_put_after_the_base),
        T(a_url_of_the_same_origin_is_taken),
        T(a_url_of_another_origin_is_refused_before_anything_is_sent),
        T(a_path_that_is_not_encoded_or_leads_elsewhere_is_refused),
        T(a_value_is_percent_encoded),
        T(the_environment_names_no_proxy),
        T(a_configured_proxy_is_asked_for_a_tunnel_without_credentials),
        T(a_proxy_must_be_plain_and_without_a_password),
        T(the_users_netrc_is_left_alone),
        T(options_are_checked_before_anything_is_sent),
        T(an_absent_library_is_named_with_its_package),
        T(a_library_with_another_tls_is_refused),
        T(an_interruption_ends_it_before_anything_is_sent),
    };
    return cmocka_run_group_tests(tests, http_begin, http_end);
}
