// SPDX-License-Identifier: Apache-2.0
// Names of certificates: ids, fingerprints, serial numbers, common names, and hostile ones.
#include "base/text.h"
#include "store_fixture.h"

static const struct recipe anna = {.cn = "Anna", .issuer = "ca", .serial = 0x00a1b2};

static kf_err find(const char *name) {
    return kf_store_get(store, name, NULL, NULL);
}

static void every_kind_of_name_finds_it(void **state) {
    KF_AUTO_PTR(kf_cert) cert = make_cert(&anna);
    char id[24], start[9];
    assert_int_equal(kf_store_put(store, KF_STORE_PERSONAL, cert, NULL, NULL, id), KF_OK);
    snprintf(start, sizeof start, "%s", kf_cert_fingerprint(cert));
    const char *const names[] = {id,    kf_cert_fingerprint(cert), start, "a1b2", "A1:B2", "00A1B2",
                                 "Anna"};
    for (size_t i = 0; i < KF_COUNT(names); i++)
        assert_int_equal(find(names[i]), KF_OK);
}

static void colons_and_capitals_of_a_fingerprint_do_not_matter(void **state) {
    KF_AUTO_PTR(kf_cert) cert = make_cert(&anna);
    KF_AUTO(kf_buf) digest = {0}, shown = {0};
    char id[24];
    assert_int_equal(kf_store_put(store, KF_STORE_PERSONAL, cert, NULL, NULL, id), KF_OK);
    assert_int_equal(kf_unhex(kf_cert_fingerprint(cert), &digest), KF_OK);
    assert_int_equal(kf_hex(&shown, digest.data, digest.len, ':'), KF_OK);
    for (size_t i = 0; i < shown.len; i++)
        shown.data[i] = (uint8_t)(shown.data[i] >= 'a' ? shown.data[i] - 'a' + 'A' : shown.data[i]);
    assert_int_equal(find(kf_buf_str(&shown)), KF_OK);
    shown.data[11] = 0; /* four pairs */
    assert_int_equal(find(kf_buf_str(&shown)), KF_OK);
}

static void less_than_a_name_finds_nothing(void **state) {
    KF_AUTO_PTR(kf_cert) cert = make_cert(&anna);
    char id[24], seven[8];
    assert_int_equal(kf_store_put(store, KF_STORE_PERSONAL, cert, NULL, NULL, id), KF_OK);
    snprintf(seven, sizeof seven, "%s", kf_cert_fingerprint(cert));
    const char *const names[] = {seven,
                                 "Ann",
                                 "anna",
                                 "a1b",
                                 "c-",
                                 "c-2",
                                 "c-01x",
                                 "c--1",
                                 ":",
                                 "%",
                                 "c-99999999999999999999999",
                                 "' OR 1=1 --"};
    for (size_t i = 0; i < KF_COUNT(names); i++)
        assert_int_equal(find(names[i]), KF_E_NOT_FOUND);
    assert_int_equal(find(""), KF_E_USAGE);
    assert_int_equal(find(NULL), KF_E_USAGE);
}

static void an_ambiguous_name_lists_the_ids(void **state) {
    put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "Anna", .issuer = "ca", .serial = 0x10});
    put_made(KF_STORE_OTHER, &(struct recipe){.cn = "Anna", .issuer = "ca", .serial = 0x11});
    put_made(KF_STORE_OTHER, &(struct recipe){.cn = "Bert", .issuer = "ca", .serial = 0x12});
    assert_int_equal(find("Anna"), KF_E_USAGE);
    assert_non_null(strstr(kf_error_sentence(KF_E_USAGE), "c-1 (personal), c-2 (other)"));
    assert_null(strstr(kf_error_sentence(KF_E_USAGE), "c-3"));
    assert_non_null(strstr(kf_error_next(KF_E_USAGE), "c-1"));
    assert_int_equal(kf_store_remove(store, "Anna"), KF_E_USAGE);
    assert_int_equal(find("Bert"), KF_OK);
}

static void a_crowd_of_the_same_name_is_cut_short(void **state) {
    for (long i = 1; i <= 9; i++)
        put_made(KF_STORE_OTHER, &(struct recipe){.cn = "Anna", .issuer = "ca", .serial = i});
    assert_int_equal(find("Anna"), KF_E_USAGE);
    assert_non_null(strstr(kf_error_sentence(KF_E_USAGE), "c-8 (other) and others"));
    assert_null(strstr(kf_error_sentence(KF_E_USAGE), "c-9"));
}

static void a_subject_that_looks_like_an_id_hides_nothing(void **state) {
    put_made(KF_STORE_PERSONAL, &anna);
    put_made(KF_STORE_OTHER, &(struct recipe){.cn = "c-1", .issuer = "ca"});
    assert_string_equal(said("c-1", "subject_text"), "CN=Anna");
}

static void a_subject_that_looks_like_a_fingerprint_hides_nothing(void **state) {
    KF_AUTO_PTR(kf_cert) cert = make_cert(&anna);
    char id[24], start[13];
    snprintf(start, sizeof start, "%s", kf_cert_fingerprint(cert));
    assert_int_equal(kf_store_put(store, KF_STORE_PERSONAL, cert, NULL, NULL, id), KF_OK);
    put_made(KF_STORE_OTHER, &(struct recipe){.cn = kf_cert_fingerprint(cert), .issuer = "ca"});
    put_made(KF_STORE_OTHER, &(struct recipe){.cn = start, .issuer = "ca"});
    assert_string_equal(said(kf_cert_fingerprint(cert), "id"), id);
    assert_int_equal(find(start), KF_E_USAGE);
}

static void hostile_subjects_are_kept_and_shown_escaped(void **state) {
    static const char *const names[] = {"\x1b[2Jboo",
                                        "x'); DROP TABLE certificates; --",
                                        "a\nb",
                                        "\xe2\x80\xae"
                                        "drawkcab",
                                        "%s%n",
                                        "\"},{\""};
    for (size_t i = 0; i < KF_COUNT(names); i++) {
        const char *id = put_made(KF_STORE_OTHER, &(struct recipe){.cn = names[i], .issuer = "ca"});
        const char *shown = said(id, "subject_text");
        for (const char *at = shown; *at; at++)
            assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
        assert_null(strstr(shown, "\xe2\x80\xae"));
    }
    assert_int_equal(count_of(KF_STORE_OTHER), KF_COUNT(names));
}

static void an_escaped_common_name_is_found_as_it_is_shown(void **state) {
    const char *id = put_made(KF_STORE_OTHER, &(struct recipe){.cn = "a\nb", .issuer = "ca"});
    assert_string_equal(said("a\\x0ab", "id"), id);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        IN_STORE(every_kind_of_name_finds_it),
        IN_STORE(colons_and_capitals_of_a_fingerprint_do_not_matter),
        IN_STORE(less_than_a_name_finds_nothing),
        IN_STORE(an_ambiguous_name_lists_the_ids),
        IN_STORE(a_crowd_of_the_same_name_is_cut_short),
        IN_STORE(a_subject_that_looks_like_an_id_hides_nothing),
        IN_STORE(a_subject_that_looks_like_a_fingerprint_hides_nothing),
        IN_STORE(hostile_subjects_are_kept_and_shown_escaped),
        IN_STORE(an_escaped_common_name_is_found_as_it_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
