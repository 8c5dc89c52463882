// SPDX-License-Identifier: Apache-2.0
// What the tests of src/store share: a store in a private folder, a clock that stands still, and
// certificates made on the spot.
#pragma once

#include "base_fixture.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "store/records.h"
#include "x509/json.h"

#define DAY ((int64_t)86400)
#define NOW ((int64_t)1800000000) /* 2027-01-15 */

KF_DEFINE_AUTO_PTR_WITH(X509, X509_free)

static kf_context *store;
static int64_t store_now;
static EVP_PKEY *ca_key, *leaf_key;

static int64_t clock_of_store(void *arg) {
    return store_now;
}

__attribute__((unused)) static int open_store(void **state) {
    struct kf_context_options options = {.home = base_dir, .clock = clock_of_store};
    store_now = NOW;
    ca_key = EVP_EC_gen("P-256");
    leaf_key = EVP_EC_gen("P-256");
    if (make_base_dir(state) != 0 || !ca_key || !leaf_key)
        return -1;
    return kf_context_new(&options, &store) == KF_OK ? 0 : -1;
}

__attribute__((unused)) static int close_store(void **state) {
    kf_context_free(store);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(leaf_key);
    return remove_base_dir(state);
}

struct recipe {
    const char *cn, *issuer; /* common names; the issuer's NULL: self-issued */
    const char *o;           /* more of the subject, or NULL */
    long serial;             /* 0: 1 */
    bool ca;
    EVP_PKEY *key, *signer;        /* NULL: leaf_key, ca_key; the other way round for a CA */
    int64_t not_before, not_after; /* NULL: a year around NOW */
};

__attribute__((unused)) static void add_name_part(X509_NAME *name, const char *type,
                                                  const char *value) {
    if (value)
        assert_true(X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8, (const uint8_t *)value,
                                               -1, -1, 0));
}

__attribute__((unused)) static void add_ca_extensions(X509 *x509) {
    X509_EXTENSION *is_ca =
        X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
    assert_true(is_ca && X509_add_ext(x509, is_ca, -1));
    X509_EXTENSION_free(is_ca);
}

__attribute__((unused)) static kf_cert *make_cert(const struct recipe *recipe) {
    KF_AUTO_PTR(X509) x509 = X509_new();
    uint8_t *der = NULL;
    kf_cert *cert = NULL;
    X509_NAME *subject = X509_get_subject_name(x509);
    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), recipe->serial ? recipe->serial : 1);
    ASN1_TIME_set(X509_getm_notBefore(x509),
                  recipe->not_before ? recipe->not_before : NOW - 180 * DAY);
    ASN1_TIME_set(X509_getm_notAfter(x509),
                  recipe->not_after ? recipe->not_after : NOW + 180 * DAY);
    add_name_part(subject, "O", recipe->o);
    add_name_part(subject, "CN", recipe->cn);
    add_name_part(X509_get_issuer_name(x509), "CN", recipe->issuer ? recipe->issuer : recipe->cn);
    X509_set_pubkey(x509, recipe->key ? recipe->key : recipe->ca ? ca_key : leaf_key);
    if (recipe->ca)
        add_ca_extensions(x509);
    assert_true(X509_sign(x509, recipe->signer ? recipe->signer : ca_key, EVP_sha256()));
    int len = i2d_X509(x509, &der);
    assert_int_equal(kf_cert_parse(der, (size_t)len, &cert), KF_OK);
    OPENSSL_free(der);
    return cert;
}

/* Make it and keep it; the id is good for the next four calls. */
__attribute__((unused)) static const char *put_made(enum kf_store_kind kind,
                                                    const struct recipe *recipe) {
    static char ids[4][KF_STORE_ID_SIZE];
    static unsigned turn;
    char *id = ids[turn++ % 4];
    KF_AUTO_PTR(kf_cert) cert = make_cert(recipe);
    assert_int_equal(kf_store_put(store, kind, cert, NULL, NULL, id), KF_OK);
    return id;
}

/* A string of the document of `name`; good until the next call. */
__attribute__((unused)) static const char *said(const char *name, const char *key) {
    static char text[256];
    KF_AUTO_PTR(json_t) document = NULL;
    assert_int_equal(kf_store_json(store, name, &document), KF_OK);
    const char *value = json_string_value(json_object_get(document, key));
    snprintf(text, sizeof text, "%s", value ? value : "(null)");
    return text;
}

__attribute__((unused)) static size_t count_of(enum kf_store_kind kind) {
    KF_AUTO_PTR(json_t) list = NULL;
    assert_int_equal(kf_store_list_json(store, kind, &list), KF_OK);
    return json_array_size(list);
}

#define IN_STORE(test) cmocka_unit_test_setup_teardown(test, open_store, close_store)
