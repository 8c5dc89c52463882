// SPDX-License-Identifier: Apache-2.0
// Certificates as data: parsed, shown, taken apart, written.
#include "unit/x509_fixture.h"

#include <openssl/err.h>

static EVP_PKEY *key;
static kf_cert *anna;

static const struct make full = {
    .subject = "CN=Anna\\, the first,O=Example",
    .from = NOW - DAY,
    .to = NOW + 365 * DAY,
    .serial = 0x0abc,
    .extensions = {{"keyUsage", "critical,digitalSignature,nonRepudiation,decipherOnly"},
                   {"extendedKeyUsage", "clientAuth,1.2.3.4"},
                   {"subjectAltName", "email:anna@example.org,DNS:pc.example.org"},
                   {"crlDistributionPoints", "URI:http://ca.example.org/ca.crl"},
                   {"authorityInfoAccess", "OCSP;URI:http://ocsp.example.org"}},
};

static int make_anna(void **state) {
    struct make make = full;
    make.key = key = make_p256();
    anna = make_cert(&make);
    return 0;
}

static int free_anna(void **state) {
    kf_cert_free(anna);
    EVP_PKEY_free(key);
    return 0;
}

static void a_certificate_shows_its_parts(void **state) {
    assert_string_equal(kf_cert_subject(anna), "CN=Anna\\, the first,O=Example");
    assert_string_equal(kf_cert_issuer(anna), kf_cert_subject(anna));
    assert_string_equal(kf_cert_serial(anna), "0abc");
    assert_string_equal(kf_cert_key_title(anna), "P-256");
    assert_int_equal(kf_cert_not_before(anna), NOW - DAY);
    assert_int_equal(kf_cert_not_after(anna), NOW + 365 * DAY);
    assert_int_equal(strlen(kf_cert_fingerprint(anna)), 64);
    assert_false(kf_cert_is_ca(anna));
    assert_true(kf_cert_is_self_issued(anna));
}

static void times_beyond_utctime_are_read(void **state) {
    int64_t far = 253402300799; /* 9999-12-31T23:59:59Z, RFC 5280 4.1.2.5 */
    KF_AUTO_PTR(kf_cert)
    cert = make_cert(&(struct make){.subject = "CN=Late", .key = key, .from = 1, .to = far});
    assert_int_equal(kf_cert_not_before(cert), 1);
    assert_int_equal(kf_cert_not_after(cert), far);
}

static void der_goes_in_and_out_unchanged(void **state) {
    size_t len, again_len;
    const uint8_t *der = kf_cert_der(anna, &len);
    KF_AUTO_PTR(kf_cert) again = NULL;
    assert_int_equal(kf_cert_parse(der, len, &again), KF_OK);
    assert_memory_equal(kf_cert_der(again, &again_len), der, len);
    assert_int_equal(again_len, len);
    assert_true(kf_cert_equal(anna, again));
    assert_string_equal(kf_cert_fingerprint(anna), kf_cert_fingerprint(again));
}

static void every_truncation_is_refused(void **state) {
    size_t len;
    const uint8_t *der = kf_cert_der(anna, &len);
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *copy = malloc(cut + 1);
        memcpy(copy, der, cut);
        kf_cert *cert = NULL;
        assert_int_equal(kf_cert_parse(copy, cut, &cert), KF_E_INPUT);
        assert_null(cert);
        free(copy);
    }
}

static void trailing_bytes_are_refused(void **state) {
    size_t len;
    const uint8_t *der = kf_cert_der(anna, &len);
    KF_AUTO(kf_buf) longer = {0};
    kf_cert *cert = NULL;
    kf_buf_add(&longer, der, len);
    kf_buf_add(&longer, "", 1);
    assert_fails(kf_cert_parse(longer.data, longer.len, &cert), KF_E_INPUT, "1 bytes follow");
    assert_null(cert);
}

/* The outer length in five bytes instead of two: the same certificate with another fingerprint. */
static void ber_is_refused(void **state) {
    size_t len;
    const uint8_t *der = kf_cert_der(anna, &len);
    assert_int_equal(der[1], 0x82);
    uint8_t header[] = {0x30, 0x84, 0, 0, der[2], der[3]};
    KF_AUTO(kf_buf) ber = {0};
    kf_cert *cert = NULL;
    kf_buf_add(&ber, header, sizeof header);
    kf_buf_add(&ber, der + 4, len - 4);
    assert_fails(kf_cert_parse(ber.data, ber.len, &cert), KF_E_INPUT, "not encoded in DER");
}

static void no_flipped_bit_crashes(void **state) {
    size_t len;
    const uint8_t *der = kf_cert_der(anna, &len);
    uint8_t *copy = malloc(len);
    memcpy(copy, der, len);
    for (size_t bit = 0; bit < len * 8; bit++) {
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        KF_AUTO_PTR(kf_cert) cert = NULL;
        KF_AUTO_PTR(json_t) json = NULL;
        if (kf_cert_parse(copy, len, &cert) == KF_OK) {
            assert_false(kf_cert_equal(cert, anna));
            assert_int_equal(kf_cert_json(cert, &json), KF_OK);
        }
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(copy);
}

/* With another signature, as the same certificate is kept and not read again. */
static void errors_that_wait_for_the_host_still_wait(void **state) {
    size_t len = 0;
    const uint8_t *der = kf_cert_der(anna, &len);
    KF_AUTO(kf_buf) copy = {0};
    KF_AUTO_PTR(kf_cert) cert = NULL;
    assert_int_equal(kf_buf_set(&copy, der, len), KF_OK);
    copy.data[len - 1] ^= 0xff;
    ERR_raise(ERR_LIB_USER, 42);
    assert_int_equal(kf_cert_parse(copy.data, copy.len, &cert), KF_OK);
    assert_int_equal(ERR_GET_REASON(ERR_get_error()), 42);
    assert_int_equal(ERR_peek_error(), 0);
}

static void a_reference_keeps_a_certificate(void **state) {
    KF_AUTO_PTR(kf_cert) mine = make_cert(&(struct make){.subject = "CN=Ref", .key = key});
    kf_cert *second = kf_cert_ref(mine);
    kf_cert_free(second);
    assert_string_equal(kf_cert_subject(mine), "CN=Ref");
    kf_cert_free(NULL);
    assert_null(kf_cert_ref(NULL));
}

static void parts_are_der(void **state) {
    KF_AUTO(kf_buf) subject = {0}, issuer = {0}, serial = {0}, spki = {0};
    static const uint8_t number[] = {0x02, 0x02, 0x0a, 0xbc};
    assert_int_equal(kf_cert_subject_der(anna, &subject), KF_OK);
    assert_int_equal(kf_cert_issuer_der(anna, &issuer), KF_OK);
    assert_int_equal(kf_cert_serial_der(anna, &serial), KF_OK);
    assert_int_equal(kf_cert_spki(anna, &spki), KF_OK);
    assert_true(kf_buf_equal(&subject, &issuer));
    assert_int_equal(serial.len, sizeof number);
    assert_memory_equal(serial.data, number, sizeof number);
    assert_true(kf_cert_has_spki(anna, spki.data, spki.len));
    assert_false(kf_cert_has_spki(anna, spki.data, spki.len - 1));
}

static void the_public_key_is_the_certificates(void **state) {
    KF_AUTO_PTR(EVP_PKEY) public_key = NULL;
    assert_int_equal(kf_cert_public_key(anna, &public_key), KF_OK);
    assert_int_equal(EVP_PKEY_eq(public_key, key), 1);
}

static void only_the_issuers_key_has_signed(void **state) {
    KF_AUTO_PTR(EVP_PKEY) other = make_p256();
    KF_AUTO_PTR(kf_cert) twin = make_root(kf_cert_subject(anna), other);
    assert_true(kf_cert_signed_by(anna, anna));
    assert_false(kf_cert_signed_by(anna, twin));
}

static void negative_and_large_serials_are_shown(void **state) {
    KF_AUTO_PTR(kf_cert)
    cert = make_cert(&(struct make){.subject = "CN=N", .key = key, .serial = -300});
    assert_string_equal(kf_cert_serial(cert), "-012c");
}

static const char *text_at(const json_t *json, const char *name) {
    return json_string_value(json_object_get(json, name));
}

static void the_document_has_names_and_validity(void **state) {
    KF_AUTO_PTR(json_t) json = NULL;
    assert_int_equal(kf_cert_json(anna, &json), KF_OK);
    assert_string_equal(text_at(json, "schema"), "keyfob.certificate/1");
    assert_string_equal(text_at(json, "subject_text"), kf_cert_subject(anna));
    const json_t *first = json_array_get(json_object_get(json, "subject"), 0);
    assert_string_equal(text_at(first, "value"), "Anna, the first");
    assert_string_equal(text_at(json, "not_before"), "2026-11-17T11:06:40Z");
    assert_string_equal(text_at(json, "serial"), "0abc");
    assert_string_equal(text_at(json_object_get(json, "key"), "type"), "p256");
    assert_string_equal(text_at(json, "signature_algorithm"), "ecdsa-with-SHA256");
    assert_int_equal(strlen(text_at(json, "spki_sha256")), 64);
}

static void the_document_has_usages_and_names(void **state) {
    KF_AUTO_PTR(json_t) json = NULL;
    assert_int_equal(kf_cert_json(anna, &json), KF_OK);
    const json_t *usage = json_object_get(json, "key_usage");
    assert_int_equal(json_array_size(usage), 3);
    assert_string_equal(json_string_value(json_array_get(usage, 2)), "decipherOnly");
    const json_t *extended = json_object_get(json, "extended_key_usage");
    assert_string_equal(text_at(json_array_get(extended, 0), "name"), "clientAuth");
    assert_string_equal(text_at(json_array_get(extended, 1), "oid"), "1.2.3.4");
    const json_t *names = json_object_get(json, "alternative_names");
    assert_string_equal(text_at(json_array_get(names, 0), "value"), "anna@example.org");
    const json_t *aia = json_array_get(json_object_get(json, "aia"), 0);
    assert_string_equal(text_at(aia, "method"), "OCSP");
    const json_t *url = json_array_get(json_object_get(json, "crl_urls"), 0);
    assert_string_equal(json_string_value(url), "http://ca.example.org/ca.crl");
}

static void the_document_has_sid_and_template(void **state) {
    KF_AUTO_PTR(X509_EXTENSION) sid = NULL;
    assert_int_equal(kf_sid_extension("S-1-5-21-1-2-3-1104", &sid), KF_OK);
    X509 *x509 =
        make_x509(&(struct make){.subject = "CN=S",
                                 .key = key,
                                 .extensions = {{"1.3.6.1.4.1.311.20.2", "ASN1:BMPSTRING:Logon"}}});
    X509_add_ext(x509, sid, -1);
    X509_sign(x509, key, EVP_sha256());
    KF_AUTO_PTR(kf_cert) cert = NULL;
    KF_AUTO_PTR(json_t) json = NULL;
    assert_int_equal(kf_cert_from_x509(x509, &cert), KF_OK);
    assert_int_equal(kf_cert_json(cert, &json), KF_OK);
    assert_string_equal(text_at(json, "sid"), "S-1-5-21-1-2-3-1104");
    assert_string_equal(text_at(json_object_get(json, "template"), "name"), "Logon");
}

static void a_list_has_a_maximum(void **state) {
    KF_AUTO(kf_certs) certs = {0};
    for (size_t i = 0; i < KF_CERT_COUNT_MAX; i++)
        assert_int_equal(kf_certs_add(&certs, anna), KF_OK);
    assert_int_equal(kf_certs_add(&certs, anna), KF_E_TOO_LARGE);
    assert_int_equal(certs.count, KF_CERT_COUNT_MAX);
}

static void every_written_format_is_read_again(void **state) {
    for (enum kf_cert_format format = KF_CERT_PEM; format <= KF_CERT_PKCS7_PEM; format++) {
        KF_AUTO(kf_certs) certs = {0}, again = {0};
        KF_AUTO(kf_buf) bytes = {0};
        kf_certs_add(&certs, anna);
        assert_int_equal(kf_certs_encode(&certs, format, &bytes), KF_OK);
        assert_int_equal(kf_certs_read(bytes.data, bytes.len, &again), KF_OK);
        assert_int_equal(again.count, 1);
        assert_true(kf_cert_equal(again.items[0], anna));
    }
}

static void der_takes_exactly_one(void **state) {
    KF_AUTO(kf_certs) certs = {0};
    KF_AUTO(kf_buf) bytes = {0};
    assert_int_equal(kf_certs_encode(&certs, KF_CERT_PEM, &bytes), KF_E_USAGE);
    kf_certs_add(&certs, anna);
    kf_certs_add(&certs, anna);
    assert_fails(kf_certs_encode(&certs, KF_CERT_DER, &bytes), KF_E_USAGE, "exactly one");
    assert_int_equal(bytes.len, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_shows_its_parts),
        cmocka_unit_test(times_beyond_utctime_are_read),
        cmocka_unit_test(der_goes_in_and_out_unchanged),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(trailing_bytes_are_refused),
        cmocka_unit_test(ber_is_refused),
        cmocka_unit_test(no_flipped_bit_crashes),
        cmocka_unit_test(errors_that_wait_for_the_host_still_wait),
        cmocka_unit_test(a_reference_keeps_a_certificate),
        cmocka_unit_test(parts_are_der),
        cmocka_unit_test(the_public_key_is_the_certificates),
        cmocka_unit_test(only_the_issuers_key_has_signed),
        cmocka_unit_test(negative_and_large_serials_are_shown),
        cmocka_unit_test(the_document_has_names_and_validity),
        cmocka_unit_test(the_document_has_usages_and_names),
        cmocka_unit_test(the_document_has_sid_and_template),
        cmocka_unit_test(a_list_has_a_maximum),
        cmocka_unit_test(every_written_format_is_read_again),
        cmocka_unit_test(der_takes_exactly_one),
    };
    return cmocka_run_group_tests(tests, make_anna, free_anna);
}
