// SPDX-License-Identifier: Apache-2.0
// The lint of requests: what it says of each kind of trouble, and that a good request is clean.
#include "csr_fixture.h"

#include "x509/extension.h"
#include "x509/extensions.h"

#define CLIENT                                                                                     \
    "[profile]\nkeys = p256 rsa2048 ed25519\n[usage]\nkey_usage = digitalSignature\nextended = "   \
    "clientAuth\n"

/* Is there a line of this level that holds the words? */
static bool says(const kf_csr *csr, const kf_profile *profile, const char *level,
                 const char *words) {
    KF_AUTO_PTR(json_t) json = NULL;
    int worst = -1;
    bool found = false;
    assert_int_equal(kf_csr_lint(csr, profile, &json, &worst), KF_OK);
    assert_string_equal(json_string_value(json_object_get(json, "schema")), "keyfob.lint/1");
    const json_t *items = json_object_get(json, "items");
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        found |= strcmp(json_string_value(json_object_get(item, "level")), level) == 0 &&
                 strstr(json_string_value(json_object_get(item, "text")), words);
    }
    return found;
}

static void assert_says(const kf_csr *csr, const char *level, const char *words) {
    if (!says(csr, NULL, level, words))
        fail_msg("no %s with \"%s\"", level, words);
}

static int worst_of(const kf_csr *csr, const kf_profile *profile) {
    KF_AUTO_PTR(json_t) json = NULL;
    int worst = -1;
    assert_int_equal(kf_csr_lint(csr, profile, &json, &worst), KF_OK);
    return worst;
}

static kf_csr *build(const char *profile_text, const char *key, const char *subject,
                     const char *san) {
    KF_AUTO_PTR(kf_profile) profile = profile_text ? test_profile(profile_text) : NULL;
    struct kf_san parsed = {0};
    if (san)
        assert_int_equal(kf_san_parse(san, &parsed), KF_OK);
    const struct kf_csr_spec spec = {
        .subject = subject, .profile = profile, .sans = &parsed, .san_count = san != NULL};
    return test_build(&spec, key);
}

static void a_good_request_is_clean(void **state) {
    KF_AUTO_PTR(kf_profile) profile = test_profile(CLIENT);
    KF_AUTO_PTR(kf_csr) csr = build(CLIENT, "p256", "CN=Anna", "email:anna@example.org");
    assert_int_equal(worst_of(csr, NULL), 0);
    assert_int_equal(worst_of(csr, profile), 0);
}

static void add_extension(X509_REQ *req, int nid, const char *text) {
    X509_EXTENSIONS *list = NULL;
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, text);
    assert_non_null(X509v3_add_ext(&list, extension, -1));
    assert_int_equal(X509_REQ_add_extensions(req, list), 1);
    X509_EXTENSION_free(extension);
    kf_extensions_free(list);
}

static void ask_for_ca(X509_REQ *req) {
    add_extension(req, NID_basic_constraints, "critical,CA:TRUE");
}

static void ask_for_no_ca(X509_REQ *req) {
    add_extension(req, NID_basic_constraints, "CA:FALSE");
}

static void ask_for_cert_sign(X509_REQ *req) {
    add_extension(req, NID_key_usage, "critical,keyCertSign");
}

static void wishes_of_a_ca_are_found(void **state) {
    KF_AUTO_PTR(kf_csr) ca = test_odd("CN=Anna", "p256", EVP_sha256(), ask_for_ca);
    KF_AUTO_PTR(kf_csr) none = test_odd("CN=Anna", "p256", EVP_sha256(), ask_for_no_ca);
    KF_AUTO_PTR(kf_csr) sign = test_odd("CN=Anna", "p256", EVP_sha256(), ask_for_cert_sign);
    assert_says(ca, "error", "CA:TRUE");
    assert_says(none, "warning", "basicConstraints");
    assert_says(sign, "error", "keyCertSign");
    assert_int_equal(worst_of(ca, NULL), 3);
}

static void a_ca_profile_may_ask_for_a_ca(void **state) {
    static const char text[] =
        "[profile]\nkeys = p256\nca = yes\n[usage]\nkey_usage = keyCertSign cRLSign\n";
    KF_AUTO_PTR(kf_profile) profile = test_profile(text);
    KF_AUTO_PTR(kf_csr) csr = build(text, "p256", "CN=Our root", NULL);
    assert_int_equal(worst_of(csr, profile), 0);
    assert_int_equal(worst_of(csr, NULL), 3);
}

static void weak_keys_and_hashes_are_errors(void **state) {
    KF_AUTO_PTR(kf_csr) small = test_odd("CN=Anna", "rsa1024", EVP_sha256(), NULL);
    KF_AUTO_PTR(kf_csr) old = test_odd("CN=Anna", "rsa2048", EVP_sha1(), NULL);
    KF_AUTO_PTR(kf_csr) rare = test_odd("CN=Anna", "secp256k1", EVP_sha256(), NULL);
    KF_AUTO_PTR(kf_csr) young = build(NULL, "ed25519", "CN=Anna", NULL);
    assert_says(small, "error", "1024 bits");
    assert_says(old, "error", "SHA1");
    assert_says(rare, "warning", "secp256k1");
    assert_says(young, "note", "Ed25519");
}

static void the_hash_of_rsa_pss_is_looked_at(void **state) {
    const struct kf_csr_spec spec = {.subject = "CN=Anna", .rsa_pss = true};
    KF_AUTO_PTR(kf_csr) csr = test_build(&spec, "rsa2048");
    assert_false(says(csr, NULL, "error", "signed with"));
}

static void missing_names_are_found(void **state) {
    KF_AUTO_PTR(kf_csr) nobody = test_odd("", "p256", EVP_sha256(), NULL);
    KF_AUTO_PTR(kf_csr) nameless = build(NULL, "p256", "O=Example", NULL);
    KF_AUTO_PTR(kf_csr) old_mail = build(NULL, "p256", "CN=Anna,emailAddress=a@b.org", NULL);
    assert_says(nobody, "error", "neither a subject");
    assert_says(nameless, "warning", "common name");
    assert_says(old_mail, "warning", "in the subject");
    assert_says(nameless, "note", "no extensions");
}

static void bad_mailbox(X509_REQ *req) {
    add_extension(req, NID_subject_alt_name, "email:anna,DNS:a_b.org,IP:192.0.2.1");
}

static void bad_upn(X509_REQ *req) {
    add_extension(req, NID_subject_alt_name, "otherName:1.3.6.1.4.1.311.20.2.3;IA5:anna@b");
}

static void no_names_at_all(X509_REQ *req) {
    add_extension(req, NID_subject_alt_name, "DER:0102");
}

static void malformed_names_are_errors(void **state) {
    KF_AUTO_PTR(kf_csr) mail = test_odd("CN=Anna", "p256", EVP_sha256(), bad_mailbox);
    KF_AUTO_PTR(kf_csr) upn = test_odd("CN=Anna", "p256", EVP_sha256(), bad_upn);
    KF_AUTO_PTR(kf_csr) damaged = test_odd("CN=Anna", "p256", EVP_sha256(), no_names_at_all);
    assert_says(mail, "error", "\"email:anna\" is malformed");
    assert_says(mail, "error", "\"dns:a_b.org\" is malformed");
    assert_false(says(mail, NULL, "error", "192.0.2.1"));
    assert_says(upn, "error", "is malformed");
    assert_says(damaged, "error", "alternative names are damaged");
}

static void names_must_fit_the_purpose(void **state) {
    KF_AUTO_PTR(kf_csr)
    mail = build("[profile]\nkeys = p256\n[usage]\nextended = emailProtection\n", "p256", "CN=A",
                 NULL);
    KF_AUTO_PTR(kf_csr) wildcard = build(CLIENT, "p256", "CN=A", "dns:*.example.org");
    KF_AUTO_PTR(kf_csr) upn = build(CLIENT, "p256", "CN=A", "upn:a@b");
    KF_AUTO_PTR(kf_csr)
    server = build("[profile]\nkeys = p256\n[usage]\nextended = serverAuth clientAuth\n", "p256",
                   "CN=A", NULL);
    assert_says(mail, "warning", "no e-mail address");
    assert_says(wildcard, "warning", "wildcard");
    assert_says(upn, "warning", "smart card sign-in");
    assert_says(server, "warning", "for a server");
    assert_says(server, "warning", "no clientAuth");
}

static void one_key_for_two_purposes_is_a_warning(void **state) {
    static const char dual[] =
        "[profile]\nkeys = rsa2048 p256\n[usage]\nkey_usage = digitalSignature keyEncipherment\n";
    KF_AUTO_PTR(kf_csr) rsa = build(dual, "rsa2048", "CN=A", NULL);
    KF_AUTO_PTR(kf_csr) ec = build(dual, "p256", "CN=A", NULL);
    assert_says(rsa, "warning", "signing and for decrypting");
    assert_says(ec, "warning", "mean nothing");
}

static void what_only_windows_reads_is_named(void **state) {
    KF_AUTO_PTR(kf_csr) sid = build(NULL, "p256", "CN=A", "sid:" TEST_SID);
    KF_AUTO_PTR(kf_csr)
    tag = build(NULL, "p256", "CN=A", "uri:tag:microsoft.com,2022-09-14:sid:" TEST_SID);
    const struct kf_csr_spec spec = {
        .subject = "CN=A", .template_name = "User", .challenge = "secret"};
    KF_AUTO_PTR(kf_csr) template = test_build(&spec, "p256");
    assert_says(sid, "warning", "SID");
    assert_says(tag, "warning", "SID");
    assert_says(template, "note", "template");
    assert_says(template, "note", "challenge password");
}

static void ask_for_policies(X509_REQ *req) {
    add_extension(req, NID_certificate_policies, "DER:3000");
}

static void unusual_extensions_are_named(void **state) {
    KF_AUTO_PTR(kf_csr) csr = test_odd("CN=Anna", "p256", EVP_sha256(), ask_for_policies);
    assert_says(csr, "warning", "2.5.29.32");
}

static void differences_from_the_profile_are_named(void **state) {
    KF_AUTO_PTR(kf_profile)
    profile = test_profile("[profile]\nkeys = p384\n[usage]\nkey_usage = nonRepudiation\n"
                           "extended = emailProtection\n");
    KF_AUTO_PTR(kf_csr) csr = build(CLIENT, "p256", "CN=Anna", NULL);
    assert_true(says(csr, profile, "warning", "does not allow the key P-256"));
    assert_true(says(csr, profile, "warning", "clientAuth, which the profile \"x\" does not give"));
    assert_true(says(csr, profile, "note", "emailProtection, which the profile \"x\" gives"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_request_is_clean),
        cmocka_unit_test(wishes_of_a_ca_are_found),
        cmocka_unit_test(a_ca_profile_may_ask_for_a_ca),
        cmocka_unit_test(weak_keys_and_hashes_are_errors),
        cmocka_unit_test(the_hash_of_rsa_pss_is_looked_at),
        cmocka_unit_test(missing_names_are_found),
        cmocka_unit_test(malformed_names_are_errors),
        cmocka_unit_test(names_must_fit_the_purpose),
        cmocka_unit_test(one_key_for_two_purposes_is_a_warning),
        cmocka_unit_test(what_only_windows_reads_is_named),
        cmocka_unit_test(unusual_extensions_are_named),
        cmocka_unit_test(differences_from_the_profile_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
