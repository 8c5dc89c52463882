// SPDX-License-Identifier: Apache-2.0
// Chains to a trusted root from what is in the store.
#include "store_fixture.h"

static EVP_PKEY *sub_key; /* of the intermediate */

static int open_with_ca(void **state) {
    if (open_store(state) != 0 || !(sub_key = EVP_EC_gen("P-256")))
        return -1;
    KF_AUTO_PTR(kf_cert) root = make_cert(&(struct recipe){.cn = "Root", .ca = true});
    return kf_store_accept_root(store, root, kf_cert_fingerprint(root)) == KF_OK ? 0 : -1;
}

static int close_with_ca(void **state) {
    EVP_PKEY_free(sub_key);
    return close_store(state);
}

static struct recipe sub_recipe(void) {
    return (struct recipe){.cn = "Sub", .issuer = "Root", .ca = true, .key = sub_key, .serial = 7};
}

static kf_cert *make_leaf(void) {
    return make_cert(&(struct recipe){.cn = "anna", .issuer = "Sub", .signer = sub_key});
}

/* The outcome for `leaf`; its report becomes "true/false REASON: subjects". */
static kf_err verify(kf_cert *leaf, char report[static 512]) {
    KF_AUTO_PTR(json_t) json = NULL;
    kf_err err = kf_store_verify(store, leaf, &json);
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json, "schema")), "keyfob.chain/1");
    const char *reason = json_string_value(json_object_get(json, "reason"));
    int used = snprintf(report, 512, "%d %s:", json_is_true(json_object_get(json, "trusted")),
                        reason ? reason : "");
    size_t i;
    const json_t *part;
    json_array_foreach(json_object_get(json, "chain"), i, part) {
        assert_int_equal(strlen(json_string_value(json_object_get(part, "fingerprint_sha256"))),
                         64);
        assert_int_equal(strlen(json_string_value(json_object_get(part, "not_after"))), 20);
        used += snprintf(report + used, (size_t)(512 - used), " %s",
                         json_string_value(json_object_get(part, "subject_text")));
    }
    return err;
}

static void intermediates_lead_to_the_root(void **state) {
    KF_AUTO_PTR(kf_cert) leaf = make_leaf();
    struct recipe sub = sub_recipe();
    char report[512];
    put_made(KF_STORE_INTERMEDIATE, &sub);
    assert_int_equal(verify(leaf, report), KF_OK);
    assert_string_equal(report, "1 : CN=anna CN=Sub CN=Root");
}

static void other_peoples_ca_certificates_help_as_well(void **state) {
    KF_AUTO_PTR(kf_cert) leaf = make_leaf();
    struct recipe sub = sub_recipe();
    char report[512];
    put_made(KF_STORE_OTHER, &sub);
    assert_int_equal(verify(leaf, report), KF_OK);
}

static void a_missing_intermediate_is_untrusted_with_a_report(void **state) {
    KF_AUTO_PTR(kf_cert) leaf = make_leaf();
    char report[512];
    assert_int_equal(verify(leaf, report), KF_E_UNTRUSTED);
    assert_int_equal(report[0], '0');
    assert_non_null(strstr(report, kf_error_sentence(KF_E_UNTRUSTED)));
    assert_non_null(strstr(report, ": CN=anna"));
    assert_non_null(strstr(kf_error_next(KF_E_UNTRUSTED), "keyfob store add"));
}

static void without_the_root_the_known_issuers_are_shown(void **state) {
    KF_AUTO_PTR(kf_cert) leaf = make_leaf();
    struct recipe sub = sub_recipe();
    char report[512];
    put_made(KF_STORE_INTERMEDIATE, &sub);
    assert_int_equal(kf_store_remove(store, "Root"), KF_OK);
    assert_int_equal(verify(leaf, report), KF_E_UNTRUSTED);
    assert_non_null(strstr(report, ": CN=anna CN=Sub"));
}

static void an_intermediate_is_no_root(void **state) {
    KF_AUTO_PTR(kf_cert)
    rogue =
        make_cert(&(struct recipe){.cn = "Rogue", .ca = true, .key = sub_key, .signer = sub_key});
    KF_AUTO_PTR(kf_cert)
    leaf = make_cert(&(struct recipe){.cn = "anna", .issuer = "Rogue", .signer = sub_key});
    char id[24], report[512];
    assert_int_equal(kf_store_put(store, KF_STORE_INTERMEDIATE, rogue, NULL, NULL, id), KF_OK);
    assert_int_equal(kf_store_put(store, KF_STORE_OTHER, rogue, NULL, NULL, id), KF_OK);
    assert_int_equal(kf_store_put(store, KF_STORE_PERSONAL, leaf, NULL, NULL, id), KF_OK);
    assert_int_equal(verify(leaf, report), KF_E_UNTRUSTED);
}

static void the_same_name_with_another_key_does_not_help(void **state) {
    KF_AUTO_PTR(kf_cert)
    leaf =
        make_cert(&(struct recipe){.cn = "anna", .issuer = "Root", .signer = sub_key, .serial = 3});
    char report[512];
    assert_int_equal(verify(leaf, report), KF_E_UNTRUSTED);
}

static void a_crowd_of_namesakes_does_not_push_the_issuer_out(void **state) {
    KF_AUTO_PTR(kf_cert) leaf = make_leaf();
    struct recipe sub = sub_recipe();
    char report[512];
    sub.key = leaf_key;
    for (sub.serial = 100; sub.serial < 130; sub.serial++)
        put_made(KF_STORE_INTERMEDIATE, &sub);
    sub = sub_recipe();
    put_made(KF_STORE_INTERMEDIATE, &sub);
    assert_int_equal(verify(leaf, report), KF_OK);
    assert_string_equal(report, "1 : CN=anna CN=Sub CN=Root");
}

static void issuers_that_issue_each_other_end(void **state) {
    KF_AUTO_PTR(kf_cert) leaf = make_leaf();
    struct recipe sub = {
        .cn = "Sub", .issuer = "Over", .ca = true, .key = sub_key, .signer = leaf_key};
    struct recipe over = {
        .cn = "Over", .issuer = "Sub", .ca = true, .key = leaf_key, .signer = sub_key};
    char report[512];
    put_made(KF_STORE_INTERMEDIATE, &sub);
    put_made(KF_STORE_INTERMEDIATE, &over);
    assert_int_equal(verify(leaf, report), KF_E_UNTRUSTED);
    assert_non_null(strstr(report, ": CN=anna CN=Sub CN=Over"));
}

static void an_expired_certificate_is_untrusted(void **state) {
    KF_AUTO_PTR(kf_cert) leaf = make_leaf();
    struct recipe sub = sub_recipe();
    char report[512];
    put_made(KF_STORE_INTERMEDIATE, &sub);
    store_now = NOW + 181 * DAY;
    assert_int_equal(verify(leaf, report), KF_E_UNTRUSTED);
    assert_non_null(strstr(report, "expired"));
}

static void a_root_leads_to_itself(void **state) {
    KF_AUTO_PTR(kf_cert) root = NULL;
    char report[512];
    assert_int_equal(kf_store_get(store, "Root", &root, NULL), KF_OK);
    assert_int_equal(verify(root, report), KF_OK);
    assert_string_equal(report, "1 : CN=Root");
}

#define WITH_CA(test) cmocka_unit_test_setup_teardown(test, open_with_ca, close_with_ca)

int main(void) {
    static const struct CMUnitTest tests[] = {
        WITH_CA(intermediates_lead_to_the_root),
        WITH_CA(other_peoples_ca_certificates_help_as_well),
        WITH_CA(a_missing_intermediate_is_untrusted_with_a_report),
        WITH_CA(without_the_root_the_known_issuers_are_shown),
        WITH_CA(an_intermediate_is_no_root),
        WITH_CA(the_same_name_with_another_key_does_not_help),
        WITH_CA(a_crowd_of_namesakes_does_not_push_the_issuer_out),
        WITH_CA(issuers_that_issue_each_other_end),
        WITH_CA(an_expired_certificate_is_untrusted),
        WITH_CA(a_root_leads_to_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
