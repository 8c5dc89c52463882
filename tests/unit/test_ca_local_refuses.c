// SPDX-License-Identifier: Apache-2.0
// What the lab CA refuses: requests that ask for more than their profile gives, or prove nothing.
#include "unit/ca_fixture.h"

#include <jansson.h>

KF_DEFINE_AUTO_PTR_WITH(X509_REQ, X509_REQ_free)
KF_DEFINE_AUTO_PTR_WITH(BIO, BIO_free_all)

enum damage {
    NOTHING,
    SIGNATURE,      /* one bit of it */
    OTHER_KEY,      /* signed by another key than the one inside */
    OTHER_SUBJECT,  /* changed after signing */
    LATE_EXTENSION, /* added after signing */
    TRAILING,
    CUT_OFF,
    EMPTY,
    GARBAGE,
};

struct bad {
    const char *what;
    const char *extension[2][2]; /* name or OID, value as in openssl.cnf */
    const char *key;             /* NULL = P-256 */
    const char *subject;         /* common name; NULL = "Anna", "" = none */
    const char *email;           /* emailAddress in the subject */
    const char *profile;         /* NULL = "tls-client" */
    enum damage damage;
};

#define EXT(name, value) .extension = {{name, value}}
#define CA_TRUE                                                                                    \
    { "basicConstraints", "CA:TRUE" }
#define MAIL                                                                                       \
    { "subjectAltName", "email:anna@example.org" }

static const struct bad bad[] = {
    /* wants to be a CA */
    {"CA:TRUE", EXT("basicConstraints", "CA:TRUE")},
    {"critical CA:TRUE", EXT("basicConstraints", "critical,CA:TRUE")},
    {"CA:TRUE pathlen", EXT("basicConstraints", "CA:TRUE,pathlen:0")},
    {"damaged constraints", EXT("basicConstraints", "DER:0500")},
    {"constraints twice", .extension = {{"basicConstraints", "CA:FALSE"}, CA_TRUE}},
    {"keyCertSign", EXT("keyUsage", "keyCertSign")},
    {"critical keyCertSign", EXT("keyUsage", "critical,digitalSignature,keyCertSign")},
    {"cRLSign", EXT("keyUsage", "cRLSign")},
    {"profile of a root", .profile = "local-ca-root"},
    {"profile of a sub CA", .profile = "local-ca-sub"},
    /* key usages that the profile does not give */
    {"keyEncipherment", EXT("keyUsage", "keyEncipherment")},
    {"dataEncipherment", EXT("keyUsage", "digitalSignature,dataEncipherment")},
    {"keyAgreement", EXT("keyUsage", "keyAgreement")},
    {"nonRepudiation", EXT("keyUsage", "nonRepudiation")},
    {"damaged key usage", EXT("keyUsage", "DER:0101FF")},
    {"serverAuth", EXT("extendedKeyUsage", "serverAuth")},
    {"clientAuth and serverAuth", EXT("extendedKeyUsage", "clientAuth,serverAuth")},
    {"codeSigning", EXT("extendedKeyUsage", "codeSigning")},
    {"emailProtection", EXT("extendedKeyUsage", "emailProtection")},
    {"timeStamping", EXT("extendedKeyUsage", "critical,timeStamping")},
    {"OCSPSigning", EXT("extendedKeyUsage", "OCSPSigning")},
    {"any usage", EXT("extendedKeyUsage", "anyExtendedKeyUsage")},
    {"smart card logon", EXT("extendedKeyUsage", "1.3.6.1.4.1.311.20.2.2")},
    {"enrollment agent", EXT("extendedKeyUsage", "1.3.6.1.4.1.311.20.2.1")},
    {"damaged extended usage", EXT("extendedKeyUsage", "DER:0500")},
    /* names of foreign kinds */
    {"address", EXT("subjectAltName", "IP:192.0.2.1")},
    {"Kerberos name", EXT("subjectAltName", "otherName:1.3.6.1.5.2.2;UTF8:anna")},
    {"other name", EXT("subjectAltName", "otherName:1.2.3.4;UTF8:anna")},
    {"registered id", EXT("subjectAltName", "RID:1.2.3.4")},
    {"address beside a good name", EXT("subjectAltName", "DNS:a.example,IP:192.0.2.1")},
    {"damaged names", EXT("subjectAltName", "DER:0500")},
    {"DNS with NUL", EXT("subjectAltName", "DER:30058203610062")},
    {"DNS with a blank", EXT("subjectAltName", "DER:30058203612062")},
    {"mail with a byte above ASCII", EXT("subjectAltName", "DER:30038101ff")},
    {"names twice", .extension = {MAIL, {"subjectAltName", "DNS:a.example"}}},
    {"DNS in mail", EXT("subjectAltName", "email:a@example.org,DNS:a.example"),
     .profile = "smime-sign"},
    {"UPN in mail",
     EXT("subjectAltName", "email:a@example.org,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:a@EXAMPLE"),
     .profile = "smime-sign"},
    {"mail without address", .profile = "smime-sign"},
    {"address in the subject", .extension = {MAIL}, .email = "anna@example.org",
     .profile = "smime-sign"},
    {"DNS in logon",
     EXT("subjectAltName", "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:a@EXAMPLE,DNS:a.example"),
     .profile = "smartcard-logon"},
    {"logon without UPN", .profile = "smartcard-logon"},
    {"logon of somebody by SID",
     EXT("1.3.6.1.4.1.311.25.2", "DER:301aa018060a2b060104018237190201a00a0408532d312d352d3138")},
    {"neither subject nor name", .subject = ""},
    /* extensions that no profile asks for */
    {"name constraints", EXT("nameConstraints", "permitted;DNS:.example")},
    {"policies", EXT("certificatePolicies", "DER:3007300506032a0304")},
    {"any policy", EXT("certificatePolicies", "DER:300830060604551d2000")},
    {"policy constraints", EXT("policyConstraints", "requireExplicitPolicy:0")},
    {"inhibit any policy", EXT("inhibitAnyPolicy", "0")},
    {"CRL place", EXT("crlDistributionPoints", "URI:http://evil.example/crl")},
    {"AIA", EXT("authorityInfoAccess", "caIssuers;URI:http://evil.example/ca")},
    {"issuer's names", EXT("issuerAltName", "DNS:ca.example")},
    {"OCSP no check", EXT("noCheck", "ignored")},
    {"must staple", EXT("tlsfeature", "status_request")},
    {"Netscape type", EXT("nsCertType", "sslCA")},
    {"Netscape comment", EXT("nsComment", "hello")},
    {"unknown extension", EXT("1.2.3.4.5", "DER:0500")},
    {"unknown critical extension", EXT("1.2.3.4.5", "critical,DER:0500")},
    {"transparency poison", EXT("1.3.6.1.4.1.11129.2.4.3", "critical,DER:0500")},
    /* keys */
    {"RSA 512", .key = "rsa512"},
    {"RSA 1024", .key = "rsa1024"},
    {"RSA 2040", .key = "rsa2040"},
    {"secp256k1", .key = "secp256k1"},
    {"P-224", .key = "secp224r1"},
    {"brainpool", .key = "brainpoolP256r1"},
    {"Ed448", .key = "ED448"},
    {"Ed25519 for mail", .extension = {MAIL}, .key = "ED25519", .profile = "smime-sign"},
    {"P-521 for mail", .extension = {MAIL}, .key = "secp521r1", .profile = "smime-sign"},
    /* no proof of possession */
    {"signature damaged", .damage = SIGNATURE},
    {"signed by another key", .damage = OTHER_KEY},
    {"subject changed", .damage = OTHER_SUBJECT},
    {"extension added", .damage = LATE_EXTENSION},
    {"bytes after it", .damage = TRAILING},
    {"cut off", .damage = CUT_OFF},
    {"empty", .damage = EMPTY},
    {"garbage", .damage = GARBAGE},
    /* profiles */
    {"unknown profile", .profile = "no-such-profile"},
    {"empty profile", .profile = ""},
    {"path as profile", .profile = "../profiles/tls-client"},
    {"profile in capitals", .profile = "TLS-CLIENT"},
};

static EVP_PKEY *make_key(const char *name) {
    if (name && strncmp(name, "rsa", 3) == 0)
        return EVP_RSA_gen((unsigned)atoi(name + 3));
    if (name && strncmp(name, "ED", 2) == 0)
        return EVP_PKEY_Q_keygen(NULL, NULL, name);
    return EVP_EC_gen(name ? name : "P-256");
}

static void add_extensions(X509_REQ *request, const struct bad *from) {
    STACK_OF(X509_EXTENSION) *list = NULL;
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, NULL, NULL, request, NULL, 0);
    for (size_t i = 0; i < 2 && from->extension[i][0]; i++) {
        const char *const *wish = from->extension[i];
        X509_EXTENSION *extension = X509V3_EXT_nconf(NULL, &context, wish[0], wish[1]);
        if (!extension)
            fail_msg("%s: the test cannot make this extension", from->what);
        assert_non_null(X509v3_add_ext(&list, extension, -1));
        X509_EXTENSION_free(extension);
    }
    if (list)
        assert_int_equal(X509_REQ_add_extensions(request, list), 1);
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
}

static void add_name(X509_REQ *request, const char *type, const char *value) {
    X509_NAME *name = X509_REQ_get_subject_name(request);
    assert_true(
        !value || !*value ||
        X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8, (const uint8_t *)value, -1, -1, 0));
}

static void sign_request(X509_REQ *request, EVP_PKEY *key) {
    const EVP_MD *hash =
        EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448") ? NULL : EVP_sha256();
    assert_true(X509_REQ_sign(request, key, hash) > 0);
}

static void damage_before_encoding(X509_REQ *request, enum damage damage) {
    KF_AUTO_PTR(EVP_PKEY) other = EVP_EC_gen("P-256");
    static const struct bad late = {"late", EXT("basicConstraints", "CA:TRUE")};
    if (damage == OTHER_KEY)
        sign_request(request, other);
    if (damage == OTHER_SUBJECT)
        add_name(request, "CN", "root");
    if (damage == LATE_EXTENSION)
        add_extensions(request, &late);
}

static void damage_bytes(kf_buf *csr, enum damage damage) {
    if (damage == SIGNATURE)
        csr->data[csr->len - 1] ^= 1;
    if (damage == TRAILING)
        OK(kf_buf_add(csr, "\0", 1));
    if (damage == CUT_OFF)
        csr->len -= 10;
    if (damage == EMPTY)
        csr->len = 0;
    if (damage == GARBAGE)
        memset(csr->data, 'x', csr->len);
}

static void make_bad(const struct bad *from, kf_buf *ret_csr) {
    KF_AUTO_PTR(EVP_PKEY) key = make_key(from->key);
    KF_AUTO_PTR(X509_REQ) request = X509_REQ_new();
    uint8_t *der = NULL;
    assert_non_null(key);
    add_name(request, "CN", from->subject ? from->subject : "Anna");
    add_name(request, "emailAddress", from->email);
    assert_int_equal(X509_REQ_set_pubkey(request, key), 1);
    add_extensions(request, from);
    sign_request(request, key);
    damage_before_encoding(request, from->damage);
    /* X509_REQ caches the bytes that were signed. */
    assert_true(i2d_re_X509_REQ_tbs(request, NULL) > 0);
    int len = i2d_X509_REQ(request, &der);
    assert_true(len > 0);
    OK(kf_buf_set(ret_csr, der, (size_t)len));
    OPENSSL_free(der);
    damage_bytes(ret_csr, from->damage);
}

static void try_bad(kf_ca *ca, const struct bad *from) {
    KF_AUTO(kf_buf) csr = {0};
    KF_AUTO(kf_answer) answer = {0};
    make_bad(from, &csr);
    struct kf_ca_order order = order_of(from->what, &csr);
    order.profile = from->profile ? from->profile : "tls-client";
    kf_err err = kf_ca_submit(ca, &order, &answer);
    if (err != KF_OK || answer.outcome != KF_CA_REJECTED)
        fail_msg("%s: %s", from->what, err ? kf_error_sentence(err) : "not rejected");
    if (!answer.text || !*answer.text)
        fail_msg("%s: rejected without a reason", from->what);
}

static size_t count_requests(kf_context *context) {
    json_t *list = NULL;
    OK(kf_labca_list(context, "lab", &list));
    size_t count = json_array_size(list);
    json_decref(list);
    return count;
}

static void every_bad_request_is_refused_with_a_reason(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    KF_AUTO_PTR(kf_ca) ca = NULL;
    make_lab(context, false);
    OK(kf_ca_open(context, "lab", NULL, &ca));
    for (size_t i = 0; i < KF_COUNT(bad); i++)
        try_bad(ca, &bad[i]);
    assert_true(KF_COUNT(bad) >= 60);
    assert_int_equal(count_requests(context), 0);
}

/* Shows that the ones above are refused for what is wrong with them. */
static void the_same_builder_makes_requests_that_are_issued(void **state) {
    static const struct bad good[] = {
        {.what = "plain"},
        {"usages", .extension = {{"keyUsage", "critical,digitalSignature"},
                                 {"extendedKeyUsage", "clientAuth"}}},
        {"CA:FALSE", EXT("basicConstraints", "CA:FALSE")},
        {"mail", .extension = {MAIL}, .profile = "smime-sign"},
        {"no subject", .extension = {MAIL}, .subject = ""},
        {"Ed25519", .key = "ED25519"},
        {"RSA 2048", .key = "rsa2048"},
    };
    KF_AUTO_PTR(kf_context) context = open_home();
    KF_AUTO_PTR(kf_ca) ca = NULL;
    make_lab(context, false);
    OK(kf_ca_open(context, "lab", NULL, &ca));
    for (size_t i = 0; i < KF_COUNT(good); i++) {
        KF_AUTO(kf_buf) csr = {0};
        KF_AUTO(kf_answer) answer = {0};
        make_bad(&good[i], &csr);
        struct kf_ca_order order = order_of(good[i].what, &csr);
        order.profile = good[i].profile ? good[i].profile : "tls-client";
        OK(kf_ca_submit(ca, &order, &answer));
        if (answer.outcome != KF_CA_ISSUED)
            fail_msg("%s: %s", good[i].what, answer.text);
    }
    assert_int_equal(count_requests(context), KF_COUNT(good));
}

static void an_order_without_id_or_profile_is_refused(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    KF_AUTO_PTR(kf_ca) ca = NULL;
    KF_AUTO(kf_buf) csr = {0};
    KF_AUTO(kf_answer) answer = {0};
    make_lab(context, false);
    OK(kf_ca_open(context, "lab", NULL, &ca));
    make_bad(&(struct bad){.what = "plain"}, &csr);
    struct kf_ca_order order = order_of(NULL, &csr);
    OK(kf_ca_submit(ca, &order, &answer));
    assert_int_equal(answer.outcome, KF_CA_REJECTED);
    order = order_of("one", &csr);
    order.profile = NULL;
    OK(kf_ca_submit(ca, &order, &answer));
    assert_int_equal(answer.outcome, KF_CA_REJECTED);
}

static void a_ca_for_one_profile_issues_no_other(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    KF_AUTO_PTR(kf_ca) ca = NULL;
    KF_AUTO(kf_buf) csr = {0};
    KF_AUTO(kf_answer) answer = {0};
    struct kf_labca_order made = {.name = "lab", .profiles = "smime-sign  openvpn"};
    OK(kf_labca_init(context, NULL, &made, NULL));
    OK(kf_ca_open(context, "lab", NULL, &ca));
    make_bad(&(struct bad){.what = "plain"}, &csr);
    struct kf_ca_order order = order_of("one", &csr);
    OK(kf_ca_submit(ca, &order, &answer));
    assert_int_equal(answer.outcome, KF_CA_REJECTED);
    assert_non_null(strstr(answer.text, "tls-client"));
    order.profile = "openvpn";
    OK(kf_ca_submit(ca, &order, &answer));
    assert_int_equal(answer.outcome, KF_CA_ISSUED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_DIR(every_bad_request_is_refused_with_a_reason),
        IN_DIR(the_same_builder_makes_requests_that_are_issued),
        IN_DIR(an_order_without_id_or_profile_is_refused),
        IN_DIR(a_ca_for_one_profile_issues_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
