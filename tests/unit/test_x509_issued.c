// SPDX-License-Identifier: Apache-2.0
// What a CA sends is written to a token only when it is what was asked for.
#include "unit/x509_fixture.h"
#include "x509/issued.h"

#define SAN "email:anna@example.org,DNS:pc.example.org"

static const char profile_text[] = "[profile]\n"
                                   "title = Test\n"
                                   "keys = p256\n"
                                   "validity_days = 825\n"
                                   "[usage]\n"
                                   "key_usage = digitalSignature\n"
                                   "extended = clientAuth emailProtection\n";

static EVP_PKEY *root_key, *sub_key, *key, *other_key;
static kf_cert *root, *sub, *other_root;
static kf_csr *csr;
static kf_profile *profile;
static kf_certs anchors;
static struct kf_issued_rules rules;

static const struct extension asked[] = {{"keyUsage", "critical,digitalSignature"},
                                         {"extendedKeyUsage", "clientAuth,emailProtection"},
                                         {"subjectAltName", SAN}};

static struct make good_make(void) {
    return (struct make){.subject = "CN=Anna,O=Example",
                         .key = key,
                         .issuer = sub,
                         .signer = sub_key,
                         .extensions = {{"basicConstraints", "critical,CA:FALSE"},
                                        {"keyUsage", "critical,digitalSignature"},
                                        {"extendedKeyUsage", "clientAuth,emailProtection"},
                                        {"subjectAltName", SAN}}};
}

static int make_ca(void **state) {
    root_key = make_p256();
    sub_key = make_p256();
    key = make_p256();
    other_key = make_p256();
    root = make_root("CN=Root", root_key);
    other_root = make_root("CN=Other", other_key);
    sub = make_cert(&(struct make){.subject = "CN=Sub",
                                   .key = sub_key,
                                   .issuer = root,
                                   .signer = root_key,
                                   .to = NOW + 9000 * DAY,
                                   .extensions = {{"basicConstraints", "critical,CA:TRUE"}}});
    kf_certs_add(&anchors, root);
    assert_int_equal(kf_profile_parse(profile_text, sizeof profile_text - 1, "test", &profile),
                     KF_OK);
    assert_int_equal(make_csr("CN=Anna,O=Example", key, asked, KF_COUNT(asked), &csr), KF_OK);
    return 0;
}

static int free_ca(void **state) {
    kf_cert_free(root);
    kf_cert_free(sub);
    kf_cert_free(other_root);
    kf_certs_clear(&anchors);
    kf_csr_free(csr);
    kf_profile_free(profile);
    EVP_PKEY_free(root_key);
    EVP_PKEY_free(sub_key);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other_key);
    return 0;
}

static int reset_rules(void **state) {
    rules =
        (struct kf_issued_rules){.csr = csr, .profile = profile, .anchors = &anchors, .now = NOW};
    return 0;
}

/* Check an answer of the given certificates, a list that ends with NULL. */
static kf_err check(kf_cert *const *list, kf_certs *ret_chain) {
    KF_AUTO(kf_certs) answer = {0};
    for (; *list; list++)
        assert_int_equal(kf_certs_add(&answer, *list), KF_OK);
    return kf_issued_check(&answer, &rules, ret_chain);
}

static kf_err check_make(const struct make *make, kf_certs *ret_chain) {
    KF_AUTO_PTR(kf_cert) leaf = make_cert(make);
    return check((kf_cert *const[]){leaf, sub, NULL}, ret_chain);
}

/* Replace the value of an extension, add one that is not there, or take it out (NULL). */
static void swap(struct make *make, const struct extension *change) {
    size_t i = 0;
    while (make->extensions[i].name && strcmp(make->extensions[i].name, change->name) != 0)
        i++;
    make->extensions[i] = *change;
    for (; !change->value && i + 1 < KF_COUNT(make->extensions); i++)
        make->extensions[i] = make->extensions[i + 1];
}

static void what_was_asked_for_is_accepted(void **state) {
    KF_AUTO(kf_certs) chain = {0};
    struct make make = good_make();
    kf_err err = check_make(&make, &chain);
    if (err != KF_OK)
        fail_msg("%s", kf_error_sentence(err));
    assert_int_equal(chain.count, 3);
    assert_string_equal(kf_cert_subject(chain.items[0]), "CN=Anna,O=Example");
    assert_true(kf_cert_equal(chain.items[2], root));
}

static const struct {
    struct extension swap[2];
    const char *subject, *part;
    int64_t from, to;
    int version;
} mutations[] = {
    {.subject = "CN=Eve,O=Example", .part = "its subject is \"CN=Eve,O=Example\" but \"CN=Anna"},
    {.subject = "CN=Anna", .part = "its subject is \"CN=Anna\" but"},
    {.subject = "CN=Anna,O=Other", .part = "its subject is"},
    {.subject = "CN=Anna,OU=Admins,O=Example", .part = "its subject is"},
    {.subject = "CN=Anna,CN=Eve,O=Example", .part = "its subject is"},
    {.subject = "O=Example,CN=Anna", .part = "its subject is"},
    {.subject = "", .part = "its subject is \"\""},
    {.swap = {{"basicConstraints", "critical,CA:TRUE"}}, .part = "it is a CA certificate"},
    {.swap = {{"basicConstraints", "CA:TRUE"}}, .part = "it is a CA certificate"},
    {.swap = {{"basicConstraints", "CA:TRUE,pathlen:0"}}, .part = "it is a CA certificate"},
    {.swap = {{"basicConstraints", NULL}, {"keyUsage", "keyCertSign"}},
     .part = "it is a CA certificate"},
    {.swap = {{"subjectAltName", SAN ",email:eve@example.org"}},
     .part = "its names contain \"email:eve@example.org\" which was not asked for"},
    {.swap = {{"subjectAltName", SAN ",DNS:evil.example"}}, .part = "contain \"dns:evil.example\""},
    {.swap = {{"subjectAltName", SAN ",IP:10.0.0.1"}}, .part = "contain \"ip:10.0.0.1\""},
    {.swap = {{"subjectAltName", SAN ",URI:https://evil.example"}}, .part = "contain \"uri:"},
    {.swap = {{"subjectAltName", SAN ",otherName:1.3.6.1.4.1.311.20.2.3;UTF8:admin@corp"}},
     .part = "contain \"upn:admin@corp\""},
    {.swap = {{"subjectAltName", SAN ",RID:1.2.3"}}, .part = "its names contain"},
    {.swap = {{"subjectAltName", "email:anna@example.org"}},
     .part = "its names lack \"dns:pc.example.org\""},
    {.swap = {{"subjectAltName", "DNS:pc.example.org"}},
     .part = "its names lack \"email:anna@example.org\""},
    {.swap = {{"subjectAltName", NULL}}, .part = "its names lack"},
    {.swap = {{"subjectAltName", "email:ANNA@example.org,DNS:pc.example.org"}},
     .part = "contain \"email:ANNA@example.org\""},
    {.swap = {{"subjectAltName", "email:anna@example.org,DNS:pc.example.org.evil"}},
     .part = "contain \"dns:pc.example.org.evil\""},
    {.swap = {{"subjectAltName", "email:anna@example.org,DNS:*.example.org"}},
     .part = "contain \"dns:*.example.org\""},
    {.swap = {{"1.3.6.1.4.1.311.25.2",
               "DER:303FA03D060A2B060104018237190201A02F042D532D312D352D32312D31303034333336333438"
               "2D313137373233383931352D3638323030333333302D31313034"}},
     .part = "security identifier is \"S-1-5-21-1004336348-1177238915-682003330-1104\" which"},
    {.swap = {{"1.3.6.1.4.1.311.25.2", "DER:0500"}}, .part = "security identifier cannot be read"},
    {.swap = {{"keyUsage", NULL}}, .part = "it has no key usage"},
    {.swap = {{"keyUsage", "nonRepudiation"}}, .part = "its key usage lacks digitalSignature"},
    {.swap = {{"keyUsage", "digitalSignature,keyAgreement"}},
     .part = "its key usage has keyAgreement which was not asked for"},
    {.swap = {{"keyUsage", "digitalSignature,nonRepudiation,keyEncipherment"}},
     .part = "has nonRepudiation, keyEncipherment which"},
    {.swap = {{"keyUsage", "digitalSignature,cRLSign"}}, .part = "key usage has cRLSign"},
    {.swap = {{"keyUsage", "digitalSignature,keyCertSign"}}, .part = "key usage has keyCertSign"},
    {.swap = {{"keyUsage", "digitalSignature,decipherOnly"}}, .part = "has decipherOnly"},
    {.swap = {{"keyUsage", "DER:0500"}}, .part = "its extensions are damaged"},
    {.swap = {{"extendedKeyUsage", NULL}}, .part = "it has no extended key usage"},
    {.swap = {{"extendedKeyUsage", "clientAuth"}},
     .part = "its extended key usage lacks emailProtection"},
    {.swap = {{"extendedKeyUsage", "clientAuth,emailProtection,codeSigning"}},
     .part = "its extended key usage has codeSigning which was not asked for"},
    {.swap = {{"extendedKeyUsage", "clientAuth,emailProtection,serverAuth"}},
     .part = "has serverAuth which"},
    {.swap = {{"extendedKeyUsage", "clientAuth,emailProtection,anyExtendedKeyUsage"}},
     .part = "has anyExtendedKeyUsage which"},
    {.swap = {{"extendedKeyUsage", "clientAuth,emailProtection,1.3.6.1.4.1.311.20.2.1"}},
     .part = "has 1.3.6.1.4.1.311.20.2.1 which"},
    {.swap = {{"extendedKeyUsage", "critical,1.2.3.4"}}, .part = "has 1.2.3.4 which"},
    {.swap = {{"extendedKeyUsage", "DER:3000"}}, .part = "lacks clientAuth, emailProtection"},
    {.swap = {{"1.2.3.4", "critical,DER:0500"}}, .part = "not understood"},
    {.swap = {{"2.5.29.15", "DER:03020780"}}, .part = "it has the extension 2.5.29.15 twice"},
    {.swap = {{"2.5.29.17", "DER:3000"}}, .part = "it has the extension 2.5.29.17 twice"},
    {.swap = {{"basicConstraints", "DER:0500"}}, .part = "its extensions are damaged"},
    {.from = NOW - DAY,
     .to = NOW + 7299 * DAY,
     .part = "it is valid for 7300 days but the profile allows 825"},
    {.from = NOW, .to = NOW + 828 * DAY, .part = "it is valid for 828 days"},
    {.from = NOW - 9 * DAY, .to = NOW - DAY, .part = "it expired at 2026-11-17"},
    {.from = NOW - 9 * DAY, .to = NOW, .part = "it expired at 2026-11-18"},
    {.from = NOW + DAY, .to = NOW - DAY, .part = "its validity ends before it begins"},
    {.from = NOW + 2 * DAY, .to = NOW + 9 * DAY, .part = "it becomes valid only at 2026-11-20"},
    {.from = NOW + DAY + 1, .to = NOW + 9 * DAY, .part = "it becomes valid only at"},
    {.version = 1, .part = "it has no key usage"},
};

static void every_mutation_is_quarantined(void **state) {
    for (size_t i = 0; i < KF_COUNT(mutations); i++) {
        KF_AUTO(kf_certs) chain = {0};
        struct make make = good_make();
        if (mutations[i].version)
            memset(make.extensions, 0, sizeof make.extensions);
        for (size_t n = 0; n < 2 && mutations[i].swap[n].name; n++)
            swap(&make, &mutations[i].swap[n]);
        make.subject = mutations[i].subject ? mutations[i].subject : make.subject;
        make.from = mutations[i].from;
        make.to = mutations[i].to;
        make.version = mutations[i].version;
        assert_fails(check_make(&make, &chain), KF_E_QUARANTINED, mutations[i].part);
        assert_int_equal(chain.count, 0);
    }
}

static void several_deviations_are_all_named(void **state) {
    struct make make = good_make();
    make.subject = "CN=Eve";
    make.to = NOW + 9000 * DAY;
    kf_err err = check_make(&make, NULL);
    assert_fails(err, KF_E_QUARANTINED, "its subject is \"CN=Eve\"");
    assert_fails(err, KF_E_QUARANTINED, "valid for 9001 days");
}

static void a_certificate_for_another_key_is_quarantined(void **state) {
    struct make make = good_make();
    make.key = other_key;
    KF_AUTO_PTR(kf_cert) leaf = make_cert(&make);
    assert_fails(check((kf_cert *const[]){leaf, NULL}, NULL), KF_E_QUARANTINED,
                 "is for another key");
    assert_fails(check((kf_cert *const[]){leaf, sub, NULL}, NULL), KF_E_QUARANTINED,
                 "each of the 2 certificates is for another key");
    assert_fails(check((kf_cert *const[]){NULL}, NULL), KF_E_QUARANTINED, "no certificate");
}

static void foreign_and_broken_chains_are_quarantined(void **state) {
    struct make make = good_make();
    make.issuer = other_root;
    make.signer = other_key;
    assert_fails(check_make(&make, NULL), KF_E_QUARANTINED,
                 "not lead to a root of this connection");
    make = good_make();
    make.signer = other_key;
    assert_fails(check_make(&make, NULL), KF_E_QUARANTINED, "a signature that is not its issuer's");
    make = good_make();
    make.issuer = NULL;
    make.signer = NULL;
    assert_fails(check_make(&make, NULL), KF_E_QUARANTINED, "is signed by itself");
    make = good_make();
    make.hash = EVP_sha1();
    assert_fails(check_make(&make, NULL), KF_E_QUARANTINED, "a hash that is too weak");
}

static void a_root_in_the_answer_opens_nothing(void **state) {
    struct make make = good_make();
    make.issuer = other_root;
    make.signer = other_key;
    KF_AUTO_PTR(kf_cert) leaf = make_cert(&make);
    assert_fails(check((kf_cert *const[]){leaf, other_root, NULL}, NULL), KF_E_QUARANTINED,
                 "\"CN=Other\" is a root, but not a trusted one");
}

static void a_missing_ca_is_quarantined(void **state) {
    struct make make = good_make();
    KF_AUTO_PTR(kf_cert) leaf = make_cert(&make);
    assert_fails(check((kf_cert *const[]){leaf, NULL}, NULL), KF_E_QUARANTINED,
                 "has an issuer that was not found");
}

/* All 24 orders of leaf, CA, root and a stranger. */
static void the_order_of_the_answer_does_not_matter(void **state) {
    struct make make = good_make();
    KF_AUTO_PTR(kf_cert) leaf = make_cert(&make);
    kf_cert *const all[4] = {leaf, sub, root, other_root};
    size_t checked = 0;
    for (size_t n = 0; n < 256; n++) {
        size_t a = n & 3, b = n >> 2 & 3, c = n >> 4 & 3, d = n >> 6 & 3;
        if ((1u << a | 1u << b | 1u << c | 1u << d) != 15)
            continue;
        KF_AUTO(kf_certs) chain = {0};
        assert_int_equal(check((kf_cert *const[]){all[a], all[b], all[c], all[d], NULL}, &chain),
                         KF_OK);
        assert_int_equal(chain.count, 3);
        assert_true(kf_cert_equal(chain.items[0], leaf));
        checked++;
    }
    assert_int_equal(checked, 24);
}

static void the_newest_that_passes_is_taken(void **state) {
    struct make make = good_make();
    make.from = NOW - 100 * DAY;
    KF_AUTO_PTR(kf_cert) old = make_cert(&make);
    make.from = NOW - 10 * DAY;
    KF_AUTO_PTR(kf_cert) recent = make_cert(&make);
    make.from = NOW - DAY;
    make.subject = "CN=Eve";
    KF_AUTO_PTR(kf_cert) newest = make_cert(&make);
    KF_AUTO(kf_certs) chain = {0};
    kf_cert *const answer[] = {old, newest, sub, recent, NULL};
    assert_int_equal(check(answer, &chain), KF_OK);
    assert_true(kf_cert_equal(chain.items[0], recent));
    kf_cert *const backwards[] = {recent, sub, newest, old, NULL};
    assert_int_equal(check(backwards, &chain), KF_OK);
    assert_true(kf_cert_equal(chain.items[0], recent));
}

static void the_newest_one_explains_the_failure(void **state) {
    struct make make = good_make();
    make.subject = "CN=Old";
    make.from = NOW - 9 * DAY;
    KF_AUTO_PTR(kf_cert) old = make_cert(&make);
    make.subject = "CN=New";
    make.from = NOW - DAY;
    KF_AUTO_PTR(kf_cert) recent = make_cert(&make);
    assert_fails(check((kf_cert *const[]){old, recent, sub, NULL}, NULL), KF_E_QUARANTINED,
                 "\"CN=New\"");
}

static void a_start_within_a_day_is_waited_for(void **state) {
    KF_AUTO(kf_certs) chain = {0};
    struct make make = good_make();
    make.from = NOW + DAY;
    assert_fails(check_make(&make, &chain), KF_E_PENDING, "becomes valid only at 2026-11-19");
    assert_int_equal(chain.count, 0);
    make.from = NOW;
    assert_int_equal(check_make(&make, &chain), KF_OK);
}

static void a_wrong_certificate_is_not_waited_for(void **state) {
    struct make make = good_make();
    make.from = NOW + DAY / 2;
    make.subject = "CN=Eve";
    assert_fails(check_make(&make, NULL), KF_E_QUARANTINED, "its subject is");
}

static void two_days_over_the_validity_are_let_pass(void **state) {
    KF_AUTO(kf_certs) chain = {0};
    struct make make = good_make();
    make.from = NOW - DAY;
    make.to = NOW + 826 * DAY;
    assert_int_equal(check_make(&make, &chain), KF_OK);
    make.to++;
    assert_int_equal(check_make(&make, &chain), KF_E_QUARANTINED);
}

static void letter_case_of_hosts_does_not_matter(void **state) {
    KF_AUTO(kf_certs) chain = {0};
    struct make make = good_make();
    swap(&make, &(struct extension){"subjectAltName", "DNS:PC.example.org,email:anna@EXAMPLE.org"});
    assert_int_equal(check_make(&make, &chain), KF_OK);
}

static void a_ca_with_records_of_its_own_may_change_names(void **state) {
    KF_AUTO(kf_certs) chain = {0};
    struct make make = good_make();
    make.subject = "CN=Anna Example,O=Records";
    swap(&make, &(struct extension){"subjectAltName", "email:other@example.org"});
    rules.ca_may_change_subject = true;
    assert_int_equal(check_make(&make, &chain), KF_OK);
    swap(&make, &(struct extension){"basicConstraints", "CA:TRUE"});
    assert_fails(check_make(&make, &chain), KF_E_QUARANTINED, "it is a CA certificate");
}

static void without_a_profile_usages_are_free(void **state) {
    KF_AUTO(kf_certs) chain = {0};
    struct make make = good_make();
    make.to = NOW + 5000 * DAY;
    swap(&make, &(struct extension){"extendedKeyUsage", "codeSigning"});
    swap(&make, &(struct extension){"keyUsage", NULL});
    rules.profile = NULL;
    assert_int_equal(check_make(&make, &chain), KF_OK);
    swap(&make, &(struct extension){"keyUsage", "digitalSignature,keyCertSign"});
    assert_fails(check_make(&make, &chain), KF_E_QUARANTINED, "act as a CA");
}

static void an_asked_security_identifier_must_come(void **state) {
    static const struct extension sid[] = {
        {"1.3.6.1.4.1.311.25.2",
         "DER:303FA03D060A2B060104018237190201A02F042D532D312D352D32312D31303034333336333438"
         "2D313137373233383931352D3638323030333333302D31313034"},
        {"subjectAltName", SAN}};
    KF_AUTO(kf_certs) chain = {0};
    KF_AUTO_PTR(kf_csr) with_sid = NULL;
    assert_int_equal(make_csr("CN=Anna,O=Example", key, sid, KF_COUNT(sid), &with_sid), KF_OK);
    struct make make = good_make();
    rules.csr = with_sid;
    assert_fails(check_make(&make, &chain), KF_E_QUARANTINED, "it lacks the security identifier");
    swap(&make, &sid[0]);
    assert_int_equal(check_make(&make, &chain), KF_OK);
}

/* A certificate of 60 KB with ten thousand extensions must not take seconds. */
static void very_many_extensions_are_refused_at_once(void **state) {
    struct make make = good_make();
    X509 *x509 = make_x509(&make);
    KF_AUTO_PTR(X509_EXTENSION)
    extension = X509V3_EXT_conf(NULL, NULL, "1.2.3.4", "DER:0500");
    for (int i = 0; i < 10000; i++)
        X509_add_ext(x509, extension, -1);
    assert_true(X509_sign(x509, sub_key, EVP_sha256()) > 0);
    KF_AUTO_PTR(kf_cert) leaf = NULL;
    assert_int_equal(kf_cert_from_x509(x509, &leaf), KF_OK);
    assert_fails(check((kf_cert *const[]){leaf, sub, NULL}, NULL), KF_E_QUARANTINED,
                 "more than 64 extensions");
}

#define RULED(test) cmocka_unit_test_setup(test, reset_rules)

int main(void) {
    const struct CMUnitTest tests[] = {
        RULED(what_was_asked_for_is_accepted),
        RULED(every_mutation_is_quarantined),
        RULED(several_deviations_are_all_named),
        RULED(a_certificate_for_another_key_is_quarantined),
        RULED(foreign_and_broken_chains_are_quarantined),
        RULED(a_root_in_the_answer_opens_nothing),
        RULED(a_missing_ca_is_quarantined),
        RULED(the_order_of_the_answer_does_not_matter),
        RULED(the_newest_that_passes_is_taken),
        RULED(the_newest_one_explains_the_failure),
        RULED(a_start_within_a_day_is_waited_for),
        RULED(a_wrong_certificate_is_not_waited_for),
        RULED(two_days_over_the_validity_are_let_pass),
        RULED(letter_case_of_hosts_does_not_matter),
        RULED(a_ca_with_records_of_its_own_may_change_names),
        RULED(without_a_profile_usages_are_free),
        RULED(an_asked_security_identifier_must_come),
        RULED(very_many_extensions_are_refused_at_once),
    };
    return cmocka_run_group_tests(tests, make_ca, free_ca);
}
