// SPDX-License-Identifier: Apache-2.0
// Certificates out of the store as files, read back by ourselves and by the openssl command.
#include "base/file.h"
#include "store_fixture.h"

static EVP_PKEY *sub_key;

/* c-1 anna, c-2 Sub, c-3 Root when `trusted`. */
static void fill(bool trusted) {
    sub_key = EVP_EC_gen("P-256");
    put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "anna", .issuer = "Sub", .signer = sub_key});
    put_made(KF_STORE_INTERMEDIATE,
             &(struct recipe){.cn = "Sub", .issuer = "Root", .ca = true, .key = sub_key});
    KF_AUTO_PTR(kf_cert) root = make_cert(&(struct recipe){.cn = "Root", .ca = true});
    if (trusted)
        assert_int_equal(kf_store_accept_root(store, root, kf_cert_fingerprint(root)), KF_OK);
    EVP_PKEY_free(sub_key);
}

/* Export anna and read the file back: its subjects, one after the other. */
static void export_and_read(enum kf_cert_format format, bool chain, const char *subjects) {
    KF_AUTO_FREE uint8_t *data = NULL;
    KF_AUTO(kf_certs) certs = {0};
    KF_AUTO(kf_buf) found = {0};
    size_t len = 0;
    assert_int_equal(kf_store_export(store, "anna", format, chain, &data, &len), KF_OK);
    assert_int_equal(kf_certs_read(data, len, &certs), KF_OK);
    for (size_t i = 0; i < certs.count; i++)
        assert_int_equal(kf_buf_printf(&found, "%s ", kf_cert_subject(certs.items[i])), KF_OK);
    assert_string_equal(kf_buf_str(&found), subjects);
}

static void one_certificate_in_every_format(void **state) {
    fill(true);
    for (int format = KF_CERT_PEM; format <= KF_CERT_PKCS7_PEM; format++)
        export_and_read((enum kf_cert_format)format, false, "CN=anna ");
}

static void the_chain_follows_without_the_root(void **state) {
    fill(true);
    export_and_read(KF_CERT_PEM, true, "CN=anna CN=Sub ");
    export_and_read(KF_CERT_PKCS7, true, "CN=anna CN=Sub ");
    export_and_read(KF_CERT_PKCS7_PEM, true, "CN=anna CN=Sub ");
}

static void the_known_issuers_follow_without_a_trusted_root(void **state) {
    fill(false);
    export_and_read(KF_CERT_PEM, true, "CN=anna CN=Sub ");
}

static void der_has_no_room_for_a_chain(void **state) {
    uint8_t *data = NULL;
    size_t len = 99;
    fill(true);
    assert_int_equal(kf_store_export(store, "anna", KF_CERT_DER, true, &data, &len), KF_E_USAGE);
    assert_int_equal(kf_store_export(store, "bert", KF_CERT_DER, true, &data, &len),
                     KF_E_NOT_FOUND);
    assert_int_equal(kf_store_export(store, "anna", (enum kf_cert_format)9, false, &data, &len),
                     KF_E_USAGE);
    assert_null(data);
    assert_int_equal(len, 99);
}

static void a_root_is_exported_alone(void **state) {
    KF_AUTO_FREE uint8_t *data = NULL;
    KF_AUTO_PTR(kf_cert) cert = NULL;
    size_t len = 0;
    fill(true);
    assert_int_equal(kf_store_export(store, "c-3", KF_CERT_DER, true, &data, &len), KF_OK);
    assert_int_equal(kf_cert_parse(data, len, &cert), KF_OK);
    assert_string_equal(kf_cert_subject(cert), "CN=Root");
}

static int run_openssl(void) {
    const char *in = in_base_dir("file.p7b"), *out = in_base_dir("file.txt");
    execlp("openssl", "openssl", "pkcs7", "-in", in, "-out", out, "-noout", "-print_certs",
           (char *)NULL);
    return 127;
}

static void openssl_reads_the_pkcs7_file(void **state) {
    KF_AUTO_FREE uint8_t *data = NULL;
    size_t len = 0;
    fill(true);
    assert_int_equal(kf_store_export(store, "anna", KF_CERT_PKCS7_PEM, true, &data, &len), KF_OK);
    assert_int_equal(kf_file_write(in_base_dir("file.p7b"), data, len, 0600), KF_OK);
    assert_int_equal(in_child(run_openssl), 0);
    KF_AUTO(kf_buf) listing = {0};
    assert_int_equal(kf_file_read(in_base_dir("file.txt"), 4096, &listing), KF_OK);
    assert_non_null(strstr(kf_buf_str(&listing), "anna"));
    assert_non_null(strstr(kf_buf_str(&listing), "Sub"));
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        IN_STORE(one_certificate_in_every_format),
        IN_STORE(the_chain_follows_without_the_root),
        IN_STORE(the_known_issuers_follow_without_a_trusted_root),
        IN_STORE(der_has_no_room_for_a_chain),
        IN_STORE(a_root_is_exported_alone),
        IN_STORE(openssl_reads_the_pkcs7_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
