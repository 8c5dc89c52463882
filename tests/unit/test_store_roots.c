// SPDX-License-Identifier: Apache-2.0
// Trusted roots: only with the fingerprint that was compared.
#include "base/text.h"
#include "store_fixture.h"

static const struct recipe root = {.cn = "Root", .ca = true};

static void the_compared_fingerprint_makes_a_root(void **state) {
    KF_AUTO_PTR(kf_cert) cert = make_cert(&root);
    KF_AUTO(kf_certs) roots = {0};
    assert_int_equal(kf_store_accept_root(store, cert, kf_cert_fingerprint(cert)), KF_OK);
    assert_int_equal(kf_store_accept_root(store, cert, kf_cert_fingerprint(cert)), KF_OK);
    assert_int_equal(kf_store_roots(store, &roots), KF_OK);
    assert_int_equal(roots.count, 1);
    assert_true(kf_cert_equal(roots.items[0], cert));
    assert_string_equal(said("Root", "store"), "root");
}

static void a_fingerprint_may_have_colons_and_capitals(void **state) {
    KF_AUTO_PTR(kf_cert) cert = make_cert(&root);
    char text[32 * 3] = "";
    const char *hex = kf_cert_fingerprint(cert);
    for (size_t i = 0; i < 64; i += 2)
        snprintf(text + i / 2 * 3, 4, i < 62 ? "%c%c:" : "%c%c", hex[i], hex[i + 1]);
    for (char *at = text; *at; at++)
        *at = (char)(*at >= 'a' ? *at - 'a' + 'A' : *at);
    assert_int_equal(kf_store_accept_root(store, cert, text), KF_OK);
}

static void another_fingerprint_is_refused_without_telling_the_right_one(void **state) {
    KF_AUTO_PTR(kf_cert) cert = make_cert(&root);
    char other[65];
    snprintf(other, sizeof other, "%s", kf_cert_fingerprint(cert));
    other[63] = other[63] == '0' ? '1' : '0';
    assert_int_equal(kf_store_accept_root(store, cert, other), KF_E_UNTRUSTED);
    assert_null(strstr(kf_error_sentence(KF_E_UNTRUSTED), kf_cert_fingerprint(cert)));
    assert_non_null(strstr(kf_error_sentence(KF_E_UNTRUSTED), "CN=Root"));
    assert_int_equal(count_of(KF_STORE_ROOT), 0);
}

static void less_than_a_fingerprint_is_refused(void **state) {
    KF_AUTO_PTR(kf_cert) cert = make_cert(&root);
    char part[63], longer[67];
    snprintf(part, sizeof part, "%s", kf_cert_fingerprint(cert));
    snprintf(longer, sizeof longer, "%s00", kf_cert_fingerprint(cert));
    const char *const given[] = {part, longer, "", "yes", NULL};
    for (size_t i = 0; i < KF_COUNT(given); i++)
        assert_int_equal(kf_store_accept_root(store, cert, given[i]), KF_E_INPUT);
    assert_int_equal(count_of(KF_STORE_ROOT), 0);
}

static void what_is_no_ca_is_no_root(void **state) {
    KF_AUTO_PTR(kf_cert) cert = make_cert(&(struct recipe){.cn = "Server", .key = ca_key});
    assert_int_equal(kf_store_accept_root(store, cert, kf_cert_fingerprint(cert)), KF_E_INPUT);
    assert_non_null(strstr(kf_error_sentence(KF_E_INPUT), "not a CA certificate"));
    assert_int_equal(count_of(KF_STORE_ROOT), 0);
}

static void a_root_does_not_come_in_by_the_other_door(void **state) {
    KF_AUTO_PTR(kf_cert) cert = make_cert(&root);
    char id[24] = "untouched";
    assert_int_equal(kf_store_put(store, KF_STORE_ROOT, cert, NULL, NULL, id), KF_E_POLICY);
    assert_string_equal(id, "untouched");
    assert_int_equal(count_of(KF_STORE_ROOT), 0);
}

static void there_may_be_more_roots_than_a_ca_may_send(void **state) {
    KF_AUTO(kf_certs) roots = {0};
    for (long i = 1; i <= KF_CERT_COUNT_MAX + 4; i++) {
        struct recipe recipe = {.cn = "Root", .ca = true, .serial = i};
        KF_AUTO_PTR(kf_cert) cert = make_cert(&recipe);
        assert_int_equal(kf_store_accept_root(store, cert, kf_cert_fingerprint(cert)), KF_OK);
    }
    assert_int_equal(kf_store_roots(store, &roots), KF_OK);
    assert_int_equal(roots.count, KF_CERT_COUNT_MAX + 4);
}

static void a_removed_root_is_trusted_no_more(void **state) {
    KF_AUTO_PTR(kf_cert) cert = make_cert(&root);
    KF_AUTO(kf_certs) roots = {0};
    assert_int_equal(kf_store_accept_root(store, cert, kf_cert_fingerprint(cert)), KF_OK);
    assert_int_equal(kf_store_remove(store, kf_cert_fingerprint(cert)), KF_OK);
    assert_int_equal(kf_store_roots(store, &roots), KF_OK);
    assert_int_equal(roots.count, 0);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        IN_STORE(the_compared_fingerprint_makes_a_root),
        IN_STORE(a_fingerprint_may_have_colons_and_capitals),
        IN_STORE(another_fingerprint_is_refused_without_telling_the_right_one),
        IN_STORE(less_than_a_fingerprint_is_refused),
        IN_STORE(what_is_no_ca_is_no_root),
        IN_STORE(a_root_does_not_come_in_by_the_other_door),
        IN_STORE(there_may_be_more_roots_than_a_ca_may_send),
        IN_STORE(a_removed_root_is_trusted_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
