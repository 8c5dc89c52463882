// SPDX-License-Identifier: Apache-2.0
// The lab CA makes good certificates and lists, and refuses what its profile does not ask for.
#include <openssl/rand.h>

#include "unit/x509_fixture.h"
#include "x509/extensions.h"
#include "x509/issue.h"
#include "x509/issued.h"

#define SID_DER                                                                                    \
    "DER:303FA03D060A2B060104018237190201A02F042D532D312D352D32312D31303034333336333438"           \
    "2D313137373233383931352D3638323030333333302D31313034"

#define UPN_WITH_NUL "DER:3017A015060A2B060104018237140203A0070C056140620063"

static const char profile_text[] = "[profile]\n"
                                   "title = Test\n"
                                   "keys = p256 p384 ed25519 rsa2048\n"
                                   "validity_days = 365\n"
                                   "[usage]\n"
                                   "key_usage = digitalSignature\n"
                                   "extended = clientAuth\n"
                                   "[names]\n"
                                   "email = optional\n"
                                   "upn = optional\n"
                                   "dns = no\n"
                                   "ip = no\n"
                                   "uri = no\n"
                                   "other = no\n"
                                   "sid = no\n"
                                   "[subject]\n"
                                   "CN = optional\n"
                                   "OU = no\n";

static const char logon_text[] = "[profile]\n"
                                 "title = Logon\n"
                                 "keys = p256\n"
                                 "validity_days = 365\n"
                                 "[usage]\n"
                                 "key_usage = digitalSignature\n"
                                 "extended = clientAuth\n"
                                 "[names]\n"
                                 "upn = required\n"
                                 "sid = optional\n";

static const char ca_text[] = "[profile]\n"
                              "title = Sub\n"
                              "keys = p256\n"
                              "validity_days = 365\n"
                              "ca = yes\n"
                              "[usage]\n"
                              "key_usage = keyCertSign cRLSign\n";

static EVP_PKEY *ca_key, *key;
static kf_cert *ca;
static kf_profile *profile, *logon, *ca_profile;

static int make_ca(void **state) {
    ca_key = make_p256();
    key = make_p256();
    return kf_issue_root("CN=Lab Root,O=Example", ca_key, NOW - DAY, NOW + 3650 * DAY, &ca) ||
           kf_profile_parse(profile_text, sizeof profile_text - 1, "test", &profile) ||
           kf_profile_parse(logon_text, sizeof logon_text - 1, "logon", &logon) ||
           kf_profile_parse(ca_text, sizeof ca_text - 1, "sub", &ca_profile);
}

static int free_ca(void **state) {
    kf_cert_free(ca);
    kf_profile_free(profile);
    kf_profile_free(logon);
    kf_profile_free(ca_profile);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(key);
    return 0;
}

static kf_err issue(const kf_csr *csr, const kf_profile *with, kf_cert **ret_cert) {
    struct kf_issuer issuer = {.cert = ca, .key = ca_key};
    struct kf_issue_order order = {
        .csr = csr, .profile = with, .not_before = NOW, .not_after = NOW + 365 * DAY};
    RAND_bytes(order.serial, sizeof order.serial);
    order.serial[0] = 0x11;
    return kf_issue_cert(&issuer, &order, ret_cert);
}

static void make_request(const char *subject, const struct extension *list, size_t count,
                         kf_csr **ret_csr) {
    if (make_csr(subject, key, list, count, ret_csr) != KF_OK)
        fail_msg("%s", kf_error_sentence(KF_E_INPUT));
}

static void a_root_is_a_ca(void **state) {
    KF_AUTO(kf_certs) anchors = {0}, chain = {0};
    X509 *x509 = kf_cert_x509(ca);
    assert_true(kf_cert_is_ca(ca));
    assert_true(kf_cert_signed_by(ca, ca));
    assert_string_equal(kf_cert_subject(ca), "CN=Lab Root,O=Example");
    assert_int_equal(X509_get_version(x509), X509_VERSION_3);
    assert_int_equal(X509_get_key_usage(x509), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
    assert_non_null(X509_get0_subject_key_id(x509));
    assert_int_equal(strlen(kf_cert_serial(ca)), 40);
    kf_certs_add(&anchors, ca);
    assert_int_equal(kf_chain_build(ca, &anchors, &anchors, NOW, &chain), KF_OK);
}

static void a_root_needs_a_subject_and_time(void **state) {
    kf_cert *none = NULL;
    assert_fails(kf_issue_root("", ca_key, NOW, NOW + DAY, &none), KF_E_USAGE, "needs a subject");
    assert_fails(kf_issue_root("CN=R", ca_key, NOW, NOW, &none), KF_E_INPUT, "before it begins");
    assert_null(none);
}

static kf_err issue_self(const char *subject, const struct kf_san *sans, size_t count,
                         kf_cert **ret_cert) {
    const struct kf_csr_spec names = {.subject = subject, .sans = sans, .san_count = count};
    const struct kf_issue_self_order order = {
        .names = &names, .not_before = NOW, .not_after = NOW + 30 * DAY};
    return kf_issue_self(&order, key, key, ret_cert);
}

static void a_key_signs_for_itself_and_is_no_ca(void **state) {
    static const struct kf_san sans[] = {{KF_SAN_EMAIL, "anna@example.org"}};
    KF_AUTO_PTR(kf_cert) cert = NULL;
    assert_int_equal(issue_self("CN=Anna,O=Example", sans, 1, &cert), KF_OK);
    X509 *x509 = kf_cert_x509(cert);
    assert_false(kf_cert_is_ca(cert));
    assert_true(kf_cert_is_self_issued(cert));
    assert_int_equal(X509_get_key_usage(x509), KU_DIGITAL_SIGNATURE);
    assert_int_equal(X509_get_extended_key_usage(x509), XKU_SSL_CLIENT | XKU_SMIME);
    assert_int_equal(X509_get_ext_count(x509), 5);
    assert_int_equal(strlen(kf_cert_serial(cert)), 40);
    assert_int_equal(kf_cert_not_after(cert), NOW + 30 * DAY);
}

static void a_server_is_named_as_one(void **state) {
    static const struct kf_san sans[] = {{KF_SAN_DNS, "www.example.org"}};
    KF_AUTO_PTR(kf_cert) cert = NULL;
    assert_int_equal(issue_self("CN=www.example.org", sans, 1, &cert), KF_OK);
    assert_true(X509_get_extended_key_usage(kf_cert_x509(cert)) & XKU_SSL_SERVER);
    assert_int_equal(X509_check_host(kf_cert_x509(cert), "www.example.org", 0, 0, NULL), 1);
}

static void what_a_key_signs_for_itself_has_good_names(void **state) {
    static const struct kf_san bad[] = {{KF_SAN_EMAIL, "nobody"}}, good[] = {{KF_SAN_DNS, "a.b"}};
    kf_cert *none = NULL;
    assert_int_equal(issue_self("", NULL, 0, &none), KF_E_USAGE);
    assert_fails(issue_self("", good, 1, &none), KF_E_USAGE, "needs a subject");
    assert_int_equal(issue_self("CN=A", bad, 1, &none), KF_E_USAGE);
    assert_int_equal(issue_self("nonsense", NULL, 0, &none), KF_E_USAGE);
    assert_null(none);
}

/* RFC 8410 for Ed25519; the hash is as strong as the curve. */
static void the_hash_follows_the_key(void **state) {
    const struct {
        EVP_PKEY *key;
        int nid;
    } rows[] = {
        {EVP_EC_gen("P-256"), NID_ecdsa_with_SHA256},
        {EVP_EC_gen("P-384"), NID_ecdsa_with_SHA384},
        {EVP_EC_gen("P-521"), NID_ecdsa_with_SHA512},
        {EVP_RSA_gen(2048), NID_sha256WithRSAEncryption},
        {EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NID_ED25519},
    };
    for (size_t i = 0; i < KF_COUNT(rows); i++) {
        KF_AUTO_PTR(kf_cert) root = NULL;
        assert_int_equal(kf_issue_root("CN=R", rows[i].key, NOW, NOW + DAY, &root), KF_OK);
        assert_int_equal(X509_get_signature_nid(kf_cert_x509(root)), rows[i].nid);
        EVP_PKEY_free(rows[i].key);
    }
}

static void an_issued_certificate_passes_our_own_checks(void **state) {
    static const struct extension asked[] = {{"keyUsage", "critical,digitalSignature"},
                                             {"subjectAltName", "email:anna@example.org"}};
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_AUTO_PTR(kf_cert) cert = NULL;
    KF_AUTO(kf_certs) answer = {0}, anchors = {0}, chain = {0};
    make_request("CN=Anna,O=Example", asked, KF_COUNT(asked), &csr);
    assert_int_equal(issue(csr, profile, &cert), KF_OK);
    kf_certs_add(&answer, cert);
    kf_certs_add(&anchors, ca);
    const struct kf_issued_rules rules = {
        .csr = csr, .profile = profile, .anchors = &anchors, .now = NOW};
    kf_err err = kf_issued_check(&answer, &rules, &chain);
    if (err != KF_OK)
        fail_msg("%s", kf_error_sentence(err));
    assert_int_equal(chain.count, 2);
}

static void an_issued_certificate_has_all_extensions(void **state) {
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_AUTO_PTR(kf_cert) cert = NULL;
    make_request("CN=Anna", NULL, 0, &csr);
    assert_int_equal(issue(csr, profile, &cert), KF_OK);
    X509 *x509 = kf_cert_x509(cert);
    assert_int_equal(X509_get_version(x509), X509_VERSION_3);
    assert_false(kf_cert_is_ca(cert));
    assert_int_equal(X509_get_key_usage(x509), KU_DIGITAL_SIGNATURE);
    assert_int_equal(X509_get_extended_key_usage(x509), XKU_SSL_CLIENT);
    assert_int_equal(ASN1_STRING_cmp(X509_get0_authority_key_id(x509),
                                     X509_get0_subject_key_id(kf_cert_x509(ca))),
                     0);
    assert_non_null(X509_get0_subject_key_id(x509));
    assert_int_equal(strncmp(kf_cert_serial(cert), "11", 2), 0);
}

static void names_are_critical_without_a_subject(void **state) {
    static const struct extension asked[] = {{"subjectAltName", "email:anna@example.org"}};
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_AUTO_PTR(kf_cert) cert = NULL;
    make_request("", asked, KF_COUNT(asked), &csr);
    assert_int_equal(issue(csr, profile, &cert), KF_OK);
    const X509_EXTENSIONS *list = X509_get0_extensions(kf_cert_x509(cert));
    assert_true(X509_EXTENSION_get_critical(kf_extensions_find(list, "2.5.29.17")));
}

static void sid_and_template_are_copied(void **state) {
    static const struct extension asked[] = {
        {"subjectAltName", "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:anna@corp"},
        {"1.3.6.1.4.1.311.25.2", SID_DER},
        {"1.3.6.1.4.1.311.20.2", "ASN1:BMPSTRING:Logon"}};
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_AUTO_PTR(kf_cert) cert = NULL;
    KF_AUTO_PTR(json_t) json = NULL;
    make_request("CN=Anna", asked, KF_COUNT(asked), &csr);
    assert_int_equal(issue(csr, logon, &cert), KF_OK);
    assert_int_equal(kf_cert_json(cert, &json), KF_OK);
    assert_string_equal(json_string_value(json_object_get(json, "sid")),
                        "S-1-5-21-1004336348-1177238915-682003330-1104");
    assert_non_null(json_object_get(json_object_get(json, "template"), "name"));
}

static const struct {
    const char *subject, *part;
    struct extension list[2];
} refused[] = {
    {"", "neither a subject nor", {{0}}},
    {"CN=A", "become a CA", {{"basicConstraints", "critical,CA:TRUE"}}},
    {"CN=A", "become a CA", {{"basicConstraints", "CA:TRUE,pathlen:0"}}},
    {"CN=A", "become a CA", {{"basicConstraints", "DER:0500"}}},
    {"CN=A", "keyCertSign, which the profile", {{"keyUsage", "keyCertSign"}}},
    {"CN=A", "keyEncipherment, which", {{"keyUsage", "digitalSignature,keyEncipherment"}}},
    {"CN=A", "\"keyUsage\" is damaged", {{"keyUsage", "DER:0500"}}},
    {"CN=A", "serverAuth, which", {{"extendedKeyUsage", "clientAuth,serverAuth"}}},
    {"CN=A", "anyExtendedKeyUsage, which", {{"extendedKeyUsage", "anyExtendedKeyUsage"}}},
    {"CN=A", "1.3.6.1.4.1.311.20.2.1, which", {{"extendedKeyUsage", "1.3.6.1.4.1.311.20.2.1"}}},
    {"CN=A",
     "nonRepudiation, codeSigning",
     {{"keyUsage", "nonRepudiation"}, {"extendedKeyUsage", "codeSigning"}}},
    {"CN=A", "the name \"dns:evil.example\"", {{"subjectAltName", "DNS:evil.example"}}},
    {"CN=A", "the name \"dns:evil", {{"subjectAltName", "email:a@b.org,DNS:evil.example"}}},
    {"CN=A", "the name \"ip:10.0.0.1\"", {{"subjectAltName", "IP:10.0.0.1"}}},
    {"CN=A", "the name \"uri:", {{"subjectAltName", "URI:tag:microsoft.com:sid:S-1"}}},
    {"CN=A", "does not allow the name", {{"subjectAltName", "RID:1.2.3"}}},
    {"CN=A", "does not allow the name \"other:", {{"subjectAltName", "otherName:1.2.3;UTF8:x"}}},
    {"CN=A", "does not allow the name", {{"subjectAltName", "otherName:1.3.6.1.5.2.2;OCT:x"}}},
    {"CN=A", "names of the request are damaged", {{"subjectAltName", "DER:0500"}}},
    {"CN=A", "characters that no name", {{"subjectAltName", "DER:30088106614062006378"}}},
    {"CN=A", "names of the request are damaged", {{"subjectAltName", "DER:3000"}}},
    {"", "names of the request are damaged", {{"subjectAltName", "DER:3000"}}},
    {"CN=A", "characters that no name", {{"subjectAltName", "DER:300787050102030405"}}},
    {"CN=A", "characters that no name", {{"subjectAltName", UPN_WITH_NUL}}},
    {"CN=A", "template of the request is damaged", {{"1.3.6.1.4.1.311.20.2", "DER:0500"}}},
    {"CN=A", "template of the request is damaged", {{"1.3.6.1.4.1.311.21.7", "DER:3000"}}},
    {"CN=A", "the security identifier", {{"1.3.6.1.4.1.311.25.2", SID_DER}}},
    {"CN=A", "no security identifier", {{"1.3.6.1.4.1.311.25.2", "DER:3000"}}},
    {"CN=A", "extension 1.2.3.4, which this CA", {{"1.2.3.4", "DER:0500"}}},
    {"CN=A", "extension 2.5.29.32, which", {{"2.5.29.32", "DER:3006300406022A03"}}},
    {"CN=A", "extension 2.5.29.31, which", {{"crlDistributionPoints", "URI:http://evil"}}},
    {"CN=A", "extension 2.5.29.30, which", {{"nameConstraints", "permitted;DNS:a"}}},
    {"CN=A", "extension 1.3.6.1.5.5.7.1.1, which", {{"authorityInfoAccess", "OCSP;URI:http://e"}}},
    {"CN=A",
     "extension 2.5.29.17 twice",
     {{"subjectAltName", "email:a@b.org"}, {"2.5.29.17", "DER:3000"}}},
    {"CN=A,OU=Admins", "allows no OU in the subject", {{0}}},
};

static void what_the_profile_does_not_ask_for_is_refused(void **state) {
    for (size_t i = 0; i < KF_COUNT(refused); i++) {
        KF_AUTO_PTR(kf_csr) csr = NULL;
        kf_cert *none = NULL;
        make_request(refused[i].subject, refused[i].list, refused[i].list[0].name ? 2 : 0, &csr);
        assert_fails(kf_issue_allowed(csr, profile), KF_E_POLICY, refused[i].part);
        assert_int_equal(issue(csr, profile, &none), KF_E_POLICY);
        assert_null(none);
    }
}

static void what_the_profile_asks_for_is_allowed(void **state) {
    static const struct extension rows[][2] = {
        {{0}},
        {{"basicConstraints", "CA:FALSE"}},
        {{"keyUsage", "digitalSignature"}, {"extendedKeyUsage", "clientAuth"}},
        {{"subjectKeyIdentifier", "hash"}},
        {{"subjectAltName", "email:a@b.org,email:c@d.org"}},
        {{"subjectAltName", "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:a@b"}},
        {{"1.3.6.1.4.1.311.20.2", "ASN1:BMPSTRING:User"}},
    };
    for (size_t i = 0; i < KF_COUNT(rows); i++) {
        KF_AUTO_PTR(kf_csr) csr = NULL;
        make_request("CN=A", rows[i], rows[i][0].name ? 2 : 0, &csr);
        if (kf_issue_allowed(csr, profile) != KF_OK)
            fail_msg("row %zu: %s", i, kf_error_sentence(KF_E_POLICY));
    }
}

static void a_name_that_the_profile_needs_must_be_there(void **state) {
    KF_AUTO_PTR(kf_csr) csr = NULL;
    make_request("CN=A", NULL, 0, &csr);
    assert_fails(kf_issue_allowed(csr, logon), KF_E_POLICY, "needs a name of the kind \"upn\"");
}

/* With other = and uri = optional, but no kind of account name. */
static void names_in_disguise_are_refused(void **state) {
    static const char text[] = "[profile]\ntitle = Open\nkeys = p256\nvalidity_days = 1\n"
                               "[usage]\nkey_usage = digitalSignature\n"
                               "[names]\nupn = no\nkerberos = no\nemail = no\nsid = no\n";
    static const struct extension rows[] = {
        {"subjectAltName", "otherName:1.3.6.1.4.1.311.20.2.3;IA5:admin@corp"},
        {"subjectAltName", "otherName:1.3.6.1.5.2.2;OCT:x"},
        {"subjectAltName", "otherName:1.3.6.1.5.5.7.8.9;IA5:a@b.org"},
        {"subjectAltName", "otherName:1.3.6.1.4.1.311.25.2.1;OCT:S-1-5-21-1-2-3-500"},
        {"subjectAltName", "DER:"
                           "302B86297461673a6d6963726f736f66742e636f6d2c323032322d30392d31343a73696"
                           "43a532d312d352d3231"}};
    KF_AUTO_PTR(kf_profile) open = NULL;
    assert_int_equal(kf_profile_parse(text, sizeof text - 1, "open", &open), KF_OK);
    for (size_t i = 0; i < KF_COUNT(rows); i++) {
        KF_AUTO_PTR(kf_csr) csr = NULL;
        make_request("CN=A", &rows[i], 1, &csr);
        assert_fails(kf_issue_allowed(csr, open), KF_E_POLICY, "does not allow the name");
    }
}

static void key_types_outside_the_profile_are_refused(void **state) {
    const struct {
        EVP_PKEY *key;
        const char *part;
    } rows[] = {
        {EVP_RSA_gen(1024), "has 1024 bits"},
        {EVP_RSA_gen(3072), "does not allow the key type RSA 3072"},
        {EVP_EC_gen("P-521"), "does not allow the key type P-521"},
        {EVP_EC_gen("secp256k1"), "does not allow the key type"},
    };
    for (size_t i = 0; i < KF_COUNT(rows); i++) {
        KF_AUTO_PTR(kf_csr) csr = NULL;
        if (make_csr("CN=A", rows[i].key, NULL, 0, &csr) == KF_OK)
            assert_fails(kf_issue_allowed(csr, profile), KF_E_POLICY, rows[i].part);
        else
            assert_null(csr); /* the reader may be stricter */
        EVP_PKEY_free(rows[i].key);
    }
}

static void no_ca_is_made_by_a_profile(void **state) {
    KF_AUTO_PTR(kf_csr) csr = NULL;
    make_request("CN=Sub", NULL, 0, &csr);
    assert_fails(kf_issue_allowed(csr, ca_profile), KF_E_POLICY, "makes no CA certificates");
}

static void bad_orders_are_refused(void **state) {
    KF_AUTO_PTR(kf_csr) csr = NULL;
    kf_cert *none = NULL;
    make_request("CN=A", NULL, 0, &csr);
    struct kf_issuer issuer = {.cert = ca, .key = ca_key};
    struct kf_issue_order order = {
        .csr = csr, .profile = profile, .not_before = NOW, .not_after = NOW + DAY};
    assert_fails(kf_issue_cert(&issuer, &order, &none), KF_E_INPUT, "serial number");
    order.serial[0] = 0x80;
    assert_fails(kf_issue_cert(&issuer, &order, &none), KF_E_INPUT, "serial number");
    order.serial[0] = 1;
    order.not_after = NOW;
    assert_fails(kf_issue_cert(&issuer, &order, &none), KF_E_INPUT, "before it begins");
    order.not_after = NOW + DAY;
    issuer.key = key;
    assert_fails(kf_issue_cert(&issuer, &order, &none), KF_E_KEY_UNUSABLE, "does not verify");
}

static void only_a_ca_issues(void **state) {
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_AUTO_PTR(kf_cert) leaf = NULL;
    kf_cert *none = NULL;
    make_request("CN=A", NULL, 0, &csr);
    assert_int_equal(issue(csr, profile, &leaf), KF_OK);
    const struct kf_issuer issuer = {.cert = leaf, .key = key};
    struct kf_issue_order order = {
        .csr = csr, .profile = profile, .serial = {1}, .not_before = NOW, .not_after = NOW + DAY};
    assert_fails(kf_issue_cert(&issuer, &order, &none), KF_E_INPUT, "is not a CA certificate");
}

static X509_CRL *make_crl(const struct kf_revoked *revoked, size_t count) {
    const struct kf_issuer issuer = {.cert = ca, .key = ca_key};
    KF_AUTO(kf_buf) der = {0};
    assert_int_equal(kf_issue_crl(&issuer, revoked, count, 42, NOW, NOW + 7 * DAY, &der), KF_OK);
    const uint8_t *at = der.data;
    X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)der.len);
    assert_non_null(crl);
    assert_ptr_equal(at, der.data + der.len);
    return crl;
}

static void an_empty_list_is_good(void **state) {
    X509_CRL *crl = make_crl(NULL, 0);
    ASN1_INTEGER *number = X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
    assert_int_equal(X509_CRL_get_version(crl), X509_CRL_VERSION_2);
    assert_int_equal(X509_CRL_verify(crl, ca_key), 1);
    assert_int_equal(ASN1_INTEGER_get(number), 42);
    assert_true(X509_CRL_get_ext_by_NID(crl, NID_authority_key_identifier, -1) >= 0);
    assert_null(X509_CRL_get_REVOKED(crl));
    ASN1_INTEGER_free(number);
    X509_CRL_free(crl);
}

static void a_list_names_serials_times_and_reasons(void **state) {
    static const uint8_t first[20] = {0x7f, 1}, second[] = {5};
    static const struct kf_revoked revoked[] = {
        {.serial = first, .serial_len = 20, .when = NOW - DAY, .reason = 1},
        {.serial = second, .serial_len = 1, .when = NOW - DAY, .reason = 0}};
    X509_CRL *crl = make_crl(revoked, 2);
    STACK_OF(X509_REVOKED) *list = X509_CRL_get_REVOKED(crl);
    assert_int_equal(sk_X509_REVOKED_num(list), 2);
    const X509_REVOKED *low = sk_X509_REVOKED_value(list, 0);
    const X509_REVOKED *high = sk_X509_REVOKED_value(list, 1);
    assert_int_equal(ASN1_INTEGER_get(X509_REVOKED_get0_serialNumber(low)), 5);
    assert_int_equal(X509_REVOKED_get_ext_count(low), 0);
    ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(high, NID_crl_reason, NULL, NULL);
    assert_int_equal(ASN1_ENUMERATED_get(reason), 1);
    ASN1_ENUMERATED_free(reason);
    X509_CRL_free(crl);
}

static void unknown_reasons_are_refused(void **state) {
    static const int reasons[] = {-1, 7, 8, 11};
    const struct kf_issuer issuer = {.cert = ca, .key = ca_key};
    for (size_t i = 0; i < KF_COUNT(reasons); i++) {
        KF_AUTO(kf_buf) der = {0};
        const struct kf_revoked one = {
            .serial = (const uint8_t *)"\1", .serial_len = 1, .when = NOW, .reason = reasons[i]};
        assert_fails(kf_issue_crl(&issuer, &one, 1, 1, NOW, NOW + DAY, &der), KF_E_INPUT,
                     "not a reason");
        assert_int_equal(der.len, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_root_is_a_ca),
        cmocka_unit_test(a_root_needs_a_subject_and_time),
        cmocka_unit_test(a_key_signs_for_itself_and_is_no_ca),
        cmocka_unit_test(a_server_is_named_as_one),
        cmocka_unit_test(what_a_key_signs_for_itself_has_good_names),
        cmocka_unit_test(the_hash_follows_the_key),
        cmocka_unit_test(an_issued_certificate_passes_our_own_checks),
        cmocka_unit_test(an_issued_certificate_has_all_extensions),
        cmocka_unit_test(names_are_critical_without_a_subject),
        cmocka_unit_test(sid_and_template_are_copied),
        cmocka_unit_test(what_the_profile_does_not_ask_for_is_refused),
        cmocka_unit_test(what_the_profile_asks_for_is_allowed),
        cmocka_unit_test(a_name_that_the_profile_needs_must_be_there),
        cmocka_unit_test(names_in_disguise_are_refused),
        cmocka_unit_test(key_types_outside_the_profile_are_refused),
        cmocka_unit_test(no_ca_is_made_by_a_profile),
        cmocka_unit_test(bad_orders_are_refused),
        cmocka_unit_test(only_a_ca_issues),
        cmocka_unit_test(an_empty_list_is_good),
        cmocka_unit_test(a_list_names_serials_times_and_reasons),
        cmocka_unit_test(unknown_reasons_are_refused),
    };
    return cmocka_run_group_tests(tests, make_ca, free_ca);
}
