// SPDX-License-Identifier: Apache-2.0
// Key files: what other programs write is read, what keyfob writes is read by them, and nothing
// else is taken.
#include "keyfile_fixture.h"

#include "module/keyfile_parts.h"

static kf_arena *arena;

static int make_arena(void **state) {
    return make_base_dir(state) == 0 && kf_arena_new(&arena) == KF_OK ? 0 : -1;
}

static int free_arena(void **state) {
    kf_arena_free(arena);
    return remove_base_dir(state);
}

#define IN_ARENA(test) cmocka_unit_test_setup_teardown(test, make_arena, free_arena)

static kf_err read_key(const char *name, const char *password, kfm_keyfile *ret_file) {
    KF_AUTO(kf_buf) bytes = {0};
    struct kf_password given = password_of(password);
    read_bytes(name, &bytes);
    return kfm_keyfile_read(arena, bytes.data, bytes.len, &given, ret_file);
}

static kf_err try_read(const char *name, const char *password) {
    KF_AUTO(kfm_keyfile) file = {0};
    return read_key(name, password, &file);
}

static void assert_sentence(kf_err error, const char *part) {
    if (strstr(kf_error_sentence(error), part) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", part, kf_error_sentence(error));
}

/* The public half of `key.pem`, as openssl has it. */
static void assert_is_key(const kfm_keyfile *file) {
    KF_AUTO(kf_buf) wanted = {0}, has = {0};
    shell("openssl pkey -in key.pem -pubout -outform DER -out public.der");
    read_bytes("public.der", &wanted);
    assert_int_equal(kf_softkey_public_attribute(file->key, CKA_PUBLIC_KEY_INFO, &has), CKR_OK);
    assert_true(kf_buf_equal(&wanted, &has));
    assert_true(kf_softkey_has_private(file->key));
}

static const char *const kinds[] = {
    "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
    "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
    "-algorithm EC -pkeyopt ec_paramgen_curve:P-384",
    "-algorithm EC -pkeyopt ec_paramgen_curve:P-521",
    "-algorithm ED25519",
};

/* --- in --- */

static void reads(const char *command, const char *name, const char *password,
                  size_t certificates) {
    KF_AUTO(kfm_keyfile) file = {0};
    shell("%s", command);
    assert_done(read_key(name, password, &file));
    assert_is_key(&file);
    assert_int_equal(file.certificate_count, certificates);
}

static void every_form_of_pkcs8_is_read(void **state) {
    for (size_t i = 0; i < KF_COUNT(kinds); i++) {
        make_key(kinds[i]);
        reads("true", "key.pem", NULL, 0);
        reads("openssl pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out k", "k", NULL, 0);
        reads("openssl pkcs8 -topk8 -in key.pem -passout pass:" PASSWORD " -out k", "k", PASSWORD,
              0);
        reads("openssl pkcs8 -topk8 -in key.pem -passout pass:" PASSWORD
              " -v2 aes128 -v2prf hmacWithSHA512 -outform DER -out k",
              "k", PASSWORD, 0);
        reads("openssl pkcs8 -topk8 -in key.pem -passout pass:" PASSWORD
              " -scrypt -outform DER -out k",
              "k", PASSWORD, 0);
        reads("cat cert.pem key.pem >k", "k", NULL, 1);
    }
}

static void the_older_forms_are_read(void **state) {
    make_key(kinds[0]);
    reads("openssl rsa -traditional -in key.pem -out k", "k", NULL, 0);
    reads("openssl rsa -traditional -in key.pem -outform DER -out k", "k", NULL, 0);
    reads("openssl rsa -traditional -aes128 -passout pass:" PASSWORD " -in key.pem -out k", "k",
          PASSWORD, 0);
    make_key(kinds[1]);
    reads("openssl ecparam -name P-256 -out k; openssl ec -in key.pem >>k", "k", NULL, 0);
    reads("openssl ec -in key.pem -outform DER -out k", "k", NULL, 0);
}

static void pkcs12_of_openssl_is_read(void **state) {
    for (size_t i = 0; i < KF_COUNT(kinds); i++) {
        make_key(kinds[i]);
        reads("openssl pkcs12 -export -inkey key.pem -in cert.pem -passout pass:" PASSWORD
              " -out k",
              "k", PASSWORD, 1);
    }
    reads("openssl pkcs12 -export -inkey key.pem -in cert.pem -passout pass: -out k", "k", NULL, 1);
    reads("openssl pkcs12 -export -inkey key.pem -in cert.pem -passout pass:" PASSWORD
          " -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1 -out k",
          "k", PASSWORD, 1);
    reads("openssl pkcs12 -export -inkey key.pem -in cert.pem -passout pass:" PASSWORD
          " -keypbe NONE -certpbe NONE -out k",
          "k", PASSWORD, 1);
}

static void pkcs12_of_gnutls_and_nss_is_read(void **state) {
    for (size_t i = 0; i < 2; i++) {
        make_key(kinds[i]);
        reads("certtool --load-privkey key.pem --load-certificate cert.pem --to-p12 --outder "
              "--p12-name anna --password " PASSWORD " --pkcs-cipher aes-256 --outfile k",
              "k", PASSWORD, 1);
        reads("openssl pkcs12 -export -inkey key.pem -in cert.pem -name anna -passout pass:x -out "
              "p; rm -rf db; mkdir db; certutil -N -d sql:db --empty-password; pk12util -i p -d "
              "sql:db -W x; pk12util -o k -n anna -d sql:db -W " PASSWORD,
              "k", PASSWORD, 1);
    }
}

static void the_keys_own_certificate_comes_first(void **state) {
    KF_AUTO(kfm_keyfile) file = {0};
    KF_AUTO(kf_buf) own = {0};
    make_chain();
    shell("openssl x509 -in cert.pem -outform DER -out own.der; cat chain.pem cert.pem key.pem >k");
    read_bytes("own.der", &own);
    assert_done(read_key("k", NULL, &file));
    assert_int_equal(file.certificate_count, 3);
    assert_int_equal(file.own_count, 1);
    assert_true(kf_buf_equal(&file.certificates[0], &own));
}

/* --- what is not taken --- */

static void a_wrong_password_and_none_are_told_apart(void **state) {
    make_key(kinds[1]);
    shell("openssl pkcs8 -topk8 -in key.pem -passout pass:" PASSWORD " -out a");
    shell("openssl pkcs12 -export -inkey key.pem -in cert.pem -passout pass:" PASSWORD " -out b");
    shell("openssl ec -aes128 -passout pass:" PASSWORD " -in key.pem -out c");
    for (const char *name = "a\0b\0c\0"; *name; name += 2) {
        assert_int_equal(try_read(name, "another"), KF_E_INPUT);
        assert_sentence(KF_E_INPUT, "password does not open");
        assert_int_equal(try_read(name, NULL), KF_E_PIN_NEEDED);
        assert_int_equal(try_read(name, PASSWORD), KF_OK);
    }
}

static void no_other_password_opens_a_key(void **state) {
    KF_AUTO(kf_buf) bytes = {0};
    make_key(kinds[1]);
    shell("openssl pkcs8 -topk8 -in key.pem -iter 1 -passout pass:" PASSWORD
          " -outform DER -out k");
    read_bytes("k", &bytes);
    for (int i = 0; i < 600; i++) { /* two of them have sound padding */
        KF_AUTO(kfm_keyfile) file = {0};
        char text[16];
        snprintf(text, sizeof(text), "%d", i);
        struct kf_password wrong = password_of(text);
        assert_int_equal(kfm_keyfile_read(arena, bytes.data, bytes.len, &wrong, &file), KF_E_INPUT);
        assert_sentence(KF_E_INPUT, "password does not open");
    }
}

static void ciphers_of_the_legacy_provider_are_named(void **state) {
    make_key(kinds[1]);
    shell("openssl pkcs12 -export -legacy -inkey key.pem -in cert.pem -passout pass:" PASSWORD
          " -out k");
    assert_int_equal(try_read("k", PASSWORD), KF_E_UNSUPPORTED);
    assert_sentence(KF_E_UNSUPPORTED, "RC2-40-CBC");
    assert_sentence(KF_E_UNSUPPORTED, "legacy");
}

static kf_err check_with(struct kfm_keyfile_reader *reader, int iterations) {
    X509_ALGOR *how =
        PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), iterations, NULL, 16, NULL, NID_hmacWithSHA256);
    assert_non_null(how);
    kf_err error = kfm_seal_check(reader, how);
    X509_ALGOR_free(how);
    return error;
}

static kf_err check_pbkdf2(int iterations) {
    return check_with(&(struct kfm_keyfile_reader){0}, iterations);
}

static kf_err check_scrypt(uint64_t n, uint64_t r, uint64_t p) {
    X509_ALGOR *how = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), NULL, 16, NULL, n, r, p);
    assert_non_null(how);
    kf_err error = kfm_seal_check(&(struct kfm_keyfile_reader){0}, how);
    X509_ALGOR_free(how);
    return error;
}

static void prices_beyond_the_caps_are_not_paid(void **state) {
    assert_int_equal(check_pbkdf2(KFM_KEYFILE_ITERATIONS_MAX), KF_OK);
    assert_int_equal(check_pbkdf2(KFM_KEYFILE_ITERATIONS_MAX + 1), KF_E_TOO_LARGE);
    assert_int_equal(check_scrypt(16384, 8, 16), KF_OK);
    assert_int_equal(check_scrypt(16384, 8, 17), KF_E_TOO_LARGE);
    assert_int_equal(check_scrypt(16384, 10, 13), KF_E_TOO_LARGE);
}

/* A file of 1 MiB has room for thousands. */
static void many_pieces_share_one_price(void **state) {
    struct kfm_keyfile_reader reader = {0};
    for (int i = 0; i < 10; i++)
        assert_int_equal(check_with(&reader, KFM_KEYFILE_ITERATIONS_MAX / 10), KF_OK);
    assert_int_equal(check_with(&reader, 1), KF_E_TOO_LARGE);
}

/* The iterations of the MAC are the last bytes of the file. */
static void a_mac_beyond_the_cap_is_not_checked(void **state) {
    KF_AUTO(kf_buf) bytes = {0};
    KF_AUTO(kfm_keyfile) file = {0};
    struct kf_password password = password_of("x");
    const uint8_t million[] = {0x02, 0x03, 0x0f, 0x42, 0x40};
    make_key(kinds[1]);
    shell("openssl pkcs12 -export -inkey key.pem -in cert.pem -iter 1000000 -passout pass:x "
          "-keypbe NONE -certpbe NONE -out k");
    read_bytes("k", &bytes);
    assert_memory_equal(bytes.data + bytes.len - sizeof(million), million, sizeof(million));
    bytes.data[bytes.len - 3] = 0x7f;
    assert_int_equal(kfm_keyfile_read(arena, bytes.data, bytes.len, &password, &file),
                     KF_E_TOO_LARGE);
}

static void a_file_without_a_mac_is_refused(void **state) {
    make_key(kinds[1]);
    shell("openssl pkcs12 -export -nomac -inkey key.pem -in cert.pem -passout pass:x -out k");
    assert_int_equal(try_read("k", "x"), KF_E_INPUT);
    assert_sentence(KF_E_INPUT, "MAC");
}

static void caps_on_size_and_certificates_hold(void **state) {
    KF_AUTO(kf_buf) large = {0};
    KF_AUTO(kfm_keyfile) file = {0};
    make_key(kinds[1]);
    shell("cp key.pem k; for i in $(seq 17); do openssl req -x509 -key key.pem -subj /CN=$i >>k; "
          "done");
    assert_int_equal(try_read("k", NULL), KF_E_TOO_LARGE);
    KF_AUTO_FREE uint8_t *zeros = calloc(1, KFM_KEYFILE_MAX + 1);
    assert_int_equal(kfm_keyfile_read(arena, zeros, KFM_KEYFILE_MAX + 1, NULL, &file),
                     KF_E_TOO_LARGE);
    assert_int_equal(kfm_keyfile_read(arena, zeros, 0, NULL, &file), KF_E_INPUT);
}

static void other_files_are_refused(void **state) {
    make_key(kinds[1]);
    shell("cat key.pem key.pem >two; cp cert.pem none; openssl genpkey -algorithm X25519 -out "
          "x25519; openssl ecparam -name secp256k1 -genkey -noout -out koblitz; openssl x509 -in "
          "cert.pem -outform DER -out certificate; echo hello >text; head -c 100 key.pem >cut");
    for (const char *name = "two\0none\0x25519\0koblitz\0certificate\0text\0cut\0"; *name;
         name += strlen(name) + 1)
        assert_int_equal(try_read(name, NULL), KF_E_INPUT);
}

/* Refused, or read: never a crash, and nothing read beyond the end (under a sanitizer). */
static void every_damage_is_borne(void **state) {
    KF_AUTO(kf_buf) bytes = {0};
    struct kf_password password = password_of("x");
    make_key(kinds[1]);
    shell("openssl pkcs12 -export -inkey key.pem -in cert.pem -iter 1 -nomaciter -passout pass:x "
          "-out k");
    read_bytes("k", &bytes);
    for (size_t len = 1; len < bytes.len; len++) {
        KF_AUTO(kfm_keyfile) file = {0};
        KF_AUTO_FREE uint8_t *cut = malloc(len);
        memcpy(cut, bytes.data, len);
        assert_int_not_equal(kfm_keyfile_read(arena, cut, len, &password, &file), KF_OK);
    }
    for (size_t at = 0; at < bytes.len; at++) {
        KF_AUTO(kfm_keyfile) file = {0};
        bytes.data[at] ^= 0x55;
        kf_err error = kfm_keyfile_read(arena, bytes.data, bytes.len, &password, &file);
        bytes.data[at] ^= 0x55;
        if (error == KF_OK)
            assert_is_key(&file);
    }
}

/* --- out --- */

static void write_file(const kfm_keyfile *file, enum kf_key_file_format format) {
    KF_AUTO(kf_buf) bytes = {0};
    struct kf_password password = password_of(PASSWORD);
    assert_done(kfm_keyfile_write(file, format, "anna", &password, arena, &bytes));
    write_bytes("out", bytes.data, bytes.len);
}

#define SAME_KEY                                                                                   \
    " && openssl pkey -in back -pubout -out a && openssl pkey -in key.pem -pubout -out b && cmp "  \
    "a b"

static void pkcs8_is_read_by_openssl_and_gnutls(void **state) {
    for (size_t i = 0; i < KF_COUNT(kinds); i++) {
        KF_AUTO(kfm_keyfile) file = {0};
        make_key(kinds[i]);
        assert_done(read_key("key.pem", NULL, &file));
        write_file(&file, KF_KEY_FILE_PKCS8);
        shell("openssl pkcs8 -inform DER -in out -passin pass:" PASSWORD " -out back" SAME_KEY);
        shell("certtool --pubkey-info --load-privkey out --pkcs8 --inder --password " PASSWORD
              " | sed -n '/^-----BEGIN/,/^-----END/p' >a; cmp a b");
    }
    shell("openssl asn1parse -inform DER -in out >parsed; grep -q aes-256-cbc parsed; grep -q "
          "hmacWithSHA256 parsed; grep -q ':0927C0' parsed");
}

static void pkcs12_is_read_by_openssl_and_gnutls_and_nss(void **state) {
    for (size_t i = 0; i < KF_COUNT(kinds); i++) {
        KF_AUTO(kfm_keyfile) file = {0};
        make_key(kinds[i]);
        shell("cat cert.pem key.pem >k");
        assert_done(read_key("k", NULL, &file));
        write_file(&file, KF_KEY_FILE_PKCS12);
        shell("openssl pkcs12 -in out -nodes -passin pass:" PASSWORD " -out back" SAME_KEY);
        shell("certtool --p12-info --inder --infile out --password " PASSWORD
              " >back; grep -q 'BEGIN CERTIFICATE' back");
    }
    shell("openssl pkcs12 -in out -info -noout -passin pass:" PASSWORD " >info 2>&1; grep -q 'MAC: "
          "sha256, Iteration 600000' info; grep -q 'AES-256-CBC, Iteration 600000, PRF "
          "hmacWithSHA256' info");
}

static void nss_takes_key_and_chain(void **state) {
    KF_AUTO(kfm_keyfile) file = {0};
    make_chain();
    shell("cat key.pem chain.pem cert.pem >k");
    assert_done(read_key("k", NULL, &file));
    write_file(&file, KF_KEY_FILE_PKCS12);
    shell("mkdir db; certutil -N -d sql:db --empty-password; pk12util -i out -d sql:db -W " PASSWORD
          "; certutil -L -d sql:db | grep -q '^anna.*u,u,u'; certutil -L -d sql:db | grep -c , | "
          "grep -qx 4");
}

static void what_was_written_is_read_again(void **state) {
    KF_AUTO(kfm_keyfile) file = {0};
    KF_AUTO(kfm_keyfile) back = {0};
    make_chain();
    shell("cat key.pem chain.pem cert.pem >k");
    assert_done(read_key("k", NULL, &file));
    write_file(&file, KF_KEY_FILE_PKCS12);
    assert_done(read_key("out", PASSWORD, &back));
    assert_is_key(&back);
    assert_int_equal(back.certificate_count, 3);
    assert_true(kf_buf_equal(&back.certificates[0], &file.certificates[0]));
}

static void nothing_is_written_without_a_password(void **state) {
    KF_AUTO(kfm_keyfile) file = {0};
    KF_AUTO(kf_buf) bytes = {0};
    make_key(kinds[1]);
    assert_done(read_key("key.pem", NULL, &file));
    assert_int_equal(kfm_keyfile_write(&file, KF_KEY_FILE_PKCS8, "x", NULL, arena, &bytes),
                     KF_E_PIN_NEEDED);
    assert_int_equal(bytes.len, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_ARENA(every_form_of_pkcs8_is_read),
        IN_ARENA(the_older_forms_are_read),
        IN_ARENA(pkcs12_of_openssl_is_read),
        IN_ARENA(pkcs12_of_gnutls_and_nss_is_read),
        IN_ARENA(the_keys_own_certificate_comes_first),
        IN_ARENA(a_wrong_password_and_none_are_told_apart),
        IN_ARENA(no_other_password_opens_a_key),
        IN_ARENA(ciphers_of_the_legacy_provider_are_named),
        IN_ARENA(prices_beyond_the_caps_are_not_paid),
        IN_ARENA(many_pieces_share_one_price),
        IN_ARENA(a_mac_beyond_the_cap_is_not_checked),
        IN_ARENA(a_file_without_a_mac_is_refused),
        IN_ARENA(caps_on_size_and_certificates_hold),
        IN_ARENA(other_files_are_refused),
        IN_ARENA(every_damage_is_borne),
        IN_ARENA(pkcs8_is_read_by_openssl_and_gnutls),
        IN_ARENA(pkcs12_is_read_by_openssl_and_gnutls_and_nss),
        IN_ARENA(nss_takes_key_and_chain),
        IN_ARENA(what_was_written_is_read_again),
        IN_ARENA(nothing_is_written_without_a_password),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
