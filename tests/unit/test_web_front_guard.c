// SPDX-License-Identifier: Apache-2.0
// The guard, and the way from a target to its route.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/auto.h"
#include "web/front/guard.h"
#include "web/front/match.h"

KF_DEFINE_AUTO_PTR_WITH(json_t, json_decref)

static const struct guarded fine = {.method = "POST",
                                    .target = "/api/v1/draft",
                                    .host = "127.0.0.1:8484",
                                    .host_count = 1,
                                    .origin = "http://127.0.0.1:8484",
                                    .fetch_site = "same-origin",
                                    .content_type = "application/json",
                                    .content_length = "2",
                                    .token = "abc",
                                    .port = 8484};

static void our_own_page_is_let_in(void **state) {
    size_t len = 0;
    const struct session session = {.token = "abc"};
    assert_int_equal(guard_host(&fine).status, 0);
    assert_int_equal(guard_method(&fine).status, 0);
    assert_int_equal(guard_site(&fine).status, 0);
    assert_int_equal(guard_body(&fine, 100, &len).status, 0);
    assert_int_equal(len, 2);
    assert_int_equal(guard_session(&fine, &session).status, 0);
}

static void all_names_of_loopback_are_ours(void **state) {
    const char *const names[] = {"127.0.0.1:8484", "localhost:8484", "[::1]:8484"};
    for (size_t i = 0; i < KF_COUNT(names); i++) {
        char origin[40];
        struct guarded request = fine;
        snprintf(origin, sizeof origin, "http://%s", names[i]);
        request.host = names[i];
        request.origin = origin;
        assert_int_equal(guard_host(&request).status, 0);
        assert_int_equal(guard_site(&request).status, 0);
    }
}

static void other_hosts_are_misdirected(void **state) {
    const char *const hosts[] = {NULL,
                                 "",
                                 "evil.example:8484",
                                 "127.0.0.1",
                                 "127.0.0.1:8485",
                                 "127.0.0.1:84840",
                                 "LOCALHOST:8484",
                                 "127.1:8484"};
    for (size_t i = 0; i < KF_COUNT(hosts); i++) {
        struct guarded request = fine;
        request.host = hosts[i];
        assert_int_equal(guard_host(&request).status, 421);
        assert_string_equal(kf_error_next(KF_E_PERMISSION), "Open http://127.0.0.1:8484/ instead.");
    }
    struct guarded twice = fine;
    twice.host_count = 2;
    assert_int_equal(guard_host(&twice).status, 421);
    struct guarded absolute = fine;
    absolute.target = "http://127.0.0.1:8484/";
    assert_int_equal(guard_host(&absolute).status, 421);
}

static void an_origin_by_another_name_of_ours_is_another(void **state) {
    struct guarded request = fine;
    request.origin = "http://localhost:8484";
    assert_int_equal(guard_site(&request).status, 403);
}

static void reading_needs_no_origin_but_refuses_another(void **state) {
    struct guarded request = fine;
    request.method = "GET";
    request.origin = request.content_type = request.fetch_site = NULL;
    assert_int_equal(guard_site(&request).status, 0);
    request.fetch_site = "none"; /* typed, or a bookmark */
    assert_int_equal(guard_site(&request).status, 0);
    request.fetch_site = "same-site"; /* another port of this computer */
    assert_int_equal(guard_site(&request).status, 403);
    request.fetch_site = NULL;
    request.origin = "null";
    assert_int_equal(guard_site(&request).status, 403);
}

static void only_json_is_written(void **state) {
    const struct {
        const char *type;
        int status;
    } types[] = {{"application/json; charset=utf-8", 0},
                 {"Application/JSON", 0},
                 {"application/json5", 415},
                 {"text/plain", 415},
                 {NULL, 415}};
    for (size_t i = 0; i < KF_COUNT(types); i++) {
        struct guarded request = fine;
        request.content_type = types[i].type;
        assert_int_equal(guard_site(&request).status, types[i].status);
    }
}

static void a_body_has_a_sane_length(void **state) {
    const struct {
        const char *length, *encoding;
        int status;
    } bodies[] = {{"100", NULL, 0},       {"101", NULL, 413},   {"99999999999999999999", NULL, 413},
                  {"-1", NULL, 400},      {"", NULL, 400},      {NULL, NULL, 0},
                  {NULL, "chunked", 411}, {"5", "chunked", 411}};
    for (size_t i = 0; i < KF_COUNT(bodies); i++) {
        size_t len = 0;
        struct guarded request = fine;
        request.content_length = bodies[i].length;
        request.transfer_encoding = bodies[i].encoding;
        assert_int_equal(guard_body(&request, 100, &len).status, bodies[i].status);
    }
}

static void writes_need_the_sessions_token(void **state) {
    const struct session session = {.token = "abd"};
    assert_int_equal(guard_session(&fine, NULL).status, 401);
    assert_int_equal(guard_session(&fine, &session).status, 403);
    struct guarded read = fine;
    read.method = "GET";
    assert_int_equal(guard_session(&read, &session).status, 0);
}

static const char *op_of(const char *method, const char *path, json_t **ret_params) {
    const struct route *route = NULL;
    json_decref(*ret_params);
    *ret_params = NULL;
    return match_route(method, path, &route, ret_params) == KF_OK ? route->op : NULL;
}

static void a_route_is_found_with_its_parameters(void **state) {
    KF_AUTO_PTR(json_t) params = NULL;
    assert_string_equal(
        op_of("POST", "/tokens/pkcs11%3Atoken%3DA%2Fb/containers/%D1%84/check", &params),
        "container.check");
    assert_string_equal(json_string_value(json_object_get(params, "token")), "pkcs11:token=A/b");
    assert_string_equal(json_string_value(json_object_get(params, "container")), "\xd1\x84");
    assert_string_equal(op_of("POST", "/tokens/init", &params), "token.init");
    assert_string_equal(op_of("GET", "/tokens/init", &params), "token.show");
}

static void what_is_no_route_is_not_found(void **state) {
    KF_AUTO_PTR(json_t) params = NULL;
    const char *const paths[] = {
        "",       "/",      "//", "/nothing", "/tokens/", "/tokens//test", "/tokens/a/b/c/d/e",
        "tokens", "/Tokens"};
    const struct route *route = NULL;
    for (size_t i = 0; i < KF_COUNT(paths); i++)
        assert_int_equal(match_route("GET", paths[i], &route, &params), KF_E_NOT_FOUND);
    assert_int_equal(match_route("DELETE", "/profiles", &route, &params), KF_E_UNSUPPORTED);
    assert_null(route);
}

static void parameters_are_text(void **state) {
    const char *const wrong[] = {"/requests/%00", "/requests/%",   "/requests/%4",
                                 "/requests/%zz", "/requests/%ff", "/requests/%0a"};
    KF_AUTO_PTR(json_t) params = NULL;
    const struct route *route = NULL;
    for (size_t i = 0; i < KF_COUNT(wrong); i++)
        assert_int_equal(match_route("GET", wrong[i], &route, &params), KF_E_USAGE);
    assert_null(params);
}

static void a_name_is_given_once(void **state) {
    KF_AUTO_PTR(json_t) args = json_pack("{s:s}", "token", "a");
    KF_AUTO_PTR(json_t) same = json_pack("{s:s, s:i}", "token", "a", "n", 1);
    KF_AUTO_PTR(json_t) other = json_pack("{s:s}", "token", "b");
    assert_int_equal(match_merge(args, same), KF_OK);
    assert_int_equal(json_object_size(args), 2);
    assert_int_equal(match_merge(args, other), KF_E_USAGE);
    assert_string_equal(json_string_value(json_object_get(args, "token")), "a");
}

static void routes_with_files_take_more(void **state) {
    size_t large = 0;
    for (size_t i = 0; i < route_count; i++) {
        large += route_body_max(&routes[i]) == 256 * 1024;
        assert_true(route_body_max(&routes[i]) >= 64 * 1024);
    }
    assert_int_equal(large, 9); /* each name in the list is a route */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_own_page_is_let_in),
        cmocka_unit_test(all_names_of_loopback_are_ours),
        cmocka_unit_test(other_hosts_are_misdirected),
        cmocka_unit_test(an_origin_by_another_name_of_ours_is_another),
        cmocka_unit_test(reading_needs_no_origin_but_refuses_another),
        cmocka_unit_test(only_json_is_written),
        cmocka_unit_test(a_body_has_a_sane_length),
        cmocka_unit_test(writes_need_the_sessions_token),
        cmocka_unit_test(a_route_is_found_with_its_parameters),
        cmocka_unit_test(what_is_no_route_is_not_found),
        cmocka_unit_test(parameters_are_text),
        cmocka_unit_test(a_name_is_given_once),
        cmocka_unit_test(routes_with_files_take_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
