// SPDX-License-Identifier: Apache-2.0
// The way from a leaf to a trusted root, and everything that blocks it.
#include "unit/x509_fixture.h"

#define CA_EXTENSIONS                                                                              \
    {"basicConstraints", "critical,CA:TRUE"}, {                                                    \
        "keyUsage", "critical,keyCertSign"                                                         \
    }

static EVP_PKEY *root_key, *sub_key, *leaf_key;
static kf_cert *root, *sub, *leaf;

static kf_cert *make_sub(const char *subject, EVP_PKEY *key, const kf_cert *issuer,
                         EVP_PKEY *signer) {
    return make_cert(&(struct make){.subject = subject,
                                    .key = key,
                                    .issuer = issuer,
                                    .signer = signer,
                                    .extensions = {CA_EXTENSIONS}});
}

static kf_cert *make_leaf(const kf_cert *issuer, EVP_PKEY *signer) {
    return make_cert(
        &(struct make){.subject = "CN=Leaf", .key = leaf_key, .issuer = issuer, .signer = signer});
}

static int make_all(void **state) {
    root_key = make_p256();
    sub_key = make_p256();
    leaf_key = make_p256();
    root = make_root("CN=Root", root_key);
    sub = make_sub("CN=Sub", sub_key, root, root_key);
    leaf = make_leaf(sub, sub_key);
    return 0;
}

static int free_all(void **state) {
    kf_cert_free(root);
    kf_cert_free(sub);
    kf_cert_free(leaf);
    EVP_PKEY_free(root_key);
    EVP_PKEY_free(sub_key);
    EVP_PKEY_free(leaf_key);
    return 0;
}

/* Pool and anchors as lists that end with NULL. */
static kf_err build(kf_cert *from, kf_cert *const *pool, kf_cert *const *anchors, int64_t now,
                    size_t *ret_count) {
    KF_AUTO(kf_certs) pool_list = {0}, anchor_list = {0}, chain = {0};
    for (; *pool; pool++)
        kf_certs_add(&pool_list, *pool);
    for (; *anchors; anchors++)
        kf_certs_add(&anchor_list, *anchors);
    kf_err err = kf_chain_build(from, &pool_list, &anchor_list, now, &chain);
    *ret_count = chain.count;
    if (err == KF_OK)
        assert_true(kf_cert_equal(chain.items[0], from));
    return err;
}

#define LIST(...) ((kf_cert *const[]){__VA_ARGS__, NULL})
#define NONE      ((kf_cert *const[]){NULL})

static void assert_chain(kf_cert *from, kf_cert *const *pool, kf_cert *const *anchors,
                         size_t count) {
    size_t found = 0;
    kf_err err = build(from, pool, anchors, NOW, &found);
    if (err != KF_OK)
        fail_msg("%s", kf_error_sentence(err));
    assert_int_equal(found, count);
}

static void assert_no_chain(kf_cert *from, kf_cert *const *pool, kf_cert *const *anchors,
                            const char *part) {
    size_t found = 0;
    assert_fails(build(from, pool, anchors, NOW, &found), KF_E_UNTRUSTED, part);
    assert_int_equal(found, 0);
}

static void a_leaf_leads_over_its_ca_to_the_root(void **state) {
    assert_chain(leaf, LIST(sub), LIST(root), 3);
}

static void the_order_of_the_pool_does_not_matter(void **state) {
    KF_AUTO_PTR(kf_cert) other = make_sub("CN=Other", leaf_key, root, root_key);
    kf_cert *orders[][4] = {{leaf, sub, root, other},
                            {other, root, sub, leaf},
                            {root, other, leaf, sub},
                            {sub, leaf, other, root}};
    for (size_t i = 0; i < KF_COUNT(orders); i++)
        assert_chain(leaf, LIST(orders[i][0], orders[i][1], orders[i][2], orders[i][3]), LIST(root),
                     3);
}

static void the_chain_is_leaf_first(void **state) {
    KF_AUTO(kf_certs) pool = {0}, anchors = {0}, chain = {0};
    kf_certs_add(&pool, sub);
    kf_certs_add(&anchors, root);
    assert_int_equal(kf_chain_build(leaf, &pool, &anchors, NOW, &chain), KF_OK);
    assert_string_equal(kf_cert_subject(chain.items[1]), "CN=Sub");
    assert_true(kf_cert_equal(chain.items[2], root));
}

static void an_anchor_need_not_be_a_root(void **state) {
    assert_chain(leaf, NONE, LIST(sub), 2);
}

static void a_missing_ca_is_named(void **state) {
    assert_no_chain(leaf, NONE, LIST(root), "\"CN=Leaf\" has an issuer that was not found");
}

static void a_root_in_the_pool_is_not_trusted(void **state) {
    KF_AUTO_PTR(kf_cert) other = make_root("CN=Other Root", leaf_key);
    assert_no_chain(leaf, LIST(sub, root), LIST(other), "\"CN=Root\" is a root, but not a trusted");
    assert_no_chain(leaf, LIST(sub, root), NONE, "no trusted root");
}

static void a_root_of_the_same_name_is_not_enough(void **state) {
    KF_AUTO_PTR(kf_cert) twin = make_root("CN=Root", leaf_key);
    assert_no_chain(leaf, LIST(sub), LIST(twin), "signature");
    assert_chain(leaf, LIST(sub, twin), LIST(root), 3);
}

static void a_leaf_signed_by_itself_leads_nowhere(void **state) {
    KF_AUTO_PTR(kf_cert) alone = make_leaf(NULL, NULL);
    assert_no_chain(alone, NONE, LIST(root), "signed by itself");
}

static void times_are_the_callers(void **state) {
    size_t count = 0;
    assert_fails(build(leaf, LIST(sub), LIST(root), NOW + 366 * DAY, &count), KF_E_UNTRUSTED,
                 "has expired");
    assert_fails(build(leaf, LIST(sub), LIST(root), NOW - 2 * DAY, &count), KF_E_UNTRUSTED,
                 "is not valid yet");
}

static void an_expired_ca_blocks_the_way(void **state) {
    KF_AUTO_PTR(kf_cert)
    old = make_cert(&(struct make){.subject = "CN=Sub",
                                   .key = sub_key,
                                   .issuer = root,
                                   .signer = root_key,
                                   .from = NOW - 9 * DAY,
                                   .to = NOW - DAY,
                                   .extensions = {CA_EXTENSIONS}});
    assert_no_chain(leaf, LIST(old), LIST(root), "\"CN=Sub\" has expired");
}

static void only_a_ca_may_issue(void **state) {
    KF_AUTO_PTR(kf_cert)
    plain = make_cert(
        &(struct make){.subject = "CN=Plain", .key = sub_key, .issuer = root, .signer = root_key});
    KF_AUTO_PTR(kf_cert)
    no_sign = make_cert(&(struct make){
        .subject = "CN=Plain",
        .key = sub_key,
        .issuer = root,
        .signer = root_key,
        .extensions = {{"basicConstraints", "CA:TRUE"}, {"keyUsage", "digitalSignature"}}});
    KF_AUTO_PTR(kf_cert) below = make_leaf(plain, sub_key);
    assert_no_chain(below, LIST(plain), LIST(root), "without being a CA");
    assert_no_chain(below, LIST(no_sign), LIST(root), "issue");
}

static void path_lengths_are_kept(void **state) {
    KF_AUTO_PTR(kf_cert)
    tight = make_cert(&(struct make){.subject = "CN=Tight",
                                     .key = root_key,
                                     .extensions = {{"basicConstraints", "CA:TRUE,pathlen:0"}}});
    KF_AUTO_PTR(kf_cert) below = make_sub("CN=Sub", sub_key, tight, root_key);
    KF_AUTO_PTR(kf_cert) end = make_leaf(below, sub_key);
    assert_no_chain(end, LIST(below), LIST(tight), "may not have so many CAs below it");
}

static void name_constraints_are_kept(void **state) {
    KF_AUTO_PTR(kf_cert)
    narrow =
        make_cert(&(struct make){.subject = "CN=Narrow",
                                 .key = root_key,
                                 .extensions = {{"basicConstraints", "CA:TRUE"},
                                                {"nameConstraints", "permitted;DNS:example.org"}}});
    KF_AUTO_PTR(kf_cert)
    outside = make_cert(&(struct make){.subject = "CN=Leaf",
                                       .key = leaf_key,
                                       .issuer = narrow,
                                       .signer = root_key,
                                       .extensions = {{"subjectAltName", "DNS:evil.example"}}});
    assert_no_chain(outside, NONE, LIST(narrow), "a name that its CA may not give");
}

static void unknown_critical_extensions_are_refused(void **state) {
    KF_AUTO_PTR(kf_cert)
    strange = make_cert(&(struct make){.subject = "CN=Leaf",
                                       .key = leaf_key,
                                       .issuer = root,
                                       .signer = root_key,
                                       .extensions = {{"1.2.3.4", "critical,DER:0500"}}});
    assert_no_chain(strange, NONE, LIST(root), "not understood");
}

static void weak_hashes_count_only_on_the_anchor(void **state) {
    struct make make = {.subject = "CN=Old Root",
                        .key = root_key,
                        .hash = EVP_sha1(),
                        .extensions = {CA_EXTENSIONS}};
    KF_AUTO_PTR(kf_cert) old_root = make_cert(&make);
    KF_AUTO_PTR(kf_cert) good = make_leaf(old_root, root_key);
    make = (struct make){.subject = "CN=Leaf",
                         .key = leaf_key,
                         .issuer = root,
                         .signer = root_key,
                         .hash = EVP_sha1()};
    KF_AUTO_PTR(kf_cert) weak = make_cert(&make);
    assert_chain(good, NONE, LIST(old_root), 2);
    assert_no_chain(weak, NONE, LIST(root), "a hash that is too weak");
}

static void short_rsa_keys_are_refused(void **state) {
    KF_AUTO_PTR(EVP_PKEY) rsa = EVP_RSA_gen(1024);
    KF_AUTO_PTR(kf_cert)
    weak = make_cert(
        &(struct make){.subject = "CN=Leaf", .key = rsa, .issuer = root, .signer = root_key});
    KF_AUTO_PTR(kf_cert) weak_root = make_root("CN=Weak", rsa);
    KF_AUTO_PTR(kf_cert) below = make_leaf(weak_root, rsa);
    assert_no_chain(weak, NONE, LIST(root), "a key that is too short");
    assert_no_chain(below, NONE, LIST(weak_root), "too short for a CA");
}

/* `count` CAs between root and leaf. */
static kf_err build_deep(size_t count, size_t *ret_count) {
    KF_AUTO(kf_certs) pool = {0};
    kf_cert *list[KF_CERT_COUNT_MAX] = {0};
    const kf_cert *above = root;
    EVP_PKEY *signer = root_key;
    for (size_t i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "CN=CA %zu", i);
        list[i] = make_sub(name, sub_key, above, signer);
        above = list[i];
        signer = sub_key;
    }
    KF_AUTO_PTR(kf_cert) end = make_leaf(above, signer);
    kf_err err = build(end, list, LIST(root), NOW, ret_count);
    for (size_t i = 0; i < count; i++)
        kf_cert_free(list[i]);
    return err;
}

static void eight_cas_are_enough(void **state) {
    size_t count = 0;
    assert_int_equal(build_deep(8, &count), KF_OK);
    assert_int_equal(count, 10);
    assert_int_equal(build_deep(9, &count), KF_E_UNTRUSTED);
}

static void the_result_is_untouched_on_failure(void **state) {
    KF_AUTO(kf_certs) pool = {0}, anchors = {0}, chain = {0};
    kf_certs_add(&chain, sub);
    assert_int_equal(kf_chain_build(leaf, &pool, &anchors, NOW, &chain), KF_E_UNTRUSTED);
    assert_int_equal(chain.count, 1);
    assert_true(kf_cert_equal(chain.items[0], sub));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leaf_leads_over_its_ca_to_the_root),
        cmocka_unit_test(the_order_of_the_pool_does_not_matter),
        cmocka_unit_test(the_chain_is_leaf_first),
        cmocka_unit_test(an_anchor_need_not_be_a_root),
        cmocka_unit_test(a_missing_ca_is_named),
        cmocka_unit_test(a_root_in_the_pool_is_not_trusted),
        cmocka_unit_test(a_root_of_the_same_name_is_not_enough),
        cmocka_unit_test(a_leaf_signed_by_itself_leads_nowhere),
        cmocka_unit_test(times_are_the_callers),
        cmocka_unit_test(an_expired_ca_blocks_the_way),
        cmocka_unit_test(only_a_ca_may_issue),
        cmocka_unit_test(path_lengths_are_kept),
        cmocka_unit_test(name_constraints_are_kept),
        cmocka_unit_test(unknown_critical_extensions_are_refused),
        cmocka_unit_test(weak_hashes_count_only_on_the_anchor),
        cmocka_unit_test(short_rsa_keys_are_refused),
        cmocka_unit_test(eight_cas_are_enough),
        cmocka_unit_test(the_result_is_untouched_on_failure),
    };
    return cmocka_run_group_tests(tests, make_all, free_all);
}
