// SPDX-License-Identifier: Apache-2.0
// Token keys in CMS: signed and decrypted messages (RFC 5652, 5753), as SCEP and S/MIME use them.
#include "provider_fixture.h"

#include <openssl/cms.h>
#include <openssl/ec.h>

static const char payload[] = "what is sent";

static BIO *data(void) {
    return BIO_new_mem_buf(payload, sizeof payload);
}

/* `cms` from its encoding, so that nothing of the signer's key is left in it. */
static CMS_ContentInfo *sent(CMS_ContentInfo *cms) {
    unsigned char *der = NULL;
    int len = i2d_CMS_ContentInfo(cms, &der);
    CMS_ContentInfo *copy = d2i_CMS_ContentInfo(NULL, &(const unsigned char *){der}, len);
    OPENSSL_free(der);
    return copy;
}

static bool verifies(CMS_ContentInfo *cms, X509 *cert) {
    X509_STORE *store = X509_STORE_new();
    X509_STORE_add_cert(store, cert);
    bool good = CMS_verify(cms, NULL, store, NULL, NULL, CMS_BINARY) == 1;
    X509_STORE_free(store);
    return good;
}

/* Verifying takes the salt's length from the message, so what it says must be what the token did.
 */
static bool signs(EVP_PKEY *key, bool pss) {
    X509 *cert = make_cert(key, "signer", NULL, key);
    BIO *in = data();
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, in, CMS_BINARY | CMS_PARTIAL), *copy = NULL;
    CMS_SignerInfo *signer =
        CMS_add1_signer(cms, cert, key, EVP_sha256(), CMS_KEY_PARAM | CMS_NOSMIMECAP);
    bool good = signer &&
                (!pss || EVP_PKEY_CTX_set_rsa_padding(CMS_SignerInfo_get0_pkey_ctx(signer),
                                                      RSA_PKCS1_PSS_PADDING) == 1) &&
                CMS_final(cms, in, NULL, CMS_BINARY) == 1 && (copy = sent(cms)) &&
                verifies(copy, cert) && verifies(cms, cert);
    CMS_ContentInfo_free(cms);
    CMS_ContentInfo_free(copy);
    BIO_free(in);
    X509_free(cert);
    return good;
}

static void rsa_and_ec_sign_messages(void **state) {
    for (int i = RSA2048; i <= P521; i++)
        assert_true(signs(fix.keys[i], false));
}

static void rsa_signs_messages_with_pss(void **state) {
    assert_true(signs(fix.keys[RSA2048], true));
}

static void a_message_is_signed_in_one_call(void **state) {
    X509 *cert = make_cert(fix.keys[P256], "signer", NULL, fix.keys[P256]);
    BIO *in = data();
    CMS_ContentInfo *cms = CMS_sign(cert, fix.keys[P256], NULL, in, CMS_BINARY);
    assert_non_null(cms);
    assert_true(verifies(cms, cert));
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    X509_free(cert);
}

/* --- decrypting --- */

static CMS_ContentInfo *encrypt(X509 *cert, int padding, const EVP_MD *kdf) {
    BIO *in = data();
    CMS_ContentInfo *cms = CMS_encrypt(NULL, in, EVP_aes_128_cbc(), CMS_BINARY | CMS_PARTIAL),
                    *copy = NULL;
    CMS_RecipientInfo *to = CMS_add1_recipient_cert(cms, cert, CMS_KEY_PARAM);
    EVP_PKEY_CTX *params = CMS_RecipientInfo_get0_pkey_ctx(to);
    if (padding)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(params, padding), 1);
    if (kdf)
        assert_int_equal(EVP_PKEY_CTX_set_ecdh_kdf_md(params, kdf), 1);
    assert_int_equal(CMS_final(cms, in, NULL, CMS_BINARY), 1);
    copy = sent(cms);
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return copy;
}

static bool decrypts(CMS_ContentInfo *cms, EVP_PKEY *key, X509 *cert) {
    BIO *out = BIO_new(BIO_s_mem());
    char text[sizeof payload + 1] = "";
    bool good = CMS_decrypt(cms, key, cert, NULL, out, CMS_BINARY) == 1 &&
                BIO_read(out, text, sizeof text) == sizeof payload && strcmp(text, payload) == 0;
    BIO_free(out);
    return good;
}

static bool decrypts_what_is_sent_to(int kind, int padding, const EVP_MD *kdf) {
    X509 *cert = make_cert(fix.publics[kind], "recipient", NULL, fix.keys[kind]);
    CMS_ContentInfo *cms = encrypt(cert, padding, kdf);
    bool good = decrypts(cms, fix.keys[kind], cert);
    CMS_ContentInfo_free(cms);
    X509_free(cert);
    return good;
}

static void rsa_decrypts_messages(void **state) {
    assert_true(decrypts_what_is_sent_to(RSA2048, 0, NULL));
}

static void rsa_decrypts_messages_with_oaep(void **state) {
    assert_true(decrypts_what_is_sent_to(RSA2048, RSA_PKCS1_OAEP_PADDING, NULL));
}

static void ec_decrypts_messages_by_key_agreement(void **state) {
    for (int i = P256; i <= P521; i++) {
        assert_true(decrypts_what_is_sent_to(i, 0, NULL));
        assert_true(decrypts_what_is_sent_to(i, 0, EVP_sha256()));
    }
}

static void a_message_to_another_key_is_not_decrypted(void **state) {
    for (int i = RSA2048; i <= P256; i++) {
        EVP_PKEY *other_public, *other = make_key(&kinds[i], false, &other_public);
        X509 *cert = make_cert(other_public, "recipient", NULL, other);
        CMS_ContentInfo *cms = encrypt(cert, 0, NULL);
        assert_false(decrypts(cms, fix.keys[i], cert));
        assert_true(decrypts(cms, other, cert));
        CMS_ContentInfo_free(cms);
        X509_free(cert);
        EVP_PKEY_free(other);
        EVP_PKEY_free(other_public);
    }
}

/* --- agreements without CMS --- */

static bool agree(EVP_PKEY *ours, EVP_PKEY *peer, uint8_t *ret_secret, size_t *ret_len) {
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(ours, NULL);
    bool good = EVP_PKEY_derive_init(ctx) == 1 && EVP_PKEY_derive_set_peer(ctx, peer) == 1 &&
                EVP_PKEY_derive(ctx, ret_secret, ret_len) == 1;
    EVP_PKEY_CTX_free(ctx);
    return good;
}

static void both_sides_agree_on_the_secret(void **state) {
    for (int i = P256; i <= P521; i++)
        for (int round = 0; round < 10; round++) {
            EVP_PKEY *soft = EVP_PKEY_Q_keygen(NULL, NULL, "EC", kinds[i].name);
            uint8_t ours[66], theirs[66];
            size_t ours_len = sizeof ours, theirs_len = sizeof theirs;
            assert_true(agree(fix.keys[i], soft, ours, &ours_len));
            assert_true(agree(soft, fix.publics[i], theirs, &theirs_len));
            assert_int_equal(ours_len, theirs_len);
            assert_memory_equal(ours, theirs, ours_len);
            EVP_PKEY_free(soft);
        }
}

static void a_peer_on_another_curve_is_refused(void **state) {
    uint8_t secret[66];
    assert_false(agree(fix.keys[P256], fix.publics[P384], secret, &(size_t){sizeof secret}));
    assert_false(agree(fix.keys[P384], fix.keys[P256], secret, &(size_t){sizeof secret}));
}

static CK_ULONG objects_on_token(void) {
    CK_OBJECT_HANDLE found[64];
    CK_ULONG count = 0;
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_ATTRIBUTE secret = {CKA_CLASS, &class, sizeof class};
    assert_int_equal(fix.real->C_FindObjectsInit(fix.session->handle, &secret, 1), CKR_OK);
    assert_int_equal(fix.real->C_FindObjects(fix.session->handle, found, 64, &count), CKR_OK);
    assert_int_equal(fix.real->C_FindObjectsFinal(fix.session->handle), CKR_OK);
    return count;
}

static void the_agreed_secret_does_not_stay_on_the_token(void **state) {
    uint8_t secret[66];
    EVP_PKEY *soft = EVP_EC_gen("P-256");
    assert_true(agree(fix.keys[P256], soft, secret, &(size_t){sizeof secret}));
    assert_int_equal(objects_on_token(), 0);
    EVP_PKEY_free(soft);
}

static CK_RV derive_too_much(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                             CK_ATTRIBUTE *values, CK_ULONG count) {
    values[0].ulValueLen = 67;
    return CKR_OK;
}

static void an_agreed_secret_of_a_wrong_length_is_refused(void **state) {
    uint8_t secret[66];
    EVP_PKEY *soft = EVP_EC_gen("P-521");
    break_token()->C_GetAttributeValue = derive_too_much;
    assert_false(agree(fix.keys[P521], soft, secret, &(size_t){sizeof secret}));
    assert_int_equal(kf_provider_last_error(), KF_E_TOKEN_ERROR);
    assert_int_equal(objects_on_token(), 0);
    EVP_PKEY_free(soft);
}

/* --- RSA outside of CMS --- */

static void encrypting_with_a_token_key_needs_no_token(void **state) {
    uint8_t secret[256], plain[256];
    size_t secret_len = sizeof secret, plain_len = sizeof plain;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(fix.keys[RSA2048], NULL);
    assert_int_equal(EVP_PKEY_encrypt_init(ctx), 1);
    assert_int_equal(
        EVP_PKEY_encrypt(ctx, secret, &secret_len, (const uint8_t *)payload, sizeof payload), 1);
    assert_int_equal(EVP_PKEY_decrypt_init(ctx), 1);
    assert_int_equal(EVP_PKEY_decrypt(ctx, plain, &plain_len, secret, secret_len), 1);
    assert_int_equal(plain_len, sizeof payload);
    assert_string_equal((const char *)plain, payload);
    EVP_PKEY_CTX_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        PROVIDER_TEST(rsa_and_ec_sign_messages),
        PROVIDER_TEST(rsa_signs_messages_with_pss),
        PROVIDER_TEST(a_message_is_signed_in_one_call),
        PROVIDER_TEST(rsa_decrypts_messages),
        PROVIDER_TEST(rsa_decrypts_messages_with_oaep),
        PROVIDER_TEST(ec_decrypts_messages_by_key_agreement),
        PROVIDER_TEST(a_message_to_another_key_is_not_decrypted),
        PROVIDER_TEST(both_sides_agree_on_the_secret),
        PROVIDER_TEST(a_peer_on_another_curve_is_refused),
        PROVIDER_TEST(the_agreed_secret_does_not_stay_on_the_token),
        PROVIDER_TEST(an_agreed_secret_of_a_wrong_length_is_refused),
        PROVIDER_TEST(encrypting_with_a_token_key_needs_no_token),
    };
    return RUN(tests);
}
