// SPDX-License-Identifier: Apache-2.0
// Reading what a CA hands out, in every form, and saying what was given instead.
#include "unit/x509_fixture.h"

#include <openssl/cms.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

#include "x509/pkcs7.h"

static EVP_PKEY *key;
static kf_cert *one, *two;
static kf_buf pem, pem_two; /* of `one`, of both */

static kf_err read_buf(const kf_buf *data, kf_certs *certs) {
    return kf_certs_read(data->data, data->len, certs);
}

static kf_err read_str(const char *text) {
    KF_AUTO(kf_certs) certs = {0};
    kf_err err = kf_certs_read((const uint8_t *)text, strlen(text), &certs);
    assert_int_equal(certs.count != 0, err == KF_OK);
    return err;
}

static int make_both(void **state) {
    KF_AUTO(kf_certs) certs = {0};
    key = make_p256();
    one = make_cert(&(struct make){.subject = "CN=One", .key = key});
    two = make_cert(&(struct make){.subject = "CN=Two", .key = key});
    kf_certs_add(&certs, one);
    assert_int_equal(kf_certs_encode(&certs, KF_CERT_PEM, &pem), KF_OK);
    kf_certs_add(&certs, two);
    assert_int_equal(kf_certs_encode(&certs, KF_CERT_PEM, &pem_two), KF_OK);
    return 0;
}

static int free_both(void **state) {
    kf_cert_free(one);
    kf_cert_free(two);
    kf_buf_clear(&pem);
    kf_buf_clear(&pem_two);
    EVP_PKEY_free(key);
    return 0;
}

static void assert_reads(const kf_buf *data, size_t count) {
    KF_AUTO(kf_certs) certs = {0};
    if (read_buf(data, &certs) != KF_OK)
        fail_msg("%s", kf_error_sentence(KF_E_INPUT));
    assert_int_equal(certs.count, count);
    assert_true(kf_cert_equal(certs.items[0], one));
    assert_true(count < 2 || kf_cert_equal(certs.items[1], two));
}

/* `text` with every `from` replaced by `to`. */
static void replace(const kf_buf *text, const char *from, const char *to, kf_buf *ret_text) {
    kf_buf_clear(ret_text);
    const char *at = kf_buf_str(text), *hit;
    for (; (hit = strstr(at, from)); at = hit + strlen(from)) {
        kf_buf_add(ret_text, at, (size_t)(hit - at));
        kf_buf_add_str(ret_text, to);
    }
    kf_buf_add_str(ret_text, at);
}

static void pem_with_any_line_ends_is_read(void **state) {
    static const char *const ends[] = {"\n", "\r\n", "\r", "\r\r\n", " \n"};
    for (size_t i = 0; i < KF_COUNT(ends); i++) {
        KF_AUTO(kf_buf) text = {0};
        replace(&pem_two, "\n", ends[i], &text);
        assert_reads(&text, 2);
    }
}

static void pem_on_one_long_line_is_read(void **state) {
    KF_AUTO(kf_buf) joined = {0}, text = {0}, whole = {0};
    replace(&pem, "\n", "", &joined);
    replace(&joined, "CERTIFICATE-----", "CERTIFICATE-----\n", &text);
    replace(&text, "-----END", "\n-----END", &whole);
    assert_reads(&whole, 1);
}

static void text_around_pem_is_passed_over(void **state) {
    KF_AUTO(kf_buf) text = {0};
    kf_buf_printf(&text, "\xef\xbb\xbf Bag Attributes\n friendlyName: x\n%s\ns:/CN=0\n%s%s-- bye",
                  kf_buf_str(&pem),
                  "-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n",
                  kf_buf_str(&pem_two));
    assert_reads(&text, 2);
}

static void the_old_label_is_read(void **state) {
    KF_AUTO(kf_buf) text = {0};
    replace(&pem_two, " CERTIFICATE-", " X509 CERTIFICATE-", &text);
    assert_reads(&text, 2);
}

static void bare_base64_and_der_are_read(void **state) {
    KF_AUTO(kf_buf) der = {0}, text = {0};
    size_t len;
    const uint8_t *data = kf_cert_der(one, &len);
    kf_buf_add(&der, data, len);
    kf_buf_add_str(&text, "\n  ");
    kf_base64(&text, data, len);
    kf_buf_add_str(&text, "\r\n");
    assert_reads(&der, 1);
    assert_reads(&text, 1);
}

static void a_repeated_certificate_is_kept_once(void **state) {
    KF_AUTO(kf_buf) text = {0};
    kf_buf_printf(&text, "%s%s", kf_buf_str(&pem), kf_buf_str(&pem_two));
    assert_reads(&text, 2);
}

/* Give `input` to a command and read what it prints. */
static void run_filter(const char *command, const kf_buf *input, kf_buf *ret_output) {
    char path[256], line[512];
    const char *tmp = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/keyfob-read.XXXXXX", tmp ? tmp : "/tmp");
    int fd = mkstemp(path);
    assert_int_equal(write(fd, input->data, input->len), input->len);
    close(fd);
    snprintf(line, sizeof line, "%s <%s", command, path);
    FILE *pipe = popen(line, "r");
    uint8_t bytes[4096];
    for (size_t len; (len = fread(bytes, 1, sizeof bytes, pipe)) > 0;)
        kf_buf_add(ret_output, bytes, len);
    assert_int_equal(pclose(pipe), 0);
    unlink(path);
}

static void pkcs7_of_openssl_is_read(void **state) {
    static const char *const commands[] = {
        "openssl crl2pkcs7 -nocrl -certfile /dev/stdin",
        "openssl crl2pkcs7 -nocrl -certfile /dev/stdin -outform DER",
    };
    for (size_t i = 0; i < KF_COUNT(commands); i++) {
        KF_AUTO(kf_buf) file = {0};
        run_filter(commands[i], &pem_two, &file);
        assert_reads(&file, 2);
    }
}

static void pkcs7_under_other_labels_is_read(void **state) {
    static const char *const labels[] = {"CMS", "PKCS #7 SIGNED DATA", "CERTIFICATE"};
    KF_AUTO(kf_certs) certs = {0};
    KF_AUTO(kf_buf) file = {0};
    kf_certs_add(&certs, one);
    assert_int_equal(kf_certs_encode(&certs, KF_CERT_PKCS7_PEM, &file), KF_OK);
    for (size_t i = 0; i < KF_COUNT(labels); i++) {
        KF_AUTO(kf_buf) text = {0};
        replace(&file, "PKCS7", labels[i], &text);
        assert_reads(&text, 1);
    }
}

static void pkcs7_in_bare_base64_is_read(void **state) {
    KF_AUTO(kf_certs) certs = {0};
    KF_AUTO(kf_buf) file = {0}, text = {0};
    kf_certs_add(&certs, one);
    assert_int_equal(kf_certs_encode(&certs, KF_CERT_PKCS7, &file), KF_OK);
    kf_base64(&text, file.data, file.len);
    assert_reads(&text, 1);
}

static void every_truncation_is_refused(void **state) {
    static const enum kf_cert_format formats[] = {KF_CERT_DER, KF_CERT_PKCS7};
    for (size_t i = 0; i < KF_COUNT(formats); i++) {
        KF_AUTO(kf_certs) certs = {0};
        KF_AUTO(kf_buf) file = {0};
        kf_certs_add(&certs, one);
        assert_int_equal(kf_certs_encode(&certs, formats[i], &file), KF_OK);
        for (size_t cut = 0; cut < file.len; cut++) {
            uint8_t *copy = malloc(cut + 1);
            KF_AUTO(kf_certs) none = {0};
            memcpy(copy, file.data, cut);
            assert_int_equal(kf_certs_read(copy, cut, &none), KF_E_INPUT);
            assert_int_equal(none.count, 0);
            free(copy);
        }
    }
}

/* Only the line end after END is not missed. */
static void truncated_pem_is_refused(void **state) {
    for (size_t cut = 0; cut < pem.len - 1; cut++) {
        KF_AUTO(kf_certs) none = {0};
        assert_int_equal(kf_certs_read(pem.data, cut, &none), KF_E_INPUT);
    }
}

static void bytes_after_the_end_are_refused(void **state) {
    static const enum kf_cert_format formats[] = {KF_CERT_DER, KF_CERT_PKCS7};
    for (size_t i = 0; i < KF_COUNT(formats); i++) {
        KF_AUTO(kf_certs) certs = {0};
        KF_AUTO(kf_buf) file = {0};
        kf_certs_add(&certs, one);
        assert_int_equal(kf_certs_encode(&certs, formats[i], &file), KF_OK);
        kf_buf_add(&file, "\0\0", 2);
        assert_fails(read_buf(&file, &certs), KF_E_INPUT, "2 bytes follow");
        assert_int_equal(certs.count, 1); /* untouched */
    }
}

static void joined_der_is_refused(void **state) {
    KF_AUTO(kf_certs) certs = {0};
    KF_AUTO(kf_buf) file = {0};
    size_t len;
    const uint8_t *der = kf_cert_der(one, &len);
    kf_buf_add(&file, der, len);
    kf_buf_add(&file, der, len);
    assert_fails(read_buf(&file, &certs), KF_E_INPUT, "several DER structures");
}

static void other_text_is_named(void **state) {
    static const struct {
        const char *text, *part;
    } rows[] = {
        {"", "the file is empty"},
        {" \r\n\t", "the file is empty"},
        {"<!DOCTYPE html><html><body>Login</body></html>", "an HTML page"},
        {"\n <html>", "an HTML page"},
        {"{\"result\": {\"status\": true}}", "JSON"},
        {"{\"pem\": \"-----BEGIN CERTIFICATE-----\\nMIIB\"}", "JSON"},
        {"hello", "not a certificate in PEM, base64, DER or PKCS#7"},
        {"aGVsbG8gd29ybGQ=", "not a certificate in PEM, base64, DER or PKCS#7"},
        {"0", "not a certificate in PEM"},
        {"-----BEGIN CERTIFICATE-----\nMIIB", "cut off"},
        {"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CMS-----\n", "another name"},
        {"-----BEGIN CERTIFICATE-----\nMI!B\n-----END CERTIFICATE-----\n", "not base64"},
        {"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "\"CERTIFICATE\" is empty"},
        {"-----BEGIN PKCS7-----\t \n-----END PKCS7-----\n", "\"PKCS7\" is empty"},
        {"-----BEGIN CERTIFICATE REQUEST-----\nAA\n-----END CERTIFICATE REQUEST-----\n",
         "this is a certificate request"},
        {"-----BEGIN NEW CERTIFICATE REQUEST-----\nAA\n-----END NEW CERTIFICATE REQUEST-----\n",
         "this is a certificate request"},
        {"-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----\n", "this is a private key"},
        {"-----BEGIN EC PRIVATE KEY-----\nAA\n-----END EC PRIVATE KEY-----", "a private key"},
        {"-----BEGIN X509 CRL-----\nAA\n-----END X509 CRL-----\n", "this is a revocation list"},
        {"-----BEGIN PGP MESSAGE-----\nAA\n-----END PGP MESSAGE-----\n", "something else in PEM"},
        {"-----BEGIN ", "no proper first line"},
    };
    for (size_t i = 0; i < KF_COUNT(rows); i++)
        assert_fails(read_str(rows[i].text), KF_E_INPUT, rows[i].part);
}

static void trusted_certificates_are_refused_with_advice(void **state) {
    KF_AUTO(kf_buf) text = {0};
    replace(&pem, " CERTIFICATE-", " TRUSTED CERTIFICATE-", &text);
    assert_fails(read_str(kf_buf_str(&text)), KF_E_INPUT, "TRUSTED CERTIFICATE");
    assert_non_null(strstr(kf_error_next(KF_E_INPUT), "openssl x509"));
}

static void assert_der_is(const uint8_t *der, int len, const char *part) {
    KF_AUTO(kf_certs) none = {0};
    KF_AUTO(kf_buf) labelled = {0};
    assert_true(len > 0);
    assert_fails(kf_certs_read(der, (size_t)len, &none), KF_E_INPUT, part);
    kf_buf_add_str(&labelled, "-----BEGIN CERTIFICATE-----\n");
    kf_base64(&labelled, der, (size_t)len);
    kf_buf_add_str(&labelled, "\n-----END CERTIFICATE-----\n");
    assert_fails(read_buf(&labelled, &none), KF_E_INPUT, part);
}

static void a_request_in_der_is_named(void **state) {
    KF_AUTO_PTR(X509_REQ) request = X509_REQ_new();
    uint8_t *der = NULL;
    X509_REQ_set_pubkey(request, key);
    assert_true(X509_REQ_sign(request, key, EVP_sha256()) > 0);
    assert_der_is(der, i2d_X509_REQ(request, &der), "this is a certificate request");
    OPENSSL_free(der);
}

static void a_private_key_in_der_is_named(void **state) {
    uint8_t *der = NULL;
    assert_der_is(der, i2d_PrivateKey(key, &der), "this is a private key");
    OPENSSL_free(der);
}

static void more_than_sixteen_are_refused(void **state) {
    KF_AUTO(kf_buf) text = {0};
    for (int i = 0; i <= KF_CERT_COUNT_MAX; i++)
        kf_buf_add(&text, pem.data, pem.len);
    assert_fails(read_str(kf_buf_str(&text)), KF_E_TOO_LARGE, "more than 16");
}

/* As many as the size cap lets through, and ten thousand, which it does not. */
static void a_bomb_is_refused_at_once(void **state) {
    static const struct {
        size_t count;
        const char *part;
    } rows[] = {{300, "more than 16"}, {10000, "larger than"}};
    for (size_t i = 0; i < KF_COUNT(rows); i++) {
        KF_AUTO(kf_buf) text = {0};
        for (size_t n = 0; n < rows[i].count; n++)
            kf_buf_add(&text, pem.data, pem.len);
        clock_t start = clock();
        assert_fails(read_str(kf_buf_str(&text)), KF_E_TOO_LARGE, rows[i].part);
        assert_true(clock() - start < CLOCKS_PER_SEC / 10);
    }
}

static void a_pkcs7_bomb_is_refused_at_once(void **state) {
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_DETACHED | CMS_PARTIAL);
    for (long n = 1; n <= 700; n++) {
        X509 *x509 = make_x509(&(struct make){.subject = "CN=B", .key = key, .serial = n});
        assert_true(CMS_add0_cert(cms, x509));
    }
    uint8_t *der = NULL;
    int len = i2d_CMS_ContentInfo(cms, &der);
    KF_AUTO(kf_certs) none = {0};
    assert_true(len > 0 && (size_t)len < KF_CERT_FILE_MAX);
    clock_t start = clock();
    assert_fails(kf_certs_read(der, (size_t)len, &none), KF_E_TOO_LARGE, "more than 16");
    assert_true(clock() - start < CLOCKS_PER_SEC / 10);
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
}

/* The outer two lengths made indefinite, as streaming writers do (X.690 8.1.3.6). */
static void make_indefinite(const kf_buf *der, kf_buf *ret_ber) {
    const uint8_t *oid = der->data + 2 + (der->data[1] & 0x7f), *inside = oid + 11;
    const uint8_t *signed_data = inside + 2 + (inside[1] & 0x7f);
    kf_buf_add(ret_ber, "\x30\x80", 2);
    kf_buf_add(ret_ber, oid, 11);
    kf_buf_add(ret_ber, "\xa0\x80", 2);
    kf_buf_add(ret_ber, signed_data, der->len - (size_t)(signed_data - der->data));
    kf_buf_add(ret_ber, "\0\0\0\0", 4);
}

static void pkcs7_with_indefinite_lengths_is_read(void **state) {
    KF_AUTO(kf_certs) certs = {0};
    KF_AUTO(kf_buf) der = {0}, ber = {0};
    kf_certs_add(&certs, one);
    assert_int_equal(kf_certs_encode(&certs, KF_CERT_PKCS7, &der), KF_OK);
    make_indefinite(&der, &ber);
    assert_reads(&ber, 1);
    assert_int_equal(kf_pkcs7_count(ber.data, ber.len), 1);
    assert_int_equal(kf_pkcs7_count(ber.data, ber.len / 2), 0);
}

static void pkcs7_without_certificates_is_refused(void **state) {
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_DETACHED | CMS_PARTIAL);
    uint8_t *der = NULL;
    KF_AUTO(kf_certs) none = {0};
    int len = i2d_CMS_ContentInfo(cms, &der);
    assert_fails(kf_certs_read(der, (size_t)len, &none), KF_E_INPUT, "no certificates in it");
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
}

static void no_flipped_byte_of_a_pkcs7_file_crashes(void **state) {
    KF_AUTO(kf_certs) certs = {0};
    KF_AUTO(kf_buf) file = {0};
    kf_certs_add(&certs, one);
    assert_int_equal(kf_certs_encode(&certs, KF_CERT_PKCS7, &file), KF_OK);
    for (size_t i = 0; i < file.len; i++) {
        KF_AUTO(kf_certs) some = {0};
        file.data[i] ^= 0xff;
        kf_err err = read_buf(&file, &some);
        assert_int_equal(err == KF_OK, some.count > 0);
        file.data[i] ^= 0xff;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pem_with_any_line_ends_is_read),
        cmocka_unit_test(pem_on_one_long_line_is_read),
        cmocka_unit_test(text_around_pem_is_passed_over),
        cmocka_unit_test(the_old_label_is_read),
        cmocka_unit_test(bare_base64_and_der_are_read),
        cmocka_unit_test(a_repeated_certificate_is_kept_once),
        cmocka_unit_test(pkcs7_of_openssl_is_read),
        cmocka_unit_test(pkcs7_under_other_labels_is_read),
        cmocka_unit_test(pkcs7_in_bare_base64_is_read),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(truncated_pem_is_refused),
        cmocka_unit_test(bytes_after_the_end_are_refused),
        cmocka_unit_test(joined_der_is_refused),
        cmocka_unit_test(other_text_is_named),
        cmocka_unit_test(trusted_certificates_are_refused_with_advice),
        cmocka_unit_test(a_request_in_der_is_named),
        cmocka_unit_test(a_private_key_in_der_is_named),
        cmocka_unit_test(more_than_sixteen_are_refused),
        cmocka_unit_test(a_bomb_is_refused_at_once),
        cmocka_unit_test(a_pkcs7_bomb_is_refused_at_once),
        cmocka_unit_test(pkcs7_with_indefinite_lengths_is_read),
        cmocka_unit_test(pkcs7_without_certificates_is_refused),
        cmocka_unit_test(no_flipped_byte_of_a_pkcs7_file_crashes),
    };
    return cmocka_run_group_tests(tests, make_both, free_both);
}
