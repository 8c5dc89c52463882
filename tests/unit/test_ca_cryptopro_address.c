// SPDX-License-Identifier: Apache-2.0
// CryptoPro UC 2.0: the forms in which people are given the address.
#include "unit/ca_fixture.h"

#include "ca/cryptopro/address.h"

#define ID "b1ca4992-d7cd-4f7e-b56e-a81e00db58ee"

static void assert_address(const char *text, const char *origin, const char *root, const char *base,
                           const char *root2) {
    kf_cp_address address = {0};
    OK(kf_cp_address_parse(text, &address));
    assert_string_equal(address.origin, origin);
    assert_string_equal(address.root, root);
    assert_string_equal(address.base, base);
    assert_string_equal(address.root2, root2);
}

static void every_form_with_a_folder_is_the_same_service(void **state) {
    static const char *const forms[] = {
        "https://ca.example.ru/ui/" ID,
        "https://ca.example.ru/ui/" ID "/",
        "https://ca.example.ru/ui/api/" ID,
        "https://ca.example.ru/ui/api/" ID "//",
        "https://ca.example.ru/ui/2/api/" ID,
        "https://ca.example.ru/ui/{" ID "}",
        "ca.example.ru/ui/api/" ID,
        "  HTTPS://CA.Example.RU/UI/API/B1CA4992-D7CD-4F7E-B56E-A81E00DB58EE \n",
    };
    for (size_t i = 0; i < KF_COUNT(forms); i++)
        assert_address(forms[i], "https://ca.example.ru", "/ui/api", "/ui/api/" ID, "/ui/2/api");
}

static void without_a_folder_the_base_is_the_root(void **state) {
    static const char *const forms[] = {"https://ca.example.ru/ui", "https://ca.example.ru/ui/",
                                        "ca.example.ru/ui/api", "ca.example.ru/ui/api/",
                                        "ca.example.ru/ui/2/api"};
    for (size_t i = 0; i < KF_COUNT(forms); i++)
        assert_address(forms[i], "https://ca.example.ru", "/ui/api", "/ui/api", "/ui/2/api");
}

static void ports_and_the_sites_own_path_stay(void **state) {
    assert_address("ca.example.ru:8443/ui", "https://ca.example.ru:8443", "/ui/api", "/ui/api",
                   "/ui/2/api");
    assert_address("http://127.0.0.1:8080/Pki/ui/" ID, "http://127.0.0.1:8080", "/Pki/ui/api",
                   "/Pki/ui/api/" ID, "/Pki/ui/2/api");
    assert_address("https://[::1]:8443/ui", "https://[::1]:8443", "/ui/api", "/ui/api",
                   "/ui/2/api");
}

static void what_is_no_address_is_refused_with_the_reason(void **state) {
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "no host"},
        {"https:///ui", "no host"},
        {"ftp://ca.example.ru/ui", "does not begin with"},
        {"https://ca.example.ru", "no \"/ui\""},
        {"https://ca.example.ru/api/ra", "no \"/ui\""},
        {"https://ca.example.ru/" ID, "no \"/ui\""},
        {"https://ca.example.ru/ui/api/department", "id of a folder"},
        {"https://ca.example.ru/ui/api/" ID "0", "id of a folder"},
        {"https://ca.example.ru/ui/api/{" ID, "id of a folder"},
        {"https://ca.example.ru/ui/api/b1ca4992+d7cd-4f7e-b56e-a81e00db58ee", "id of a folder"},
        {"https://ca.example.ru/ui/api/" ID "/userattr", "goes on"},
        {"https://ca.example.ru/ui/?x=1", "more than a path"},
        {"https://ca.example.ru/ui#top", "more than a path"},
        {"https://me:secret@ca.example.ru/ui", "connection login"},
        {"https://ca.example.ru/../ui", "dots"},
        {"https://ca.example.ru/a b/ui", "characters"},
        {"https://ca.example.ru/%2e%2e/ui", "characters"},
    };
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        kf_cp_address address = {0};
        assert_says(kf_cp_address_parse(cases[i].text, &address), KF_E_USAGE, cases[i].why);
        assert_non_null(strstr(kf_error_next(KF_E_USAGE), "https://HOST/ui/api/FOLDER"));
        assert_string_equal(address.origin, "");
    }
    assert_int_equal(kf_cp_address_parse(NULL, &(kf_cp_address){0}), KF_E_USAGE);
}

static void what_is_too_long_is_refused(void **state) {
    KF_AUTO(kf_buf) text = {0};
    kf_cp_address address = {0};
    OK(kf_buf_add_str(&text, "https://"));
    for (size_t i = 0; i < 400; i++)
        OK(kf_buf_add_str(&text, "a"));
    OK(kf_buf_add_str(&text, "/ui"));
    assert_says(kf_cp_address_parse(kf_buf_str(&text), &address), KF_E_USAGE, "too long");
    memcpy(text.data + 8, "h/", 2);
    assert_says(kf_cp_address_parse(kf_buf_str(&text), &address), KF_E_USAGE, "too long");
    assert_says(kf_cp_address_parse("h/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/ui", &address), KF_E_USAGE,
                "too many");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_with_a_folder_is_the_same_service),
        cmocka_unit_test(without_a_folder_the_base_is_the_root),
        cmocka_unit_test(ports_and_the_sites_own_path_stay),
        cmocka_unit_test(what_is_no_address_is_refused_with_the_reason),
        cmocka_unit_test(what_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
