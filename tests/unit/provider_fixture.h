// SPDX-License-Identifier: Apache-2.0
// What the tests of the OpenSSL provider share: a private SoftHSM2 token, a session with it, keys
// on it, and a function list whose entries can be broken.
#pragma once

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <keyfob/token.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/context.h"
#include "token/p11.h"

#define UNUSED __attribute__((unused))

#ifndef KF_TEST_SOFTHSM
#define KF_TEST_SOFTHSM "/usr/lib/softhsm/libsofthsm2.so"
#endif

/* SoftHSM2 loses 37 bytes at each Ed25519 signature (C_SignInit). The leak checker must see its
 * frames to know. */
#ifdef __SANITIZE_ADDRESS__
__attribute__((visibility("default"))) const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__asan_default_options(void) {
    return "fast_unwind_on_malloc=0";
}
const char *__lsan_default_suppressions(void) {
    return "leak:libsofthsm2.so\n";
}
#endif

/* The kinds of keys that are tried. */
struct kind {
    const char *name, *curve; /* curve: as DER, NULL for RSA */
    size_t curve_len;
    unsigned bits;
    CK_MECHANISM_TYPE generate;
};
enum { RSA2048, P256, P384, P521, ED25519, KINDS };
static const struct kind kinds[KINDS] = {
    {"rsa", NULL, 0, 2048, CKM_RSA_PKCS_KEY_PAIR_GEN},
    {"P-256", "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10, 256, CKM_EC_KEY_PAIR_GEN},
    {"P-384", "\x06\x05\x2b\x81\x04\x00\x22", 7, 384, CKM_EC_KEY_PAIR_GEN},
    {"P-521", "\x06\x05\x2b\x81\x04\x00\x23", 7, 521, CKM_EC_KEY_PAIR_GEN},
    {"ED25519", "\x06\x03\x2b\x65\x70", 5, 256, CKM_EC_EDWARDS_KEY_PAIR_GEN},
};

/* The token, a session with it, and one key of each kind: made once for all tests of a program. */
static struct {
    char dir[256];
    kf_context *context;
    kf_tokens *tokens;
    kf_session *session;
    CK_FUNCTION_LIST *real, broken;
    EVP_PKEY *keys[KINDS], *publics[KINDS];
    const char *pin; /* what is answered next; NULL: nobody is there */
    int pins_asked;
} fix;

/* --- the token --- */

UNUSED static int run(const char *command) {
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

UNUSED static void write_text(const char *name, const char *text) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", fix.dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

UNUSED static void make_token(void) {
    const char *tmp = getenv("TMPDIR");
    char text[1024];
    snprintf(fix.dir, sizeof fix.dir, "%s/keyfob-provider.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(fix.dir));
    assert_non_null(dlopen(KF_TEST_SOFTHSM, RTLD_NOW | RTLD_NODELETE)); /* for the leak checker */
    snprintf(text, sizeof text,
             "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", fix.dir);
    write_text("softhsm2.conf", text);
    snprintf(text, sizeof text, "%s/softhsm2.conf", fix.dir);
    setenv("SOFTHSM2_CONF", text, 1);
    assert_int_equal(
        run("softhsm2-util --module " KF_TEST_SOFTHSM
            " --init-token --free --label provider --pin 1234 --so-pin 12345678 >/dev/null"),
        0);
}

UNUSED static kf_err answer_pin(void *arg, const struct kf_pin_question *question,
                                kf_secret **ret_pin) {
    fix.pins_asked++;
    if (!fix.pin)
        return kf_fail(KF_E_PIN_NEEDED, "nobody is there");
    return kf_secret_copy(fix.pin, strlen(fix.pin), ret_pin);
}

UNUSED static void open_session(void) {
    static const struct kf_ui ui = {.pin = answer_pin};
    kf_token *token = NULL;
    struct kf_context_options options = {.home = fix.dir, .module = KF_TEST_SOFTHSM, .ui = &ui};
    fix.pin = "1234";
    assert_int_equal(kf_context_new(&options, &fix.context), KF_OK);
    assert_int_equal(kf_tokens_open(fix.context, &fix.tokens), KF_OK);
    assert_int_equal(kf_tokens_select(fix.tokens, "provider", &token), KF_OK);
    assert_int_equal(kf_session_open(token, &fix.session), KF_OK);
    assert_int_equal(kf_session_login(fix.session, KF_PIN_USER, NULL, "to test"), KF_OK);
    fix.real = fix.session->p11;
}

/* --- keys --- */

UNUSED static EVP_PKEY *public_from(const char *type, OSSL_PARAM params[]) {
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, "provider!=keyfob");
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

UNUSED static EVP_PKEY *read_rsa(CK_OBJECT_HANDLE object) {
    uint8_t n[512], e[8], reversed[512];
    CK_ATTRIBUTE values[] = {{CKA_MODULUS, n, sizeof n}, {CKA_PUBLIC_EXPONENT, e, sizeof e}};
    assert_int_equal(fix.real->C_GetAttributeValue(fix.session->handle, object, values, 2), CKR_OK);
    for (size_t i = 0; i < values[0].ulValueLen; i++) /* OSSL_PARAM has the machine's order */
        reversed[i] = n[values[0].ulValueLen - 1 - i];
    unsigned exponent = 65537;
    OSSL_PARAM params[] = {OSSL_PARAM_BN("n", reversed, values[0].ulValueLen),
                           OSSL_PARAM_uint("e", &exponent), OSSL_PARAM_END};
    return public_from("RSA", params);
}

UNUSED static EVP_PKEY *read_point(CK_OBJECT_HANDLE object, const struct kind *kind) {
    uint8_t point[256];
    CK_ATTRIBUTE value = {CKA_EC_POINT, point, sizeof point};
    assert_int_equal(fix.real->C_GetAttributeValue(fix.session->handle, object, &value, 1), CKR_OK);
    size_t head = point[1] == 0x81 ? 3 : 2; /* DER OCTET STRING */
    OSSL_PARAM params[] = {OSSL_PARAM_octet_string("pub", point + head, value.ulValueLen - head),
                           OSSL_PARAM_utf8_string("group", (char *)kind->name, strlen(kind->name)),
                           OSSL_PARAM_END};
    if (strcmp(kind->name, "ED25519") == 0)
        params[1] = (OSSL_PARAM)OSSL_PARAM_END;
    return public_from(params[1].key ? "EC" : "ED25519", params);
}

/* A session object; the public half in `ret_public`. */
UNUSED static EVP_PKEY *make_key(const struct kind *kind, bool always, EVP_PKEY **ret_public) {
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE, ask = always;
    CK_ULONG bits = kind->bits;
    CK_OBJECT_HANDLE pub = 0, priv = 0;
    CK_MECHANISM mechanism = {kind->generate, NULL, 0};
    CK_ATTRIBUTE param = kind->curve
                             ? (CK_ATTRIBUTE){CKA_EC_PARAMS, (void *)kind->curve, kind->curve_len}
                             : (CK_ATTRIBUTE){CKA_MODULUS_BITS, &bits, sizeof bits};
    CK_ATTRIBUTE public[] = {param, {CKA_TOKEN, &no, 1}, {CKA_VERIFY, &yes, 1}};
    CK_ATTRIBUTE private[] = {{CKA_TOKEN, &no, 1},
                              {CKA_PRIVATE, &yes, 1},
                              {CKA_SENSITIVE, &yes, 1},
                              {CKA_SIGN, &yes, 1},
                              {CKA_DECRYPT, &yes, 1},
                              {CKA_DERIVE, &yes, 1},
                              {CKA_ALWAYS_AUTHENTICATE, &ask, 1}};
    assert_int_equal(fix.real->C_GenerateKeyPair(fix.session->handle, &mechanism, public, 3,
                                                 private, 7, &pub, &priv),
                     CKR_OK);
    EVP_PKEY *key = NULL;
    *ret_public = kind->curve ? read_point(pub, kind) : read_rsa(pub);
    assert_int_equal(kf_provider_pkey(fix.session, priv, kind->name, always, *ret_public, &key),
                     KF_OK);
    return key;
}

/* --- broken tokens: a copy of the function list, one entry of which a test replaces --- */

UNUSED static CK_FUNCTION_LIST *break_token(void) {
    fix.broken = *fix.real;
    fix.session->p11 = &fix.broken;
    return &fix.broken;
}

UNUSED static int mend_token(void **state) {
    fix.session->p11 = fix.real;
    fix.pin = "1234";
    fix.pins_asked = 0;
    ERR_clear_error();
    return 0;
}

/* --- a group of tests --- */

UNUSED static int set_up(void **state) {
    make_token();
    open_session();
    for (int i = 0; i < KINDS; i++)
        fix.keys[i] = make_key(&kinds[i], false, &fix.publics[i]);
    fix.pins_asked = 0;
    ERR_clear_error();
    return 0;
}

UNUSED static int tear_down(void **state) {
    char command[300];
    for (int i = 0; i < KINDS; i++) {
        EVP_PKEY_free(fix.keys[i]);
        EVP_PKEY_free(fix.publics[i]);
    }
    kf_session_free(fix.session);
    kf_tokens_free(fix.tokens);
    kf_context_free(fix.context);
    snprintf(command, sizeof command, "rm -rf -- '%s'", fix.dir);
    return run(command);
}

#define PROVIDER_TEST(test) cmocka_unit_test_teardown(test, mend_token)
#define RUN(tests)          cmocka_run_group_tests(tests, set_up, tear_down)

/* --- certificates --- */

UNUSED static const EVP_MD *hash_for(const EVP_PKEY *key) {
    return EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256();
}

/* For `subject`'s public half, signed by `issuer_key`; a CA's own when `issuer` is NULL. Free with
 * X509_free(). */
UNUSED static X509 *make_cert(EVP_PKEY *subject, const char *name, X509 *issuer,
                              EVP_PKEY *issuer_key) {
    static long serial = 1;
    X509 *cert = X509_new();
    X509_NAME *subject_name = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(subject_name, "CN", MBSTRING_ASC, (const unsigned char *)name, -1,
                               -1, 0);
    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++);
    X509_gmtime_adj(X509_getm_notBefore(cert), -60);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_set_issuer_name(cert, issuer ? X509_get_subject_name(issuer) : subject_name);
    assert_int_equal(X509_set_pubkey(cert, subject), 1);
    X509_EXTENSION *ca = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints,
                                             issuer ? "critical,CA:FALSE" : "critical,CA:TRUE");
    X509_add_ext(cert, ca, -1);
    X509_EXTENSION_free(ca);
    assert_true(X509_sign(cert, issuer_key, hash_for(issuer_key)) > 0);
    return cert;
}
