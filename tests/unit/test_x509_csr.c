// SPDX-License-Identifier: Apache-2.0
// Requests: built, signed, verified, written and read again; and the files that are none.
#include "csr_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "x509/extension.h"
#include "x509/extensions.h"

static const char logon_profile[] =
    "[profile]\nkeys = p256 rsa2048\n[usage]\nkey_usage = digitalSignature\n"
    "key_usage_rsa = keyEncipherment\nextended = clientAuth smartcardLogon\n"
    "[names]\nsid = optional\n[template]\nname = User\n";

static const struct kf_csr_spec plain = {.subject = "CN=Фёдоров Фёдор,O=Example,C=RU"};

/* What `openssl req` says about a request, as one text. */
static void ask_openssl(const kf_csr *csr, const char *options, kf_buf *ret_text) {
    const char *tmp = getenv("TMPDIR");
    KF_AUTO_FREE char *path = kf_str("%s/keyfob-csr-XXXXXX", tmp ? tmp : "/tmp");
    uint8_t *pem = NULL;
    size_t len = 0;
    assert_int_equal(kf_csr_export(csr, KF_CSR_PEM, &pem, &len), KF_OK);
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, pem, len) == (ssize_t)len && close(fd) == 0);
    free(pem);
    KF_AUTO_FREE char *command = kf_str("openssl req -in %s -noout %s 2>&1", path, options);
    FILE *pipe = popen(command, "r");
    char line[512];
    while (pipe && fgets(line, sizeof line, pipe))
        assert_int_equal(kf_buf_add_str(ret_text, line), KF_OK);
    assert_true(pipe && pclose(pipe) == 0);
    unlink(path);
}

static void assert_holds(const kf_buf *text, const char *word) {
    if (!strstr(kf_buf_str(text), word))
        fail_msg("\"%s\" is not in: %s", word, kf_buf_str(text));
}

static void assert_signed(const char *key, const char *hash, bool pss, const char *algorithm) {
    struct kf_csr_spec spec = plain;
    spec.hash = hash;
    spec.rsa_pss = pss;
    KF_AUTO_PTR(kf_csr) csr = test_build(&spec, key);
    KF_AUTO(kf_buf) text = {0};
    ask_openssl(csr, "-verify -text", &text);
    assert_holds(&text, "verify OK");
    assert_holds(&text, algorithm);
    assert_holds(&text, "Version: 1 (0x0)");
}

static void openssl_verifies_every_kind_of_signature(void **state) {
    assert_signed("p256", NULL, false, "ecdsa-with-SHA256");
    assert_signed("p384", "sha384", false, "ecdsa-with-SHA384");
    assert_signed("ed25519", "sha256", false, "ED25519");
    assert_signed("rsa2048", "sha512", false, "sha512WithRSAEncryption");
    assert_signed("rsa2048", "sha384", true, "Salt Length: 0x30");
    assert_signed("rsa2048", NULL, true, "Salt Length: 0x20");
}

static void everything_that_was_asked_for_is_in_it(void **state) {
    KF_AUTO_PTR(kf_profile) profile = test_profile(logon_profile);
    const struct kf_san sans[] = {{KF_SAN_UPN, "anna@corp.example"},
                                  {KF_SAN_EMAIL, "anna@example.org"},
                                  {KF_SAN_KERBEROS, "anna@CORP.EXAMPLE"},
                                  {KF_SAN_SID, TEST_SID}};
    const struct kf_csr_spec spec = {.subject = "CN=Anna",
                                     .sans = sans,
                                     .san_count = 4,
                                     .profile = profile,
                                     .template_oid = "1.3.6.1.4.1.311.21.8.1:100:3",
                                     .challenge = "geheim"};
    KF_AUTO_PTR(kf_csr) csr = test_build(&spec, "rsa2048");
    KF_AUTO(kf_buf) text = {0};
    ask_openssl(csr, "-text", &text);
    assert_holds(
        &text,
        "X509v3 Key Usage: critical\n                    Digital Signature, Key Encipherment\n");
    assert_holds(&text, "TLS Web Client Authentication, Microsoft Smartcard Login");
    assert_holds(&text, "othername: UPN::anna@corp.example, email:anna@example.org, othername:");
    assert_holds(&text, "1.3.6.1.4.1.311.25.2:");
    assert_holds(&text, "challengePassword");
    assert_null(strstr(kf_buf_str(&text), "Basic Constraints"));
}

static void the_document_has_the_same(void **state) {
    KF_AUTO_PTR(kf_profile) profile = test_profile(logon_profile);
    KF_AUTO_PTR(json_t) json = NULL;
    const struct kf_san sans[] = {{KF_SAN_UPN, "anna@corp.example"}, {KF_SAN_SID, TEST_SID}};
    const struct kf_csr_spec spec = {.subject = "CN=Anna",
                                     .sans = sans,
                                     .san_count = 2,
                                     .profile = profile,
                                     .template_oid = "1.2.3:100:3",
                                     .challenge = "geheim"};
    KF_AUTO_PTR(kf_csr) csr = test_build(&spec, "p256");
    assert_int_equal(kf_csr_json(csr, &json), KF_OK);
    KF_AUTO_FREE char *text = json_dumps(json, JSON_COMPACT);
    const kf_buf shown = {.data = (uint8_t *)text, .len = strlen(text)};
    assert_holds(&shown, "\"schema\":\"keyfob.csr/1\"");
    assert_holds(&shown, "\"subject_text\":\"CN=Anna\"");
    assert_holds(&shown, "\"key\":{\"type\":\"p256\",\"title\":\"P-256\",\"bits\":256}");
    assert_holds(&shown, "\"signature_algorithm\":\"ecdsa-with-SHA256\"");
    assert_holds(&shown, "\"key_usage\":[\"digitalSignature\"]");
    assert_holds(&shown, "{\"oid\":\"1.3.6.1.5.5.7.3.2\",\"name\":\"clientAuth\"}");
    assert_holds(&shown,
                 "\"alternative_names\":[{\"kind\":\"upn\",\"value\":\"anna@corp.example\"}]");
    assert_holds(&shown, "\"sid\":\"" TEST_SID "\"");
    assert_holds(&shown, "\"template\":{\"oid\":\"1.2.3\",\"major\":100,\"minor\":3}");
    assert_holds(&shown, "\"challenge_password\":true");
    assert_null(strstr(text, "geheim"));
}

static void names_are_critical_when_the_subject_is_empty(void **state) {
    const struct kf_san san = {KF_SAN_EMAIL, "anna@example.org"};
    for (int empty = 0; empty < 2; empty++) {
        const struct kf_csr_spec spec = {
            .subject = empty ? " " : "CN=Anna", .sans = &san, .san_count = 1};
        KF_AUTO_PTR(kf_csr) csr = test_build(&spec, "p256");
        KF_AUTO_PTR(X509_EXTENSIONS) list = X509_REQ_get_extensions(kf_csr_x509(csr));
        assert_int_equal(sk_X509_EXTENSION_num(list), 1);
        assert_int_equal(X509_EXTENSION_get_critical(kf_extensions_find(list, "2.5.29.17")), empty);
    }
}

static void without_a_profile_there_are_no_extensions(void **state) {
    KF_AUTO_PTR(kf_csr) csr = test_build(&plain, "p256");
    assert_int_equal(X509_REQ_get_attr_count(kf_csr_x509(csr)), 0);
    assert_string_equal(kf_csr_subject(csr), plain.subject);
}

static void assert_template(const char *v1, const char *v2, const char *hex) {
    KF_AUTO_PTR(X509_EXTENSION) extension = NULL;
    KF_AUTO(kf_buf) shown = {0};
    assert_int_equal(v1 ? kf_template_v1(v1, &extension) : kf_template_v2(v2, &extension), KF_OK);
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
    kf_hex(&shown, ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value), '\0');
    assert_string_equal(kf_buf_str(&shown), hex);
}

static void templates_are_encoded_as_windows_does(void **state) {
    assert_template("User", NULL, "1e080055007300650072");
    assert_template(NULL, "1.2.3", "300406022a03");
    assert_template(NULL, "1.2.3:100:3", "300a06022a03020164020103");
    assert_template(NULL, "1.2.3:4294967295", "300b06022a03020500ffffffff");
    assert_template(NULL, "1.2.3:128:0", "300b06022a0302020080020100");
}

static void a_wrong_specification_is_refused_before_a_key_is_made(void **state) {
    const struct kf_san bad = {KF_SAN_EMAIL, "anna"},
                        sids[] = {{KF_SAN_SID, "S-1-5-1"}, {KF_SAN_SID, "S-1-5-2"}};
    const struct kf_csr_spec specs[] = {
        {.subject = ""},
        {.subject = NULL},
        {.subject = "CN=Anna", .sans = &bad, .san_count = 1},
        {.subject = "CN=Anna", .sans = sids, .san_count = 2},
        {.subject = "", .sans = sids, .san_count = 1},
        {.subject = "CN=Anna", .hash = "sha1"},
        {.subject = "CN=Anna", .template_oid = "User"},
        {.subject = "CN=Anna", .template_oid = "1.2.3:1:2:3"},
        {.subject = "CN=Anna", .template_oid = "1.2.3:-1"},
        {.subject = "CN=Anna", .template_name = "a\nb"},
        {.subject = "CN=Anna", .challenge = ""},
        {.subject = "CN=Anna", .challenge = "a\nb"},
    };
    for (size_t i = 0; i < KF_COUNT(specs); i++)
        if (kf_csr_spec_check(&specs[i]) != KF_E_USAGE)
            fail_msg("specification %zu was not refused", i);
}

static void a_profile_has_the_last_word_on_names(void **state) {
    KF_AUTO_PTR(kf_profile)
    profile = test_profile("[profile]\nkeys = p256\n[names]\nemail = required\ndns = "
                           "no\n[subject]\nCN = required\nallowed = O\n");
    const struct kf_san sans[] = {
        {KF_SAN_EMAIL, "a@b.org"}, {KF_SAN_DNS, "b.org"}, {KF_SAN_SID, TEST_SID}};
    struct kf_csr_spec spec = {
        .subject = "CN=Anna,O=Example", .sans = sans, .san_count = 1, .profile = profile};
    assert_int_equal(kf_csr_spec_check(&spec), KF_OK);
    spec.san_count = 0;
    assert_int_equal(kf_csr_spec_check(&spec), KF_E_USAGE);
    spec.san_count = 2;
    assert_int_equal(kf_csr_spec_check(&spec), KF_E_POLICY);
    spec = (struct kf_csr_spec){
        .subject = "O=Example", .sans = sans, .san_count = 1, .profile = profile};
    assert_int_equal(kf_csr_spec_check(&spec), KF_E_USAGE);
    spec.subject = "CN=Anna,OU=Sales";
    assert_int_equal(kf_csr_spec_check(&spec), KF_E_POLICY);
    const struct kf_san with_sid[] = {sans[0], sans[2]};
    spec = (struct kf_csr_spec){
        .subject = "CN=Anna", .sans = with_sid, .san_count = 2, .profile = profile};
    assert_int_equal(kf_csr_spec_check(&spec), KF_E_POLICY);
}

static void a_rule_on_names_is_not_passed_by_another_spelling(void **state) {
    KF_AUTO_PTR(kf_profile)
    profile = test_profile("[profile]\nkeys = p256\n[names]\nupn = no\nsid = no\nuri = optional\n");
    const struct kf_san sans[] = {{KF_SAN_URI, "tag:microsoft.com,2022-09-14:sid:" TEST_SID},
                                  {KF_SAN_URI, "TAG:microsoft.com,2022-09-14:sid:" TEST_SID},
                                  {KF_SAN_OTHER, "1.3.6.1.4.1.311.20.2.3;UTF8:anna@corp.example"}};
    for (size_t i = 0; i < KF_COUNT(sans); i++) {
        const struct kf_csr_spec spec = {
            .subject = "CN=Anna", .sans = &sans[i], .san_count = 1, .profile = profile};
        assert_int_equal(kf_csr_spec_check(&spec), KF_E_POLICY);
    }
}

static void a_token_that_signs_wrongly_is_found_out(void **state) {
    kf_csr *csr = NULL;
    EVP_PKEY *other = EVP_EC_gen("P-256");
    assert_int_equal(kf_csr_build(&plain, other, test_key("p256"), &csr), KF_E_KEY_UNUSABLE);
    assert_null(csr);
    EVP_PKEY_free(other);
}

static void a_key_that_cannot_sign_is_a_failure_of_the_signature(void **state) {
    kf_csr *csr = NULL;
    EVP_PKEY *exchange = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    assert_int_equal(kf_csr_build(&plain, exchange, test_key("p256"), &csr), KF_E_CRYPTO);
    const struct kf_csr_spec pss = {.subject = "CN=Anna", .rsa_pss = true};
    assert_int_equal(kf_csr_build(&pss, test_key("p256"), test_key("p256"), &csr), KF_E_USAGE);
    assert_null(csr);
    EVP_PKEY_free(exchange);
}

/* Every way in which a request may stand in a file. */
static void assert_reads(const kf_csr *csr, const char *before, const char *from, const char *to,
                         const char *after) {
    KF_AUTO_PTR(kf_csr) again = NULL;
    KF_AUTO(kf_buf) file = {0};
    uint8_t *pem = NULL;
    size_t len = 0, one = 0, other = 0;
    assert_int_equal(
        kf_csr_export(csr, strstr(before, "NEW") ? KF_CSR_PEM_NEW : KF_CSR_PEM, &pem, &len), KF_OK);
    kf_buf_add_str(&file, before);
    for (size_t i = 0; i < len; i++)
        kf_buf_add(&file, pem[i] == *from ? to : (const char *)pem + i,
                   pem[i] == *from ? strlen(to) : 1);
    kf_buf_add_str(&file, after);
    free(pem);
    kf_err err = kf_csr_read(file.data, file.len, &again);
    if (err != KF_OK)
        fail_msg("%s: %s", kf_error_sentence(err), kf_buf_str(&file));
    kf_csr_der(csr, &one);
    assert_memory_equal(kf_csr_der(csr, &one), kf_csr_der(again, &other), one);
    assert_int_equal(one, other);
}

static void any_line_ends_and_any_text_around_are_read(void **state) {
    KF_AUTO_PTR(kf_csr) csr = test_build(&plain, "p256");
    assert_reads(csr, "", "\n", "\n", "");
    assert_reads(csr, "", "\n", "\r\n", "");
    assert_reads(csr, "", "\n", "\r", "");
    assert_reads(csr, "Certificate Request:\n    Data:\n", "\n", "\n", "\nMany greetings\n");
    assert_reads(csr, "NEW\n", "\n", "\r\n", "\r\n");
    assert_reads(csr, "\xef\xbb\xbf", "\n", "\n", "");
    assert_reads(csr, "0 first\n", "\n", " \n", "");
}

static void bare_base64_and_der_are_read(void **state) {
    KF_AUTO_PTR(kf_csr) csr = test_build(&plain, "p256");
    KF_AUTO_PTR(kf_csr) from_base64 = NULL;
    KF_AUTO_PTR(kf_csr) from_der = NULL;
    KF_AUTO(kf_buf) base64 = {0};
    size_t len = 0;
    const uint8_t *der = kf_csr_der(csr, &len);
    assert_int_equal(kf_base64(&base64, der, len), KF_OK);
    assert_int_equal(kf_csr_read(base64.data, base64.len, &from_base64), KF_OK);
    assert_int_equal(kf_csr_read(der, len, &from_der), KF_OK);
    assert_string_equal(kf_csr_subject(from_base64), kf_csr_subject(from_der));
}

static void assert_unreadable(const void *data, size_t len, kf_err expected, const char *word) {
    kf_csr *csr = NULL;
    assert_int_equal(kf_csr_read(data, len, &csr), expected);
    assert_null(csr);
    if (!strstr(kf_error_sentence(expected), word))
        fail_msg("\"%s\" is not in: %s", word, kf_error_sentence(expected));
}

static void what_is_no_request_is_refused(void **state) {
    static const char cert[] = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    static const char cut[] = "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n";
    static const char empty[] =
        "-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n";
    static const char words[] = "hello, world";
    static char large[KF_CSR_FILE_MAX + 1];
    assert_unreadable(cert, sizeof cert - 1, KF_E_INPUT, "this is a \"CERTIFICATE\"");
    assert_unreadable(cut, sizeof cut - 1, KF_E_INPUT, "cut short");
    assert_unreadable(empty, sizeof empty - 1, KF_E_INPUT, "not a certificate request");
    assert_unreadable(words, sizeof words - 1, KF_E_INPUT, "not a certificate request");
    assert_unreadable("", 0, KF_E_INPUT, "not a certificate request");
    assert_unreadable("MIIB", 4, KF_E_INPUT, "not a certificate request");
    assert_unreadable(large, sizeof large, KF_E_TOO_LARGE, "at most");
}

static void bytes_after_the_request_are_refused(void **state) {
    KF_AUTO_PTR(kf_csr) csr = test_build(&plain, "p256");
    KF_AUTO(kf_buf) file = {0};
    size_t len = 0;
    const uint8_t *der = kf_csr_der(csr, &len);
    kf_buf_add(&file, der, len);
    kf_buf_add(&file, "x", 1);
    assert_unreadable(file.data, file.len, KF_E_INPUT, "1 bytes after");
}

static void two_requests_in_a_file_are_refused(void **state) {
    KF_AUTO_PTR(kf_csr) csr = test_build(&plain, "p256");
    KF_AUTO(kf_buf) file = {0};
    uint8_t *pem = NULL;
    size_t len = 0;
    assert_int_equal(kf_csr_export(csr, KF_CSR_PEM, &pem, &len), KF_OK);
    kf_buf_add(&file, pem, len);
    kf_buf_add(&file, pem, len);
    free(pem);
    assert_unreadable(file.data, file.len, KF_E_INPUT, "more than one");
}

static void a_changed_request_is_refused(void **state) {
    KF_AUTO_PTR(kf_csr) csr = test_build(&(struct kf_csr_spec){.subject = "CN=Anna"}, "p256");
    KF_AUTO(kf_buf) file = {0};
    size_t len = 0;
    const uint8_t *der = kf_csr_der(csr, &len);
    kf_buf_add(&file, der, len);
    uint8_t *name = memmem(file.data, file.len, "Anna", 4);
    assert_non_null(name);
    *name = 'E';
    assert_unreadable(file.data, file.len, KF_E_INPUT, "own signature is wrong");
}

static void small_rsa_keys_are_refused_and_unusual_keys_are_not(void **state) {
    KF_AUTO_PTR(X509_REQ) req = X509_REQ_new();
    unsigned char *der = NULL;
    assert_true(X509_REQ_set_pubkey(req, test_key("rsa512")) > 0);
    assert_true(X509_REQ_sign(req, test_key("rsa512"), EVP_sha256()) > 0);
    int len = i2d_X509_REQ(req, &der);
    assert_unreadable(der, (size_t)len, KF_E_INPUT, "512 bits");
    OPENSSL_free(der);
    KF_AUTO_PTR(kf_csr) koblitz = test_odd("CN=Anna", "secp256k1", EVP_sha256(), NULL);
    KF_AUTO_PTR(kf_csr) ed448 = test_odd("CN=Anna", "ed448", NULL, NULL);
    KF_AUTO_PTR(EVP_PKEY) key = NULL;
    assert_int_equal(kf_csr_public_key(koblitz, &key), KF_OK);
    assert_int_equal(kf_public_key_type(key), KF_KEY_NONE);
    assert_string_equal(kf_public_key_title(key), "secp256k1");
}

static void the_public_key_is_the_one_that_was_given(void **state) {
    KF_AUTO_PTR(kf_csr) csr = test_build(&plain, "ed25519");
    KF_AUTO_PTR(EVP_PKEY) key = NULL;
    KF_AUTO(kf_buf) spki = {0};
    unsigned char *expected = NULL;
    assert_int_equal(kf_csr_public_key(csr, &key), KF_OK);
    assert_int_equal(EVP_PKEY_eq(key, test_key("ed25519")), 1);
    assert_int_equal(kf_csr_spki(csr, &spki), KF_OK);
    int len = i2d_PUBKEY(key, &expected);
    assert_int_equal(len, spki.len);
    assert_memory_equal(expected, spki.data, spki.len);
    OPENSSL_free(expected);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_verifies_every_kind_of_signature),
        cmocka_unit_test(everything_that_was_asked_for_is_in_it),
        cmocka_unit_test(the_document_has_the_same),
        cmocka_unit_test(names_are_critical_when_the_subject_is_empty),
        cmocka_unit_test(without_a_profile_there_are_no_extensions),
        cmocka_unit_test(templates_are_encoded_as_windows_does),
        cmocka_unit_test(a_wrong_specification_is_refused_before_a_key_is_made),
        cmocka_unit_test(a_profile_has_the_last_word_on_names),
        cmocka_unit_test(a_rule_on_names_is_not_passed_by_another_spelling),
        cmocka_unit_test(a_token_that_signs_wrongly_is_found_out),
        cmocka_unit_test(a_key_that_cannot_sign_is_a_failure_of_the_signature),
        cmocka_unit_test(any_line_ends_and_any_text_around_are_read),
        cmocka_unit_test(bare_base64_and_der_are_read),
        cmocka_unit_test(what_is_no_request_is_refused),
        cmocka_unit_test(bytes_after_the_request_are_refused),
        cmocka_unit_test(two_requests_in_a_file_are_refused),
        cmocka_unit_test(a_changed_request_is_refused),
        cmocka_unit_test(small_rsa_keys_are_refused_and_unusual_keys_are_not),
        cmocka_unit_test(the_public_key_is_the_one_that_was_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
