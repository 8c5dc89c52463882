// SPDX-License-Identifier: Apache-2.0
// The doubles' CA: what it issues rightly, and wrongly where a test says so.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "double.h"

static kf_double *d;

static int start(void **state) {
    d = double_start("plain", DOUBLE_PLAIN);
    return 0;
}

static int stop(void **state) {
    double_stop(d);
    return 0;
}

static char *make_csr(void) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509_REQ *request = X509_REQ_new();
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN", MBSTRING_UTF8,
                               (const unsigned char *)"Anna", -1, -1, 0);
    X509_REQ_set_pubkey(request, key);
    assert_true(X509_REQ_sign(request, key, EVP_sha256()) > 0);
    BIO *out = BIO_new(BIO_s_mem());
    PEM_write_bio_X509_REQ(out, request);
    char *text, *copy;
    long len = BIO_get_mem_data(out, &text);
    copy = strndup(text, (size_t)len);
    BIO_free(out);
    X509_REQ_free(request);
    EVP_PKEY_free(key);
    return copy;
}

/* Does the first certificate lead to double_ca_root() by those that come along? */
static bool leads_to_root(const char *pem, X509 **ret_leaf) {
    X509_STORE *store = X509_STORE_new();
    X509_STORE_load_file(store, double_ca_root(d));
    STACK_OF(X509) *along = sk_X509_new_null();
    BIO *in = BIO_new_mem_buf(pem, -1);
    *ret_leaf = PEM_read_bio_X509(in, NULL, NULL, NULL);
    for (X509 *next; (next = PEM_read_bio_X509(in, NULL, NULL, NULL));)
        sk_X509_push(along, next);
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509_STORE_CTX_init(context, store, *ret_leaf, along);
    bool leads = X509_verify_cert(context) == 1;
    X509_STORE_CTX_free(context);
    sk_X509_pop_free(along, X509_free);
    X509_STORE_free(store);
    BIO_free(in);
    return leads;
}

static void certificates_are_right_or_wrong_as_asked(void **state) {
    static const struct {
        const char *issue;
        bool leads, same_key, ca;
    } cases[] = {{"", true, true, false},
                 {"other-key", true, false, false},
                 {"wrong-chain", false, true, false},
                 {"extra-root", true, true, false},
                 {"expired", false, true, false},
                 {"ca", true, true, true},
                 {"long", true, true, false},
                 {"other-order", true, false, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        X509 *leaf;
        char *csr = make_csr();
        double_set(d, "issue", cases[i].issue);
        char *pem = double_issue(d, csr, strlen(csr), NULL, true, true);
        assert_int_equal(leads_to_root(pem, &leaf), cases[i].leads);
        assert_int_equal(double_same_key(csr, strlen(csr), pem, strlen(pem)), cases[i].same_key);
        assert_int_equal(X509_check_ca(leaf) != 0, cases[i].ca);
        X509_free(leaf);
        free(csr), free(pem);
    }
    assert_int_equal(double_count(d, "certificates"), 8);
}

static void a_csr_comes_in_any_form_and_bad_ones_are_refused(void **state) {
    char *csr = make_csr(), bare[2048] = "";
    for (const char *line = strchr(csr, '\n') + 1; strncmp(line, "--", 2) != 0;) {
        strncat(bare, line, strcspn(line, "\n"));
        line = strchr(line, '\n') + 1;
    }
    char *pem = double_issue(d, bare, strlen(bare), "CN=Eve\\, Org,O=\xc3\xbc", false, false);
    assert_true(double_same_key(csr, strlen(csr), pem, strlen(pem)));
    size_t len;
    unsigned char *der = double_pem_to_der(pem, &len);
    assert_true(double_same_key((char *)der, len, bare, strlen(bare)));
    bare[40] ^= 1;
    assert_null(double_issue(d, bare, strlen(bare), NULL, false, false));
    assert_null(double_issue(d, "", 0, NULL, false, false));
    free(csr), free(pem), free(der);
}

static void the_chain_is_pem_and_pkcs7(void **state) {
    size_t len;
    unsigned char *p7b = double_ca_p7b(d, &len);
    const unsigned char *at = p7b;
    PKCS7 *bag = d2i_PKCS7(NULL, &at, (long)len);
    assert_non_null(bag);
    assert_int_equal(sk_X509_num(bag->d.sign->cert), 2);
    char *pem = double_ca_chain(d);
    X509 *first;
    assert_true(leads_to_root(pem, &first));
    X509_free(first);
    PKCS7_free(bag);
    free(p7b), free(pem);
}

#define ISSUER(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void) {
    const struct CMUnitTest tests[] = {
        ISSUER(certificates_are_right_or_wrong_as_asked),
        ISSUER(a_csr_comes_in_any_form_and_bad_ones_are_refused),
        ISSUER(the_chain_is_pem_and_pkcs7),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
